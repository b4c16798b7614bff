"""Witnesses of a guest's map and of its device tree: each shows something, and no single change of it does.

Each case is written by hand: what the guest has, the witness, and what may not be different.
"""

from __future__ import annotations

from types import SimpleNamespace as Some
from typing import Any

import pytest

from verifier.layout import guest_witness, tree_witness
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent

CELL = 4096


def party(name: str, start: int, end: int, origin: str = "here") -> Party:
    return Party(name, Extent(start, end), origin)


def shown(
    kind: str, numbers: tuple[int | None, int | None] | None, parties: list[Party], **offer: Any
) -> bool:
    """Whether a finding with this witness and these parties passes; the kinds of both modules are known by name."""
    witness = None if numbers is None else Some(found=numbers[0], needed=numbers[1])
    finding: Any = Some(property=offer.pop("property", "any"), witness=witness, parties=parties)
    kinds = {**guest_witness.KINDS, **tree_witness.KINDS, "memory": guest_witness.is_memory_misaligned}
    offered: Any = Some(**{"tree": None, "guest": None, "given": (), **offer})
    return kinds[kind](finding, offered)


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
