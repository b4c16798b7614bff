"""Witnesses of what guest kernels can use: each shows something, and no single change of it does.

Each case is written by hand: the regions, what the kernel takes, the numbers, and what may not be different.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.layout.board_shown import PAGE, is_shown, offer, party
from verifier.layout import consumer_witness
from verifier.layout.board_finding import BoardFinding, Party
from verifier.layout.consumer import Consumer, Takes, Use
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Verdict, Witness
from verifier.layout.offer import Offer

TOP = 1 << 32
Bytes = tuple[int, int]


def use(unit: int = PAGE, bound: int | None = TOP, refuses: tuple[str, ...] = ()) -> Use:
    takes = Takes(unit, True, True, refuses, None, "fails", "gives up")
    kernel = Consumer("k", "K", 64, True, takes, "balloons", "stops", (), ("here",))
    return Use(kernel, Verdict.REFUTED, "it fails", 0, bound=bound)


def ignoring() -> Use:
    """A kernel that takes no regions."""
    one = use()
    return replace(one, consumer=replace(one.consumer, takes=None))


def no_unit(witness: Witness, one: Bytes, of: Offer) -> bool:
    return is_shown(witness, [party(*one)], of)


def numbers(kind: str, found: int | None, needed: int | None, bound: int | None = None) -> Witness:
    return Witness(kind, bound=bound, found=found, needed=needed)


@pytest.mark.parametrize(
    ("regions", "expected"),
    [
        (((0x1800, 0x2800),), True),
        (((0x1800, 0x2FFF),), True),
        (((0x1800, 0x3000),), False),  # one page, the last
        (((0x2000, 0x3000),), False),
        (((0x2001, 0x3FFF),), True),
        (((0x1001, 0x2FFF), (0x7001, 0x8000)), True),
        (((0x1001, 0x2FFF), (0x2FFF, 0x3000)), False),  # together they have it
        (((0x1001, 0x2FFF), (0x2000, 0x3000)), False),
        (((0x2800, 0x3000), (0x1001, 0x2800)), False),  # whatever their order
        (((0x1001, 0x2FFF), (0x3000, 0x3FFF)), True),  # a byte is between them
        (((0x1001, 0x2FFF), (0x4000, 0x5000)), False),
        (((0x4000, 0x5000), (0x1001, 0x2FFF)), False),
        (((0x1001, 0x2FFF), (0x1800, 0x1900)), True),
        (((0x1001, 0x3800), (0x1800, 0x1900)), False),  # one lies in the other
        (((TOP - 0x800, TOP + PAGE),), True),  # it lies beyond the space
        (((TOP - PAGE, TOP + 0x800),), False),
    ],
)
def test_no_region_has_a_unit(regions: tuple[Bytes, ...], expected: bool) -> None:
    largest = max(regions, key=lambda each: each[1] - each[0])
    size = largest[1] - largest[0]
    shown = numbers("no-unit", size, PAGE, TOP)
    of = offer(*regions, uses=(ignoring(), use(bound=None), use()))
    assert no_unit(shown, largest, of) == expected
    assert no_unit(shown, largest, replace(of, uses=(use(bound=2**64),))) == expected
    for found in (size - 1, size + 1, None):
        assert not no_unit(replace(shown, found=found), largest, of)
    for needed in (2 * PAGE, PAGE - 1, None):
        assert not no_unit(replace(shown, needed=needed), largest, of)
    for bound in (TOP - 1, TOP + 1, None):
        assert not no_unit(replace(shown, bound=bound), largest, of)
    assert not no_unit(shown, (largest[0], largest[1] + 1), of)
    for other in regions:
        if other != largest:
            assert not no_unit(replace(shown, found=other[1] - other[0]), other, of)
            assert not no_unit(shown, other, of)
    assert not no_unit(shown, largest, replace(of, regions=()))
    for uses in ((), (ignoring(),), (use(2 * PAGE),), (use(bound=None),), (use(bound=TOP - 1),)):
        assert not no_unit(shown, largest, replace(of, uses=uses))


@pytest.mark.parametrize(
    ("bound", "expected"), [(0x2FFF, True), (0x3000, False), (0x2000, True), (0x4000, False), (0x1, True)]
)
def test_a_unit_counts_only_below_the_bound(bound: int, expected: bool) -> None:
    of = offer((0x1800, 0x3800), uses=(use(bound=bound),))
    assert no_unit(numbers("no-unit", 0x2000, PAGE, bound), (0x1800, 0x3800), of) == expected
    for other in (bound - 1, bound + 1, TOP):
        assert not no_unit(numbers("no-unit", 0x2000, PAGE, other), (0x1800, 0x3800), of)


@pytest.mark.parametrize("unit", [3 * PAGE, 128 << 20])
def test_a_unit_lies_at_multiples_of_it(unit: int) -> None:
    """What is as large as a unit and begins elsewhere has none."""
    for start, end, expected in (
        (unit + PAGE, 2 * unit + PAGE, True),
        (unit - PAGE, 2 * unit - 1, True),
        (unit - PAGE, 2 * unit, False),
        (0, unit, False),
        (0, unit - 1, True),
    ):
        of = offer((start, end), uses=(use(unit),))
        assert no_unit(numbers("no-unit", end - start, unit, TOP), (start, end), of) == expected


@pytest.mark.parametrize(
    ("region", "cells", "size", "expected"),
    [
        ((0x1_0000_1800, 0x1_0000_3000), (1, 1), 0x1800, False),  # read as [0x1800, 0x3000)
        ((0x1_0000_1800, 0x1_0000_2FFF), (1, 1), 0x17FF, True),
        ((0x1800, 0x1_0000_2800), (1, 1), 0x1000, True),  # read as [0x1800, 0x2800)
        ((0x1800, 0x1_0000_2800), (2, 1), 0x1000, True),
        ((0x1800, 0x1_0000_2800), (1, 2), 0x1_0000_1000, False),
        ((0x2_0000_0000, 0x2_0000_1000), (2, 1), 0x1000, True),  # beyond 2^33
        ((0x2_0000_0000, 0x2_0000_1000), (1, 1), 0x1000, False),  # read as [0, 0x1000)
        ((0xFFFF_F000, 0x1_0000_0000), (1, 1), 0x1000, False),
        ((0x12345678, 0x12345679), (1, 1), 1, True),
    ],
)
def test_regions_are_what_is_read_of_their_cells(
    region: Bytes, cells: tuple[int, int], size: int, expected: bool
) -> None:
    of = offer(region, bits=33, cells=cells, uses=(use(bound=2**64),))
    assert no_unit(numbers("no-unit", size, PAGE, 2 * TOP), region, of) == expected
    written = region[1] - region[0]
    if written != size:
        assert not no_unit(numbers("no-unit", written, PAGE, 2 * TOP), region, of)


def test_the_largest_is_the_largest_as_it_is_read() -> None:
    small, cut = (0x1800, 0x2800), (0x5800, 0x1_0000_5900)
    of = offer(small, cut, bits=33, cells=(2, 1), uses=(use(bound=2**64),))
    assert no_unit(numbers("no-unit", 0x1000, PAGE, 2 * TOP), small, of)
    assert not no_unit(numbers("no-unit", 0x1000, PAGE, 2 * TOP), cut, of)
    assert not no_unit(numbers("no-unit", 0x100, PAGE, 2 * TOP), cut, of)


def test_without_a_witness_nothing_is_shown() -> None:
    of = offer((0, PAGE), (0, PAGE), uses=(use(refuses=("zero-start",)),))
    parties = (party(0, PAGE), party(0, PAGE))
    for check in consumer_witness.KINDS.values():
        assert not check(BoardFinding("any", Verdict.REFUTED, "d0", "said", parties=parties), of)


FIRST, SECOND, THIRD = (0x4000, 0x6000), (0x5000, 0x7000), (0x8000, 0x9000)


def out_of_order(found: int | None, needed: int | None, parties: list[Party], of: Offer) -> bool:
    return is_shown(numbers("out-of-order", found, needed), parties, of)


def test_a_region_begins_below_the_end_of_the_one_before() -> None:
    both, of = [party(*FIRST), party(*SECOND)], offer(FIRST, SECOND, THIRD)
    assert out_of_order(0x5000, 0x6000, both, of)
    for found, needed in (
        (0x5001, 0x6000),
        (0x5000, 0x6001),
        (0x6000, 0x5000),
        (None, 0x6000),
        (0x5000, None),
    ):
        assert not out_of_order(found, needed, both, of)
    assert not out_of_order(0x5000, 0x6000, both[:1], of)
    assert not out_of_order(0x5000, 0x6000, [*both, party(*THIRD)], of)
    assert not out_of_order(0x4000, 0x7000, both[::-1], of)
    assert out_of_order(0x4000, 0x7000, both[::-1], offer(SECOND, FIRST))
    assert not out_of_order(0x5000, 0x6000, both, offer(FIRST, THIRD, SECOND))
    assert out_of_order(0x5000, 0x6000, both, offer(THIRD, FIRST, SECOND))
    assert not out_of_order(0x5000, 0x6000, both, offer(FIRST))


@pytest.mark.parametrize(("start", "expected"), [(0x5FFF, True), (0x6000, False), (0x6001, False)])
def test_one_that_begins_where_the_other_ends_is_in_order(start: int, expected: bool) -> None:
    both = [party(*FIRST), party(start, 0x9000)]
    assert out_of_order(start, 0x6000, both, offer(FIRST, (start, 0x9000))) == expected


def test_order_is_that_of_what_is_read() -> None:
    """One cell cuts the start of the second, or the size of the first."""
    low, high = (0x4000, 0x6000), (0x1_0000_5000, 0x1_0000_7000)
    both = [party(*low), party(*high)]
    assert out_of_order(0x5000, 0x6000, both, offer(low, high, cells=(1, 2)))
    assert not out_of_order(0x5000, 0x6000, both, offer(low, high, cells=(2, 1)))
    long = (0x4000, 0x1_0000_6000)
    over = [party(*long), party(*SECOND)]
    assert out_of_order(0x5000, 0x6000, over, offer(long, SECOND, cells=(2, 1)))
    assert out_of_order(0x5000, 0x1_0000_6000, over, offer(long, SECOND, cells=(1, 2)))


@pytest.mark.parametrize(
    ("region", "cells", "found", "expected"),
    [
        ((0, PAGE), (2, 2), 0, True),
        ((0, PAGE), (2, 2), 1, False),
        ((0, PAGE), (2, 2), PAGE, False),
        ((0, PAGE), (2, 2), None, False),
        ((1, PAGE), (2, 2), 1, False),
        ((1, PAGE), (2, 2), 0, False),
        ((PAGE, PAGE), (2, 2), 0, False),  # of no size, elsewhere
        ((TOP, TOP + PAGE), (1, 2), 0, True),  # as it is read
        ((TOP, TOP + PAGE), (2, 1), 0, False),
    ],
)
def test_a_kernel_refuses_a_region_at_0(
    region: Bytes, cells: tuple[int, int], found: int | None, expected: bool
) -> None:
    of = offer(region, cells=cells, uses=(ignoring(), use(refuses=("zero-start",))))
    shown, one = numbers("refused", found, 1), party(*region)
    assert is_shown(shown, [one], of) == expected
    assert not is_shown(replace(shown, needed=PAGE), [one], of)
    assert not is_shown(shown, [party(region[0], region[1] + 1)], of)
    for uses in ((), (ignoring(),), (use(refuses=("parts-of-pages",)),)):
        assert not is_shown(shown, [one], replace(of, uses=uses))


@pytest.mark.parametrize(
    ("region", "cells", "found", "expected"),
    [
        ((0x1800, 0x3000), (2, 2), 0x1800, True),  # start and size
        ((0x1800, 0x2800), (2, 2), 0x1800, True),  # its start
        ((0x1001, 0x2001), (2, 2), 0x1001, True),
        ((0x1000, 0x2800), (2, 2), 0x1800, True),  # its size
        ((0x1000, 0x2FFF), (2, 2), 0x1FFF, True),
        ((0x1000, 0x2800), (2, 2), 0x2800, False),  # its end, which it does not look at
        ((0x1000, 0x2800), (2, 2), 0x1000, False),
        ((0x1000, 0x3000), (2, 2), 0x2000, False),
        ((0x1800, 0x2800), (2, 2), 0x1000, False),
        ((0x1800, 0x2800), (2, 2), None, False),
        ((TOP + 0x1800, TOP + 0x2800), (1, 2), 0x1800, True),  # as it is read
        ((TOP + 0x1800, TOP + 0x2800), (1, 2), TOP + 0x1800, False),
        ((0x8000_1800, 0x8000_2800), (1, 2), 0x8000_1800, True),  # its first digit is read
        ((0x1000, TOP + 0x1800), (2, 1), 0x800, True),
        ((0x1000, TOP + 0x1800), (1, 2), 0x800, False),
    ],
)
def test_a_kernel_refuses_parts_of_pages(
    region: Bytes, cells: tuple[int, int], found: int | None, expected: bool
) -> None:
    of = offer(region, cells=cells, uses=(ignoring(), use(refuses=("parts-of-pages",))))
    shown, one = numbers("refused", found, PAGE), party(*region)
    assert is_shown(shown, [one], of) == expected
    for needed in (PAGE + 1, PAGE - 1, 1, None):
        assert not is_shown(replace(shown, needed=needed), [one], of)
    assert not is_shown(shown, [party(region[0], region[1] + 1)], of)
    for uses in ((), (ignoring(),), (use(refuses=("zero-start",)),)):
        assert not is_shown(shown, [one], replace(of, uses=uses))


def test_what_is_no_party_of_the_offer_is_refused_by_nobody() -> None:
    of = offer((0x1000, 0x2000), uses=(use(refuses=("zero-start", "parts-of-pages")),))
    assert not is_shown(numbers("refused", 0, 1), [Party("x", Extent(0, PAGE), "here")], of)
    assert not is_shown(numbers("refused", 0x800, PAGE), [Party("x", Extent(0x800, PAGE), "here")], of)
