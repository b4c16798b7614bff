"""What is left to ask of the producers one step at a time: lists out of order, unknown ends, what is nothing; by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.xen.asked import WINDOWS, pairs, spans, xl
from verifier.logic.bits import evaluate, word
from verifier.logic.paths import paths
from verifier.logic.word import Truth
from verifier.xen import domu_holes, libxl_regions, memory_holes, rangeset
from verifier.xen.ext_regions import space
from verifier.xen.loops import Loop, itself, run
from verifier.xen.p2m_root import ROOTS, _low_bits
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.release import xen

HEAD, OLD = xen("head"), xen("4.17.7")
TOP = 2**64 - 1
GIB = 1 << 30
WRAPPED = ((10, 19), (20, 24), (0, 49))
"""What removal of [25, 2^64) leaves of [10, 19], [20, 29] and [40, 49]: `e + 1` is 0."""


def made(*ranges: tuple[int, int], ordered: bool = True) -> Rangeset:
    return Rangeset(tuple(Range(*each) for each in ranges), ordered)


def listed(ranges: Sequence[Range]) -> list[object]:
    return [(each.start, each.end) for each in ranges]


def test_what_lies_below_a_list_that_falls_is_not_its_last_range() -> None:
    """No range is found for 5, as the first one starts above it; [0, 49] behind it stays as it is."""
    for release in (OLD, HEAD):
        left = rangeset.remove(release, made(*WRAPPED, ordered=False), 5, 12)
        assert listed(left.ranges) == [(13, 19), (20, 24), (0, 49)]


@pytest.mark.parametrize(("start", "end", "expected"), [
    (7, 12, [(10, 12)]), (4, 9, [(4, 4)]), (5, 9, []), (20, 30, []), (19, 30, [(19, 19)]), (0, TOP, [(0, 4), (10, 19)]),
])  # fmt: skip
def test_a_report_has_nothing_of_what_ends_below(start: int, end: int, expected: list[object]) -> None:
    assert listed(rangeset.report(made((0, 4), (10, 19)), start, end)) == expected


def test_a_look_up_halves_what_is_left() -> None:
    assert rangeset.halve(Range(5, 9), 3, 0, 7, 4) == (0, 3)
    assert rangeset.halve(Range(5, 9), 3, 0, 7, 5) == (4, 7)


def test_an_unknown_start_is_not_changed_in_place() -> None:
    start = word("start")
    held = run(HEAD, [Loop("one", (Range(start, 5),), itself, adds=True)])
    assert len(held.ranges) == 1
    assert held.ranges[0].start is start
    assert held.ranges[0].end == 5
    assert run(HEAD, [], held).ranges == held.ranges


def test_an_unknown_end_is_not_changed_in_place() -> None:
    """[0, 5], then [7, end], then without [9, 10]: on each path through it, as on numbers."""
    end = word("end")
    loops = [
        Loop("two", (Range(0, 5), Range(7, end)), itself, adds=True),
        Loop("hole", (Range(9, 10),), itself),
    ]
    expected = {
        7: [(0, 5), (7, 7)],
        9: [(0, 5), (7, 8)],
        10: [(0, 5), (7, 8)],
        12: [(0, 5), (7, 8), (11, 12)],
    }

    def possible(condition: Truth) -> bool:
        return any(evaluate(condition, {"end": number}) for number in expected)

    found = list(paths(lambda: run(HEAD, loops).ranges, possible=possible))
    for number, numbers in expected.items():
        values = {"end": number}
        (ranges,) = (each.value for each in found if evaluate(each.condition, values))
        assert [(evaluate(each.start, values), evaluate(each.end, values)) for each in ranges] == numbers


def test_the_index_in_a_table_one_level_up_has_nine_bits() -> None:
    """Each stands for 2^39 bytes."""
    for bits in (40, 42):
        for table, index in (
            (0, 0),
            (1, 1),
            (3, 3),
            (510, 510),
            (511, 511),
            (512, 0),
            (513, 1),
            (1024 + 7, 7),
        ):
            assert _low_bits(ROOTS[bits], table << 39) == index


def test_what_is_described_has_translations_unless_it_is_said() -> None:
    whole = space(HEAD, 40)
    assert run(HEAD, memory_holes.loops(HEAD, whole, memory_holes.Inputs(()), ())).ranges == (whole,)


@pytest.mark.parametrize("tag", ["4.20.4", "head"])
def test_a_window_from_0_on_has_its_first_2_mib(tag: str) -> None:
    """Made up: no layout has RAM at 0."""
    found = domu_holes.find(xen(tag), domu_holes.Guest(40, spans([(0, GIB)]), (0,)))
    assert pairs(found) == [(0, GIB)]


def test_each_window_says_how_much_of_it_is_used() -> None:
    """Else banks would be left out in silence."""
    for producer in (domu_holes, libxl_regions):
        for used in ((0,), (0, 0, 0)):
            with pytest.raises(ValueError, match="zip"):
                producer.find(HEAD, producer.Guest(40, spans(WINDOWS), used))


def test_behind_an_entry_that_leaves_nothing_none_is_looked_at() -> None:
    """The first covers bank 0 to its end and beyond; the second ends with the last frame, behind which comes 0.

    finalize_hypervisor_node ends its loop over iomem at the first. In bank 1 it meets the second, and begins at 0 there.
    """
    iomem = [(0x40000, 0x100000), (0x50000, 2**52 - 0x50000)]
    assert pairs(xl(HEAD, (0, 0), iomem)) == [(0, 1 << 40)]
