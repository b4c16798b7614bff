"""Addresses that show that space is lost, or that a device has pages too few or too many; and a domain that is not built.

Each case is written by hand: what the domain is offered and has, the address, and what may not be different.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.layout.board_shown import MIB, PAGE, is_shown, offer, party, thing
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import DevicePages, Offer, Window


def dropping(*dropped: Extent, regions: tuple[Extent, ...] = ()) -> Offer:
    plain = offer()
    return replace(plain, regions=regions, domain=replace(plain.domain, dropped=dropped))


@pytest.mark.parametrize(
    ("address", "expected"),
    [(0xFFF, False), (0x1000, True), (0x1FFF, True), (0x2000, False), (0x3000, False), (None, False)],
)
def test_an_address_was_dropped_and_is_in_no_region(address: int | None, expected: bool) -> None:
    of = dropping(Extent(0x8000, 0x9000), Extent(0x1000, 0x3000), regions=(Extent(0x2000, 0x4000),))
    shown = Witness("address-dropped", address=address)
    assert is_shown(shown, [party(0x1000, 0x2000)], of) == expected
    assert not is_shown(shown, [party(0x1000, 0x2000)], offer())


def test_nothing_was_dropped_at_no_address() -> None:
    of = dropping(Extent(0, 0x1000))
    assert is_shown(Witness("address-dropped", address=0), [party(0, 0x1000)], of)
    assert not is_shown(Witness("address-dropped"), [party(0, 0x1000)], of)


def lost(address: int | None, low: int, high: int, of: Offer) -> bool:
    """Whether an address in MiB, of a hole between two such, is shown to be lost."""
    shown = Witness("address-not-offered", address=None if address is None else address)
    return is_shown(shown, [party(low * MIB, high * MIB, "hole")], of)


@pytest.mark.parametrize(
    ("low", "high", "address", "expected"),
    [
        (128, 320, 128 * MIB, True),
        (128, 320, 320 * MIB - 1, True),
        (128, 320, 128 * MIB - 1, False),
        (128, 320, 320 * MIB, False),
        (192, 256, 130 * MIB, False),  # around it lies as much, but it is of no hole
        (128, 320, None, False),
        (128, 192, 160 * MIB, True),
        (130, 194, 130 * MIB, True),
        (129, 320, 129 * MIB, False),  # begins inside a block of 2 MiB
        (131, 320, 131 * MIB, False),
        (128, 193, 192 * MIB, False),  # ends inside one
        (0, 64, 0, True),
        (0, 64, None, False),
        (4032, 4096, 4095 * MIB, True),  # up to 2^32
        (4034, 4098, 4034 * MIB, False),
    ],
)
def test_a_hole_has_64_mib_around_an_address(
    low: int, high: int, address: int | None, expected: bool
) -> None:
    assert lost(address, low, high, offer()) == expected


BLOCK = (128 * MIB, 192 * MIB)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (BLOCK[0] - PAGE, BLOCK[0], True),
        (BLOCK[0] - 1, BLOCK[0] + 1, False),
        (BLOCK[0], BLOCK[0] + 1, False),
        (BLOCK[0] + 5 * MIB, BLOCK[0] + 5 * MIB + 1, False),
        (BLOCK[0] + 5 * MIB, BLOCK[0] + 5 * MIB, True),  # no byte
        (BLOCK[1] - 1, BLOCK[1], False),
        (BLOCK[1], BLOCK[1] + PAGE, True),
    ],
)
def test_there_is_nothing_in_these_64_mib(start: int, end: int, expected: bool) -> None:
    """Of what the domain is given, of what it may be kept from it, and of the board; a region may be in the rest of them."""
    something = thing(start, end)
    for of in (
        offer(given=(something,)),
        offer(excused=(something,)),
        offer(board=BoardMap((something,))),
        offer(board=BoardMap((replace(something, kind="memory"),))),
        offer(ram=(something.extent,)),
    ):
        assert lost(BLOCK[0], 128, 320, of) == expected
        assert lost(BLOCK[1] - 1, 128, 320, of) == expected
    within = [(each, low, high) for each, low, high in ((BLOCK[0], 128, 320), (BLOCK[1] - 1, 128, 320))]
    assert all(lost(*each, offer((130 * MIB, 190 * MIB))) for each in within)


def test_of_a_larger_hole_the_64_mib_that_have_the_address_count() -> None:
    """From its begin on; those at its end lie in it."""
    of = offer(given=(thing(192 * MIB, 192 * MIB + 1),))
    assert lost(192 * MIB - 1, 128, 320, of)
    assert not lost(192 * MIB, 128, 320, of)
    behind = offer(given=(thing(288 * MIB, 288 * MIB + 1), thing(191 * MIB, 191 * MIB + 1)))
    assert lost(287 * MIB, 128, 288, behind)
    assert lost(256 * MIB, 128, 288, behind)
    assert not lost(191 * MIB, 128, 288, behind)


def test_what_is_offered_or_was_dropped_is_not_lost() -> None:
    region = Extent(130 * MIB, 134 * MIB)
    for of in (dropping(regions=(region,)), dropping(region)):
        assert lost(130 * MIB - 1, 128, 192, of)
        assert not lost(130 * MIB, 128, 192, of)
        assert not lost(134 * MIB - 1, 128, 192, of)
        assert lost(134 * MIB, 128, 192, of)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (((128, 192),), True),
        (((0, 4000),), True),
        (((128, 150), (150, 192)), True),
        (((128, 150), (151, 192)), False),
        (((129, 192),), False),
        (((128, 191),), False),
        ((), False),
    ],
)
def test_these_64_mib_lie_where_regions_may(pieces: tuple[tuple[int, int], ...], expected: bool) -> None:
    """In the RAM windows of a guest, or without IOMMU in the host's RAM, in which the domain's own is not."""
    extents = tuple(Extent(low * MIB, high * MIB) for low, high in pieces)
    windows = tuple(Window("GUEST_RAM0", each) for each in extents)
    guest = offer(host_layout=False, iommu=False, windows=windows)
    ram = BoardMap(tuple(thing(each.start, each.end, "memory") for each in extents))
    host = offer(iommu=False, ram=extents, board=ram)
    for of in (guest, replace(guest, domain=replace(guest.domain, iommu=True)), host):
        assert lost(128 * MIB, 128, 192, of) == expected
    assert not lost(128 * MIB, 128, 192, replace(host, board=BoardMap((thing(*BLOCK),))))
    assert lost(128 * MIB, 128, 192, replace(guest, board=BoardMap((thing(*BLOCK),)))) == expected
    assert lost(128 * MIB, 128, 192, replace(guest, ram=(Extent(*BLOCK),))) == expected


DESCRIBED = Extent(0x1800, 0x2800)
PARTS = {"mapped": Extent(0x1000, 0x2000), "permitted": Extent(0x2000, 0x4000)}
DEVICE = DevicePages("/d", DESCRIBED, PARTS["mapped"], PARTS["permitted"])


def one_only(address: int | None, of: Offer, *parties: Party) -> bool:
    return is_shown(Witness("address-of-one-only", address=address), list(parties), of)


def pages(verb: str, extent: Extent | None = None) -> Party:
    each = PARTS[verb] if extent is None else extent
    return party(each.start, each.end, f"pages {verb}")


@pytest.mark.parametrize(
    ("address", "verb", "expected"),
    [
        (0xFFF, "mapped", False),
        (0x1000, "mapped", False),
        (0x1FFF, "mapped", False),
        (0x2000, "mapped", True),  # of the device, and not mapped
        (0x2FFF, "mapped", True),
        (0x3000, "mapped", False),
        (0xFFF, "permitted", False),
        (0x1000, "permitted", True),
        (0x1FFF, "permitted", True),
        (0x2000, "permitted", False),
        (0x2FFF, "permitted", False),
        (0x3000, "permitted", True),  # permitted, and not of the device
        (0x3FFF, "permitted", True),
        (0x4000, "permitted", False),
        (None, "permitted", False),
    ],
)
def test_a_page_is_of_the_device_or_comes_with_it_and_not_both(
    address: int | None, verb: str, expected: bool
) -> None:
    of, described = offer(devices=(DEVICE,)), party(0x1800, 0x2800, "/d")
    assert one_only(address, of, described, pages(verb)) == expected
    assert not one_only(address, of, party(0x1800, 0x2800, "/e"), pages(verb))
    assert not one_only(address, of, party(0x1800, 0x2801, "/d"), pages(verb))
    assert not one_only(address, of, described, pages(verb, Extent(0x1000, 0x5000)))
    assert not one_only(address, of, described)
    assert not one_only(address, of, described, pages(verb), pages(verb))
    assert not one_only(address, offer(), described, pages(verb))
    empty = replace(DEVICE, mapped=Extent(0, 0), permitted=Extent(0, 0))
    either = offer(devices=(empty, DEVICE)), offer(devices=(DEVICE, empty))
    for each in either:
        assert one_only(address, each, described, pages(verb)) == expected


@pytest.mark.parametrize(
    ("start", "end", "touched"),
    [
        (0x2000, 0x3000, (0x2000,)),
        (0x2000, 0x3001, (0x2000, 0x3000)),
        (0x1FFF, 0x3000, (0x1000, 0x2000)),
        (0x2FFF, 0x3000, (0x2000,)),
        (0x2800, 0x2800, ()),
        (0x2000, 0x2000, ()),
        (0, 0x1000, (0,)),
        (0x800, 0x3800, (0, 0x1000, 0x2000, 0x3000)),
    ],
)
def test_the_pages_of_a_device_are_those_of_which_it_has_a_byte(
    start: int, end: int, touched: tuple[int, ...]
) -> None:
    """Nothing is mapped: so each address of these pages shows it; all is permitted: so each other one does."""
    described, nothing, everything = Extent(start, end), Extent(0, 0), Extent(0, 0x6000)
    of = offer(devices=(DevicePages("/d", described, nothing, everything),))
    device = party(start, end, "/d")
    for page in range(0, 0x6000, PAGE):
        for address in (page, page + PAGE - 1):
            is_touched = page in touched
            assert one_only(address, of, device, pages("mapped", nothing)) == is_touched
            assert one_only(address, of, device, pages("permitted", everything)) != is_touched
    assert not one_only(None, of, device, pages("mapped", nothing))
    assert not one_only(None, of, device, pages("permitted", everything))


@pytest.mark.parametrize(("boots", "expected"), [(False, True), (True, False), (None, False)])
def test_a_domain_is_not_built(boots: bool | None, expected: bool) -> None:
    assert is_shown(Witness("stops"), [party(0, 0, "d0")], offer(boots=boots)) == expected
