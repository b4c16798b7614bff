"""Runs of a word in which a condition holds, against each number of a small range asked one by one."""

from __future__ import annotations

from random import Random

import pytest

from verifier.layout.errors import InternalError
from verifier.logic import runs
from verifier.logic.bits import both, either, evaluate, negate
from verifier.logic.runs import OneWord
from verifier.logic.solver import Answer
from verifier.logic.word import Truth, equal, uint64

HIGH = 700


def random_condition(random: Random, word: OneWord, depth: int = 3) -> Truth:
    """Comparisons with constants, of the word, of a multiple, of what wraps, of it rounded."""
    if depth:
        parts = [random_condition(random, word, depth - 1) for _ in range(random.randrange(1, 4))]
        made = random.choice((both, either))(*parts)
        return negate(made) if random.random() < 0.3 else made
    bound = random.randrange(HIGH + 100)
    value = random.choice(
        (
            word.word,
            uint64.shift_left(word.word, 56),
            uint64.round_up(word.word, 64),
            uint64.subtract(word.word, bound),
            uint64.shift_right(word.word, 3),
        )
    )
    return random.choice((value <= bound, value < bound, value >= bound, equal(value, bound), bound < value))


def by_asking(condition: Truth, low: int, high: int) -> list[int]:
    return [value for value in range(low, high + 1) if evaluate(condition, {"n": value})]


@pytest.mark.parametrize("seed", range(60))
def test_runs_are_what_each_number_says(seed: int) -> None:
    random = Random(seed)
    low = random.randrange(0, 50)
    word = OneWord("n", low, HIGH)
    condition = random_condition(random, word)
    learned = word.learn(condition)
    assert not learned.reason
    inside = [value for first, last in learned.runs for value in range(first, last + 1)]
    assert inside == by_asking(condition, low, HIGH)
    ends = [end for run in learned.runs for end in run]
    assert ends == sorted(ends)
    assert all(
        last + 1 < first for (_, last), (first, _) in zip(learned.runs, learned.runs[1:], strict=False)
    )
    assert word.possible(condition) == bool(learned.runs)


def test_a_single_number_far_from_the_ends_is_found() -> None:
    """Both ends and every bisection say no; only the solver knows."""
    word = OneWord("n", 1, 1 << 40)
    assert word.learn(equal(word.word, 0x123456789)).runs == ((0x123456789, 0x123456789),)
    assert word.learn(negate(equal(word.word, 0x123456789))).runs == (
        (1, 0x123456788),
        (0x12345678A, 1 << 40),
    )


def test_what_is_always_or_never() -> None:
    word = OneWord("n", 3, 9)
    assert word.learn(True).runs == ((3, 9),)
    assert word.learn(False).runs == ()
    assert not word.possible(False)
    assert word.learn(word.word > 9).runs == ()
    assert not word.possible(word.word > 9)


def test_a_solver_that_gives_up_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    word = OneWord("n", 0, HIGH)
    monkeypatch.setattr(word._solver, "ask", lambda _: Answer("unknown", {}, "no time"))
    learned = word.learn(word.word > 5)
    assert learned.reason == "the solver gave up: no time"
    assert word.possible(word.word > HIGH)


@pytest.mark.parametrize("value", [6, HIGH + 1])
def test_a_model_that_is_none_is_an_internal_error(monkeypatch: pytest.MonkeyPatch, value: int) -> None:
    word = OneWord("n", 0, HIGH)
    monkeypatch.setattr(word._solver, "ask", lambda _: Answer("sat", {"n": value}))
    with pytest.raises(InternalError, match="does not satisfy"):
        word.learn(word.word > 5)


def test_too_many_rounds_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_MOST_ROUNDS", 2)
    word = OneWord("n", 0, 1 << 40)
    wanted = either(*(equal(word.word, 1000 + 77 * index) for index in range(8)))
    assert word.learn(wanted).reason == "more than 2 rounds"


@pytest.mark.parametrize(("condition", "found"), [(True, ((5, HIGH),)), (False, ())])
def test_what_does_not_depend_on_the_word_holds_of_all_values_or_of_none(
    condition: bool, found: tuple[tuple[int, int], ...]
) -> None:
    learned = OneWord("n", 5, HIGH).learn(condition)
    assert (learned.runs, learned.reason) == (found, "")


def test_cells_that_touch_are_one_run() -> None:
    """Cut at 8 as well, where nothing changes; 5 lies between two runs, and the last cell ends where the word does."""
    word = OneWord("n", 0, 20)
    wanted = either(
        both(word.word >= 2, word.word <= 4), both(word.word >= 6, word.word <= 9), word.word > 17
    )
    assert word._runs(wanted, [0, 2, 5, 6, 8, 10, 18]) == ((2, 4), (6, 9), (18, 20))


def test_every_question_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    word = OneWord("n", 0, HIGH)
    asked, ask = list[str](), word._solver.ask

    def counted(condition: str) -> Answer:
        asked.append(condition)
        return ask(condition)

    monkeypatch.setattr(word._solver, "ask", counted)
    assert word.possible(True)
    assert (word.questions, len(asked)) == (0, 0)
    assert word.possible(word.word > 5)
    assert word.questions == len(asked) == 1
    word.learn(either(equal(word.word, 77), equal(word.word, 300)))
    assert word.questions == len(asked) > 2
