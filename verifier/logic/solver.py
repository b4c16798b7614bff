"""The only module that loads z3. Everything reaches it as SMT-LIB text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verifier.layout.errors import InternalError
from verifier.logic.smtlib import Script
from verifier.logic.term import Truth, evaluate, variables

RESOURCE_LIMIT = 20_000_000
"""z3's `rlimit` per question: deterministic, and some thousand times what a header question takes."""


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
