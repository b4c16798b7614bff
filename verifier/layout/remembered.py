"""Answers about large frozen values, kept for as long as the same ones are asked about."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def remembered(function: Callable[P, T]) -> Callable[P, T]:
    """The function with its last answer kept, which it gives again for the very same arguments, told by identity.

    A board is asked the same for each width and each place of dom0's memory; to compare, or hash, it would cost as much
    as to answer. Arguments are by position, and frozen.
    """
    kept: list[tuple[tuple[object, ...], T]] = []

    def told(*args: P.args, **kwargs: P.kwargs) -> T:
        known = kept[0] if kept else None
        if known is not None and all(one is other for one, other in zip(known[0], args, strict=True)):
            return known[1]
        answer = function(*args, **kwargs)
        kept[:] = [(args, answer)]
        return answer

    return told
