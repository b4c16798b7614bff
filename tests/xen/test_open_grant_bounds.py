"""Every place of the grant region: both sides of each bound, by hand, and lists of RAM that Xen has spoilt."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from verifier.layout.domain_map import Extent
from verifier.layout.open_grant import Bounds, OpenGrant
from verifier.xen.open_grant import Box, boxes, explore, without
from verifier.xen.outcome import Span
from verifier.xen.release import xen
from verifier.xen.unallocated import Taken

MIB = 1 << 20
PAGE = 4096
TOP = 1 << 64
RAM = Extent(0x40000000, 0x50000000)


def asked(
    *ram: Extent,
    tag: str = "head",
    reserved: Sequence[Extent] = (),
    shared: Sequence[Extent] = (),
    modules: Sequence[Extent] = (),
    image: Extent | None = None,
    most: int = 64 * PAGE,
    ipa_bits: int = 40,
) -> OpenGrant | None:
    taken = Taken(
        Span(0, 0),
        reserved=[Span(each.start, each.size) for each in reserved],
        shared=[Span(each.start, each.size) for each in shared],
    )
    return explore(
        xen(tag), ipa_bits=ipa_bits, ram=ram or (RAM,), taken=taken, modules=modules, most=most, image=image
    )


@pytest.mark.parametrize(
    ("start", "end", "lies"),
    [
        (0x44000000, 0x44200000, True),
        (0x43FFF000, 0x441FF000, False),  # begins in what is loaded, and ends in what is free
        (0x4BFFF000, 0x4C1FF000, True),  # the other way: of Xen only the text has to be where nothing else is
        (0x4C000000, 0x4C200000, False),
        (0x41000000, 0x41200000, False),
        (0x4D000000, 0x4D200000, False),
    ],
)
def test_the_text_begins_where_xen_does_in_what_is_free(start: int, end: int, *, lies: bool) -> None:
    """From 0x44000000 to 0x4c000000, between two modules."""
    modules = [Extent(0x40000000, 0x44000000), Extent(0x4C000000, 0x50000000)]
    answer = asked(modules=modules, image=Extent(start, end))
    assert (answer is not None) == lies
    if answer is not None:
        places = [place for regime in answer.regimes for place in regime.places]
        assert {place.start for place in places} == {Bounds(start, start)}
        assert max(place.end.most for place in places) == min(start + 64 * PAGE, 0x4C000000)


@pytest.mark.parametrize(("tag", "most"), [("4.16.0", 128), ("4.16.1", 256), ("head", 256)])
def test_one_region_more_may_be_too_many(tag: str, most: int) -> None:
    """Xen has so many regions (NR_MEM_BANKS), and a grant region in the middle of one makes two of it."""
    ram = [Extent(at * 128 * MIB, at * 128 * MIB + 64 * MIB) for at in range(1, most + 1)]
    answer = asked(*ram[1:], tag=tag)
    assert answer is not None
    assert len(answer.whole) == most - 1
    assert asked(*ram, tag=tag) is None


def test_ends_beside_the_grant_region() -> None:
    """Both ends of each bound, rounded to 2 MiB by hand: before 0x4bfff000 the last multiple is 0x4be00000."""
    answer = asked()
    assert answer is not None
    above, both, below = sorted(answer.regimes, key=lambda regime: regime.places[0].start.least)
    assert (above.below, above.above) == (None, (Bounds(0x40200000, 0x44200000), 0x50000000))
    assert both.below == (0x40000000, Bounds(0x44000000, 0x4BE00000))
    assert both.above == (Bounds(0x44200000, 0x4C000000), 0x50000000)
    assert (below.below, below.above) == ((0x40000000, Bounds(0x4BE00000, 0x4FE00000)), None)


def test_a_page_that_is_lost_is_lost_below_alone() -> None:
    """9b21841fd1: before 4.21 what is below ends a page early; so the first start with a region below is a page higher."""
    answer = asked(tag="4.20.0")
    assert answer is not None
    # The RAM itself ends 2 MiB early: its last 64 MiB begin at 0x4be00000.
    assert answer.whole == (Extent(0x40000000, 0x4FE00000),)
    (both,) = (each for each in answer.regimes if each.below is not None and each.above is not None)
    assert both.places[0].start == Bounds(0x44001000, 0x4BDFF000)
    assert both.below == (0x40000000, Bounds(0x44000000, 0x4BC00000))
    assert both.above == (Bounds(0x44200000, 0x4BE00000), 0x4FE00000)


@pytest.mark.parametrize("start", [0, 1 << 63, TOP - 256 * MIB])
def test_places_from_the_first_address_to_the_last(start: int) -> None:
    """All pages of 256 MiB, wherever they are."""
    answer = asked(Extent(start, start + 256 * MIB), ipa_bits=64)
    assert answer is not None
    places = [place for each in answer.regimes for place in each.places]
    assert min(place.start.least for place in places) == start
    assert max(place.start.most for place in places) == start + 256 * MIB - PAGE
    assert max(place.end.most for place in places) == start + 256 * MIB


def test_the_bounds_of_every_box() -> None:
    """256 MiB from 1 GiB on: the parts below and above have 64 MiB or more, or are none; all addresses are asked for."""
    below, above, end = 0x44000000, 0x4C000000, 0x50000000
    everywhere = Bounds(0, TOP)
    assert list(boxes(None, 0)) == [Box("whole", everywhere, everywhere)]
    assert list(boxes(RAM, 0)) == [
        Box("whole", everywhere, Bounds(0, RAM.start)),
        Box("above", Bounds(0, below - PAGE), Bounds(RAM.start + PAGE, above)),
        Box("both", Bounds(below, TOP), Bounds(0, above)),
        Box("none", Bounds(0, below - PAGE), Bounds(above + PAGE, TOP)),
        Box("below", Bounds(below, end - PAGE), Bounds(above + PAGE, TOP)),
        Box("whole", Bounds(end, TOP), everywhere),
    ]


def test_ends_that_the_places_do_not_reach_are_no_answer() -> None:
    """From 0x46000000 to 0x4a000000 there are 64 MiB and more on both sides, however long the grant region may be."""
    modules = [Extent(0x40000000, 0x46000000), Extent(0x4A000000, 0x50000000)]
    answer = asked(modules=modules, most=256 * MIB)
    assert answer is not None
    (regime,) = answer.regimes
    assert (regime.below is None, regime.above is None) == (False, False)
    (place,) = regime.places
    assert (place.start, place.end) == (Bounds(0x46000000, 0x49FFF000), Bounds(0x46001000, 0x4A000000))


def test_a_grant_region_that_leaves_nothing() -> None:
    """Of 128 MiB it takes the middle page and one beside it: neither side has 64 MiB."""
    answer = asked(
        Extent(0x40000000, 0x48000000), modules=[Extent(0x40000000, 0x43FFF000), Extent(0x44001000, 0x48000000)]
    )  # fmt: skip
    assert answer is not None
    nothing = [each for each in answer.regimes if each.regions == ()]
    assert [(place.start, place.end) for each in nothing for place in each.places] == [
        (Bounds(0x43FFF000, 0x43FFF000), Bounds(0x44001000, 0x44001000))
    ]
    assert (answer.certain, answer.at_least) == ((), 0)


def test_ram_behind_the_address_space_makes_no_region() -> None:
    """Rounded up to 2 MiB the last addresses of all are 0; what is reported ends with the address space."""
    for first in ((1 << 40) - 64 * MIB, 1 << 40, TOP - MIB):
        answer = asked(RAM, Extent(first, min(first + 128 * MIB, TOP)))
        assert answer is not None
        assert answer.whole == (RAM, *([Extent(first, 1 << 40)] if first < 1 << 40 else []))


def test_an_empty_reserved_bank_parts_the_ram() -> None:
    """Removal of `[s, s - 1]` leaves what is below s and what is from s on; a place in both has no answer here.

    rangeset_remove_range does not look whether the start is above the end in a release build.
    """
    empty = Extent(0x48000000, 0x48000000)
    assert asked(reserved=[empty]) is None
    answer = asked(reserved=[empty], modules=[Extent(0x47FFF000, 0x48001000)])
    assert answer is not None
    assert answer.whole == (Extent(0x40000000, 0x48000000), Extent(0x48000000, 0x50000000))
    assert {regime.fixed for regime in answer.regimes} == {(answer.whole[0],), (answer.whole[1],)}


def test_reserved_memory_that_wraps_leaves_ranges_that_overlap() -> None:
    """From 128 MiB over 2^64 to 96 MiB: of 64 to 256 MiB there is 64 to 128 MiB, and 96 to 256 MiB; nothing is told."""
    ram = Extent(64 * MIB, 256 * MIB)
    assert asked(ram, reserved=[Extent(128 * MIB, TOP)]) is not None
    assert asked(ram, reserved=[Extent(128 * MIB, TOP + 96 * MIB)]) is None


def test_a_byte_of_ram_is_a_piece() -> None:
    """Ranges were of bytes: reserved memory from the second byte on leaves one, in which no page is."""
    answer = asked(tag="4.16.0", reserved=[Extent(0x40000001, 0x40800000)])
    assert answer is not None
    assert answer.whole == (Extent(0x40800000, 0x50000000),)


@pytest.mark.parametrize(("tag", "told"), [("4.18.0", True), ("4.20.0", False), ("head", False)])
def test_shared_memory_over_other_memory(tag: str, *, told: bool) -> None:
    """Since 89dca886ac it goes after the grant region, from what is left then."""
    reserved = [Extent(0x48000000, 0x48400000)]
    over = asked(tag=tag, reserved=reserved, shared=[Extent(0x48200000, 0x48600000)])
    assert (over is not None) == told
    for start in (0x47E00000, 0x48400000):
        assert asked(tag=tag, reserved=reserved, shared=[Extent(start, start + 2 * MIB)]) is not None


@pytest.mark.parametrize(
    ("extents", "holes", "left"),
    [
        ([(0, 10), (20, 30), (25, 28)], [], [(0, 10), (20, 30)]),
        ([(0, 10), (20, 30), (25, 40)], [], [(0, 10), (20, 40)]),
        ([(20, 30), (0, 10), (10, 12)], [], [(0, 12), (20, 30)]),
        ([(5, 5)], [], []),
        ([(0, 10), (12, 12)], [], [(0, 10)]),
        ([(0, 10)], [(5, 5)], [(0, 10)]),
        ([(0, 10)], [(5, 6)], [(0, 5), (6, 10)]),
        ([(0, 10)], [(0, 10)], []),
        ([(0, 10)], [(10, 12), (3, 4), (0, 1)], [(1, 3), (4, 10)]),
    ],
)
def test_bytes_of_extents_and_not_of_holes(
    extents: list[tuple[int, int]], holes: list[tuple[int, int]], left: list[tuple[int, int]]
) -> None:
    """By hand; an empty one is no bytes."""
    found = without([Extent(*each) for each in extents], [Extent(*each) for each in holes])
    assert found == tuple(Extent(*each) for each in left)
