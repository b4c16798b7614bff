"""How the checker writes conditions as rows: as tight as whole numbers allow, and with no more variables than are needed."""

from __future__ import annotations

import random
from itertools import product
from math import gcd

import pytest

from verifier.logic.certify import checker

check = checker()
ONE = check.ONE
HEAD = "(set-logic QF_BV)\n(declare-const a (_ BitVec 64))\n(declare-const b (_ BitVec 64))\n"


@pytest.mark.parametrize("seed", range(30))
def test_a_row_says_the_same_of_whole_numbers_and_no_common_factor_is_left(seed: int) -> None:
    chosen = random.Random(seed)
    unit = chosen.choice((1, 2, 3, 6))
    left, right = (
        {v: unit * chosen.randint(-3, 3) for v in (0, 1)} | {ONE: chosen.randint(-9, 9)} for _ in "lr"
    )
    gap = chosen.randint(0, 4)
    row = check.at_most(left, right, gap)
    assert gcd(*(c for v, c in row.items() if v != ONE)) in (0, 1)

    def value(of: dict[int, int], numbers: tuple[int, ...]) -> int:
        return sum(c * (1 if v == ONE else numbers[v]) for v, c in of.items())

    for numbers in product(range(-4, 5), repeat=2):
        assert (value(row, numbers) <= 0) == (value(left, numbers) + gap <= value(right, numbers))


@pytest.mark.parametrize(
    ("word", "variables"),
    [
        ("a", 1),
        ("(bvand a #xfffffffffffff000)", 2),  # the page number
        ("(bvlshr (bvand a #xfffffffffffff000) #x000000000000000c)", 2),  # the same page number
        ("(bvlshr a #x000000000000000c)", 2),
        ("(bvand (bvand a #xfffffffffffff000) #x0000000000000fff)", 2),  # 0, whatever the page
        ("(bvadd a #x0000000000000000)", 1),  # nothing is carried
        ("(bvadd a #x0000000000000001)", 2),  # a carry
    ],
)
def test_what_a_power_of_two_divides_needs_no_variable(word: str, variables: int) -> None:
    problem = check.read(f"{HEAD}(assert (= b {word}))\n(check-sat)\n")
    assert len(problem.ranges) == variables


@pytest.mark.parametrize(
    ("more", "accepted"), [((), True), ((2, 1), True), ((2, 0), False), ((2, -1), False)]
)
def test_rows_are_multiplied_by_positive_numbers(more: tuple[int, ...], accepted: bool) -> None:
    """-a <= 0 and a + 1 <= 0 are a contradiction, and with -1 <= 0 too; no row is taken away, or listed for nothing."""
    problem = check.Problem()
    problem.ranges = [(0, 9)]
    problem.rows = [{0: -1}, {0: 1, ONE: 1}, {ONE: -1}]
    rows = [[0, 2], [1, 2], *([list(more)] if more else [])]
    for step in ({"farkas": rows}, {"cut": rows, "divide": 1, "then": {"farkas": [[3, 1]]}}):
        certificate = {"format": check.CERTIFICATE, "proof": step}
        if accepted:
            check.check(problem, certificate)
        else:
            with pytest.raises(check.Bad):
                check.check(problem, certificate)
