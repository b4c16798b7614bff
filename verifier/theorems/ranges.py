"""Arbitrary ranges of an arbitrary rangeset, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from verifier.logic.bits import both, either, negate, word
from verifier.logic.word import Truth, Word, uint64
from verifier.theorems.statement import Claim
from verifier.xen.rangeset import Range

S, E, N = word("start"), word("end"), word("number")
BELOW, LAST, OTHER, FOLLOWING = (
    Range(word(f"{name}_start"), word(f"{name}_end")) for name in ("below", "last", "other", "following")
)


def holds_number(number: Word, each: Range) -> Truth:
    """Whether a range holds a number."""
    return both(each.start <= number, number <= each.end)


def in_any(number: Word, ranges: Sequence[Range]) -> Truth:
    """Whether one of the ranges holds it."""
    return either(*(holds_number(number, each) for each in ranges))


def precedes(first: Range, second: Range) -> Truth:
    """Whether at least one number lies between two ranges, the first below."""
    return both(first.end < second.start, negate(uint64.subtract(second.start, first.end) <= 1))


def canonical(ranges: Sequence[Range]) -> Truth:
    """Every range in order, and each apart from the next."""
    return both(
        *(each.start <= each.end for each in ranges),
        *(precedes(first, second) for first, second in pairwise(ranges)),
    )


def same(ranges: Sequence[Range], kept: Truth) -> Claim:
    """The ranges hold the arbitrary number iff it is to be kept."""
    held = in_any(N, ranges)
    return Claim(both(either(negate(held), kept), either(held, negate(kept))))


def exact(ranges: Sequence[Range], kept: Truth) -> Claim:
    """The same, and the ranges are canonical."""
    return Claim(both(same(ranges, kept).then, canonical(ranges)))


def asked(number: Word) -> Truth:
    return both(S <= number, number <= E)
