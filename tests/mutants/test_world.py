"""The corners at which the reference looks at memory miss nothing that every page would show."""

from __future__ import annotations

import pytest

from tests.mutants.world import GIB, PAGE, REACH, World, world

SMALL = [
    (4 * GIB - 5 * PAGE, 8 * PAGE, REACH[36] - 4 * PAGE, 9 * PAGE),
    ((1 << 36) - 3 * PAGE, 3 * PAGE, 1 << 36, 4 * PAGE),
    (REACH[36] - 5 * PAGE, 9 * PAGE, GIB, 8 * PAGE),
    ((1 << 40) - 2 * PAGE, 4 * PAGE, (1 << 40) + 8 * PAGE, PAGE),
    (GIB, PAGE, 4 * GIB - PAGE, 2 * PAGE),
]


@pytest.mark.parametrize("bits", REACH)
@pytest.mark.parametrize("ram", SMALL)
def test_corners_say_what_all_memory_sizes_say(ram: tuple[int, int, int, int], bits: int) -> None:
    """Banks of a few pages on the limits: the corners miss no end that any page of memory gives."""
    (low, few, high, many), limits = ram, (1 << bits, 1 << 32, 1 << 40, 1 << 48)
    here = world(
        {
            "GUEST_RAM0_BASE": low,
            "GUEST_RAM0_SIZE": few,
            "GUEST_RAM1_BASE": high,
            "GUEST_RAM1_SIZE": many,
            "GUEST_RAM_MAX": few + many,
        }
    )
    every = [PAGE * pages for pages in range(1, (few + many) // PAGE + 1)]
    buildable = [memory for memory in every if max(end for _, end in _parts(ram, memory)) <= REACH[bits]]
    assert _crossed(here, here.memories(bits), limits) == _crossed(here, buildable, limits)
    assert max(here.memories(bits), default=0) == max(buildable, default=0)


def _parts(ram: tuple[int, int, int, int], memory: int) -> list[tuple[int, int]]:
    """Page by page: the first bank until it is full, then the second."""
    low, few, high, _ = ram
    pages = range(memory // PAGE)
    places = [low + page * PAGE if page * PAGE < few else high + page * PAGE - few for page in pages]
    return [(place, place + PAGE) for place in places]


def _crossed(here: World, memories: list[int], limits: tuple[int, ...]) -> set[tuple[str, int]]:
    """Which banks are used beyond which limits, by some memory size."""
    return {
        (stem, limit)
        for memory in memories
        for stem, (_, end) in here.used(memory).items()
        for limit in limits
        if end > limit
    }
