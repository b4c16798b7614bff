"""Faults are planted in this module, to see who notices (`test_judged.py`)."""

from __future__ import annotations

from functools import cache

from verifier.layout.remembered import remembered

LIMIT = (3, 5)


def below(number: int) -> bool:
    return number < LIMIT[0]


def steps(number: int) -> int:
    count = 0
    while number > 0:
        number -= 1
        count += 1
    return count


@cache
def kept(number: int) -> bool:
    return number > 2


@remembered
def held(number: int) -> int:
    return number + 1


def forgotten(number: int) -> bool:
    return number < 9
