"""What is told of domains, banks and the build, each on both sides of what it decides: by hand from Xen's code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.reading.trees import Description, machine, tree
from tests.xen.test_bank_runs import HEAD, M, board
from tests.xen.test_domu_tree import GIC_V3, PROCESSORS
from tests.xen.test_host_regions import KERNEL, maps
from tests.xen.test_refused_domains import GIB, NO_DOM0, NODE, PLAIN
from tests.xen.test_xl_offer import offer
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank
from verifier.reading.host_tree import host_of
from verifier.xen import p2m_pool
from verifier.xen.bank_runs import runs
from verifier.xen.dom0_banks import most_banks
from verifier.xen.dom0_memory import Kept, Memory, kept
from verifier.xen.dom0_room import tree_size
from verifier.xen.given_banks import grant_faults
from verifier.xen.open_grant import explore
from verifier.xen.outcome import Span
from verifier.xen.release import xen
from verifier.xen.subjects import Given, guest_banks, subjects
from verifier.xen.unallocated import Taken

HARDWARE: Description = {**PLAIN, "capabilities": [2]}
"""DOMAIN_CAPS_HARDWARE."""
STATIC = ((1 << 32, GIB), (1 << 36, 2 * GIB + 4096))


@pytest.mark.parametrize("tag", ["4.21.0", "head"])
@pytest.mark.parametrize("frames", [0, 1])
def test_a_hardware_domain_without_a_grant_frame_is_not_made(tag: str, frames: int) -> None:
    """gnttab_dom0_frames is set for its capability, and max_grant_frames read after it (df68a4cb7e, so at head)."""
    (found,) = maps({"chosen": {**NO_DOM0, "hw": {**HARDWARE, "max_grant_frames": [frames]}}}, tag)
    said = "domain_create fails: max_grant_frames is 0, and Xen makes no grant table without a frame"
    assert (said in found.reasons) is (frames == 0)
    if frames == 0:
        assert found.boots is False


@pytest.mark.parametrize(("node", "tag", "version", "built"), [
    (PLAIN, "head", 1, True), (PLAIN, "head", 2, None), (PLAIN, "head", 0, None), (PLAIN, "4.18.0", 2, None),
    (PLAIN, "4.17.7", 2, True), (HARDWARE, "head", 1, True), (HARDWARE, "head", 2, None),
])  # fmt: skip
def test_grant_tables_of_arm_have_one_version(
    node: Description, tag: str, version: int, *, built: bool | None
) -> None:
    """GNTTAB_MAX_VERSION of asm/grant_table.h is 1, and grant_table_init refuses 0 and more; read since 9c57a29737.

    With gnttab=max-ver:2 there is another, and a build without grant tables asks for none: so it is no stop.
    """
    chosen = {**NO_DOM0, "d": node} if node is HARDWARE else {"d": node}
    plain, found = (
        maps({"chosen": {**chosen, "d": {**node, **more}}}, tag)[-1]
        for more in ({}, {"max_grant_version": [version]})
    )
    said = {
        f"whether domain_create takes max_grant_version of {version} (/chosen/d) is not decided: grant tables of Arm have "
        "version 1 unless gnttab=max-ver:2 is on Xen's command line"
    }
    assert set(found.reasons) - set(plain.reasons) == (set() if built else said)
    assert found.boots is (plain.boots if built else None)


@pytest.mark.parametrize(("memory", "expected"), [
    # GUEST_RAM0 has 3 GiB from 1 GiB on, GUEST_RAM1 begins at 8 GiB: of both static banks, whatever `memory` says.
    (4096, (Extent(GIB, 4 * GIB), Extent(8 * GIB, 8 * GIB + 4096))),
    (None, (Extent(GIB, 4 * GIB), Extent(8 * GIB, 8 * GIB + 4096))),
])  # fmt: skip
def test_static_memory_is_the_ram_of_a_guest(memory: int | None, expected: tuple[Extent, ...]) -> None:
    """Where a bank goes on in the second window, releases compare `memory` with the part there alone."""
    banks = tuple(
        Bank("/chosen/a", at, start, size, "static-domain") for at, (start, size) in enumerate(STATIC)
    )
    assert guest_banks("head", replace(NODE, memory=memory, static_memory=banks)) == expected


def test_a_domain_without_memory_has_a_pool_of_its_vcpus() -> None:
    """256 pages for a vCPU and 128 are whole 2 MiB, 512 pages; construct_domU stops at such a domain."""
    assert p2m_pool.pages(replace(NODE, memory=None, cpus=1)) == 512


@pytest.mark.parametrize(("colours", "expected"), [(False, 3), (True, 256)])
def test_free_ranges_may_be_as_many_as_there_are_banks(*, colours: bool, expected: int) -> None:
    """Blocks of 4 MiB, and one of 4 KiB for the rest; a coloured dom0 has its memory at free addresses (NR_MEM_BANKS)."""
    host = board((0x40000000, 0x80000000), amount=8 * M + 4096)
    host = replace(host, options=replace(host.options, llc_coloring=colours))
    assert most_banks(host, HEAD, None) == expected
    # So has a hardware domain that is not direct-mapped.
    domain = replace(NODE, memory=8 * M + 4096, capabilities=2, direct_map=not colours)
    assert most_banks(replace(host, domains=(domain,)), HEAD, domain) == expected


def test_a_boot_memory_map_tells_where_xen_lies() -> None:
    """The device tree's memory counts where no map is told."""
    host = board((0x40000000, 0x80000000), amount=128 * M)
    given = Given(40, iommu=False, grant_region=Extent(0x7FF00000, 0x80000000))
    less, more = (Extent(0x40000000, 0x70000000),), (Extent(0x40000000, 0x90000000),)
    assert grant_faults(host, given) == ()
    assert len(grant_faults(host, replace(given, ram=less))) == 1
    beyond = replace(given, grant_region=Extent(0x80000000, 0x80100000))
    assert len(grant_faults(host, beyond)) == 1
    assert grant_faults(host, replace(beyond, ram=more)) == ()


@pytest.mark.parametrize(("start", "size", "meets"), [
    (0x4FFFF001, 0xFFF, False), (0x4FFFF001, 0x1000, True), (0x60000000, 1, False), (0x5FFFFFFF, 1, True),
    (0x50000000, 0, False), (0x60000000, 0, False),
])  # fmt: skip
def test_a_bank_has_no_byte_of_what_is_kept(start: int, size: int, *, meets: bool) -> None:
    memory = Memory(None, None, (Kept(Span(start, size), "boot module /m"),))
    assert bool(list(kept(memory, [Span(0x50000000, 0x10000000)]))) is meets


def test_a_refused_block_is_looked_for_above() -> None:
    """insert_11_bank refuses 32 MiB below the first bank: allocate_memory_11 gives them back, and goes on in high memory.

    Without any there it panics.
    """
    low, first, high = (
        Extent(0x42000000, 0x44000000),
        Extent(0x48000000, 0x50000000),
        Extent(1 << 32, (1 << 32) + 32 * M),
    )
    assert set(runs([low, first, high], 160 * M, 32)) == {(first, high)}
    assert list(runs([low, first], 160 * M, 32)) == []


@pytest.mark.parametrize("length", [0, 1, 16])
def test_boot_arguments_have_a_name_and_a_head(length: int) -> None:
    """Three cells, `bootargs` with its NUL, and 3 bytes at most up to a whole cell: 24 bytes beside the text and its NUL."""
    kernel: Description = {**KERNEL, "bootargs": "x" * length} if length else KERNEL
    domain: Description = {**PLAIN, "cpus": [30], "kernel@1": kernel}
    (reason,) = maps({"chosen": {"d": domain}, "cpus": PROCESSORS, "intc": GIC_V3}, "4.17.7")[-1].reasons
    # 30 vCPUs of 96 bytes, three times 16 for a bank and two regions, and at most 1200 of all else.
    assert f"it needs up to {2880 + 48 + 1200 + (length + 1 + 24 if length else 0)} bytes" in reason


@pytest.mark.parametrize(("told", "expected"), [
    ({}, ("whether Xen has a driver for smmu-v3",)), ({"smmu-v3": True}, ()), ({"smmu-v3": False}, ()),
])  # fmt: skip
def test_a_driver_that_is_told_is_not_open(told: dict[str, bool], expected: tuple[str, ...]) -> None:
    small: Description = {
        **machine(1, 1),
        "memory@40000000": {"device_type": "memory", "reg": [0x40000000, 0x20000000]},
        "iommu@9050000": {"compatible": "arm,smmu-v3", "reg": [0x9050000, 0x20000]},
        "chosen": {
            "#address-cells": [1],
            "#size-cells": [1],
            "kernel@1": KERNEL,
            "xen,xen-bootargs": "dom0_max_vcpus=1",
        },
    }
    host = host_of(tree(small), "head")
    given = Given(40, iommu=False, dom0_banks=(Extent(0x50000000, 0x58000000),), drivers=told)
    size = tree_size(host, HEAD, given, subjects(host, HEAD, given)[0], ())
    assert size is not None
    assert size.open == expected


@pytest.mark.parametrize(("end", "known"), [(0, True), (4096, False)])
def test_shared_memory_that_is_in_part_outside_ram_leaves_no_answer(end: int, *, known: bool) -> None:
    """Since 89dca886ac it is taken away behind the grant region: only of RAM that is free is it known what that leaves."""
    ram = (Extent(0x40000000, 0x80000000),)
    shared = (Span(0x80000000 - 4096, 4096 + end),)
    nowhere = Span(0, 0)
    for tag in ("4.20.0", "head"):
        taken = Taken(nowhere, (), (), shared)
        found = explore(xen(tag), ipa_bits=40, ram=ram, taken=taken, modules=(), most=1 * M)
        assert (found is not None) is known, tag


def test_a_guest_that_fills_its_windows_is_offered_nothing() -> None:
    """RAM up to less than 64 MiB of the end of GUEST_RAM1: 3 GiB and 1016 GiB have room for 1019 GiB."""
    full = offer("memory=1043440\nmaxmem=1043440", "head")
    some = offer("memory=1024\nmaxmem=1024", "head")
    said = "finalize_hypervisor_node finds no stretch of 64 MiB or more"
    assert said in full.domain.reasons
    assert said not in some.domain.reasons
