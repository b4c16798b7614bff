"""cvc5 and bitwuzla read the text itself, and whatever becomes of them is at most unknown."""

from __future__ import annotations

import random
import sys
from collections.abc import Mapping

import pytest

from tests.logic import obligations, workers
from tests.logic.obligations import MASK, Maker, Term, script, value
from verifier.layout.errors import InputError
from verifier.logic import ask_bitwuzla, ask_cvc5, second_opinion
from verifier.logic.export_proof import export_proof
from verifier.logic.second_opinion import (
    NOT_ONE_QUESTION,
    SOLVERS,
    Opinion,
    Tally,
    agree,
    opinions,
    tallies,
)

END = ("bvadd", "start", "size")
BELOW: list[Term] = [("bvule", "start", 2**48), ("bvule", "size", 2**48)]
SAT = script(["start", "size"], [("bvult", END, "start")])
"""An end below the start: without bounds, the sum wraps."""
UNSAT = script(["start", "size"], [*BELOW, ("bvult", END, "start")])
PRIMES = 1447429557957590089, 1566284806925697217
HARD = f"""(set-logic QF_BV)
(declare-const x (_ BitVec 128))
(declare-const y (_ BitVec 128))
(assert (bvult (_ bv1 128) x))
(assert (bvule x y))
(assert (bvult y (_ bv{2**62} 128)))
(assert (= (bvmul x y) (_ bv{PRIMES[0] * PRIMES[1]} 128)))
(check-sat)
"""
"""Two factors of 61 bits each: sat, and far beyond what a solver finds in a second."""


def results(asked: tuple[Opinion, ...]) -> tuple[str, ...]:
    return tuple(opinion.result for opinion in asked)


@pytest.fixture(scope="module")
def asked() -> Mapping[str, tuple[Opinion, ...]]:
    texts = {
        "wraps": SAT,
        "bounded": UNSAT,
        "unknown-operator": UNSAT.replace("bvult", "bvless"),
        "no-formula": UNSAT.replace("(bvult (bvadd start size) start)", "start"),
        "other-sort": UNSAT.replace("declare-const size (_ BitVec 64)", "declare-const size (_ BitVec 32)"),
        "unbalanced": UNSAT.replace("(assert", "(assert (", 1),
        "undeclared": UNSAT.replace("(declare-const size (_ BitVec 64))\n", ""),
        "no-question": UNSAT.replace("(check-sat)\n", ""),
        "two-questions": UNSAT + "(assert false)\n(check-sat)\n",
        "question-first": UNSAT + "(assert false)\n",
        "leaves": UNSAT.replace("(check-sat)", "(exit)\n(check-sat)"),
        "takes-back": UNSAT.replace("(check-sat)", "(pop 1)\n(check-sat)"),
        "quoted": UNSAT.replace("start", "|;|"),
        "commented": UNSAT.replace("(check-sat)", ";(check-sat)"),
        "empty": "",
        "words": UNSAT + "; (check-sat) is above, its answer is unsat\n",
        "last": SAT,
    }
    return opinions(texts, timeout=60, jobs=2)


@pytest.mark.parametrize(
    ("name", "result"), [("wraps", "sat"), ("bounded", "unsat"), ("words", "unsat"), ("last", "sat")]
)
def test_both_decide(asked: Mapping[str, tuple[Opinion, ...]], name: str, result: str) -> None:
    assert results(asked[name]) == (result, result)
    for opinion in asked[name]:
        assert not opinion.reason
        assert opinion.seconds > 0
        assert opinion.version[0].isdigit()


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("unknown-operator", ("RuntimeError: ", "undefined symbol 'bvless'")),
        ("no-formula", ("RuntimeError: ", "asserted term is not a formula")),
        ("other-sort", ("RuntimeError: ", "BitwuzlaException: ")),
        ("undeclared", ("'size' not declared", "undefined symbol 'size'")),
        ("no-question", (NOT_ONE_QUESTION,) * 2),
        ("two-questions", (NOT_ONE_QUESTION,) * 2),
        ("question-first", (NOT_ONE_QUESTION,) * 2),
        ("commented", (NOT_ONE_QUESTION,) * 2),
        ("empty", (NOT_ONE_QUESTION,) * 2),
        ("unbalanced", (NOT_ONE_QUESTION,) * 2),
        ("leaves", (NOT_ONE_QUESTION,) * 2),
        ("takes-back", (NOT_ONE_QUESTION,) * 2),
        ("quoted", (NOT_ONE_QUESTION,) * 2),
    ],
)
def test_what_is_refused_is_unknown(
    asked: Mapping[str, tuple[Opinion, ...]], name: str, reasons: tuple[str, str]
) -> None:
    assert results(asked[name]) == ("unknown", "unknown")
    for opinion, reason in zip(asked[name], reasons, strict=True):
        assert reason in opinion.reason


def test_the_order_is_that_of_the_texts(asked: Mapping[str, tuple[Opinion, ...]]) -> None:
    assert [*asked][:1] + [*asked][-1:] == ["wraps", "last"]
    assert all(tuple(opinion.solver for opinion in each) == SOLVERS for each in asked.values())


def test_tallies_count_everything(asked: Mapping[str, tuple[Opinion, ...]]) -> None:
    for line, solver in zip(tallies(asked), SOLVERS, strict=True):
        assert (line.solver, line.asked, line.sat, line.unsat, line.unknown) == (solver, 17, 2, 2, 13)


def test_one_text_is_tallied_too() -> None:
    said = tuple(Opinion(solver, "1.0", "unsat", 2.0) for solver in SOLVERS)
    assert tallies({"only": said}) == tuple(Tally(solver, "1.0", 1, 0, 1, 0, 2.0) for solver in SOLVERS)


@pytest.mark.parametrize(
    "text",
    [
        UNSAT.replace("start", "|start|"),
        UNSAT.replace("(check", '(set-info :x "a")\n(check'),
        UNSAT.rstrip()[:-1],
        UNSAT.rstrip() + ")",
    ],
)
def test_what_is_left_open_or_quoted_is_refused(text: str) -> None:
    assert second_opinion.one_question(UNSAT)
    assert not second_opinion.one_question(text)


def test_too_hard_is_unknown_with_a_reason() -> None:
    (answers,) = opinions({"factors": HARD}, timeout=0.5, jobs=2).values()
    assert results(answers) == ("unknown", "unknown")
    assert [opinion.reason for opinion in answers] == ["time-out", "no answer within 0.5 s"]


def test_the_resource_limit_is_deterministic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ask_cvc5, "RESOURCE_LIMIT", 50)
    assert {ask_cvc5.answer(UNSAT, 600.0) for _ in range(3)} == {("unknown", "resource limit reached")}


@pytest.mark.parametrize(("questions", "count"), [("", "0"), ("(check-sat)\n(check-sat)\n", "2")])
def test_cvc5_answers_one_question(questions: str, count: str) -> None:
    with pytest.raises(RuntimeError, match=f"^{count} answers"):
        ask_cvc5.answer(UNSAT.replace("(check-sat)\n", questions), 60.0)


def test_a_limit_of_time_is_kept_by_the_solver_itself() -> None:
    assert ask_bitwuzla.answer(HARD, 0.1) == ("unknown", "no answer within 0.1 s")


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    opinions({"wraps": SAT, "bounded": UNSAT, "refused": "(check-sat"}, timeout=60, jobs=1)
    assert ask_bitwuzla.answer(UNSAT, 60) == ask_cvc5.answer(UNSAT, 60) == ("unsat", "")
    assert capfd.readouterr() == ("", "")


def test_a_solver_that_dies_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_opinion, "_answer", workers.dies)
    for answers in opinions({"wraps": SAT, "bounded": UNSAT}, timeout=60, jobs=2).values():
        assert results(answers) == ("unknown", "unknown")
        assert {opinion.reason for opinion in answers} == {"process ended by signal 11"}
        assert all(opinion.version for opinion in answers)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_solver_that_is_not_there_is_an_input_error(solver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, solver, None)
    needed = f"{solver} is not installed; needed is: pip install 'xen-layout-verifier[second]'"
    with pytest.raises(InputError) as caught:
        opinions({"bounded": UNSAT}, timeout=60)
    assert caught.value.message == needed
    if solver == "cvc5":
        with pytest.raises(InputError, match="cvc5 is not installed"):
            export_proof(UNSAT)


def opinion(result: str, solver: str = "cvc5", seconds: float = 1.0) -> Opinion:
    return Opinion(solver, "1", result, seconds)


@pytest.mark.parametrize(
    ("first", "others", "expected"),
    [
        ("unsat", ["unsat", "unsat"], True),
        ("unsat", ["unknown", "unsat"], True),
        ("unsat", ["unknown", "unknown"], True),
        ("unknown", ["sat", "sat"], True),
        ("unsat", [], True),
        ("unsat", ["unsat", "sat"], False),
        ("sat", ["unsat", "sat"], False),
        ("unknown", ["unsat", "sat"], False),
        ("sat", ["unsat", "unknown"], False),
    ],
)
def test_only_sat_against_unsat_is_a_disagreement(first: str, others: list[str], expected: bool) -> None:
    assert agree(first, map(opinion, others)) is expected


def test_a_table_by_hand() -> None:
    said = {
        "a": (opinion("sat", "cvc5", 0.5), opinion("sat", "bitwuzla", 0.25)),
        "b": (opinion("unknown", "cvc5", 2.0), opinion("unsat", "bitwuzla", 0.5)),
    }
    assert tallies(said) == (
        Tally("cvc5", "1", 2, 1, 0, 1, 2.5),
        Tally("bitwuzla", "1", 2, 1, 1, 0, 0.75),
    )
    assert tallies({}) == ()


def z3_says(text: str, names: list[str]) -> dict[str, int] | None:
    """A model of z3, or None for unsat."""
    import z3

    solver = z3.SimpleSolver()
    solver.from_string(text.replace("(check-sat)\n", ""))
    result = solver.check()
    assert result != z3.unknown
    if result == z3.unsat:
        return None
    return {name: solver.model().eval(z3.BitVec(name, 64), True).as_long() for name in names}


def test_random_formulas() -> None:
    """A model counts when plain integers confirm it; where z3 has none, no value that we try may be one."""
    names = ["x", "y"]
    formulas = {
        f"formula-{seed}": [Maker(seed * 3 + part, names).formula(3) for part in range(3)]
        for seed in range(120)
    }
    asked = opinions({name: script(names, each) for name, each in formulas.items()}, timeout=60)
    counts = {"sat": 0, "unsat": 0}
    for name, formula in formulas.items():
        model = z3_says(script(names, formula), names)
        expected = "unsat" if model is None else "sat"
        counts[expected] += 1
        assert results(asked[name]) == (expected, expected), name
        if model is not None:
            assert all(value(each, model) for each in formula), name
        else:
            assert not any(all(value(each, tried) for each in formula) for tried in tries(name)), name
    assert min(counts.values()) >= 20, counts


def tries(name: str) -> list[dict[str, int]]:
    """Pairs of values, most of them next to a power of two."""
    maker = Maker(sum(name.encode()), ["x"])
    chance = random.Random(name)
    return [
        {"x": chance.choice([0, MASK, maker.constant()]), "y": chance.choice([0, MASK, maker.constant()])}
        for _ in range(300)
    ]


def test_typical_obligations_have_one_answer() -> None:
    asked = opinions(dict(obligations.typical(24)), timeout=60)
    assert all(agree("unknown", each) for each in asked.values())
    assert all(line.sat >= 5 and line.unsat >= 5 and line.unknown == 0 for line in tallies(asked))
