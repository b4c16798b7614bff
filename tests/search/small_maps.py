"""Address spaces small enough to try everything: a GiB in steps of 512 KiB, and what the answers are by definition."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

from hypothesis import strategies as st

from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle

STEP = 512 << 10
STEPS = 2048
BLOCK = 4
"""Steps in 2 MiB."""
LEAST = 128
"""Steps in 64 MiB."""

Steps = frozenset[int]


def steps(extent: Extent) -> Steps:
    return frozenset(range(extent.start // STEP, extent.end // STEP))


def all_steps(extents: Iterable[Extent]) -> Steps:
    return frozenset[int]().union(*(steps(each) for each in extents))


def runs(found: Iterable[int]) -> Iterator[Extent]:
    """Steps that follow each other, as extents."""
    ordered = sorted(found)
    start = 0
    for index, each in enumerate(ordered):
        if index + 1 == len(ordered) or ordered[index + 1] != each + 1:
            yield Extent(ordered[start] * STEP, (each + 1) * STEP)
            start = index + 1


def regions(free: Iterable[int]) -> list[Extent]:
    """By the rule: whole blocks of 2 MiB, all free, side by side, and 64 MiB of them or more."""
    is_free = set(free)
    whole = {
        step
        for block in range(STEPS // BLOCK)
        for step in range(block * BLOCK, (block + 1) * BLOCK)
        if is_free.issuperset(range(block * BLOCK, (block + 1) * BLOCK))
    }
    return [each for each in runs(whole) if each.size >= LEAST * STEP]


def free(obstacles: Iterable[Obstacle], space: Iterable[Extent], without: Iterable[str] = ()) -> Steps:
    gone = set(without)
    return all_steps(space) - all_steps(each.extent for each in obstacles if each.path not in gone)


def subsets(paths: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """The small ones first."""
    every = sorted(set(paths))
    for count in range(len(every) + 1):
        yield from combinations(every, count)


@st.composite
def extents(draw: st.DrawFn, longest: int = 60) -> Extent:
    start = draw(st.integers(0, STEPS - 1))
    size = draw(st.integers(1, longest))
    return Extent(start * STEP, min(start + size, STEPS) * STEP)


@st.composite
def obstacle_lists(draw: st.DrawFn) -> list[Obstacle]:
    """Some nodes with one to a few entries, overlapping as it comes; some are RAM."""
    found = []
    for index in range(draw(st.integers(0, 6))):
        kind = "memory" if draw(st.integers(0, 5)) == 0 else "device"
        for entry, extent in enumerate(
            draw(st.lists(st.one_of(extents(), extents(longest=500)), min_size=1, max_size=3))
        ):
            found.append(Obstacle(extent, kind, f"/node{index}", f"reg[{entry}]"))
    for _ in range(draw(st.integers(0, 2))):
        if found:
            beside = draw(st.sampled_from(found)).extent.end
            if beside < STEPS * STEP:
                found.append(Obstacle(Extent(beside, beside + STEP), "device", "/beside", "reg[0]"))
    return found


spaces = st.one_of(
    st.just([Extent(0, STEPS * STEP)]),
    st.lists(extents(longest=900), min_size=1, max_size=3),
)
