"""The last bytes of an address space of a few addresses, each of which is looked at."""

from __future__ import annotations

from random import Random

from verifier.xen import top_of_space
from verifier.xen.outcome import Span

TOP = 24


def left(limit: int, taken: set[int]) -> int:
    """How many addresses below the limit nothing has, counted down from it."""
    count = 0
    while count < limit and limit - 1 - count not in taken:
        count += 1
    return count


def test_what_is_left_is_what_nothing_has() -> None:
    """RAM fills the first window before the second; what begins at the limit or above it is in nobody's way."""
    random, sizes = Random(7), set[int]()
    for _ in range(4000):
        limit = random.randrange(1, TOP)
        first = random.randrange(limit)
        size = random.randrange(1, TOP)
        second = first + size + random.randrange(TOP)
        memory = random.randrange(1, size + TOP)
        regions = [(random.randrange(TOP), random.randrange(6)) for _ in range(random.randrange(4))]
        taken = set(range(first, first + min(memory, size)))
        extents = [*regions, (second, max(0, memory - size))]
        taken |= {each for start, length in extents if start < limit for each in range(start, start + length)}
        windows = [Span(first, size), Span(second, TOP)]
        others = top_of_space.end_of(limit, [Span(*each) for each in regions])
        found = top_of_space.most(limit, windows, memory, others)
        assert found == left(limit, taken), (limit, windows, memory, regions)
        sizes.add(left(limit, taken))
    assert len(sizes) > TOP // 2


def test_nothing_ends_anywhere() -> None:
    assert top_of_space.end_of(16, []) == top_of_space.end_of(16, [Span(4, 0), Span(16, 4)]) == 0
    assert top_of_space.end_of(16, [Span(8, 4), Span(2, 4), Span(15, 9)]) == 24
