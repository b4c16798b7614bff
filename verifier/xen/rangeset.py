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

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

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


Change: TypeAlias = tuple[int, int, tuple[Range, ...]]
"""Indices of the first range that goes and of the first behind it that stays, and what comes in between."""


def add(xen: Xen, held: Rangeset, start: Word, end: Word) -> Rangeset:
    """`held` with `[start, end]`, merged with what it overlaps or touches (rangeset_add_range).

    Raises FaultError.
    """
    return _changed(
        held, added(xen, held.ranges, find(held, start), find(held, end), start, end), held.ordered
    )


def added(xen: Xen, ranges: Sequence[Range], first: int, last: int, start: Word, end: Word) -> Change:
    """What the addition does to the list; `first` and `last` are what `find` says of both ends. Raises FaultError."""
    _precondition(xen, "rangeset_add_range", start, end)
    below = None if first < 0 else ranges[first]
    behind = first + 1
    if first == last:
        made = joined(below, None, start, end)
    else:
        alone = below is None or apart(below, start)  # then the range after it becomes the merged one
        if last < 0 or (alone and behind == len(ranges)):
            raise _null("rangeset_add_range", start, end)
        made = joined(below, ranges[last], start, end)
        behind += alone
        while behind < len(ranges) and swallows(made[-1], ranges[behind]):
            behind += 1
    if behind < len(ranges):
        made, behind = followed(made, ranges[behind]), behind + 1
    return max(first, 0), behind, made


def _changed(held: Rangeset, change: Change, ordered: bool) -> Rangeset:
    begin, behind, made = change
    return Rangeset((*held.ranges[:begin], *made, *held.ranges[behind:]), ordered)


def joined(below: Range | None, last: Range | None, start: Word, end: Word) -> tuple[Range, ...]:
    """What an addition makes of the range that starts at or below `start`: itself where it is apart, and the merged one.

    `last` is the last range that starts at or below `end`, None if that is the same one.
    """
    if below is None or apart(below, start):
        return (*(() if below is None else (below,)), merge(None, last, start, end))
    return (merge(below, below if last is None else last, start, end),)


def followed(made: tuple[Range, ...], following: Range) -> tuple[Range, ...]:
    """The same with the first range that is not swallowed, which the merged one takes in if they meet."""
    *before, merged = made
    if meets(merged, following):
        return (*before, Range(merged.start, following.end))
    return (*made, following)


def apart(below: Range, start: Word) -> bool:
    """Whether a range ends before `start` without touching it."""
    return holds(below.end < start) and not holds(equal(uint64.add(below.end, 1), start))


def merge(below: Range | None, last: Range | None, start: Word, end: Word) -> Range:
    """`[start, end]` grown over the range below that it touches and over the last one that it reaches."""
    begin = start if below is None else below.start
    return Range(begin, end if last is None else larger(last.end, end))


def swallows(merged: Range, each: Range) -> bool:
    """Whether a range that follows is dropped because the merged one reaches over its end."""
    return holds(each.end <= merged.end)


def meets(merged: Range, following: Range) -> bool:
    """Whether a range begins where the merged one ends."""
    return holds(equal(uint64.add(merged.end, 1), following.start))


def remove(xen: Xen, held: Rangeset, start: Word, end: Word) -> Rangeset:
    """`held` without `[start, end]`, as the release does it (rangeset_remove_range). Raises FaultError."""
    first, last = find(held, start), find(held, end)
    change = removed(xen, held.ranges, first, last, start, end)
    return _changed(held, change, held.ordered and (first == last or not holds(equal(end, uint64.top))))


def removed(xen: Xen, ranges: Sequence[Range], first: int, last: int, start: Word, end: Word) -> Change:
    """What the removal does to the list; `first` and `last` are what `find` says of both ends. Raises FaultError."""
    _precondition(xen, "rangeset_remove_range", start, end)
    if first > last:
        raise _null("rangeset_remove_range", start, end)
    if first == last:
        left = () if first < 0 else left_of_one(ranges[first], start, end)
    else:
        left = left_of_several(xen, None if first < 0 else ranges[first], ranges[last], start, end)
    return max(first, 0), last + 1, left


def left_of_one(held: Range, start: Word, end: Word) -> tuple[Range, ...]:
    """What removal leaves of the one range that starts at or below both numbers, where none starts between them."""
    if holds(held.end < start):
        return (held,)
    below = Range(held.start, uint64.subtract(start, 1))
    above = Range(uint64.add(end, 1), held.end)
    if holds(held.start < start):
        return (below, above) if holds(held.end > end) else (below,)
    return (above,) if holds(held.end > end) else ()


def left_of_several(xen: Xen, below: Range | None, last: Range, start: Word, end: Word) -> tuple[Range, ...]:
    """What it leaves of the range that starts at or below `start`, if any, to the last one at or below `end`."""
    kept = [] if below is None or not holds(below.start < start) else [_BELOW.of(xen)(below, start)]
    above = Range(uint64.add(end, 1), last.end)
    return (*kept, above) if holds(above.start <= above.end) else tuple(kept)


def report(held: Rangeset, start: Word, end: Word) -> tuple[Range, ...]:
    """The parts of the ranges inside `[start, end]`, in the order of the list (rangeset_report_ranges)."""
    found: list[Range] = []
    for each in held.ranges:
        if beyond(each, end):
            break
        found.extend(inside(each, start, end))
    return tuple(found)


def beyond(each: Range, end: Word) -> bool:
    """Whether a report ends at this range."""
    return not holds(each.start <= end)


def inside(each: Range, start: Word, end: Word) -> tuple[Range, ...]:
    """What a report that does not end before says of one range."""
    return (Range(larger(each.start, start), smaller(each.end, end)),) if holds(each.end >= start) else ()


def subtract(xen: Xen, held: Rangeset, other: Rangeset) -> Rangeset:
    """`held` without each range of `other` in turn (rangeset_subtract). Raises FaultError."""
    for each in report(other, 0, uint64.top):
        held = remove(xen, held, each.start, each.end)
    return held


def contains(xen: Xen, held: Rangeset, start: Word, end: Word) -> bool:
    """Whether one range holds all of `[start, end]` (rangeset_contains_range). Raises FaultError."""
    _precondition(xen, "rangeset_contains_range", start, end)
    found = find(held, start)
    return found >= 0 and holds(held.ranges[found].end >= end)


def find(held: Rangeset, number: Word) -> int:
    """The index of the range before the first that starts above `number`; -1 if there is none (find_range).

    Xen walks the list; where the starts ascend, halving it finds the same.
    """
    if not held.ordered:
        above = (index for index, each in enumerate(held.ranges) if holds(each.start > number))
        return next(above, len(held.ranges)) - 1
    low, high = 0, len(held.ranges)
    while low < high:
        middle = (low + high) // 2
        low, high = halve(held.ranges[middle], middle, low, high, number)
    return low - 1


def halve(at_middle: Range, middle: int, low: int, high: int, number: Word) -> tuple[int, int]:
    """The half of `[low, high]` in which the index lies, given the range at `middle`."""
    return (low, middle) if holds(at_middle.start > number) else (middle + 1, high)


def _precondition(xen: Xen, function: str, start: Word, end: Word) -> None:
    if xen.debug and not holds(start <= end):
        raise FaultError(Fault("assertion", function, f"s <= e fails for {_said(start)} and {_said(end)}"))


def _null(function: str, start: Word, end: Word) -> FaultError:
    return FaultError(
        Fault("null-dereference", function, f"no range follows, with s {_said(start)} and e {_said(end)}")
    )


def _said(word: Word) -> str:
    return f"{word:#x}" if isinstance(word, int) else "an unknown word"
