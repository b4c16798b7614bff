"""Obligations and their outcomes.

An obligation is a condition that must never hold. Without a free variable arithmetic decides it;
otherwise z3 does, many at a time: one question whether any of them can fail, then those that the
model breaks are set aside and the rest is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from verifier.layout.box import Box
from verifier.layout.configuration import Configuration
from verifier.layout.errors import InternalError
from verifier.logic import term
from verifier.logic.optimum import best
from verifier.logic.regimes import MOST_BOXES, Regimes, projection
from verifier.logic.solver import Solver
from verifier.logic.space import Symbolic, complete
from verifier.logic.term import Number, Term, Truth


@dataclass(frozen=True, slots=True)
class Obligation:
    """A condition that must be impossible, about some subjects of a layout."""

    subjects: tuple[str, ...]
    bad: Truth
    conflict: Number = 1
    """Where `bad` holds, how large the conflict is: larger is worse."""
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the rule needs to explain a failure."""
    advice: bool = False
    """A failure is worth knowing but no error."""


@dataclass(frozen=True, slots=True)
class Holds:
    """The condition is impossible in every configuration."""

    obligation: Obligation


@dataclass(frozen=True, slots=True)
class Fails:
    """The condition holds exactly in `regimes`; `worst` is the counterexample to show."""

    obligation: Obligation
    regimes: tuple[Box, ...]
    exact: bool
    worst: Configuration
    hull: Box = field(default_factory=Box)
    """The projection of the failing set; of no dimension where it is not known whole."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither: the solver gave up, or the assumptions exclude every configuration."""

    obligation: Obligation
    reason: str


Outcome: TypeAlias = Holds | Fails | Undecided


class Decider:
    """Decides obligations over one configuration space and counts how.

    `explores`: whether it finds out when exactly an obligation fails and where worst; else, for who wants
    the verdict alone, the first counterexample is the worst one, and regimes are empty and not exact.
    """

    def __init__(
        self, symbolic: Symbolic, *, timeout: float = 30.0, seed: int = 0, explores: bool = True
    ) -> None:
        self.symbolic = symbolic
        self.explores = explores
        self.arithmetic = 0
        self.z3 = 0
        self._timeout, self._seed = timeout, seed
        self._solver: Solver | None = None

    @property
    def solver(self) -> Solver:
        """The solver, with the space's assumptions; made when first needed."""
        if self._solver is None:
            self._solver = Solver(self.symbolic.assumptions, timeout=self._timeout, seed=self._seed)
        return self._solver

    def vacuity(self) -> str:
        """Why the assumptions leave some width without any guest; empty if they do not.

        Integers and solver must agree on each width; raises InternalError if they do not.
        """
        space = self.symbolic.space
        empty = space.empty_widths()
        bits = self.symbolic.variables["ipa_bits"]
        for width in space.dimensions["ipa_bits"].choices:
            answer = self.solver.ask(term.equal(bits, width))
            if not answer.possible and not answer.impossible:
                return f"the solver could not tell whether {width} ipa bits allow any guest: {answer.reason}"
            if answer.possible == (width in empty):
                raise InternalError(f"integers and solver disagree on whether {width} ipa bits allow a guest")
        if not empty:
            return ""
        widths = ", ".join(str(width) for width in empty)
        return (
            f"no guest can be built with ipa bits {widths}: not one page of RAM fits both the header's maximum "
            "and the reach of the P2M root"
        )

    def possible(self, condition: Truth) -> bool:
        """Whether some configuration satisfies the condition; what cannot be told counts as yes."""
        if not isinstance(condition, Term):
            return condition
        return not self.solver.ask(condition).impossible

    def regimes(self, condition: Truth) -> tuple[tuple[Box, ...], bool]:
        """When a condition holds, as boxes, and whether they are exact."""
        if not isinstance(condition, Term):
            return ((Box(),) if condition else ()), True
        if not self.explores:
            return (), False
        boxes, doubt = Regimes(self.symbolic, condition).learn(self.solver)
        return boxes[:MOST_BOXES], not doubt and len(boxes) <= MOST_BOXES

    def decide(self, obligations: Sequence[Obligation]) -> list[Outcome]:
        """One outcome for each obligation, in the same order."""
        outcomes: dict[int, Outcome] = {}
        open_ones: dict[int, Obligation] = {}
        for index, obligation in enumerate(obligations):
            if isinstance(obligation.bad, Term):
                open_ones[index] = obligation
                continue
            self.arithmetic += 1
            outcomes[index] = self._always(obligation) if obligation.bad else Holds(obligation)
        self.z3 += len(open_ones)
        outcomes.update(self._ask(open_ones))
        return [outcomes[index] for index in range(len(obligations))]

    def _always(self, obligation: Obligation) -> Outcome:
        """Broken whatever the configuration, so the plainest one shows it."""
        return Fails(obligation, (Box(),), True, complete(self.symbolic.space, {}))

    def _ask(self, waiting: dict[int, Obligation]) -> dict[int, Outcome]:
        outcomes: dict[int, Outcome] = {}
        while waiting:
            answer = self.solver.ask(term.either(*(obligation.bad for obligation in waiting.values())))
            if answer.impossible:
                outcomes.update({index: Holds(obligation) for index, obligation in waiting.items()})
                break
            if not answer.possible:
                outcomes.update(self._one_by_one(waiting))
                break
            broken = [
                index for index, obligation in waiting.items() if term.evaluate(obligation.bad, answer.model)
            ]
            for index in broken:
                outcomes[index] = self._fails(waiting.pop(index), answer.model)
        return outcomes

    def _one_by_one(self, waiting: dict[int, Obligation]) -> dict[int, Outcome]:
        """The question about all was too hard: ask about each, so that one cannot hide the rest."""
        outcomes: dict[int, Outcome] = {}
        for index, obligation in waiting.items():
            answer = self.solver.ask(obligation.bad)
            if answer.possible:
                outcomes[index] = self._fails(obligation, answer.model)
            elif answer.impossible:
                outcomes[index] = Holds(obligation)
            else:
                outcomes[index] = Undecided(obligation, f"the solver gave up: {answer.reason}")
        return outcomes

    def _fails(self, obligation: Obligation, found: Configuration) -> Fails:
        """When exactly it fails, and the worst case, both proved by the solver; or just where it was found to."""
        if not self.explores:
            return Fails(obligation, (), False, found)
        regimes = Regimes(self.symbolic, obligation.bad)
        boxes, doubt = regimes.learn(self.solver)
        worst = best(regimes, obligation.conflict, self.solver, found)
        if not self.symbolic.space.admits(worst) or not term.evaluate(obligation.bad, worst):
            raise InternalError(f"{worst} is no counterexample for {', '.join(obligation.subjects)}")
        hull = projection(boxes, self.symbolic) if boxes and not doubt else Box()
        exact = not doubt and len(boxes) <= MOST_BOXES
        return Fails(obligation, boxes[:MOST_BOXES], exact, worst, hull)
