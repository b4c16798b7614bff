"""Code that computes on Python integers, read on words: so that a theorem can speak of fast code that has no second reading.

A `Plain` is a number from 0 to 2^64 - 1 that is not known. It compares as an integer does: the comparison is decided on
the path being followed (`verifier.logic.paths`), so the code branches, sorts, and takes minima as it stands. Integers do not
wrap. Where the sum or the difference of two of them leaves the 64 bits, the reading ends with a fault, which is a path on
which an obligation fails: what is proved with a `Plain` is proved of the integers too.
"""

from __future__ import annotations

from verifier.logic.word import Truth, Word, equal, holds, uint64
from verifier.xen.outcome import Fault, FaultError

_END = 1 << 64


class Plain:
    """An integer that is not known."""

    __slots__ = ("word",)
    __hash__ = None  # type: ignore[assignment]  # a key would be compared

    def __init__(self, word: Word) -> None:
        self.word = word

    def __add__(self, other: int | Plain) -> Plain:
        total = uint64.add(self.word, _word(other))
        _unless(total < self.word)
        return Plain(total)

    __radd__ = __add__

    def __sub__(self, other: int | Plain) -> Plain:
        _unless(self.word < _word(other))
        return Plain(uint64.subtract(self.word, _word(other)))

    def __neg__(self) -> Negative:
        return Negative(self)

    def __bool__(self) -> bool:
        return self != 0

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, int | Plain)
        return _in_range(other) and holds(equal(self.word, _word(other)))

    def __lt__(self, other: int | Plain) -> bool:
        return holds(self.word < _word(other)) if _in_range(other) else _is_above(other)

    def __le__(self, other: int | Plain) -> bool:
        return holds(self.word <= _word(other)) if _in_range(other) else _is_above(other)

    def __gt__(self, other: int | Plain) -> bool:
        return not self <= other

    def __ge__(self, other: int | Plain) -> bool:
        return not self < other


class Negative:
    """The negative of one, as a key to sort by."""

    __slots__ = ("of",)
    __hash__ = None  # type: ignore[assignment]  # a key would be compared

    def __init__(self, of: Plain) -> None:
        self.of = of

    def __eq__(self, other: object) -> bool:
        assert isinstance(other, Negative)
        return self.of == other.of

    def __lt__(self, other: Negative) -> bool:
        return other.of < self.of


def word_of(number: int | Plain) -> Word:
    """The number as a word, for claims. Raises ValueError for one that is negative or has more than 64 bits."""
    return _word(number)


def below_or_equal(left: int | Plain, right: int | Plain) -> Truth:
    """`left <= right` as a formula, without a decision; a bound of 2^64 or more is above all."""
    if isinstance(right, int) and right >= _END:
        return True
    return word_of(left) <= word_of(right)


def _word(number: int | Plain) -> Word:
    if not _in_range(number):
        raise ValueError(f"{number} is no word of 64 bits")
    return number.word if isinstance(number, Plain) else number


def _in_range(number: int | Plain) -> bool:
    return isinstance(number, Plain) or 0 <= number < _END


def _is_above(number: int | Plain) -> bool:
    """Of an integer that is no word."""
    assert isinstance(number, int)
    return number >= _END


def _unless(wraps: Truth) -> None:
    if holds(wraps):
        raise FaultError(Fault("bug", "Plain", "an integer leaves the 64 bits of a word"))
