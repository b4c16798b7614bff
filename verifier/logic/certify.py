"""Makes a certificate for an obligation that is impossible; proofs/check.py says what one is.

A search for a proof by cases. At each point the rows are asked over the rationals, which is fast: rows
that cannot hold together are a leaf. Else the values that the solver found fail an "or", or are no whole
numbers: the cases of the first such choice that leaves at most one of them open are taken, else those of
the choice that leaves fewest. Nothing here is trusted: what is made is checked before it is returned.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import floor
from types import ModuleType
from typing import Any

from verifier.layout.data import data_folder
from verifier.layout.errors import InternalError
from verifier.logic.quotients import narrow, quotients_of, triples
from verifier.logic.solver import Rows

MOST_QUESTIONS = 20_000
"""To the solver, for one certificate: some hundred times what an obligation of a dozen words takes."""

FEW = 3
"""A variable whose values differ by less than this, or twice this, is a carry or a Bool: its values are cases."""

MOST_DEEP = 120
"""Choices above a leaf; the checker takes more."""

MOST_QUOTIENTS = 16
"""For trying all sums of three."""

Values = Sequence[Fraction]


class NoCertificateError(Exception):
    """The obligation is possible, or too hard for this search."""


@cache
def checker() -> ModuleType:
    """proofs/check.py as a module: the numbers of rows and clauses are as it reads them."""
    path = data_folder("proofs") / "check.py"
    spec = importlib.util.spec_from_file_location("verifier_proofs_check", path)
    if spec is None or spec.loader is None:
        raise InternalError(f"{path} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    before, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # proofs/ is data: nothing is added to it
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module


def certify(text: str, *, questions: int = MOST_QUESTIONS) -> dict[str, Any]:
    """A certificate for the text of an .smt2 file of the fragment.

    Raises NoCertificateError when the obligation is possible or `questions` to the solver do not suffice, and
    ValueError when the text is not of the fragment. What is returned has been checked.
    """
    check = checker()
    problem = check.read(text)
    search = _Search(problem, questions)
    certificate = {"format": check.CERTIFICATE, "proof": search.certificate()}
    try:
        check.check(check.read(text), certificate)
    except check.Bad as fault:
        raise InternalError(f"a certificate was made that does not check: {fault}") from fault
    return certificate


@dataclass(frozen=True, slots=True)
class _Side:
    """One case of a choice: what holds in it, rows and clauses by number."""

    rows: tuple[int, ...]
    clauses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    """Sides of which one must hold: those of a clause, or `total <= at` and `total > at`."""

    sides: tuple[_Side, ...]
    clause: int = -1
    total: tuple[tuple[int, int], ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class _Proof:
    """A leaf with the multipliers of its rows, or a choice with a proof for each side.

    `used` has the rows that it needs and, as -1 - number, the clauses.
    """

    used: frozenset[int]
    rows: tuple[tuple[int, int], ...] = ()
    choice: _Choice | None = None
    parts: tuple[_Proof, ...] = ()


class _Search:
    def __init__(self, problem: Any, questions: int) -> None:
        self._rows = Rows(len(problem.ranges))
        self._clauses: list[_Choice] = []
        self._questions = questions
        self._clashes: dict[tuple[int, ...], list[frozenset[int]]] = {}  # what some rows cannot hold with
        self._base = [self._rows.add(row) for row in problem.rows]
        self._open = tuple(self._clause(cases) for cases in problem.clauses)
        self._known: dict[Any, dict[int, int]] = problem.known
        self._few: list[int] = []
        self._totals: list[dict[int, int]] = []
        self._more: list[dict[int, int]] = []

    def certificate(self) -> Any:
        places: dict[int, int] = {}
        for place, number in enumerate(self._base):
            places.setdefault(number, place)
        self._look(tuple(places))
        proof = self._prove(frozenset(), tuple(places), self._open)
        return self._written(proof, places, len(self._base), {c: i for i, c in enumerate(self._open)})

    def _look(self, rows: tuple[int, ...]) -> None:
        """Finds the variables that can have few values under the rows of the obligation: carries, mostly."""
        with self._rows.assumed(rows):
            if self._rows.clash():
                return
            for variable, value in enumerate(self._rows.values()):
                ends = ({variable: -1, -1: floor(value) + FEW}, {variable: 1, -1: FEW - floor(value)})
                sides = [_Side((self._rows.add(row),)) for row in ends]
                if not any(self._possible(frozenset(rows), side) for side in sides):
                    self._few.append(variable)
        quotients = quotients_of(self._known, self._few)
        self._totals = list(narrow(quotients))
        if len(quotients) <= MOST_QUOTIENTS:
            self._more = list(triples(quotients))

    def _clause(self, cases: Any) -> int:
        sides = tuple(
            _Side(tuple(self._rows.add(row) for row in rows), tuple(self._clause(inner) for inner in clauses))
            for rows, clauses in cases
        )
        self._clauses.append(_Choice(sides, len(self._clauses)))
        return len(self._clauses) - 1

    def _prove(
        self, rows: frozenset[int], new: tuple[int, ...], clauses: tuple[int, ...], depth: int = 1
    ) -> _Proof:
        """A proof that no whole numbers satisfy the rows, the new ones and the clauses."""
        if self._rows.questions > self._questions or depth > MOST_DEEP:
            raise NoCertificateError(f"no proof found with {self._rows.questions} questions to the solver")
        rows |= set(new)
        with self._rows.assumed(new):
            if core := self._rows.clash():
                found = self._rows.multipliers(core)
                return _Proof(frozenset(found), tuple(found.items()))
            choice = self._choose(rows, clauses, self._rows.values())
            parts, used = [], {-1 - choice.clause} if choice.clause >= 0 else set[int]()
            left = tuple(number for number in clauses if number != choice.clause)
            for side in choice.sides:
                more = tuple(row for row in dict.fromkeys(side.rows) if row not in rows)
                part = self._prove(rows, more, left + side.clauses, depth + 1)
                added = {*more, *(-1 - number for number in side.clauses)}
                if not part.used & added:
                    return part  # the choice was not needed
                used |= part.used - added
                parts.append(part)
            return _Proof(frozenset(used), choice=choice, parts=tuple(parts))

    def _choose(self, rows: frozenset[int], clauses: tuple[int, ...], values: Values) -> _Choice:
        best: tuple[int, _Choice] | None = None
        for choice in self._cases(clauses, values):
            count = sum(self._possible(rows, side, values) for side in choice.sides)
            if count <= 1:
                return choice
            if best is None or count < best[0]:
                best = count, choice
        last: tuple[int, _Choice] | None = None
        for totals in (self._totals, self._more if best is None else []):
            for choice in sorted(self._splits(totals, values), key=lambda choice: abs(2 * choice.at + 1)):
                count = sum(self._possible(rows, side, values) for side in choice.sides)
                if count == 0 or (count == 1 and -3 <= choice.at <= 2 and len(choice.total) > 1):
                    return choice
                if last is None or count < last[0]:
                    last = count, choice
        best = best or last
        if best is None:
            raise NoCertificateError(f"possible: the variables may be {[int(value) for value in values]}")
        return best[1]

    def _cases(self, clauses: tuple[int, ...], values: Values) -> Iterator[_Choice]:
        """Carries that are no whole numbers, and clauses that the values fail."""
        for variable in self._few:
            if values[variable].denominator > 1:
                yield self._split({variable: 1}, floor(values[variable]))
        for number in clauses:
            if not any(self._holds(side, values) for side in self._clauses[number].sides):
                yield self._clauses[number]

    def _splits(self, totals: list[dict[int, int]], values: Values) -> Iterator[_Choice]:
        """Differences of quotients, then variables, that are no whole numbers."""
        for total in totals:
            value = sum((c * values[v] for v, c in total.items()), Fraction(0))
            if value.denominator > 1:
                yield self._split(total, floor(value))
        for variable, value in enumerate(values):
            if value.denominator > 1:
                yield self._split({variable: 1}, floor(value))

    def _split(self, total: dict[int, int], at: int) -> _Choice:
        low = self._rows.add({**total, -1: -at})
        high = self._rows.add({**{v: -c for v, c in total.items()}, -1: at + 1})
        return _Choice((_Side((low,)), _Side((high,))), total=tuple(total.items()), at=at)

    def _possible(self, rows: frozenset[int], side: _Side, values: Values = ()) -> bool:
        """Whether the rows of the side can hold with the others, over the rationals."""
        if values and all(self._true(row, values) for row in side.rows):
            return True
        more = tuple(row for row in dict.fromkeys(side.rows) if row not in rows)
        known = self._clashes.setdefault(more, [])
        if any(clash <= rows for clash in known):
            return False
        with self._rows.assumed(more):
            if core := self._rows.clash():
                known.append(frozenset(core) - set(more))
        return not core

    def _holds(self, side: _Side, values: Values) -> bool:
        return all(self._true(row, values) for row in side.rows) and all(
            any(self._holds(inner, values) for inner in self._clauses[number].sides)
            for number in side.clauses
        )

    def _true(self, number: int, values: Values) -> bool:
        row = self._rows.row(number)
        return sum((c * (values[v] if v >= 0 else 1) for v, c in row.items()), Fraction(0)) <= 0

    def _written(self, proof: _Proof, rows: dict[int, int], count: int, clauses: dict[int, int]) -> Any:
        """The proof with the numbers that rows and clauses have at its place in the certificate."""
        choice = proof.choice
        if choice is None:
            return {"farkas": [[rows[number], factor] for number, factor in proof.rows]}
        parts = []
        for side, part in zip(choice.sides, proof.parts, strict=True):
            inner = dict(rows)
            for place, number in enumerate(side.rows, count):
                inner.setdefault(number, place)
            names = {**clauses, **{number: len(clauses) + i for i, number in enumerate(side.clauses)}}
            parts.append(self._written(part, inner, count + len(side.rows), names))
        if choice.clause >= 0:
            return {"split": clauses[choice.clause], "cases": parts}
        total = [list(pair) for pair in choice.total]
        return {"branch": total, "at": choice.at, "low": parts[0], "high": parts[1]}
