"""Regions: half-open stretches of guest physical address space, in bytes."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout import units
from verifier.layout.origin import Origin

TOP = 1 << 64
"""The end of all addresses, exclusive."""


@dataclass(frozen=True, slots=True)
class When:
    """The presence condition of a region: `dimension` has `value` (or, `at_least`, that or more).

    The dimensions are those of `verifier.layout.configuration`; a region without `When` is
    present in every configuration.
    """

    dimension: str
    value: int
    at_least: bool = False

    def holds(self, number: int) -> bool:
        """Whether a configuration with `number` in this dimension has the region."""
        return number >= self.value if self.at_least else number == self.value


@dataclass(frozen=True, slots=True)
class Region:
    """A named region `[start, end)` of a layout."""

    name: str
    """The stem of its macros, `GUEST_GNTTAB`."""
    start: int
    end: int
    kind: str
    """`ram`, `grant`, `magic`, `mmio`, `tables`, `pci`, `extended` or `other`; `unused` is the rest of a RAM window."""
    origin: Origin
    """Where its start is defined."""
    base_macro: str
    size_macro: str
    when: When | None = None
    interrupts: tuple[str, ...] = ()
    """Macros of the interrupts without which the device cannot signal."""
    unreached_by: tuple[str, ...] = ()
    """Guest kinds whose page tables need not reach it."""

    @property
    def size(self) -> int:
        """In bytes."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{self.name} {units.span(self.start, self.end)}"


@dataclass(frozen=True, slots=True)
class Bank:
    """A RAM window; a guest uses a part of it that grows from `start` with its memory size."""

    name: str
    start: int
    size: int | None
    """Bytes of the window; None where the header sets no bound (4.4.0)."""
    origin: Origin
    base_macro: str
    size_macro: str
    unreached_by: tuple[str, ...] = ()
    """Guest kinds whose page tables need not reach it."""

    def window(self) -> Region:
        """The window as a region; only for a bank with a size."""
        if self.size is None:
            raise ValueError(f"{self.name} has no size")
        return self.part(self.size)

    def part(self, used: int) -> Region:
        """The first `used` bytes as a region."""
        return Region(
            self.name,
            self.start,
            self.start + used,
            "ram",
            self.origin,
            self.base_macro,
            self.size_macro,
            unreached_by=self.unreached_by,
        )


def fill(banks: tuple[Bank, ...], memory: int) -> tuple[int, ...]:
    """Bytes used of each bank by a guest with `memory` bytes.

    Banks fill in order, each to its size before the next is touched (libxc `arch_setup_meminit`
    since 4.5.0, dom0less `allocate_memory`); what exceeds all windows is not placed.
    """
    used = []
    for bank in banks:
        part = memory if bank.size is None else min(memory, bank.size)
        used.append(part)
        memory -= part
    return tuple(used)
