"""What a guest can be, in plain integers: the reference's own reading of a header's values.

From the statements alone; it shares no code with the package. All ends are exclusive, all units bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

PAGE = 1 << 12
BIG = 1 << 21
MIB = 1 << 20
GIB = 1 << 30
REDISTRIBUTOR = 1 << 17
WRAP = 1 << 64

Numbers = Mapping[str, int | tuple[int, ...]]

REACH = {32: 1 << 39, 36: 1 << 39, 40: 1 << 40, 42: 1 << 42, 44: 1 << 48, 48: 1 << 48}
"""Width to where the root of the P2M ends: one, one, two and eight tables of 2^39, then level 0."""
REACHABLE = {
    "aarch64-4k": 1 << 48,
    "aarch64-16k": 1 << 48,
    "aarch64-64k": 1 << 48,
    "aarch32-short": 1 << 32,
    "aarch32-lpae": 1 << 40,
}
"""The first address that a guest's own descriptors cannot output."""


class Guest(NamedTuple):
    """One choice of everything but width and memory."""

    gic: int
    vpci: bool
    vuart: bool
    acpi: bool
    virtio: int
    kind: str


class Bank(NamedTuple):
    """A window for RAM."""

    stem: str
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class World:
    """The regions that a header describes, and the guests that they are for."""

    numbers: Numbers
    devices: Mapping[str, tuple[int, int]]
    """Stem to start and end, for all but RAM."""
    banks: tuple[Bank, ...]
    """In the order in which memory fills them."""
    lone: frozenset[str]
    """Stems with a base and no size, or the reverse."""
    empty: frozenset[str]
    wrapped: frozenset[str]
    guests: tuple[Guest, ...]

    def number(self, name: str, otherwise: int = 0) -> int:
        """The value of a macro that is no list."""
        value = self.numbers.get(name, otherwise)
        assert isinstance(value, int)
        return value

    @property
    def gone(self) -> frozenset[str]:
        """Stems that are no region."""
        return self.lone | self.empty | self.wrapped

    def memories(self, bits: int) -> list[int]:
        """The memory sizes of that width between which nothing changes: every corner, one page each side.

        How much of a bank is used grows with memory, so a part can only start to break a rule at a
        corner: where a bank starts or is full, where its used part meets 2^b or the reach, the ends.
        """
        corners = {PAGE, self.number("GUEST_RAM_MAX")}
        before = 0
        for bank in self.banks:
            ends = (1 << bits, REACH[bits], *REACHABLE.values(), bank.start + bank.size)
            corners |= {before, *(before + end - bank.start for end in ends)}
            before += bank.size
        near = {corner // PAGE * PAGE + step for corner in corners for step in (-PAGE, 0, PAGE)}
        return sorted(memory for memory in near if self._buildable(memory, REACH[bits]))

    def _buildable(self, memory: int, reach: int) -> bool:
        return PAGE <= memory <= self.number("GUEST_RAM_MAX") and all(
            end <= reach for _, end in self.used(memory).values()
        )

    def used(self, memory: int) -> dict[str, tuple[int, int]]:
        """Stem to the part of its window that so much memory takes; a bank without memory is left out."""
        parts = {}
        for bank in self.banks:
            taken = min(memory, bank.size)
            if taken:
                parts[bank.stem] = (bank.start, bank.start + taken)
            memory -= taken
        return parts


def present(stem: str, guest: Guest) -> bool:
    """Whether that guest has the region; RAM, grants and what nobody knows are always there."""
    if stem in ("GUEST_GICD", "GUEST_GICC"):
        return guest.gic == 2
    if stem.startswith("GUEST_GICV3_"):
        return guest.gic == 3
    if stem.startswith("GUEST_VPCI_"):
        return guest.vpci
    if stem.startswith("GUEST_VIRTIO_"):
        return guest.virtio >= 1
    return {"GUEST_PL011": guest.vuart, "GUEST_ACPI": guest.acpi}.get(stem, True)


def _guests(most: int) -> Iterator[Guest]:
    """Every choice; of the numbers of virtio devices none, one and all."""
    for gic, vpci, vuart, acpi, kind in product(
        (2, 3), (False, True), (False, True), (False, True), REACHABLE
    ):
        if acpi and kind.startswith("aarch32"):
            continue
        for virtio in sorted({0, min(1, most), most}):
            yield Guest(gic, vpci, vuart, acpi, virtio, kind)


def world(numbers: Numbers) -> World:
    """Put values on the map. Stems are told by their size or base alone, RAM's by their digit."""
    stems: dict[str, dict[str, int]] = {}
    for name, value in numbers.items():
        stem, _, end = name.rpartition("_")
        if end in ("BASE", "ADDR", "SIZE") and stem != "GUEST_RAM" and isinstance(value, int):
            stems.setdefault(stem, {})["size" if end == "SIZE" else "base"] = value
    lone = frozenset(stem for stem, ends in stems.items() if len(ends) < 2)
    whole = {stem: (ends["base"], ends["size"]) for stem, ends in stems.items() if stem not in lone}
    empty = frozenset(stem for stem, (_, size) in whole.items() if size == 0)
    wrapped = frozenset(stem for stem, (base, size) in whole.items() if base + size > WRAP)
    sound = {stem: ends for stem, ends in whole.items() if stem not in empty | wrapped}
    banks = sorted(stem for stem in sound if stem.startswith("GUEST_RAM"))
    first, last = (numbers.get(f"GUEST_VIRTIO_MMIO_SPI_{end}", 0) for end in ("FIRST", "LAST"))
    assert isinstance(first, int)
    assert isinstance(last, int)
    return World(
        numbers,
        {stem: (base, base + size) for stem, (base, size) in sound.items() if stem not in banks},
        tuple(Bank(stem, *sound[stem]) for stem in banks),
        lone,
        empty,
        wrapped,
        tuple(_guests(max(0, last - first + 1))),
    )


def subject(name: str) -> str:
    """The stem of a region's macro, the full name of any other."""
    stem, _, end = name.rpartition("_")
    return stem if end in ("BASE", "ADDR", "SIZE") and stem != "GUEST_RAM" else name
