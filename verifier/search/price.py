"""What a change of macros costs: RAM of the largest guest, bytes of other regions, how many macros, how far they move."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from verifier.layout import units
from verifier.layout.configuration import space_of
from verifier.layout.define import Comment, Define
from verifier.layout.errors import InputError
from verifier.layout.finding import Finding
from verifier.layout.layout import Layout
from verifier.layout.region import TOP
from verifier.logic.case import Case
from verifier.rules.comment_groups import group_of, statements
from verifier.search.candidates import Changes

Rebuild: TypeAlias = Callable[[Changes], Layout]
_NEARLY_32_BITS = 1 << 30
"""Two such numbers may add up to more than C's `int` holds."""


@dataclass(frozen=True, slots=True)
class Priced:
    """A change, the layout that it gives, and what it costs."""

    ram: int
    """Bytes that the largest guest loses, at the width where it loses most."""
    other: int
    """Bytes that other regions lose."""
    macros: int
    moved: int
    """By how much the numbers change, in bytes, all together."""
    changes: tuple[tuple[str, int], ...]
    layout: Layout

    @property
    def order(self) -> tuple[object, ...]:
        """Cheapest first."""
        return (self.ram, self.other, self.macros, self.moved, self.changes)


class Prices:
    """Prices of changes of one case's layout."""

    def __init__(self, case: Case, rebuild: Rebuild) -> None:
        self._case, self._rebuild = case, rebuild
        self._changeable = set(case.layout.defines) - {name for name, _, _ in case.layout.differing}
        self._lies = {each.comment for each in statements(case) if not each.holds}

    def of(self, changes: Changes) -> Priced | None:
        """The price; None for what cannot be changed so, or gives no layout."""
        key = tuple(sorted(changes.items()))
        if not all(0 <= value < TOP for value in changes.values()) or not set(changes) <= self._changeable:
            return None
        try:
            layout = self._rebuild(changes)
        except InputError:
            return None
        old = self._case.layout
        layout = replace(layout, comments=unaffected(old, layout, self._lies))
        other = sum(lost for _, lost in losses(old, layout))
        moved = sum(abs(value - (old.number(name) or 0)) for name, value in key)
        return Priced(self._ram_lost(layout), other, len(key), moved, key, layout)

    def _ram_lost(self, layout: Layout) -> int:
        old, new = self._case.space, space_of(layout, self._case.facts)
        if "memory" not in old.dimensions or "memory" not in new.dimensions:
            return 0
        lost = (old.pages(width.bits) - new.pages(width.bits) for width in self._case.facts.widths)
        return max(0, *lost) * self._case.facts.page


def conflict(finding: Finding) -> int:
    """Bytes in conflict; where they cannot be told, any price is worth showing."""
    example = finding.counterexample
    if example is None or example.overlap is None:
        return TOP
    return example.overlap[1] - example.overlap[0]


def losses(old: Layout, new: Layout) -> Iterator[tuple[str, int]]:
    """Every region but RAM that gets smaller, and by how many bytes."""
    sizes = {region.name: region.size for region in new.regions}
    for region in old.regions:
        if sizes.get(region.name, 0) < region.size:
            yield region.name, region.size - sizes.get(region.name, 0)


def unaffected(old: Layout, new: Layout, lies: Container[Comment]) -> tuple[Comment, ...]:
    """The comments that hold for a changed layout: whoever changes a number changes a true comment as well.

    One that was a lie before stays: nobody is reminded of it by the change.
    """

    def same(define: Define) -> bool:
        other = new.defines.get(define.name)
        return other is not None and other.value == define.value

    return tuple(
        comment
        for comment in old.comments
        if comment in lies or all(same(define) for _, define in group_of(old, comment).macros())
    )


def summary(priced: Priced, old: Layout, remaining: Iterable[str]) -> str:
    """`GUEST_RAM1_SIZE = 0xdc00000000 (costs 8 GiB of RAM); still refuted: capacity`."""
    return f"{change_and_cost(priced, old)}{still_refuted(remaining)}"


def change_and_cost(priced: Priced, old: Layout) -> str:
    """`GUEST_RAM1_SIZE = 0xdc00000000 (costs 8 GiB of RAM)`."""
    what = " and ".join(_change(name, value, old) for name, value in priced.changes)
    costs = [f"costs {units.size(priced.ram)} of RAM"] if priced.ram else []
    costs += [f"{name} loses {units.size(lost)}" for name, lost in losses(old, priced.layout)]
    return f"{what} ({' and '.join(costs) or 'nothing lost'})"


def still_refuted(remaining: Iterable[str]) -> str:
    """`; still refuted: within-ipa and capacity`."""
    left = units.listing(list(dict.fromkeys(remaining)))
    return f"; still refuted: {left}" if left else "; nothing else is refuted then"


def _change(name: str, value: int, old: Layout) -> str:
    """As it has to be typed: a number that C would take for one of 32 bits, and add so, in 64."""
    narrow = _NEARLY_32_BITS <= value < 1 << 32
    shown = units.hexa(value)
    return f"{name} = xen_mk_ullong({shown})" if narrow or old.number(name) == value else f"{name} = {shown}"
