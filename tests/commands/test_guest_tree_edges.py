"""Trees of guests at the edges of what is judged of them: what just counts, and beside it what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.commands.guest_tree_reports import messages, report, verdicts
from tests.commands.test_guest_tree_makers import DOM0
from tests.guest_trees import DOM0LESS, GRANT, REST, XL, changed, reg
from tests.reading.trees import Description, tree
from verifier.layout.domain_map import Extent, NamedRegion
from verifier.reading.guest_tree import guest_tree
from verifier.xen.release import xen
from verifier.xen.tree_devices import devices
from verifier.xen.tree_places import Places

LOW, HIGH = REST
ALL_WIDTHS = [32, 36, 40, 42, 44, 48]
GIC = "interrupt-controller@3001000"
SHARED: Description = {
    "#address-cells": [2],
    "#size-cells": [2],
    "ranges": b"",
    "xen-shmem@70000000": {"compatible": "xen,shared-memory-v1", "reg": reg((0x70000000, 0x1000000))},
}
DIRECT: dict[str, Any] = {
    "memory@40000000__reg": reg((0x60000000, 0x10000000)),
    f"{GIC}__reg": reg((0x08000000, 0x10000), (0x080A0000, 0xF60000), (0x4000000000, 0x4000000)),
    f"{GIC}__#redistributor-regions": [2],
    "sbsa-uart@22000000__reg": reg((0x09000000, 0x1000)),
    "hypervisor__reg": reg(GRANT),
}
"""A direct-mapped guest has RAM, GIC with all redistributor regions, and console where the host has them."""


@pytest.mark.parametrize(
    ("regions", "verdict"),
    [
        # 0x71000000 is a multiple of 2 MiB: the second begins where the shared memory ends.
        (((0x50000000, 0x20000000), (0x71000000, 0x8F000000), HIGH), "proved"),
        (REST, "refuted"),
    ],
)
def test_static_shared_memory_is_the_guest_s(regions: tuple[tuple[int, int], ...], verdict: str) -> None:
    """find_domU_holes leaves it out, and since 4.21 loses nothing beside it."""
    tree_with = changed(DOM0LESS, **{"reserved-memory": SHARED}, hypervisor__reg=reg(GRANT, *regions))
    found = report(tree_with, "4.21", 40)
    assert found.verdict == verdict
    told = messages(found, "no-overlap")
    assert [each.partition(" of ")[2].partition(",")[0] for each in told] == (
        [] if verdict == "proved" else ["/reserved-memory/xen-shmem@70000000 reg[0] [0x70000000"]
    )
    shared = Extent(0x70000000, 0x71000000)
    named = NamedRegion("shared memory", shared, "/reserved-memory/xen-shmem@70000000 reg[0]")
    assert named in found.maps[0].regions


def test_a_gic_that_is_nowhere_is_in_the_map() -> None:
    """A guest has to have one; the tree of dom0 is the board's, and nothing is said of what it lacks."""
    lost = NamedRegion("GIC", None, "the tree has no interrupt controller")
    for made, node, is_told in ((XL, GIC, True), (DOM0LESS, GIC, True), (DOM0, "intc@8000000", False)):
        assert lost not in report(made, None, 40).maps[0].regions
        without = report(changed(made, **{node: None}), None, 40)
        assert (lost in without.maps[0].regions) is is_told


def test_a_width_that_explains_all_goes_before_one_that_needs_what_nobody_sees() -> None:
    """Regions that end at 2^36 are made with 36 bits. With more, only `iomem` of all that is above would end them there."""
    regions = (LOW, (0x200000000, (1 << 36) - 0x200000000))
    found = report(changed(XL, hypervisor__reg=reg(GRANT, *regions)), "4.21")
    assert [each.ipa_bits for each in found.maps] == [36]
    assert verdicts(found)["device-tree-agrees"] == {"proved"}
    wider = report(changed(XL, hypervisor__reg=reg(GRANT, *regions)), "4.21", 40)
    assert verdicts(wider)["device-tree-agrees"] == {"unknown"}


def test_what_is_left_of_a_reg_cut_short_tells_no_width() -> None:
    """The region that is left is all that 32 bits have, and the first of two with any other."""
    cut = report(changed(XL, hypervisor__reg=reg(GRANT, *REST)[:-1]), "4.20")
    assert [each.ipa_bits for each in cut.maps] == ALL_WIDTHS
    whole = report(changed(XL, hypervisor__reg=reg(GRANT, LOW)), "4.20")
    assert [each.ipa_bits for each in whole.maps] == [32]


@pytest.mark.parametrize(("regions", "is_told"), [(1, True), (2, False), (3, True)])
def test_redistributor_regions_of_a_direct_mapped_guest_are_the_host_s(
    regions: int, *, is_told: bool
) -> None:
    """make_gicv3_node writes as many as the host has; how many there are, the node says as well."""
    edit = {**DIRECT, f"{GIC}__#redistributor-regions": [regions]}
    found = report(changed(DOM0LESS, **edit), "4.20", 40)
    told = messages(found, "device-tree-agrees")
    assert ["#redistributor-regions" in each for each in told] == [True] * is_told
    assert found.verdict == ("refuted" if is_told else "unknown")
    elsewhere = {**edit, "memory@40000000__reg": reg((0x40000000, 0x10000000))}  # RAM of the guest layout
    told = messages(report(changed(DOM0LESS, **elsewhere), "4.20", 40), "device-tree-agrees")
    assert any(each.startswith(f"/{GIC} reg[2] is [0x4000000000, 0x4004000000)") for each in told)


@pytest.mark.parametrize(
    ("start", "is_told"), [(0x3FE00000, False), (0x40000000, True), (0xFFE00000, True), (0x100000000, False)]
)
def test_a_region_ends_with_the_window_that_it_begins_in(start: int, *, is_told: bool) -> None:
    """GUEST_RAM0 is [0x40000000, 0x100000000): 4.16 has no region that begins outside, and its end is not told."""
    node = {
        **XL["hypervisor"],
        "compatible": ["xen,xen-4.16", "xen,xen"],
        "reg": reg(GRANT, (start, 0x100000)),
    }
    found = report({"#address-cells": [2], "#size-cells": [2], "hypervisor": node}, None, 40)
    told = messages(found, "device-tree-agrees")
    assert [
        each.startswith(f"the end of /hypervisor reg[1] is {start + 0x100000:#x}; ") for each in told
    ] == ([True] * is_told)
    assert all("whatever RAM the guest has, is 0x100000000" in each for each in told)


@pytest.mark.parametrize(("size", "slots"), [(0x400, 2), (0x3FF, 1), (0x200, 1), (0x1FF, 0)])
def test_virtio_devices_have_whole_slots_of_their_space(size: int, slots: int) -> None:
    """alloc_virtio_mmio_base refuses one that does not end in GUEST_VIRTIO_MMIO; 512 bytes each (VIRTIO_MMIO_DEV_SIZE)."""
    places = Places.of(guest_tree(tree(XL)), xen("4.20.4"))
    small = replace(places, numbers={**places.numbers, "GUEST_VIRTIO_MMIO_SIZE": size})
    expected = [each.expected for each in devices(small) if each.origin == "GUEST_VIRTIO_MMIO"]
    start = 0x2000000
    has = [Extent(start + n * 0x200, start + (n + 1) * 0x200) for n in range(slots)]
    assert expected == [*has, *[None] * (2 - slots)]
