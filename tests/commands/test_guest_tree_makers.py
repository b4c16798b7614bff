"""Trees of other makers, releases and cells: what is expected of them is what each of these writes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.commands.guest_tree_reports import helps, messages, report, verdicts
from tests.guest_trees import DOM0LESS, GRANT, REST, XL, changed, reg
from tests.reading.trees import Description

DEVICES = ("virtio@2000000", "virtio@2000200", "pcie@10000000", "sbsa-pl011", "passthrough")
PLAIN = changed(XL, **dict.fromkeys(DEVICES))
"""What a guest of xl has in every release since 4.5."""
STRIDE = {
    "interrupt-controller@3001000__redistributor-stride": [0x20000],
    "interrupt-controller@3001000__#redistributor-regions": [1],
}
"""libxl wrote them from 4.5 to 4.10 (make_gicv3_node)."""
DOM0: Description = {
    "model": "linux,dummy-virt",
    "compatible": "linux,dummy-virt",
    "#address-cells": [2],
    "#size-cells": [1],
    "interrupt-parent": [1],
    "memory@48000000": {"device_type": "memory", "reg": reg((0x48000000, 0x8000000), cells=(2, 1))},
    "intc@8000000": {
        "compatible": "arm,gic-v3",
        "interrupt-controller": b"",
        "#interrupt-cells": [3],
        "phandle": [1],
        "reg": reg((0x8000000, 0x10000), (0x80A0000, 0xF60000), cells=(2, 1)),
    },
    "soc": {
        "#address-cells": [1],
        "#size-cells": [1],
        "ranges": [0x0, 0x0, 0x60000000, 0x10000000],
        "ethernet@1000": {"compatible": "vendor,nic", "reg": [0x1000, 0x1000]},
    },
    "hypervisor": {
        "compatible": ["xen,xen-4.20", "xen,xen"],
        "reg": reg((0x40200000, 0x40000), (0x40400000, 0x7A00000), (0x50000000, 0x10000000), cells=(2, 1)),
        "interrupts": [1, 0, 0xF08],
    },
}
"""Of a board with one size cell; below `soc` address 0 is 0x60000000 of the board."""


def of_release(tree: Description, version: str, **edit: Any) -> Description:
    return changed(tree, hypervisor__compatible=[f"xen,xen-{version}", "xen,xen"], **edit)


EIGHT_VCPUS = {
    **STRIDE,
    "interrupt-controller@3001000__reg": reg((0x03001000, 0x10000), (0x03020000, 0x100000)),
}
"""4.5 has room for eight redistributors (GUEST_GICV3_GICR0_SIZE)."""


@pytest.mark.parametrize(
    ("version", "edit"), [("4.5", EIGHT_VCPUS), ("4.10", STRIDE), ("4.11", {}), ("4.15", {})]
)
def test_before_4_16_there_is_the_grant_region_alone(version: str, edit: dict[str, Any]) -> None:
    tree = of_release(PLAIN, version, hypervisor__reg=reg(GRANT), **edit)
    assert report(tree).verdict == "proved"
    more = report(of_release(PLAIN, version, hypervisor__reg=reg(GRANT, *REST), **edit), None, 40)
    assert (
        "/hypervisor reg[1] is [0x50000000, 0x100000000) (2816 MiB), and nothing is expected there (this release offers "
        f"such a guest none, xen {more.release})" in messages(more, "device-tree-agrees")
    )


@pytest.mark.parametrize("version", ["4.5", "4.10", "4.11"])
def test_the_stride_of_redistributors_is_that_of_its_releases(version: str) -> None:
    tree = of_release(PLAIN, version, hypervisor__reg=reg(GRANT))
    told = [each for each in messages(report(tree), "device-tree-agrees") if "redistributor-stride" in each]
    assert bool(told) is (version != "4.11")


def test_libxl_4_4_wrote_the_size_of_the_distributor_for_the_cpu_interface() -> None:
    """99bf30a5d1: make_intc_node(GUEST_GICD_BASE, GUEST_GICD_SIZE, GUEST_GICC_BASE, GUEST_GICD_SIZE)."""
    gic = {
        **PLAIN["interrupt-controller@3001000"],
        "compatible": ["arm,cortex-a15-gic", "arm,cortex-a9-gic"],
        "reg": reg((0x2C001000, 0x1000), (0x2C002000, 0x1000)),
    }
    tree = of_release(
        PLAIN,
        "4.4",
        hypervisor__reg=reg((0xB0000000, 0x20000)),
        **{
            "interrupt-controller@3001000": gic,
            "memory@40000000": {"device_type": "memory", "reg": reg((0x80000000, 0x10000000))},
        },
    )
    assert messages(report(tree), "device-tree-agrees") == [
        "/interrupt-controller@3001000 reg[1] is [0x2c002000, 0x2c003000) (4 KiB); GICC is [0x2c002000, 0x2c002100) "
        "(256 bytes) (GUEST_GICC, xen 4.4.4)"
    ]


@pytest.mark.parametrize("cells", [(1, 1), (2, 1), (1, 2)])
def test_cells_are_those_of_the_tree(cells: tuple[int, int]) -> None:
    """With 32 bits there is nothing above 4 GiB, and each number fits one cell."""
    low = REST[0]
    tree = changed(
        DOM0LESS,
        **{"#address-cells": [cells[0]], "#size-cells": [cells[1]]},
        **{
            "memory@40000000__reg": reg((0x40000000, 0x10000000), cells=cells),
            "interrupt-controller@3001000__reg": reg(
                (0x03001000, 0x10000), (0x03020000, 0x1000000), cells=cells
            ),
            "sbsa-uart@22000000__reg": reg((0x22000000, 0x1000), cells=cells),
            "hypervisor__reg": reg(GRANT, low, cells=cells),
        },
    )
    found = report(tree, "4.20", 32)
    assert found.verdict == "proved"
    wrong = changed(tree, hypervisor__reg=reg(GRANT, (0x60000000, 0xA0000000), cells=cells))
    help_text = {
        (1, 1): "<0x50000000 0xb0000000>",
        (2, 1): "<0x0 0x50000000 0xb0000000>",
        (1, 2): "<0x50000000 0x0 0xb0000000>",
    }
    assert helps(report(wrong, "4.20", 32), "device-tree-agrees") == [
        f"/hypervisor reg[1] = {help_text[cells]}"
    ]


def test_of_dom0_what_the_tree_has_is_avoided_and_the_rest_is_open() -> None:
    found = report(DOM0, None, 40)
    assert found.verdict == "unknown"
    assert [each.name for each in found.maps] == ["d0"]
    told = verdicts(found)
    assert told["device-tree-agrees"] == told["one-to-one-holes"] == {"unknown"}
    assert told["aligned"] == told["within-ipa"] == told["registers-fit"] == {"proved"}


@pytest.mark.parametrize(
    ("region", "message"),
    [
        (
            (0x40400000, 0x10000000),
            "/hypervisor reg[1] [0x40400000, 0x50400000) covers 128 MiB of /memory@48000000 reg[0] [0x48000000, "
            "0x50000000), RAM of the domain: [0x48000000, 0x50000000)",
        ),
        (
            (0x60000000, 0x10000000),
            "/hypervisor reg[1] [0x60000000, 0x70000000) covers 4 KiB of /soc/ethernet@1000 reg[0] [0x60001000, "
            "0x60002000), registers of a device: [0x60001000, 0x60002000)",
        ),
        (
            (0x4000000, 0x8000000),
            "/hypervisor reg[1] [0x4000000, 0xc000000) covers 64 KiB of /intc@8000000 reg[0] [0x8000000, 0x8010000), "
            "registers of a device: [0x8000000, 0x8010000)",
        ),
    ],
)
def test_of_dom0_a_region_over_something_is_found(region: tuple[int, int], message: str) -> None:
    tree = changed(DOM0, hypervisor__reg=reg((0x40200000, 0x40000), region, cells=(2, 1)))
    assert message in messages(report(tree, None, 40), "one-to-one-holes")


def test_without_regions_a_dom0less_tree_is_open_unless_its_kernel_has_32_bits() -> None:
    """ext_regions=0 of Xen's command line is nowhere in the tree; 32-bit domains are offered none (b6fe410936)."""
    none = changed(DOM0LESS, hypervisor__reg=reg(GRANT))
    (message,) = messages(report(none, "4.20", 40), "device-tree-agrees", "unknown")
    assert message == (
        "find_domU_holes makes [0x50000000, 0x100000000) and [0x200000000, 0x10000000000) of its RAM, and none if Xen's "
        "command line has ext_regions=0"
    )
    old = changed(none, timer__compatible="arm,armv7-timer")
    assert verdicts(report(old, "4.20", 40))["device-tree-agrees"] == {"proved"}
    xl = changed(XL, hypervisor__reg=reg(GRANT))
    assert report(xl, "4.20", 40).verdict == "refuted"
