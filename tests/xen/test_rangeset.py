"""Rangesets: the set they are for sensible calls, the list they become for others, stops included.

Lists expected for calls with start above end are worked out from xen/common/rangeset.c, statement by statement.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from verifier.xen import rangeset
from verifier.xen.outcome import FaultError
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.rangeset_in_place import InPlace
from verifier.xen.release import Xen, xen

HEAD, OLD, DEBUG = xen("head"), xen("4.17.7"), xen("head", "debug")
TOP = 2**64 - 1
Pairs = list[tuple[int, int]]


def made(*ranges: tuple[int, int]) -> Rangeset:
    return Rangeset(tuple(Range(*each) for each in ranges))


def listed(held: Rangeset) -> list[object]:
    return [(each.start, each.end) for each in held.ranges]


def test_sensible_calls_make_the_set() -> None:
    """Also: no two ranges touch, and contains and report agree with the members."""
    rng = random.Random(1)
    for _ in range(2000):
        held, members = Rangeset(), set[int]()
        for _ in range(rng.randrange(12)):
            start = rng.randrange(30)
            end = rng.randrange(start, 31)
            if rng.random() < 0.6:
                held, members = rangeset.add(HEAD, held, start, end), members | {*range(start, end + 1)}
            else:
                held, members = rangeset.remove(HEAD, held, start, end), members - {*range(start, end + 1)}
        low = rng.randrange(30)
        high = rng.randrange(low, 31)
        runs = [n for n in members if n - 1 not in members]
        assert len(held.ranges) == len(runs)
        assert rangeset.contains(HEAD, held, low, high) is members.issuperset(range(low, high + 1))
        reported = [(each.start, each.end) for each in rangeset.report(held, low, high)]
        inside = [n for first, last in reported for n in range(30 + 1) if first <= n <= last]
        assert inside == sorted(members & {*range(low, high + 1)})


def test_subtract() -> None:
    held = rangeset.subtract(HEAD, made((0, 9), (20, 29)), made((5, 6), (9, 21), (40, TOP)))
    assert listed(held) == [(0, 4), (7, 8), (22, 29)]


@pytest.mark.parametrize(
    ("held", "start", "end", "left"),
    [
        (made((0, 4), (20, 29)), 10, 24, [(0, 9), (25, 29)]),
        (made((0, 4), (20, 29)), 10, 40, [(0, 9)]),
        (made((0, 4), (20, 29), (50, 59)), 10, 50, [(0, 9), (51, 59)]),
        (made((0, 4), (20, 29)), 5, 24, [(0, 4), (25, 29)]),
        (made((20, 29)), 10, 24, [(25, 29)]),
        (made((0, 4), (20, 29)), 10, 19, [(0, 4), (20, 29)]),
        (made((0, 4), (20, 29)), 3, 24, [(0, 2), (25, 29)]),
    ],
)
def test_what_grows(held: Rangeset, start: int, end: int, left: Pairs) -> None:
    """Before e118fc98e7: a range begins below, the removal in a hole, and another range at or below its end."""
    assert listed(rangeset.remove(OLD, held, start, end)) == left
    right = [(low, 4) if (low, high) == (0, 9) else (low, high) for low, high in left]
    assert listed(rangeset.remove(HEAD, held, start, end)) == right


@pytest.mark.parametrize(
    ("held", "start", "end", "left"),
    [
        (made((0, 9)), 5, 4, [(0, 4), (5, 9)]),
        (made((0, 9)), 7, 2, [(0, 6), (3, 9)]),
        (made((0, 9)), 9, 8, [(0, 8), (9, 9)]),
        (made((0, 9)), 10, 9, [(0, 9)]),
        (made((5, 9)), 4, 3, [(5, 9)]),
        (made(), 4, 3, []),
        (made((0, 9), (20, 29)), 15, 12, [(0, 9), (20, 29)]),
    ],
)
def test_removal_from_above_to_below(held: Rangeset, start: int, end: int, left: Pairs) -> None:
    for release in (OLD, HEAD):
        assert listed(rangeset.remove(release, held, start, end)) == left


@pytest.mark.parametrize(
    ("held", "start", "end"),
    [
        (made((5, 9)), 5, 4),
        (made((0, 2), (5, 9)), 5, 4),
        (made((0, 2), (5, 9)), 7, 4),
        (made((0, 2), (5, 6), (20, 29)), 12, 3),
        (made((5, 9), (20, 29)), 7, 1),
    ],
)
def test_removal_that_walks_off_the_list(held: Rangeset, start: int, end: int) -> None:
    """Another range begins at or below the start than at or below the end."""
    for release in (OLD, HEAD):
        with pytest.raises(FaultError) as stop:
            rangeset.remove(release, held, start, end)
        assert stop.value.fault.kind == "null-dereference"
        assert stop.value.fault.reason == f"no range follows, with s {start:#x} and e {end:#x}"


@pytest.mark.parametrize(
    ("held", "start", "end", "left"),
    [
        (made(), 5, 4, [(5, 4)]),
        (made((0, 9)), 5, 4, [(0, 9)]),
        (made((0, 2)), 5, 4, [(0, 2), (5, 4)]),
        (made((0, 2), (5, 9)), 5, 4, [(0, 2), (5, 4)]),
    ],
)
def test_addition_from_above_to_below(held: Rangeset, start: int, end: int, left: Pairs) -> None:
    """The last one: the range that starts there is cut down to nothing."""
    assert listed(rangeset.add(HEAD, held, start, end)) == left


@pytest.mark.parametrize(
    ("held", "start", "end", "left"),
    [
        # x is (0, 5), ends before 8 and does not touch it: its next one becomes (8, 30), however far that reached
        (made((0, 5), (10, 100), (20, 30)), 8, 25, [(0, 5), (8, 30)]),
        # x is (0, 7), which 8 touches: it grows, and the loop ends at the range that reaches further
        (made((0, 7), (10, 100), (20, 30)), 8, 25, [(0, 30), (10, 100), (20, 30)]),
        # no x: the first of the list becomes the merged one
        (made((10, 100), (20, 30)), 8, 25, [(8, 30)]),
    ],
)
def test_addition_to_ranges_that_overlap(held: Rangeset, start: int, end: int, left: Pairs) -> None:
    """As calls with start above end leave them: x starts at or below the start, y, here (20, 30), at or below the end."""
    for release in (OLD, HEAD):
        assert listed(rangeset.add(release, held, start, end)) == left


def test_addition_to_a_range_without_one_below() -> None:
    with pytest.raises(FaultError, match="rangeset_add_range"):
        rangeset.add(HEAD, made((5, 9)), 5, 4)


def test_removal_up_to_the_last_number_of_all() -> None:
    """`e + 1` is 0, so the last range is not dropped but starts there; later look-ups scan the list as it stands."""
    held = rangeset.remove(HEAD, made((0, 9), (20, 29), (40, 49)), 15, TOP)
    assert listed(held) == [(0, 9), (0, 49)]
    held = rangeset.remove(HEAD, made((10, 19), (20, 29), (40, 49)), 25, TOP)
    assert listed(held) == [(10, 19), (20, 24), (0, 49)]
    assert listed(rangeset.remove(HEAD, held, 12, 13)) == [(10, 11), (14, 19), (20, 24), (0, 49)]
    held = rangeset.add(HEAD, held, 60, 61)
    left = rangeset.remove(HEAD, held, 12, 13)
    assert listed(left) == [(10, 11), (14, 19), (20, 24), (0, 49), (60, 61)]
    assert listed(rangeset.remove(HEAD, made((10, 19)), 0, TOP)) == [(0, 19)]
    assert listed(rangeset.remove(HEAD, made((0, 19)), 0, TOP)) == []


@pytest.mark.parametrize("name", ["add", "remove", "contains"])
def test_a_debug_build_asserts(name: str) -> None:
    call = getattr(rangeset, name)
    with pytest.raises(FaultError) as stop:
        call(DEBUG, made((0, 9)), 5, 4)
    assert stop.value.fault.kind == "assertion"
    assert stop.value.fault.function == f"rangeset_{name}_range"
    assert stop.value.fault.reason == "s <= e fails for 0x5 and 0x4"
    call(DEBUG, made((0, 9)), 5, 5)


@pytest.mark.parametrize("release", [HEAD, OLD, DEBUG])
def test_in_place_is_pass_by_pass(release: Xen) -> None:
    """Any calls, disordered and wrapping ones too: the list, or the stop, of walking the list as Xen does each time."""
    chance = random.Random(2)
    stops = unordered = 0
    for _ in range(3000):
        held, changing = Rangeset(ordered=False), InPlace(Rangeset())
        for _ in range(chance.randrange(1, 12)):
            start, end = (chance.choice([*range(20), TOP - 1, TOP]) for _ in range(2))
            start, end = (min(start, end), max(start, end)) if chance.random() < 0.9 else (start, end)
            step, change = chance.choice([(rangeset.add, changing.add), (rangeset.remove, changing.remove)])
            try:
                held = replace(step(release, held, start, end), ordered=False)
            except FaultError as stop:
                with pytest.raises(FaultError, match=str(stop)):
                    change(release, start, end)
                stops += 1
                break
            change(release, start, end)
            assert changing.held.ranges == held.ranges
            unordered += not changing.held.ordered
    assert stops > 100
    assert unordered > (0 if release.debug else 20)


def test_in_place_on_lists_in_no_order() -> None:
    """Starts that fall, as a removal that wraps leaves them: where Xen's walk stops is where the list in place looks."""
    rng, faults = random.Random(3), 0
    for _ in range(3000):
        ranges = tuple(Range(rng.randrange(20), rng.randrange(20)) for _ in range(rng.randrange(7)))
        held, changing = Rangeset(ranges, ordered=False), InPlace(Rangeset(ranges, ordered=False))
        for _ in range(6):
            start, end, adds = rng.randrange(20), rng.randrange(20), rng.random() < 0.5
            try:
                wanted = (rangeset.add if adds else rangeset.remove)(HEAD, held, start, end)
            except FaultError:
                with pytest.raises(FaultError):
                    (changing.add if adds else changing.remove)(HEAD, start, end)
                faults += 1
                break
            (changing.add if adds else changing.remove)(HEAD, start, end)
            held = replace(wanted, ordered=False)
            assert changing.held.ranges == held.ranges
            starts = [each.start for each in held.ranges]
            assert changing.held.ordered is (starts == sorted(starts))
    assert faults > 100
