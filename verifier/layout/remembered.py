"""Answers about large frozen values, kept for as long as the same ones are asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

Arguments = TypeVarTuple("Arguments")
T = TypeVar("T")


def remembered(function: Callable[[*Arguments], T]) -> Callable[[*Arguments], T]:
    """The function with its last answer kept, which it gives again for the very same arguments, told by identity.

    A board is asked the same for each width and each place of dom0's memory; to compare, or hash, it would cost as much
    as to answer. Arguments are by position, and frozen.
    """
    kept: list[tuple[tuple[object, ...], T]] = []

    def told(*args: *Arguments) -> T:
        given: tuple[object, ...] = args
        known = kept[0] if kept else None
        if known is not None and all(one is other for one, other in zip(known[0], given, strict=True)):
            return known[1]
        answer = function(*args)
        kept[:] = [(given, answer)]
        return answer

    return told
