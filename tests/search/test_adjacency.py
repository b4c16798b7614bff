"""Adjacency against its definitions, all of them tried out on small maps; and boards whose figures are known."""

from __future__ import annotations

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.small_maps import (
    LEAST,
    STEP,
    STEPS,
    all_steps,
    extents,
    free,
    obstacle_lists,
    regions,
    runs,
    spaces,
    steps,
    subsets,
)
from tests.timing import least_times, slowness
from verifier.layout.adjacency import Adjacency, Edge
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle
from verifier.search.adjacency import adjacency

MIB, GIB = 1 << 20, 1 << 30
SETTINGS = settings(deadline=None, derandomize=True)
WHOLE = [Extent(0, STEPS * STEP)]


def device(start: int, end: int, path: str = "/device", kind: str = "device", entry: int = 0) -> Obstacle:
    return Obstacle(Extent(start, end), kind, path, f"reg[{entry}]")


@SETTINGS
@given(obstacle_lists(), spaces, st.lists(extents(longest=400), max_size=4))
def test_holes_are_what_is_free(
    obstacles: list[Obstacle], space: list[Extent], offered: list[Extent]
) -> None:
    found = adjacency(obstacles, offered, space, 40)
    is_free = free(obstacles, space)
    assert [each.extent for each in found.holes] == list(runs(is_free))
    parts = [each.qualifies for each in found.holes if each.qualifies is not None]
    assert parts == regions(is_free)
    assert found.rounding + found.minimum == len(is_free) * STEP - sum(each.size for each in parts)
    for hole in found.holes:
        assert all_steps(hole.offered) == all_steps(offered) & steps(hole.extent)
        assert all(each.size for each in hole.offered)
        below = {each for each in obstacles if each.extent.end == hole.extent.start}
        above = {each for each in obstacles if each.extent.start == hole.extent.end}
        assert (set(hole.below.obstacles), set(hole.above.obstacles)) == (below, above)
        if hole.qualifies is None:
            assert hole.below.lost is hole.above.lost is None
        else:
            assert hole.extent.start + (hole.below.lost or 0) == hole.qualifies.start
            assert hole.qualifies.end + (hole.above.lost or 0) == hole.extent.end


@SETTINGS
@given(obstacle_lists(), spaces)
def test_joins_are_what_is_free_without_a_node(obstacles: list[Obstacle], space: list[Extent]) -> None:
    before = regions(free(obstacles, space))
    wanted = {}
    for path in {each.path for each in obstacles}:
        after = regions(free(obstacles, space, [path]))
        gain = sum(each.size for each in after) - sum(each.size for each in before)
        if gain:
            parts = {
                whole: tuple(each for each in before if steps(each) <= steps(whole))
                for whole in after
                if whole not in before
            }
            wanted[path] = (gain, max(each.size for each in after), tuple(parts.items()))
    found = adjacency(obstacles, [], space, 40).joins
    assert {each.path: (each.gain, each.largest, each.joined) for each in found} == wanted
    assert [each.gain for each in found] == sorted((each.gain for each in found), reverse=True)
    for join in found:
        assert sorted(join.entries) == sorted(each for each in obstacles if each.path == join.path)
        assert join.fixed == any(each.kind == "memory" for each in join.entries)


@SETTINGS
@given(obstacle_lists(), spaces)
def test_a_barrier_names_exactly_the_nodes_that_have_to_go(
    obstacles: list[Obstacle], space: list[Extent]
) -> None:
    parts = regions(free(obstacles, space))
    found = adjacency(obstacles, [], space, 40).barriers
    assert [(each.below, each.above) for each in found] == list(pairwise(parts))
    for barrier in found:
        joining = [
            set(gone)
            for gone in subsets(each.path for each in obstacles)
            if any(
                {barrier.below.start // STEP, barrier.above.start // STEP} <= steps(run)
                for run in runs(free(obstacles, space, gone))
            )
        ]
        if barrier.paths is None:
            assert not joining
        else:
            assert set(barrier.paths) == joining[0]
            assert all(joining[0] <= each for each in joining)


@SETTINGS
@given(obstacle_lists(), spaces, st.integers(1, 800))
def test_no_fewer_nodes_clear_a_stretch(obstacles: list[Obstacle], space: list[Extent], size: int) -> None:
    need = adjacency(obstacles, [], space, 40, need=size * STEP).need
    assert need is not None
    movable = {each.path for each in obstacles if each.kind != "memory"}
    least = next(
        (
            len(gone)
            for gone in subsets(movable)
            if any(each.size >= max(size, LEAST) * STEP for each in regions(free(obstacles, space, gone)))
        ),
        None,
    )
    if need.cleared is None:
        assert least is None
        return
    assert len(need.cleared.paths) == len(set(need.cleared.paths)) == least
    assert need.cleared.extent.size >= max(size, LEAST) * STEP
    assert steps(need.cleared.extent) <= free(obstacles, space, need.cleared.paths)
    assert set(need.cleared.paths) <= movable


@SETTINGS
@given(st.lists(extents(longest=400), max_size=7), st.integers(1, 3000))
def test_no_fewer_regions_are_enough(offered: list[Extent], size: int) -> None:
    found = adjacency([], offered, WHOLE, 40, need=size * STEP)
    assert found.need is not None
    assert all_steps(found.offered) == all_steps(offered)
    assert sum(each.size for each in found.offered) == len(all_steps(offered)) * STEP
    enough = next(
        (
            count
            for count in range(len(found.offered) + 1)
            for some in combinations(found.offered, count)
            if sum(each.size for each in some) >= size * STEP
        ),
        None,
    )
    chosen = found.need.regions
    assert set(chosen) <= set(found.offered)
    assert list(chosen) == sorted(chosen)
    total = sum(each.size for each in chosen)
    if enough is None:
        assert chosen == found.offered
        assert (found.need.missing, found.need.left) == (size * STEP - total, 0)
    else:
        assert len(chosen) == enough
        assert (found.need.missing, found.need.left) == (0, total - size * STEP)
    longest = max(runs(all_steps(offered)), key=lambda each: each.size, default=None)
    assert (found.largest and found.largest.size) == (longest and longest.size)
    if found.largest is not None:
        assert found.largest in list(runs(all_steps(offered)))


def components(names: set[str], pairs: list[tuple[str, str]]) -> set[frozenset[str]]:
    group = {name: frozenset([name]) for name in names}
    for first, second in pairs:
        both = group[first] | group[second]
        for name in both:
            group[name] = both
    return set(group.values())


@SETTINGS
@given(obstacle_lists(), spaces)
def test_edges_are_true_and_connect_what_is_connected(obstacles: list[Obstacle], space: list[Extent]) -> None:
    found = adjacency(obstacles, [], space, 40)
    things = [(each.path, each.extent) for each in obstacles]
    things += [(str(each), each) for each in regions(free(obstacles, space))]

    def blocks(extent: Extent, unit: int) -> set[int]:
        return {step * STEP // unit for step in steps(extent)}

    def between(lower: Extent, upper: Extent) -> int:
        return max(0, lower.start - upper.end, upper.start - lower.end)

    def holds(kind: str, lower: Extent, upper: Extent) -> bool:
        if kind in ("touches", "separated"):
            return (kind == "touches") == (between(lower, upper) == 0)
        unit = 2 * MIB if kind == "same 2 MiB entry" else GIB
        return not blocks(lower, unit).isdisjoint(blocks(upper, unit))

    for edge in found.edges:
        assert any(
            holds(edge.kind, lower, upper) and between(lower, upper) == edge.size
            for first, lower in things
            for second, upper in things
            if (first, second) == (edge.first, edge.second)
        ), edge
    for kinds in (("touches",), ("same 2 MiB entry",), ("same 2 MiB entry", "same 1 GiB entry")):
        wanted = [
            (first, second)
            for first, lower in things
            for second, upper in things
            if first != second and holds(kinds[-1], lower, upper)
        ]
        told = [(each.first, each.second) for each in found.edges if each.kind in kinds]
        names = {name for name, _ in things}
        assert components(names, told) == components(names, wanted)


def test_what_is_next_to_each_other() -> None:
    """A device 4 KiB above a region's end shares its entry of 1 GiB, and not that of 2 MiB; a pair of devices does."""
    found = adjacency(
        [device(0x10001000, 0x10002000, "/a"), device(0x10003000, 0x10004000, "/b")], [], [Extent(0, GIB)], 40
    )
    assert found.edges == (
        Edge("[0x0, 0x10000000)", "/a", "separated", 0x1000),
        Edge("[0x0, 0x10000000)", "/a", "same 1 GiB entry", 0x1000),
        Edge("/a", "/b", "separated", 0x1000),
        Edge("/a", "/b", "same 2 MiB entry", 0x1000),
        Edge("/b", "[0x10200000, 0x40000000)", "separated", 0x1FC000),
        Edge("/b", "[0x10200000, 0x40000000)", "same 1 GiB entry", 0x1FC000),
    )
    assert [each.paths for each in found.barriers] == [("/a", "/b")]


def test_a_byte_takes_its_page() -> None:
    """Obstacles grow to whole pages, the space shrinks to them; empty obstacles take nothing."""
    found = adjacency(
        [device(0x10000FFF, 0x10001001), device(0x4000, 0x4000)], [], [Extent(1, (256 << 20) + 0x3FFF)], 40
    )
    assert [each.extent for each in found.holes] == [
        Extent(0x1000, 0x10000000),
        Extent(0x10002000, 0x10003000),
    ]


def test_nothing_lies_above_the_width() -> None:
    found = adjacency([device(1 << 32, 1 << 34)], [], [Extent(0, 1 << 40)], 32)
    assert [each.extent for each in found.holes] == [Extent(0, 1 << 32)]
    assert not found.joins


def test_one_node_with_two_entries_joins_three_holes() -> None:
    """Worked out by hand: 64 MiB, 2 MiB of /pcie, 64 MiB, 2 MiB of /pcie, 64 MiB."""
    obstacles = [
        device(64 * MIB, 66 * MIB, "/pcie"),
        Obstacle(Extent(130 * MIB, 132 * MIB), "pci-window", "/pcie", "ranges[0]"),
    ]
    (join,) = adjacency(obstacles, [], [Extent(0, 196 * MIB)], 40).joins
    holes = (Extent(0, 64 * MIB), Extent(66 * MIB, 130 * MIB), Extent(132 * MIB, 196 * MIB))
    assert (join.path, join.gain, join.largest) == ("/pcie", 4 * MIB, 196 * MIB)
    assert join.joined == ((Extent(0, 196 * MIB), holes),)


def test_a_stretch_may_end_where_an_obstacle_begins() -> None:
    """64 MiB between two devices are there for whom 60 MiB are enough; 2 MiB more, and one has to go."""
    obstacles = [device(0, 2 * MIB, "/low"), device(66 * MIB, 70 * MIB, "/high")]
    space = [Extent(0, 70 * MIB)]
    found = [adjacency(obstacles, [], space, 40, need=size * MIB).need for size in (60, 64, 66, 69)]
    assert [each and each.cleared and each.cleared.paths for each in found] == [
        (),
        (),
        ("/low",),
        ("/low", "/high"),
    ]


# What real boards printed at boot, and how much of it Linux can plug: figures of others, in whole sections.
ZYNQMP = [
    *((0x81200000, 0xA0000000), (0xB1200000, 0xC0000000), (0xC8000000, 0xE0000000), (0xF0000000, 0xF9000000)),
    *((0x100000000, 0x600000000), (0x880000000, 0x8000000000), (0x8001000000, 0x10000000000)),
]
RCAR = [
    *((0x48000000, 0x54000000), (0x57000000, 0x60000000), (0x70000000, 0x78000000), (0x78200000, 0xC0000000)),
    (0x500000000, 0x580000000),
]
RPI4 = [(0x2200000, 0x20000000), (0x40000000, 0xF8000000)]


@pytest.mark.parametrize(
    ("board", "small", "large"),
    [
        (ZYNQMP, (0, 348 * MIB), (4, 1756 * MIB)),
        (RCAR, (0, 206 * MIB), (3, None)),
        (RPI4, (0, None), (1, 862 * MIB)),
    ],
    ids=["zynqmp", "r-car-h3", "rpi4"],
)
def test_sections_of_linux_on_boards(
    board: list[tuple[int, int]], small: tuple[int, int | None], large: tuple[int, int | None]
) -> None:
    found = adjacency([], [Extent(*each) for each in board], [Extent(0, 1 << 40)], 40)
    for consumer, (unusable, lost) in zip(found.consumers, (small, large), strict=True):
        assert sum(each is None for each in consumer.usable) == unusable
        assert lost in (None, consumer.lost)


@SETTINGS
@given(st.lists(extents(longest=900), max_size=4))
def test_sections_are_whole_and_in_one_region(offered: list[Extent]) -> None:
    found = adjacency([], offered, WHOLE, 40)
    for consumer, section in zip(found.consumers, (128 * MIB, 512 * MIB), strict=True):
        usable = 0
        for region, part in zip(found.offered, consumer.usable, strict=True):
            whole = [
                start
                for start in range(0, STEPS * STEP, section)
                if region.start <= start and start + section <= region.end
            ]
            assert (part is None) == (not whole)
            if part is not None:
                assert (part.start, part.end) == (whole[0], whole[-1] + section)
            usable += len(whole) * section
        assert consumer.lost == sum(each.size for each in found.offered) - usable


def sl28() -> Adjacency:
    """The board of the manual, with IOMMU and 40 bits, as xen 4.22 offers it."""
    from verifier.reading import models
    from verifier.reading.board_map import board_map
    from verifier.reading.device_tree import read_tree
    from verifier.reading.host_tree import host_of
    from verifier.search.adjacency import of_offer
    from verifier.xen.host_regions import predict
    from verifier.xen.offers import offers
    from verifier.xen.release import xen
    from verifier.xen.subjects import Given

    content = (Path(__file__).parent.parent / "boards" / "sl28.dtb").read_bytes()
    tree, tag = read_tree(content, "sl28.dtb"), models.tag_of("4.22")
    host, model, inputs = host_of(tree, tag), xen(tag, "release"), Given(40, iommu=True)
    (offer,) = offers(host, model, inputs, board_map(tree), predict(host, model, inputs))
    return of_offer(offer, need=2 * GIB)


def test_the_board_of_the_manual() -> None:
    """Its seven regions are the holes that qualify; what joins some was read off its device tree by hand.

    /soc/spi@20c0000 has 256 MiB of flash at 0x20000000, which alone cut two holes; /soc/sata@3200000 has a register
    at 0x700100520.
    """
    found = sl28()
    assert tuple(each.qualifies for each in found.holes if each.qualifies is not None) == found.offered
    assert found.need is not None
    assert found.need.regions == (Extent(0x30000000, 0x140000000),)
    joins = {each.path: each for each in found.joins}
    spi = (Extent(0xF200000, 0x140000000), (Extent(0xF200000, 0x20000000), Extent(0x30000000, 0x140000000)))
    assert (joins["/soc/spi@20c0000"].gain, joins["/soc/spi@20c0000"].joined) == (256 * MIB, (spi,))
    assert joins["/soc/sata@3200000"].largest == 0x8000000000 - 0x1FC400000
    assert found.pool is None


def test_two_thousand_obstacles_in_a_second() -> None:
    """Of process time, with networkx loaded."""
    obstacles = [
        device(start, start + size, f"/device{index % 1500}", entry=index)
        for index, start, size in (
            (each, each * 0x9E3779B1 * 64 % (1 << 40), 1 << 12 + each % 12) for each in range(2000)
        )
    ]
    holes = adjacency(obstacles, [], [Extent(0, 1 << 40)], 40).holes
    offered = [each.qualifies for each in holes if each.qualifies is not None]
    assert len(offered) > 1000
    space = [Extent(0, 1 << 40)]
    (least,) = least_times(
        lambda: adjacency(obstacles, offered, space, 40, need=300 * GIB, vcpus=4), rounds=3
    )
    assert least < slowness()
