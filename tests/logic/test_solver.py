"""What the solver says is never more than it knows."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InternalError
from verifier.logic import solver as solver_module
from verifier.logic import term
from verifier.logic.solver import Solver, solver_name

X, Y, Z = term.variable("x"), term.variable("y"), term.variable("z")


def test_assumptions_hold_in_every_answer() -> None:
    solver = Solver(term.both(X >= 10, X <= 12))
    answer = solver.ask(X > 11)
    assert answer.possible
    assert answer.model == {"x": 12}
    assert solver.ask(X > 12).impossible


def test_questions_do_not_pile_up() -> None:
    solver = Solver(X >= 0)
    assert solver.ask(X < 1).possible
    assert solver.ask(X > 5).possible
    assert solver.questions == 2


def test_giving_up_is_neither_possible_nor_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "RESOURCE_LIMIT", 1)
    hard = term.both(*(term.equal(3 * X - 7 * Y + 2 * Z + step * X, step) for step in range(1, 6)))
    answer = Solver(term.either(X < Y, Y < X)).ask(hard)
    assert answer.result == "unknown"
    assert not answer.possible
    assert not answer.impossible
    assert answer.reason


def test_a_model_that_integers_refuse_is_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Solver, "_value", lambda *_: 99)
    with pytest.raises(InternalError, match="does not satisfy"):
        Solver(X < 5).ask(X > 0)


def test_the_name_has_a_version() -> None:
    assert solver_name().startswith("z3 ")


def test_what_is_kept_holds_in_every_question_after_it() -> None:
    solver = Solver(X > 3)
    solver.keep(X < 6)
    assert [solver.ask(term.equal(X, number)).possible for number in range(3, 7)] == [
        False,
        True,
        True,
        False,
    ]
    new = term.variable("kept_y")
    solver.keep(term.equal(new, X + 1))
    assert solver.ask(X > 4).model["kept_y"] == 6


def test_a_model_has_every_variable_of_assumptions_and_question() -> None:
    """Also one that any value will do for, which z3 leaves out."""
    answer = Solver(X >= 0).ask(term.both(X < 5, term.either(Y < 1, Y >= 1)))
    assert answer.possible
    assert answer.model.keys() == {"x", "y"}


def test_what_a_question_may_take_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole texts are asked with the same limit; with more, the same text is decided."""
    text = "".join(f"(declare-const {name} Int)\n(assert (< 0 {name} 100000))\n" for name in "abc")
    text += "(assert (= (+ (* 7 a) (* 11 b)) (+ (* 13 c) 5)))(assert (not (= a b)))(assert (< (* 3 a) b))"
    assert solver_module.decide(text, "abc", ()).possible
    monkeypatch.setattr(solver_module, "RESOURCE_LIMIT", 1)
    limited = solver_module.decide(text, "abc", ())
    assert (limited.result, limited.model) == ("unknown", {})
    assert limited.reason
