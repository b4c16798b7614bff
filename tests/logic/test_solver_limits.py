"""What z3 is allowed, what of its answers is believed, and texts, bit-vectors and rows by hand."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest

from verifier.layout.errors import InternalError
from verifier.logic import solver as solver_module
from verifier.logic import term
from verifier.logic.solver import Answer, BitVectors, Rows, Solver, decide

X, Y = term.variable("x"), term.variable("y")
WORD = "(declare-const v (_ BitVec 8))\n(assert (bvult v #x10))"
ASKING: dict[str, Callable[..., object]] = {
    "terms": lambda **limits: Solver(X > 0, **limits),
    "a text": lambda **limits: decide("(declare-const x Int)", "x", (), **limits),
    "bit-vectors": lambda **limits: BitVectors(WORD, "v", 8, **limits),
}


@pytest.mark.parametrize("asking", ASKING)
@pytest.mark.parametrize(
    ("limits", "milliseconds"),
    [
        ({}, 30_000),
        ({"timeout": 30.5}, 30_500),
        ({"timeout": 0.002}, 2),
        ({"timeout": 0.001}, 1),
        ({"timeout": 0.0001}, 1),
        ({"timeout": 0.0}, 1),
    ],
)
def test_a_limit_in_seconds_is_one_in_milliseconds_and_never_none(
    asking: str, limits: dict[str, float], milliseconds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """z3 takes 0 as no limit."""
    import z3

    given: dict[str, int] = {}
    original = z3.Solver.set

    def noted(self: Any, *arguments: Any, **named: Any) -> None:
        given.update(named)
        original(self, *arguments, **named)

    monkeypatch.setattr(z3.Solver, "set", noted)
    ASKING[asking](**limits)
    assert (given["timeout"], given["rlimit"]) == (milliseconds, solver_module.RESOURCE_LIMIT)


@pytest.mark.parametrize("seed", [-1, 0, 2**31, 2**70])
def test_any_seed_will_do(seed: int) -> None:
    assert Solver(X > 3, seed=seed).ask(X < 5).model == {"x": 4}
    assert decide("(declare-const x Int)(assert (= x 4))", "x", (), seed=seed).model == {"x": 4}


@pytest.mark.parametrize("value", [5, 0])
def test_a_model_satisfies_both_assumptions_and_question(value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """5 breaks the one only, 0 the other."""
    monkeypatch.setattr(Solver, "_value", lambda *_: value)
    with pytest.raises(InternalError, match="does not satisfy the question in plain integers"):
        Solver(X < 5).ask(X > 0)


def test_a_model_satisfies_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    solver = Solver(X < 5)
    solver.keep(X > 2)
    monkeypatch.setattr(Solver, "_value", lambda *_: 1)
    with pytest.raises(InternalError, match="does not satisfy the question in plain integers"):
        solver.ask(X > 0)


def test_only_what_is_given_up_has_a_reason() -> None:
    solver = Solver(X > 0)
    assert solver.ask(X < 2) == Answer("sat", {"x": 1})
    assert solver.ask(X < 1) == Answer("unsat", {})
    assert (solver.ask(True).possible, solver.ask(False).impossible, solver.questions) == (True, True, 4)


def test_a_question_that_fails_is_not_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    solver = Solver(X > 0)
    with monkeypatch.context() as patched:
        patched.setattr(Solver, "_value", lambda *_: -7)
        with pytest.raises(InternalError):
            solver.ask(X < 2)
    assert solver.ask(term.equal(X, 9)).model == {"x": 9}


def test_a_text_is_answered_with_the_numbers_and_truths_that_are_named() -> None:
    text = "(declare-const a Int)(declare-const b Int)(declare-const p Bool)(declare-const q Bool)\n"
    text += "(assert (= a 7))(assert (= b (- 3)))(assert p)(assert (not q))"
    assert decide(text, ["a", "b"], ["p", "q"]) == Answer("sat", {"a": 7, "b": -3, "p": 1, "q": 0})
    assert decide(text, ["a"], ["q"]) == Answer("sat", {"a": 7, "q": 0})
    assert decide(text + "(assert (= a b))", ["a", "b"], ["p"]) == Answer("unsat", {})


def test_what_a_text_leaves_open_has_some_value() -> None:
    text = "(declare-const a Int)(declare-const p Bool)"
    found = decide(text, ["a"], ["p"]).model
    assert isinstance(found["a"], int)
    assert found["p"] in (0, 1)


def test_a_bit_vector_is_asked_about_again_and_again() -> None:
    """Below 16: one question is not left behind in the next, and any value will do where nothing else is asked."""
    word = BitVectors(WORD, "v", 8)
    assert word.ask("(bvugt v #x0e)") == Answer("sat", {"v": 15})
    assert word.ask("(bvult v #x01)") == Answer("sat", {"v": 0})
    assert word.ask("(bvugt v #x0f)") == Answer("unsat", {})
    assert 0 <= word.ask("true").model["v"] < 16
    assert word.ask("(= v #x03)") == Answer("sat", {"v": 3})
    assert isinstance(BitVectors("(declare-const v (_ BitVec 8))", "v", 8).ask("true").model["v"], int)


def test_a_bit_vector_that_is_too_hard_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "RESOURCE_LIMIT", 1)
    text = "(declare-const v (_ BitVec 64))(declare-const w (_ BitVec 64))"
    hard = BitVectors(text, "v", 64).ask(
        "(and (= (bvmul v w) #x00000000deadbeef) (bvugt v w) (bvugt w #x0000000000000002))"
    )
    assert (hard.result, hard.model) == ("unknown", {})
    assert hard.reason


def test_rows_clash_only_while_they_are_assumed() -> None:
    """x <= 0 without a constant, 1 <= x, 0 <= x, and some that have nothing to do with it."""
    rows = Rows(2)
    most, least, zero = rows.add({0: 1}), rows.add({0: -1, -1: 1}), rows.add({0: -1})
    others = [rows.add({1: 1, -1: -number}) for number in range(9)]
    later = rows.add({1: -1, -1: 9})
    assert rows.add({0: 1}) == most
    assert rows.row(later) == {1: -1, -1: 9}
    with rows.assumed([most, *others]):
        with rows.assumed([least]):
            assert rows.clash() == sorted((most, least))
        with rows.assumed([zero]):
            assert rows.clash() == []
            assert rows.values()[0] == Fraction(0)
        with pytest.raises(KeyError), rows.assumed([least]):
            raise KeyError
        assert rows.clash() == []
        with rows.assumed([later]):
            assert rows.clash()[-1] == later == 12
    assert rows.questions == 4


def test_a_row_of_a_constant_alone_is_true_or_false() -> None:
    rows = Rows(1)
    true, false = rows.add({-1: -1}), rows.add({-1: 1})
    with rows.assumed([true]):
        assert rows.clash() == []
        with rows.assumed([false]):
            assert rows.clash() == [false]
    assert rows.multipliers([false]) == {false: 1}


def test_rows_without_an_answer_are_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    import z3

    rows = Rows(1)
    monkeypatch.setattr(z3.Solver, "check", lambda _: z3.unknown)
    with pytest.raises(InternalError, match="no answer about linear rows"):
        rows.clash()


def test_multipliers_are_found_where_there_is_more_than_one_way() -> None:
    """x <= -2 with either of 0 <= x and 1 <= 2x: whichever is taken, in the smallest whole numbers."""
    rows = Rows(1)
    given = [rows.add(each) for each in ({0: 1, -1: 2}, {0: -1}, {0: -2, -1: 1})]
    factors = rows.multipliers(given)
    assert set(factors) <= set(given)
    assert factors in ({0: 1, 1: 1}, {0: 2, 2: 1}) or factors.keys() == {0, 1, 2}
    assert factors[0] == factors.get(1, 0) + 2 * factors.get(2, 0)
    assert min(factors.values()) > 0
