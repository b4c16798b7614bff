"""Each kind of step by hand: taken where it follows, and refused where numbers are left that it would deny.

Where values satisfy the rows and clauses of a problem, no certificate whatsoever may be accepted; `refused` names them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.proofs.meaning import ONE, holds
from verifier.logic.certify import checker

check = checker()
Row = dict[int, int]
Json = Any
NEVER: Row = {ONE: 1}
"""1 <= 0"""
NUMBERS = range(-4, 5)


def at_least(number: int) -> Row:
    """x >= number."""
    return {0: -1, ONE: number} if number else {0: -1}


def at_most(number: int) -> Row:
    """x <= number."""
    return {0: 1, ONE: -number} if number else {0: 1}


def problem_of(rows: list[Row], clauses: Json = ()) -> Any:
    """Of two variables, x and y."""
    problem = check.Problem()
    problem.ranges, problem.rows, problem.clauses = [(-9, 9), (-9, 9)], rows, list(clauses)
    return problem


def framed(step: Json) -> Json:
    return {"format": check.CERTIFICATE, "proof": step}


def accepted(problem: Any, step: Json) -> None:
    check.check(problem, framed(step))


def refused(problem: Any, step: Json, *, of: dict[int, int] | None = None) -> None:
    """Where values are given, they satisfy the problem."""
    assert of is None or holds(problem.rows, problem.clauses, of)
    with pytest.raises(check.Bad):
        check.check(problem, framed(step))


def leaf(*rows: int) -> Json:
    return {"farkas": [[row, 1] for row in rows]}


def test_a_leaf_leaves_a_positive_number_and_no_variable() -> None:
    for number in NUMBERS:
        apart = problem_of([at_most(number), at_least(number + 1)])
        accepted(apart, leaf(0, 1))
        refused(apart, leaf(0))
        refused(apart, leaf(1))
        for more in (0, 1):
            refused(problem_of([at_most(number + more), at_least(number)]), leaf(0, 1), of={0: number, 1: 0})
    refused(problem_of([{0: 1, ONE: 1}]), leaf(0), of={0: -1, 1: 0})
    refused(problem_of([{ONE: -1}]), leaf(0), of={0: 0, 1: 0})
    refused(problem_of([{}]), leaf(0), of={0: 0, 1: 0})
    refused(problem_of([at_least(0)]), leaf(), of={0: 0, 1: 0})
    accepted(problem_of([NEVER]), leaf(0))


def test_a_leaf_is_of_rows_that_there_are() -> None:
    problem = problem_of([at_least(0), NEVER])
    accepted(problem, {"farkas": [[1, 1]]})
    wrong: tuple[Json, ...] = (
        [[2, 1]],
        [[-1, 1]],
        [[1, 0]],
        [[1, -1]],
        [[1, 1.0]],
        [[1, True]],
        [[1]],
        [[1, 1, 1]],
        [1, 1],
        1,
        None,
        {},
    )
    for rows in wrong:
        refused(problem, {"farkas": rows})
    accepted(problem_of([{0: -2, ONE: 3}, {0: 3, ONE: -4}]), {"farkas": [[0, 3], [1, 2]]})  # 3/2 <= x <= 4/3


@pytest.mark.parametrize("number", NUMBERS)
def test_a_branch_forgets_no_number_between_its_sides(number: int) -> None:
    """x is one number: one side has it, whatever the branch is at, and is not contradicted."""
    problem = problem_of([at_least(number), at_most(number)])
    for at in range(-6, 7):
        branch = {"branch": [[0, 1]], "at": at, "low": leaf(0, 2), "high": leaf(1, 2)}
        refused(problem, branch, of={0: number, 1: 0})


@pytest.mark.parametrize("number", NUMBERS)
def test_a_branch_proves_that_what_is_odd_is_not_twice_a_whole_number(number: int) -> None:
    """2 * number + 1 = 2 * (x - 2 * y)."""
    total = {0: 2, 1: -4}
    odd = 2 * number + 1
    problem = problem_of([{**total, ONE: -odd}, {**{v: -c for v, c in total.items()}, ONE: odd}])
    branch = {
        "branch": [[0, 1], [1, -2]],
        "at": number,
        "low": {"farkas": [[1, 1], [2, 2]]},
        "high": {"farkas": [[0, 1], [2, 2]]},
    }
    accepted(problem, branch)
    for change in (
        {"at": number - 1},
        {"at": number + 1},
        {"branch": [[0, 1]]},
        {"branch": [[0, 1], [1, 2]]},
        {"branch": [[0, 1], [2, -2]]},
        {"branch": [[0, 1], [-1, -2]]},
        {"low": leaf(0, 1)},
        {"high": leaf(0, 1)},
        {"low": {"farkas": [[0, 1], [2, 2]]}},
        {"high": {"farkas": [[1, 1], [2, 2]]}},
    ):
        refused(problem, {**branch, **change})


@pytest.mark.parametrize("factor", [-3, -2, -1, 1, 2, 3])
@pytest.mark.parametrize("divisor", [1, 2, 3])
def test_a_cut_takes_no_number_away_and_leaves_no_fraction(factor: int, divisor: int) -> None:
    """factor * divisor * x <= limit, divided: every x that it allows stays, and of others the next one goes."""
    for limit in range(-7, 8):
        row = {0: factor * divisor, ONE: -limit}
        for number in NUMBERS:
            allowed = factor * divisor * number <= limit
            only = problem_of([row, at_least(number), at_most(number)])
            # what the cut says of this number: |factor| times the bound on the other side, taken off
            cut = {
                "cut": [[0, 1]],
                "divide": divisor,
                "then": {"farkas": [[3, 1], [1 if factor > 0 else 2, abs(factor)]]},
            }
            if allowed:
                refused(only, cut, of={0: number, 1: 0})
            else:
                accepted(only, cut)


def test_a_cut_divides_by_what_divides() -> None:
    """x = 1, of which half is neither 0 nor 1; and x >= 0, of which -1 makes x <= 0."""
    one = problem_of([at_most(1), at_least(1)])
    for divisor in (2, 3):
        refused(one, {"cut": [[0, 1]], "divide": divisor, "then": leaf(1, 2)}, of={0: 1, 1: 0})
    refused(one, {"cut": [[1, 1]], "divide": 2, "then": leaf(0, 2)}, of={0: 1, 1: 0})
    some = problem_of([at_most(4), at_least(1)])
    for divisor in (-1, 0):
        refused(some, {"cut": [[0, 1]], "divide": divisor, "then": leaf(0, 2)}, of={0: 1, 1: 0})
    refused(problem_of([NEVER]), {"cut": [[0, 1]], "divide": 0, "then": leaf(0)})
    two = problem_of([{0: 2, 1: 3, ONE: -5}, {0: -1, ONE: 1}, {1: -1, ONE: 1}])  # 2 * x + 3 * y <= 5
    refused(
        two, {"cut": [[0, 1]], "divide": 2, "then": {"farkas": [[3, 1], [1, 1], [2, 1]]}}, of={0: 1, 1: 1}
    )


def test_a_cut_is_of_rows_with_positive_factors() -> None:
    problem = problem_of([at_most(2), NEVER])
    accepted(problem, {"cut": [[0, 1]], "divide": 1, "then": leaf(1)})
    for rows in ([[0, 0]], [[0, -1]], [[2, 1]], [[-1, 1]], [[0, True]]):
        refused(problem, {"cut": rows, "divide": 1, "then": leaf(1)})


CASES: Json = [([at_most(2)], []), ([at_least(7), at_most(8)], [])]
"""x <= 2, or 7 <= x <= 8."""


def test_a_split_proves_every_case() -> None:
    between = problem_of([at_least(3), at_most(6)], [CASES])
    low, high = leaf(0, 2), leaf(1, 2)
    accepted(between, {"split": 0, "cases": [low, high]})
    for cases in ([low], [high], [], [high, low], [low, high, low], [low, low]):
        refused(between, {"split": 0, "cases": cases})
    for number in (-1, 1, True, False, 0.0, "0"):
        refused(between, {"split": number, "cases": [low, high]})
    refused(
        problem_of([at_least(3), at_most(7)], [CASES]), {"split": 0, "cases": [low, high]}, of={0: 7, 1: 0}
    )
    refused(
        problem_of([at_least(2), at_most(6)], [CASES]), {"split": 0, "cases": [low, high]}, of={0: 2, 1: 0}
    )
    accepted(problem_of([], [[]]), {"split": 0, "cases": []})  # of no cases none holds
    refused(problem_of([], []), {"split": 0, "cases": []}, of={0: 0, 1: 0})


def test_clauses_of_a_case_are_numbered_after_the_others() -> None:
    """x is 4 and, by the only case, fails one of two clauses inside of it."""
    inside = [[([NEVER], [])], CASES]
    problem = problem_of([at_least(4), at_most(4)], [[([at_least(0)], inside)]])
    accepted(problem, {"split": 0, "cases": [{"split": 1, "cases": [leaf(3)]}]})
    accepted(problem, {"split": 0, "cases": [{"split": 2, "cases": [leaf(0, 3), leaf(1, 3)]}]})
    for number in (-1, 0, 3):
        refused(problem, {"split": 0, "cases": [{"split": number, "cases": [leaf(3)]}]})
    refused(problem, {"split": 1, "cases": [leaf(2)]})  # outside of the case


PARTS: dict[str, Callable[[Json], Json]] = {
    "cut": lambda step: {"cut": [[0, 1]], "divide": 1, "then": step},
    "low": lambda step: {"branch": [[0, 1]], "at": 0, "low": step, "high": leaf(0)},
    "high": lambda step: {"branch": [[0, 1]], "at": 0, "low": leaf(0), "high": step},
    "split": lambda step: {"split": 0, "cases": [step]},
}


@pytest.mark.parametrize("kind", PARTS)
def test_a_certificate_is_at_most_400_steps_deep(kind: str) -> None:
    problem = problem_of([NEVER], [[([], [])]])
    step = leaf(0)
    for _ in range(399):
        step = PARTS[kind](step)
    accepted(problem, step)
    refused(problem, PARTS[kind](step))


@pytest.mark.parametrize("kind", PARTS)
def test_a_step_says_nothing_else(kind: str) -> None:
    problem = problem_of([NEVER], [[([], [])]])
    step = PARTS[kind](leaf(0))
    accepted(problem, step)
    refused(problem, {**step, "note": []})
    refused(problem, {**leaf(0), "note": []})
    for key in step:
        refused(problem, {name: value for name, value in step.items() if name != key})
    nothing: tuple[Json, ...] = (None, {}, [], "farkas", 1, {"note": []})
    for other in nothing:
        refused(problem, other)
