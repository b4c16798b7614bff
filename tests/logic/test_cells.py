"""Cells of counts united where they touch, against the points that they hold."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from verifier.logic.regimes import Run, _joined

Cell = tuple[Run, ...]


def points(cells: list[Cell]) -> list[tuple[int, ...]]:
    """Every point of every cell, as often as it is in one."""
    return sorted(point for cell in cells for point in product(*(range(low, high + 1) for low, high in cell)))


def touch(one: Cell, other: Cell, index: int) -> bool:
    """Whether they are alike but for one count, in which the one ends where the other begins."""
    alike = all(one[place] == other[place] for place in range(len(one)) if place != index)
    return alike and one[index][1] + 1 == other[index][0]


@pytest.mark.parametrize("seed", range(30))
@pytest.mark.parametrize("index", range(3))
def test_united_cells_hold_the_same_points_and_none_touch(seed: int, index: int) -> None:
    """Some cells of a grid of three counts, each cut in up to four."""
    random = Random(seed)
    axes: list[list[Run]] = []
    for _ in range(3):
        cuts = [0, *sorted(random.sample(range(1, 6), random.randrange(4)))]
        axes.append([(low, behind - 1) for low, behind in zip(cuts, [*cuts[1:], 6], strict=True)])
    cells = [cell for cell in product(*axes) if random.random() < 0.6]
    found = _joined(cells, index)
    assert points(found) == points(cells)
    assert not any(touch(one, other, index) for one in found for other in found)
