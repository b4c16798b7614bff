"""Devices that Xen cannot map to dom0, or that its permissions stumble over, and those over RAM: by hand from its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import M
from tests.xen.test_device_stops import BOARD, GIVEN, with_devices
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Addresses, Entry, Host, Untranslated
from verifier.xen import device_stops
from verifier.xen.release import Build, xen
from verifier.xen.subjects import Given, subjects

D = 0x9000000
TOP = 1 << 64


def of(host: Host, tag: str = "head", build: Build = "release", given: Given = GIVEN) -> list[str]:
    return list(device_stops.of(host, xen(tag, build), given))


def test_a_board_without_processors_or_with_a_device_that_cannot_be_read() -> None:
    assert of(BOARD) == []
    assert of(replace(BOARD, dom0=replace(BOARD.dom0, processors=None))) == [
        "make_cpus_node finds no processor below /cpus, or the first one has no compatible"
    ]
    failure = Untranslated("/d", "reg", 1, "no range")
    assert of(replace(BOARD, mapped=Addresses((), failure))) == [
        "handle_device gives up at /d reg[1]: no range"
    ]


@pytest.mark.parametrize(("bits", "reach"), [
    # One table of level 1 translates 39 bits, concatenated ones 40 and 42, one of level 0 translates 48.
    (32, 1 << 39), (36, 1 << 39), (40, 1 << 40), (42, 1 << 42), (44, 1 << 48), (48, 1 << 48),
])  # fmt: skip
@pytest.mark.parametrize(("start", "size", "beyond"), [
    (-0x1000, 0x1000, False),
    (-0x1000, 0xFFF, False),
    (-0x1000, 0x1001, True),  # one page more is mapped
    (-0x800, 0x1000, False),  # PFN_UP(len) pages from the one that it begins in: Xen maps the first alone
    (-0x800, 0x1001, True),
    (0, 1, True),
    (0, 0, False),
    (0x1000, 0, False),  # no page: p2m_set_entry has nothing to do
])  # fmt: skip
def test_devices_above_what_page_tables_reach(
    bits: int, reach: int, start: int, size: int, *, beyond: bool
) -> None:
    """map_regions_p2mt fails for a frame that the root tables do not have."""
    host = with_devices((D, 0x1000), (reach + start, size), (D, 0x2000))
    device = Entry("/d", "reg", 0, reach + start, size)
    said = (
        [f"map_range_to_domain cannot map {device}: the page tables reach up to {reach:#x}"] if beyond else []
    )
    assert of(host, given=Given(bits, iommu=False)) == said
    assert device_stops.reached(host, bits) is not beyond


@pytest.mark.parametrize(("addresses", "first"), [
    ((D, 1 << 40, D), 1), ((1 << 41, 1 << 40), 0), ((1 << 40, 1 << 41), 0), ((D, D, 1 << 47), 2), ((1 << 40, D), 0),
])  # fmt: skip
def test_the_first_of_them_is_told(addresses: Sequence[int], first: int) -> None:
    """In the order of the tree, in which Xen maps them."""
    host = with_devices(*((each, 0x1000) for each in addresses))
    (said,) = of(host)
    assert said.startswith(f"map_range_to_domain cannot map {host.mapped.entries[first]}: ")
    assert device_stops.reached(host, 40) is False
    assert device_stops.reached(host, 48) is True


def test_no_page_table_reaches_the_end_of_the_address_space() -> None:
    """Later releases refuse what does not end below before its permissions, which would be out of order."""
    for size in (0x1000, 0x3000):
        host = with_devices((TOP - 0x1000, size))
        assert device_stops.reached(host, 48) is False
        (said,) = of(host, build="debug")
        assert said.startswith("map_range_to_domain cannot map ")
    assert device_stops.reached(with_devices(), 32) is True


STOPS = "rangeset_add_range (null-dereference)"


@pytest.mark.parametrize(("devices", "stops_at"), [
    (((D, 0),), None),  # kept as it is: there is no other
    (((D, 0x1000), (D, 0)), 1),  # none begins at or below the end: y is NULL
    (((D, 0), (D, 0)), 1),
    (((D, 0), (D, 0x1000)), None),  # the first grows
    (((D - 0x4000, 0x1000), (D, 0x1000), (D, 0)), None),  # the one below is y
    (((D - 0x1000, 0x1000), (D, 0)), None),
    (((D, 0x1000), (D + 0x1000, 0)), None),  # none begins there: x is y
    (((D, 0x1000), (D, 0), (D, 0)), 1),  # that is the end
    (((D, 0x1000), (D, 1), (D + 0x800, 0)), None),  # inside of a page frames ascend
    (((D, 0x1000), (0, 0)), None),  # from frame 0 to the last
    (((0, 0x1000), (0, 0)), None),
    (((D, 0x2800), (D + 0x4000, 1), (D, 0)), 2),
])  # fmt: skip
def test_permissions_out_of_order(devices: Sequence[tuple[int, int]], stops_at: int | None) -> None:
    """iomem_permit_access from the frame of a device of size 0 to the one before (9568ceb287); rangeset_add_range."""
    host = with_devices(*devices)
    entries = host.mapped.entries
    said = [] if stops_at is None else [f"map_range_to_domain: {entries[stops_at]}: {STOPS}"]
    assert of(host) == said
    assert of(host, "4.20.4") == []  # with one frame more it is none before its start


@pytest.mark.parametrize(("device", "stops"), [
    ((D, 0), True), ((D + 1, 0), False), ((D + 0xFFF, 0), False), ((0, 0), False), ((0x1000, 0), True),
    ((D, 1), False), ((D, 0x1000), False),
])  # fmt: skip
def test_an_assertion_ends_a_debug_build_at_the_first(device: tuple[int, int], *, stops: bool) -> None:
    """`ASSERT(s <= e)`."""
    host = with_devices((0x1000, 0x1000), device, device)
    entry = host.mapped.entries[1]
    said = f"map_range_to_domain: {entry}: rangeset_add_range (assertion)"
    assert of(host, build="debug") == ([said] if stops else [])
    assert of(host, "4.20.4", "debug") == []


@pytest.mark.parametrize(("path", "counts"), [
    ("/d", True), ("/reserved-memory", True), ("/reserved-memory/a", False), ("/Reserved-Memory/a", False),
    ("/soc/reserved-memory/a", True),
])  # fmt: skip
def test_reserved_memory_has_no_permissions(path: str, *, counts: bool) -> None:
    """map_range_to_domain: only `if ( strncasecmp(dt_node_full_name(dev), "/reserved-memory/", ...) )`."""
    there, empty = Entry(path, "reg", 0, D, 0x1000), Entry("/e", "reg", 0, D, 0)
    host = replace(BOARD, mapped=Addresses((there, empty)))
    assert bool(of(host)) is counts
    assert bool(doubted(host)) is counts
    there, empty = Entry("/d", "reg", 0, D, 0x1000), Entry(path, "reg", 0, D, 0)
    assert bool(of(replace(BOARD, mapped=Addresses((there, empty))))) is counts


def doubted(host: Host, *banks: Extent, path: str | None = None) -> list[str]:
    """Of dom0, or of a guest."""
    given = replace(GIVEN, dom0_banks=banks or None)
    subject = next(each for each in subjects(host, xen("head"), given) if each.path == path)
    return list(device_stops.doubts(host, xen("head"), given, subject))


def test_the_first_device_of_no_size_where_another_starts_is_told() -> None:
    host = with_devices((D, 0x1000), (D + 0x8000, 0), (D + 0x1000, 0x1000), (D + 0x1000, 0), (D, 0))
    said = f"whether rangeset_add_range survives {host.mapped.entries[3]}, where another device starts, is not decided"
    assert doubted(host) == [said]


BANK = Extent(0x50000000, 0x58000000)
"""128 MiB: kernel, device tree and ramdisk may be anywhere, as no kernel's size is known."""


@pytest.mark.parametrize(("start", "size", "meets"), [
    (BANK.start - 0x1000, 0x1000, False), (BANK.start - 0x1000, 0x1001, True), (BANK.start, 1, True),
    (BANK.start, 0, False), (BANK.end - 1, 1, True), (BANK.end - 1, 0, False), (BANK.end, 1, False),
    (BANK.start + 0x1000, 0, False), (BANK.start - 0x1000, 1 * 1024 * M, True), (D, 0x1000, False),
])  # fmt: skip
def test_devices_over_ram(start: int, size: int, *, meets: bool) -> None:
    """Each one, of a place that is asked about, and no neighbour; of dom0 the first."""
    beside = (BANK.start - 0x1000, 0x1000), (BANK.end, 0x1000), (BANK.start + 0x8000, 0)
    host = with_devices((D, 0x1000), (start, size), *beside, (start, size))
    said = f"whether copy_to_guest_phys_flush_dcache meets {host.mapped.entries[1]}, over RAM of dom0, is not decided"
    assert list(device_stops.over(host, BANK)) == ([said, said] if meets else [])
    assert [each for each in doubted(host, BANK) if "copy_to" in each] == ([said] if meets else [])


def test_a_place_may_be_larger_than_its_address() -> None:
    host = with_devices((0x2000, 0x1000))
    assert len(list(device_stops.over(host, Extent(0x1000, 0x9000)))) == 1


def test_devices_are_mapped_to_dom0_alone() -> None:
    host = replace(
        with_devices((BANK.start, 0x1000), (D, 0), (D, 0x1000)), domains=(replace(NODE, memory=64 * M),)
    )
    assert len(doubted(host, BANK)) == 2
    assert doubted(host, BANK, path="/chosen/a") == []


def test_a_device_may_reach_over_others() -> None:
    """One that begins below them all, and ends in RAM behind some that do not."""
    host = with_devices((D, BANK.start - D + 1), (D + 0x1000, 0x1000), (D + 0x4000, 0))
    said = f"whether copy_to_guest_phys_flush_dcache meets {host.mapped.entries[0]}, over RAM of dom0, is not decided"
    assert list(device_stops.over(host, BANK)) == [said]
    assert list(device_stops.over(host, Extent(BANK.start + 1, BANK.end))) == []
