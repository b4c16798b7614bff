"""Bands of random boards against a list of what each MiB has: nothing is left out, nothing is told twice."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from verifier.layout.board_picture import BoardPicture, Drawn, Scene, board_picture
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle

MIB = 1 << 20
BITS, CELLS, BEYOND = 29, 512, 640
"""512 MiB of space; things reach up to 640 MiB."""
KINDS = ("device", "pci-window", "memory")


@st.composite
def extents(draw: st.DrawFn, most: int = 160) -> Extent:
    start = draw(st.integers(0, BEYOND - 1))
    return Extent(start * MIB, min(BEYOND, start + draw(st.integers(1, most))) * MIB)


def obstacle(number: int, extent: Extent, kind: str) -> Obstacle:
    return Obstacle(extent, kind, f"/n{number}", "reg[0]")


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    small = st.tuples(st.one_of(extents(3), extents(40)), st.sampled_from(KINDS))
    found = draw(st.lists(small, max_size=14))
    regions = draw(st.lists(st.tuples(extents(), st.booleans()), max_size=4))
    taken = [*(each for each, _ in found), *(each for each, _ in regions)]
    lost = next((each for each in draw(st.lists(extents(30), max_size=4)) if _free(each, taken)), None)
    return Scene(
        BITS,
        tuple(Drawn(f"region {n}", each, log) for n, (each, log) in enumerate(regions)),
        tuple(obstacle(n, *each) for n, each in enumerate(found)),
        tuple(
            obstacle(-n, each, "ground") for n, each in enumerate(draw(st.lists(extents(), max_size=2)), 1)
        ),
        lost=() if lost is None else (lost,),
    )


def _free(extent: Extent, taken: list[Extent]) -> bool:
    return all(each.end <= extent.start or each.start >= extent.end for each in taken)


def has(extent: Extent, cell: int) -> bool:
    return extent.start <= cell * MIB < extent.end


def end_of(scene: Scene) -> int:
    regions = [each.extent for each in scene.regions]
    others = [each.extent for each in (*scene.obstacles, *scene.grounds)]
    return max([CELLS * MIB, *(each.end for each in (*regions, *others, *scene.lost))])


@settings(max_examples=examples(60), deadline=None)
@given(scenes(), st.booleans())
def test_every_byte_is_in_one_band_with_all_that_it_has(scene: Scene, folded: bool) -> None:
    bands = board_picture(scene, folded=folded).bands
    edges = [bands[0].start, *(each.end for each in bands)]
    assert edges[0] == 0
    assert edges[-1] == end_of(scene)
    assert all(one.end == other.start for one, other in pairwise(bands))
    assert edges == sorted(set(edges))
    assert CELLS * MIB in edges
    for cell in range(edges[-1] // MIB):
        (band,) = (each for each in bands if each.start <= cell * MIB < each.end)
        assert set(band.regions) == {each for each in scene.regions if has(each.extent, cell)}
        assert set(band.grounds) == {each for each in scene.grounds if has(each.extent, cell)}
        assert {each for each in scene.obstacles if has(each.extent, cell)} <= set(band.obstacles)
        assert (band.mark == "lost") == any(has(each, cell) for each in scene.lost)


@settings(max_examples=examples(60), deadline=None)
@given(scenes(), st.booleans())
def test_every_obstacle_begins_in_one_band_and_the_sums_are_those_of_the_board(
    scene: Scene, folded: bool
) -> None:
    bands = board_picture(scene, folded=folded).bands
    assert sorted(each for band in bands for each in band.begun) == sorted(scene.obstacles)
    covered = {cell for cell in range(BEYOND) for each in scene.obstacles if has(each.extent, cell)}
    assert sum(band.taken(band.obstacles) for band in bands) == len(covered) * MIB
    for band in bands:
        assert all(each.extent.start < band.end and each.extent.end > band.start for each in band.obstacles)


@settings(max_examples=examples(60), deadline=None)
@given(scenes())
def test_folded_are_neighbours_of_one_kind_and_no_less_than_that(scene: Scene) -> None:
    """Inside a band: one kind, free stretches below 64 MiB, each between two obstacles; and no next band could join."""
    plain, bands = board_picture(scene, folded=False).bands, board_picture(scene).bands
    for band in bands:
        parts = [each for each in plain if band.start <= each.start < band.end]
        assert (parts[0].start, parts[-1].end) == (band.start, band.end)
        if len(parts) > 1:
            assert len({each.kind for each in band.obstacles}) == 1
            assert parts[0].obstacles
            assert parts[-1].obstacles
            assert all(each.obstacles or each.size < 64 * MIB for each in parts)
    taken = [each for each in bands if each.obstacles]
    for one, other in pairwise(taken):
        between = [each for each in bands if one.end <= each.start < other.start]
        alike = {each.kind for each in (*one.obstacles, *other.obstacles)}
        same = all((each.regions, each.grounds) == (one.regions, one.grounds) for each in (*between, other))
        small = all(each.size < 64 * MIB and not each.mark for each in between)
        same_side = (one.start >= CELLS * MIB) == (other.start >= CELLS * MIB)
        assert not (len(alike) == 1 and same and small and same_side)


@settings(max_examples=examples(60), deadline=None)
@given(scenes(), st.booleans())
def test_only_a_region_is_in_conflict(scene: Scene, folded: bool) -> None:
    """Obstacles may lie in one another; a region over one, or over another of the same source, is a conflict."""
    regions = scene.regions
    wanted = sum(
        any(has(region.extent, cell) and has(each.extent, cell) for cell in range(BEYOND))
        for region in regions
        for each in scene.obstacles
    )
    wanted += sum(
        one.is_logged == other.is_logged
        and any(has(one.extent, cell) and has(other.extent, cell) for cell in range(BEYOND))
        for index, one in enumerate(regions)
        for other in regions[:index]
    )
    assert board_picture(scene, folded=folded).conflicts == wanted


def picture(*obstacles: Obstacle, regions: tuple[Drawn, ...] = ()) -> BoardPicture:
    return board_picture(Scene(BITS, regions, obstacles))


def test_a_gap_of_64_mib_parts_neighbours() -> None:
    near, far = Extent(MIB, 2 * MIB), Extent(66 * MIB, 67 * MIB)
    one, two, three = (obstacle(n, each, "device") for n, each in enumerate((Extent(0, MIB), near, far), 1))
    assert [each.size // MIB for each in picture(one, two, three).bands] == [2, 64, 1, 445]
    closer = obstacle(3, Extent(65 * MIB, 66 * MIB), "device")
    assert [each.size // MIB for each in picture(one, two, closer).bands] == [66, 446]


def test_nested_obstacles_are_no_conflict() -> None:
    memory = obstacle(1, Extent(0, 64 * MIB), "memory")
    inside = obstacle(2, Extent(8 * MIB, 9 * MIB), "reserved-memory")
    found = picture(memory, inside)
    assert found.conflicts == 0
    assert found.bands[0].obstacles == (memory, inside)


def test_empty_obstacles_take_nothing() -> None:
    found = picture(obstacle(1, Extent(MIB, MIB), "device"))
    assert [each.size // MIB for each in found.bands] == [512]
    assert found.bands[0].obstacles == ()


def sizes(scene: Scene, *, folded: bool = True) -> list[int]:
    return [each.size // MIB for each in board_picture(scene, folded=folded).bands]


def numbered(*things: tuple[int, int, str]) -> tuple[Obstacle, ...]:
    """Each from one MiB to another, of a kind."""
    return tuple(
        obstacle(n, Extent(start * MIB, end * MIB), kind) for n, (start, end, kind) in enumerate(things)
    )


def test_touching_obstacles_are_two_unless_folded() -> None:
    scene = Scene(BITS, (), numbered((0, 1, "device"), (1, 3, "device")))
    assert (sizes(scene), sizes(scene, folded=False)) == ([3, 509], [1, 2, 509])


def test_mixed_neighbours_are_not_folded() -> None:
    """Which device lies in which window would be lost."""
    pair = numbered((0, 4, "pci-window"), (1, 2, "device"), (8, 12, "pci-window"), (9, 10, "device"))
    assert sizes(Scene(BITS, (), pair)) == [4, 4, 4, 500]


def test_neighbours_on_two_sides_of_the_end_are_not_folded() -> None:
    scene = Scene(BITS, (), numbered((510, 512, "device"), (512, 513, "device")))
    assert sizes(scene) == [510, 2, 1]


def test_lost_space_is_not_folded() -> None:
    around = numbered((0, 1, "device"), (5, 6, "device"))
    lost = Scene(BITS, (), around, lost=(Extent(2 * MIB, 4 * MIB),))
    assert sizes(lost) == [1, 1, 2, 1, 1, 506]
    assert [each.mark for each in board_picture(lost).bands] == ["", "", "lost", "", "", ""]
