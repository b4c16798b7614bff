"""The multipliers that show that rows cannot hold together, by exact elimination."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

Row = Mapping[int, int]
"""`{variable: coefficient}`, the constant under -1: the sum is at most 0, as in proofs/check.py."""


def only_multipliers(rows: Mapping[int, Row]) -> dict[int, int] | None:
    """Positive whole numbers such that the rows, each times its own, add up to `positive <= 0`.

    None unless there is only one way, up to a factor, to add up the rows without their variables: so
    it is for rows none of which can be spared, as in most unsatisfiable cores.
    """
    found: dict[int, int] = {}
    solved: dict[
        int, tuple[dict[int, int], dict[int, int]]
    ] = {}  # variable: a sum that has it, of which rows
    for number, row in rows.items():
        left, parts = {v: c for v, c in row.items() if v >= 0}, {number: 1}
        for variable, (other, others) in solved.items():
            if variable in left:
                mine, its = left[variable], other[variable]
                common = gcd(mine, its)
                left = _plus(left, its // common, other, -mine // common)
                parts = _plus(parts, its // common, others, -mine // common)
        if left:
            solved[next(iter(left))] = left, parts
        elif found:
            return None
        else:
            found = parts
    sign = -1 if any(factor < 0 for factor in found.values()) else 1
    common = sign * gcd(*found.values())
    found = {number: factor // common for number, factor in found.items()}
    total = sum(factor * rows[number].get(-1, 0) for number, factor in found.items())
    return found if total > 0 and min(found.values()) > 0 else None


def _plus(a: dict[int, int], factor: int, b: dict[int, int], other: int) -> dict[int, int]:
    return {key: value for key in a | b if (value := factor * a.get(key, 0) + other * b.get(key, 0))}
