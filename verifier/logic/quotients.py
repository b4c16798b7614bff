"""Sums of quotients that are whole numbers in a narrow range: where a search for a proof may branch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from math import gcd
from typing import Any

SIGNS = ((1, -1, -1), (1, 1, -1), (1, -1, 1))

Quotient = tuple[int, int, dict[int, int]]
"""A variable that is floor(sum / size), the size, and the sum without its constant."""


def quotients_of(known: dict[Any, dict[int, int]], few: list[int]) -> list[Quotient]:
    found = (
        (next(iter(value)), key[0], {v: c for v, c in key[1:] if v >= 0})
        for key, value in known.items()
        if isinstance(key, tuple) and isinstance(key[0], int)
    )
    return [each for each in found if each[0] not in few]


def triples(quotients: list[Quotient]) -> Iterator[dict[int, int]]:
    """Sums of three that are narrow only if the rows of a case make them so."""
    for three in combinations(quotients, 3):
        if len({size for _, size, _ in three}) == 1:
            for signs in SIGNS:
                yield {variable: sign for (variable, _, _), sign in zip(three, signs, strict=True)}


def narrow(quotients: list[Quotient]) -> Iterator[dict[int, int]]:
    """Sums of quotients that have a narrow range: floor(a) - floor(b), and floor(a + b) - floor(a) - floor(b)."""
    for (a, size, _), (b, other, _) in combinations(quotients, 2):
        yield {a: 1, b: -1}
        if size != other:  # the units of the two may still be the same: a factor of both is divided out
            common = gcd(size, other)
            yield {a: size // common, b: -other // common}
    for signs in SIGNS:
        for three in combinations(quotients, 3):
            if _cancels([rest for _, _, rest in three], signs):
                common = gcd(*(size for _, size, _ in three))
                yield {v: sign * size // common for (v, size, _), sign in zip(three, signs, strict=True)}


def _cancels(sums: list[dict[int, int]], signs: Sequence[int]) -> bool:
    return not any(
        sum(sign * total.get(v, 0) for total, sign in zip(sums, signs, strict=True))
        for v in set().union(*sums)
    )
