"""What guest kernels make of regions: every step by hand, both sides of each bound, up to the last address of all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import SOUND, with_domain
from tests.xen.test_consumers import offered, small
from verifier.layout.consumer import Consumer, LinearMap, Takes
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import Offer
from verifier.layout.open_grant import Bounds, OpenGrant
from verifier.xen.consumers import faults, stretches, use, whole_units, windows
from verifier.xen.outcome import Span

MIB = 1 << 20
GIB = 1 << 30
TOP = 1 << 64
PAGE = 4096
ALL = Extent(0, TOP)
LINEAR = LinearMap(38, GIB)
"""256 GiB."""


def takes(unit: int, *, joins: bool = True, ascending: bool = True, refuses: tuple[str, ...] = ()) -> Takes:
    return Takes(unit, joins, ascending, refuses, None, "fails", "gives up")


def kernel(
    unit: int, *, joins: bool = True, ascending: bool = True, linear: LinearMap | None = None
) -> Consumer:
    return replace(small(unit), takes=replace(takes(unit, joins=joins, ascending=ascending), linear=linear))


def gib(*numbers: int) -> tuple[Extent, ...]:
    return tuple(
        Extent(start * GIB, end * GIB) for start, end in zip(numbers[::2], numbers[1::2], strict=True)
    )


@pytest.mark.parametrize(
    ("start", "end", "window", "found"),
    [
        (32, 48, ALL, (32, 48)),
        (31, 49, ALL, (32, 48)),
        (33, 48, ALL, None),
        (33, 63, ALL, None),  # the first multiple is above the last
        (32, 47, ALL, None),
        (17, 48, ALL, (32, 48)),
        (0, 64, Extent(16, 48), (16, 48)),
        (0, 64, Extent(17, 47), None),
        (0, 64, Extent(17, 48), (32, 48)),
        (0, 64, Extent(100, 200), None),
        (200, 300, Extent(100, 200), None),
        # Of the last 16 bytes the first multiple above is 2^64, which is 0.
        (TOP - 10, TOP - 1, ALL, None),
        (TOP - 17, TOP - 1, ALL, None),
        (TOP - 32, TOP - 1, ALL, (TOP - 32, TOP - 16)),
        (TOP - 32, TOP - 16, Extent(0, TOP - 20), None),
    ],
)
def test_whole_units(start: int, end: int, window: Extent, found: tuple[int, int] | None) -> None:
    """Of 16 bytes."""
    assert whole_units(takes(16), start, end, window) == found


@pytest.mark.parametrize(
    ("spans", "joined", "apart"),
    [
        ([], [], []),
        ([(4, 4)], [(4, 8)], [(4, 8)]),
        ([(4, 4), (8, 4)], [(4, 12)], [(4, 8), (8, 12)]),
        ([(4, 4), (8, 4), (12, 4), (20, 1)], [(4, 16), (20, 21)], [(4, 8), (8, 12), (12, 16), (20, 21)]),
        ([(4, 4), (9, 4)], [(4, 8), (9, 13)], [(4, 8), (9, 13)]),
        ([(4, 4), (7, 4)], [(4, 8), (7, 11)], [(4, 8), (7, 11)]),
        ([(8, 4), (4, 4)], [(8, 12), (4, 8)], [(8, 12), (4, 8)]),
    ],
)
def test_stretches(
    spans: list[tuple[int, int]], joined: list[tuple[int, int]], apart: list[tuple[int, int]]
) -> None:
    """Of starts and sizes; what begins where the one before ends is one with it, to a kernel that joins them."""
    for joins, wanted in ((True, joined), (False, apart)):
        assert list(stretches(takes(1, joins=joins), [Span(*each) for each in spans])) == wanted


@pytest.mark.parametrize(
    ("spans", "wanted"),
    [
        ([(PAGE, PAGE), (2 * PAGE, PAGE)], []),
        ([(2 * PAGE, 2 * PAGE), (3 * PAGE, PAGE)], [("out-of-order", (0, 1), 3 * PAGE, 4 * PAGE)]),
        (
            [(PAGE, PAGE), (8 * PAGE, PAGE), (4 * PAGE, PAGE), (2 * PAGE, PAGE)],
            [("out-of-order", (1, 2), 4 * PAGE, 9 * PAGE), ("out-of-order", (2, 3), 2 * PAGE, 5 * PAGE)],
        ),
        ([(0, PAGE)], [("zero-start", (0,), 0, 1)]),
        ([(0, 0), (PAGE, PAGE)], [("zero-start", (0,), 0, 1)]),
        ([(PAGE, PAGE), (3 * PAGE - 1, PAGE)], [("parts-of-pages", (1,), 3 * PAGE - 1, PAGE)]),
        ([(PAGE, PAGE), (3 * PAGE, 1)], [("parts-of-pages", (1,), 1, PAGE)]),
    ],
)
def test_why_a_kernel_gives_up(
    spans: list[tuple[int, int]], wanted: list[tuple[str, tuple[int, ...], int, int]]
) -> None:
    """What is wrong, where, the number, and what it should have been at least, or a multiple of."""
    strict = takes(PAGE, refuses=("zero-start", "parts-of-pages"))
    found = faults(strict, [Span(*each) for each in spans])
    assert [(each.kind, each.regions, each.found, each.needed) for each in found] == wanted
    only = {"out-of-order"} & {kind for kind, *_ in wanted}
    assert {each.kind for each in faults(takes(PAGE), [Span(*each) for each in spans])} == only
    assert list(faults(takes(PAGE, ascending=False), [Span(*each) for each in spans])) == []


@pytest.mark.parametrize(
    ("regions", "usable", "parts"),
    [
        ([(16, 48), (100, 200)], 32 + 80, (32, 80)),  # 112 to 192
        ([(0, 16)], 16, (16,)),
        # 16 to 48 and 48 to 80; 16 to 20 and 40 to 48 are of two.
        ([(5, 20), (16, 48), (40, 90)], 64, (4, 32, 40)),
        # 48 to 50 are in a unit of the third.
        ([(112, 160), (0, 50), (32, 64)], 48 + 64, (48, 50, 32)),
        ([(160, 176), (160, 176), (64, 80)], 32, (16, 16, 16)),
        ([(1, 16), (20, 30), (64, 80)], 16, (0, 0, 16)),
    ],
)
def test_parts_of_regions(regions: list[tuple[int, int]], usable: int, parts: tuple[int, ...]) -> None:
    """Whole units of 16 bytes of regions in any order, each for itself; a byte in two regions counts once."""
    found = use(kernel(16, joins=False, ascending=False), offered(*(Extent(*each) for each in regions)), 64)
    assert (str(found.verdict), found.usable, found.parts) == ("proved", usable, parts)
    assert (found.at_least, found.reason, found.bound, found.fault) == (False, "", None, None)


def test_what_is_said_where_nothing_is_of_use() -> None:
    """Out of order, too small, below the linear map: the regions as they are read, none of whose bytes is used."""
    given_up = use(kernel(4), offered(Extent(8, 16), Extent(0, 4)), 64)
    assert (str(given_up.verdict), given_up.reason) == ("refuted", "it gives up")
    too_small = use(kernel(16), offered(Extent(4, 16), Extent(17, 32)), 64)
    assert (str(too_small.verdict), too_small.reason, too_small.bound) == ("refuted", "it fails", TOP)
    for found in (given_up, too_small):
        assert (found.usable, found.parts, found.empty, found.at_least) == (0, (0, 0), 2, False)
        assert found.lost == sum(each.size for each in found.read)
    below = use(kernel(4, linear=LINEAR), offered(*gib(1, 2), banks=gib(5, 6)), 64)
    assert (str(below.verdict), below.usable, below.parts, below.bound) == ("unknown", None, (0,), None)
    assert below.read == gib(1, 2)
    above = use(kernel(4, linear=LINEAR), offered(*gib(300, 301), banks=gib(5, 6)), 64)
    assert (str(above.verdict), above.usable, above.parts, above.bound) == ("refuted", 0, (0,), 261 * GIB)


@pytest.mark.parametrize(
    ("regions", "usable"),
    [
        ([Extent(0, 8)], 8),
        ([Extent(8, 8), Extent(16, 24)], 8),
        ([Extent(0, 8), Extent(8, 8)], 8),
        ([Extent(0, 0), Extent(16, 24)], None),
    ],
)
def test_a_region_without_size_is_everything_only_at_zero(regions: list[Extent], usable: int | None) -> None:
    """Its end, the last byte in Linux, is its start less one."""
    found = use(kernel(4), offered(*regions), 64)
    assert found.usable == usable
    assert str(found.verdict) == ("unknown" if usable is None else "proved")
    assert len(found.parts) == len(regions)
    assert found.read == tuple(regions)


def obstacle(kind: str, start: int, end: int) -> Obstacle:
    return Obstacle(Extent(start * GIB, end * GIB), kind, "/r", "reg[0]")


def board(
    banks: tuple[Extent, ...] | None,
    ram: tuple[Extent, ...] = (),
    on_board: tuple[Obstacle, ...] = (),
    given: tuple[Obstacle, ...] = (),
    *,
    host_layout: bool = True,
) -> Offer:
    offer = with_domain(SOUND, banks=banks)
    return replace(offer, ram=ram, board=BoardMap(on_board), given=given, host_layout=host_layout)


@pytest.mark.parametrize(
    ("offer", "sure", "most"),
    [
        # From the GiB of the first RAM on, 256 GiB.
        (board((Extent(5 * GIB + MIB, 6 * GIB),)), (5, 261), 261),
        (board(gib(9, 10, 5, 6)), (5, 261), 261),
        (board(gib(0, 1)), (0, 256), 256),
        # RAM up to 401 GiB: it begins at 145 GiB, and certain is what a beginning at 5 GiB would leave.
        (board(gib(5, 6, 400, 401)), (145, 261), 401),
        (board((*gib(5, 6), Extent(400 * GIB, 401 * GIB + 1))), (146, 261), 402),
        (board(gib(5, 6, 600, 601)), (345, 345), 601),
        (board(gib(5, 6, 260, 261)), (5, 261), 261),
        # Banks that are not known: anywhere in the RAM of the host.
        (board(None, gib(1, 2, 9, 11)), (11, 257), 267),
        (board((), gib(1, 2, 9, 11)), (11, 257), 267),
        (board(None, (Extent(GIB + MIB, 9 * GIB + MIB),)), (9, 257), 265),
        (board(gib(1, 2), gib(3, 4)), (1, 257), 257),
        (board(None, gib(1, 2), host_layout=False), None, None),
        (board(None), None, None),
        # Reserved memory of the host: it may be the first, or the last.
        (board(gib(5, 6), on_board=(obstacle("reserved-memory", 3, 4),)), (5, 259), 261),
        (board(gib(5, 6), on_board=(obstacle("reserved-memory", 300, 301),)), (45, 261), 301),
        (board(gib(5, 6), on_board=(obstacle("device", 300, 301),)), (5, 261), 261),
        (board(gib(5, 6), on_board=(obstacle("reserved-memory", 300, 301),), host_layout=False), (5, 261), 261),
        # Static shared memory, of dom0 and of a guest.
        (board(gib(5, 6), given=(obstacle("shared-memory", 3, 4),)), (5, 259), 261),
        (board(gib(5, 6), given=(obstacle("shared-memory", 300, 301),), host_layout=False), (45, 261), 301),
        (board(gib(5, 6), given=(obstacle("domain-ram", 300, 301),)), (5, 261), 261),
    ],
)  # fmt: skip
def test_windows_of_a_linear_map(offer: Offer, sure: tuple[int, int] | None, most: int | None) -> None:
    """GiB; None where no RAM is known: nothing is certain, and nothing excluded."""
    certain = Extent(0, 0) if sure is None else gib(*sure)[0]
    possible = ALL if most is None else Extent(0, most * GIB)
    assert windows(LINEAR, offer) == (certain, possible)
    assert windows(None, offer) == (ALL, ALL)


@pytest.mark.parametrize(
    ("certain", "usable"), [(gib(1, 2, 6, 8), 2 * GIB), (gib(1, 2), None), ((), None), (gib(4, 6), GIB)]
)
def test_what_is_certain_counts_where_the_linear_map_is(
    certain: tuple[Extent, ...], usable: int | None
) -> None:
    """RAM from 5 GiB on."""
    grant = OpenGrant(Bounds(PAGE, PAGE), gib(1, 9), (), certain, 0, 0)
    offer = with_domain(offered(banks=gib(5, 6)), extended_regions=None, open_grant=grant)
    found = use(kernel(PAGE, linear=LINEAR), offer, 64)
    assert found.usable == usable
    if usable is None:
        assert (str(found.verdict), found.parts, found.at_least) == ("unknown", (), False)
    else:
        assert (str(found.verdict), found.read, found.at_least) == ("proved", certain, True)
        assert (sum(found.parts), len(found.parts)) == (usable, len(certain))
