"""Terms that a number makes needless are left out, and no others; what is no truth says what to use instead."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from verifier.logic import term
from verifier.logic.bits import word
from verifier.logic.term import Number, Term, Truth

X, P = term.variable("x"), term.variable("p") < 1


@pytest.mark.parametrize(
    ("made", "kept"),
    [
        (lambda: X + 0, X),
        (lambda: 0 + X, X),
        (lambda: X - 0, X),
        (lambda: X * 1, X),
        (lambda: 1 * X, X),
        (lambda: X // 1, X),
        (lambda: term.both(P), P),
        (lambda: term.both(True, P, True), P),
        (lambda: term.either(P), P),
        (lambda: term.either(False, P), P),
    ],
)
def test_what_changes_nothing_is_left_out(made: Callable[[], Number | Truth], kept: Term) -> None:
    """Texts of questions stay as small as what they are about."""
    assert made() is kept


NUMBERS = range(-3, 5)
OPERATIONS: dict[str, Callable[[Number, Number], Number]] = {
    "number + other": lambda number, other: number + other,
    "number - other": lambda number, other: number - other,
    "number * other": lambda number, other: number * other,  # type: ignore[operator]
    "number // other": lambda number, other: number // other,  # type: ignore[operator]
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_of_a_term_and_a_small_number_the_value_is_that_of_python(name: str) -> None:
    """Of all small numbers, those that are left out for another operator too, on either side."""
    operation, compared = OPERATIONS[name], 0
    for number in NUMBERS:
        for x in range(-9, 10):
            if "//" not in name:
                assert term.evaluate(operation(number, X), {"x": x}) == operation(number, x), (number, x)
            if "//" not in name or number > 0:
                assert term.evaluate(operation(X, number), {"x": x}) == operation(x, number), (x, number)
                compared += 1
    assert compared >= 4 * 19


def test_one_condition_is_no_connective_and_two_are() -> None:
    other = X < 2
    for made, operator in ((term.both(P, other), "and"), (term.either(P, other), "or")):
        assert isinstance(made, Term)
        assert (made.operator, made.sort) == (operator, "Bool")
        one, two = made.arguments
        assert one is P
        assert two is other


def test_what_no_reading_knows_is_refused() -> None:
    with pytest.raises(TypeError, match="unknown operator 'mod'"):
        term.evaluate(Term("mod", (X, 3), "Int"), {"x": 5})


def test_a_truth_says_what_to_use_instead() -> None:
    """Python asks for it in `if`, `and`, `not`: whoever wrote that has to know what to write."""
    unknown = word("a")
    for asked, said in (
        (X < 1, "a term is neither true nor false; use both, either, negate or choose"),
        (unknown < 1, "a condition is neither true nor false; use holds"),
        (unknown, "a symbol is neither true nor false; compare it"),
    ):
        with pytest.raises(TypeError) as raised:
            bool(asked)
        assert str(raised.value) == said
