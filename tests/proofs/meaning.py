"""What rows and clauses say of given values: arithmetic alone, nothing of the checker."""

from __future__ import annotations

from typing import Any

ONE = -1
"""In a row, the place of the constant."""


def value_of(total: dict[int, int], values: dict[int, int]) -> int:
    return sum(c * (1 if v == ONE else values[v]) for v, c in total.items())


def holds(rows: list[dict[int, int]], clauses: Any, values: dict[int, int]) -> bool:
    return all(value_of(row, values) <= 0 for row in rows) and all(
        any(holds(case[0], case[1], values) for case in clause) for clause in clauses
    )
