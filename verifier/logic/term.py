"""Formulas as data: written once, read by integers, by solvers, and as SMT-LIB text.

A term is an integer or a truth value over named integer variables. The operators and functions
here fold Python numbers, so a rule written with them gives a Python answer for a concrete layout
and a term where a dimension of the configuration space is free. A term has no truth value and no
`==`: both raise, because a silent Python bool in their place would prove anything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn, TypeAlias


class Term:
    """An operator and its arguments; `sort` is `Int` or `Bool`."""

    __slots__ = ("arguments", "operator", "sort")

    def __init__(self, name: str, arguments: tuple[Argument, ...], sort: str) -> None:
        self.operator = name
        self.arguments = arguments
        self.sort = sort

    def __bool__(self) -> NoReturn:
        raise TypeError("a term is neither true nor false; use both, either, negate or choose")

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("compare terms with equal()")

    __hash__ = None  # type: ignore[assignment]  # a term in a set or as a key would be compared

    def __add__(self, other: Number) -> Number:
        return self if isinstance(other, int) and other == 0 else Term("+", (self, other), "Int")

    def __radd__(self, other: int) -> Number:
        return self if other == 0 else Term("+", (other, self), "Int")

    def __sub__(self, other: Number) -> Number:
        return self if isinstance(other, int) and other == 0 else Term("-", (self, other), "Int")

    def __rsub__(self, other: int) -> Number:
        return Term("-", (other, self), "Int")

    def __mul__(self, other: int) -> Number:
        return self if other == 1 else Term("*", (other, self), "Int")

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> Number:
        """The quotient rounded down; the divisor is a positive constant, where SMT-LIB's `div` is the same."""
        if other < 1:
            raise ValueError(f"divided by {other}")
        return self if other == 1 else Term("div", (self, other), "Int")

    def __lt__(self, other: Number) -> Term:
        return Term("<", (self, other), "Bool")

    def __le__(self, other: Number) -> Term:
        return Term("<=", (self, other), "Bool")

    def __gt__(self, other: Number) -> Term:
        return Term("<", (other, self), "Bool")

    def __ge__(self, other: Number) -> Term:
        return Term("<=", (other, self), "Bool")


Argument: TypeAlias = "Term | int | str"
Number: TypeAlias = "Term | int"
Truth: TypeAlias = "Term | bool"


def variable(name: str) -> Term:
    """A free integer, one per dimension of the configuration space."""
    return Term("var", (name,), "Int")


def named(name: str, value: Number) -> Number:
    """A sub-term with a name of its own, which SMT-LIB text then uses; numbers stay numbers."""
    return value if isinstance(value, int) else Term("named", (name, value), value.sort)


def equal(left: Number, right: Number) -> Truth:
    """`left = right` over the integers."""
    if isinstance(left, int) and isinstance(right, int):
        return left == right
    return Term("=", (left, right), "Bool")


def both(*conditions: Truth) -> Truth:
    """All of the conditions; true if there is none."""
    return _flat("and", conditions, absorbing=False)


def conjuncts(condition: Truth) -> tuple[Truth, ...]:
    """Conditions that together are the one given: those that `both` made it of."""
    if isinstance(condition, Term) and condition.operator == "and":
        return tuple(each for each in condition.arguments if not isinstance(each, int | str))
    return (condition,)


def either(*conditions: Truth) -> Truth:
    """At least one of the conditions; false if there is none."""
    return _flat("or", conditions, absorbing=True)


def _flat(connective: str, conditions: Iterable[Truth], *, absorbing: bool) -> Truth:
    kept: list[Term] = []
    for condition in conditions:
        if isinstance(condition, Term):
            kept.append(condition)
        elif condition is absorbing:
            return absorbing
    if not kept:
        return not absorbing
    return kept[0] if len(kept) == 1 else Term(connective, tuple(kept), "Bool")


def negate(condition: Truth) -> Truth:
    """Not the condition."""
    return Term("not", (condition,), "Bool") if isinstance(condition, Term) else not condition


def differ(left: Truth, right: Truth) -> Truth:
    """One of the two, not both."""
    return either(both(left, negate(right)), both(negate(left), right))


def choose(condition: Truth, yes: Number, no: Number) -> Number:
    """`yes` if the condition holds, else `no`."""
    if not isinstance(condition, Term):
        return yes if condition else no
    return Term("ite", (condition, yes, no), "Int")


def smaller(left: Number, right: Number) -> Number:
    """The smaller of two numbers."""
    return choose(left <= right, left, right)


def larger(left: Number, right: Number) -> Number:
    """The larger of two numbers."""
    return choose(left <= right, right, left)


def variables(*terms: Number | Truth) -> frozenset[str]:
    """Names of all variables on which the terms depend."""
    found: set[str] = set()
    waiting: list[Argument] = list(terms)
    while waiting:
        term = waiting.pop()
        if isinstance(term, Term):
            if term.operator == "var":
                found.add(str(term.arguments[0]))
            else:
                waiting.extend(term.arguments)
    return frozenset(found)


_BINARY: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "div": operator.floordiv,
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
}


def evaluate(term: Argument, values: Mapping[str, int]) -> int:
    """The integer reading: the value of a term, truth as 0 or 1, in one configuration.

    This is the reference that every answer of a solver is compared with.
    """
    if not isinstance(term, Term):
        return int(term)
    arguments = term.arguments
    if term.operator in _BINARY:
        return int(_BINARY[term.operator](evaluate(arguments[0], values), evaluate(arguments[1], values)))
    return _evaluate_other(term.operator, arguments, values)


def _evaluate_other(name: str, arguments: tuple[Argument, ...], values: Mapping[str, int]) -> int:
    match name:
        case "var":
            return values[str(arguments[0])]
        case "named":
            return evaluate(arguments[1], values)
        case "ite":
            return evaluate(arguments[1 if evaluate(arguments[0], values) else 2], values)
        case "and":
            return int(all(evaluate(argument, values) for argument in arguments))
        case "or":
            return int(any(evaluate(argument, values) for argument in arguments))
        case "not":
            return int(not evaluate(arguments[0], values))
    raise TypeError(f"unknown operator {name!r}")
