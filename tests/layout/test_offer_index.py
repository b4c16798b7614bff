"""What re-checks look up in an offer, of a few offers made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.layout.board_shown import offer, thing
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import DevicePages, Operation, Window
from verifier.layout.offer_index import OfferIndex

DEVICE, RAM = thing(0x1800, 0x2801), thing(0x8800, 0x9800, "memory", "/ram")
GIVEN, EXCUSED = thing(0x5FFF, 0x6001, path="/given"), thing(0xC000, 0xD000, path="/excused")
BOOT = Extent(0x10800, 0x10801)
FULL = offer(
    board=BoardMap((DEVICE, RAM)),
    given=(GIVEN,),
    excused=(EXCUSED, thing(0x14800, 0x14800)),
    ram=(BOOT,),
    windows=(Window("GUEST_RAM0", Extent(0x20000, 0x30000)), Window("GUEST_RAM1", Extent(0x50000, 0x60000))),
)
ALWAYS = {0x5, 0x6, 0xC}
"""Pages of what it is given, and of what may be kept from it; what has no byte has none."""


@pytest.mark.parametrize(
    ("host_layout", "iommu", "pages", "names"),
    [
        (True, True, {0x1, 0x2, 0x8, 0x9, 0x10}, {DEVICE, RAM}),
        (True, False, {0x1, 0x2}, {DEVICE}),
        (False, True, set(), set()),
        (False, False, set(), set()),
    ],
)
def test_the_board_and_the_hosts_ram_are_in_the_space_of_some(
    host_layout: bool, iommu: bool, pages: set[int], names: set[object]
) -> None:
    """A guest has none of them, and regions lie in RAM of the host only without IOMMU."""
    of = replace(FULL, host_layout=host_layout, domain=replace(FULL.domain, iommu=iommu))
    index = OfferIndex(of)
    taken = {page for page in range(0x20) if index.pages_taken.meets(page << 12, (page + 1) << 12)}
    assert taken == ALWAYS | pages
    bytes_taken = {byte for byte in range(0x20000) if index.pages_taken.meets(byte, byte + 1)}
    assert bytes_taken == {byte for page in taken for byte in range(page << 12, (page + 1) << 12)}
    known = (GIVEN, *(each for each in (DEVICE, RAM) if each in names))
    assert index.obstacles == {(each.name, each.extent) for each in known}
    assert index.ram_taken == ((BOOT,) if host_layout and iommu else ())


def test_regions_may_lie_in_the_hosts_ram_or_in_the_windows_of_the_guest_layout() -> None:
    host, guest = OfferIndex(FULL).allowed, OfferIndex(replace(FULL, host_layout=False)).allowed
    assert [byte for byte in range(0x20000) if host.meets(byte, byte + 1)] == [0x10800]
    assert [page for page in range(0x100) if guest.reached(page << 12, (page + 1) << 12)] == [
        *range(0x20, 0x30),
        *range(0x50, 0x60),
    ]
    assert guest.meets(0x2FFFF, 0x30000)
    assert not guest.meets(0x30000, 0x50000)


def test_devices_and_operations_are_found_by_name_and_place() -> None:
    one = DevicePages("/d", Extent(1, 2), Extent(3, 4), Extent(5, 6))
    again, elsewhere, other = (
        replace(one, mapped=Extent(7, 8)),
        replace(one, described=Extent(9, 10)),
        replace(one, name="/e"),
    )
    index = OfferIndex(
        replace(
            FULL,
            devices=(one, elsewhere, other, again),
            operations=(Operation("/x", 3, 5), Operation("/y", 0, 0)),
        )
    )
    assert index.devices == {
        ("/d", Extent(1, 2)): [one, again],
        ("/d", Extent(9, 10)): [elsewhere],
        ("/e", Extent(1, 2)): [other],
    }
    assert index.operations == {("/x", 3, 5), ("/y", 0, 0)}
