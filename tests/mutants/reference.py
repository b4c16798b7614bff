"""What each property says of a header, in plain integers, from its statement alone.

It shares no code with the package, which it judges: `test_mutants` compares the two. Each property is a
generator of what breaks it, as sets of stems (`GUEST_RAM1`) and names of other macros: none is proved. A set
is empty where the statement leaves open which macros are to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise

from tests.mutants import remarks
from tests.mutants.header import Header
from tests.mutants.world import BIG, GIB, MIB, PAGE, REACHABLE, REDISTRIBUTOR, World, present, subject, world

Broken = Iterator[set[str]]
TAIL = 64 * MIB
"""The least that is worth offering as an extended region."""


@dataclass(frozen=True, slots=True)
class Question:
    """A header, the widths it is for, and what it is compared with."""

    header: Header
    here: World
    head: World
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`proved`, `refuted`, `any-but-proved` where a region is gone, `any` where the statement leaves it open."""

    verdict: str
    subjects: frozenset[frozenset[str]] = frozenset()


def judge(header: Header, baseline: Header, widths: tuple[int, ...]) -> dict[str, Answer]:
    """All properties of a header, for those widths."""
    asked = Question(header, world(header.all_values()), world(baseline.all_values()), widths)
    answers = {}
    for name, broken in PROPERTIES.items():
        subjects = frozenset(frozenset(each) for each in broken(asked))
        answers[name] = Answer(_clouded(name, asked) or ("refuted" if subjects else "proved"), subjects)
    if answers["comments-agree"].verdict == "proved" and remarks.in_another_role(header, asked.here):
        answers["comments-agree"] = Answer("any")
    return answers


def _clouded(name: str, asked: Question) -> str:
    """What a region that is gone, or a width without guests, leaves to be said of a property."""
    if not all(asked.here.memories(bits) for bits in asked.widths):
        return "any-but-proved"
    if name == "comments-agree":
        return "any-but-proved" if remarks.lacking_macros(asked.header, asked.here) else ""
    gone = asked.here.gone
    if not gone or name == "well-formed":
        return ""
    if any(stem.startswith("GUEST_RAM") for stem in gone):
        return "any-but-proved" if name in _ABOUT_RAM else "any"
    return "any-but-proved" if any(stem.startswith(_ABOUT[name]) for stem in gone) else ""


_ABOUT: Mapping[str, tuple[str, ...]] = {
    "no-overlap": ("GUEST_",),
    "within-ipa": ("GUEST_",),
    "reachable": ("GUEST_",),
    "aligned": ("GUEST_",),
    "minimum-size": ("GUEST_",),
    "stable": ("GUEST_",),
    "banks": ("GUEST_RAM",),
    "pci-window-type": ("GUEST_VPCI_MEM", "GUEST_VPCI_PREFETCH"),
    "interrupts": ("GUEST_PL011", "GUEST_VIRTIO"),
    "capacity": ("GUEST_GNTTAB", "GUEST_GICV3_GICR0"),
}
_ABOUT_RAM = ("no-overlap", "within-ipa", "reachable", "aligned", "banks", "capacity", "stable")


def _well_formed(asked: Question) -> Broken:
    here = asked.here
    for stem in here.gone:
        yield {stem}
    stems = _numbered(here, "GUEST_RAM")
    bases = tuple(here.number(f"{stem}_BASE") for stem in stems)
    sizes = tuple(here.number(f"{stem}_SIZE") for stem in stems)
    expected = {
        "GUEST_RAM_BASE": min(bases),  # "Lowest RAM address", says its comment in head
        "GUEST_RAM_MAX": sum(sizes),
        "GUEST_RAM_BANKS": len(stems),
        "GUEST_RAM_BANK_BASES": bases,
        "GUEST_RAM_BANK_SIZES": sizes,
        "GUEST_GICV3_RDIST_REGIONS": len(_numbered(here, "GUEST_GICV3_GICR")),
    }
    for name, value in expected.items():
        if here.numbers.get(name, value) != value:
            yield {name}


def _numbered(here: World, stem: str) -> list[str]:
    """Stems with a digit that have a base or a size."""
    each = (f"{stem}{digit}" for digit in range(10))
    return [name for name in each if {f"{name}_BASE", f"{name}_SIZE"} & here.numbers.keys()]


def _no_overlap(asked: Question) -> Broken:
    windows = {bank.stem: (bank.start, bank.start + bank.size) for bank in asked.here.banks}
    together = {
        frozenset(stem for stem in asked.here.devices if present(stem, guest)) for guest in asked.here.guests
    }
    for stems in together:
        ranges = {**windows, **{stem: asked.here.devices[stem] for stem in stems}}
        for (one, (start, end)), (other, (low, high)) in combinations(ranges.items(), 2):
            if max(start, low) < min(end, high):
                yield {one, other}


def _within_ipa(asked: Question) -> Broken:
    for bits in asked.widths:
        for stem, (_, end) in asked.here.devices.items():
            if end > 1 << bits and any(present(stem, guest) for guest in asked.here.guests):
                yield {stem}
        for memory in asked.here.memories(bits):
            for stem, (_, end) in asked.here.used(memory).items():
                if end > 1 << bits:
                    yield {stem}


def _reachable(asked: Question) -> Broken:
    for guest in asked.here.guests:
        for stem, (_, end) in asked.here.devices.items():
            if guest.kind == "aarch32-short" and stem == "GUEST_VPCI_PREFETCH_MEM":
                continue
            if present(stem, guest) and end > REACHABLE[guest.kind]:
                yield {stem}
    for bits in asked.widths:
        for memory in asked.here.memories(bits):
            for stem, (_, end) in asked.here.used(memory).items():
                least = min(
                    limit
                    for kind, limit in REACHABLE.items()
                    if stem == "GUEST_RAM0" or kind != "aarch32-short"
                )
                if end > least:
                    yield {stem}


def _aligned(asked: Question) -> Broken:
    large = ("GUEST_GNTTAB", "GUEST_SAFE", "GUEST_EXT_REGION")
    for bank in asked.here.banks:
        if bank.start % BIG or bank.size % BIG:
            yield {bank.stem}
    for stem, (start, end) in asked.here.devices.items():
        unit = BIG if stem.startswith(large) else PAGE
        if start % unit or end % unit:
            yield {stem}
        if stem == "GUEST_VPCI_ECAM" and start % (end - start):
            yield {stem}


def _minimum_size(asked: Question) -> Broken:
    here = asked.here
    vcpus = max(128, here.number("GUEST_MAX_VCPUS"))
    frames = max(64 * PAGE, asked.head.number("GUEST_GNTTAB_SIZE"))
    redistributors = 0
    for stem, (start, end) in here.devices.items():
        size = end - start
        least = {"GUEST_GNTTAB": frames, "GUEST_MAGIC": 4 * PAGE, "GUEST_GICC": 2 * PAGE}.get(stem, 0)
        if stem.startswith(("GUEST_SAFE", "GUEST_EXT_REGION")):
            least = TAIL
        elif stem.startswith("GUEST_VIRTIO_"):
            least = 512 * max(guest.virtio for guest in here.guests)
        elif stem.startswith("GUEST_GICV3_GICR"):
            redistributors += size
        elif stem == "GUEST_VPCI_ECAM" and (size % MIB or size > 256 * MIB):
            yield {stem}
        if size < least or (stem == "GUEST_GICC" and size != least):
            yield {stem}
    if redistributors < vcpus * REDISTRIBUTOR and "GUEST_GICV3_GICR0" in here.devices:
        yield {"GUEST_GICV3_GICR0"}


def _banks(asked: Question) -> Broken:
    banks = asked.here.banks
    if not banks:
        return
    for lower, upper in pairwise(banks):
        if lower.start + lower.size > upper.start:
            yield {lower.stem, upper.stem}
    if banks[0].start + banks[0].size > 4 * GIB:
        yield {banks[0].stem}
    if asked.here.number("GUEST_RAM_MAX") > sum(bank.size for bank in banks):
        yield set()
    for bits in asked.widths:
        if not any(_leaves_room(asked.here, memory, 1 << bits) for memory in asked.here.memories(bits)):
            yield set()


def _leaves_room(here: World, memory: int, limit: int) -> bool:
    used = here.used(memory)
    for bank in here.banks:
        _, end = used.get(bank.stem, (0, bank.start))
        if min(bank.start + bank.size, limit) - -(-end // BIG) * BIG >= TAIL:
            return True
    return False


def _pci_window_type(asked: Question) -> Broken:
    here = asked.here
    mark = "_ADDR_TYPE_"
    types = {name.replace(mark, "_"): name for name in here.numbers if mark in name}
    windows = {stem for stem in here.devices if stem.startswith("GUEST_VPCI_") and stem != "GUEST_VPCI_ECAM"}
    for stem in windows - types.keys():
        yield {stem}
    for stem, name in types.items():
        if stem not in windows:
            yield {stem, name}
            continue
        space = 3 if here.devices[stem][1] > 4 * GIB else 2
        prefetchable = 1 if "PREFETCH" in stem else 0
        if here.number(name) != (space << 24) + (prefetchable << 30):
            yield {stem, name}


def _interrupts(asked: Question) -> Broken:
    here = asked.here
    first, last = "GUEST_VIRTIO_MMIO_SPI_FIRST", "GUEST_VIRTIO_MMIO_SPI_LAST"
    ranges = {"_INTR_ID": (0, 15), "_PPI": (16, 31), "_SPI": (32, 1019), "_SPI_FIRST": (32, 1019)}
    ranges["_SPI_LAST"] = (32, 1019)
    lines = []
    for name in here.numbers:
        for ending, (low, high) in ranges.items():
            if name.endswith(ending) and not low <= here.number(name) <= high:
                yield {name}
        if name.endswith(("_INTR_ID", "_PPI", "_SPI")):
            lines.append((here.number(name), name))
    lines += [(line, "virtio") for line in range(here.number(first), here.number(last) + 1)]
    # All of these are in use at once in the guest with a UART and every virtio device.
    for (line, one), (other, two) in pairwise(sorted(lines)):
        if line == other:
            yield {one, two} - {"virtio"}
    if here.number(first) > here.number(last):
        yield {first, last}
    if "GUEST_PL011" in here.devices and "GUEST_VPL011_SPI" not in here.numbers:
        yield {"GUEST_PL011", "GUEST_VPL011_SPI"}
    if "GUEST_VIRTIO_MMIO" in here.devices and not {first, last} <= here.numbers.keys():
        yield {"GUEST_VIRTIO_MMIO", first, last}


def _comments_agree(asked: Question) -> Broken:
    return remarks.disagreeing(asked.header, asked.here)


def _capacity(asked: Question) -> Broken:
    for bits in asked.widths:
        if _largest_guest(asked.here, bits) < _largest_guest(asked.head, bits):
            yield set()
    if asked.here.number("GUEST_GNTTAB_SIZE") // PAGE < asked.head.number("GUEST_GNTTAB_SIZE") // PAGE:
        yield {"GUEST_GNTTAB"}
    if _vcpus(asked.here) < _vcpus(asked.head):
        yield {"GUEST_MAX_VCPUS", "GUEST_GICV3_GICR0"}


def _largest_guest(here: World, bits: int) -> int:
    below = [
        memory
        for memory in here.memories(bits)
        if all(end <= 1 << bits for _, end in here.used(memory).values())
    ]
    return max(below, default=0)


def _vcpus(here: World) -> int:
    return min(here.number("GUEST_MAX_VCPUS"), here.number("GUEST_GICV3_GICR0_SIZE") // REDISTRIBUTOR)


def _stable(asked: Question) -> Broken:
    for name, value in asked.head.numbers.items():
        if asked.here.numbers.get(name) != value:
            yield {subject(name)}


PROPERTIES: Mapping[str, Callable[[Question], Broken]] = {
    "well-formed": _well_formed,
    "no-overlap": _no_overlap,
    "within-ipa": _within_ipa,
    "minimum-size": _minimum_size,
    "reachable": _reachable,
    "aligned": _aligned,
    "banks": _banks,
    "pci-window-type": _pci_window_type,
    "interrupts": _interrupts,
    "comments-agree": _comments_agree,
    "capacity": _capacity,
    "stable": _stable,
}
