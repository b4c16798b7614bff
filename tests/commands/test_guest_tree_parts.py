"""Trees of guests in which something is missing, twice there, or of another release: each is told once, and by its place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.commands.guest_tree_reports import messages, report, verdicts
from tests.commands.test_guest_tree_agrees import ACPI
from tests.commands.test_guest_tree_edges import DIRECT
from tests.commands.test_guest_tree_makers import DOM0, PLAIN, of_release
from tests.guest_trees import DOM0LESS, GRANT, REST, XL, changed, pci_ranges, reg
from tests.reading.trees import Description
from verifier.layout.domain_map import Extent

PAGE = 4096
GIC = "interrupt-controller@3001000"
FRAGMENT: Description = {"#address-cells": [2], "#size-cells": [2], "hypervisor": XL["hypervisor"]}


def agrees(tree: Description, release: str = "4.20", verdict: str = "refuted") -> list[str]:
    return messages(report(tree, release, 40), "device-tree-agrees", verdict)


def bank(start: int, size: int) -> Description:
    return {"device_type": "memory", "reg": reg((start, size))}


def map_of(tree: Description, release: str = "4.20") -> list[tuple[str, int, int]]:
    """Everything that is in the map beside RAM, grant region and extended regions: its node's name, start and size."""
    return [
        (each.name, each.extent.start, each.extent.size)
        for each in report(tree, release, 40).maps[0].regions
        if each.extent is not None
    ]


def test_all_that_is_in_the_tree_is_in_the_map_once() -> None:
    """What the toolstack makes, then what else there is, then pages that no tree tells of: as XL has them."""
    assert map_of(XL) == [
        (GIC, 0x03001000, 0x10000),
        (GIC, 0x03020000, 0x1000000),
        ("sbsa-pl011", 0x22000000, 0x1000),
        ("pcie@10000000", 0x10000000, 0x10000000),
        ("virtio@2000000", 0x2000000, 0x200),
        ("virtio@2000200", 0x2000200, 0x200),
        ("pcie@10000000", 0x23000000, 0x10000000),
        ("serial@30000000", 0x34000000, 0x1000),
        ("pcie@10000000", 0x100000000, 0x100000000),
        ("console page", 0x39000000, PAGE),
        ("xenstore page", 0x39001000, PAGE),
        ("memory access page", 0x39002000, PAGE),
        ("vuart page", 0x39003000, PAGE),
    ]


def test_before_there_was_a_region_for_them_pages_of_the_toolstack_follow_the_ram() -> None:
    """alloc_magic_pages of 4.4: two, from the end of the RAM on."""
    memory = {"memory@40000000": bank(0x80000000, 0x10000000)}
    tree = of_release(PLAIN, "4.4", hypervisor__reg=reg((0xB0000000, 0x20000)), **memory)
    assert map_of(tree, "4.4")[-2:] == [
        ("console page", 0x90000000, PAGE),
        ("xenstore page", 0x90001000, PAGE),
    ]


def test_acpi_tables_are_in_the_way_of_a_region() -> None:
    node = {**ACPI, "reg": reg((0x20000000, 0x1000))}
    tree = changed(XL, chosen__module=node, hypervisor__reg=reg(GRANT, (0x20000000, 0x8000000), *REST))
    told = messages(report(tree, "4.20", 40), "no-overlap")
    assert any("covers 4 KiB of /chosen/module reg[0] [0x20000000, 0x20001000)" in each for each in told)


@pytest.mark.parametrize(("size", "is_told"), [(0x2000000, False), (0x2001000, True)])
def test_acpi_tables_have_no_more_than_the_layout_has_for_them(size: int, *, is_told: bool) -> None:
    """GUEST_ACPI_SIZE is 32 MiB."""
    told = agrees(changed(XL, chosen__module={**ACPI, "reg": reg((0x20000000, size))}))
    assert [each.partition("the range of ACPI tables is ")[2][:24] for each in told] == (
        ["[0x20000000, 0x22000000)"] * is_told
    )


def test_regions_that_are_missing_are_told_one_by_one() -> None:
    assert [each.partition(" (")[0] for each in agrees(changed(XL, hypervisor__reg=reg(GRANT)))] == [
        "/hypervisor reg[1] is not there; the rest of a RAM window is [0x50000000, 0x100000000)",
        "/hypervisor reg[2] is not there; the rest of a RAM window is [0x200000000, 0x10000000000)",
    ]


@pytest.mark.parametrize(
    ("node", "what"), [("memory@40000000", "RAM"), (GIC, "interrupt controller"), ("cpus", "processor")]
)
def test_a_tree_without_what_every_guest_has_is_a_part_of_one(node: str, what: str) -> None:
    """4.15 makes no regions, so that nothing else is open."""
    whole = of_release(PLAIN, "4.15", hypervisor__reg=reg(GRANT))
    assert agrees(whole, "4.15", "unknown") == []
    part = report(changed(whole, **{node: None}), "4.15", 40)
    assert messages(part, "device-tree-agrees", "unknown") == [
        f"the tree has no {what}: it is a part of a guest's"
    ]
    assert (part.maps[0].banks is None) is (what == "RAM")


def test_who_made_a_part_of_a_tree_is_not_told() -> None:
    (told,) = agrees(FRAGMENT, "4.20", "unknown")
    assert told.startswith("who made the tree is not told: ")


@pytest.mark.parametrize(
    ("tree", "hardware", "windows"),
    [
        (XL, False, 2),
        (DOM0LESS, False, 2),
        (changed(DOM0LESS, **DIRECT), False, 0),
        (DOM0, True, 0),
        (FRAGMENT, True, 0),  # from 4.17 on it may be dom0's
    ],
)
def test_whose_addresses_they_are(tree: Description, windows: int, *, hardware: bool) -> None:
    """RAM windows are those of the guest layout: where addresses are the host's, there are none."""
    (offer,) = report(tree, "4.20", 40).offers
    assert (offer.hardware, offer.host_layout, len(offer.windows)) == (hardware, windows == 0, windows)


@pytest.mark.parametrize("first", ["memory@40000000", "memory@200000000"])
def test_banks_of_ram_are_told_by_where_they_begin(first: str) -> None:
    """4 GiB: 3 in GUEST_RAM0, which they fill, and 1 in GUEST_RAM1; the order of nodes says nothing."""
    banks = {"memory@40000000": bank(0x40000000, 3 << 30), "memory@200000000": bank(0x200000000, 1 << 30)}
    others = changed(XL, **{"memory@40000000": None}, hypervisor__reg=reg(GRANT, (0x240000000, 0xFDC0000000)))
    ordered = {name: banks[name] for name in (first, *banks)}
    assert report({**others, **ordered}, "4.20", 40).verdict == "proved"


@pytest.mark.parametrize(
    "memory",
    [
        {"memory@40000000": bank(0x48000000, 0x8000000)},
        {"memory@40000000": bank(0x40000000, 0x8000000), "memory@1": bank(0x40000000, 0x10000000)},
        {"memory@40000000": bank(0x40000000, 0xC0001000)},
        {"memory@40000000": None},
    ],
)
def test_what_is_made_of_ram_that_no_toolstack_gives_is_not_known(memory: dict[str, Any]) -> None:
    """Elsewhere, twice at one place, more than the window, and none."""
    assert agrees(changed(XL, **memory), verdict="unknown") == [
        "its regions are what its RAM leaves of the RAM windows, and that is not known"
    ]


def test_where_regions_are_not_known_no_width_is_ruled_out() -> None:
    """libxl's depend on the RAM first; of a tree in the host's addresses those that it reaches beyond are."""
    elsewhere = report(changed(XL, **{"memory@40000000": bank(0x48000000, 0x8000000)}), "4.20")
    assert [each.ipa_bits for each in elsewhere.maps] == [32, 36, 40, 42, 44, 48]
    high = {**DIRECT, "hypervisor__reg": reg(GRANT, (0x4000000000, 0x4000000000))}  # up to 2^39
    found = report(changed(DOM0LESS, **high), "4.20")
    assert [each.ipa_bits for each in found.maps] == [40, 42, 44, 48]


def test_what_a_release_does_not_have_is_not_expected() -> None:
    """GUEST_VIRTIO_MMIO came with 4.17, a GICv3 for guests with 4.5."""
    told = agrees(XL, "4.16")
    for node, number, start in (("virtio@2000000", 33, 0x2000000), ("virtio@2000200", 34, 0x2000200)):
        assert (
            f"/{node} reg[0] is [{start:#x}, {start + 0x200:#x}) (512 bytes), and nothing is expected there "
            "(GUEST_VIRTIO_MMIO, xen 4.16.7)" in told
        )
        assert (
            f"/{node} interrupts[0] is {number}, and nothing is expected there (GUEST_VIRTIO_MMIO_SPI_FIRST, xen 4.16.7)"
            in told
        )
    old = of_release(
        PLAIN,
        "4.4",
        hypervisor__reg=reg((0xB0000000, 0x20000)),
        **{"memory@40000000": bank(0x80000000, 0x10000000)},
    )
    assert agrees(old, "4.4") == [
        f"/{GIC} compatible is 3; the version of the GIC is 2 (arch-arm.h without GUEST_GICV3, xen 4.4.4)"
    ]


def test_a_direct_mapped_guest_has_no_host_bridge_either() -> None:
    told = agrees({**changed(DOM0LESS, **DIRECT), "pcie@10000000": XL["pcie@10000000"]})
    assert told == [
        "/pcie@10000000 reg[0] is [0x10000000, 0x20000000) (256 MiB), and nothing is expected there (GUEST_VPCI_ECAM, "
        "xen 4.20.4)"
    ]


def test_a_gic_without_registers_is_at_no_place_of_the_host() -> None:
    """So it does not make the guest a direct-mapped one, and it has no redistributor region."""
    edit = {f"{GIC}__reg": None, "memory@40000000__reg": reg((0x60000000, 0x10000000))}
    told = [each.partition(" (")[0] for each in agrees(changed(DOM0LESS, **edit))]
    assert f"/{GIC} reg[0] is not there; GICD is [0x3001000, 0x3011000)" in told
    assert f"/{GIC} #redistributor-regions is 1; the number of redistributor regions in reg is 0" in told


def test_the_controller_of_a_node_with_many_interrupts_is_told_once() -> None:
    """The timer has three lines and one `interrupt-parent`."""
    assert agrees(changed(XL, **{"timer__interrupt-parent": [1]})) == [
        f"/timer interrupt-parent is 1; the GIC is 0xfde8 (/{GIC} phandle, xen 4.20.4)"
    ]


def test_what_differs_is_shown_where_the_tree_has_it() -> None:
    """And where the layout has it, if the tree has nothing."""
    for size, extent in ((0x1000, Extent(0x3001000, 0x3002000)), (0, Extent(0x3001000, 0x3011000))):
        registers = ((0x03001000, size), (0x03020000, 0x1000000)) if size else ()
        found = report(changed(XL, **{f"{GIC}__reg": reg(*registers) or None}), "4.20", 40)
        (told,) = [each for each in found.findings if each.message.startswith(f"/{GIC} reg[0] is ")]
        assert told.parties[0].extent == extent


def test_a_window_of_pci_that_is_empty_describes_nothing() -> None:
    ranges = pci_ranges(0x43000000)
    ranges[6] = 0  # the low cell of the first size
    assert "/pcie@10000000 ranges[0] has a size of 0 at 0x23000000: it describes nothing" in agrees(
        changed(XL, **{"pcie@10000000__ranges": ranges})
    )


@pytest.mark.parametrize(
    "devices",
    [
        ((0x90000000, 0x800),),
        ((0x90000800, 0x800),),
        ((0x90000000, 0x400), (0x90000C00, 0x400)),
        ((0x90000000, 0x1000),),
    ],
)
def test_what_is_passed_through_unseen_is_whole_pages(devices: tuple[tuple[int, int], ...]) -> None:
    """The page at 0x90000000 is left out for the device that has a part of it: its rest needs no other reason."""
    regions = ((0x50000000, 0x40000000), (0x90001000, 0x0FFFF000), (0xA0200000, 0x5FE00000), REST[1])
    edit = {"passthrough__serial@30000000__reg": reg(*devices), "hypervisor__reg": reg(GRANT, *regions)}
    assert agrees(changed(XL, **edit), "4.21", "unknown") == [
        "finalize_hypervisor_node leaves out [0xa0000000, 0xa0200000) only for iomem there, which no node of the tree "
        "tells of"
    ]
    assert verdicts(report(changed(XL, **edit), "4.20", 40))["device-tree-agrees"] == {"refuted"}
