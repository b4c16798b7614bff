"""Texts of questions about words, by hand: what is declared, what has a name, and that comments are comments."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from verifier.logic.bits import both, choose, either, negate, parts, text, truth, word
from verifier.logic.integers import integer_script
from verifier.logic.script import script
from verifier.logic.solver import decide
from verifier.logic.word import Truth, equal, uint64

A, B = word("a"), word("b")
P, Q, R = truth("p"), truth("q"), truth("r")
WRAP = 1 << 64
HEAD = "(set-logic QF_BV)\n(declare-const a (_ BitVec 64))\n(declare-const b (_ BitVec 64))\n"


def test_over_integers_variables_have_their_names_and_what_wraps_has_a_carry() -> None:
    """Parts have numbers from 0 on, arguments first: p, a, the sum, what is chosen, the comparison."""
    assert integer_script([], choose(P, uint64.add(A, 5), A) < 9) == (
        "(declare-const p Bool)\n"
        "(declare-const a Int)\n"
        f"(assert (and (<= 0 a) (< a {WRAP})))\n"
        "(declare-const !w2 Int)\n"
        f"(assert (and (<= 0 !w2) (< !w2 {WRAP})))\n"
        "(declare-const !k2 Int)\n"
        f"(assert (and (<= 0 !k2 1) (= (+ a 5) (+ !w2 (* {WRAP} !k2)))))\n"
        "(declare-const !w3 Int)\n"
        f"(assert (and (<= 0 !w3) (< !w3 {WRAP})))\n"
        "(assert (and (= !w3 (ite p !w2 a))))\n"
        "(define-fun !b4 () Bool (< !w3 9))\n"
        "(assert !b4)\n"
    )


def test_a_model_has_the_numbers_of_variables_by_their_names() -> None:
    """a + 5 = 2 for one number alone, which wraps, and b = 7 where p is not."""
    asked = integer_script([equal(uint64.add(A, 5), 2), negate(P)], equal(choose(P, A, B), 7))
    assert decide(asked, ["a", "b"], ["p"]).model == {"a": WRAP - 3, "b": 7, "p": 0}


@pytest.mark.parametrize("mask", [5, 6, WRAP - 3, WRAP - 5, WRAP - 2 - (1 << 63), (1 << 63) - 2])
def test_ones_that_are_no_run_from_an_end_are_refused(mask: int) -> None:
    """Also where but one bit of many is missing."""
    masked = A.compute("&", A, mask, 64)
    with pytest.raises(ValueError, match=f"mask {mask:#x} is no run"):
        integer_script([], equal(masked, 0))


@pytest.mark.parametrize("count", [0, 1, 2, 12, 63, 64])
def test_ones_from_an_end_are_a_mask(count: int) -> None:
    """Of a word whose bits are all different from their neighbours, the bits that Python's `&` leaves, and nothing else."""
    striped = int("10" * 32, 2)
    for mask in ((1 << count) - 1, WRAP - (1 << count)):
        masked = A.compute("&", A, mask, 64)
        assert decide(integer_script([equal(A, striped)], equal(masked, striped & mask)), [], []).possible
        other = negate(equal(masked, striped & mask))
        assert decide(integer_script([equal(A, striped)], other), [], []).impossible


ONCE = uint64.add(A, B)
TWICE = uint64.subtract(A, B)
NAMED = "(declare-const t1 (_ BitVec 64))\n(assert (= t1 (bvsub a b)))\n"
ASKED = "; What must be impossible.\n"


@pytest.mark.parametrize(
    ("assumed", "question", "wanted"),
    [
        (ONCE < 1, B < A, f"(assert (bvult (bvadd a b) #x{1:016x}))\n{ASKED}(assert (bvult b a))\n"),
        (B < A, ONCE < 1, f"(assert (bvult b a))\n{ASKED}(assert (bvult (bvadd a b) #x{1:016x}))\n"),
        (
            negate(uint64.add(ONCE, 2) < 1),
            B < A,
            f"(assert (not (bvult (bvadd (bvadd a b) #x{2:016x}) #x{1:016x})))\n{ASKED}(assert (bvult b a))\n",
        ),
        (TWICE < A, TWICE < B, f"{NAMED}(assert (bvult t1 a))\n{ASKED}(assert (bvult t1 b))\n"),
        (
            B < A,
            TWICE < uint64.subtract(A, B),
            f"(assert (bvult b a))\n{ASKED}{NAMED}(assert (bvult t1 t1))\n",
        ),
        (
            negate(A < B),
            either(A < B, B < A),
            f"(assert (not (bvult a b)))\n{ASKED}(assert (or (bvult a b) (bvult b a)))\n",
        ),
    ],
)
def test_a_word_has_a_name_if_it_is_an_argument_more_than_once(
    assumed: Truth, question: Truth, wanted: str
) -> None:
    """Where a condition stands makes no difference; a condition has none, however often it occurs."""
    assert script([], [("", assumed)], question) == f"{HEAD};\n{wanted}(check-sat)\n"


def test_nothing_of_a_comment_is_read() -> None:
    """However long it is, and with lines of its own; an empty one is an empty line."""
    comments = ["one", "", "two\n(assert false)", "(assert false) " * 40]
    made = script(comments, [("three\n(assert false)", A < 5)], A < 3)
    assert made.startswith("; one\n;\n; two (assert false)\n; (assert false) (assert false)")
    lines = made.splitlines()
    assert [each for each in lines if not each.startswith(";")] == [
        "(set-logic QF_BV)",
        "(declare-const a (_ BitVec 64))",
        f"(assert (bvult a #x{5:016x}))",
        f"(assert (bvult a #x{3:016x}))",
        "(check-sat)",
    ]
    assert " ".join(each.removeprefix("; ") for each in lines if ";" in each).count("(assert false)") == 42


def test_parts_are_distinct_and_arguments_come_first() -> None:
    """Numbers and known truths are none."""
    found = [text(each) for each in parts(both(ONCE < A, ONCE < B), ONCE < A, P, True, 7)]
    assert found == [
        "a",
        "b",
        "(bvadd a b)",
        "(bvult (bvadd a b) a)",
        "(bvult (bvadd a b) b)",
        "(and (bvult (bvadd a b) a) (bvult (bvadd a b) b))",
        "p",
    ]


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (lambda: both(both(P, Q), R), "(and p q r)"),
        (lambda: both(P, both(Q, R)), "(and p q r)"),
        (lambda: both(both(P, Q), both(Q, R)), "(and p q r)"),
        (lambda: either(either(P, Q), R), "(or p q r)"),
        (lambda: both(either(P, Q), R), "(and (or p q) r)"),
        (lambda: either(P, both(Q, R)), "(or p (and q r))"),
        (lambda: both(both(P, Q), both(P, Q)), "(and p q)"),
    ],
)
def test_a_conjunction_of_conjunctions_is_one_and_so_are_disjunctions(
    made: Callable[[], Truth], wanted: str
) -> None:
    assert text(made()) == wanted
