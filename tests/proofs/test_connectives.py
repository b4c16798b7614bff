"""Formulas of truths alone, in every case: rows and clauses hold where the formula does, and nowhere else."""

from __future__ import annotations

from itertools import product

import pytest

from tests.proofs.meaning import holds
from tests.proofs.terms import evaluate, nested, obligation
from verifier.logic.certify import checker

check = checker()
FORMULAS = [
    "true",
    "false",
    "p",
    "(and p q)",
    "(and p q r)",
    "(or p q)",
    "(or p q r)",
    "(=> p q)",
    "(or true p)",
    "(or false p)",
    "(and true p)",
    "(and false p)",
    "(or (and true true) p)",
    "(or (or p q) (or r s))",
    "(or p (and q (or r s)))",
    "(or p (and (or p q) (or r s)))",
    "(or (and (or p q) (or r s)) (and p q))",
    "(or (and p (or q r) (or r s)) s)",
    "(and (or p q) (not (or r s)))",
    "(=> (=> p q) (and r (=> s p)))",
    "(and (not (and p q)) (or r (not s)))",
]


def is_true(formula: str, truths: tuple[int, ...]) -> bool:
    problem = check.read(obligation([], list("pqrs"), [formula]))
    given = dict(zip("pqrs", truths, strict=True))
    values = {next(iter(total)): given[name] for name, total in problem.known.items()}
    return holds(problem.rows, problem.clauses, values)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_of_truths_holds_in_the_cases_in_which_it_is_true(formula: str) -> None:
    for truths in product((0, 1), repeat=4):
        expected = bool(evaluate(nested(formula), dict(zip("pqrs", truths, strict=True))))
        assert is_true(formula, truths) == expected, truths
        assert is_true(f"(not {formula})", truths) != expected, truths
        assert is_true(f"(not (not {formula}))", truths) == expected, truths


@pytest.mark.parametrize(
    "formula", ["(or p (or q r))", "(or (or p q) r)", "(not (and (not p) (and (not q) (not r))))"]
)
def test_what_is_nothing_but_a_clause_adds_its_cases(formula: str) -> None:
    problem = check.read(obligation([], list("pqr"), [formula]))
    (cases,) = problem.clauses
    assert [(len(rows), clauses) for rows, clauses in cases] == [(1, []), (1, []), (1, [])]


def test_what_is_more_than_a_clause_is_a_case_with_clauses_of_its_own() -> None:
    problem = check.read(obligation([], list("pqrs"), ["(or p (and (or p q) (or r s)))"]))
    (cases,) = problem.clauses
    assert [(len(rows), len(clauses)) for rows, clauses in cases] == [(1, 0), (0, 2)]


def test_a_truth_is_0_or_1() -> None:
    problem = check.read(obligation([], ["p"], ["(or p (not p))"]))
    assert problem.ranges == [(0, 1)]
    assert [holds(problem.rows, [], {0: value}) for value in (-1, 0, 1, 2)] == [False, True, True, False]
