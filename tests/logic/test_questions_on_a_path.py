"""Questions on a path: one and its negation have opposite answers, and beyond the code that is run none has any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from verifier.logic.bits import evaluate, negate, word
from verifier.logic.paths import paths
from verifier.logic.word import Truth, holds

A, B = word("a"), word("b")


@pytest.mark.parametrize("first", [A < B, negate(A < B)])
def test_a_question_and_its_negation_have_opposite_answers(first: Truth) -> None:
    """Whichever is asked first: each number takes one path, on which both answers are those that it gives itself."""

    def run() -> tuple[bool, bool, bool]:
        return holds(first), holds(negate(first)), holds(first)

    found = list(paths(run))
    for a in range(3):
        for b in range(3):
            numbers = {"a": a, "b": b}
            (taken,) = (each for each in found if evaluate(each.condition, numbers))
            truth = bool(evaluate(first, numbers))
            assert taken.value == (truth, not truth, truth)


@contextmanager
def refused() -> Iterator[None]:
    with pytest.raises(TypeError, match="run it with `paths`"):
        yield


def test_beyond_the_code_nothing_is_known() -> None:
    """While its paths are taken one by one, after the last, and after an error in it."""
    found = 0
    for _ in paths(lambda: holds(A < B)):
        found += 1
        with refused():
            holds(A < B)
    assert found == 2
    with refused():
        holds(A < B)

    def fails() -> None:
        holds(A < B)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(paths(fails))
    with refused():
        holds(A < B)


def test_paths_within_a_path_are_their_own() -> None:
    """What was asked outside is asked anew inside, and goes on outside as it was."""
    seen = []

    def outer() -> tuple[bool, bool]:
        first = holds(A < B)
        seen.append([each.value for each in paths(lambda: holds(A < B))])
        return first, holds(A < B)

    assert [each.value for each in paths(outer)] == [(True, True), (False, False)]
    assert seen == [[True, False]] * 2
