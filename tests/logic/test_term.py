"""Terms: three readings of one formula, and no silent Python truth."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from verifier.logic import term
from verifier.logic.smtlib import Script
from verifier.logic.solver import Solver
from verifier.logic.term import Number, Term, Truth

X, Y = term.variable("x"), term.variable("y")


def test_numbers_stay_numbers() -> None:
    assert term.equal(2, 2) is True
    assert term.both(True, True) is True
    assert term.either(False, False) is False
    assert term.negate(False) is True
    assert term.smaller(3, 5) == 3
    assert term.larger(3, 5) == 5
    assert term.named("n", 7) == 7


def test_what_decides_alone_decides() -> None:
    assert term.both(X < 1, False) is False
    assert term.either(X < 1, True) is True


ATTEMPTS: dict[str, Callable[[], object]] = {
    "bool": lambda: bool(X < 1),
    "==": lambda: X == 1,
    "!=": lambda: X != Y,
    "in": lambda: X in {1: 2},
    "and": lambda: (X < 1) and True,
    "chained comparison": lambda: 0 < X < 2,
    "not": lambda: not (X < 1),
    "sorted": lambda: sorted([X, Y]),
    "max": lambda: max(X, 1),
    "set": lambda: {X},
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_terms_never_act_as_truth_values_or_keys(name: str) -> None:
    with pytest.raises(TypeError):
        ATTEMPTS[name]()


def test_division_rounds_down_and_needs_a_positive_number() -> None:
    """SMT-LIB's `div` and Python's `//` differ for negative divisors alone."""
    assert [term.evaluate(X // 4, {"x": value}) for value in (-5, -4, -1, 0, 3, 4)] == [-2, -1, -1, 0, 0, 1]
    for divisor in (0, -2):
        with pytest.raises(ValueError, match="divided by"):
            X // divisor


@pytest.mark.parametrize("number", [-3, -1, 1, 2, 7])
def test_operators_compute_what_python_computes(number: int) -> None:
    """On either side of a number, and of another term; with 0 and 1, which may be left out."""
    for x in (-5, -1, 0, 1, 6):
        of = {"x": x, "y": number}
        for given, wanted in (
            (X + number, x + number),
            (number + X, x + number),
            (X - number, x - number),
            (number - X, number - x),
            (X * number, x * number),
            (number * X, x * number),
            (X + Y, x + number),
            (X - Y, x - number),
            (X + 0, x),
            (0 + X, x),
            (X - 0, x),
            (0 - X, -x),
            (X * 1, x),
            (X // 1, x),
            (term.smaller(X, number), min(x, number)),
            (term.larger(X, number), max(x, number)),
            (term.choose(X < number, X, Y), min(x, number)),
            (term.named("n", X + 3), x + 3),
            (X < number, x < number),
            (X <= number, x <= number),
            (X > number, x > number),
            (X >= number, x >= number),
            (number < X, number < x),
            (term.equal(X, number), x == number),
            (term.equal(X, Y), x == number),
            (term.differ(X < 1, Y < 1), (x < 1) != (number < 1)),
        ):
            assert term.evaluate(given, of) == wanted, (given, of)


def test_what_is_known_of_numbers_is_a_python_truth() -> None:
    assert term.equal(2, 3) is False
    assert term.equal(3, 2) is False
    assert term.both(X < 1, True).__class__ is Term
    assert [term.smaller(5, 3), term.larger(3, 5), term.larger(5, 3)] == [3, 5, 5]
    assert [term.choose(True, 1, 2), term.choose(False, 1, 2)] == [1, 2]
    assert term.both() is True
    assert term.either() is False
    assert term.negate(True) is False


def test_conjuncts_are_what_a_condition_was_made_of() -> None:
    one, other, third = X < 1, Y < 2, term.equal(X, Y)
    parts = term.conjuncts(term.both(one, other, third))
    assert len(parts) == 3
    assert all(part is made for part, made in zip(parts, (one, other, third), strict=True))
    for whole in (one, term.either(one, other), term.negate(one)):
        (part,) = term.conjuncts(whole)
        assert part is whole
    assert term.conjuncts(True) == (True,)
    assert term.conjuncts(False) == (False,)


def test_variables_are_those_at_any_depth() -> None:
    assert term.variables(term.choose(X < 1, 3, term.named("n", Y + 1)), 5) == {"x", "y"}
    assert term.variables(True, 7) == set()


def test_a_name_is_defined_once_and_used() -> None:
    script, n = Script(), term.named("n", X + 1)
    assert script.assertion(term.both(n < 3, 0 < n)) == (
        "(declare-const x Int)\n(define-fun n () Int (+ x 1))\n(assert (and (< n 3) (< 0 n)))\n"
    )
    assert script.assertion(n < 9) == "(assert (< n 9))\n"
    assert script.assertion(True) == "(assert true)\n"
    assert script.assertion(False) == "(assert false)\n"


def test_a_name_means_one_term() -> None:
    script = Script()
    script.assertion(term.named("n", X + 1) < 3)
    with pytest.raises(ValueError, match="two terms are named n"):
        script.assertion(term.named("n", X + 1) < 3)


def test_text_declares_once() -> None:
    script = Script()
    assert script.assertion(term.both(X >= -1, X < Y)) == (
        "(declare-const x Int)\n(declare-const y Int)\n(assert (and (<= (- 1) x) (< x y)))\n"
    )
    assert script.assertion(X < 3) == "(assert (< x 3))\n"


def random_number(source: random.Random, depth: int) -> Number:
    if depth == 0:
        leaves: list[Number] = [X, Y, source.randrange(-9, 10)]
        return source.choice(leaves)
    one, other = random_number(source, depth - 1), random_number(source, depth - 1)
    kind = source.randrange(7)
    if kind == 6:
        return one // source.randrange(1, 5)
    if kind == 0:
        return one + other
    if kind == 1:
        return one - other
    if kind == 2:
        return one * source.randrange(-3, 4)
    if kind == 3:
        return term.choose(random_truth(source, depth - 1), one, other)
    return term.smaller(one, other) if kind == 4 else term.larger(one, other)


def random_truth(source: random.Random, depth: int) -> Truth:
    if depth == 0:
        one, other = random_number(source, 0), random_number(source, 0)
        return source.choice([one < other, one <= other, one > other, one >= other, term.equal(one, other)])
    one, other = random_truth(source, depth - 1), random_truth(source, depth - 1)
    return source.choice(
        [
            term.both(one, other),
            term.either(one, other),
            term.negate(one),
            term.differ(one, other),
            random_number(source, depth - 1) < random_number(source, depth - 1),
        ]
    )


def test_integers_and_solver_agree_on_random_terms() -> None:
    """The solver is asked whether the formula differs from its value at one point: it never does."""
    source = random.Random(1)
    kinds = set()
    for _ in range(300):
        formula = random_truth(source, 3)
        point = {"x": source.randrange(-20, 20), "y": source.randrange(-20, 20)}
        value = bool(term.evaluate(formula, point)) if isinstance(formula, Term) else formula
        kinds.add(value)
        solver = Solver(term.both(term.equal(X, point["x"]), term.equal(Y, point["y"])))
        assert solver.ask(term.differ(formula, value)).impossible
        assert solver.ask(term.differ(formula, not value)).possible
    assert kinds == {True, False}
