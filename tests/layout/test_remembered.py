"""One answer is kept, for the very same arguments alone."""

from __future__ import annotations

import pytest

from verifier.layout.remembered import remembered


@pytest.mark.parametrize("answer", [None, False, 7, "x"])
def test_the_very_same_arguments_are_asked_once(answer: object) -> None:
    asked: list[tuple[object, object]] = []

    @remembered
    def function(one: object, other: object) -> object:
        asked.append((one, other))
        return answer

    first, equal, other = [1], [1], [2]
    assert [function(first, other) for _ in range(3)] == 3 * [answer]
    assert asked == [(first, other)]
    for arguments in ((equal, other), (equal, first), (first, other), (other, first)):
        before = len(asked)
        assert function(*arguments) == answer  # equal is not the same, and only the last is kept
        assert len(asked) == before + 1
        assert all(one is two for one, two in zip(asked[-1], arguments, strict=True))
        assert function(*arguments) == answer
        assert len(asked) == before + 1


def test_each_answer_is_that_of_its_own_arguments() -> None:
    @remembered
    def length(one: list[int]) -> int:
        return len(one)

    lists = [[1], [1, 2], [1], [1, 2]]
    assert [length(each) for each in lists for _ in range(2)] == [1, 1, 2, 2, 1, 1, 2, 2]


def test_nothing_is_kept_of_what_failed() -> None:
    @remembered
    def reciprocal(one: list[int]) -> float:
        return 1 / one[0]

    number = [0]
    with pytest.raises(ZeroDivisionError):
        reciprocal(number)
    number[0] = 2
    assert reciprocal(number) == 0.5


def test_arguments_by_name_are_refused() -> None:
    """They were no part of what is compared: the answer for one was given for all."""

    @remembered
    def double(one: int) -> int:
        return 2 * one

    assert double(1) == 2
    with pytest.raises(TypeError, match="unexpected keyword argument 'one'"):
        double(one=2)  # type: ignore[call-arg]


def test_another_number_of_arguments_is_an_error() -> None:
    @remembered
    def total(*numbers: int) -> int:
        return sum(numbers)

    assert total(1, 2) == 3
    with pytest.raises(ValueError, match=r"shorter|longer"):
        total(1)
