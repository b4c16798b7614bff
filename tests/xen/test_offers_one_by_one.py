"""With what a domain's regions are judged: each field of an offer by itself, of hosts and domains of a few fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.xen.nodes import GIB, extent, host, node, subject
from tests.xen.test_bank_runs import HEAD, M
from verifier.layout.domain_map import DomainMap, Extent, NamedRegion
from verifier.layout.host import Addresses, Bank, Entry, SharedBank, SharedMemory
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import Offer, Window
from verifier.xen.offers import offer, offers
from verifier.xen.outcome import Span
from verifier.xen.release import Xen, xen
from verifier.xen.subjects import Given

NO_BOARD = BoardMap(())
RAM = (Extent(GIB, 2 * GIB),)
REGION = extent(3 * GIB, GIB)
TEXT = extent(0x40200000, 0x40000)
UART = Entry("/uart", "reg", 2, 0x9000080, 0x1000)


def domain(**fields: Any) -> DomainMap:
    """With the IOMMU and one region."""
    plain = DomainMap("d1", None, 40, True, "find_domU_holes", (), None, (REGION,), None, True, ())
    return replace(plain, **fields)


def offered(
    number: int | None = 1,
    *,
    direct: bool = False,
    hardware: bool = False,
    has_node: bool = True,
    grant: Extent | None = TEXT,
    frames: int | None = None,
    on: dict[str, Any] | None = None,
    given: Given | None = None,
    board: BoardMap = NO_BOARD,
    seen: dict[str, Any] | None = None,
    xen: Xen = HEAD,
    **fields: Any,
) -> Offer:
    """Of dom0 without a number, else of the only domain; `seen` is more of it as producers see it."""
    one = None if number is None else node(number, max_grant_frames=frames)
    made = host(*(() if one is None else (one,)), **(on or {}))
    who = subject(one, has_node=has_node, grant=grant, **(seen or {}))
    who = replace(who, hardware=hardware or one is None, direct_mapped=direct)
    return offer(made, xen, given or Given(40, iommu=False), board, who, domain(**fields))


@pytest.mark.parametrize(
    ("hardware", "direct", "host_layout"),
    [(False, False, False), (True, False, True), (False, True, True), (True, True, True)],
)
def test_whose_layout_is_the_hosts(*, hardware: bool, direct: bool, host_layout: bool) -> None:
    """Hardware domains and direct-mapped ones; only a hardware domain has the host's devices."""
    static = Bank("/s", 3, 0x60000000, 0x1000, "static-heap")
    on = {"reserved": (static,), "mapped": Addresses((UART,))}
    found = offered(hardware=hardware, direct=direct, on=on, iommu=False)
    assert (found.hardware, found.host_layout, found.source) == (hardware, host_layout, "predicted")
    windows = (Window("GUEST_RAM0", extent(GIB, 3 * GIB)), Window("GUEST_RAM1", extent(8 * GIB, 1016 * GIB)))
    assert found.windows == (() if host_layout else windows)
    kept = Obstacle(extent(0x60000000, 0x1000), "reserved-memory", "/s", "static-heap[3]")
    assert found.excused == ((kept,) if host_layout else ())
    assert offered(hardware=hardware, direct=direct, on=on).excused == ()  # with IOMMU
    assert [each.name for each in found.devices] == ["/uart reg[2]"] * hardware


def test_regions_of_a_domain() -> None:
    assert offered().regions == (REGION,)
    assert offered(extended_regions=None).regions == ()
    assert offered(seen={"cells": (1, 2)}).cells == (1, 2)


def test_where_the_grant_region_may_lie() -> None:
    """While nobody says where Xen's text is: in all RAM that is free, if the domain has a hypervisor node."""
    kernel = Extent(0x48000000, 0x48010000)
    free = (Extent(GIB, kernel.start), Extent(kernel.end, 2 * GIB))
    assert offered(None, grant=None, on={"memory": (bank(*RAM),)}).grant_places == free
    assert offered(None, grant=None, has_node=False).grant_places == ()
    assert offered(None).grant_places == offered(None, has_node=False).grant_places == ()


def bank(where: Extent, index: int = 0, kind: str = "memory") -> Bank:
    return Bank("/m", index, where.start, where.size, kind)


@pytest.mark.parametrize(
    ("number", "own", "line", "frames"),
    [
        (1, None, None, 64),
        (1, None, 0, 0),
        (1, None, 7, 7),
        (1, 0, 7, 0),
        (1, 5, 7, 5),
        (1, 5, None, 5),
        (None, None, None, 64),
        (None, None, 7, 7),
    ],
)
def test_frames_of_a_grant_table(number: int | None, own: int | None, line: int | None, frames: int) -> None:
    """opt_max_grant_frames is 64; what the node says comes first (domain_create), for dom0 the command line."""
    options = replace(host().options, gnttab_max_frames=line)
    assert offered(number, frames=own, on={"options": options}).grant_frames == frames
    assert offered(number, frames=own, on={"options": options}, has_node=False).grant_frames == 0


def test_frames_are_those_of_the_domain_itself() -> None:
    one, two = node(1, max_grant_frames=3), node(2)
    board = host(one, two)
    given, maps = Given(40, iommu=False), (domain(path=one.path), domain(name="d2", path=two.path))
    # `xen,enhanced` makes a hypervisor node.
    board = replace(board, domains=tuple(replace(each, enhanced="enabled") for each in (one, two)))
    found = offers(board, HEAD, given, NO_BOARD, (domain(name="d0"), *maps))
    assert [(each.name, each.grant_frames) for each in found] == [("d0", 64), ("d1", 3), ("d2", 64)]
    assert [each.name for each in offers(board, HEAD, given, NO_BOARD, maps[1:])] == ["d2"]


def memory(*extents: Extent) -> BoardMap:
    """And something that is none."""
    banks = [Obstacle(each, "memory", "/m", f"reg[{at}]") for at, each in enumerate(extents)]
    return BoardMap((*banks, Obstacle(extent(GIB, 4096), "disabled-memory", "/n", "reg[0]")))


def test_ram_of_the_host() -> None:
    """The boot memory map where one is told, by address; else what the tree has that is not empty."""
    told = (extent(2 * GIB, GIB), extent(GIB, 4096))
    board = memory(extent(0, GIB), extent(3 * GIB, 1), extent(4 * GIB, 0))
    found = offered(board=board)
    assert (found.ram, found.ram_origin) == ((extent(0, GIB), extent(3 * GIB, 1)), "the device tree")
    for ram, sorted_ram in ((told, (told[1], told[0])), ((), ())):
        found = offered(board=board, given=Given(40, iommu=False, ram=ram))
        assert (found.ram, found.ram_origin) == (sorted_ram, "the boot memory map")


GICD = NamedRegion("GICD", extent(0x3001000, 0x1000), "GUEST_GICD")
SHARED = NamedRegion("shared memory 7", extent(0x60000000, 0x2000), "/shm")
PASSED = NamedRegion("xen,reg[0]", extent(0x70000000, 0x1000), "/passthrough/a")
NOWHERE = NamedRegion("xen,reg[1]", None, "/passthrough/b")


@pytest.mark.parametrize("hardware", [False, True])
def test_what_a_domain_is_given(*, hardware: bool) -> None:
    """The layout of a hardware domain is the host's, and among the devices of the board."""
    banks = (extent(GIB, GIB), extent(8 * GIB, 4096))
    found = offered(
        hardware=hardware, banks=banks, grant_region=TEXT, regions=(GICD, SHARED, PASSED, NOWHERE)
    )
    layout = () if hardware else (Obstacle(extent(0x3001000, 0x1000), "layout", "GICD", "GUEST_GICD"),)
    assert found.given == (
        Obstacle(banks[0], "domain-ram", "RAM bank 0", "of d1"),
        Obstacle(banks[1], "domain-ram", "RAM bank 1", "of d1"),
        Obstacle(TEXT, "grant-region", "grant region", "of d1"),
        *layout,
        Obstacle(extent(0x60000000, 0x2000), "shared-memory", "shared memory 7", "/shm"),
        Obstacle(extent(0x70000000, 0x1000), "passthrough", "xen,reg[0]", "/passthrough/a"),
    )
    assert offered(hardware=hardware, banks=None).given == ()


RESERVED = bank(extent(0x58000000, 0x3000), 4, "reserved-memory")
HOST: dict[str, Any] = {
    "memory": (bank(extent(GIB, 512 * M)),),
    "reserved": (RESERVED,),
    "shared": (SharedBank("/shm", "7", 0x5A000000, 0x2000),),
    "addresses": Addresses((Entry("/uart", "reg", 1, 0x9000000, 0x1000),)),
}
SEEN: dict[str, Any] = {
    "banks": (extent(5 * GIB, 64 * M),),
    "shared": (SharedMemory("/shm", "7", None, 0x60000000, 0x2000, None),),
    "passthrough": (Span(0x70000000, 0x1000),),
}
OWN = [
    ("RAM bank [0x140000000, 0x144000000) of d1", 5 * GIB, 64 * M),
    ("shared memory 7", 0x60000000, 0x2000),
    ("xen,reg", 0x70000000, 0x1000),
]
OF_HOST = [("RAM [0x40000000, 0x60000000)", GIB, 512 * M), ("/m [4]", 0x58000000, 0x3000)]
UNKNOWN: dict[str, Any] = {"banks": None, "passthrough": None}


def operations(**fields: Any) -> list[tuple[str, int, int]]:
    found = offered(on=HOST, seen=fields.pop("seen", SEEN), **fields)
    return [(each.name, each.start, each.size) for each in found.operations]


@pytest.mark.parametrize(
    ("producer", "hardware", "direct", "first"),
    [
        ("find_domU_holes", False, False, []),
        ("find_unallocated_memory", True, False, OF_HOST),
        ("find_unallocated_memory", False, True, OF_HOST),
        ("find_memory_holes", True, True, [("/uart reg[1]", 0x9000000, 0x1000)]),
        ("find_memory_holes", False, False, [("/uart reg[1]", 0x9000000, 0x1000)]),
    ],
)
def test_what_a_producer_adds_and_takes_away(
    producer: str, first: list[tuple[str, int, int]], *, hardware: bool, direct: bool
) -> None:
    of = {"producer": producer, "hardware": hardware, "direct": direct}
    assert operations(**of) == [*first, *OWN]
    assert operations(**of, seen=UNKNOWN) == first
    assert operations(**{**of, "producer": None}) == []


@pytest.mark.parametrize(
    ("ram", "expected"),
    [
        (None, OF_HOST[:1]),
        ((extent(2 * GIB, 4096),), [("RAM [0x80000000, 0x80001000)", 2 * GIB, 4096)]),
        ((), []),  # of RAM that is told to be none
    ],
)
def test_ram_that_a_producer_starts_from(
    ram: tuple[Extent, ...] | None, expected: list[tuple[str, int, int]]
) -> None:
    given = Given(40, iommu=True, ram=ram)
    found = operations(hardware=True, producer="find_unallocated_memory", given=given, seen=UNKNOWN)
    assert found == [*expected, OF_HOST[1]]


@pytest.mark.parametrize(("tag", "last"), [("head", 0x9002000), ("4.16.0", 0x9003000)])
def test_devices_of_a_hardware_domain(tag: str, last: int) -> None:
    """From 128 bytes into a page: one page is mapped; the pages of its bytes may be managed, before 33233c2758 one more."""
    (found,) = offered(hardware=True, on={"mapped": Addresses((UART,))}, xen=xen(tag)).devices
    assert (found.name, found.described) == ("/uart reg[2]", extent(0x9000080, 0x1000))
    assert found.mapped == extent(0x9000000, 0x1000)
    assert found.permitted == Extent(0x9000000, last)
