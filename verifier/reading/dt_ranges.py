"""One level of Xen's translation of an address: from a bus into its parent, by `ranges` (`dt_translate_one`).

Xen looks each address up in `ranges` entry by entry, and the first that has it counts. Here the entries are put in
order once a bus, so that thousands of nodes on a bus of thousands of entries are no matter of their product.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from typing import TypeAlias

WORD = (1 << 64) - 1
_IO, _MEMORY = 1, 2
Number: TypeAlias = Callable[[bytes], int]
"""Cells as a number."""
Told: TypeAlias = Callable[[bytes], object]
"""Hears of cells that Xen reads as a number: what it makes of them depends on how many they are."""
Mapped: TypeAlias = tuple[int, int, int]
"""Of `ranges`: its index, and where it starts and ends on the bus."""


class FirstOf:
    """Entries that may overlap, to be asked for the first of their list at an address; empty ones have none."""

    def __init__(self, entries: Iterable[Mapped]) -> None:
        """The earliest entry changes at edges alone: a heap has those begun, and drops what ended from its top."""
        begins = sorted((start, index, end) for index, start, end in entries if start < end)
        self._edges = sorted({edge for start, _, end in begins for edge in (start, end)})
        self._first: list[int | None] = []
        begun, following = list[tuple[int, int]](), 0
        for edge in self._edges:
            while following < len(begins) and begins[following][0] == edge:
                _, index, end = begins[following]
                heappush(begun, (index, end))
                following += 1
            while begun and begun[0][1] <= edge:
                heappop(begun)
            self._first.append(begun[0][0] if begun else None)

    def at(self, address: int) -> int | None:
        """The index of that entry; None if no entry has the address."""
        before = bisect_right(self._edges, address)
        return self._first[before - 1] if before else None


@dataclass(frozen=True)
class Step:
    """One level up: from a bus of `kind` into its parent of kind `outer`."""

    ranges: bytes | None
    kind: str
    outer: str
    addresses: int
    sizes: int
    outer_addresses: int
    number: Number

    def through(self, address: bytes, told: Told) -> bytes | None:
        """The address on the parent; None if `ranges` is absent or does not map it.

        `told` hears of every width that Xen reads for this address, in Xen's order.
        """
        if self.ranges is None:
            return None
        width = 4 * self.outer_addresses
        if not self.ranges:
            told(address)
            return self._sum(bytes(width), self.number(address), told)
        if len(self.ranges) < self._one:
            return None
        inner, skipped = 4 * self.addresses, self._skipped
        told(self.ranges[skipped:inner])  # the first entry stands for all, which have one width
        told(self.ranges[inner + width : self._one])
        told(address[skipped:])
        at = self.number(address[skipped:])
        index = self._index(address, at)
        if index is None:
            return None
        base = index * self._one + inner
        start = self.number(self.ranges[base - inner + skipped : base])
        return self._sum(self.ranges[base : base + width], at - start, told)

    @property
    def _one(self) -> int:
        """Bytes of an entry."""
        return 4 * (self.addresses + self.outer_addresses + self.sizes)

    @property
    def _skipped(self) -> int:
        """PCI's first cell, which tells the space."""
        return 4 if self.kind == "pci" else 0

    @property
    def _are_names(self) -> bool:
        """More than two cells are taken for a name, which has to be equal."""
        return self.kind != "pci" and self.addresses > 2

    def _index(self, address: bytes, at: int) -> int | None:
        """Which entry of `ranges` counts."""
        if self._are_names:
            return self._by_name.get(address)
        space = _space(address) if self.kind == "pci" else 0
        return self._by_space[space].at(at) if space in self._by_space else None

    @cached_property
    def _by_name(self) -> dict[bytes, int]:
        """The first entry of each start, as its cells; one that is empty or that wraps has no address."""
        assert self.ranges is not None
        found: dict[bytes, int] = {}
        for _, (index, start, end) in self._entries():
            if start < end:
                place = index * self._one
                found.setdefault(self.ranges[place : place + 4 * self.addresses], index)
        return found

    @cached_property
    def _by_space(self) -> dict[int, FirstOf]:
        """The entries of each space of PCI; of another bus those of all."""
        found: dict[int, list[Mapped]] = {}
        for space, entry in self._entries():
            found.setdefault(space, []).append(entry)
        return {space: FirstOf(entries) for space, entries in found.items()}

    def _entries(self) -> Iterable[tuple[int, Mapped]]:
        """Space and place of each whole entry; its end wraps as in C."""
        assert self.ranges is not None
        inner, one = 4 * self.addresses, self._one
        for index in range(len(self.ranges) // one):
            entry = self.ranges[index * one : (index + 1) * one]
            start = self.number(entry[self._skipped : inner])
            end = (start + self.number(entry[inner + 4 * self.outer_addresses :])) & WORD
            yield (_space(entry) if self.kind == "pci" else 0), (index, start, end)

    def _sum(self, base: bytes, offset: int, told: Told) -> bytes:
        """An address moved (`translate`): PCI keeps its first cell; one cell keeps the low 32 bits."""
        head = base[:4] if self.outer == "pci" else b""
        told(base[len(head) :])
        moved = (self.number(base[len(head) :]) + offset) & WORD
        width = len(base) - len(head)
        return head + (moved & ((1 << 8 * min(width, 8)) - 1)).to_bytes(width, "big")


def _space(first: bytes) -> int:
    """The address space in a PCI address: I/O, memory (of 32 or 64 bits), or neither (configuration)."""
    return {1: _IO, 2: _MEMORY, 3: _MEMORY}.get(first[0] & 3, 0)
