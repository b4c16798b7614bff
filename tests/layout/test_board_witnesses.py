"""Addresses that show a refutation on a board: each does, and neither the next one nor another party does.

Each case is written by hand: what the domain is offered and has, the address, and what may not be different.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace as Some
from typing import Any

import pytest

from tests.layout.board_shown import GUEST, PAGE, is_shown, offer, party, thing
from verifier.layout.board_finding import Party, Placement
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.guest_facts import Interrupt
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import Offer, Window

BOTH = [party(0x1000, 0x3000), party(0x2000, 0x4000)]
TWO = offer((0x1000, 0x3000), (0x2000, 0x4000))


def in_two(address: int | None, parties: list[Party], of: Offer) -> bool:
    return is_shown(Witness("address-in-two-regions", address=address), parties, of)


def test_without_a_witness_or_a_party_or_of_an_unknown_kind_nothing_is_shown() -> None:
    shown = Witness("address-in-two-regions", address=0x2000)
    assert is_shown(shown, BOTH, TWO)
    assert not is_shown(None, BOTH, TWO)
    assert not is_shown(shown, [], TWO)
    assert not is_shown(replace(shown, kind="trust-me"), BOTH, TWO)
    assert not is_shown(replace(shown, kind=""), BOTH, TWO)


def test_kinds_of_guests_and_of_their_trees_are_known() -> None:
    number = Interrupt("a", 1020, "spi", "here")
    facts = replace(GUEST, interrupts=(number,))
    beyond = [party(1020, 1020, "a")]
    assert is_shown(Witness("number-beyond", found=1020, needed=1019), beyond, offer(guest=facts))
    assert not is_shown(Witness("number-beyond", found=1020, needed=1020), beyond, offer(guest=facts))
    tree: Any = Some(entries=(Some(name="/a", extent=Extent(8, 8)),))
    assert is_shown(Witness("empty-entry", found=8, needed=8), [party(8, 8, "/a")], offer(tree=tree))
    assert not is_shown(Witness("empty-entry", found=9, needed=9), [party(8, 8, "/a")], offer(tree=tree))


@pytest.mark.parametrize(
    ("address", "expected"),
    [(0x1FFF, False), (0x2000, True), (0x2FFF, True), (0x3000, False), (0, False), (None, False)],
)
def test_an_address_lies_in_two_regions(address: int | None, expected: bool) -> None:
    stranger = party(0x1000, 0x4000)
    assert in_two(address, BOTH, TWO) == expected
    assert in_two(address, BOTH[::-1], TWO) == expected
    for parties in ([BOTH[0]], [*BOTH, BOTH[0]], 2 * [BOTH[0]], 2 * [BOTH[1]]):
        assert not in_two(address, parties, TWO)
    assert not in_two(address, [BOTH[0], stranger], TWO)
    assert not in_two(address, [stranger, BOTH[1]], TWO)


def test_no_address_is_not_address_0() -> None:
    of = offer((0, 0x1000), (0, 0x2000))
    parties = [party(0, 0x1000), party(0, 0x2000)]
    assert in_two(0, parties, of)
    assert not in_two(None, parties, of)


@pytest.mark.parametrize(
    ("host_layout", "iommu", "kind", "expected"),
    [
        (True, True, "device", True),
        (True, True, "memory", True),
        (True, False, "device", True),
        (True, False, "memory", False),  # there regions lie in the host's RAM
        (False, True, "device", False),  # addresses of the host are not those of a guest
        (False, True, "memory", False),
        (False, False, "device", False),
    ],
)
def test_an_address_lies_in_a_region_and_in_what_the_board_has(
    host_layout: bool, iommu: bool, kind: str, expected: bool
) -> None:
    region, device = party(0x1000, 0x3000), party(0x2000, 0x4000, "/dev reg[0]")
    of = offer(
        (0x1000, 0x3000),
        host_layout=host_layout,
        iommu=iommu,
        board=BoardMap((thing(0x2000, 0x4000, kind),)),
    )
    assert in_two(0x2000, [region, device], of) == expected
    given = replace(of, board=BoardMap(()), given=(thing(0x2000, 0x4000, kind),))
    assert in_two(0x2000, [region, device], given)
    for each in (of, given):
        assert not in_two(0x2000, [region, party(0x2000, 0x4000, "/other reg[0]")], each)
        assert not in_two(0x2000, [region, party(0x2000, 0x4001, "/dev reg[0]")], each)
        assert not in_two(0x2000, [party(0x1000, 0x3001), device], each)
        assert not in_two(0x3000, [region, device], each)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0x2000, 0x8000, True),
        (0x2001, 0x7FFF, True),
        (0x1FFF, 0x8000, False),
        (0x2000, 0x8001, False),
        (0x8000, 0x9000, True),
        (0x7FFF, 0x9000, False),  # in no one of them
    ],
)
def test_an_address_lies_in_a_region_and_in_ram_that_the_boot_loader_gave(
    start: int, end: int, expected: bool
) -> None:
    """Which no node describes: it is named for who tells of it."""
    of = offer((0x1000, 0x9000), ram=(Extent(0x2000, 0x8000), Extent(0x8000, 0x9000)))
    region, ram = party(0x1000, 0x9000), party(start, end, "RAM of the log")
    assert in_two(start, [region, ram], of) == expected
    assert not in_two(start, [region, replace(ram, name="RAM of the tree")], of)
    without = replace(of, domain=replace(of.domain, iommu=False))
    for each in (without, replace(of, host_layout=False), replace(without, host_layout=False)):
        assert not in_two(start, [region, ram], each)


A, B = party(0x1000, 0x3000, "a reg[0]"), party(0x2000, 0x4000, "b reg[0]")
AGAIN = thing(0x1000, 0x3000, path="a")
GIVEN = (AGAIN, thing(0x2000, 0x4000, path="b"))


def test_two_things_that_a_guest_is_given_are_at_an_address() -> None:
    """Unless both are the same pages of the host; of dom0, whose map is not judged, only regions are compared."""
    of = offer(given=GIVEN, guest=GUEST)
    assert in_two(0x2000, [A, B], of)
    assert not in_two(0x3000, [A, B], of)
    stranger = party(0x1000, 0x4000)
    assert not in_two(0x2000, [A, stranger], of)
    assert not in_two(0x2000, [stranger, B], of)
    assert not in_two(0x2000, [A, B], replace(of, guest=None))
    for hosts, expected in (
        ({"a reg[0]": 5, "b reg[0]": 5}, False),
        ({"a reg[0]": 5, "b reg[0]": 6}, True),
        ({"a reg[0]": 5}, True),
    ):
        assert in_two(0x2000, [A, B], replace(of, guest=replace(GUEST, hosts=hosts))) == expected


def test_what_a_guest_is_given_lies_in_a_region() -> None:
    of = offer((0x2000, 0x4000), given=GIVEN[:1], guest=GUEST)
    assert in_two(0x2000, [B, A], of)
    assert not in_two(0x2000, [B, A], replace(of, given=()))
    assert not in_two(0x2000, [B, A], replace(of, regions=()))


def test_one_thing_is_in_two_places_only_if_it_is_given_twice() -> None:
    of = offer(given=(AGAIN, AGAIN), guest=GUEST)
    assert in_two(0x1000, [A, A], of)
    assert not in_two(0x3000, [A, A], of)
    assert not in_two(0x1000, [A, A], replace(of, given=(AGAIN,)))
    assert not in_two(0x1000, [A, A], replace(of, guest=replace(GUEST, hosts={"a reg[0]": 5})))


INSIDE = [
    (0x7FFF, False),
    (0x8000, True),
    (0xFFFF, True),
    (0x10000, False),
    (0x1FFFF, False),
    (0x20000, True),
    (0x27FFF, True),
    (0x28000, False),
    (None, False),
]
"""Of a region `[0x8000, 0x28000)`, of which `[0x10000, 0x20000)` may be offered, the addresses that lie outside."""
SPAN = Extent(0x10000, 0x20000)
WINDOW = (Window("GUEST_RAM0", SPAN),)


@pytest.mark.parametrize(("address", "expected"), INSIDE)
def test_an_address_of_a_region_lies_outside_of_where_it_may(address: int | None, expected: bool) -> None:
    shown, parties = Witness("address-outside", address=address), [party(0x8000, 0x28000)]
    region = (0x8000, 0x28000)
    guest = offer(region, host_layout=False, iommu=False, windows=WINDOW)
    host = offer(region, iommu=False, ram=(SPAN,))
    for of in (guest, replace(guest, domain=replace(guest.domain, iommu=True)), host):
        assert is_shown(shown, parties, of) == expected
        assert not is_shown(shown, [party(0x8000, 0x28001)], of)
        assert not is_shown(shown, [], of)
    anywhere = replace(host, domain=replace(host.domain, iommu=True))
    for of in (anywhere, replace(host, ram=()), replace(anywhere, ram=())):
        assert not is_shown(shown, parties, of)


@pytest.mark.parametrize(("address", "expected"), INSIDE)
def test_an_address_of_a_bank_lies_outside_of_the_windows(address: int | None, expected: bool) -> None:
    """Of a guest whose whole map is judged."""
    shown, parties = Witness("address-outside", address=address), [party(0x8000, 0x28000)]
    banks = (Extent(0x8000, 0x28000),)
    of = offer(host_layout=False, windows=WINDOW, banks=banks, guest=GUEST)
    assert is_shown(shown, parties, of) == expected
    assert not is_shown(shown, [party(0x8000, 0x28001)], of)
    assert not is_shown(shown, parties, replace(of, guest=None))
    for others in ((), None):
        assert not is_shown(shown, parties, replace(of, domain=replace(of.domain, banks=others)))


def test_nothing_lies_outside_at_no_address() -> None:
    of = offer((0, 0x1000), host_layout=False, windows=WINDOW)
    assert is_shown(Witness("address-outside", address=0), [party(0, 0x1000)], of)
    assert not is_shown(Witness("address-outside"), [party(0, 0x1000)], of)


@pytest.mark.parametrize("bits", [32, 33])
@pytest.mark.parametrize(
    ("step", "expected"), [(-PAGE, False), (-1, False), (0, True), (PAGE - 1, True), (PAGE, False)]
)
def test_an_address_lies_beyond_the_space(bits: int, step: int, expected: bool) -> None:
    """Of a region, of a grant region, or of what a guest is given."""
    top = {32: 0x1_0000_0000, 33: 0x2_0000_0000}[bits]
    low, high = top - PAGE, top + PAGE
    shown, parties = Witness("address-beyond", address=top + step, bound=top), [party(low, high, "a reg[0]")]
    cases = (
        offer((low, high), bits=bits),
        offer(grant=Extent(low, high), bits=bits),
        offer(given=(thing(low, high, path="a"),), guest=GUEST, bits=bits),
    )
    for of in cases:
        assert is_shown(shown, parties, of) == expected
        for bound in (top - 1, top + 1, None):
            assert not is_shown(replace(shown, bound=bound), parties, of)
        assert not is_shown(replace(shown, address=None), parties, of)
        assert not is_shown(shown, [party(low, high + 1, "a reg[0]")], of)
    assert not is_shown(shown, parties, replace(cases[2], guest=None))


PLACES = (Extent(0x1_0000_0000, 0x1_0000_4000), Extent(0x1_0000_4000, 0x1_0000_8000))


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0x1_0000_0000, 0x1_0000_1000, True),
        (0x1_0000_3000, 0x1_0000_4000, True),
        (0x1_0000_0000, 0x1_0000_4000, True),
        (0xFFFFF000, 0x1_0000_1000, False),
        (0x1_0000_7000, 0x1_0000_9000, False),
        (0x1_0000_3000, 0x1_0000_5000, False),  # in no one of them
    ],
)
def test_a_grant_region_that_is_open_may_lie_there(start: int, end: int, expected: bool) -> None:
    """It is that of the case which the finding tells, and lies in a stretch in which it may."""
    shown, parties = (
        Witness("address-beyond", address=0x1_0000_3000, bound=0x1_0000_0000),
        [party(start, end)],
    )
    shown = replace(shown, address=max(start, 0x1_0000_0000))
    of, place = offer(grant_places=PLACES), Placement((), Extent(start, end))
    assert is_shown(shown, parties, of, placement=place) == expected
    other = Placement((), Extent(start, end + 1))
    for each in (other, Placement((), None), None):
        assert not is_shown(shown, parties, of, placement=each)
    known = replace(of, domain=replace(of.domain, grant_region=Extent(start, end)))
    assert is_shown(shown, parties, known)
    assert not is_shown(shown, parties, known, placement=other)
    assert not is_shown(shown, parties, replace(known, grant_places=()), placement=place)
