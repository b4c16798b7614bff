"""device-tree-agrees: what differs from header and toolstack is told place by place."""

from __future__ import annotations

from typing import Any

import pytest

from tests.commands.guest_tree_reports import messages, report, verdicts
from tests.guest_trees import GRANT, REST, XL, changed, pci_ranges, reg
from tests.reading.trees import Description

HIGH = REST[1]
HIGH_BANK: Description = {"device_type": "memory", "reg": reg((0x200000000, 0x8000000))}
ACPI: Description = {
    "compatible": ["xen,guest-acpi", "multiboot,module"],
    "reg": reg((0x21000000, 0x1000)),
}


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (
            {"interrupt-controller@3001000__reg": reg((0x03001000, 0x1000), (0x03020000, 0x1000000))},
            "/interrupt-controller@3001000 reg[0] is [0x3001000, 0x3002000) (4 KiB); GICD is [0x3001000, "
            "0x3011000) (64 KiB) "
            "(GUEST_GICV3_GICD, xen 4.20.4)",
        ),
        (
            {"interrupt-controller@3001000__reg": reg((0x03001000, 0x10000))},
            "/interrupt-controller@3001000 reg[1] is not there; GICR is [0x3020000, 0x4020000) (16 MiB) "
            "(GUEST_GICV3_GICR0, "
            "xen 4.20.4)",
        ),
        (
            {"interrupt-controller@3001000__redistributor-stride": [0x20000]},
            "/interrupt-controller@3001000 redistributor-stride is 0x20000, and nothing is expected there "
            "(GUEST_GICV3_RDIST_STRIDE, xen 4.20.4)",
        ),
        (
            {"timer__interrupts": [1, 13, 0xF08, 1, 11, 0xF08, 1, 14, 0xF08]},
            "/timer interrupts[1] is 27; a timer's interrupt is 30 (GUEST_TIMER_PHYS_NS_PPI, xen 4.20.4)",
        ),
        (
            {"hypervisor__interrupts": [1, 14, 0xF08]},
            "/hypervisor interrupts[0] is 30; the event channel's interrupt is 31 (GUEST_EVTCHN_PPI, xen 4.20.4)",
        ),
        (
            {"hypervisor__interrupts": [1, 15, 0xF04]},
            "/hypervisor interrupts[0] trigger is 4; that of the event channel's interrupt is 8 (set_interrupt, xen 4.20.4)",
        ),
        (
            {"timer__interrupt-parent": [1]},
            "/timer interrupt-parent is 1; the GIC is 0xfde8 (/interrupt-controller@3001000 phandle, xen 4.20.4)",
        ),
        (
            {"interrupt-controller@3001000__#interrupt-cells": [4]},
            "/interrupt-controller@3001000 #interrupt-cells is 4; the number of cells of an interrupt is 3 (arm,gic "
            "binding, xen 4.20.4)",
        ),
        (
            {"pcie@10000000__ranges": pci_ranges(0x43000000)[:7]},
            "/pcie@10000000 ranges[1] is not there; a window of vPCI is [0x100000000, 0x200000000) (4 GiB) "
            "(GUEST_VPCI_PREFETCH_MEM, xen 4.20.4)",
        ),
        (
            {"hypervisor__interrupts": None},
            "/hypervisor interrupts[0] is not there; the event channel's interrupt is 31 "
            "(GUEST_EVTCHN_PPI, xen 4.20.4)",
        ),
        (
            {"sbsa-pl011__reg": reg((0x22000000, 0x10000))},
            "/sbsa-pl011 reg[0] is [0x22000000, 0x22010000) (64 KiB); the vPL011 is [0x22000000, 0x22001000) (4 KiB) "
            "(GUEST_PL011, xen 4.20.4)",
        ),
        (
            {"sbsa-pl011__interrupts": [0, 1, 0xF04]},
            "/sbsa-pl011 interrupts[0] is 33; the vPL011's interrupt is 32 (GUEST_VPL011_SPI, xen 4.20.4)",
        ),
        (
            {"pcie@10000000__reg": reg((0x10000000, 0x8000000))},
            "/pcie@10000000 reg[0] is [0x10000000, 0x18000000) (128 MiB); the ECAM of vPCI is "
            "[0x10000000, 0x20000000) "
            "(256 MiB) (GUEST_VPCI_ECAM, xen 4.20.4)",
        ),
        (
            {"virtio@2000200__reg": reg((0x2000400, 0x200))},
            "/virtio@2000200 reg[0] is [0x2000400, 0x2000600) (512 bytes); slot 1 of virtio-mmio is "
            "[0x2000200, 0x2000400) "
            "(512 bytes) (GUEST_VIRTIO_MMIO, xen 4.20.4)",
        ),
        (
            {"virtio@2000200__interrupts": [0, 1, 0xF01]},
            "/virtio@2000200 interrupts[0] is 33; the interrupt of slot 1 is 34 "
            "(GUEST_VIRTIO_MMIO_SPI_FIRST, xen 4.20.4)",
        ),
        (
            {"memory@40000000__reg": reg((0x40000000, 0x8000000)), "memory@200000000": HIGH_BANK},
            "/memory@40000000 reg[0] is [0x40000000, 0x48000000) (128 MiB); bank 0 of so much RAM is "
            "[0x40000000, 0x50000000) "
            "(256 MiB) (GUEST_RAM_BANK_BASES, filled in order, xen 4.20.4)",
        ),
        (
            {"chosen__module@20000000": ACPI},
            "/chosen/module@20000000 reg[0] is [0x21000000, 0x21001000) (4 KiB); the range of ACPI "
            "tables is [0x20000000, 0x20001000) "
            "(4 KiB) (GUEST_ACPI, xen 4.20.4)",
        ),
        (
            {"hypervisor__reg": None},
            "/hypervisor reg[0] is not there; the grant region is [0x38000000, 0x39000000) (16 MiB) "
            "(GUEST_GNTTAB, xen 4.20.4)",
        ),
        (
            {"timer": None},
            "/timer interrupts[0] is not there; a timer's interrupt is 29 (GUEST_TIMER_PHYS_S_PPI, xen 4.20.4)",
        ),
        (
            {"interrupt-controller@3001000__#redistributor-regions": [2]},
            "/interrupt-controller@3001000 #redistributor-regions is 2; the number of redistributor "
            "regions in reg is 1 (arm,gic-v3 binding, "
            "xen 4.20.4)",
        ),
    ],
)  # fmt: skip
def test_what_differs_from_the_header_is_told(edit: dict[str, Any], message: str) -> None:
    found = report(changed(XL, **edit), "4.20", 40)
    assert message in messages(found, "device-tree-agrees")
    assert found.verdict == "refuted"


@pytest.mark.parametrize(
    ("release", "cell", "expected"),
    [
        ("4.18", 0x42000000, None),
        ("4.18", 0x43000000, "0x42000000"),
        ("4.19", 0x43000000, None),
        ("4.19", 0x42000000, "0x43000000"),
    ],
)
def test_the_type_cell_is_that_of_the_release(release: str, cell: int, expected: str | None) -> None:
    """232ee07c23: the prefetchable window lies above 4 GiB, and its cell says 64 bits from 4.19 on."""
    found = report(changed(XL, **{"pcie@10000000__ranges": pci_ranges(cell)}), release, 40)
    told = messages(found, "device-tree-agrees")
    assert (told == []) is (expected is None)
    for each in told:
        assert each.startswith(
            f"/pcie@10000000 ranges[1] type is {cell:#x}; the type of that window is {expected} ("
        )


def test_a_gicv2_has_a_cpu_interface_of_8_kib() -> None:
    """8ee6d574b7: until 4.6.0 the header said 256 bytes, and libxl wrote it."""
    gic = {**XL["interrupt-controller@3001000"], "compatible": ["arm,cortex-a15-gic", "arm,cortex-a9-gic"]}
    for size, is_right in ((0x2000, True), (0x100, False)):
        node = {**gic, "reg": reg((0x03001000, 0x1000), (0x03002000, size))}
        found = report(changed(XL, **{"interrupt-controller@3001000": node}), "4.20", 40)
        assert (found.verdict == "proved") is is_right
        assert bool(messages(found, "minimum-size")) is not is_right


def test_two_devices_with_one_interrupt_are_found() -> None:
    found = report(changed(XL, **{"passthrough__serial@30000000__interrupts": [0, 0, 0xF04]}), "4.20", 40)
    (message,) = messages(found, "interrupts")
    assert "both have interrupt 32" in message
    assert "/passthrough/serial@30000000" in message


def test_a_number_of_the_other_kind_is_found() -> None:
    """A private interrupt of number 20 behind the first would be 36, and they end at 31."""
    found = report(changed(XL, **{"passthrough__serial@30000000__interrupts": [1, 20, 0xF04]}), "4.20", 40)
    (message,) = messages(found, "interrupts")
    assert message.startswith(
        "interrupt 36 of /passthrough/serial@30000000 (interrupts[0]) is none of the PPIs"
    )


def test_more_frames_need_a_larger_grant_region() -> None:
    """16 MiB hold 4096 frames."""
    assert report(XL, "4.20", 40, frames=4096).verdict == "proved"
    (message,) = messages(report(XL, "4.20", 40, frames=4097), "minimum-size")
    assert message == (
        "the grant region of guest [0x38000000, 0x39000000) has 16 MiB; its 4097 grant frames need ~16.0 "
        "MiB, 4 KiB more"
    )


@pytest.mark.parametrize(
    ("regions", "serial", "verdict", "is_aligned"),
    [
        # The page of the serial port at 0x90000000 is cut out, and what is left begins one page later.
        (((0x50000000, 0x40000000), (0x90001000, 0x6FFFF000), HIGH), 0x90000000, "proved", False),
        # The same gap with no node in it: only iomem explains it.
        (((0x50000000, 0x40000000), (0x90200000, 0x6FE00000), HIGH), 0x34000000, "unknown", True),
        # A region over RAM is explained by nothing.
        (((0x48000000, 0x48000000), (0x90200000, 0x6FE00000), HIGH), 0x34000000, "refuted", True),
    ],
)
def test_what_is_passed_through_and_not_in_the_tree_is_open(
    regions: tuple[tuple[int, int], ...], serial: int, verdict: str, is_aligned: bool
) -> None:
    """108308feef, after which regions are not at multiples of 2 MiB any more: that the release is refuted for."""
    edit = {
        "hypervisor__reg": reg(GRANT, *regions),
        "passthrough__serial@30000000__reg": reg((serial, 0x1000)),
    }
    told = verdicts(report(changed(XL, **edit), "4.21", 40))
    assert told["device-tree-agrees"] == {verdict}
    assert (told["aligned"] == {"proved"}) is is_aligned
