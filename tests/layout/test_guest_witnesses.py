"""Witnesses of a guest's map: each shows something, and no single change of it does.

Each case is written by hand: what the guest has, the witness, and what may not be different.
"""

from __future__ import annotations

from types import SimpleNamespace as Some
from typing import Any

import pytest

from tests.layout.shown import CELL, party, shown
from verifier.layout import guest_witness
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent


def guest(**values: Any) -> Any:
    plain = {
        "memory": 5 * CELL,
        "memory_unit": 2 * CELL,
        "memory_origin": "memory",
        "hosts": {},
        "needs": (),
        "interrupts": (),
    }
    return Some(**{**plain, "spis": None, **values})


ALL = [party("RAM", 0x1000, 0x6000, "memory")]


def test_memory_is_no_multiple_of_its_unit() -> None:
    assert shown("memory", (5 * CELL, 2 * CELL), ALL, guest=guest())
    assert not shown("memory", (5 * CELL, CELL), ALL, guest=guest())
    assert not shown("memory", (4 * CELL, 2 * CELL), ALL, guest=guest())
    even = guest(memory=4 * CELL)
    assert not shown("memory", (4 * CELL, 2 * CELL), [party("RAM", 0x1000, 0x5000, "memory")], guest=even)
    assert not shown(
        "memory", (5 * CELL, 2 * CELL), [party("RAM", 0x1000, 0x6000, "elsewhere")], guest=guest()
    )
    assert not shown("memory", (5 * CELL, 2 * CELL), [party("RAM", 0x1000, 0x5000, "memory")], guest=guest())
    assert not shown("memory", (5 * CELL, 2 * CELL), ALL)
    assert not shown("memory", None, ALL, guest=guest())


@pytest.mark.parametrize(
    ("banks", "found", "expected"),
    [
        (((0, 2), (2, 4)), 4, True),
        (((0, 3), (2, 4)), 4, True),  # bytes of two banks count once
        (((0, 3), (2, 4)), 5, False),
        (((0, 1), (7, 9)), 3, True),
        (((0, 1), (7, 9)), 9, False),
        ((), 0, True),
        (None, 0, True),
        (((0, 5),), 5, False),  # as it should be
    ],
)
def test_banks_together_are_of_another_size(
    banks: tuple[tuple[int, int], ...] | None, found: int, expected: bool
) -> None:
    """The guest asks for five pages."""
    extents = None if banks is None else tuple(Extent(low * CELL, high * CELL) for low, high in banks)
    of = {"property": "banks", "guest": guest(), "domain": Some(banks=extents)}
    assert shown("other-size", (found * CELL, 5 * CELL), ALL, **of) == expected
    assert not shown("other-size", (found * CELL, 6 * CELL), ALL, **of)
    assert not shown(
        "other-size", (found * CELL, 5 * CELL), [party("RAM", 0x1000, 0x6000, "elsewhere")], **of
    )
    assert not shown("other-size", None, ALL, **of)
    assert not shown("other-size", (found * CELL, 5 * CELL), ALL, **{**of, "guest": None})


GIVEN = (
    Some(name="GICR", extent=Extent(0, 8), path="/gicr"),
    Some(name="GICR 2", extent=Extent(16, 20), path="/gicr"),
    Some(name="UART", extent=Extent(32, 40), path="/uart"),
)


@pytest.mark.parametrize(
    ("numbers", "name", "exact", "expected"),
    [
        ((12, 16), "GICR", True, True),  # both parts of the node
        ((8, 16), "GICR", True, False),
        ((12, 15), "GICR", True, False),
        ((12, 16), "UART", True, False),
        ((12, 16), "GICR", False, False),  # more would do as well
        ((16, 16), "GICR", True, False),
        (None, "GICR", True, False),
    ],
)
def test_a_region_is_of_another_size_than_exactly_needed(
    numbers: tuple[int, int] | None, name: str, exact: bool, expected: bool
) -> None:
    needs = (Some(name="/gicr", amount=16, exact=exact),)
    place = (0, 8) if name == "GICR" else (32, 40)
    of = {"guest": guest(needs=needs), "given": GIVEN}
    assert shown("other-size", numbers, [party(name, *place)], **of) == expected
    assert not shown("other-size", numbers, [party(name, place[0], place[1] + 1)], **of)
    assert not shown("other-size", numbers, [party(name, *place)], **{**of, "guest": None})


def interrupt(name: str, number: int, kind: str = "spi") -> Any:
    return Some(name=name, number=number, origin="here", kind=kind)


def at(name: str, number: int) -> Party:
    return party(name, number, number)


@pytest.mark.parametrize(
    ("number", "parties", "expected"),
    [
        (33, [at("a", 33), at("b", 33)], True),
        (33, [at("a", 33), at("a", 33)], False),  # a has it once
        (40, [at("d", 40), at("d", 40)], True),  # d has it twice
        (34, [at("a", 33), at("b", 33)], False),
        (33, [at("a", 33), at("c", 34)], False),
        (33, [at("c", 34), at("a", 33)], False),
        (33, [at("a", 33)], False),
        (None, [at("a", 33), at("b", 33)], False),
    ],
)
def test_two_interrupts_have_the_number(number: int | None, parties: list[Party], expected: bool) -> None:
    interrupts = (
        interrupt("a", 33),
        interrupt("b", 33),
        interrupt("c", 34),
        interrupt("d", 40),
        interrupt("d", 40),
    )
    of = guest(interrupts=interrupts)
    assert shown("number-of-two", None if number is None else (number, None), parties, guest=of) == expected
    assert not shown("number-of-two", (33, None), parties)


@pytest.mark.parametrize(
    ("kind", "spis", "number", "bound", "expected"),
    [
        ("sgi", None, 16, 15, True),
        ("sgi", None, 15, 15, False),
        ("ppi", None, 15, 16, True),
        ("ppi", None, 16, 16, False),
        ("ppi", None, 32, 31, True),
        ("ppi", None, 31, 31, False),
        ("spi", None, 31, 32, True),
        ("spi", None, 1020, 1019, True),
        ("spi", None, 1019, 1019, False),
        ("spi", 64, 96, 95, True),  # 64 of them: 32 to 95
        ("spi", 64, 95, 95, False),
        ("spi", 64, 96, 1019, False),
        ("spi", 2000, 1020, 1019, True),
        ("spi", 64, 96, None, False),
        ("sgi", None, -1, 0, True),
    ],
)
def test_a_number_lies_beyond_the_bound_of_its_kind(
    kind: str, spis: int | None, number: int, bound: int | None, expected: bool
) -> None:
    of = guest(interrupts=(interrupt("a", number, kind),), spis=spis)
    assert shown("number-beyond", (number, bound), [at("a", number)], guest=of) == expected
    assert not shown("number-beyond", (number, bound), [at("b", number)], guest=of)
    assert not shown("number-beyond", (number + 1, bound), [at("a", number)], guest=of)
    assert not shown("number-beyond", (None, bound), [at("a", number)], guest=of)
    assert not shown("number-beyond", None, [at("a", number)], guest=of)
    assert not shown("number-beyond", (number, bound), [at("a", number)])


def with_hosts(hosts: dict[str, str], *given: Any) -> Any:
    return Some(guest=guest(hosts=hosts), given=given)


def test_what_is_given_and_given_twice_and_what_is_one() -> None:
    """Two things are one if both are known to be the same pages of the host."""
    one, other = Some(name="a", extent=Extent(0, 8)), Some(name="a", extent=Extent(0, 8))
    a, b, longer = party("a", 0, 8), party("b", 0, 8), party("a", 0, 9)
    assert guest_witness.is_given(a, with_hosts({}, one))
    assert not guest_witness.is_given(b, with_hosts({}, one))
    assert not guest_witness.is_given(longer, with_hosts({}, one))
    assert guest_witness.is_given_twice(a, with_hosts({}, one, other))
    assert not guest_witness.is_given_twice(a, with_hosts({}, one))
    assert not guest_witness.is_given_twice(longer, with_hosts({}, one, other))
    assert not guest_witness.is_given_twice(a, with_hosts({"a": "page"}, one, other))
    nobody: Any = Some(guest=None, given=(one, other))
    assert not guest_witness.is_given(a, nobody)
    assert not guest_witness.is_given_twice(a, nobody)
    assert not guest_witness.are_one(a, b, nobody)
    for hosts, same in (
        ({"a": "page", "b": "page"}, True),
        ({"a": "page", "b": "other"}, False),
        ({"a": "page"}, False),
        ({"b": "page"}, False),
        ({}, False),
    ):
        assert guest_witness.are_one(a, b, with_hosts(hosts)) == same
