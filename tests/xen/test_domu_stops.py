"""What keeps Xen from building a domain of the tree, asked one by one: off create_domUs, construct_domU, static-memory.c."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.xen.nodes import GIB, host, node, static, subject
from tests.xen.test_bank_runs import HEAD
from verifier.xen.domu_stops import (
    after,
    before,
    doubts,
    most_vcpus,
)
from verifier.xen.release import xen

HARDWARE, STORE = 2, 4
"""DOMAIN_CAPS_HARDWARE and _XENSTORE, public/bootfdt.h."""


def stopped(tag: str = "head", *, dom0less: bool = False, gic: bool = True, **fields: Any) -> list[str]:
    """Why the only domain is not built."""
    one = node(**fields)
    board = host(one, dom0less=dom0less, tag=tag)
    if not gic:
        board = replace(board, dom0=replace(board.dom0, gic=None))
    return [*before(board, xen(tag), subject(one))]


def test_a_guest_that_nothing_stops() -> None:
    assert stopped() == []
    assert stopped(dom0less=True) == []


def test_nothing_is_said_of_dom0() -> None:
    """Not even with a domain that is stopped, nor with one at the place of its number."""
    bad = node(cpus=0, nr_spis=5000, max_grant_version=2)
    board = host(bad)
    assert [*before(board, HEAD, subject(None))] == []
    assert [*doubts(board, subject(None))] == []
    assert [*after(host(), HEAD, subject(None))] == []


def test_a_domain_is_known_by_its_path() -> None:
    one, two = node(1, cpus=0), node(2, nr_spis=961)
    board = host(one, two)
    assert [*before(board, HEAD, subject(one))] == ["domain_create fails: a domain without vCPUs"]
    assert [*before(board, HEAD, subject(two))] == []
    assert [*doubts(board, subject(one))] == []
    assert len([*doubts(board, subject(two))]) == 1


@pytest.mark.parametrize("tag", ["4.17.0", "4.20.4"])
@pytest.mark.parametrize(
    ("enhanced", "dom0less", "stops"),
    [
        ("enabled", True, True),
        ("enabled", False, False),
        ("legacy", True, False),
        ("no-xenstore", True, False),
        (None, True, False),
    ],
)
def test_xenstore_needs_dom0(tag: str, enhanced: str | None, *, dom0less: bool, stops: bool) -> None:
    """construct_domU: `kinfo.dom0less_enhanced & XENSTORE` and no hardware_domain, 4.17 to 4.20."""
    found = stopped(tag, dom0less=dom0less, enhanced=enhanced)
    assert found == ["construct_domU: xenstore needs dom0"] * stops
    for other in ("4.16.0", "4.21.0", "head"):
        assert stopped(other, dom0less=dom0less, enhanced=enhanced) == []


@pytest.mark.parametrize(
    ("capabilities", "dom0less", "stops"),
    [
        ((0, 0), False, (False, False)),
        ((HARDWARE, 0), False, (True, False)),
        ((HARDWARE, 0), True, (False, False)),
        ((0, HARDWARE), True, (False, False)),
        ((0, HARDWARE), False, (False, True)),
        ((HARDWARE, HARDWARE), True, (False, True)),
        ((HARDWARE, HARDWARE), False, (True, True)),
        ((STORE, 1), True, (False, False)),
    ],
)
def test_there_is_one_hardware_domain(
    capabilities: tuple[int, int], stops: tuple[bool, bool], *, dom0less: bool
) -> None:
    """dom0, if there is one, and else the first that asks to be it."""
    pair = tuple(node(at + 1, capabilities=each) for at, each in enumerate(capabilities))
    board = host(*pair, dom0less=dom0less)
    said = ["create_domUs: there is a hardware domain already"]
    assert [[*before(board, HEAD, subject(each))] for each in pair] == [said * each for each in stops]


@pytest.mark.parametrize(
    ("gic", "cpus", "says"),
    [
        (True, None, []),
        (True, 1, []),
        (True, 8, []),
        (True, 0, ["domain_create fails: a domain without vCPUs"]),
        (True, 9, ["domain_create fails: 9 vCPUs, and with a GICv2 a domain has 8 at most"]),
        (False, 9, []),
        (False, 128, []),
        (False, 129, ["domain_create fails: 129 vCPUs, and a domain has 128 at most"]),
    ],
)
def test_vcpus(cpus: int | None, says: list[str], *, gic: bool) -> None:
    """vgic_v2_init has 8, MAX_VIRT_CPUS is 128; without a GIC of the host nobody says which it is."""
    assert stopped(gic=gic, cpus=cpus) == says


def test_how_many_vcpus_a_vgic_has() -> None:
    """A GICv2 tells 8 CPUs apart (ITARGETSR)."""
    assert [most_vcpus(each) for each in (None, 1, 2, 3)] == [128, 128, 8, 128]


@pytest.mark.parametrize(
    ("vpl011", "direct_map", "nr_spis", "stops"),
    [
        (True, False, 0, True),
        (False, False, 0, False),
        (True, True, 0, False),
        (True, False, 1, False),
        (True, False, None, False),
        (False, True, 1, False),
    ],
)
def test_the_console_has_the_first_shared_interrupt(
    nr_spis: int | None, *, vpl011: bool, direct_map: bool, stops: bool
) -> None:
    """GUEST_VPL011_SPI is 32; a direct-mapped domain has that of the host's console."""
    found = stopped(vpl011=vpl011, direct_map=direct_map, nr_spis=nr_spis)
    assert [each.partition(":")[0] for each in found] == ["domain_vpl011_init fails"] * stops


@pytest.mark.parametrize(("frames", "stops"), [(None, False), (0, True), (1, False), (2, False)])
def test_frames_of_a_grant_table(frames: int | None, *, stops: bool) -> None:
    found = stopped(max_grant_frames=frames)
    assert [each.partition(":")[0] for each in found] == ["domain_create fails"] * stops


ENDLESS = "allocate_bank_memory does not end: {} bytes are no whole pages"


@pytest.mark.parametrize(
    ("memory", "says"),
    [
        (None, []),  # parse_dom0less_node has refused it before
        (0, ["make_memory_node: a domain without memory"]),
        (1, [ENDLESS.format(1)]),
        (4095, [ENDLESS.format(4095)]),
        (4096, []),
        (4097, [ENDLESS.format(4097)]),
        # 3 GiB of GUEST_RAM0 and 1016 of GUEST_RAM1.
        (1019 * GIB, []),
        (
            1019 * GIB + 4096,
            ["allocate_memory panics: 0xfec0001000 bytes are more than GUEST_RAM_BANK_SIZES, 0xfec0000000"],
        ),
    ],
)
def test_memory_of_the_heap(memory: int | None, says: list[str]) -> None:
    assert stopped(memory=memory) == says


def test_the_memory_of_a_hardware_domain_is_in_no_windows() -> None:
    """allocate_memory_11 takes it where it is, even if it has xen,static-mem."""
    bank = static((0x50000000, 0x1000))
    for banks in ((), bank):
        assert stopped(dom0less=True, capabilities=HARDWARE, memory=2000 * GIB, static_memory=banks) == []
        assert stopped(dom0less=True, capabilities=HARDWARE, memory=1, static_memory=banks) == [
            ENDLESS.format(1)
        ]


UNALIGNED = "acquire_static_memory_bank: /chosen/1 [{}] [{:#x}, {:#x}) is not page aligned"


@pytest.mark.parametrize(
    ("banks", "memory", "says"),
    [
        ([(0x50000000, 0x2000)], 0x2000, []),
        ([(0x50000000, 0x2000), (0x60000000, 0x1000)], 0x3000, []),
        ([(0x50000000, 0x2000)], 0x3000, ["xen,static-mem has 0x2000 bytes, memory 0x3000"]),
        ([(0x50000000, 0x2000)], 0x1000, ["xen,static-mem has 0x2000 bytes, memory 0x1000"]),
        ([(0x50000000, 0x2000)], None, ["xen,static-mem has 0x2000 bytes, memory 0x0"]),
        ([(0x50000000, 0x2000)], 0, ["xen,static-mem has 0x2000 bytes, memory 0x0"]),
        # The start, the size, or both with an end that is aligned; the first of them is told.
        ([(0x50000800, 0x2000)], 0x2000, [UNALIGNED.format(0, 0x50000800, 0x50002800)]),
        ([(0x50000000, 0x2800)], 0x2800, [UNALIGNED.format(0, 0x50000000, 0x50002800)]),
        ([(0x50000800, 0x1800)], 0x1800, [UNALIGNED.format(0, 0x50000800, 0x50002000)]),
        (
            [(0x50000000, 0x1000), (0x60000000, 0x800), (0x70000000, 0x801)],
            0x2001,
            [UNALIGNED.format(1, 0x60000000, 0x60000800)],
        ),
    ],
)
@pytest.mark.parametrize("tag", ["4.17.7", "head"])
@pytest.mark.parametrize("direct_map", [False, True])
def test_static_memory(
    tag: str, banks: list[tuple[int, int]], memory: int | None, says: list[str], *, direct_map: bool
) -> None:
    """It has to be whole pages, and as much as `memory` says; that of no heap."""
    assert stopped(tag, direct_map=direct_map, memory=memory, static_memory=static(*banks)) == says


@pytest.mark.parametrize(
    ("sizes", "counted"),
    [
        # GUEST_RAM0 has 3 GiB. A bank that begins in it and ends behind it counts with what is behind.
        ((3 * GIB,), 3 * GIB),
        ((3 * GIB + 4096,), 4096),
        ((4 * GIB,), GIB),
        ((3 * GIB, GIB), 4 * GIB),
        ((3 * GIB - 4096, GIB), 3 * GIB - 4096 + GIB - 4096),
        ((GIB, 2 * GIB, GIB), 4 * GIB),
        ((GIB, 3 * GIB), 2 * GIB),
        ((4 * GIB, GIB), 2 * GIB),
        ((GIB, 4 * GIB, 8 * GIB), 11 * GIB),
    ],
)
def test_what_is_counted_of_static_memory(sizes: tuple[int, ...], counted: int) -> None:
    """Up to 4.21 `psize` is what is left of a bank when it has been placed; a direct-mapped one is not placed at all."""
    banks = static(*((0x1000000000 + (at << 33), size) for at, size in enumerate(sizes)))
    total = sum(sizes)
    lacking = (
        []
        if counted == total
        else [
            f"xen,static-mem has {total:#x} bytes, of which allocate_static_memory counts {counted:#x}, memory {total:#x}"
        ]
    )
    for tag in ("4.16.0", "4.21.2"):
        assert stopped(tag, static_memory=banks, memory=total) == lacking
        assert stopped(tag, static_memory=banks, memory=total, direct_map=True) == []
        assert stopped(tag, static_memory=banks, memory=counted) == []
    assert stopped("4.22.0", static_memory=banks, memory=total) == []


NONE = "create_domUs: xenstore is asked for, and no domain has it"
TWO = "set_xs_domain: there is more than one xenstore domain"


@pytest.mark.parametrize(
    ("domains", "dom0less", "says"),
    [
        ([("enabled", 0), (None, 0)], True, [NONE]),
        ([(None, 0), ("legacy", 0)], True, [NONE]),
        ([("no-xenstore", 0), (None, 0)], True, []),
        ([("enabled", 0), (None, 0)], False, []),
        ([("enabled", STORE), ("enabled", 0)], True, []),
        ([("enabled", STORE), ("enabled", STORE)], True, [TWO]),
        ([(None, STORE), (None, STORE)], True, [TWO]),
        ([(None, STORE), (None, 0)], False, [TWO]),  # dom0 is one
        ([("enabled", 0), ("enabled", STORE)], True, []),
        ([(None, 0), (None, 0)], True, []),
    ],
)
def test_xenstore_is_asked_for_at_the_end(
    domains: list[tuple[str | None, int]], says: list[str], *, dom0less: bool
) -> None:
    """Since 4.21 once all are built, so that it is said of the last one."""
    made = [node(at + 1, enhanced=each, capabilities=caps) for at, (each, caps) in enumerate(domains)]
    board = host(*made, dom0less=dom0less)
    for tag in ("4.21.0", "head"):
        assert [[*after(board, xen(tag), subject(each))] for each in made] == [[], says]
    for tag in ("4.16.0", "4.17.0", "4.20.4"):
        assert [[*after(board, xen(tag), subject(each))] for each in made] == [[], []]
    assert [*after(board, HEAD, subject(None))] == []
