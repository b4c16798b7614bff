"""Trees of guests at bounds of releases, widths and devices: the last that is right, and the next, which is not."""

from __future__ import annotations

from typing import Any

import pytest

from tests.commands.guest_tree_reports import messages, report, verdicts
from tests.commands.test_guest_tree import RESERVED
from tests.commands.test_guest_tree_agrees import ACPI
from tests.commands.test_guest_tree_edges import ALL_WIDTHS, DIRECT
from tests.commands.test_guest_tree_makers import PLAIN, of_release
from tests.commands.test_guest_tree_parts import FRAGMENT, GIC, agrees, bank, map_of
from tests.guest_trees import DOM0LESS, GRANT, REST, XL, changed, pci_ranges, reg
from tests.reading.trees import Description, tree
from verifier.layout.domain_map import Extent, NamedRegion
from verifier.reading.guest_tree import guest_tree
from verifier.xen.release import xen
from verifier.xen.tree_devices import devices
from verifier.xen.tree_places import Places

LOW, HIGH = REST
SERIAL = "passthrough__serial@30000000__reg"


def part(version: str, *regions: tuple[int, int], **nodes: Description) -> Description:
    """The hypervisor node of a release's guest, and what else there is."""
    node = {**XL["hypervisor"], "compatible": [f"xen,xen-{version}", "xen,xen"], "reg": reg(GRANT, *regions)}
    return {**FRAGMENT, "hypervisor": node, **nodes}


def virtio(count: int) -> Description:
    """So many devices of virtio, each in the next slot with the next interrupt from 33 on."""
    plain = changed(XL, **{"virtio@2000000": None, "virtio@2000200": None})
    nodes = {
        f"virtio@{start:x}": {
            **XL["virtio@2000000"],
            "reg": reg((start, 0x200)),
            "interrupts": [0, 1 + at, 0xF01],
        }
        for at, start in enumerate(range(0x2000000, 0x2000000 + count * 0x200, 0x200))
    }
    return {**plain, **nodes}


def test_virtio_devices_have_eleven_interrupts() -> None:
    """GUEST_VIRTIO_MMIO_SPI_FIRST and _LAST are 33 and 43."""
    assert report(virtio(11), "4.20", 40).verdict == "proved"
    assert agrees(virtio(12)) == [
        "/virtio@2001600 interrupts[0] is 44, and nothing is expected there (GUEST_VIRTIO_MMIO_SPI_FIRST, xen 4.20.4)"
    ]


def test_acpi_tables_came_with_4_8() -> None:
    for version, verdict in (("4.7", "refuted"), ("4.8", "proved")):
        old = {"interrupt-controller@3001000__redistributor-stride": [0x20000]}
        tables = {"chosen__module": {**ACPI, "reg": reg((0x20000000, 0x1000))}}
        one = of_release(PLAIN, version, hypervisor__reg=reg(GRANT), **old, **tables)
        assert report(one, version, 40).verdict == verdict
        assert [each.partition(" (")[0] for each in agrees(one, version)] == (
            ["/chosen/module reg[0] is [0x20000000, 0x20001000)"] * (verdict == "refuted")
        )


def test_no_place_is_stated_twice() -> None:
    """A node of many interrupts has one controller."""
    places = [each.place for each in devices(Places.of(guest_tree(tree(XL)), xen("4.20.4")))]
    assert len(places) == len(set(places))
    assert "/timer interrupt-parent" in places


@pytest.mark.parametrize(("bits", "end"), [(32, None), (36, 1 << 36), (40, 1 << 40), (44, 1 << 40)])
def test_a_region_ends_with_the_address_space_or_its_window(bits: int, end: int | None) -> None:
    """GUEST_RAM1 is [2^33, 2^40): with 32 bits none begins there."""
    told = messages(report(part("4.16", (0x200000000, 0x10000000)), None, bits), "device-tree-agrees")
    assert [each.partition("guest has, is ")[2].partition(" ")[0] for each in told] == (
        [] if end is None else [f"{end:#x}"]
    )


def test_ends_are_told_where_nothing_else_is_known_of_regions() -> None:
    """Of a tree of xl whose RAM is elsewhere; a direct-mapped guest has windows of the host, whatever the release."""
    elsewhere = {"memory@40000000": bank(0x48000000, 0x8000000)}
    short = changed(XL, **elsewhere, hypervisor__reg=reg(GRANT, (0x50000000, 0xA0000000)))
    assert any(each.startswith("the end of /hypervisor reg[1] is 0xf0000000; ") for each in agrees(short))
    direct = changed(DOM0LESS, **{**DIRECT, "hypervisor__reg": reg(GRANT, (0x50000000, 0x10000000))})
    for release in ("4.16", "4.20"):
        assert not any(each.startswith("the end of") for each in agrees(direct, release))
    assert not agrees(part("4.15", (0x50000000, 0x10000000)), "4.15")  # no window has a rest before 4.16


@pytest.mark.parametrize(
    ("end", "widths"),
    [(1 << 36, [36, 40, 42, 44, 48]), ((1 << 36) + 0x1000, [40, 42, 44, 48]), (1 << 32, ALL_WIDTHS)],
)
def test_a_tree_of_the_host_reaches_no_higher_than_its_width(end: int, widths: list[int]) -> None:
    """find_memory_holes cuts at 2^b. Of a part of a tree nobody knows who made it, and no width is ruled out."""
    region = (0xC0000000, end - 0xC0000000)
    found = report(changed(DOM0LESS, **{**DIRECT, "hypervisor__reg": reg(GRANT, region)}), "4.20")
    assert [each.ipa_bits for each in found.maps] == widths
    assert messages(found, "device-tree-agrees", "unknown") == [
        "the guest is direct-mapped, and its regions are made of the board's device tree: verifier host judges them"
    ]
    unknown = report(part("4.20", region))
    assert [each.ipa_bits for each in unknown.maps] == ALL_WIDTHS


@pytest.mark.parametrize("start", [0x90000000, 0x90000800])
def test_registers_of_no_size_are_left_out_of_nothing(start: int) -> None:
    """libxl has iomem of whole pages only."""
    empty = changed(XL, **{SERIAL: reg((start, 0))})
    assert verdicts(report(empty, "4.21", 40))["device-tree-agrees"] == {"proved"}


def test_what_ram_leaves_begins_with_2_mib() -> None:
    """257 MiB end at 0x50100000: the MiB up to 0x50200000 is nobody's, and no iomem has to explain it."""
    edit = {
        "memory@40000000": bank(0x40000000, 257 << 20),
        "hypervisor__reg": reg(GRANT, (0x50200000, 0x3FE00000), (0x90200000, 0x6FE00000), HIGH),
    }
    assert agrees(changed(XL, **edit), "4.21", "unknown") == [
        "finalize_hypervisor_node leaves out [0x90000000, 0x90200000) only for iomem there, which no node of the tree "
        "tells of"
    ]


def test_reserved_memory_is_no_iomem() -> None:
    """Regions go over it, which is what is wrong with them, and not that the producer would have cut them."""
    told = verdicts(report(changed(XL, **{"reserved-memory": RESERVED}), "4.21", 40))
    assert (told["no-overlap"], told["device-tree-agrees"]) == ({"refuted"}, {"proved"})


def test_what_differs_of_an_interrupt_is_shown_at_the_registers_of_its_node() -> None:
    found = report(changed(XL, **{"sbsa-pl011__interrupts": [0, 1, 0xF04]}), "4.20", 40)
    (told,) = [each for each in found.findings if each.message.startswith("/sbsa-pl011 interrupts[0]")]
    assert told.parties[0].extent == Extent(0x22000000, 0x22001000)
    other = report(changed(XL, **{f"{GIC}__#interrupt-cells": [4]}), "4.20", 40)
    (nowhere,) = [each for each in other.findings if "#interrupt-cells" in each.message]
    assert nowhere.parties[0].extent == Extent(0, 0)


def test_a_bank_that_is_missing_is_named_by_where_it_would_be() -> None:
    """4 GiB are 3 in GUEST_RAM0, and 1 in GUEST_RAM1."""
    told = agrees(changed(XL, **{"memory@40000000": bank(0x40000000, 4 << 30)}))
    assert [each.partition(" (")[0] for each in told if each.startswith("/memory")] == [
        "/memory@40000000 reg[0] is [0x40000000, 0x140000000)",
        "/memory@200000000 is not there; bank 1 of so much RAM is [0x200000000, 0x240000000)",
    ]


def test_parts_of_a_direct_mapped_guest_that_are_not_there() -> None:
    """The console's size is the layout's, and so is its place where the tree has none."""
    told = agrees(changed(DOM0LESS, **{**DIRECT, "sbsa-uart@22000000__reg": None}))
    assert [each.partition(" (")[0] for each in told] == [
        "/sbsa-uart@22000000 reg[0] is not there; the vPL011 is [0x22000000, 0x22001000)"
    ]
    without = changed(DOM0LESS, **{**DIRECT, "memory@40000000": None, "memory@40000000__reg": None})
    assert any(f"/{GIC} reg[0] is [0x8000000, 0x8010000)" in each for each in agrees(without))


@pytest.mark.parametrize("path", ["timer", "timer@0"])
def test_the_timer_of_a_part_of_a_tree_is_compared_too(path: str) -> None:
    """Also where nothing says who made it: its interrupts are those of the layout."""
    timer = {**XL["timer"], "interrupts": [1, 13, 0xF08, 1, 11, 0xF08, 1, 11, 0xF08]}
    told = messages(report(part("4.16", **{path: timer}), None, 40), "device-tree-agrees")
    assert told == [
        f"/{path} interrupts[1] is 27; a timer's interrupt is 30 (GUEST_TIMER_PHYS_NS_PPI, xen 4.16.7)"
    ]


@pytest.mark.parametrize(
    ("vcpus", "size", "lacking"), [(2, 0x40000, False), (3, 0x40000, True), (2, 0x3F000, True)]
)
def test_redistributors_of_all_vcpus_have_room(vcpus: int, size: int, *, lacking: bool) -> None:
    """Two frames of 64 KiB each."""
    cpus = {f"cpu@{n}": {**XL["cpus"]["cpu@0"], "reg": [n]} for n in range(vcpus)}
    edit = {"cpus": {**XL["cpus"], **cpus}, f"{GIC}__reg": reg((0x03001000, 0x10000), (0x03020000, size))}
    told = messages(report(changed(XL, **edit), "4.20", 40), "minimum-size")
    assert [f"{vcpus} redistributors of 128 KiB" in each for each in told] == [True] * lacking


def test_what_is_not_there_needs_no_room() -> None:
    (whole,) = report(XL, "4.20", 40).offers
    (without,) = report(changed(XL, cpus=None), "4.20", 40).offers
    assert whole.guest is not None
    assert without.guest is not None
    assert ([each.amount for each in whole.guest.needs], without.guest.needs) == ([0x40000], ())
    (no_ram,) = report(changed(XL, **{"memory@40000000": None}), "4.20", 40).offers
    assert no_ram.guest is None


def test_windows_of_pci_are_two_and_the_same_on_both_sides() -> None:
    ranges = pci_ranges(0x43000000)
    moved = [*ranges[:2], 0x24000000, *ranges[3:]]
    assert agrees(changed(XL, **{"pcie@10000000__ranges": moved})) == [
        "/pcie@10000000 ranges[0] PCI address is 0x24000000; the CPU address of that window is 0x23000000 "
        "(make_vpci_node, xen 4.20.4)"
    ]
    third = [0x02000000, 0, 0x35000000, 0, 0x35000000, 0, 0x1000]
    assert agrees(changed(XL, **{"pcie@10000000__ranges": [*ranges, *third]})) == [
        "/pcie@10000000 ranges[2] is [0x35000000, 0x35001000) (4 KiB), and nothing is expected there (make_vpci_node, xen "
        "4.20.4)"
    ]


@pytest.mark.parametrize(("base", "release"), [(DOM0LESS, "4.20"), (PLAIN, "4.15")])
def test_windows_of_a_bridge_that_is_not_expected_are_not_compared(base: Description, release: str) -> None:
    """Xen makes none for its guests, and libxl none before 4.16."""
    bridge = {**XL["pcie@10000000"], "ranges": pci_ranges(0x43000000)[7:]}
    told = agrees({**base, "pcie@10000000": bridge, "hypervisor": {**base["hypervisor"]}}, release)
    assert [each for each in told if "/pcie" in each] == [
        "/pcie@10000000 reg[0] is [0x10000000, 0x20000000) (256 MiB), and nothing is expected there (GUEST_VPCI_ECAM, xen "
        f"{report(XL, release, 40).release})"
    ]


def test_what_is_on_the_map_and_nowhere_is_open() -> None:
    """A node on a bus that maps nothing of it."""
    bus: Description = {
        "#address-cells": [1],
        "#size-cells": [1],
        "ranges": [0x0, 0x0, 0x60000000, 0x10000],
        "far@20000": {"reg": [0x20000, 0x1000]},
    }
    found = report(changed(XL, bus=bus), "4.20", 40)
    assert [each.name for each in found.maps[0].regions if each.extent is None] == ["/bus/far@20000"]
    assert verdicts(found)["no-overlap"] == {"unknown"}


def test_what_a_guest_is_passed_through_is_called_so() -> None:
    told = messages(report(changed(XL, **{SERIAL: reg((0x60000000, 0x1000))}), "4.20", 40), "no-overlap")
    assert [each.partition("), ")[2].partition(":")[0] for each in told] == ["passed through to the domain"]


def test_without_ram_no_page_follows_it() -> None:
    """4.4 has no region for the toolstack's pages."""
    edit: dict[str, Any] = {"memory@40000000": None, "hypervisor__reg": reg((0xB0000000, 0x20000))}
    names = [name for name, _, _ in map_of(of_release(PLAIN, "4.4", **edit), "4.4")]
    assert names == [GIC, GIC]
    assert NamedRegion("GIC", None, "") not in report(XL, "4.20", 40).maps[0].regions
