"""Adjacency against its definitions, all of them tried out on small maps."""

from __future__ import annotations

from itertools import combinations, pairwise

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
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle
from verifier.search.adjacency import adjacency

MIB, GIB = 1 << 20, 1 << 30

SETTINGS = settings(deadline=None, derandomize=True)
WHOLE = [Extent(0, STEPS * STEP)]


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
