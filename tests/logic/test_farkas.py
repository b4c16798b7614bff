"""Multipliers add rows up to a contradiction, or there are none."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from verifier.layout.errors import InternalError
from verifier.logic.farkas import Row, only_multipliers
from verifier.logic.solver import Rows


def added(rows: list[Row], factors: dict[int, int]) -> dict[int, int]:
    total: dict[int, int] = {}
    for number, factor in factors.items():
        for variable, coefficient in rows[number].items():
            total[variable] = total.get(variable, 0) + factor * coefficient
    return {variable: value for variable, value in total.items() if value}


def test_two_bounds_that_cross() -> None:
    rows: list[Row] = [{0: 2, -1: -3}, {0: -3, -1: 6}]  # 2x <= 3 and 3x >= 6
    assert only_multipliers(dict(enumerate(rows))) == {0: 3, 1: 2}
    assert added(rows, {0: 3, 1: 2}) == {-1: 3}


def test_a_false_row_alone() -> None:
    assert only_multipliers({5: {-1: 1}}) == {5: 1}


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{-1: -1}],  # -1 <= 0 is true
        [{0: 1, -1: 1}],  # x <= -1 has solutions
        [{0: 1, -1: -5}, {0: -1, -1: 3}],  # 3 <= x <= 5
        [{0: 1, -1: 1}, {0: 1, -1: 2}],  # the sums cancel only with a negative factor
        [{0: 1, -1: 1}, {0: -1}, {0: -1, -1: 1}],  # more than one way
    ],
)
def test_no_or_more_than_one_way(rows: list[Row]) -> None:
    assert only_multipliers(dict(enumerate(rows))) is None


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_clash_have_multipliers_and_others_do_not(seed: int) -> None:
    chance = random.Random(seed)
    clashes = 0
    for _ in range(60):
        drawn = [
            {
                **{v: c for v in range(3) if (c := chance.randint(-3, 3))},
                -1: chance.choice([-4, -1, 1, 2**64]),
            }
            for _ in range(chance.randint(2, 6))
        ]
        rows = Rows(3)
        numbers = list(dict.fromkeys(rows.add(row) for row in drawn))
        with rows.assumed(numbers):
            core = rows.clash()
            if not core:
                values = [*rows.values(), Fraction(1)]
                assert all(sum((c * values[v] for v, c in row.items()), Fraction(0)) <= 0 for row in drawn)
                with pytest.raises(InternalError):
                    rows.multipliers(numbers)
                continue
        clashes += 1
        for some in (core, numbers):
            factors = rows.multipliers(some)
            assert min(factors.values()) > 0
            assert set(factors) <= set(some)
            total = added([rows.row(number) for number in range(len(numbers))], factors)
            assert list(total) == [-1]
            assert total[-1] > 0
    assert 5 <= clashes <= 55


def test_rows_are_forgotten_after_their_time() -> None:
    rows = Rows(1)
    low, high = rows.add({0: -1, -1: 5}), rows.add({0: 1, -1: -3})
    with rows.assumed([low]):
        assert not rows.clash()
        assert rows.values()[0] >= 5
        with rows.assumed([high]):
            assert rows.clash() == [low, high]
        assert not rows.clash()
    assert rows.add({-1: 5, 0: -1}) == low
    assert rows.questions == 3
