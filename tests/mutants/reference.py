"""What each property says of a header, in plain integers, from its statement alone.

It shares no code with the package, which it judges: `test_mutants` compares the two. Each property is a
generator of what breaks it, as sets of stems (`GUEST_RAM1`) and names of other macros: none is proved. A set
is empty where the statement leaves open which macros are to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise

from tests.mutants import remarks, scalars
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
    """`proved`, `refuted`; and where a region is gone `any-but-proved` of what is about it, `any-but-refuted`
    of what is not and holds; `any` where the statement leaves it open.
    """

    verdict: str
    subjects: frozenset[frozenset[str]] = frozenset()


def judge(header: Header, baseline: Header, widths: tuple[int, ...]) -> dict[str, Answer]:
    """All properties of a header, for those widths."""
    asked = Question(header, world(header.all_values()), world(baseline.all_values()), widths)
    answers = {}
    for name, broken in PROPERTIES.items():
        subjects = frozenset(frozenset(each) for each in broken(asked))
        verdict = _clouded(name, asked) or ("refuted" if subjects else "proved")
        if verdict == "proved" and asked.here.gone and name != "comments-agree":
            verdict = "any-but-refuted"
        answers[name] = Answer(verdict, subjects)
    if answers["comments-agree"].verdict == "proved" and remarks.in_another_role(header, asked.here):
        answers["comments-agree"] = Answer("any")
    start, end = asked.here.devices.get("GUEST_VPCI_ECAM", (0, 1))
    if answers["aligned"].verdict == "proved" and not _is_power_of_two(end - start):
        answers["aligned"] = Answer("any")  # a multiple of its size, or of the power of two that holds it?
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
        if stem == "GUEST_VPCI_ECAM" and _is_power_of_two(end - start) and start % (end - start):
            yield {stem}


def _is_power_of_two(size: int) -> bool:
    return size.bit_count() == 1


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
    most = asked.here.number("GUEST_RAM_MAX") // PAGE * PAGE
    if most > sum(bank.size for bank in banks):
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


def _capacity(asked: Question) -> Broken:
    for bits in asked.widths:
        if _largest_guest(asked.here, bits) < _largest_guest(asked.head, bits):
            yield set()
    if asked.here.number("GUEST_GNTTAB_SIZE") // PAGE < asked.head.number("GUEST_GNTTAB_SIZE") // PAGE:
        yield {"GUEST_GNTTAB"}
    if _vcpus(asked.here) < _vcpus(asked.head):
        yield {"GUEST_MAX_VCPUS", "GUEST_GICV3_GICR0"}
    window = "GUEST_VIRTIO_MMIO"
    if window in asked.here.devices and _virtio_devices(asked.here) < _virtio_devices(asked.head):
        yield {window}


def _virtio_devices(here: World) -> int:
    """An interrupt each; one may be asked for whatever the numbers are."""
    first, last = (here.number(f"GUEST_VIRTIO_MMIO_SPI_{end}") for end in ("FIRST", "LAST"))
    return max(1, last - first + 1)


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
            banks = {"GUEST_RAM0", "GUEST_RAM1"} if name in _FOLLOWS_BANKS else set()
            yield {subject(name)} | banks


_FOLLOWS_BANKS = ("GUEST_RAM_BASE", "GUEST_RAM_MAX", "GUEST_RAM_BANK_BASES", "GUEST_RAM_BANK_SIZES")
PROPERTIES: Mapping[str, Callable[[Question], Broken]] = {
    "well-formed": _well_formed,
    "no-overlap": _no_overlap,
    "within-ipa": _within_ipa,
    "minimum-size": _minimum_size,
    "reachable": _reachable,
    "aligned": _aligned,
    "banks": _banks,
    "pci-window-type": lambda asked: scalars.wrong_types(asked.here),
    "interrupts": lambda asked: scalars.wrong_lines(asked.here),
    "comments-agree": lambda asked: remarks.disagreeing(asked.header, asked.here),
    "capacity": _capacity,
    "stable": _stable,
}
