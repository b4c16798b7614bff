"""Numbers that show a refutation on a board: each pair does, and with either one off, or another party, nothing does.

Each case is written by hand: what the domain is offered and has, the numbers, and what may not be different.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.layout.board_shown import GUEST, MIB, PAGE, is_shown, offer, party, thing
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent, TreeSize
from verifier.layout.finding import Witness
from verifier.layout.guest_facts import Need
from verifier.layout.offer import Offer, Operation


def shown(
    kind: str, numbers: tuple[int | None, int | None], one: Party, of: Offer, rule: str = "any"
) -> bool:
    return is_shown(Witness(kind, found=numbers[0], needed=numbers[1]), [one], of, rule)


@pytest.mark.parametrize(
    ("start", "end", "found", "needed", "expected"),
    [
        (0x300000, 0x500000, 0x300000, 2 * MIB, True),
        (0x300000, 0x500000, 0x500000, 2 * MIB, True),
        (0x200000, 0x500000, 0x500000, 2 * MIB, True),
        (0x300000, 0x400000, 0x300000, 2 * MIB, True),
        (0x201000, 0x400000, 0x201000, 2 * MIB, True),
        (0x200000, 0x500000, 0x200000, 2 * MIB, False),  # a multiple
        (0x300000, 0x600000, 0x600000, 2 * MIB, False),
        (0x300000, 0x500000, 0x380000, 2 * MIB, False),  # neither start nor end
        (0x300000, 0x580000, 0x280000, 2 * MIB, False),  # the size
        (0x300000, 0x500000, 0x300000, 4 * MIB, False),
        (0x300000, 0x500000, 0x300000, 2 * MIB + 1, False),
        (0x300800, 0x500000, 0x300800, PAGE, False),
        (0x300000, 0x500000, None, 2 * MIB, False),
        (0x300000, 0x500000, 0x300000, None, False),
        (0x300000, 0x500000, None, None, False),
    ],
)
def test_a_region_begins_or_ends_between_superpages(
    start: int, end: int, found: int | None, needed: int | None, expected: bool
) -> None:
    """So does the grant region of the guest layout, while that of dom0 has pages."""
    one = party(start, end)
    of, grant = offer((start, end)), offer(grant=Extent(start, end), hardware=False)
    assert shown("misaligned", (found, needed), one, of) == expected
    assert shown("misaligned", (found, needed), one, replace(of, hardware=False)) == expected
    assert shown("misaligned", (found, needed), one, grant) == expected
    for each in (of, grant):
        assert not shown("misaligned", (found, needed), party(start, end + 1), each)
        assert not shown("misaligned", (found, needed), one, each, "banks")


@pytest.mark.parametrize(
    ("start", "end", "found", "needed", "expected"),
    [
        (0x1800, 0x3000, 0x1800, PAGE, True),
        (0x1000, 0x2FFF, 0x2FFF, PAGE, True),
        (0x1000, 0x3000, 0x1000, PAGE, False),
        (0x1000, 0x3000, 0x3000, PAGE, False),
        (0x1800, 0x3000, 0x1800, 2 * MIB, False),
        (0x1800, 0x3000, 0x1800, PAGE + 1, False),
        (0x1800, 0x3000, 0x1800, PAGE - 1, False),
        (0x1800, 0x1800, 0x1800, PAGE, False),  # of a Xen without grant tables
        (0x1800, 0x1801, 0x1800, PAGE, True),
    ],
)
def test_the_grant_region_of_dom0_begins_or_ends_inside_a_page(
    start: int, end: int, found: int, needed: int, expected: bool
) -> None:
    of = offer(grant=Extent(start, end))
    assert shown("misaligned", (found, needed), party(start, end), of) == expected
    as_guest = replace(of, hardware=False)
    assert shown("misaligned", (found, needed), party(start, end), as_guest) == (needed == 2 * MIB)
    assert not shown("misaligned", (found, needed), party(start, end), offer())


def test_memory_is_no_multiple_of_its_unit_where_banks_are_asked_about() -> None:
    """Five pages by two."""
    of, ram = offer(guest=GUEST), party(0x1000, 0x6000, "RAM", "a.cfg:1")
    assert shown("misaligned", (0x5000, 0x2000), ram, of, "banks")
    assert not shown("misaligned", (0x5000, 0x2000), ram, of, "aligned")
    assert not shown("misaligned", (0x5000, 0x1000), ram, of, "banks")
    assert not shown("misaligned", (None, 0x2000), ram, of, "banks")
    assert not shown("misaligned", (0x5000, None), ram, of, "banks")


@pytest.mark.parametrize(
    ("size", "found", "needed", "expected"),
    [
        (64 * MIB - 1, 64 * MIB - 1, 64 * MIB, True),
        (62 * MIB, 62 * MIB, 64 * MIB, True),
        (64 * MIB, 64 * MIB, 64 * MIB, False),
        (65 * MIB, 65 * MIB, 64 * MIB, False),
        (62 * MIB, 61 * MIB, 64 * MIB, False),
        (62 * MIB, 63 * MIB, 64 * MIB, False),
        (62 * MIB, 62 * MIB, 63 * MIB, False),
        (62 * MIB, 62 * MIB, 65 * MIB, False),
        (60 * PAGE, 60 * PAGE, 64 * PAGE, False),  # what a grant region needs
        (62 * MIB, None, 64 * MIB, False),
        (62 * MIB, 62 * MIB, None, False),
    ],
)
def test_a_region_has_less_than_64_mib(
    size: int, found: int | None, needed: int | None, expected: bool
) -> None:
    of, one = offer((4 * MIB, 4 * MIB + size), grant_frames=64), party(4 * MIB, 4 * MIB + size)
    assert shown("too-small", (found, needed), one, of) == expected
    assert not shown("too-small", (found, needed), party(4 * MIB, 4 * MIB + size + 1), of)
    assert not shown("too-small", (found, needed), one, of, "built")


@pytest.mark.parametrize(
    ("size", "found", "needed", "expected"),
    [
        (64 * PAGE - 1, 64 * PAGE - 1, 64 * PAGE, True),
        (1, 1, 64 * PAGE, True),
        (0, 0, 64 * PAGE, False),  # of a Xen without grant tables
        (64 * PAGE, 64 * PAGE, 64 * PAGE, False),
        (63 * PAGE, 62 * PAGE, 64 * PAGE, False),
        (63 * PAGE, 63 * PAGE, 64 * PAGE + 1, False),
        (63 * PAGE, 63 * PAGE, 65 * PAGE, False),
        (63 * PAGE, 63 * PAGE, 64 * MIB, False),
    ],
)
def test_a_grant_region_does_not_hold_its_frames(size: int, found: int, needed: int, expected: bool) -> None:
    of, one = offer(grant=Extent(0x8000, 0x8000 + size), grant_frames=64), party(0x8000, 0x8000 + size)
    assert shown("too-small", (found, needed), one, of) == expected
    assert not shown("too-small", (found, needed), party(0x8001, 0x8001 + size), of)


@pytest.mark.parametrize(
    ("room", "least", "boots", "expected"),
    [
        (0x1000, 0x1001, False, True),
        (0x1000, 0x1001, None, False),
        (0x1000, 0x1001, True, False),
        (0x1001, 0x1001, False, False),
        (0x1002, 0x1001, False, False),
    ],
)
def test_the_device_tree_does_not_fit_its_buffer(
    room: int, least: int, boots: bool | None, expected: bool
) -> None:
    """Not even the least of it into the larger one; the domain is not built then."""
    tree = TreeSize(least=least, most=least + 0x700, room=room - 0x300, most_room=room, fits=False)
    plain = offer(boots=boots)
    of = replace(plain, domain=replace(plain.domain, tree=tree))
    nobody = party(0, 0, "d0")
    assert shown("too-small", (room, least), nobody, of, "built") == expected
    assert not shown("too-small", (room, least), nobody, of)
    for numbers in ((room - 1, least), (room, least + 1), (room - 0x300, least), (room, least + 0x700)):
        assert not shown("too-small", numbers, nobody, of, "built")
    assert not shown("too-small", (room, least), nobody, plain, "built")


def test_a_region_of_a_guest_does_not_hold_what_it_is_for() -> None:
    needs = (Need("gicr", 0x2000, "one redistributor", "vgic-v3.c"),)
    of = offer(given=(thing(0x1000, 0x2000, path="gicr"),), guest=replace(GUEST, needs=needs))
    one = party(0x1000, 0x2000, "gicr reg[0]")
    assert shown("too-small", (0x1000, 0x2000), one, of)
    assert not shown("too-small", (0x1000, 0x2001), one, of)
    assert not shown("too-small", (0x1000, 0x2000), one, replace(of, guest=None))


SMALL, LARGE = 0x1000, 0x1_0000_2000


@pytest.mark.parametrize(
    ("start", "size", "cells", "found", "needed", "expected"),
    [
        (0x1_2000_0000, SMALL, (1, 1), 0x2000_0000, 0x1_2000_0000, True),
        (0x1_2000_0000, SMALL, (1, 2), 0x2000_0000, 0x1_2000_0000, True),
        (0x1_2000_0000, SMALL, (2, 1), 0x2000_0000, 0x1_2000_0000, False),  # the cells of the start hold it
        (0x4000_0000, LARGE, (1, 1), 0x2000, LARGE, True),
        (0x4000_0000, LARGE, (2, 1), 0x2000, LARGE, True),
        (0x4000_0000, LARGE, (1, 2), 0x2000, LARGE, False),
        (0x4000_0000, 0x1_0000_0000, (2, 1), 0, 0x1_0000_0000, True),
        (0x1_2000_0000, SMALL, (1, 1), 0x2000_0001, 0x1_2000_0000, False),
        (0x1_2000_0000, SMALL, (1, 1), 0x2000_0000, 0x1_2000_0001, False),
        (0x1_2000_0000, SMALL, (1, 1), 0x1_2000_0000, 0x1_2000_0000, False),
        (0x1_2000_0000, SMALL, (1, 1), 0x2000_1000, 0x1_2000_1000, False),  # the end, which nobody writes
        (0xFFFF_FFFF, SMALL, (1, 1), 0xFFFF_FFFF, 0xFFFF_FFFF, False),  # fits
        (2**64 + 0x5000, SMALL, (2, 2), 0x5000, 2**64 + 0x5000, True),
        (0x1_2000_0000, SMALL, (1, 1), None, 0x1_2000_0000, False),
        (0x1_2000_0000, SMALL, (1, 1), 0x2000_0000, None, False),
    ],
)
def test_cells_lose_the_upper_digits(
    start: int, size: int, cells: tuple[int, int], found: int | None, needed: int | None, expected: bool
) -> None:
    one = party(start, start + size)
    of, grant = (
        offer((start, start + size), cells=cells),
        offer(grant=Extent(start, start + size), cells=cells),
    )
    for each in (of, grant):
        assert shown("truncated", (found, needed), one, each) == expected
    assert not shown("truncated", (found, needed), one, offer(cells=cells))
    assert not shown("truncated", (found, needed), one, offer((start, start + size + 1), cells=cells))


@pytest.mark.parametrize(
    ("start", "end", "found", "needed", "expected"),
    [
        (0x1000, 0x1000, 0x1000, 0x1000, True),
        (0, 0, 0, 0, True),
        (0x1800, 0x1800, 0x1800, 0x1800, False),  # the page that it begins in
        (0x1FFF, 0x1FFF, 0x1FFF, 0x1FFF, False),
        (0x1000, 0x1001, 0x1000, 0x1000, False),
        (0x1000, 0x1001, 0x1000, 0x1001, False),
        (0x800, 0x1000, 0x1000, 0x1000, False),
        (0x1000, 0x1000, 0x1000, 0x1001, False),
        (0x1000, 0x1000, 0x1001, 0x1000, False),
        (0x2000, 0x2000, 0x2000, 0x2000, False),  # another entry
        (0x1000, 0x1000, None, None, False),
    ],
)
def test_an_entry_of_size_0_ends_before_it_begins(
    start: int, end: int, found: int | None, needed: int | None, expected: bool
) -> None:
    empty = tuple(Operation("/x", each, 0) for each in (0, 0x1000, 0x1800, 0x1FFF))
    of = offer(operations=(*empty, Operation("/y", 0x2000, 0), Operation("/x", 0x2000, 1)))
    assert shown("disordered", (found, needed), party(start, end, "/x"), of) == expected
    assert not shown("disordered", (found, needed), party(start, end, "/z"), of)
    assert not shown("disordered", (found, needed), party(start, end, "/x"), offer())


@pytest.mark.parametrize(
    ("start", "end", "found", "needed", "expected"),
    [
        (2**64 - 0x1000, 2**64 + 1, 2**64 + 1, 2**64, True),
        (2**64 - 0x1000, 2**64, 2**64, 2**64, False),  # ends where the addresses do
        (2**64 - 0x1000, 2**64 + 1, 2**64 + 2, 2**64, False),
        (2**64 - 0x1000, 2**64 + 1, 2**64 + 1, 2**64 - 1, False),
        (2**64 - 0x1000, 2**64 + 2, 2**64 + 2, 2**64, False),  # another size
        (2**64 - 0xFFF, 2**64 + 2, 2**64 + 2, 2**64, False),  # another start
        (2**64 - 0x1000, 2**64 + 1, None, 2**64, False),
        (2**64 - 0x1000, 2**64 + 1, 2**64 + 1, None, False),
    ],
)
def test_an_entry_ends_above_all_addresses(
    start: int, end: int, found: int | None, needed: int | None, expected: bool
) -> None:
    of = offer(operations=(Operation("/x", 2**64 - 0x1000, 0x1001), Operation("/x", 2**64 - 0x1000, 0x1000)))
    assert shown("wraps", (found, needed), party(start, end, "/x"), of) == expected
    assert not shown("wraps", (found, needed), party(start, end, "/y"), of)
    assert not shown("wraps", (found, needed), party(start, end, "/x"), offer())
