"""Witnesses whose numbers are there, of something else: of another thing of the guest, of no guest, of no tree.

Each case is written by hand, and beside it what would be shown if the numbers were of what the finding names.
"""

from __future__ import annotations

from types import SimpleNamespace as Some
from typing import Any

import pytest

from tests.layout.shown import CELL, party, shown
from tests.layout.test_guest_witnesses import ALL, guest
from tests.layout.test_tree_witnesses import tree
from tests.reading.test_page_tables import TEXT
from verifier.layout import guest_witness
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.page_table import outputs
from verifier.reading.page_tables import parse
from verifier.reading.toml_file import TomlFile

GIVEN = (
    Some(name="GICR", extent=Extent(0, 8), path="/gicr"),
    Some(name="GICR 2", extent=Extent(16, 20), path="/gicr"),
    Some(name="GICR", extent=Extent(64, 96), path="/other"),
    Some(name="alias", extent=Extent(0, 8), path="/alias"),
    Some(name="UART", extent=Extent(32, 40), path="/uart"),
)
"""`/gicr` has 12 bytes in two parts; something else has the name of the first part, and something else its place."""


def need(name: str, amount: int = 16) -> Any:
    return Some(name=name, amount=amount, exact=True)


@pytest.mark.parametrize(
    ("name", "place", "found", "of", "expected"),
    [
        ("GICR", (0, 8), 12, "/gicr", True),
        ("GICR 2", (16, 20), 12, "/gicr", True),
        ("GICR", (64, 96), 32, "/other", True),
        ("alias", (0, 8), 8, "/alias", True),
        ("GICR", (0, 8), 44, "/gicr", False),  # with what only has the name
        ("GICR", (0, 8), 20, "/gicr", False),  # with what only lies there
        ("GICR", (0, 8), 12, "/other", False),
        ("alias", (0, 8), 12, "/gicr", False),
        ("UART", (32, 40), 8, "/gicr", False),  # so large, and needed for nothing
        ("UART", (0, 8), 12, "/gicr", False),  # the name of one and the place of another
        ("UART", (0, 8), 0, "/gicr", False),
        ("nothing", (128, 136), 0, "/gicr", False),
    ],
)
def test_a_need_is_that_of_the_thing_with_this_name_at_this_place(
    name: str, place: tuple[int, int], found: int, of: str, expected: bool
) -> None:
    offer = {"guest": guest(needs=(need(of),)), "given": GIVEN}
    assert shown("other-size", (found, 16), [party(name, *place)], **offer) == expected
    assert not shown("other-size", (found, 16), [party(name, *place)], **{**offer, "guest": guest()})


def test_of_no_guest_and_without_numbers_nothing_is_needed() -> None:
    """Also asked for by itself, of a region that is too small."""
    there: Any = Some(guest=guest(needs=(need("/uart"),)), given=GIVEN)
    nobody: Any = Some(guest=None, given=GIVEN)
    finding: Any = Some(witness=Some(found=8, needed=16), parties=[party("UART", 32, 40)])
    unsaid: Any = Some(witness=None, parties=finding.parties)
    assert guest_witness.is_need(finding, there)
    assert not guest_witness.is_need(finding, nobody)
    assert not guest_witness.is_need(unsaid, there)


@pytest.mark.parametrize("kind", ["memory", "other-size"])
@pytest.mark.parametrize("place", [("elsewhere", 0x1000, 0x6000), ("memory", 0x1000, 0x7000)])
def test_memory_is_from_where_the_guest_asks_for_it_and_all_of_it(
    kind: str, place: tuple[str, int, int]
) -> None:
    of = {"property": "banks", "guest": guest(), "domain": Some(banks=(Extent(0, CELL),))}
    numbers = (5 * CELL, 2 * CELL) if kind == "memory" else (CELL, 5 * CELL)
    assert shown(kind, numbers, ALL, **of)
    assert not shown(kind, numbers, [party("RAM", *place[1:], place[0])], **of)
    assert not shown(kind, numbers, ALL, **{**of, "guest": None})


@pytest.mark.parametrize("kind", ["empty-entry", "entry-wraps"])
def test_without_a_tree_there_is_no_entry(kind: str) -> None:
    top = 1 << 64
    numbers, of = (
        ((8, 8), party("/a", 8, 8)) if kind == "empty-entry" else ((top + 1, top), party("/a", 8, top + 1))
    )
    entries = (Some(name="/a", extent=of.extent),)
    assert shown(kind, numbers, [of], tree=tree(entries=entries))
    assert not shown(kind, numbers, [of], tree=tree(entries=(Some(name="/b", extent=of.extent),)))
    assert not shown(kind, numbers, [of])


@pytest.mark.parametrize(
    ("found", "expected", "numbers"),
    [
        (Extent(8, 16), 9, (8, 9)),
        (8, Extent(9, 17), (8, 9)),
        (Extent(8, 16), 8, (8, 8)),
        (8, Extent(9, 17), (8, 8)),
    ],
)
def test_a_range_and_a_number_are_not_compared(found: Any, expected: Any, numbers: tuple[int, int]) -> None:
    said = Some(place="/a", found=found, expected=expected)
    entries = (Some(name="/a", extent=found),)
    assert not shown(
        "differs-from-expected", numbers, [party("/a", 0, 0)], tree=tree(statements=(said,), entries=entries)
    )


@pytest.mark.parametrize(
    ("address", "message"), [(60, ""), (61, "one, page: an address bit outside 12 to 63")]
)
def test_an_address_has_64_bits(address: int, message: str) -> None:
    """As many as a register; four bits of the descriptor give those from here on."""
    text = TEXT.replace("address = 32", f"address = {address}")
    if message:
        with pytest.raises(InputError) as caught:
            parse(TomlFile(text, "t.toml"))
        assert message in str(caught.value)
    else:
        (leaf,) = parse(TomlFile(text, "t.toml"))["one"].leaves
        assert outputs(leaf, (1 << 64) - (1 << 60))
