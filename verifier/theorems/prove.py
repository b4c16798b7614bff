"""Deciding obligations and theorems, one release at a time."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.errors import InternalError
from verifier.logic.bits import Formula, evaluate, parts
from verifier.logic.integers import integer_script
from verifier.logic.solver import Answer, decide
from verifier.logic.word import Truth
from verifier.theorems.statement import Obligation


@dataclass(frozen=True, slots=True)
class Decided:
    """An obligation and its outcome: `proved`, `fails` with numbers, or `unknown` with the reason."""

    obligation: Obligation
    outcome: str
    reason: str = ""
    numbers: tuple[tuple[str, int], ...] = ()


def discharge(obligation: Obligation, *, timeout: float = 30.0) -> Decided:
    """Whether what must be impossible is, and what must be possible is. Raises InternalError for a wrong model."""
    cover = possible(obligation, obligation.cover, timeout)
    if not cover.possible:
        reason = "vacuous: what it speaks of never occurs" if cover.impossible else cover.reason
        return Decided(obligation, "unknown", reason)
    answer = possible(obligation, obligation.bad, timeout)
    if answer.impossible:
        return Decided(obligation, "proved")
    if answer.possible:
        return Decided(obligation, "fails", numbers=tuple(sorted(answer.model.items())))
    return Decided(obligation, "unknown", answer.reason)


def possible(obligation: Obligation, question: Truth, timeout: float) -> Answer:
    """Whether a condition can hold under what an obligation assumes. Raises InternalError for a wrong model."""
    assumed = [each.truth for each in obligation.assumed]
    terms = [*assumed, question]
    names = [each for each in parts(*terms) if not each.arguments]
    words = [each.text for each in names if not isinstance(each, Formula)]
    truths = [each.text for each in names if isinstance(each, Formula)]
    answer = decide(integer_script(assumed, question), words, truths, timeout=timeout)
    if answer.possible and not all(evaluate(term, answer.model) for term in terms):
        raise InternalError(f"z3's model {answer.model} does not satisfy {obligation.name} in plain integers")
    return answer
