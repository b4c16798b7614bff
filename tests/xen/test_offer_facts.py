"""What a domain is judged by, case by case: devices and memory of the host, facts of guests, bounds of page tables."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.commands.test_host_verdicts import BOARD, DIRECT, GUEST, SHARED, guests
from tests.reading.test_xl_guest import guest
from tests.reading.trees import Description, tree
from tests.rules.boards.offers import SOUND
from tests.xen.test_bank_runs import HEAD, M, board
from verifier.layout.consumer import ZERO_START, Fault
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.guest_facts import GuestFacts
from verifier.layout.host import Addresses, Bank, Entry, Host, SharedBank
from verifier.layout.open_grant import OpenGrant
from verifier.reading.consumers import consumers
from verifier.reading.host_tree import host_of
from verifier.xen import boot_ram, xl_offer
from verifier.xen.as_built import asked_for
from verifier.xen.consumers import faults, stretches
from verifier.xen.device_pages import rule
from verifier.xen.dom0_room import _Inputs
from verifier.xen.dom0less_facts import with_facts
from verifier.xen.guest_offer import Passed, unmapped
from verifier.xen.host_regions import predict
from verifier.xen.offers import _excused, _pages_of
from verifier.xen.open_grant import explore
from verifier.xen.outcome import Span
from verifier.xen.release import xen
from verifier.xen.subjects import Given, subjects
from verifier.xen.unallocated import Taken

GIB = 1 << 30
HOST = board((0x40000000, 0x60000000), amount=128 * M)
NOTHING = Span(0, 0)


@pytest.mark.parametrize(
    ("kind", "excused"),
    [
        ("static-heap", True),
        ("static-domain", True),
        ("shared-memory", True),
        ("reserved-memory", False),
        ("memreserve", False),
    ],
)
def test_what_xen_keeps_from_dom0_is_excused_and_what_firmware_has_is_not(
    kind: str, *, excused: bool
) -> None:
    """It may be offered, being RAM that is not dom0's, and need not be. Firmware's may not be offered at all."""
    host = replace(HOST, reserved=(Bank("/x", 3, 0x50000000, 0x1000, kind),))
    found = [(each.kind, each.extent) for each in _excused(host)]
    assert found == [("reserved-memory", Extent(0x50000000, 0x50001000))] * excused


def test_shared_memory_without_an_address_of_the_host_is_nowhere() -> None:
    shared = (SharedBank("/s", "a", 0x50000000, 0x2000), SharedBank("/t", "b", None, 0x2000))
    found = list(_excused(replace(HOST, shared=shared)))
    assert [(each.kind, each.extent) for each in found] == [("shared-memory", Extent(0x50000000, 0x50002000))]


@pytest.mark.parametrize(
    ("address", "size", "mapped", "permitted"),
    [
        (0x9000000, 0x1000, (0x9000000, 0x9001000), (0x9000000, 0x9001000)),
        # PFN_UP of the size from the page of the start on, and the pages of the first and the last byte.
        (0x9000080, 0x1000, (0x9000000, 0x9001000), (0x9000000, 0x9002000)),
        (0x9000080, 1, (0x9000000, 0x9001000), (0x9000000, 0x9001000)),
        (0x9000080, 0x1001, (0x9000000, 0x9002000), (0x9000000, 0x9002000)),
    ],
)
def test_the_pages_of_a_device(
    address: int, size: int, mapped: tuple[int, int], permitted: tuple[int, int]
) -> None:
    host = replace(HOST, mapped=Addresses((Entry("/d", "reg", 1, address, size),)))
    (found,) = _pages_of(host, rule(HEAD))
    assert (found.name, found.described) == ("/d reg[1]", Extent(address, address + size))
    assert (found.mapped, found.permitted) == (Extent(*mapped), Extent(*permitted))


@pytest.mark.parametrize(
    ("address", "size", "count"),
    [(0x9000000, 0, 0), (0x9000080, 0, 0), ((1 << 64) - 0x1000, 0x1000, 1), ((1 << 64) - 0x1000, 0x1001, 0)],
)
def test_a_device_that_is_empty_or_wraps_has_no_pages(address: int, size: int, count: int) -> None:
    """These are told as such (`preconditions`), and no bound of theirs says anything."""
    host = replace(HOST, mapped=Addresses((Entry("/d", "reg", 0, address, size),)))
    assert len(list(_pages_of(host, rule(HEAD)))) == count


def facts(one: Description, gic: str = "arm,gic-400") -> GuestFacts:
    """Of the first domain of a board."""
    description = guests(one=one)
    host = host_of(tree({**description, "intc": {**description["intc"], "compatible": gic}}), "head")
    given = Given(40, iommu=True)
    domain = next(each for each in predict(host, HEAD, given) if each.path == "/chosen/one")
    offer = replace(SOUND, domain=domain, hardware=False, host_layout=bool(host.domains[0].direct_map))
    found = with_facts(offer, host, HEAD, given).guest
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("gic", "version", "needs"),
    [
        # GICC is two pages; a redistributor has 128 KiB (two frames of 64 KiB), of which two vCPUs have two.
        ("arm,gic-400", 2, ("GICC", 0x2000)),
        ("arm,gic-v3", 3, ("GICR", 0x40000)),
    ],
)
def test_a_guest_has_the_interrupt_controller_of_the_host(
    gic: str, version: int, needs: tuple[str, int]
) -> None:
    found = facts({**GUEST, "cpus": [2]}, gic)
    assert (found.gic, found.vcpus) == (version, 2)
    assert [(each.name, each.amount) for each in found.needs] == [needs]


def test_memory_of_a_guest_is_that_of_its_static_banks() -> None:
    """Two of 128 MiB, direct-mapped: their sizes count, wherever they are. Else the property counts."""
    static = [0x70000000, 0x8000000, 0x78000000, 0x8000000]
    direct = facts({**DIRECT, "xen,static-mem": static})
    assert (direct.memory, direct.memory_origin) == (256 * M, "/chosen/one xen,static-mem")
    assert direct.needs == ()  # its GIC is the host's
    plain = facts(GUEST)
    assert (plain.memory, plain.memory_origin) == (128 * M, "/chosen/one memory")


@pytest.mark.parametrize(
    ("end", "told", "told_since_xsa_301"),
    [
        (1 << 40, False, False),
        ((1 << 40) + 0x1000, True, True),
        # The table is number 512, or 2^24, of which 9 bits are 0.
        ((1 << 48) + 0x1000, False, True),
        ((1 << 63) + 0x1000, False, True),
        (1 << 64, True, True),
        # There is no such frame.
        ((1 << 64) + 0x1000, True, True),
        ((1 << 65) + 0x1000, True, True),
    ],
)
def test_what_no_root_table_stands_for(end: int, *, told: bool, told_since_xsa_301: bool) -> None:
    """Two tables of 512 GiB for 40 bits. Up to 4.12.1 an address above them finds the one that its low bits number."""
    page = Extent(end - 0x2000, end)
    passed = Passed("iomem[0]", page, page, page, page, "here")
    assert bool(list(unmapped(xen("4.12.1"), 40, (), (passed,)))) is told
    for tag in ("4.12.2", "4.13.0", "head"):
        assert bool(list(unmapped(xen(tag), 40, (), (passed,)))) is told_since_xsa_301


@pytest.mark.parametrize(
    ("text", "tag", "pool"),
    [
        ("memory=512; maxmem=1024; vcpus=2; maxvcpus=3", "head", (3, 3 * 256 + 1024 + 128)),
        ("memory=512", "4.15.3", None),  # before XSA-409 no limit
    ],
)
def test_the_pool_of_a_guest_of_xl(text: str, tag: str, pool: tuple[int, int] | None) -> None:
    assert xl_offer.pool(guest(f"name='g'; {text}", tag), xen(tag)) == pool


TAKES = next(each.takes for each in consumers() if each.name == "linux-arm64-4k")


def test_how_much_a_region_at_0_lacks() -> None:
    """`if (!regs[i].start)` refuses it: it would have to begin at 1 at least."""
    assert TAKES is not None
    refusing = replace(TAKES, refuses=(ZERO_START,))
    assert list(faults(refusing, [Span(0, 0x1000), Span(0x2000, 0x1000)])) == [Fault(ZERO_START, (0,), 0, 1)]
    assert list(faults(refusing, [Span(1, 0x1000), Span(0x2000, 0x1000)])) == []
    assert list(faults(replace(TAKES, refuses=()), [Span(0, 0x1000)])) == []


@pytest.mark.parametrize(
    ("spans", "joined"),
    [
        ([], []),
        ([(0, 1)], [(0, 1)]),
        ([(0, 1), (1, 2)], [(0, 3)]),
        ([(0, 1), (2, 2)], [(0, 1), (2, 4)]),
        ([(1, 1), (2, 2), (4, 1), (6, 1)], [(1, 5), (6, 7)]),
        ([(4, 1), (1, 1)], [(4, 5), (1, 2)]),
    ],
)
def test_regions_that_touch(spans: list[tuple[int, int]], joined: list[tuple[int, int]]) -> None:
    """Starts and sizes; in the order of `reg`."""
    assert TAKES is not None
    found = [Span(start, size) for start, size in spans]
    assert list(stretches(replace(TAKES, joins=True), found)) == joined
    apart = [(start, start + size) for start, size in spans]
    assert list(stretches(replace(TAKES, joins=False), found)) == apart


def explored(
    tag: str, banks: int, *, reserved: tuple[Span, ...] = (), shared: tuple[Span, ...] = ()
) -> OpenGrant | None:
    """Banks of 64 MiB with as much between them."""
    ram = [Extent(GIB + (at << 27), GIB + (at << 27) + 64 * M) for at in range(banks)]
    taken = Taken(NOTHING, (), reserved, shared)
    return explore(xen(tag), ipa_bits=40, ram=ram, taken=taken, modules=(), most=0x40000)


@pytest.mark.parametrize(("tag", "cap"), [("4.16.0", 128), ("4.16.1", 256), ("head", 256)])
def test_one_region_more_than_there_are_has_to_be_taken(tag: str, cap: int) -> None:
    """NR_MEM_BANKS: the grant region may make two of one, and of what is above the bound Xen takes none."""
    fewer, most = explored(tag, cap - 1), explored(tag, cap)
    assert fewer is not None
    assert len(fewer.whole) == cap - 1
    assert most is None


@pytest.mark.parametrize(("tag", "last"), [("4.19.3", False), ("4.20.0", True), ("head", True)])
def test_shared_memory_that_is_taken_after_the_text_is_clear_of_what_was_taken_before(
    tag: str, last: bool
) -> None:
    """Else what its removal leaves is not of the place alone (F1); before 4.20 it is taken away before Xen's text."""
    reserved = (Span(GIB, 2 * M),)
    apart, across = (Span(GIB + 2 * M, M),), (Span(GIB + M, 2 * M),)
    outside = (Span(GIB - M, M),)
    assert explored(tag, 2, reserved=reserved, shared=apart) is not None
    assert (explored(tag, 2, reserved=reserved, shared=across) is None) is last
    assert (explored(tag, 2, reserved=reserved, shared=outside) is None) is last


def bank(start: int, end: int) -> Extent:
    return Extent(start, end)


FIRST = Bank("/memory", 0, 0x40000000, 0x10000000, "memory")


@pytest.mark.parametrize(
    ("ram", "shares", "outside"),
    [
        (None, False, False),
        # The boot memory map counts where it is told: here two banks with a page in common, and RAM elsewhere.
        ((bank(0x40000000, 0x48001000), bank(0x48000000, 0x50000000)), True, False),
        ((bank(0x80000000, 0x90000000),), False, True),
        ((), False, False),
    ],
)
def test_the_boot_memory_map_counts_where_it_is_told(
    ram: tuple[Extent, ...] | None, *, shares: bool, outside: bool
) -> None:
    static = Bank("/chosen/a", 0, 0x40000000, 0x1000, "static-domain")
    host = replace(HOST, memory=(FIRST,), reserved=(static,))
    assert bool(list(boot_ram.shared_pages(host, HEAD, ram))) is shares
    assert bool(list(boot_ram.static_pages(host, HEAD, ram))) is outside


def of_dom0(shared: Description) -> Host:
    chosen: Description = {**guests()["chosen"], **shared}
    return host_of(tree({**BOARD, "chosen": chosen}), "head")


def test_shared_memory_of_dom0_asks_for_a_build_with_it() -> None:
    """Its node is below /chosen itself."""
    host = of_dom0({"s": SHARED})
    assert list(asked_for(host, {})) == ["CONFIG_STATIC_SHM"]
    assert list(asked_for(host, {"static-shm": False})) == []
    assert list(asked_for(of_dom0({}), {})) == []


def banks_of(host: Host, *told: Extent, ram: tuple[Extent, ...] | None = None) -> list[tuple[int, int]]:
    given = Given(40, iommu=False, ram=ram, dom0_banks=told or None, grant_region=Extent(0, 0))
    gic = host.dom0.gic
    assert gic is not None
    return list(_Inputs(HEAD, host, given, subjects(host, HEAD, given)[0], gic)._banks())


def test_the_name_of_a_memory_node_has_the_digits_of_the_first_bank() -> None:
    """`memory@%PRIx64`; while nobody says where it is: the lowest address of RAM with one, the highest with the most."""
    low, high = Extent(0xC0000000, 0x100000000), Extent(0x100000000, 0x140000000)
    assert banks_of(HOST, low) == [(1, 8)]
    assert banks_of(HOST, high) == [(1, 9)]
    assert banks_of(HOST, low, high) == [(2, 8)]
    # 128 MiB are one block of the ten or so that there are.
    assert banks_of(HOST) == [(1, 8)]
    assert banks_of(HOST, ram=(Extent(0xF000000, 0x4F000000),)) == [(1, 7), (1, 8)]
    assert banks_of(HOST, ram=(Extent(0xC0000000, 0x100000000),)) == [(1, 8)]
    assert banks_of(HOST, ram=(Extent(0xC0000000, 0x100001000),)) == [(1, 8), (1, 9)]
    # No RAM is told: PADDR_BITS are 48, and 128 MiB at most 32 blocks of 4 MiB.
    assert banks_of(replace(HOST, memory=())) == [(1, 1), (32, 12)]


def test_where_a_boot_ends_no_place_is_explored() -> None:
    """Whatever the grant region is, there is no answer; with an answer, it is the one for every place."""
    host = replace(HOST, memory=(FIRST,))
    told = Given(40, iommu=False, dom0_banks=(Extent(0x48000000, 0x50000000),))

    def d0(board: Host, given: Given = told) -> DomainMap:
        return predict(board, HEAD, given)[0]

    assert d0(host).open_grant is not None
    assert d0(replace(host, options=replace(host.options, gnttab_max_frames=0))).boots is False
    stopped = d0(replace(host, gic=None, dom0=replace(host.dom0, gic=None)))
    assert (stopped.boots, stopped.open_grant) == (False, None)
    assert d0(host, replace(told, grant_region=Extent(0x40200000, 0x40240000))).open_grant is None
