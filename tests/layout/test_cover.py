"""What extents cover, against the bytes themselves."""

from __future__ import annotations

from random import Random

import pytest

from verifier.layout.cover import Cover

TOP = 14


def questions() -> list[tuple[int, int]]:
    return [(start, end) for start in range(TOP) for end in range(start + 1, TOP + 1)]


@pytest.mark.parametrize("count", range(5))
def test_every_question_about_a_few_extents(count: int) -> None:
    """They overlap, touch, lie in each other, are empty, or have their ends the wrong way round."""
    random = Random(count)
    for _ in range(60):
        extents = [(random.randrange(TOP), random.randrange(TOP)) for _ in range(count)]
        held = {byte for start, end in extents for byte in range(start, end)}
        cover = Cover(extents)
        for start, end in questions():
            asked = set(range(start, end))
            assert cover.meets(start, end) is bool(asked & held), (extents, start, end)
            assert cover.reached(start, end) is (asked <= held), (extents, start, end)


def test_what_lies_in_a_larger_one_does_not_end_it() -> None:
    """By start the small one is the last before the question."""
    cover = Cover([(0, 10), (2, 4)])
    assert cover.meets(6, 8)
    assert cover.reached(3, 10)
    assert not cover.reached(3, 11)
    assert not cover.meets(10, 11)
