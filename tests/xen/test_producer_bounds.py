"""Producers at inputs that no theorem speaks of: sets that a removal has wrapped, stops, nothing at all."""

from __future__ import annotations

import pytest

from verifier.xen import ext_regions, rangeset, top_of_space
from verifier.xen.outcome import FaultError, Span
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.release import xen

HEAD = xen("head")
TOP = 2**64 - 1


def made(*ranges: tuple[int, int], ordered: bool = True) -> Rangeset:
    return Rangeset(tuple(Range(*each) for each in ranges), ordered)


def listed(held: Rangeset) -> list[object]:
    return [(each.start, each.end) for each in held.ranges]


def test_an_addition_from_above_to_below_the_last_range_follows_null() -> None:
    """rangeset_add_range(60, 15): x is [40, 50], which ends before 60, and its next range is none; y is [10, 20]."""
    with pytest.raises(FaultError) as caught:
        rangeset.add(HEAD, made((10, 20), (40, 50)), 60, 15)
    assert caught.value.fault.kind == "null-dereference"
    assert caught.value.fault.function == "rangeset_add_range"
    assert caught.value.fault.reason == "no range follows, with s 0x3c and e 0xf"


def test_a_removal_below_a_wrapped_list_leaves_nothing_of_it() -> None:
    """rangeset_remove_range(7, 12) of [10, 20], [0, 5]: x is none, y [0, 5], and all up to y goes; y would begin at 13."""
    assert listed(rangeset.remove(HEAD, made((10, 20), (0, 5), ordered=False), 7, 12)) == []


@pytest.mark.parametrize(
    ("held", "start", "end", "left", "ordered"),
    [
        # In one range nothing wraps into the list: what is above TOP is not there.
        (made((10, TOP)), 20, TOP, [(10, 19)], True),
        (made((10, TOP)), 10, TOP, [], True),
        # From one range into another the last one is to begin at TOP + 1, which is 0.
        (made((10, 20), (40, TOP)), 15, TOP, [(10, 14), (0, TOP)], False),
        (made((10, 20), (40, TOP)), 15, TOP - 1, [(10, 14), (TOP, TOP)], True),
        # What was wrapped before stays so.
        (made((10, 14), (0, TOP), ordered=False), 11, 12, [(10, 14), (0, 10), (13, TOP)], False),
        (made((0, TOP), ordered=False), 5, 6, [(0, 4), (7, TOP)], False),
    ],
)
def test_whether_a_list_ascends_is_known(
    held: Rangeset, start: int, end: int, left: list[tuple[int, int]], *, ordered: bool
) -> None:
    found = rangeset.remove(HEAD, held, start, end)
    assert listed(found) == left
    assert found.ordered is ordered


def test_a_set_begins_in_order() -> None:
    assert Rangeset().ordered


def test_the_number_0_is_subtracted_as_well() -> None:
    assert listed(rangeset.subtract(HEAD, made((0, 9)), made((0, 0)))) == [(1, 9)]


@pytest.mark.parametrize(
    ("tag", "lost"), [("4.16.7", 0), ("4.17.7", 0), ("4.18.0", 1), ("4.20.0", 1), ("4.21.0", 0), ("head", 0)]
)
@pytest.mark.parametrize("pages", [16383, 16384, 16385, 16386, 16895, 16896, 16897, 32768, 32769])
def test_a_piece_is_worth_its_whole_superpages_less_what_is_lost(tag: str, lost: int, pages: int) -> None:
    """Of 512 pages each, 32 or more. From f37a598139 to 9b21841fd1 a piece ended with the first byte of its last page."""
    release = xen(tag)
    region = ext_regions.region_of(release, ext_regions.cover(release, Span(0, pages << 12)))
    superpages = (pages - lost) // 512
    assert region == (Span(0, superpages << 21) if superpages >= 32 else None)
    assert ext_regions.LOST.of(release) == lost << 12


def test_where_nothing_begins_nothing_ends() -> None:
    assert top_of_space.end_of(1 << 40, ()) == 0
