"""Words: C's unsigned arithmetic at a width, and no silent truth of what is not known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from verifier.logic.word import Condition, Symbol, Unsigned, Word, equal, holds, larger, smaller, uint64

BYTE = Unsigned(8)


def test_every_byte_wraps_as_in_c() -> None:
    for left in range(256):
        for right in range(256):
            assert BYTE.add(left, right) == divmod(left + right, 256)[1]
            assert BYTE.subtract(left, right) == divmod(left - right, 256)[1]
        for count in range(8):
            assert BYTE.shift_left(left, count) == divmod(left * 2**count, 256)[1]
            assert BYTE.shift_right(left, count) == left // 2**count
        for unit in (1, 2, 16, 128):
            assert BYTE.round_down(left, unit) == left // unit * unit
            assert BYTE.round_up(left, unit) == divmod(-(-left // unit) * unit, 256)[1]


def test_the_top_wraps_to_nothing() -> None:
    assert uint64.add(2**64 - 1, 1) == 0
    assert uint64.subtract(0, 1) == 2**64 - 1 == uint64.top
    assert uint64.round_up(2**64 - 1, 4096) == 0
    assert Unsigned(32).add(0xFFFFF000, 0x2000) == 0x1000


def test_known_words_are_compared_as_numbers() -> None:
    assert equal(3, 3) is True
    assert equal(3, 4) is False
    assert holds(uint64.top > 0)
    assert (smaller(2, 5), larger(2, 5)) == (2, 5)
    assert (smaller(5, 2), larger(5, 2)) == (2, 5)
    assert (smaller(4, 4), larger(4, 4)) == (4, 4)


class Told(Condition):
    """A condition that writes down that it was asked."""

    def __init__(self, text: str) -> None:
        self.text = text

    def decide(self) -> bool:
        return self.text == "<"


class Unknown(Symbol):
    """A word that knows only how it was made."""

    def __init__(self, text: str) -> None:
        self.text = text

    def compute(self, operator: str, left: Word, right: Word, bits: int) -> Symbol:
        return Unknown(f"({shown(left)} {operator} {shown(right)}) mod 2^{bits}")

    def compare(self, operator: str, left: Word, right: Word) -> Condition:
        self.seen = (operator, shown(left), shown(right))
        return Told(operator)


def shown(word: Word) -> str:
    return word.text if isinstance(word, Unknown) else hex(word) if isinstance(word, int) else "?"


X = Unknown("x")
ONE = 1


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (lambda: BYTE.add(X, 1), "(x + 0x1) mod 2^8"),
        (lambda: BYTE.add(1, X), "(0x1 + x) mod 2^8"),
        (lambda: BYTE.subtract(X, 1), "(x - 0x1) mod 2^8"),
        (lambda: BYTE.subtract(1, X), "(0x1 - x) mod 2^8"),
        (lambda: BYTE.shift_left(X, 3), "(x << 0x3) mod 2^8"),
        (lambda: BYTE.shift_right(X, 3), "(x >> 0x3) mod 2^8"),
        (lambda: BYTE.round_down(X, 16), "(x & 0xf0) mod 2^8"),
        (lambda: BYTE.round_up(X, 16), "((x + 0xf) mod 2^8 & 0xf0) mod 2^8"),
    ],
)
def test_an_unknown_word_is_told_operator_sides_and_width(made: Callable[[], Word], text: str) -> None:
    assert shown(made()) == text


@pytest.mark.parametrize(
    ("compared", "seen"),
    [
        (lambda: X < 1, ("<", "x", "0x1")),
        (lambda: X <= 1, ("<=", "x", "0x1")),
        (lambda: X > 1, ("<", "0x1", "x")),
        (lambda: X >= 1, ("<=", "0x1", "x")),
        (lambda: ONE < X, ("<", "0x1", "x")),
        (lambda: ONE >= X, ("<=", "x", "0x1")),
        (lambda: equal(X, 1), ("=", "x", "0x1")),
        (lambda: equal(1, X), ("=", "0x1", "x")),
    ],
)
def test_an_unknown_word_is_compared_unsigned(
    compared: Callable[[], Condition], seen: tuple[str, str, str]
) -> None:
    condition = compared()
    assert X.seen == seen
    assert holds(condition) is (seen[0] == "<")


ATTEMPTS: dict[str, Callable[[], object]] = {
    "bool of a word": lambda: bool(X),
    "bool of a condition": lambda: bool(X < 1),
    "==": lambda: X == 1,
    "!=": lambda: X != 1,
    "condition == condition": lambda: (X < 1) == (X < 1),
    "chained": lambda: 0 < X < 2,
    "in": lambda: X in [1],
    "max": lambda: max(X, 1),
    "sorted": lambda: sorted([X, X]),
    "set": lambda: {X},
    "+": lambda: X + 1,  # type: ignore[operator]
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_nothing_of_an_unknown_word_passes_for_a_truth(name: str) -> None:
    with pytest.raises(TypeError):
        ATTEMPTS[name]()
