"""How far a format reaches does not depend on which address a solver names, of all that answer its question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

import pytest

from tests.page_tables import HIGHEST, random_leaf, reached
from verifier.layout.page_table import ADDRESS_BITS, Field, Leaf
from verifier.logic.reach import Reach, derive
from verifier.logic.solver import Answer, BitVectors

TOP = 1 << ADDRESS_BITS
Choose = Callable[[Sequence[int]], int]
"""One of the addresses from low to high."""
WAYS: dict[str, Choose] = {
    "least": lambda found: found[0],
    "greatest": lambda found: found[-1],
    "any": Random(5).choice,
}
_QUESTION = re.compile(
    r"\(not reached\)|\(and \(not reached\) \(bvult address \(_ bv(?P<below>\d+) 64\)\)\)"
    r"|\(and reached \(bvugt address \(_ bv(?P<above>\d+) 64\)\)\)"
)


def named(known: set[int], choose: Choose) -> Callable[[BitVectors, str], Answer]:
    """A solver that has enumerated what is reached, all of it below 2**(HIGHEST + 1)."""

    def ask(_self: BitVectors, condition: str) -> Answer:
        question = _QUESTION.fullmatch(condition)
        assert question is not None, condition
        if question["above"]:
            found = sorted(each for each in known if each > int(question["above"]))
        else:
            below = int(question["below"] or TOP)
            found = [each for each in range(min(below, 2 << HIGHEST)) if each not in known]
            found += [below - 1] if below > 2 << HIGHEST else []
        return Answer("sat", {"address": choose(found)}) if found else Answer("unsat", {})

    return ask


def limit(known: set[int]) -> Reach:
    """By its definition."""
    first = next(each for each in range(2 << HIGHEST) if each not in known)
    return Reach(first, any(each > first for each in known))


@pytest.mark.parametrize("way", WAYS)
def test_whichever_address_is_named_the_limit_is_the_same(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Random(12)
    for count in (0, *[1, 2] * 10):
        leaves = tuple(random_leaf(source, 8) for _ in range(count))
        known = reached(leaves, 8)
        monkeypatch.setattr(BitVectors, "ask", named(known, WAYS[way]))
        assert derive.__wrapped__(leaves, 8) == limit(known), leaves


@pytest.mark.parametrize("unit", [1, 4096, 1 << 63, TOP])
def test_where_all_is_reached_the_limit_is_past_the_last_address(unit: int) -> None:
    """What integers call 2^64 no descriptor outputs; of one unit that is everything, none has a field."""
    bit = unit.bit_length() - 1
    fields = (Field(bit, ADDRESS_BITS - 1, bit),) if unit < TOP else ()
    assert derive.__wrapped__((Leaf("all", unit, fields, (), (), True, ""),), 64) == Reach(TOP, False)
