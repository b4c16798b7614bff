"""The map of a board below PCI host bridges, by the PCI binding: each rule by hand, as in `test_board_map`."""

from __future__ import annotations

import pytest

from tests.reading.board_maps import IO, MEM32, MEM64, ONE, PCI, PREFETCH, TWO, of, reasons, shown
from tests.reading.trees import Description

BRIDGE: Description = {
    **PCI,
    "device_type": "pci",
    "reg": [0, 0x4000_0000, 0, 0x1000_0000],
    "ranges": [
        *(IO, 0, 0, 0, 0x3EFF_0000, 0, 0x1_0000),
        *(MEM32, 0, 0x1000_0000, 0, 0x1000_0000, 0, 0x2EFF_0000),
        *(MEM64 | PREFETCH, 0x80, 0, 0x80, 0, 0x80, 0),
    ],
}


def test_windows_of_a_pci_host_bridge() -> None:
    """Parent address and size of each entry: three cells of PCI address come first."""
    found = of({**TWO, "pcie@1": BRIDGE})
    assert shown(found) == [
        ("/pcie@1 ranges[1]", 0x1000_0000, 0x3EFF_0000),
        ("/pcie@1 ranges[0]", 0x3EFF_0000, 0x3F00_0000),
        ("/pcie@1 reg[0]", 0x4000_0000, 0x5000_0000),
        ("/pcie@1 ranges[2]", 0x80_0000_0000, 0x100_0000_0000),
    ]
    assert [each.kind for each in found.obstacles] == ["pci-window", "pci-window", "device", "pci-window"]


@pytest.mark.parametrize(
    ("name", "more", "is_bridge"),
    [
        ("pcie@1", {}, True),
        ("pci", {}, True),
        ("host", {"compatible": ["vendor,soc-pcie"]}, True),
        ("host", {"bus-range": [0, 255]}, True),
        ("fsl-mc", {"compatible": "fsl,qoriq-mc"}, False),
        ("pci-glue", {"#address-cells": [2], "ranges": b""}, False),
    ],
)
def test_a_bridge_without_device_type(name: str, more: Description, is_bridge: bool) -> None:
    """It is deprecated (2.3.13), so three address cells and `ranges` with a name of PCI are enough."""
    bridge = {key: value for key, value in BRIDGE.items() if key not in ("device_type", "reg")}
    found = of({**TWO, name: {**bridge, **more}})
    assert not found.unplaced
    assert [each.kind for each in found.obstacles] == 3 * ["pci-window"] * is_bridge


def test_windows_go_through_the_buses_above() -> None:
    """The window's parent address 0x100 is 0x7100 at the root; what the bus does not map is unplaced."""
    bridge = {**PCI, "device_type": "pci", "ranges": [MEM32, 0, 0, 0x100, 0, 0x80, IO, 0, 0, 0x1000, 0, 1]}
    found = of({**ONE, "soc": {**ONE, "ranges": [0, 0x7000, 0x1000], "pci": bridge}})
    assert [str(each) for each in found.obstacles] == ["/soc/pci ranges[0] [0x7100, 0x7180)"]
    assert reasons(found) == ["/soc/pci ranges[1]: no entry of /soc ranges maps [0x1000, 0x1001)"]


def test_below_a_pci_bridge() -> None:
    """`reg` is configuration space; `assigned-addresses` are BARs, in the space of their own window only.

    Memory address 0x1000_2000 is mapped one to one; I/O 0x10 is at 0x3eff_0010; a 64-bit BAR below 4 GiB lies in the
    32-bit window. A port's empty `ranges` leaves the addresses what they are, and its windows are no others.
    """
    bars = [
        MEM32 | 0x10,
        0,
        0x1000_2000,
        0,
        0x1000,
        IO | 0x14,
        0,
        0x10,
        0,
        4,
        MEM64 | 0x18,
        0,
        0x1000_4000,
        0,
        8,
    ]
    device = {"reg": [0, 0, 0, 0, 0], "assigned-addresses": bars}
    port = {**PCI, "device_type": "pci", "ranges": b"", "reg": [0x800, 0, 0, 0, 0], "dev@0,0": device}
    found = of({**TWO, "pcie@1": {**BRIDGE, "pci@1,0": port}})
    assert [each for each in shown(found) if "pci@1,0" in each[0]] == [
        ("/pcie@1/pci@1,0/dev@0,0 assigned-addresses[0]", 0x1000_2000, 0x1000_3000),
        ("/pcie@1/pci@1,0/dev@0,0 assigned-addresses[2]", 0x1000_4000, 0x1000_4008),
        ("/pcie@1/pci@1,0/dev@0,0 assigned-addresses[1]", 0x3EFF_0010, 0x3EFF_0014),
    ]
    device["assigned-addresses"] = [IO, 0, 0x1000_2000, 0, 1]
    assert reasons(of({**TWO, "pcie@1": {**BRIDGE, "dev@0,0": device}})) == [
        "/pcie@1/dev@0,0 assigned-addresses[0]: no entry of /pcie@1 ranges maps [0x10002000, 0x10002001) of PCI's I/O space"
    ]


def test_a_bus_below_a_pci_device() -> None:
    """A function with a bus of its own: offset 0x40 in its BAR at memory 0x1000_0000."""
    bus = {**ONE, "ranges": [0, MEM32, 0, 0x1000_0000, 0x1000], "uart@40": {"reg": [0x40, 8]}}
    found = of({**TWO, "pcie@1": {**BRIDGE, "dev@0,0": bus}})
    assert ("/pcie@1/dev@0,0/uart@40 reg[0]", 0x1000_0040, 0x1000_0048) in shown(found)
