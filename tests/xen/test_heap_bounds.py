"""Whether what the heap has is enough for sure, on both sides of each bound: by hand from allocate_memory_11."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import HEAD, NOWHERE, M, board
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Host
from verifier.xen.heap_left import _beside, _is_sure, _Left, _neighbours, doubts, most_banks
from verifier.xen.subjects import Given, Subject, subjects

K = 1 << 10
GIVEN = Given(40, iommu=False, grant_region=NOWHERE)


def named(host: Host, name: str, given: Given = GIVEN) -> Subject:
    return next(each for each in subjects(host, HEAD, given) if each.name == name)


@pytest.mark.parametrize(
    ("memory", "cpus", "p2m", "capabilities", "expected"),
    [
        # 256 pages for each vCPU, one for each MiB, 128 more, in whole MiB; 1 MiB for the domain, 64 KiB for each vCPU.
        (64 * M, 3, None, 0, 4 * M + 1 * M + 192 * K),  # 960 pages
        (128 * M, 3, None, 0, 4 * M + 1 * M + 192 * K),  # 1024
        (129 * M, 3, None, 0, 5 * M + 1 * M + 192 * K),
        (64 * M, 1, 7, 0, 7 * M + 1 * M + 64 * K),
        (64 * M, 1, 0, 0, 1 * M + 64 * K),
        # The hardware domain has no pool.
        (64 * M, 2, None, 2, 1 * M + 128 * K),
        (None, None, None, 0, 1 * M + 1 * M),
    ],
)
def test_what_comes_with_a_domain(
    memory: int | None, cpus: int | None, p2m: int | None, capabilities: int, expected: int
) -> None:
    domain = replace(NODE, memory=memory, cpus=cpus, p2m_mib=p2m, capabilities=capabilities)
    assert _beside(domain) == expected


@pytest.mark.parametrize(("more", "sure"), [(0, True), (4096, False)])
def test_whether_a_guest_gets_its_memory(more: int, *, sure: bool) -> None:
    """Of 1 GiB Xen has a 32nd and 32 MiB, dom0 512, and 4 + 1 MiB and 64 KiB come with it: 442 MiB and 960 KiB are left."""
    one = replace(NODE, memory=442 * M + 960 * K + more)
    host = replace(board((0x40000000, 0x80000000), amount=512 * M), domains=(one,))
    found = list(doubts(host, GIVEN, named(host, "d1")))
    assert bool(found) is not sure
    # Of two of 221 MiB or less each has 3 + 1 MiB and 64 KiB beside it: 439 MiB and 896 KiB are left for both.
    first = replace(NODE, memory=221 * M)
    two = replace(NODE, memory=218 * M + 896 * K + more, path="/chosen/b", number=2)
    host = replace(host, domains=(first, two))
    assert bool(list(doubts(host, GIVEN, named(host, "d2")))) is not sure
    assert list(doubts(host, GIVEN, named(host, "d1"))) == []


def test_static_memory_is_asked_of_no_heap() -> None:
    bank = Bank("/chosen/a", 0, 0x50000000, 512 * M, "static-domain")
    one = replace(NODE, memory=512 * M, static_memory=(bank,))
    host = replace(board((0x40000000, 0x80000000), amount=256 * M), domains=(one,), reserved=(bank,))
    assert list(doubts(host, GIVEN, named(host, "d1"))) == []
    plain = replace(host, domains=(replace(one, static_memory=()),))
    assert list(doubts(plain, GIVEN, named(plain, "d1"))) != []


@pytest.mark.parametrize(("more", "sure"), [(0, True), (4096, False)])
def test_what_comes_with_a_domain_has_to_be_there(more: int, *, sure: bool) -> None:
    """Even if nothing is left: 5 MiB and 64 KiB with 512 MiB that are static, 3 MiB and 64 KiB where no memory is told."""
    bank = Bank("/chosen/a", 0, 0x50000000, 512 * M, "static-domain")
    static = replace(NODE, memory=512 * M, static_memory=(bank,))
    host = board((0x40000000, 0x80000000), amount=448 * M - 5 * M - 64 * K + more)
    host = replace(host, domains=(static,), reserved=(bank,))
    assert bool(list(doubts(host, GIVEN, named(host, "d1")))) is not sure
    host = replace(board((0x40000000, 0x80000000), amount=960 * M - 3 * M - 64 * K + more), domains=(NODE,))
    assert bool(list(doubts(host, GIVEN, named(host, "d1")))) is not sure


def test_of_whom_nothing_is_said() -> None:
    """Of a host whose RAM nobody knows, of a dom0 whose banks are told, and of a hardware domain of the tree."""
    host = board((0x40000000, 0x50000000), amount=256 * M)
    assert list(doubts(host, GIVEN, named(host, "d0"))) != []
    bare = replace(host, memory=())
    assert list(doubts(bare, GIVEN, named(bare, "d0"))) == []
    told = replace(GIVEN, dom0_banks=(Extent(0x40000000, 0x50000000),))
    assert list(doubts(host, told, named(host, "d0", told))) == []
    hardware = replace(NODE, memory=256 * M, capabilities=2, direct_map=True)
    both = replace(host, domains=(hardware,))
    assert list(doubts(both, GIVEN, named(both, "d1"))) == []


def test_the_most_banks_of_a_hardware_domain() -> None:
    """Of its own memory, in blocks of 4 MiB: what others have taken from the heap before is not known."""
    host = board((0x40000000, 0x80000000), amount=512 * M)
    assert most_banks(host, HEAD, GIVEN, named(host, "d0")) == 4
    both = replace(host, domains=(replace(NODE, memory=256 * M, capabilities=2, direct_map=True),))
    assert most_banks(both, HEAD, GIVEN, named(both, "d1")) == 64
    told = replace(GIVEN, dom0_banks=(Extent(0x40000000, 0x50000000), Extent(0x58000000, 0x68000000)))
    assert most_banks(host, HEAD, told, named(host, "d0", told)) == 2


LOW, HIGH = 0x40000000, 0x100000000


@pytest.mark.parametrize(
    ("amount", "low", "high", "sure", "sure_of_32_bits"),
    [
        # How many free blocks of 128 MiB there are below 4 GiB and above.
        (128, 1, 0, True, True),
        (128, 0, 1, True, False),  # "Unable to allocate first memory bank"
        (128, 0, 0, False, False),
        (64, 1, 0, True, True),
        (64, 0, 1, True, False),
        (256, 2, 0, True, True),
        (256, 1, 1, True, True),
        (256, 0, 2, True, False),
        (256, 1, 0, False, False),
        # Less than 128 MiB, and no power of two: its blocks may lie below the first one.
        (100, 4, 4, False, False),
        # What is left of 300 MiB when the first block is found below is found above, if there is enough of it.
        (300, 1, 3, True, True),
        (300, 1, 2, False, False),
        (300, 0, 4, False, False),
        (300, 4, 0, False, False),
    ],
)
def test_when_no_run_can_panic(
    amount: int, low: int, high: int, *, sure: bool, sure_of_32_bits: bool
) -> None:
    free = (Extent(LOW, LOW + low * 128 * M), Extent(HIGH, HIGH + high * 128 * M))
    for bits, expected in ((64, sure), (32, sure_of_32_bits)):
        assert _is_sure(_Left(free, 0), amount * M, bits, 32) is expected
        # Xen's text may be in one of them, wherever it is.
        if amount != 64:
            assert not (_is_sure(_Left(free, 1), amount * M, bits, 32) and low + high == amount // 128)


@pytest.mark.parametrize(("dma_bits", "sure"), [(30, False), (31, True), (32, True), (40, True)])
def test_how_far_the_first_block_of_32_bits_may_reach(dma_bits: int, *, sure: bool) -> None:
    """`min(32, arch_get_dma_bitsize())`: a Raspberry Pi 4 has 30 bits, and RAM from 1 GiB on is above them."""
    for start, end, is_sure in (
        (LOW, LOW + 256 * M, sure),
        (0x80000000, 0x90000000, dma_bits >= 32),
        (HIGH, HIGH + 256 * M, False),
    ):
        host = replace(board((start, end), amount=128 * M), dma_bits=dma_bits)
        given = replace(GIVEN, kernel_bits={"d0": 32})
        assert (list(doubts(host, given, named(host, "d0", given))) == []) is is_sure


@pytest.mark.parametrize(
    ("more", "line", "colours", "sure"),
    [
        (0, "", None, True),
        (4096, "", None, False),
        (0, " buddy-alloc-size=64M", None, False),
        (0, "", "0-3", False),
    ],
)
def test_whether_a_coloured_dom0_gets_its_memory(
    more: int, line: str, colours: str | None, *, sure: bool
) -> None:
    """Of 1 GiB Xen has 64 MiB, and 64 MiB are set aside for the buddy allocator: 896 are left, if all colours are dom0's."""
    host = board((0x80000000, 0xC0000000), amount=896 * M + more)
    options = replace(
        host.options, llc_coloring=True, dom0_llc_colors=colours, line=f"{host.options.line}{line}"
    )
    host = replace(host, options=options)
    assert bool(list(doubts(host, GIVEN, named(host, "d0")))) is not sure
    told = replace(GIVEN, dom0_banks=(Extent(0x80000000, 0x88000000),))
    assert list(doubts(host, told, named(host, "d0", told))) == []


@pytest.mark.parametrize(("end", "sure"), [(0xA7400000, True), (0xA7300000, False)])
def test_a_coloured_dom0_of_which_nobody_says_how_much_it_has(end: int, *, sure: bool) -> None:
    """512 MiB, as any other (create_dom0); of 628 MiB or 627 Xen has a 32nd and 32 MiB, and 64 are set aside."""
    host = board((0x80000000, end), amount=128 * M)
    host = replace(host, options=replace(host.options, llc_coloring=True, line=None, dom0_mem=None))
    found = list(doubts(host, GIVEN, named(host, "d0")))
    assert [each.partition(" hangs on")[0] for each in found] == [
        "whether allocate_memory finds 0x20000000 (512 MiB) of dom0's colours"
    ] * (not sure)


@pytest.mark.parametrize(
    ("amount", "neighbours"),
    [(100, [128]), (127, [128]), (128, [256]), (129, [128, 256]), (300, [256, 384]), (384, [512])],
)
def test_amounts_of_large_blocks_alone(amount: int, neighbours: list[int]) -> None:
    assert list(_neighbours(amount * M)) == [each * M for each in neighbours]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [
        # Blocks of 128 MiB in [1 GiB, 1.5 GiB) less 48 MiB of Xen's own, between two addresses.
        (0, 1 << 64, 3),
        (0x40000000, 0x58000000, 3),
        (0x40001000, 0x58000000, 2),
        (0x40000000, 0x57FFF000, 2),
        (0x60000000, 1 << 64, 0),
        (0, 0x40000000, 0),
    ],
)
def test_blocks_between_two_addresses(start: int, end: int, count: int) -> None:
    host = board((0x40000000, 0x60000000), amount=128 * M)
    assert _Left.of(host, GIVEN).blocks(128 * M, start, end) == count
    unknown = replace(GIVEN, grant_region=None)
    assert _Left.of(host, unknown).blocks(128 * M, start, end) == count - 1  # one may hold Xen's text
