"""Witnesses of a guest's device tree: each shows something, and no single change of it does.

Each case is written by hand: what the tree has, the witness, and what may not be different.
"""

from __future__ import annotations

from types import SimpleNamespace as Some
from typing import Any

import pytest

from tests.layout.shown import party, shown
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent


def tree(**values: Any) -> Any:
    return Some(**{"cuts": (), "entries": (), "registers": (), "statements": (), **values})


def test_a_property_is_cut_short() -> None:
    cut = Some(path="/a", origin="reg", length=20, unit=16)
    of = [party("/a reg", 0, 0)]
    assert shown("cut-short", (20, 16), of, tree=tree(cuts=(cut,)))
    assert shown(
        "cut-short", (33, 16), of, tree=tree(cuts=(Some(path="/a", origin="reg", length=33, unit=16),))
    )
    whole = Some(path="/a", origin="reg", length=32, unit=16)
    assert not shown("cut-short", (32, 16), of, tree=tree(cuts=(whole,)))
    assert not shown("cut-short", (20, 8), of, tree=tree(cuts=(cut,)))
    assert not shown("cut-short", (24, 16), of, tree=tree(cuts=(cut,)))
    assert not shown("cut-short", (20, 16), [party("/b reg", 0, 0)], tree=tree(cuts=(cut,)))
    assert not shown("cut-short", None, of, tree=tree(cuts=(cut,)))
    assert not shown("cut-short", (20, 16), of)


def entry(start: int, end: int) -> Any:
    return tree(entries=(Some(name="/a", extent=Extent(start, end)),))


def test_an_entry_is_empty() -> None:
    assert shown("empty-entry", (8, 8), [party("/a", 8, 8)], tree=entry(8, 8))
    assert not shown("empty-entry", (8, 8), [party("/a", 8, 9)], tree=entry(8, 9))
    assert not shown("empty-entry", (9, 9), [party("/a", 8, 9)], tree=entry(8, 9))
    assert not shown("empty-entry", (7, 7), [party("/a", 8, 8)], tree=entry(8, 8))
    assert not shown("empty-entry", (8, 7), [party("/a", 8, 8)], tree=entry(8, 8))
    assert not shown("empty-entry", (8, 8), [party("/a", 8, 8)], tree=entry(9, 9))
    assert not shown("empty-entry", None, [party("/a", 8, 8)], tree=entry(8, 8))


def test_an_entry_wraps() -> None:
    top = 1 << 64
    assert shown("entry-wraps", (top + 1, top), [party("/a", 8, top + 1)], tree=entry(8, top + 1))
    assert not shown("entry-wraps", (top, top), [party("/a", 8, top)], tree=entry(8, top))
    assert not shown("entry-wraps", (top + 2, top), [party("/a", 8, top + 1)], tree=entry(8, top + 1))
    assert not shown("entry-wraps", (top + 1, top - 1), [party("/a", 8, top + 1)], tree=entry(8, top + 1))
    assert not shown("entry-wraps", (1 << 63, top), [party("/a", 8, 1 << 63)], tree=entry(8, 1 << 63))
    assert not shown("entry-wraps", (top + 1, top), [party("/a", 8, top + 1)], tree=entry(8, top))
    assert not shown("entry-wraps", None, [party("/a", 8, top + 1)], tree=entry(8, top + 1))


REGISTERS = (
    Some(name="0", extent=Extent(0, 4)),
    Some(name="1", extent=Extent(64, 80)),
    Some(name="2", extent=Extent(32, 48)),
)


@pytest.mark.parametrize(
    ("numbers", "parties", "expected"),
    [
        ((32, 64), [party("1", 64, 80), party("2", 32, 48)], True),
        ((64, 32), [party("1", 64, 80), party("2", 32, 48)], False),
        ((32, 63), [party("1", 64, 80), party("2", 32, 48)], False),
        ((33, 64), [party("1", 64, 80), party("2", 32, 48)], False),
        ((64, 32), [party("2", 32, 48), party("1", 64, 80)], False),  # the other order
        ((64, 0), [party("0", 0, 4), party("1", 64, 80)], False),  # the first holds grants
        ((32, 64), [party("1", 64, 81), party("2", 32, 48)], False),  # another end
        ((32, 64), [party("1", 64, 80), party("2", 32, 49)], False),
        ((32, 64), [party("1", 64, 80), party("3", 32, 48)], False),
        ((32, 64), [party("1", 64, 80)], False),
        ((64, 64), [party("1", 64, 80), party("1", 64, 80)], False),
        (None, [party("1", 64, 80), party("2", 32, 48)], False),
    ],
)
def test_registers_are_unsorted(
    numbers: tuple[int, int] | None, parties: list[Party], expected: bool
) -> None:
    assert shown("unsorted", numbers, parties, tree=tree(registers=REGISTERS)) == expected
    assert not shown("unsorted", numbers, parties)


def test_the_first_register_is_none_of_the_two() -> None:
    """reg[0] is the grant region: where it lies says nothing of the order of the others."""
    registers = (Some(name="0", extent=Extent(96, 99)), *REGISTERS[1:])
    assert not shown(
        "unsorted", (64, 96), [party("0", 96, 99), party("1", 64, 80)], tree=tree(registers=registers)
    )


def test_two_that_begin_together_are_sorted() -> None:
    registers = (REGISTERS[0], REGISTERS[1], Some(name="2", extent=Extent(64, 96)))
    pair = [party("1", 64, 80), party("2", 64, 96)]
    assert not shown("unsorted", (64, 64), pair, tree=tree(registers=registers))


@pytest.mark.parametrize(
    ("found", "expected", "numbers", "is_shown"),
    [
        (3, 4, (3, 4), True),
        (3, 4, (4, 3), False),
        (3, 3, (3, 3), False),
        (3, 4, (3, 5), False),
        (3, 4, (2, 4), False),
        (None, 4, (None, 4), True),
        (None, 4, (None, 5), False),
        (3, None, (3, None), True),
        (3, None, (4, None), False),
        (3, 4, (None, 4), False),  # something is there
        (3, 4, (3, None), False),
        (None, None, (None, None), False),
        (Extent(8, 16), Extent(9, 17), (8, 9), True),
        (Extent(8, 16), Extent(8, 20), (8, 12), True),  # the sizes
        (Extent(8, 16), Extent(8, 20), (16, 20), False),  # the ends, which no entry has
        (Extent(8, 16), Extent(8, 20), (8, 8), False),
        (Extent(8, 16), Extent(9, 20), (8, 11), True),
        (Extent(8, 16), Extent(9, 20), (9, 8), False),
        (None, Extent(8, 16), (None, 8), True),
        (None, Extent(8, 16), (None, 16), False),
        (Extent(8, 16), None, (8, None), True),
    ],
)
def test_a_place_differs_from_what_is_expected(
    found: Any, expected: Any, numbers: tuple[int | None, int | None], is_shown: bool
) -> None:
    said = Some(place="/a", found=found, expected=expected)
    entries = (Some(name="/a", extent=found),) if isinstance(found, Extent) else ()
    of = [party("/a", 0, 0)]
    assert (
        shown("differs-from-expected", numbers, of, tree=tree(statements=(said,), entries=entries))
        == is_shown
    )
    assert not shown(
        "differs-from-expected", numbers, [party("/b", 0, 0)], tree=tree(statements=(said,), entries=entries)
    )
    assert not shown("differs-from-expected", numbers, of)
    assert not shown("differs-from-expected", None, of, tree=tree(statements=(said,), entries=entries))
    if isinstance(found, Extent):  # which the tree does not have
        assert not shown("differs-from-expected", numbers, of, tree=tree(statements=(said,)))
