"""Unsigned machine arithmetic, written once and read twice: on integers, and on words of a solver.

What Xen computes is C arithmetic that wraps at a width. Here the operation wraps, not the value: a
known word is a plain Python integer from 0 to `2**bits - 1`, an unknown one a `Symbol`, and
`uint64.add(a, b)` says in every place at which width C computes. So the integer reading pays for no
wrapper object, values of the layout go in and out as they are, and a forgotten wrap shows as a bare
operator. Comparison is the bare operator, because `<` on such integers is C's unsigned one.

Code branches with `holds`, tests equality with `equal`, and never asks a `Symbol` for its truth: that
raises, as in `verifier.logic.term`. A second reading derives `Symbol` and `Condition`; `Condition.decide`
may assume one outcome now and be run again with the other, which gives every path of the same code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import NoReturn, TypeAlias


class Condition(ABC):
    """A comparison whose outcome is not known."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # a key would be compared

    @abstractmethod
    def decide(self) -> bool:
        """The outcome to go on with."""

    def __bool__(self) -> NoReturn:
        raise TypeError("a condition is neither true nor false; use holds")

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("conditions are not compared; use holds")


class Symbol(ABC):
    """A word whose value is not known."""

    __slots__ = ()
    __hash__ = None  # type: ignore[assignment]  # a key would be compared

    @abstractmethod
    def compute(self, operator: str, left: Word, right: Word, bits: int) -> Symbol:
        """`left operator right` modulo `2**bits`, for `+`, `-`, `&`, `<<` and `>>`; one of the two is this."""

    @abstractmethod
    def compare(self, operator: str, left: Word, right: Word) -> Condition:
        """`left operator right`, unsigned, for `<`, `<=` and `=`; one of the two is this."""

    def __bool__(self) -> NoReturn:
        raise TypeError("a symbol is neither true nor false; compare it")

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("compare words with equal()")

    def __lt__(self, other: Word) -> Condition:
        return self.compare("<", self, other)

    def __le__(self, other: Word) -> Condition:
        return self.compare("<=", self, other)

    def __gt__(self, other: Word) -> Condition:
        return self.compare("<", other, self)

    def __ge__(self, other: Word) -> Condition:
        return self.compare("<=", other, self)


Word: TypeAlias = "int | Symbol"
Truth: TypeAlias = "bool | Condition"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """The arithmetic of C's unsigned type of `bits` bits. Operands are below `2**bits`."""

    bits: int

    @property
    def top(self) -> int:
        """The greatest value, C's `~0`."""
        return (1 << self.bits) - 1

    def add(self, left: Word, right: Word) -> Word:
        """`left + right`."""
        if isinstance(left, int) and isinstance(right, int):
            return (left + right) & self.top
        return self._symbolic("+", left, right)

    def subtract(self, left: Word, right: Word) -> Word:
        """`left - right`."""
        if isinstance(left, int) and isinstance(right, int):
            return (left - right) & self.top
        return self._symbolic("-", left, right)

    def shift_left(self, word: Word, count: int) -> Word:
        """`word << count`."""
        return (word << count) & self.top if isinstance(word, int) else self._symbolic("<<", word, count)

    def shift_right(self, word: Word, count: int) -> Word:
        """`word >> count`."""
        return word >> count if isinstance(word, int) else self._symbolic(">>", word, count)

    def round_down(self, word: Word, unit: int) -> Word:
        """The multiple of `unit`, a power of two, at or below `word`."""
        mask = self.top & -unit
        return word & mask if isinstance(word, int) else self._symbolic("&", word, mask)

    def round_up(self, word: Word, unit: int) -> Word:
        """The multiple of `unit`, a power of two, at or above `word`; 0 if that is `2**bits`."""
        return self.round_down(self.add(word, unit - 1), unit)

    def _symbolic(self, operator: str, left: Word, right: Word) -> Word:
        symbol = left if isinstance(left, Symbol) else right
        assert isinstance(symbol, Symbol)
        return symbol.compute(operator, left, right, self.bits)


uint64 = Unsigned(64)
"""`uint64_t`, and on arm64 `unsigned long` and `paddr_t`."""


def holds(condition: Truth) -> bool:
    """Whether to go on as if the condition were true."""
    return condition if isinstance(condition, bool) else condition.decide()


def equal(left: Word, right: Word) -> Truth:
    """`left == right`."""
    if isinstance(left, Symbol):
        return left.compare("=", left, right)
    return right.compare("=", left, right) if isinstance(right, Symbol) else left == right


def smaller(left: Word, right: Word) -> Word:
    """The smaller of two words."""
    return left if holds(left <= right) else right


def larger(left: Word, right: Word) -> Word:
    """The larger of two words."""
    return right if holds(left <= right) else left
