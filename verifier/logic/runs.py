"""Exactly when a condition on one unknown word holds, as runs of its values.

As `verifier.logic.regimes` for the configuration space of a header: candidates come from bisection over plain integers
and are worth nothing by themselves; the solver then looks for a value that they classify wrongly, which starts the
next round, or proves that there is none.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TypeAlias

from verifier.layout.errors import InternalError
from verifier.logic.bits import WIDTH, Formula, both, either, evaluate, negate, text, word
from verifier.logic.regimes import first_change
from verifier.logic.word import Truth

Run: TypeAlias = tuple[int, int]
"""First and last value, inclusive."""
_MOST_ROUNDS = 200


@dataclass(frozen=True, slots=True)
class Learned:
    """Where a condition holds."""

    runs: tuple[Run, ...]
    """By value, apart from each other."""
    reason: str = ""
    """Why they are not proved to be all; empty where they are."""


class OneWord:
    """Conditions on one word, whose values are those from `low` to `high`, inclusive."""

    def __init__(self, name: str, low: int, high: int, *, timeout: float = 30.0) -> None:
        from verifier.logic.solver import BitVectors  # with it comes z3

        self.word = word(name)
        self.low, self.high = low, high
        self._name = name
        self._bounds = self._inside((low, high))
        script = f"(declare-const {name} (_ BitVec {WIDTH}))\n(assert {text(self._bounds)})"
        self._solver = BitVectors(script, name, WIDTH, timeout=timeout)
        self.questions = 0

    def possible(self, condition: Truth) -> bool:
        """Whether some value satisfies a condition; so it is said to be, too, where the solver gives up."""
        if isinstance(condition, bool):
            return condition
        self.questions += 1
        return not self._solver.ask(text(condition)).impossible

    def learn(self, condition: Truth) -> Learned:
        """The values for which a condition holds. Raises InternalError if solver and integers disagree."""
        cuts = [self.low]
        self._cut(condition, cuts, self.high)
        for _ in range(_MOST_ROUNDS):
            runs = self._runs(condition, cuts)
            wrong = negate(Formula("=", (condition, either(*(self._inside(run) for run in runs)))))
            self.questions += 1
            answer = self._solver.ask(text(wrong))
            if answer.impossible:
                return Learned(runs)
            if not answer.possible:
                return Learned(runs, f"the solver gave up: {answer.reason}")
            value = answer.model[self._name]
            if not self.holds(both(self._bounds, wrong), value):
                raise InternalError(f"z3's value {value:#x} does not satisfy the question in plain integers")
            self._cut(condition, cuts, value)
        return Learned(self._runs(condition, cuts), f"more than {_MOST_ROUNDS} rounds")

    def holds(self, condition: Truth, value: int) -> bool:
        """Whether a condition holds of a value, in plain integers."""
        return bool(evaluate(condition, {self._name: value}))

    def _cut(self, condition: Truth, cuts: list[int], value: int) -> None:
        """Cut so that `value` shares a cell with no corner of another answer."""
        while True:
            corner = cuts[bisect_right(cuts, value) - 1]
            if self.holds(condition, corner) == self.holds(condition, value):
                return
            insort(cuts, first_change(corner, value, partial(self.holds, condition)))

    def _runs(self, condition: Truth, cuts: list[int]) -> tuple[Run, ...]:
        found: list[Run] = []
        for first, behind in pairwise([*cuts, self.high + 1]):
            if not self.holds(condition, first):
                continue
            if found and found[-1][1] == first - 1:
                found[-1] = (found[-1][0], behind - 1)
            else:
                found.append((first, behind - 1))
        return tuple(found)

    def _inside(self, run: Run) -> Truth:
        return both(self.word >= run[0], self.word <= run[1])
