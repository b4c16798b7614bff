"""Rows without variables, and rows without a constant."""

from __future__ import annotations

import pytest

from verifier.layout.errors import InternalError
from verifier.logic.farkas import Row
from verifier.logic.solver import Rows


@pytest.mark.parametrize(
    ("row", "is_true"), [({}, True), ({-1: 0}, True), ({-1: -1}, True), ({-1: 1}, False)]
)
def test_a_row_without_a_variable_says_that_its_constant_is_at_most_zero(row: Row, *, is_true: bool) -> None:
    rows = Rows(1)
    number = rows.add(row)
    with rows.assumed([number]):
        assert rows.clash() == ([] if is_true else [number])


@pytest.mark.parametrize("given", [[{0: 1}], [{0: 1}, {0: -1}], [{0: 1, 1: 2}, {0: -1}, {1: -1}], [{}]])
def test_rows_without_a_constant_have_no_multipliers(given: list[Row]) -> None:
    """All of them hold where every variable is 0."""
    rows = Rows(2)
    numbers = [rows.add(each) for each in given]
    with rows.assumed(numbers):
        assert rows.clash() == []
    with pytest.raises(InternalError, match="have no multipliers"):
        rows.multipliers(numbers)
