"""Which texts a second solver is asked: those that only state things and ask once; and that each is asked itself."""

from __future__ import annotations

import pytest

from verifier.logic.second_opinion import _answer, _Question, one_question

ALL = """(set-logic QF_BV)
(set-info :status unknown)
(declare-const a (_ BitVec 8))
(declare-fun b () (_ BitVec 8))
(define-fun c () (_ BitVec 8) (bvadd a b))
(assert (= c a))
"""
"""Every way of stating something."""


def test_a_text_may_state_in_every_way_that_there_is() -> None:
    assert one_question(f"{ALL}(check-sat)\n")
    assert one_question("(check-sat)"), "nothing need be stated"


@pytest.mark.parametrize(
    "command",
    ["(push 1)", "(pop 1)", "(reset)", "(exit)", "(check-sat)", "(get-model)", "(reset-assertions)"],
)
def test_whatever_else_it_does_it_is_refused(command: str) -> None:
    """Before the question and after it."""
    assert not one_question(f"{ALL}{command}\n(check-sat)\n")
    assert not one_question(f"{ALL}(check-sat)\n{command}\n")


def test_without_a_question_there_is_none() -> None:
    assert not one_question(ALL)
    assert not one_question("")


@pytest.mark.parametrize(
    ("solver", "words"), [("cvc5", "'a' not declared"), ("bitwuzla", "undefined symbol 'a'")]
)
def test_each_solver_answers_in_its_own_words(solver: str, words: str) -> None:
    question = _Question(solver, "(set-logic QF_BV)(assert a)(check-sat)", 60.0)
    with pytest.raises(Exception, match=words):
        _answer(question)
