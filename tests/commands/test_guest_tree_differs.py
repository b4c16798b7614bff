"""Trees of guests that differ in one place from what their maker writes, and trees of one maker that look like another's."""

from __future__ import annotations

from typing import Any

import pytest

from tests.commands.guest_tree_reports import messages, report, verdicts
from tests.commands.test_guest_tree_agrees import ACPI
from tests.commands.test_guest_tree_bounds import part
from tests.commands.test_guest_tree_edges import DIRECT, SHARED
from tests.commands.test_guest_tree_makers import DOM0, PLAIN, of_release
from tests.commands.test_guest_tree_parts import FRAGMENT, GIC, agrees, bank, map_of
from tests.guest_trees import DOM0LESS, GRANT, REST, XL, changed, pci_ranges, reg
from tests.reading.trees import Description
from verifier.reading import models
from verifier.xen.subjects import numbers_of

LOW, HIGH = REST
STRIDE = f"{GIC}__redistributor-stride"
V2 = {**XL[GIC], "compatible": ["arm,cortex-a15-gic", "arm,cortex-a9-gic"]}


def gicv2(start: int, cpu_interface: int) -> Description:
    """The CPU interface follows the distributor at a page; its size in bytes."""
    return {**V2, "reg": reg((start, 0x1000), (start + 0x1000, cpu_interface))}


@pytest.mark.parametrize(
    ("version", "hardware"), [("4.16", False), ("4.17", True)], ids=["xl alone", "or Xen"]
)
def test_a_part_of_a_tree_may_be_dom0_s_where_more_than_xl_make_such_nodes(
    version: str, *, hardware: bool
) -> None:
    (offer,) = report(part(version), None, 40).offers
    assert (offer.hardware, offer.host_layout) == (hardware, hardware)


def test_a_part_of_a_tree_without_a_grant_region_may_be_anyone_s() -> None:
    node = changed(part("4.16")["hypervisor"], reg=None)
    found = report({**FRAGMENT, "hypervisor": node}, None, 40)
    assert (found.verdict, found.offers[0].host_layout) == ("unknown", True)


def test_of_a_direct_mapped_guest_the_guest_layout_says_nothing_of_its_ram() -> None:
    """It lies where the host's does."""
    (offer,) = report(changed(DOM0LESS, **DIRECT), "4.20", 40).offers
    assert offer.guest is None
    assert "banks" not in verdicts(report(changed(DOM0LESS, **DIRECT), "4.20", 40))
    assert "banks" in verdicts(report(DOM0LESS, "4.20", 40))


@pytest.mark.parametrize("tree", [XL, DOM0LESS, DOM0, FRAGMENT])
def test_of_no_guest_s_tree_is_it_said_that_an_iommu_is_there(tree: Description) -> None:
    """No node of it tells of one, and with one other statements are made of the host's RAM."""
    assert [each.iommu for each in report(tree, "4.20", 40).maps] == [False]


def test_acpi_tables_are_in_the_map_once_wherever_their_node_is() -> None:
    """Below / they are a device as any other: they do not overlap with themselves."""
    node = {**ACPI, "reg": reg((0x20000000, 0x1000))}
    for tree in (changed(XL, chosen__module=node), {**XL, "module": node}):
        assert [each for each in map_of(tree) if each[0] == "module"] == [("module", 0x20000000, 0x1000)]
        assert report(tree, "4.20", 40).verdict == "proved"


def test_acpi_tables_are_somewhere() -> None:
    """libxl writes where, once they are made (finalise_one_node of "/chosen/module")."""
    node = changed(ACPI, reg=None)
    assert agrees(changed(XL, chosen__module=node)) == [
        "/chosen/module reg[0] is not there; the range of ACPI tables is [0x20000000, 0x22000000) (32 MiB) (GUEST_ACPI, xen "
        "4.20.4)"
    ]


@pytest.mark.parametrize(("size", "relation"), [(0x1000, "less"), (0x2000, None), (0x3000, "more")])
def test_the_cpu_interface_of_a_gicv2_has_8_kib(size: int, relation: str | None) -> None:
    """Two pages by its specification (GICC_DIR is in the second); with more a guest reads registers that there are not."""
    told = messages(report(changed(XL, **{GIC: gicv2(0x3001000, size)}), "4.20", 40), "minimum-size")
    assert [f"4 KiB {relation} than the CPU interface of a GICv2" in each for each in told] == (
        [] if relation is None else [True]
    )


@pytest.mark.parametrize("made", [XL, DOM0LESS])
def test_every_maker_gives_an_interrupt_controller(made: Description) -> None:
    told = [
        "/interrupt-controller is not there; the GIC is [0x3001000, 0x3002000) (4 KiB) (GUEST_GICD, xen 4.20.4)"
    ]
    assert agrees(changed(made, **{GIC: None})) == told
    assert agrees(part("4.16"), "4.16") == []  # what a part does not show may be elsewhere


@pytest.mark.parametrize(
    ("gic", "told"),
    [
        (gicv2(0x8000000, 0x2000), ""),
        (
            gicv2(0x8000000, 0x1000),
            "reg[1] is [0x8001000, 0x8002000) (4 KiB); GICC is [0x8001000, 0x8003000) (8 KiB) (GUEST_GICC, xen 4.20.4)",
        ),
        (
            {**V2, "reg": reg((0x8000000, 0x1000), (0x8001000, 0x2000), (0x8010000, 0x1000))},
            "reg[2] is [0x8010000, 0x8011000) (4 KiB), and nothing is expected there (make_gicv3_node, xen 4.20.4)",
        ),
        (
            {**XL[GIC], "reg": reg((0x8000000, 0x1000), (0x80A0000, 0xF60000))},
            "reg[0] is [0x8000000, 0x8001000) (4 KiB); GICD is [0x8000000, 0x8010000) (64 KiB) (GUEST_GICV3_GICD, xen "
            "4.20.4)",
        ),
    ],
)
def test_the_gic_of_a_direct_mapped_guest_is_elsewhere_and_as_large(gic: Description, told: str) -> None:
    """vgic_dist_base and vgic_cpu_base with GUEST_GICD_SIZE, GUEST_GICC_SIZE and GUEST_GICV3_GICD_SIZE."""
    expected = [f"/{GIC} {told}"] if told else []
    assert agrees(changed(DOM0LESS, **{**DIRECT, GIC: gic})) == expected


def test_the_console_of_a_direct_mapped_guest_has_the_interrupt_of_the_host_s() -> None:
    """domain_vpl011_init takes that of Xen's own console; of the guest layout it is GUEST_VPL011_SPI, 32."""
    edit: dict[str, Any] = {"sbsa-uart@22000000__interrupts": [0, 5, 0xF04]}
    assert agrees(changed(DOM0LESS, **{**DIRECT, **edit})) == []
    assert agrees(changed(DOM0LESS, **edit)) == [
        "/sbsa-uart@22000000 interrupts[0] is 37; the vPL011's interrupt is 32 (GUEST_VPL011_SPI, xen 4.20.4)"
    ]


def test_xl_has_no_direct_mapped_guests() -> None:
    edit = {"memory@40000000": bank(0x60000000, 0x10000000), f"{GIC}__reg": DIRECT[f"{GIC}__reg"]}
    for tree, release in (
        (changed(XL, **edit), "4.20"),
        (part("4.16", **{GIC: changed(XL, **edit)[GIC], "memory@60000000": edit["memory@40000000"]}), "4.16"),
    ):
        assert f"/{GIC} reg[0] is [0x8000000, 0x8010000); GICD is [0x3001000, 0x3011000)" in [
            f"{found.partition(' (')[0]}; {expected.partition(' (')[0]}"
            for found, _, expected in (each.partition("; ") for each in agrees(tree, release))
        ]


def test_the_distributor_is_at_one_place_whichever_gic_there_is() -> None:
    """Which is how a guest of the guest layout is told from a direct-mapped one; 4.4 has no GICv3."""
    tags = [tag for each in models.releases() for tag in each.tags]
    places = [
        (numbers_of(tag).get("GUEST_GICV3_GICD_BASE"), numbers_of(tag)["GUEST_GICD_BASE"]) for tag in tags
    ]
    assert {v2 for v3, v2 in places if v3 is None} == {0x2C001000}
    assert {each for each in places if each[0] is not None} == {(0x3001000, 0x3001000)}


def test_only_libxl_wrote_the_stride_of_redistributors_and_for_a_gicv3_alone() -> None:
    """make_gicv3_node until 4.10; neither make_gicv2_node nor make_gicv3_domU_node ever had it."""
    assert agrees(changed(DOM0LESS, **{STRIDE: [0x20000]})) == [
        f"/{GIC} redistributor-stride is 0x20000, and nothing is expected there (GUEST_GICV3_RDIST_STRIDE, xen 4.20.4)"
    ]
    assert agrees(part("4.10", **{GIC: XL[GIC]}), "4.10") == [
        f"/{GIC} redistributor-stride is not there; bytes from redistributor to redistributor is 0x20000 "
        "(GUEST_GICV3_RDIST_STRIDE, xen 4.10.4)"
    ]
    old = of_release(PLAIN, "4.10", hypervisor__reg=reg(GRANT), **{GIC: gicv2(0x3001000, 0x2000)})
    assert report(old, "4.10", 40).verdict == "proved"


def test_the_type_of_a_pci_window_is_told_with_its_macro() -> None:
    assert agrees(changed(XL, **{"pcie@10000000__ranges": pci_ranges(0x42000000)})) == [
        "/pcie@10000000 ranges[1] type is 0x42000000; the type of that window is 0x43000000 "
        "(GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM, xen 4.20.4)"
    ]


@pytest.mark.parametrize("node", ["hypervisor", "sbsa-pl011", "virtio@2000200"])
def test_a_node_with_one_interrupt_has_a_controller_too(node: str) -> None:
    assert agrees(changed(XL, **{f"{node}__interrupt-parent": [1]})) == [
        f"/{node} interrupt-parent is 1; the GIC is 0xfde8 (/{GIC} phandle, xen 4.20.4)"
    ]


def test_of_dom0_s_tree_it_is_not_said_what_it_lacks() -> None:
    """It is the board's: this one has no /cpus."""
    (offer,) = report(DOM0, None, 40).offers
    assert offer.tree is not None
    assert offer.tree.doubts == (
        "the regions of dom0 are made of the board's device tree: verifier host judges them",
    )


def test_shared_memory_of_no_size_describes_nothing() -> None:
    node = changed(SHARED, **{"xen-shmem@70000000__reg": reg((0x70000000, 0))})
    told = "/reserved-memory/xen-shmem@70000000 reg[0] has a size of 0 at 0x70000000: it describes nothing"
    assert told in agrees(changed(DOM0LESS, **{"reserved-memory": node}))


def test_of_a_part_of_a_tree_ram_may_be_anywhere() -> None:
    """What fills the banks below may be in a node that is not there."""
    assert agrees(part("4.16", **{"memory@200000000": bank(0x200000000, 0x10000000)}), "4.16") == []


@pytest.mark.parametrize(
    ("tree", "producer"), [(XL, "finalize_hypervisor_node"), (DOM0LESS, "find_domU_holes")]
)
def test_regions_are_told_with_the_function_that_makes_them(tree: Description, producer: str) -> None:
    told = agrees(changed(tree, hypervisor__reg=reg(GRANT, LOW)))
    assert [each.rpartition("(")[2] for each in told] == [f"{producer}, xen 4.20.4)"]


def test_libxl_offers_regions_to_a_kernel_of_32_bits_too() -> None:
    """finalize_hypervisor_node asks for no bitness; find_domU_holes is called for 64 bits only."""
    assert report(changed(XL, timer__compatible="arm,armv7-timer"), "4.20", 40).verdict == "proved"
    assert agrees(changed(DOM0LESS, timer__compatible="arm,armv7-timer")) != []


def test_regions_that_touch_are_explained_by_xen_reg_and_not_by_iomem() -> None:
    """A size of 0 splits a region in Xen; xl cannot have it: XEN_DOMCTL_iomem_permission takes first + 0 - 1 for a wrap."""
    touching = reg(GRANT, (0x50000000, 0x40000000), (0x90000000, 0x70000000), HIGH)
    (doubt,) = agrees(changed(DOM0LESS, hypervisor__reg=touching), "4.21", "unknown")
    assert doubt == (
        "find_domU_holes leaves out [0x90000000, 0x90000000) only for xen,reg there, which no node of the tree tells of"
    )
    xl = changed(XL, hypervisor__reg=touching)
    assert (agrees(xl, "4.21", "unknown"), report(xl, "4.21", 40).verdict) == ([], "refuted")


@pytest.mark.parametrize(
    ("memory", "regions", "bits", "left_out"),
    [
        # 258 MiB end at 0x50200000, which is a multiple of 2 MiB: what is above is offered at once.
        (258 << 20, ((0x50400000, 0xAFC00000), HIGH), 40, "[0x50200000, 0x50400000)"),
        # Nothing is left out above 2^36.
        (256 << 20, (LOW, (0x200000000, 0xC00000000)), 36, "[0xe00000000, 0x1000000000)"),
    ],
)
def test_what_is_left_out_lies_in_the_rest_of_a_window(
    memory: int, regions: tuple[tuple[int, int], ...], bits: int, left_out: str
) -> None:
    tree = changed(XL, **{"memory@40000000": bank(0x40000000, memory)}, hypervisor__reg=reg(GRANT, *regions))
    assert messages(report(tree, "4.21", bits), "device-tree-agrees", "unknown") == [
        f"finalize_hypervisor_node leaves out {left_out} only for iomem there, which no node of the tree tells of"
    ]


def test_the_grant_region_need_not_end_with_a_window() -> None:
    """Wherever it lies; that it lies elsewhere than in the header is told by itself."""
    edit = {"memory@40000000": bank(0x48000000, 0x8000000), "hypervisor__reg": reg((0x60000000, 0x1000000))}
    told = agrees(changed(XL, **edit))
    assert any(each.startswith("/hypervisor reg[0] is [0x60000000, 0x61000000)") for each in told)
    assert not any(each.startswith("the end of") for each in told)


@pytest.mark.parametrize(
    ("size", "is_told"), [(0xAFFFF000, True), (0xB0000000, False), (0xB0001000, True), (0xC0000000, True)]
)
def test_a_region_reaches_the_end_of_its_window_and_no_further(size: int, *, is_told: bool) -> None:
    """It begins at 0x50000000, and GUEST_RAM0 ends at 0x100000000."""
    told = agrees(part("4.16", (0x50000000, size)), "4.16")
    assert [each.partition("; ")[0] for each in told if each.startswith("the end of")] == (
        [f"the end of /hypervisor reg[1] is {0x50000000 + size:#x}"] * is_told
    )
