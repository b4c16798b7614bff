"""What a verdict about a board rests on and the inputs do not say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verifier.layout.finding import Assumption
from verifier.layout.offer import Offer

_TREE = Assumption(
    "tree-complete",
    "the device tree describes everything that the board has at an address, and is the tree that Xen gets",
    "docs/misc/xen-command-line.pandoc ext_regions: to be disabled if the board's device tree is incomplete",
)
_RAM = Assumption(
    "ram-described",
    "the host's RAM is that of the memory nodes",
    "booted by UEFI, Xen takes the firmware's memory map: --ram or a log tells it",
)
_TEXT = Assumption(
    "grant-region-in-text",
    "the grant region is the begin of Xen's text: whole pages of RAM that is neither reserved nor a boot module, 64 or "
    "more, beside the free blocks that dom0's memory needs",
    "xen/arch/arm/domain_build.c find_gnttab_region (7e02c88160); the size of recorded boots",
)
_ALLOCATOR = Assumption(
    "allocator",
    "dom0's RAM is what allocate_memory_11 can give: blocks of free host RAM, naturally aligned, `dom0_mem` in all",
    "xen/arch/arm/domain_build.c allocate_memory_11, insert_11_bank",
)
_HEAP = Assumption(
    "heap-whole",
    "when dom0 is built, Xen's own memory lies at the end of a stretch of free RAM, but for its text, and is 32 MiB and a "
    "32nd of what lies from the first byte of RAM to the last at most: no option of its command line makes it take more",
    "xen/common/page_alloc.c alloc_boot_pages; of 512 MiB to 3 GiB Xen 4.17.7 gives dom0 all but 64 MiB in one bank",
)

_STOPS = Assumption(
    "boot-goes-on",
    "nothing stops Xen but what is modelled: RAM suffices where the tree does not tell it, and for a hardware domain that "
    "the tree describes; kernels are images that Xen loads; timer and interrupt controller answer where the tree has them",
    "xen/arch/arm/domain_build.c allocate_memory, allocate_memory_11; kernel.c kernel_probe; gic.c gic_init",
)
_WIDTH = Assumption(
    "width-of-board",
    "without IOMMU the width is the processor's, and every processor reaches all RAM and devices of the tree; an IOMMU may "
    "narrow it, but not so far that Xen cannot map the devices, which it panics at",
    "xen/arch/arm/p2m.c setup_virt_paging (ID_AA64MMFR0_EL1.PARange); an IOMMU that Xen finds narrows it "
    "(p2m_restrict_ipa_bits)",
)


def assumptions(
    offers: Iterable[Offer],
    *,
    ram_is_told: bool,
    open_banks: bool,
    widths_left_out: bool = False,
    options: Sequence[str] = (),
) -> tuple[Assumption, ...]:
    """Those of a run, in a fixed order. `options`: of Xen's build, that the tree asks for and nobody tells of."""
    found = tuple(offers)
    always = (_HEAP, _STOPS) if found or open_banks else ()
    last = (_WIDTH,) if widths_left_out else ()
    build = tuple(map(_option, options)) if always else ()
    of_inputs = _of(found, ram_is_told=ram_is_told, open_banks=open_banks)
    return (*of_inputs, *always, *build, *of_kernels(found), *last)


def _option(name: str) -> Assumption:
    return Assumption(
        "built-with",
        f"Xen is built with {name}, which the tree asks for and which is off by default",
        "Kconfig; the log of a package that is known tells",
    )


def of_kernels(offers: Iterable[Offer]) -> Iterator[Assumption]:
    """What the models of those that count rest on."""
    named = dict.fromkeys(
        each.consumer for offer in offers for each in offer.uses if each.named and each.read
    )
    for kernel in named:
        yield from (Assumption(kernel.name, limit, kernel.sources[0]) for limit in kernel.limits)


def _of(offers: tuple[Offer, ...], *, ram_is_told: bool, open_banks: bool) -> Iterator[Assumption]:
    if open_banks or any(each.host_layout for each in offers):
        yield _TREE
        yield from _unplaced(offers)
        if not ram_is_told:
            yield _RAM
    if open_banks or any(each.grant_places for each in offers):
        yield _TEXT
    if open_banks:
        yield _ALLOCATOR


def _unplaced(offers: tuple[Offer, ...]) -> Iterator[Assumption]:
    """Entries of the tree of which no address can be told."""
    found = offers[0].board.unplaced if offers else ()
    if found:
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        yield Assumption(
            "unplaced",
            f"what has no address by the device tree is at none: {found[0]}{more}",
            "Devicetree Specification 0.4, 2.3.8 ranges",
        )
