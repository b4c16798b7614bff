"""Deciding obligations and theorems, one release at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

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
    vacuous: bool = False
    """Whether what it speaks of never occurs: then it proves nothing."""
    by: str = "z3"
    """`arithmetic` if it has no free word, so that no solver was needed."""
    seconds: float = 0.0


def discharge(obligation: Obligation, *, timeout: float = 30.0, seed: int = 0) -> Decided:
    """Whether what must be impossible is, and what must be possible is. Raises InternalError for a wrong model."""
    start = perf_counter()
    decided = _decided(obligation, timeout, seed)
    by = "z3" if any(not each.arguments for each in parts(*_terms(obligation))) else "arithmetic"
    return replace(decided, by=by, seconds=perf_counter() - start)


def _terms(obligation: Obligation) -> list[Truth]:
    return [*(each.truth for each in obligation.assumed), obligation.cover, obligation.bad]


def _decided(obligation: Obligation, timeout: float, seed: int) -> Decided:
    cover = possible(obligation, obligation.cover, timeout, seed)
    if not cover.possible:
        reason = "vacuous: what it speaks of never occurs" if cover.impossible else cover.reason
        return Decided(obligation, "unknown", reason, vacuous=cover.impossible)
    answer = possible(obligation, obligation.bad, timeout, seed)
    if answer.impossible:
        return Decided(obligation, "proved")
    if answer.possible:
        return Decided(obligation, "fails", numbers=tuple(sorted(answer.model.items())))
    return Decided(obligation, "unknown", answer.reason)


def possible(obligation: Obligation, question: Truth, timeout: float, seed: int = 0) -> Answer:
    """Whether a condition can hold under what an obligation assumes. Raises InternalError for a wrong model."""
    if question is False:
        return Answer("unsat", {})
    assumed = [each.truth for each in obligation.assumed]
    terms = [*assumed, question]
    names = [each for each in parts(*terms) if not each.arguments]
    if not names:
        return Answer("sat" if all(evaluate(term, {}) for term in terms) else "unsat", {})
    words = [each.text for each in names if not isinstance(each, Formula)]
    truths = [each.text for each in names if isinstance(each, Formula)]
    answer = decide(integer_script(assumed, question), words, truths, timeout=timeout, seed=seed)
    if answer.possible and not all(evaluate(term, answer.model) for term in terms):
        raise InternalError(f"z3's model {answer.model} does not satisfy {obligation.name} in plain integers")
    return answer
