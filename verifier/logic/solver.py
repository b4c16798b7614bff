"""The only module that loads z3. Everything reaches it as SMT-LIB text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from verifier.layout.errors import InternalError
from verifier.logic.farkas import Row, only_multipliers
from verifier.logic.smtlib import Script
from verifier.logic.term import Truth, both, evaluate, variables

RESOURCE_LIMIT = 20_000_000
"""z3's `rlimit` per question: deterministic, and some thousand times what a header question takes."""


def load_solver() -> None:
    """Load z3 before memory is limited: where its own library finds no room, its binding looks for a foreign one."""
    import z3  # noqa: F401


def solver_name() -> str:
    """The solver and its version, `z3 5.4.1`."""
    import z3

    return f"z3 {z3.get_version_string()}"


@dataclass(frozen=True, slots=True)
class Answer:
    """`sat` with a model, `unsat`, or `unknown` with the reason; never a bare truth value."""

    result: str
    model: Mapping[str, int]
    reason: str = ""

    @property
    def impossible(self) -> bool:
        """No assignment satisfies the question: what a proof needs."""
        return self.result == "unsat"

    @property
    def possible(self) -> bool:
        """Some assignment satisfies the question: `model` is one."""
        return self.result == "sat"


class Solver:
    """Asks whether a condition can hold together with the assumptions given at the start."""

    def __init__(self, assumptions: Truth, *, timeout: float = 30.0, seed: int = 0) -> None:
        import z3  # 50 ms, so not before a question needs it

        self._z3 = z3
        self._script = Script()
        self._assumptions = assumptions
        self._always = variables(assumptions)
        self._constants: dict[str, object] = {}
        self._solver = z3.Solver()
        self._solver.set(rlimit=RESOURCE_LIMIT, timeout=max(1, int(timeout * 1000)), random_seed=seed % 2**31)
        self._solver.from_string(self._script.assertion(assumptions))
        self.questions = 0

    def ask(self, condition: Truth) -> Answer:
        """Whether the condition is satisfiable under the assumptions.

        A model assigns every variable of the condition and of the assumptions; it is evaluated in
        plain integers before it is returned. Raises InternalError if the two readings disagree.
        """
        self.questions += 1
        self._solver.push()
        try:
            self._solver.from_string(self._script.assertion(condition))
            result = str(self._solver.check())
            if result == "sat":
                return Answer("sat", self._model(condition))
            reason = self._solver.reason_unknown() if result == "unknown" else ""
            return Answer(result, {}, reason)
        finally:
            self._solver.pop()

    def keep(self, condition: Truth) -> None:
        """Assume one more condition from now on."""
        self._solver.from_string(self._script.assertion(condition))
        self._assumptions = both(self._assumptions, condition)
        self._always |= variables(condition)

    def _model(self, condition: Truth) -> dict[str, int]:
        model = self._solver.model()
        values = {name: self._value(model, name) for name in self._always | variables(condition)}
        if not (evaluate(self._assumptions, values) and evaluate(condition, values)):
            raise InternalError(f"z3's model {values} does not satisfy the question in plain integers")
        return values

    def _value(self, model: object, name: str) -> int:
        if name not in self._constants:
            self._constants[name] = self._z3.Int(name)
        return int(model.eval(self._constants[name], True).as_long())  # type: ignore[attr-defined]


def decide(
    text: str, words: Iterable[str], truths: Iterable[str], *, timeout: float = 30.0, seed: int = 0
) -> Answer:
    """Whether SMT-LIB text over integers is satisfiable; a model has the words and truths (as 0 or 1) that are named.

    The model is z3's word: the caller evaluates it in plain integers.
    """
    import z3

    solver = z3.SimpleSolver()  # no tactics: they cost more than these questions
    solver.set(rlimit=RESOURCE_LIMIT, timeout=max(1, int(timeout * 1000)), random_seed=seed % 2**31)
    solver.from_string(text)
    result = str(solver.check())
    if result != "sat":
        return Answer(result, {}, solver.reason_unknown() if result == "unknown" else "")
    model = solver.model()
    found = {name: int(model.eval(z3.Int(name), True).as_long()) for name in words}
    found.update((name, int(bool(model.eval(z3.Bool(name), True)))) for name in truths)
    return Answer("sat", found)


class BitVectors:
    """Asks about one bit-vector `name`, under SMT-LIB text that declares it and states what holds."""

    def __init__(self, text: str, name: str, bits: int, *, timeout: float = 30.0) -> None:
        import z3

        self._solver = z3.SimpleSolver()  # no tactics: they cost more than these questions
        self._solver.set(rlimit=RESOURCE_LIMIT, timeout=max(1, int(timeout * 1000)))
        self._solver.from_string(text)
        self._name, self._constant = name, z3.BitVec(name, bits)

    def ask(self, condition: str) -> Answer:
        """Whether some value satisfies the condition, SMT-LIB text over the names of the session.

        The model is z3's word: the caller evaluates it in plain integers.
        """
        self._solver.push()
        try:
            self._solver.from_string(f"(assert {condition})")
            result = str(self._solver.check())
            if result == "sat":
                value = self._solver.model().eval(self._constant, True).as_long()
                return Answer("sat", {self._name: int(value)})
            return Answer(result, {}, self._solver.reason_unknown() if result == "unknown" else "")
        finally:
            self._solver.pop()


class Rows:
    """Asks whether rows can hold together over the rationals; what can may still fail over the integers."""

    def __init__(self, variables: int) -> None:
        import z3

        self._z3 = z3
        self._context = z3.Context()  # of its own, so that an answer does not depend on what was asked before
        self._variables = [z3.Real(f"x{number}", self._context) for number in range(variables)]
        self._solver = z3.SimpleSolver(self._context)
        self._rows: list[Row] = []
        self._terms: list[tuple[object, object]] = []
        self._numbers: dict[frozenset[tuple[int, int]], int] = {}
        self.questions = 0

    def add(self, row: Row) -> int:
        """The number of a row, which is not assumed yet; equal rows have one number."""
        key = frozenset(row.items())
        if key not in self._numbers:
            self._numbers[key] = number = len(self._rows)
            parts = [c * self._variables[v] for v, c in row.items() if v >= 0]
            left = self._z3.Sum(parts) if parts else self._z3.RealVal(0, self._context)
            self._rows.append(row)
            self._terms.append((left <= -row.get(-1, 0), self._z3.Bool(f"row{number}", self._context)))
        return self._numbers[key]

    def row(self, number: int) -> Row:
        """The row that has a number."""
        return self._rows[number]

    @contextmanager
    def assumed(self, numbers: Iterable[int]) -> Iterator[None]:
        """Within this, the rows hold, beside those assumed around it; a row must not be assumed twice."""
        self._solver.push()
        try:
            for number in numbers:
                self._solver.assert_and_track(*self._terms[number])
            yield
        finally:
            self._solver.pop()

    def clash(self) -> list[int]:
        """Some of the assumed rows that cannot hold together, or none if all can."""
        self.questions += 1
        result = self._solver.check()
        if result == self._z3.unknown:
            raise InternalError(f"no answer about linear rows: {self._solver.reason_unknown()}")
        if result == self._z3.sat:
            return []
        return sorted(int(flag.decl().name()[3:]) for flag in self._solver.unsat_core())

    def values(self) -> list[Fraction]:
        """Right after a `clash` that found none: values of the variables under which the rows hold."""
        model = self._solver.model()
        return [Fraction(model.eval(variable, True).as_string()) for variable in self._variables]

    def multipliers(self, numbers: Iterable[int]) -> dict[int, int]:
        """Positive whole numbers such that the rows, each times its own, add up to `positive <= 0`.

        The rows must not be able to hold together: over the rationals, that is when there are such numbers.
        """
        z3, rows = self._z3, sorted(set(numbers))
        if only := only_multipliers({number: self._rows[number] for number in rows}):
            return only
        solver = z3.SimpleSolver(self._context)
        unknown = {number: z3.Real(f"m{number}", self._context) for number in rows}
        sums: dict[int, list[object]] = {-1: []}
        for number in rows:
            solver.add(unknown[number] >= 0)
            for variable, coefficient in self._rows[number].items():
                sums.setdefault(variable, []).append(coefficient * unknown[number])
        solver.add(*(z3.Sum(parts) == 0 for variable, parts in sums.items() if variable >= 0))
        solver.add(z3.Sum(sums[-1]) >= 1)
        if solver.check() != z3.sat:
            raise InternalError("rows that cannot hold together have no multipliers")
        model = solver.model()
        exact = {number: model.eval(unknown[number], True).as_fraction() for number in rows}
        scale = lcm(*(value.denominator for value in exact.values()))
        whole = {number: int(value * scale) for number, value in exact.items() if value}
        common = gcd(*whole.values())
        return {number: value // common for number, value in whole.items()}
