"""What keeps Xen from building a domain, and what domains of the device tree are given: small trees, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reading.trees import Description, machine, tree
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Passthrough
from verifier.reading.host_tree import host_of
from verifier.xen.host_regions import predict, truncated
from verifier.xen.release import Build, xen
from verifier.xen.subjects import Given

CELLS: Description = {"#address-cells": [1], "#size-cells": [1]}
MEMORY: Description = {"device_type": "memory", "reg": [0x40000000, 0x40000000]}
KERNEL: Description = {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [0x48000000, 0x10000]}
DOMAIN: Description = {
    "compatible": "xen,domain",
    **CELLS,
    "cpus": [1],
    "memory": [0, 0x40000],
    "xen,enhanced": b"",
    "kernel@1": KERNEL,  # that of dom0: Xen takes one module for both
}
GRANT = Extent(0x40200000, 0x40240000)
BANKS = (Extent(0x50000000, 0x60000000),)
QUARTER = (Extent(0x50000000, 0x100000000), Extent(0x200000000, 0x10000000000))
"""What a guest of 256 MiB has left of its two windows, with 40 bits."""


def inputs(**given: Any) -> Given:
    """With RAM and grant region of dom0, unless something else is said."""
    told: dict[str, Any] = {"ipa_bits": 40, "iommu": True, "dom0_banks": BANKS, "grant_region": GRANT}
    return Given(**(told | given))


def maps(
    description: Description, tag: str = "head", build: Build = "release", **given: Any
) -> tuple[DomainMap, ...]:
    chosen = {**CELLS, "kernel@1": KERNEL, **description.pop("chosen", {})}
    board: Description = {**machine(1, 1), "memory@40000000": MEMORY, **description, "chosen": chosen}
    return predict(host_of(tree(board), tag), xen(tag, build), inputs(**given))


def test_a_guest_and_its_grant_region() -> None:
    """GUEST_GNTTAB and the rest of GUEST_RAM0 and GUEST_RAM1 of xen/include/public/arch-arm.h."""
    d0, d1 = maps({"chosen": {"one": DOMAIN}})
    assert (d0.name, d1.name, d1.path, d1.iommu) == ("d0", "d1", "/chosen/one", False)
    assert d1.grant_region == Extent(0x38000000, 0x39000000)
    assert d1.extended_regions == QUARTER
    assert d1.registers == (Extent(0x38000000, 0x39000000), *QUARTER)
    assert d1.banks == (Extent(0x40000000, 0x50000000),)


@pytest.mark.parametrize(("tag", "start"), [("4.20.4", 0x38000000), ("head", 0)])
def test_a_guest_of_a_xen_without_grant_tables(tag: str, start: int) -> None:
    """`#ifdef CONFIG_GRANT_TABLE` of construct_domU; a guest of such a head read (0, 0) in its tree."""
    _, d1 = maps({"chosen": {"one": DOMAIN}}, tag, grant_region=Extent(0x40200000, 0x40200000))
    assert d1.grant_region is not None
    assert d1.grant_region.start == start
    assert (d1.grant_region.size == 0) == (start == 0)


def test_a_guest_that_is_not_enhanced_has_no_node() -> None:
    plain = {name: value for name, value in DOMAIN.items() if name != "xen,enhanced"}
    _, d1 = maps({"chosen": {"one": plain}})
    assert (d1.extended_regions, d1.registers, d1.grant_region) == ((), (), None)


@pytest.mark.parametrize(("tag", "regions"), [("4.20.4", QUARTER), ("head", None)])
def test_an_unseen_partial_tree_matters_where_xen_reg_is_removed(
    tag: str, regions: tuple[Extent, ...] | None
) -> None:
    module = {"compatible": ["multiboot,device-tree", "multiboot,module"], "reg": [0x49000000, 0x1000]}
    chosen: Description = {"one": {**DOMAIN, "tree@2": module}}
    assert maps({"chosen": dict(chosen)}, tag)[1].extended_regions == regions
    entry = Passthrough("/passthrough/x", 0, 0x9000000, 0x60000000, 0x1000)
    seen = maps({"chosen": dict(chosen)}, passthrough={"/chosen/one": (entry,)})[1]
    assert seen.extended_regions == (
        Extent(0x50000000, 0x60000000), Extent(0x60200000, 0x100000000), QUARTER[1],
    )  # fmt: skip


def stops(*arguments: Any, **more: Any) -> list[str]:
    """Why the first domain that is not built is not; those after it are not built either."""
    found = maps(*arguments, **more)
    first = next(at for at, each in enumerate(found) if each.boots is False)
    assert all(each.boots is False and each.extended_regions is None for each in found[first:])
    return list(found[first].reasons)


def test_memory_of_a_guest_that_is_no_whole_pages() -> None:
    odd = {**DOMAIN, "memory": [0, 0x40001]}
    assert stops({"chosen": {"one": odd, "two": DOMAIN}}) == [
        "allocate_bank_memory does not end: 268436480 bytes are no whole pages"
    ]


def test_a_device_beyond_the_page_tables() -> None:
    """Below 2^39 the page tables of 32 and 36 bits reach, whatever the width (xen/arch/arm/p2m.c)."""
    wide: Description = {"#address-cells": [2], "#size-cells": [2], "ranges": b""}
    for start, fails in ((0x3F, False), (0x7F, False), (0x80, True)):
        bus = {**wide, "device@1": {"reg": [start, 0xFFFFF000, 0, 0x1000]}}
        board: Description = {**machine(2, 2), "bus": bus}
        host = host_of(tree(board), "head")
        (d0,) = predict(host, xen("head"), Given(36, True, None, BANKS, GRANT))
        assert (d0.boots is False) == fails
        assert any("map_range_to_domain" in reason for reason in d0.reasons) == fails


@pytest.mark.parametrize(("more", "fails"), [
    ({}, True), ({"compatible": "arm,gic-v3"}, False), ({"interrupts": [1, 9, 4]}, False),
    ({"interrupts": [0, 9, 4]}, True), ({"status": "disabled"}, True), ({"compatible": "arm,mmu-500"}, False),
])  # fmt: skip
@pytest.mark.parametrize("iommu", [True, False])
def test_an_address_without_translation(more: Description, *, fails: bool, iommu: bool) -> None:
    """handle_device needs it, whatever the status, but not for what dom0 does not get."""
    bus = {**CELLS, "ranges": [0, 0x1000000, 0x1000], "device@5000": {"reg": [0x5000, 0x1000], **more}}
    (d0,) = maps({"soc": bus}, iommu=iommu)
    assert (d0.boots is False) == fails
    assert (
        any(reason.startswith("handle_device gives up at /soc/device@5000 reg[0]") for reason in d0.reasons)
        == fails
    )


def test_static_shared_memory_is_reserved_memory_at_first() -> None:
    """process_shm_node of 4.17 puts it among the reserved banks in the order of the tree, and it is taken away there.

    Then 128 MiB behind it, and 128 MiB that begin in these and end behind them: rangeset_remove_range sees a range that
    starts below and another that is cut, and lets the first one end where it begins (e118fc98e7). All between is given back,
    dom0's RAM and shared memory with it.
    """
    nodes = {"x": {"reg": [0x68000000, 0x8000000]}, "y": {"reg": [0x6C000000, 0x8000000]}}
    shared: Description = {
        "compatible": "xen,domain-shared-memory-v1",
        "#xen,shared-mem-address-cells": [1],
        "#xen,shared-mem-size-cells": [1],
        "xen,shm-id": "a",
        "xen,shared-mem": [0x60000000, 0x60000000, 0x8000000],
    }
    board: Description = {
        **machine(1, 1),
        "memory@40000000": MEMORY,
        "chosen": {**CELLS, "kernel@1": KERNEL, "one": {**DOMAIN, "shm": shared}},
        "reserved-memory": {**CELLS, "ranges": b"", **nodes},
    }
    host = host_of(tree(board), "4.17.7")
    d0, _ = predict(host, xen("4.17.7"), Given(40, False, None, BANKS, GRANT))
    assert d0.extended_regions == (Extent(0x40400000, 0x6C000000), Extent(0x74000000, 0x80000000))


def test_shared_memory_of_dom0_is_no_hole() -> None:
    """find_memory_holes takes it away where dom0 has it, also where the boot loader tells of the RAM, and no node does.

    The GIC is [0x8000000, 0x8040000).
    """
    shared: Description = {
        "compatible": "xen,domain-shared-memory-v1",
        "#xen,shared-mem-address-cells": [1],
        "#xen,shared-mem-size-cells": [1],
        "xen,shm-id": "a",
        "xen,shared-mem": [0x70000000, 0x70000000, 0x8000000],
    }
    board: Description = {"memory@40000000": {"no": "memory"}, "chosen": {"shm": shared}}
    (d0,) = maps(board, ram=(Extent(0x40000000, 0x80000000),))
    assert d0.extended_regions is not None
    assert d0.extended_regions[-2:] == (Extent(0x8200000, 0x70000000), Extent(0x78000000, 1 << 40))


def test_no_grant_frames() -> None:
    assert stops({"chosen": {"xen,xen-bootargs": "gnttab_max_frames=0"}}) == [
        "grant_table_init refuses gnttab_max_frames=0"
    ]


def test_an_empty_reg_stops_a_debug_build() -> None:
    board = {"device@90000000": {"reg": [0x90000000, 0]}}
    assert maps(dict(board))[0].boots
    assert "assertion" in stops(dict(board), build="debug")[0]


@pytest.mark.parametrize(("cells", "read"), [
    ((2, 2), (0x1080000000, 0x2180001000)), ((2, 1), (0x1080000000, 0x1080001000)),
    ((1, 2), (0x80000000, 0x1180001000)), ((1, 1), (0x80000000, 0x80001000)),
])  # fmt: skip
def test_cells_cut(cells: tuple[int, int], read: tuple[int, int]) -> None:
    """Start 0x10_80000000 and size 0x11_00001000: one cell keeps the low 32 bits of each."""
    assert truncated(Extent(0x1080000000, 0x2180001000), cells) == Extent(*read)
