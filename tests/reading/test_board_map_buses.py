"""What is told of buses that cannot be read, and of spaces of PCI on the way up: nothing is lost without a word."""

from __future__ import annotations

import pytest

from tests.reading.board_maps import MEM32, MEM64, ONE, PCI, TWO, of, reasons, shown
from tests.reading.trees import Description

HOST: Description = {**PCI, "device_type": "pci"}
WINDOW = [MEM32, 0, 0, 0x100, 0, 0x80]
"""Of a bridge below a bus with one cell for an address: memory 0 is at 0x100."""
LOOKS: Description = {**PCI, "ranges": WINDOW}


@pytest.mark.parametrize(
    ("bus", "expected"),
    [
        ({"#address-cells": [5], "#size-cells": [6]}, "/b #address-cells is 5, more than 4"),
        ({"#address-cells": [1, 1], "#size-cells": b"\1"}, "/b #address-cells has 8 bytes, not 4"),
        ({"#address-cells": [5], "#size-cells": b""}, "/b #address-cells is 5, more than 4"),
        ({"#address-cells": b"", "#size-cells": [5]}, "/b #address-cells has 0 bytes, not 4"),
        ({"#address-cells": [1], "#size-cells": [5]}, "/b #size-cells is 5, more than 4"),
    ],
)
def test_of_two_counts_that_are_wrong_the_first_is_told(bus: Description, expected: str) -> None:
    found = of({**ONE, "b": {**bus, "ranges": b"", "a": {"reg": [1, 1]}}})
    assert (reasons(found), found.obstacles) == ([f"/b/a reg: {expected}"], ())


@pytest.mark.parametrize("value", [b"", b"\0", [0, 0]])
def test_a_count_of_wrong_length_is_not_zero(value: bytes | list[int]) -> None:
    """Where `#size-cells` is 0, nothing below has a length. Where it is no number, how long something is is not known."""
    found = of({**ONE, "b": {**ONE, "#size-cells": value, "ranges": b"", "a": {"reg": [1, 1]}}})
    assert len(found.unplaced) == 1
    assert of({**ONE, "b": {**ONE, "#size-cells": [0], "ranges": b"", "a": {"reg": [1, 1]}}}).unplaced == ()


@pytest.mark.parametrize(
    ("name", "bridge", "expected"),
    [
        ("pci", {**HOST, "ranges": WINDOW[:-1]}, "20 bytes of /pci ranges are no entries of 3 + 1 + 2 cells"),
        (
            "pci",
            {**HOST, "#address-cells": [3, 3], "#size-cells": [1]},
            "/pci #address-cells has 8 bytes, not 4",
        ),
        ("pci", {**HOST, "#size-cells": b"\2", "ranges": WINDOW}, "/pci #size-cells has 1 bytes, not 4"),
        ("pcie", {**LOOKS, "#address-cells": b"\3"}, "/pcie #address-cells has 1 bytes, not 4"),
        (
            "host",
            {**LOOKS, "bus-range": [0, 1], "#address-cells": b""},
            "/host #address-cells has 0 bytes, not 4",
        ),
        ("pcie", {**LOOKS, "#size-cells": [2, 2]}, "/pcie #size-cells has 8 bytes, not 4"),
    ],
)
def test_windows_of_a_bridge_that_cannot_be_read_are_unplaced(
    name: str, bridge: Description, expected: str
) -> None:
    """Also of what only looks like one: whether its addresses have three cells is not known then."""
    found = of({**ONE, name: {"ranges": WINDOW, **bridge}})
    assert (reasons(found), found.obstacles) == ([f"/{name} ranges: {expected}"], ())


@pytest.mark.parametrize("name", ["host", "pci"])
def test_a_bus_of_unreadable_cells_that_does_not_look_like_a_bridge_has_no_windows(name: str) -> None:
    """Without a name of PCI, or without `ranges`, which lead nowhere."""
    bus = {"#address-cells": b"\3", **({} if name == "pci" else {"ranges": WINDOW})}
    found = of({**ONE, name: bus})
    assert (found.unplaced, found.obstacles) == ((), ())


def test_a_parent_without_addresses_has_no_place_for_a_bus() -> None:
    """2.3.8: a parent address of no cells says nothing; it is not 0."""
    found = of({"#address-cells": [0], "b": {**ONE, "ranges": [0, 0x1000], "a": {"reg": [0, 1]}}})
    assert reasons(found) == ["/b/a reg: 8 bytes of /b ranges are no entries of 1 + 0 + 1 cells"]
    assert not found.obstacles


def test_no_root_is_a_bridge() -> None:
    """A board may be called after PCI and have three cells: 0x2000000 is the upper part of the address, not a space."""
    description = {**PCI, "compatible": "acme,pci-board", "a": {"reg": [MEM32, 0, 0x10, 0, 4]}}
    start = (MEM32 << 64) + 0x10
    assert shown(of(description)) == [("/a reg[0]", start, start + 4)]


def test_above_a_bridge_nothing_is_in_a_space_of_pci() -> None:
    """Empty `ranges` leave the number: 0x80 is at 0x7080 in the CPU's addresses; 0x200 is nowhere, whatever it was."""
    bars = [MEM32 | 0x10, 0, 0x80, 0, 1, MEM32 | 0x14, 0, 0x200, 0, 1]
    bridge = {**HOST, "ranges": b"", "dev@0,0": {"assigned-addresses": bars}}
    found = of({**ONE, "soc": {**ONE, "ranges": [0, 0x7000, 0x100], "pci": bridge}})
    assert [str(each) for each in found.obstacles] == [
        "/soc/pci/dev@0,0 assigned-addresses[0] [0x7080, 0x7081)"
    ]
    assert reasons(found) == [
        "/soc/pci/dev@0,0 assigned-addresses[1]: no entry of /soc ranges maps [0x200, 0x201)"
    ]


def test_addresses_of_pci_have_64_bits() -> None:
    """phys.mid is bits 63 to 32: a window at 1 << 56 maps 0x20 above it to 0x20 above 0x5000000000, and not 0x20."""
    bars = [MEM64 | 0x10, 1 << 24, 0x20, 0, 4, MEM64 | 0x18, 0, 0x20, 0, 4]
    bridge = {
        **HOST,
        "ranges": [MEM64, 1 << 24, 0, 0x50, 0, 0, 0x1000],
        "dev@0,0": {"assigned-addresses": bars},
    }
    found = of({**TWO, "pci": bridge})
    assert [str(each) for each in found.obstacles] == [
        "/pci ranges[0] [0x5000000000, 0x5000001000)",
        "/pci/dev@0,0 assigned-addresses[0] [0x5000000020, 0x5000000024)",
    ]
    assert reasons(found) == [
        "/pci/dev@0,0 assigned-addresses[1]: no entry of /pci ranges maps [0x20, 0x24) of PCI's memory space"
    ]
