"""proofs/check.py turns words into whole numbers exactly: neither more nor less is possible than for 64-bit words."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from tests.proofs.meaning import holds, value_of
from tests.proofs.terms import (
    EDGES,
    MASKS,
    SHIFTS,
    TOP,
    Nested,
    Terms,
    evaluate,
    hexadecimal,
    nested,
    obligation,
)
from verifier.logic.certify import checker

check = checker()
WORDS, TRUTHS = ["a", "b", "c"], ["p", "q"]


def complete(problem: Any, given: dict[str, int]) -> dict[int, int]:
    """The values of all variables that the meaning of the words leaves no choice about.

    Quotients follow from their sums. The value of an `ite` is taken from plain integers, by its text.
    """
    values: dict[int, int] = {}
    waiting = dict(problem.known)
    while waiting:
        ready = set()
        for key, total in waiting.items():
            variables = list(total)
            new = variables[0] if list(total.values()) == [1] and variables[0] not in (-1, *values) else None
            if isinstance(key, tuple) and isinstance(key[0], int):
                size, *rest = key
                if any(v >= 0 and v not in values for v, _ in rest):
                    continue
                assert new is not None
                values[new] = value_of(dict(rest), values) // size
            elif isinstance(key, str) and new is not None:
                values[new] = given[key]
            elif key[0] == "ite" and new is not None:
                values[new] = evaluate(key, given)
            ready.add(key)
        assert ready, f"nothing left to compute in {waiting}"
        waiting = {key: total for key, total in waiting.items() if key not in ready}
    return values


def assignments(chance: random.Random, terms: Terms, count: int) -> list[dict[str, int]]:
    return [
        {**{name: terms.value() for name in WORDS}, **{name: chance.randrange(2) for name in TRUTHS}}
        for _ in range(count)
    ]


def names_of(term: Nested) -> set[str]:
    return {term} if isinstance(term, str) else set().union(*map(names_of, term))


@pytest.mark.parametrize("seed", range(8))
def test_a_formula_means_what_plain_integers_say(seed: int) -> None:
    chance = random.Random(seed)
    terms = Terms(chance, WORDS, TRUTHS)
    met: Counter[str] = Counter()
    for _ in range(150):
        formula = terms.formula(4)
        problem = check.read(obligation(WORDS, TRUTHS, [formula]))
        tree = nested(formula)
        for given in assignments(chance, terms, 6):
            wrapped: list[str] = []
            truth = bool(evaluate(tree, given, wrapped))
            met.update(wrapped)
            met[str(truth)] += 1
            values = complete(problem, given)
            # Every variable lies in the range stated for it, and the words are the words.
            for variable, value in values.items():
                low, high = problem.ranges[variable]
                assert low <= value <= high
            for key, total in problem.known.items():
                if isinstance(key, tuple) and isinstance(key[0], str):
                    assert value_of(total, values) == evaluate(key, given), key
            # `(= name word)` alone defines the name: then the formula holds only for the value of the word.
            defined = all(
                value_of(problem.known[name], values) == given[name]
                for name in WORDS
                if name in problem.known
            )
            assert (defined and holds(problem.rows, problem.clauses, values)) == truth, (formula, given)
    assert met["True"] > 100
    assert met["False"] > 100
    assert min(met[name] for name in ("bvadd", "bvsub", "bvshl")) > 50  # words that wrapped


def rows_over(problem: Any, variable: int) -> list[dict[int, int]]:
    return [row for row in problem.rows if variable in row]


@pytest.mark.parametrize("seed", range(4))
def test_quotients_and_carries_have_no_second_value(seed: int) -> None:
    """One more or one less in any auxiliary variable breaks a row: none of them is free."""
    chance = random.Random(seed)
    terms = Terms(chance, WORDS, [])
    tried = 0
    for _ in range(150):
        word = terms.word(3)
        problem = check.read(obligation(["r", *WORDS], [], [f"(= r {word})", "(= r r)"]))
        if any(isinstance(key, tuple) and key[0] == "ite" for key in problem.known):
            continue  # an ite is fixed by its clause
        given = {name: terms.value() for name in WORDS}
        values = complete(problem, given)
        assert holds(problem.rows, problem.clauses, values)
        assert value_of(problem.known["r"], values) == evaluate(nested(word), given)
        inputs = {next(iter(problem.known[name])) for name in WORDS if name in problem.known}
        for variable in set(values) - inputs:
            for step in (-1, 1):
                tried += 1
                assert not holds(problem.rows, problem.clauses, {**values, variable: values[variable] + step})
    assert tried > 100


OPERATIONS = [
    *(f"(bvand a {hexadecimal(mask)})" for mask in MASKS),
    *(f"({name} a {hexadecimal(count)})" for name in ("bvshl", "bvlshr") for count in SHIFTS),
    *(f"({name} a b)" for name in ("bvadd", "bvsub")),
]


@pytest.mark.parametrize("word", OPERATIONS)
def test_every_operation_at_the_edges(word: str) -> None:
    problem = check.read(obligation(["a", "b"], [], [f"(bvule {word} {word})", "(bvule b b)", "(bvule a a)"]))
    for a in EDGES:
        for b in EDGES:
            values = complete(problem, {"a": a, "b": b})
            assert holds(problem.rows, problem.clauses, values)
            assert value_of(problem.known[nested(word)], values) == evaluate(nested(word), {"a": a, "b": b})


def test_constants_fold() -> None:
    text = f"(bvadd {hexadecimal(TOP - 1)} {hexadecimal(2)})"
    problem = check.read(obligation([], [], [f"(= {text} {hexadecimal(1)})"]))
    assert not problem.ranges
    assert holds(problem.rows, problem.clauses, {})


def test_equal_words_are_one_variable() -> None:
    once = check.read(obligation(["a", "b"], [], ["(bvule (bvadd a b) a)"]))
    twice = check.read(
        obligation(
            ["a", "b"], [], ["(bvule (bvadd a b) a)", "(bvule b (bvadd a b))", "(bvule a (bvadd b a))"]
        )
    )
    assert len(once.ranges) == len(twice.ranges) == 3


def test_a_definition_of_itself_is_an_assertion() -> None:
    problem = check.read(obligation(["a"], [], ["(= a (bvadd a #x0000000000000001))"]))
    for value in EDGES:
        assert not holds(problem.rows, problem.clauses, complete(problem, {"a": value}))


def test_a_second_definition_is_an_assertion() -> None:
    problem = check.read(obligation(["a", "b", "c"], [], ["(= a b)", "(= a c)"]))
    assert holds(problem.rows, problem.clauses, complete(problem, {"a": 1, "b": 1, "c": 1}))
    assert not holds(problem.rows, problem.clauses, complete(problem, {"a": 1, "b": 1, "c": 2}))


BAD_FILES = {
    "no assertion": "(set-logic QF_BV)\n(declare-const a (_ BitVec 64))\n(check-sat)\n",
    "no check-sat": "(set-logic QF_BV)\n(assert false)\n",
    "no logic": "(assert false)\n(check-sat)\n",
    "two check-sat": "(set-logic QF_BV)\n(assert false)\n(check-sat)\n(check-sat)\n",
    "assert after check-sat": "(set-logic QF_BV)\n(assert true)\n(check-sat)\n(assert false)\n",
    "logic twice": "(set-logic QF_BV)\n(set-logic QF_BV)\n(assert false)\n(check-sat)\n",
    "other logic": "(set-logic QF_LIA)\n(assert false)\n(check-sat)\n",
    "not closed": "(set-logic QF_BV)\n(assert false)\n(check-sat)\n(assert",
    "closed twice": "(set-logic QF_BV)\n(assert false))\n(check-sat)\n",
    "a word outside": "(set-logic QF_BV)\n(assert false) true\n(check-sat)\n",
    "empty": "",
    "nested": "(set-logic QF_BV)\n(assert " + "(not " * 5000 + "false" + ")" * 5000 + ")\n(check-sat)\n",
    "nested and open": "(set-logic QF_BV)\n" + "(" * 100_000,
    **{
        name: f"(set-logic QF_BV)\n(declare-const a (_ BitVec 64))\n(declare-const p Bool)\n{command}\n(check-sat)\n"
        for name, command in {
            "undeclared": "(assert (bvule a b))",
            "declared twice": "(declare-const a Bool)(assert p)",
            "other width": "(declare-const b (_ BitVec 32))(assert p)",
            "Int": "(declare-const b Int)(assert p)",
            "reserved name": "(declare-const true Bool)(assert true)",
            "strange name": "(declare-const |a b| Bool)(assert p)",
            "word as formula": "(assert a)",
            "formula as word": "(assert (bvule a p))",
            "equal formulas": "(assert (= p p))",
            "short literal": "(assert (bvule a #x00))",
            "binary literal": f"(assert (bvule a #b{'0' * 64}))",
            "decimal": "(assert (bvule a 1))",
            "mask in the middle": "(assert (bvule (bvand a #x0000000000ff0000) a))",
            "mask that is no constant": "(assert (bvule (bvand a a) a))",
            "mask first": "(assert (bvule (bvand #x0000000000000fff a) a))",
            "shift by 64": "(assert (bvule (bvshl a #x0000000000000040) a))",
            "shift by a word": "(assert (bvule (bvlshr a a) a))",
            "and of one": "(assert (and p))",
            "implies of three": "(assert (=> p p p))",
            "equal of three": "(assert (= a a a))",
            "add of three": "(assert (bvule (bvadd a a a) a))",
            "multiply": "(assert (bvule (bvmul a a) a))",
            "signed": "(assert (bvslt a a))",
            "let": "(assert (let ((b a)) (bvule b a)))",
            "ite of formulas": "(assert (ite p p p))",
            "assertion of two": "(assert p p)",
            "definition": "(define-fun b () Bool p)(assert b)",
            "push": "(push 1)(assert p)",
            "string": '(assert "p")',
            "carriage return": "; comment\r(assert false)\n(assert p)\r",
            "other space": "(assert\u00a0p)",
            "empty list": "(assert ())",
            "name as a number": "(assert (bvule a -1))",
        }.items()
    },
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_what_is_outside_the_grammar_is_refused_with_its_line(name: str) -> None:
    with pytest.raises(ValueError, match=r"^line \d+: "):
        check.read(BAD_FILES[name])


def test_the_line_is_the_right_one() -> None:
    with pytest.raises(ValueError, match=r"^line 4: .*bvmul"):
        check.read("; one\n(set-logic QF_BV)\n(assert true)\n(assert (= (bvmul #x0 #x0) #x0))\n(check-sat)\n")


def test_comments_and_line_breaks_mean_nothing() -> None:
    plain = check.read("(set-logic QF_BV)(assert false)(check-sat)")
    spread = check.read(
        "; (assert true)\n(set-logic ; x\n QF_BV)\n\t(assert\n\nfalse) ; )\n(check-sat)\n; é\n"
    )
    assert plain.rows == spread.rows == [{-1: 1}]
