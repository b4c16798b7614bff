"""Rangesets in plain integers, run as a whole: what `add`, `remove`, `report` and `find` make of their parts.

The theorems about rangesets speak of the parts (which ranges merge, what is left of one range). Their
examples run the functions that put the parts together, on lists in which every case occurs, and compare
number by number: at every edge and beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from verifier.theorems.setting import Pair, Setting
from verifier.theorems.violation import Violation
from verifier.xen import rangeset
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.release import Xen

THREE: tuple[Pair, ...] = ((10, 11), (30, 11), (50, 11))
"""[10, 20], [30, 40] and [50, 60], as start and size."""
_TOP = 1 << 64
ADDED = tuple(
    Setting(ram=ram, shared=added)
    for ram, added in (
        (THREE, ((2, 3), (5, 5), (12, 2), (15, 8), (23, 7), (0, 46), (70, 11), (81, 5), (0, 101))),
        (THREE, ((25, 21), (15, 41))),
        (THREE, ((25, 41),)),
        (THREE, ((25, 3), (21, 4), (5, 61))),
        (THREE, ((21, 9), (10, 51))),
        (THREE, ((15, 21), (35, 21))),
        (THREE, ((0, 71),)),
        (THREE, ((9, 53),)),
        ((), ((5, 5), (0, 1), (7, 14), (11, 5))),
        (((10, 11),), ((_TOP - 10, 10), (_TOP - 12, 2), (0, 5), (5, _TOP - 5))),
    )
)
"""`ram` is the set, `shared` what is added in turn."""
REMOVED = tuple(
    Setting(ram=ram, reserved=removed[: done + 1])
    for ram, removed in (
        (THREE, ((0, 6), (12, 3), (10, 1), (20, 16), (45, 26), (0, 101), (3, 2))),
        (THREE, ((25, 31), (5, 28))),
        (THREE, ((15, 31),)),
        (THREE, ((15, 51),)),
        (THREE, ((30, 11), (10, 11), (50, 11))),
        (THREE, ((10, 51),)),
        (THREE, ((5, 16), (40, 11))),
        (THREE, ((5, 61),)),
        ((), ((0, 5),)),
    )
    for done in range(len(removed))
)
"""`ram` is the set, `reserved` what is taken away in turn."""
REPORTED = (
    Setting(ram=THREE, domain=((0, 101), (0, 5), (15, 1), (20, 11), (21, 9), (15, 41), (60, 5), (61, 5), (10, 51))),
    Setting(domain=((0, 101),)),
)  # fmt: skip
"""`ram` is the set, `domain` what is asked for, one after the other."""
FOUND = (Setting(ram=THREE), Setting(ram=(*THREE, (70, 1), (80, 2))), Setting(ram=THREE[:1]), Setting())
"""`ram` is the set."""


def wrongly_added(xen: Xen, setting: Setting) -> Violation | None:
    """After which addition the set is not what it should be, or not canonical."""
    held = _set(setting.ram)
    for done, (start, size) in enumerate(setting.shared, start=1):
        held = rangeset.add(xen, held, start, start + size - 1)
        there = (*setting.ram, *setting.shared[:done])
        for number in _edges(there):
            if _in(number, there) != _in(number, _pairs(held.ranges)):
                return Violation(
                    f"after the addition of {start:#x} with {size:#x} numbers {number:#x} is wrong",
                    (),
                    number,
                )
        for (first, length), (second, _) in pairwise(_pairs(held.ranges)):
            if first + length >= second:
                return Violation(
                    f"after the addition of {start:#x} two ranges meet at {second:#x}", (), second
                )
    return None  # fmt: skip


def lost(xen: Xen, setting: Setting) -> Violation | None:
    """A number that a removal takes away and should not."""
    held = _set(setting.ram)
    for start, size in setting.reserved:
        held = rangeset.remove(xen, held, start, start + size - 1)
    for number in _edges((*setting.ram, *setting.reserved)):
        wanted = _in(number, setting.ram) and not _in(number, setting.reserved)
        if wanted and not _in(number, _pairs(held.ranges)):
            return Violation(f"after the removals {number:#x} is lost", (), number)
    return None


def wrongly_reported(_xen: Xen, setting: Setting) -> Violation | None:
    """Which report is not the parts of the ranges inside what was asked for."""
    held = _set(setting.ram)
    for start, size in setting.domain:
        found = _pairs(rangeset.report(held, start, start + size - 1))
        parts = ((max(low, start), min(low + length, start + size)) for low, length in setting.ram)
        if found != [(low, high - low) for low, high in parts if low < high]:
            return Violation(f"the report of {start:#x} with {size:#x} numbers is {found}")
    return None


def wrongly_found(_xen: Xen, setting: Setting) -> Violation | None:
    """For which number the range found is not the last that starts at or below it, halving the list or walking it."""
    for ordered in (True, False):
        held = Rangeset(_set(setting.ram).ranges, ordered)
        for number in _edges((*setting.ram, (5, 1))):
            if rangeset.find(held, number) != sum(start <= number for start, _ in setting.ram) - 1:
                return Violation(f"{number:#x} is found in the wrong place of {setting.ram}", (), number)
    return None


def _set(pairs: Sequence[Pair]) -> Rangeset:
    return Rangeset(tuple(Range(start, start + size - 1) for start, size in pairs))


def _pairs(ranges: Sequence[Range]) -> list[Pair]:
    found = []
    for each in ranges:
        assert isinstance(each.start, int)
        assert isinstance(each.end, int)
        found.append((each.start, each.end - each.start + 1))
    return found


def _edges(pairs: Sequence[Pair]) -> Iterator[int]:
    edges = {edge + step for start, size in pairs for edge in (start, start + size) for step in (-1, 0, 1)}
    return iter(sorted(edge for edge in edges if 0 <= edge < _TOP))


def _in(number: int, pairs: Sequence[Pair]) -> bool:
    return any(start <= number < start + size for start, size in pairs)
