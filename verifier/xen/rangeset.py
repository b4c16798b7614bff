"""Xen's sets of numbers: an ordered list of inclusive ranges of `unsigned long`.

Model of xen/common/rangeset.c: find_range, rangeset_add_range, rangeset_remove_range,
rangeset_report_ranges, rangeset_contains_range, rangeset_subtract (31703c5d7a), step by step and for every
argument. `start <= end` is asserted by Xen but only in debug builds; what a release build does otherwise
is modelled as it is, down to the walk off the end of the list, where it dereferences NULL. Removal up to
the last number of all (`end + 1` wraps) is wrong in every release: the last range then starts at 0.

Behaviour `rangeset-remove`: e118fc98e7 and its backports c7e5683085, 6b399ed19f.

Allocation never fails here, and no set has the limit of `rangeset_limit`.
"""

from __future__ import annotations

from dataclasses import dataclass

from verifier.logic.word import Word, equal, holds, larger, smaller, uint64
from verifier.xen.outcome import Fault, FaultError
from verifier.xen.release import Variants, Xen


@dataclass(frozen=True, slots=True)
class Range:
    """`[start, end]`, both inclusive; in a release build that was asked to, `start` can be above `end`."""

    start: Word
    end: Word


@dataclass(frozen=True, slots=True)
class Rangeset:
    """The list. `ordered`: the starts are known to ascend, as they do unless a removal has wrapped."""

    ranges: tuple[Range, ...] = ()
    ordered: bool = True


def _grown(below: Range, start: Word) -> Range:
    return Range(below.start, uint64.subtract(start, 1))


def _cut(below: Range, start: Word) -> Range:
    return _grown(below, start) if holds(below.end >= start) else below


_BELOW = Variants("rangeset-remove", {"grows-neighbour": _grown, "exact": _cut})
"""What becomes of the range that starts below a removed one which ends in or beyond the next range."""


def add(xen: Xen, held: Rangeset, start: Word, end: Word) -> Rangeset:
    """`held` with `[start, end]`, merged with what it overlaps or touches (rangeset_add_range).

    Raises FaultError.
    """
    _precondition(xen, "rangeset_add_range", start, end)
    ranges = held.ranges
    first, last = _find(held, start), _find(held, end)
    if first == last:
        if first < 0 or _apart(ranges[first], start):
            first += 1
            merged, following = Range(start, end), first
        else:
            merged, following = Range(ranges[first].start, larger(ranges[first].end, end)), first + 1
    else:
        begin = start
        if first < 0:
            first = 0
        elif _apart(ranges[first], start):
            first += 1
        else:
            begin = ranges[first].start
        if first >= len(ranges) or last < 0:
            raise _null("rangeset_add_range", start, end)
        merged, following = Range(begin, larger(ranges[last].end, end)), first + 1
        while following < len(ranges) and holds(ranges[following].end <= merged.end):
            following += 1
    if following < len(ranges) and holds(equal(uint64.add(merged.end, 1), ranges[following].start)):
        merged = Range(merged.start, ranges[following].end)
        following += 1
    return Rangeset((*ranges[:first], merged, *ranges[following:]), held.ordered)


def remove(xen: Xen, held: Rangeset, start: Word, end: Word) -> Rangeset:
    """`held` without `[start, end]`, as the release does it (rangeset_remove_range). Raises FaultError."""
    _precondition(xen, "rangeset_remove_range", start, end)
    ranges = held.ranges
    first, last = _find(held, start), _find(held, end)
    if first == last:
        if first < 0 or holds(ranges[first].end < start):
            return held
        left = _left_of_one(ranges[first], start, end)
        return Rangeset((*ranges[:first], *left, *ranges[first + 1 :]), held.ordered)
    first = max(first, 0)
    kept = list(ranges[:first])
    if holds(ranges[first].start < start):
        kept.append(_BELOW.of(xen)(ranges[first], start))
        first += 1
    if first > last:
        raise _null("rangeset_remove_range", start, end)
    above = Range(uint64.add(end, 1), ranges[last].end)
    if holds(above.start <= above.end):
        kept.append(above)
    ordered = held.ordered and not holds(equal(end, uint64.top))
    return Rangeset((*kept, *ranges[last + 1 :]), ordered)


def _left_of_one(held: Range, start: Word, end: Word) -> tuple[Range, ...]:
    """What removal leaves of the one range in which both numbers lie, or which is the last below both."""
    below = Range(held.start, uint64.subtract(start, 1))
    above = Range(uint64.add(end, 1), held.end)
    if holds(held.start < start):
        return (below, above) if holds(held.end > end) else (below,)
    return (above,) if holds(held.end > end) else ()


def report(held: Rangeset, start: Word, end: Word) -> tuple[Range, ...]:
    """The parts of the ranges inside `[start, end]`, in the order of the list (rangeset_report_ranges)."""
    found = []
    for each in held.ranges:
        if not holds(each.start <= end):
            break
        if holds(each.end >= start):
            found.append(Range(larger(each.start, start), smaller(each.end, end)))
    return tuple(found)


def subtract(xen: Xen, held: Rangeset, other: Rangeset) -> Rangeset:
    """`held` without each range of `other` in turn (rangeset_subtract). Raises FaultError."""
    for each in report(other, 0, uint64.top):
        held = remove(xen, held, each.start, each.end)
    return held


def contains(xen: Xen, held: Rangeset, start: Word, end: Word) -> bool:
    """Whether one range holds all of `[start, end]` (rangeset_contains_range). Raises FaultError."""
    _precondition(xen, "rangeset_contains_range", start, end)
    found = _find(held, start)
    return found >= 0 and holds(held.ranges[found].end >= end)


def _find(held: Rangeset, number: Word) -> int:
    """The index of the range before the first that starts above `number`; -1 if there is none (find_range)."""
    if not held.ordered:
        above = (index for index, each in enumerate(held.ranges) if holds(each.start > number))
        return next(above, len(held.ranges)) - 1
    low, high = 0, len(held.ranges)
    while low < high:
        middle = (low + high) // 2
        if holds(held.ranges[middle].start > number):
            high = middle
        else:
            low = middle + 1
    return low - 1


def _apart(below: Range, start: Word) -> bool:
    """Whether a range ends before `start` without touching it."""
    return holds(below.end < start) and not holds(equal(uint64.add(below.end, 1), start))


def _precondition(xen: Xen, function: str, start: Word, end: Word) -> None:
    if xen.debug and not holds(start <= end):
        raise FaultError(Fault("assertion", function, f"s <= e fails for {_said(start)} and {_said(end)}"))


def _null(function: str, start: Word, end: Word) -> FaultError:
    return FaultError(
        Fault("null-dereference", function, f"no range follows, with s {_said(start)} and e {_said(end)}")
    )


def _said(word: Word) -> str:
    return f"{word:#x}" if isinstance(word, int) else "an unknown word"
