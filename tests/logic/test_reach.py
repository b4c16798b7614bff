"""The derived limits: those of the manual, and for any table those of enumeration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from tests.page_tables import HIGHEST, random_leaf, reached
from verifier.layout.errors import InternalError
from verifier.layout.page_table import ADDRESS_BITS, Field, Leaf, PageTable, outputs
from verifier.logic import reach as reach_module
from verifier.logic import solver as solver_module
from verifier.logic.reach import Derived, Reach, Underived, _placed, derive, limits
from verifier.logic.solver import Answer, BitVectors
from verifier.reading import models
from verifier.reading.page_tables import page_tables

TABLES = list(page_tables().values())


def fresh(leaves: tuple[Leaf, ...], width: int) -> Derived:
    """Not from the cache."""
    return derive.__wrapped__(leaves, width)


@pytest.mark.parametrize(
    ("table", "bits", "why"),
    [
        ("aarch32-short", 32, "B3.5.1: bases are bits [31:12], [31:16], [31:20] of 32-bit descriptors"),
        ("aarch32-lpae", 40, "B3.6.1: output address [39:n]"),
        ("aarch64-4k", 48, "D8.3: output address [47:12]"),
        ("aarch64-16k", 48, "D8.3: output address [47:14]"),
        ("aarch64-64k", 48, "D8.3: output address [47:16]"),
        ("aarch64-4k-52", 52, "D8.3: [49:12] in place, [51:50] at bits 9:8"),
        ("aarch64-16k-52", 52, "D8.3: [49:14] in place, [51:50] at bits 9:8"),
        ("aarch64-64k-52", 52, "D8.3: [47:16] in place, [51:48] at bits 15:12"),
    ],
)
def test_limits_are_those_of_the_manual(table: str, bits: int, why: str) -> None:
    found = page_tables()[table]
    assert derive(found.counted, found.width) == Reach(1 << bits, False), why
    for leaf in found.counted:
        assert derive((leaf,), found.width) == Reach(1 << bits, False), leaf.name


def test_supersections_reach_further() -> None:
    """B3.5.1: PA[39:36] at bits 8:5 and PA[35:32] at bits 23:20."""
    short = page_tables()["aarch32-short"]
    (leaf,) = (leaf for leaf in short.leaves if not leaf.counts)
    assert leaf.name == "supersection"
    assert derive((leaf,), 32) == Reach(1 << 40, False)
    assert derive(short.leaves, 32) == Reach(1 << 40, False)


def written(leaf: Leaf) -> set[int]:
    """Address bits that the leaf can set: in its fields or inside the unit."""
    found = set(range(leaf.unit.bit_length() - 1))
    for field in leaf.fields:
        found |= {field.address + step for step in range(field.high - field.low + 1)}
    return found


def expected(leaves: tuple[Leaf, ...]) -> int:
    """The least number with, for each leaf, a one that the leaf cannot set: tried one by one.

    Bits above the lowest that every leaf lacks are not needed: lower ones alone give less.
    """
    lacking = [sorted(set(range(ADDRESS_BITS)) - written(leaf)) for leaf in leaves]
    most = max(bits[0] for bits in lacking)
    choices = product(*([bit for bit in bits if bit <= most] for bits in lacking))
    return min(sum(1 << bit for bit in set(choice)) for choice in choices)


def without(leaf: Leaf, field: Field, bit: int) -> Leaf:
    """The leaf with one descriptor bit of one field taken out."""
    kept = [other for other in leaf.fields if other is not field]
    if bit > field.low:
        kept.append(Field(field.low, bit - 1, field.address))
    if bit < field.high:
        kept.append(Field(bit + 1, field.high, field.address + bit + 1 - field.low))
    return replace(leaf, fields=tuple(kept))


def mutants(leaf: Leaf) -> Iterator[tuple[Leaf, int]]:
    """Leaves with one position changed, and the first address bit that each lacks."""
    for field in leaf.fields:
        for bit in range(field.low, field.high + 1):
            yield without(leaf, field, bit), field.address + bit - field.low
        others = tuple(other for other in leaf.fields if other is not field)
        if field.address + field.high - field.low == max(written(leaf)):
            yield replace(leaf, fields=(*others, replace(field, address=field.address + 1))), field.address


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_every_position_matters(table: PageTable) -> None:
    """Take each bit of each field out, or shift the top field: the leaf's limit falls to that bit."""
    count = 0
    for leaf in table.leaves:
        intact = derive((leaf,), table.width)
        for changed, lost in mutants(leaf):
            found = fresh((changed,), table.width)
            assert isinstance(found, Reach)
            assert found.limit == expected((changed,)) == 1 << lost, (leaf.name, changed)
            assert found != intact
            count += 1
    assert count >= sum(field.high - field.low + 1 for leaf in table.leaves for field in leaf.fields)


@pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])
def test_a_position_that_all_leaves_lose_lowers_the_limit_of_the_format(table: PageTable) -> None:
    whole = derive(table.counted, table.width)
    for bit in sorted(set.intersection(*(written(leaf) for leaf in table.counted))):
        changed = []
        for leaf in table.counted:
            for field in leaf.fields:
                if field.address <= bit <= field.address + field.high - field.low:
                    changed.append(without(leaf, field, field.low + bit - field.address))
        if len(changed) == len(table.counted):
            found = fresh(tuple(changed), table.width)
            assert isinstance(found, Reach)
            assert found.limit == expected(tuple(changed)) == 1 << bit
            assert found != whole


def test_two_leaves_with_different_holes() -> None:
    """One lacks bit 20, the other bit 21: an address with both is the first that neither outputs."""
    page, _, section, _ = page_tables()["aarch32-short"].leaves
    holed = (without(page, page.fields[0], 20), without(section, section.fields[0], 21))
    assert fresh(holed, 32) == Reach(0x300000, True)
    assert expected(holed) == 0x300000


def test_any_small_table_against_every_descriptor() -> None:
    source = Random(11)
    gaps = 0
    for _ in range(250):
        width = source.randint(8, 12)
        leaves = tuple(random_leaf(source, width) for _ in range(source.randint(1, 3)))
        known = reached(leaves, width)
        limit = next(address for address in range(1 << HIGHEST + 2) if address not in known)
        assert fresh(leaves, width) == Reach(limit, max(known) > limit), leaves
        assert limit == expected(leaves)
        gaps += max(known) > limit
    assert 50 < gaps < 240


def test_everything_is_reached() -> None:
    everything = Leaf("page", 1 << 12, (Field(12, 63, 12),), (), (), True, "")
    assert fresh((everything,), 64) == Reach(1 << 64, False)


def test_pieces_are_put_at_their_places() -> None:
    """`concat` of SMT-LIB takes two or more, the highest bits first."""
    assert _placed([(0, 7, "a")], 8) == "a"
    assert _placed([(0, 3, "a"), (4, 7, "b")], 8) == "(concat b a)"
    assert _placed([(2, 3, "a"), (5, 6, "b")], 8) == "(concat (_ bv0 1) b (_ bv0 1) a (_ bv0 2))"


def test_without_a_leaf_nothing_is_reached() -> None:
    assert fresh((), 32) == Reach(0, False)


def test_a_guest_has_a_limit_if_all_below_and_nothing_above_is_reached(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tables = page_tables()
    page = tables["aarch64-64k"].leaves[0]
    holed = replace(tables["aarch64-64k"], leaves=(without(page, page.fields[0], 20),))
    known = {
        "aarch64-4k": tables["aarch64-4k"],
        "aarch64-64k": holed,
        "aarch32-short": tables["aarch32-short"],
    }
    facts = replace(models.facts("head", "arm64"), page_tables=known)
    assert limits(facts) == {"aarch64-4k": 1 << 48, "aarch32-short": 1 << 32}
    monkeypatch.setattr(reach_module, "derive", lambda *_: Underived("tired"))
    assert limits(facts) == {}


@pytest.mark.parametrize(
    ("address", "said", "times"),
    [((1 << 32) - 1, "is below the derived limit", 0), (1 << 32, "is the derived limit", 1)],
)
def test_the_limit_is_looked_at_once_more(
    address: int, said: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Integers that say otherwise of the last byte, or of the limit when they are asked again."""
    asked = list[int]()

    def lies(leaf: Leaf, each: int) -> bool:
        asked.append(each)
        return outputs(leaf, each) is not (each == address and asked.count(each) > times)

    monkeypatch.setattr(reach_module, "outputs", lies)
    with pytest.raises(InternalError, match=said):
        fresh(page_tables()["aarch32-short"].leaves[:1], 32)


def test_giving_up_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solver_module, "RESOURCE_LIMIT", 1)
    found = fresh(page_tables()["aarch32-short"].counted, 32)
    assert isinstance(found, Underived)
    assert found.reason.startswith("the solver gave up: ")


@pytest.mark.parametrize("after", [0, 1, 2])
def test_giving_up_half_way_is_no_limit(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    ask, asked = BitVectors.ask, []

    def tired(self: BitVectors, condition: str) -> Answer:
        asked.append(condition)
        return ask(self, condition) if len(asked) <= after else Answer("unknown", {}, "tired")

    monkeypatch.setattr(BitVectors, "ask", tired)
    assert fresh(page_tables()["aarch32-short"].counted, 32) == Underived("the solver gave up: tired")


def test_integers_that_disagree_are_an_internal_error(monkeypatch: pytest.MonkeyPatch) -> None:
    leaves = page_tables()["aarch32-lpae"].counted
    for lie in (lambda _leaf, _address: True, lambda _leaf, _address: False):
        monkeypatch.setattr(reach_module, "outputs", lie)
        with pytest.raises(InternalError):
            fresh(leaves, 64)


@pytest.mark.parametrize(
    "lie", [Answer("unsat", {}), Answer("sat", {"address": 0}), Answer("sat", {"address": 7})]
)
def test_a_solver_that_lies_is_an_internal_error(monkeypatch: pytest.MonkeyPatch, lie: Answer) -> None:
    monkeypatch.setattr(BitVectors, "ask", lambda _self, _condition: lie)
    with pytest.raises(InternalError):
        fresh(page_tables()["aarch32-lpae"].counted, 64)
