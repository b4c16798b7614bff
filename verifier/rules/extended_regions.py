"""What must hold of the extended regions that a domain is offered, whatever made them.

Each property is a statement about one region, or about one region and one other thing that the domain
has; the functions say it over words, so that they hold for numbers and for all numbers alike. The names
are those of the catalogue (`verifier explain`); where one property of the catalogue is several here, the
part after the hyphen says of what.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either
from verifier.logic.word import Truth, Word, equal, uint64

SUPERPAGE = 2 << 20
LEAST = 64 << 20
_BINDING = Cite("docs/misc/arm/device-tree/guest.txt", "regions 1..N of reg: unused address space")
_LINUX = Cite("Linux drivers/xen/unpopulated-alloc.c, arch/arm/xen/enlighten.c", "arch_xen_unpopulated_init")
_DESIGN = Cite("xen/arch/arm/domain_build.c", "b6fe410936: 2 MiB alignment, 64 MiB at least")
_ARM = Cite("Arm ARM DDI 0487", "D8.2, stage 2 input address size, VTCR_EL2.T0SZ")


@dataclass(frozen=True, slots=True)
class Property:
    """What is said of the regions of a producer; `statement` follows "every region"."""

    id: str
    statement: str
    why: str
    cites: tuple[Cite, ...]


_TAKEN = (
    "A grant or foreign page that a guest maps there replaces or hides what it has: a driver reads another domain's "
    "memory, a device is written to, or the mapping fails at run time."
)

PROPERTIES: Mapping[str, Property] = {
    each.id: each
    for each in (
        Property(
            "aligned",
            "begins and ends at a multiple of 2 MiB",
            "Linux takes the space by memory sections and maps it by superpages; what sticks out is lost, and a region "
            "of 64 MiB that is cut is worth less than the least that was promised.",
            (_DESIGN, _LINUX),
        ),
        Property(
            "minimum-size",
            "has 64 MiB or more",
            "Smaller ones are slivers that no guest can plug as memory; Xen promises none below 64 MiB.",
            (_DESIGN, _LINUX),
        ),
        Property(
            "within-ipa",
            "ends at or below 2^b, and its end does not wrap",
            "Stage 2 translation has no entry at or above 2^b: the guest faults on the first page that it maps there.",
            (_ARM, _BINDING),
        ),
        Property(
            "inside-holes",
            "lies in the range of free numbers that it was made of",
            "Rounding must go inwards: a byte gained is a byte of what the range was cut for.",
            (_DESIGN,),
        ),
        Property(
            "inside-bank",
            "lies in one RAM window of the guest layout, above the part that is used",
            "Whatever else the layout has lies outside the windows; only there nothing else can be.",
            (_BINDING, Cite("xen/include/public/arch-arm.h", "RAM windows also host the extended regions")),
        ),
        Property(
            "inside-host-ram",
            "holds only addresses of the host's RAM",
            "Without IOMMU a foreign page needs an address that a device cannot reach by itself: RAM that the domain "
            "does not own; outside RAM there may be devices that no tree describes.",
            (_BINDING, Cite("xen/arch/arm/domain_build.c", "find_unallocated_memory (b6fe410936)")),
        ),
        Property(
            "sorted",
            "starts above the end of the one before it in `reg`",
            "Linux refuses all of them if one starts at or below the end of the one before (-EINVAL), and falls back "
            "to giving up RAM.",
            (_LINUX,),
        ),
        Property(
            "one-to-one-holes", "has no address of a `reg` entry of the host device tree", _TAKEN, (_BINDING,)
        ),
        Property("avoids-pci-windows", "has no address of a PCI host bridge's window", _TAKEN, (_BINDING,)),
        Property("avoids-domain-ram", "has no address of RAM that the domain uses", _TAKEN, (_BINDING,)),
        Property("avoids-host-ram", "has no address of the host's RAM", _TAKEN, (_BINDING,)),
        Property("avoids-reserved-memory", "has no address of reserved memory", _TAKEN, (_BINDING,)),
        Property(
            "avoids-shared-memory", "has no address of the domain's static shared memory", _TAKEN, (_BINDING,)
        ),
        Property("avoids-xen-reg", "has no address that xen,reg maps to the domain", _TAKEN, (_BINDING,)),
        Property("avoids-iomem", "has no address that iomem maps to the domain", _TAKEN, (_BINDING,)),
        Property(
            "avoids-grant-region",
            "has no address of the domain's grant region",
            "reg[0] and reg[1..N] are handed to different allocators of the guest: the grant table and a foreign page "
            "end up at one address.",
            (_BINDING,),
        ),
        Property(
            "avoids-layout",
            "has no address of another region of the guest layout",
            _TAKEN,
            (_BINDING, Cite("xen/include/public/arch-arm.h", "GUEST_*")),
        ),
        Property(
            "preconditions",
            "comes from range operations whose start was not above their end",
            "Xen only asserts it, and only in debug builds: there it stops; in a release build ranges come back that "
            "were taken away, or a list is left at its end through a null pointer.",
            (
                Cite(
                    "xen/common/rangeset.c", "ASSERT(s <= e) of rangeset_add_range and rangeset_remove_range"
                ),
            ),
        ),
        Property(
            "cap",
            "that qualifies is advertised: the cap drops none",
            "What is dropped is not said: the guest has less space than the board, and which part depends on the order.",
            (Cite("xen/include/xen/bootinfo.h", "NR_MEM_BANKS; libxl MAX_NR_EXT_REGIONS"),),
        ),
        Property(
            "complete",
            "that qualifies is advertised: each 64 MiB of free space, 2 MiB aligned, lies in one",
            "Space that is free and not offered makes the guest give up RAM for foreign pages.",
            (_DESIGN,),
        ),
        Property(
            "registers-fit",
            "has a start and a size that fit the cells into which they are written",
            "dt_set_cell drops what does not fit without a word: the guest reads another address, or a size of 0.",
            (Cite("xen/common/device-tree", "dt_set_cell; Devicetree Specification 2.3.6, reg"),),
        ),
        Property(
            "64-bit-only",
            "is offered to a 64-bit domain",
            "The design offers regions to 64-bit domains only: a 32-bit kernel cannot use most of them.",
            (Cite("xen/arch/arm/domain_build.c", "make_hypervisor_node (b6fe410936)"),),
        ),
    )
}


def low_bits(word: Word, unit: int) -> Word:
    """The remainder by a power of two."""
    return word & (unit - 1) if isinstance(word, int) else word.compute("&", word, unit - 1, 64)


def multiple(word: Word, unit: int) -> Truth:
    """Whether a word is a multiple of a power of two."""
    return equal(low_bits(word, unit), 0)


def has(start: Word, size: Word, address: Word) -> Truth:
    """Whether `size` bytes from `start`, whose end is below 2^64, hold an address."""
    return both(start <= address, address < uint64.add(start, size))


def aligned(start: Word, size: Word) -> Truth:
    """`aligned` of one region."""
    return both(multiple(start, SUPERPAGE), multiple(size, SUPERPAGE))


def minimum_size(size: Word) -> Truth:
    """`minimum-size` of one region."""
    return LEAST <= size


def within(start: Word, size: Word, last: Word) -> Truth:
    """`within-ipa` of one region in a space that ends with the address `last`; an empty one lies nowhere."""
    end = uint64.add(start, uint64.subtract(size, 1))
    return both(0 < size, start <= end, end <= last)


def fits(start: Word, size: Word, cells: tuple[int, int]) -> Truth:
    """`registers-fit` of one region, for so many cells of 32 bits."""
    return both(
        *(
            equal(low_bits(word, 1 << 32 * count), word)
            for word, count in zip((start, size), cells, strict=True)
        )
    )


def above(start: Word, before_start: Word, before_size: Word) -> Truth:
    """`sorted` of one region and the one before it."""
    return uint64.add(before_start, before_size) < start


def shares(start: Word, size: Word, other_start: Word, other_size: Word, address: Word) -> Truth:
    """Whether an address lies in both."""
    return both(has(start, size, address), has(other_start, other_size, address))


def apart(start: Word, size: Word, other_start: Word, other_size: Word) -> Truth:
    """Whether two regions that do not wrap share no address."""
    return either(uint64.add(start, size) <= other_start, uint64.add(other_start, other_size) <= start)
