"""Runs of a word at the ends of its values, and how few questions they take."""

from __future__ import annotations

import pytest

from verifier.logic.bits import both, either, negate
from verifier.logic.runs import OneWord
from verifier.logic.word import equal

LOW, HIGH = 3, 10


@pytest.mark.parametrize(
    ("value", "possible"), [(LOW - 1, False), (LOW, True), (LOW + 1, True), (HIGH, True), (HIGH + 1, False)]
)
def test_values_are_possible_up_to_both_ends(value: int, possible: bool) -> None:
    word = OneWord("n", LOW, HIGH)
    assert word.possible(equal(word.word, value)) is possible
    assert word.learn(equal(word.word, value)).runs == (((value, value),) if possible else ())


def test_a_gap_that_leaves_the_last_value_is_found() -> None:
    """The first model lies in the gap; when its start is known, the last value is the one that is left to be told apart."""
    word = OneWord("n", LOW, HIGH)
    gap = both(word.word > LOW, word.word < HIGH)
    learned = word.learn(negate(gap))
    assert (learned.runs, learned.reason) == (((LOW, LOW), (HIGH, HIGH)), "")
    assert word.learn(gap).runs == ((LOW + 1, HIGH - 1),)


@pytest.mark.parametrize("low", [0, 5])
def test_one_border_takes_one_question(low: int) -> None:
    """Both ends are asked in plain integers, and the border between them is bisected: what is left is the proof."""
    word = OneWord("n", low, 1 << 40)
    assert word.learn(word.word > 0x123456789).runs == ((0x12345678A, 1 << 40),)
    assert word.questions == 1


def test_two_runs_in_a_range_of_any_size_take_few_questions() -> None:
    """Each answer but the last tells at least one border, of which there are four."""
    word = OneWord("n", 0, 1 << 60)
    wanted = either(
        both(word.word >= 1 << 10, word.word <= 1 << 20), both(word.word >= 1 << 30, word.word <= 1 << 40)
    )
    assert word.learn(wanted).runs == ((1 << 10, 1 << 20), (1 << 30, 1 << 40))
    assert word.questions <= 5
