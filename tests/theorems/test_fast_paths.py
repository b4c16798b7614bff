"""Fast code of the verifier: the sweep, sets of extents and boxes of places are proved, and break when they are wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import pytest

from tests.theorems.by_hand import LATER, OLDEST, named, proved_in, proves
from verifier.layout.domain_map import Extent
from verifier.layout.open_grant import Bounds
from verifier.layout.origin import Origin
from verifier.layout.region import Region
from verifier.layout.stretches import overlapping
from verifier.logic.bits import word
from verifier.logic.paths import paths
from verifier.theorems.statements import fast_paths
from verifier.theorems.vocabulary.plain import Negative, Plain, below_or_equal, word_of
from verifier.xen import open_grant
from verifier.xen.open_grant import Box
from verifier.xen.outcome import FaultError
from verifier.xen.release import xen

TAGS = (*OLDEST, *LATER)
HERE = Origin("here", 1)


@pytest.mark.parametrize("name", ["sweep", "extents", "boxes", "box-regions"])
def test_proved_in_each_release_that_has_it(name: str) -> None:
    theorem = named(f"fast-paths/{name}")
    having = [tag for tag in TAGS if theorem.applies(xen(tag))]
    assert having == list(TAGS if name in ("sweep", "extents") else LATER)
    assert proved_in(theorem.name, having) == having


def _regions(edges: Sequence[tuple[int, int]]) -> list[Region]:
    return [Region(str(index), start, end, "other", HERE, "", "") for index, (start, end) in enumerate(edges)]


def test_three_small_regions_byte_by_byte() -> None:
    """All lists of three in five bytes, in any order: pairs that share a byte, counted by bytes."""
    edges = [(start, end) for start in range(5) for end in range(start, 5)]
    for chosen in product(edges, repeat=3):
        bytes_of = [set(range(start, end)) for start, end in chosen]
        expected = {
            frozenset((str(one), str(other)))
            for one, other in ((0, 1), (0, 2), (1, 2))
            if bytes_of[one] & bytes_of[other]
        }
        told = [frozenset((one.name, other.name)) for one, other in overlapping(_regions(chosen))]
        assert len(told) == len(set(told))
        assert set(told) == expected


def test_extents_and_holes_byte_by_byte() -> None:
    edges = [Extent(start, end) for start in range(4) for end in range(start, 5)]
    for one, other, hole in product(edges, repeat=3):
        expected = ({*range(one.start, one.end)} | {*range(other.start, other.end)}) - {
            *range(hole.start, hole.end)
        }
        left = open_grant.without((one, other), (hole,))
        assert [at for each in left for at in range(each.start, each.end)] == sorted(expected)


def test_a_sweep_that_drops_too_early_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def early(open_ones: list[Region], region: Region) -> tuple[list[Region], list[Region]]:
        still = [other for other in open_ones if other.end > region.end]
        return [*still, region], still

    monkeypatch.setattr(fast_paths, "sweep", early)
    assert not proves("fast-paths/sweep", "head")


def test_a_sweep_by_ends_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        fast_paths, "in_order", lambda regions: sorted(regions, key=lambda region: region.end)
    )
    assert not proves("fast-paths/sweep", "head")


def test_a_hole_that_is_a_byte_too_small_breaks_it(monkeypatch: pytest.MonkeyPatch) -> None:
    without = open_grant.without
    monkeypatch.setattr(open_grant, "without", lambda extents, _holes: without(extents, ()))
    assert not proves("fast-paths/extents", "head")


@pytest.mark.parametrize("smaller", [True, False])
def test_a_box_that_is_a_page_off_breaks_it(monkeypatch: pytest.MonkeyPatch, *, smaller: bool) -> None:
    boxes = open_grant.boxes

    def moved(region: Extent | None, lost: int) -> Iterator[Box]:
        for box in boxes(region, lost):
            most = box.end.most
            if box.kind == "both":
                most = most - 4096 if smaller else most + 4096
            yield replace(box, end=Bounds(box.end.least, most))

    monkeypatch.setattr(open_grant, "boxes", moved)
    assert not proves("fast-paths/boxes", "head")
    assert smaller or not proves("fast-paths/box-regions", "head")


def test_forgetting_the_lost_page_breaks_releases_that_lose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = open_grant.boxes
    monkeypatch.setattr(open_grant, "boxes", lambda region, _lost: boxes(region, 0))
    assert not proves("fast-paths/box-regions", "4.18.0")
    assert proves("fast-paths/box-regions", "head")


def test_plain_numbers_that_are_known_are_integers() -> None:
    for left, right in product((0, 1, 5, 1 << 63), repeat=2):
        one, other = Plain(left), Plain(right)
        assert (one < other, one <= other, one == other) == (left < right, left <= right, left == right)
        assert (one > right, one >= right, one != right) == (left > right, left >= right, left != right)
        assert bool(one) is bool(left)
        assert (Negative(one) < Negative(other)) is (-left < -right)
        if left >= right:
            assert word_of(one - other) == left - right
    assert Plain(5) < 1 << 64
    assert not Plain(5) > 1 << 64
    assert Plain(5) > -1
    assert below_or_equal(Plain(5), 1 << 64) is True


def test_plain_numbers_do_not_wrap() -> None:
    with pytest.raises(FaultError, match="64 bits"):
        Plain((1 << 64) - 1) + 1
    with pytest.raises(FaultError, match="64 bits"):
        Plain(0) - 1
    with pytest.raises(ValueError, match="no word"):
        Plain(5) + -1
    ways = list(paths(lambda: _sum(word("a"), 4096)))
    assert [way.value for way in ways] == ["wraps", "fits"]


def _sum(unknown: object, more: int) -> str:
    try:
        Plain(unknown) + more  # type: ignore[arg-type]
    except FaultError:
        return "wraps"
    return "fits"
