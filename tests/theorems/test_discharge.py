"""One obligation: proved only where what must be impossible is, and what it speaks of occurs."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InternalError
from verifier.logic import solver
from verifier.logic.bits import both, truth, word
from verifier.logic.solver import Answer
from verifier.logic.word import Truth, equal, uint64
from verifier.theorems import prove
from verifier.theorems.prove import discharge, possible
from verifier.theorems.statement import Assumed, Obligation

X, Y, P = word("x"), word("y"), truth("p")
TOP = (1 << 64) - 1


def claimed(bad: Truth, cover: Truth = True, *assumed: Truth) -> Obligation:
    """What must be impossible, and what must be possible, under what is assumed."""
    return Obligation("made", "", tuple(Assumed("", each) for each in assumed), bad, cover)


@pytest.mark.parametrize(
    ("bad", "cover", "assumed", "outcome", "by"),
    [
        (False, True, (), "proved", "arithmetic"),
        (True, True, (), "fails", "arithmetic"),
        (False, False, (), "unknown", "arithmetic"),
        (False, True, (False,), "unknown", "arithmetic"),
        (False, True, (X < 5,), "proved", "z3"),
        (False, X < 5, (), "proved", "z3"),
        (both(X < 5, equal(X, 5)), True, (), "proved", "z3"),
        (X < 5, True, (), "fails", "z3"),
        (X < 5, True, (equal(X, 5),), "proved", "z3"),
        (False, X < 5, (equal(X, 5),), "unknown", "z3"),
        (P, True, (), "fails", "z3"),
    ],
)
def test_an_outcome_and_what_decided_it(
    bad: Truth, cover: Truth, assumed: tuple[Truth, ...], outcome: str, by: str
) -> None:
    found = discharge(claimed(bad, cover, *assumed))
    assert (found.outcome, found.by) == (outcome, by)
    assert found.vacuous is (outcome == "unknown")
    assert found.seconds > 0


def test_what_fails_says_with_which_numbers() -> None:
    """Names with their numbers, in order; the sum wraps."""
    found = discharge(claimed(both(equal(uint64.add(X, Y), 7), equal(X, TOP), P)))
    assert found.numbers == (("p", 1), ("x", TOP), ("y", 8))


def test_where_arithmetic_decides_no_solver_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prove, "decide", Script())  # has no answer
    for bad, outcome in ((False, "proved"), (True, "fails")):
        assert discharge(claimed(bad)).outcome == outcome
    assert possible(claimed(False, True, X < 5), False, 30.0).impossible


class Script:
    """One answer after the other."""

    def __init__(self, *results: str, model: dict[str, int] | None = None) -> None:
        self.results, self.model = list(results), model or {}

    def __call__(self, *_: object, **__: object) -> Answer:
        result = self.results.pop(0)
        return Answer(result, self.model if result == "sat" else {}, "tired" if result == "unknown" else "")


@pytest.mark.parametrize(
    ("results", "outcome", "reason", "vacuous"),
    [
        (("unknown",), "unknown", "tired", False),
        (("unsat",), "unknown", "vacuous: what it speaks of never occurs", True),
        (("sat", "unknown"), "unknown", "tired", False),
        (("sat", "unsat"), "proved", "", False),
    ],
)
def test_a_solver_that_gives_up_proves_nothing(
    results: tuple[str, ...], outcome: str, reason: str, *, vacuous: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prove, "decide", Script(*results, model={"x": 3}))
    found = discharge(claimed(equal(X, 4), X < 5))
    assert (found.outcome, found.reason, found.vacuous) == (outcome, reason, vacuous)


@pytest.mark.parametrize("model", [{"x": 4}, {"x": 9}])
def test_a_model_that_integers_refuse_is_an_internal_error(
    model: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It breaks what is assumed, or does not satisfy the question."""
    monkeypatch.setattr(prove, "decide", Script("sat", model=model))
    with pytest.raises(InternalError, match="does not satisfy made in plain integers"):
        possible(claimed(False, True, X < 8), X > 4, 30.0)


def test_what_z3_may_take_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A question that takes more is left open, whichever way it is put."""
    monkeypatch.setattr(solver, "RESOURCE_LIMIT", 1)
    hard = both(equal(uint64.add(X, Y), 12345), X < uint64.shift_left(Y, 3), uint64.round_up(X, 4096) < Y)
    found = discharge(claimed(hard))
    assert (found.outcome, found.vacuous) == ("unknown", False)
    assert found.reason
