"""The map of a board by the Devicetree Specification v0.4 and the PCI binding: each rule by hand.

Expected addresses are computed in the tests' comments from the clause, not taken from the reader.
"""

from __future__ import annotations

import ast
import random
from pathlib import Path

import pytest

from tests.reading.trees import Description, tree
from tests.timing import growth
from verifier.layout.obstacle import BoardMap
from verifier.reading import board_map as module
from verifier.reading.board_map import board_map
from verifier.reading.bus_ranges import MOST_PARTS

ONE: Description = {"#address-cells": [1], "#size-cells": [1]}
TWO: Description = {"#address-cells": [2], "#size-cells": [2]}
PCI: Description = {"#address-cells": [3], "#size-cells": [2]}
IO, MEM32, MEM64, PREFETCH = 0x0100_0000, 0x0200_0000, 0x0300_0000, 0x4000_0000


def of(description: Description, **more: list[tuple[int, int]]) -> BoardMap:
    return board_map(tree(description, **more))


def shown(found: BoardMap) -> list[tuple[str, int, int]]:
    assert not found.unplaced
    return [(each.name, each.extent.start, each.extent.end) for each in found.obstacles]


def reasons(found: BoardMap) -> list[str]:
    return [str(each) for each in found.unplaced]


def test_shares_nothing_with_the_readers_of_xens_walk() -> None:
    """What judges Xen's answer must not come from the code that predicts it."""
    used = set()
    for name in ("board_map", "bus_ranges"):
        content = Path(module.__file__).with_name(f"{name}.py").read_text(encoding="utf-8")
        used |= {each.module for each in ast.walk(ast.parse(content)) if isinstance(each, ast.ImportFrom)}
    ours = {str(each) for each in used if str(each).startswith("verifier.")}
    assert {each for each in ours if not each.startswith("verifier.layout.")} == {
        "verifier.reading.bus_ranges"
    }
    assert "verifier.layout.device_tree" in ours


def test_reg_of_the_roots_children() -> None:
    """2.3.6: pairs by the parent's cells; addresses of the root's space are the CPU's. `status` does not matter."""
    description = {**TWO, "a": {"reg": [1, 2, 3, 4, 0, 5, 0, 6], "status": "disabled"}}
    assert shown(of(description)) == [
        ("/a reg[1]", 5, 11),
        ("/a reg[0]", 0x1_0000_0002, 0x4_0000_0006),
    ]


def test_cells_are_not_inherited() -> None:
    """2.3.5: missing counts are 2 and 1, whatever the root has. A node's own counts are for its children."""
    description = {**ONE, "soc": {"ranges": b"", "a": {"reg": [1, 2, 3], "#address-cells": [1]}}}
    assert shown(of(description)) == [("/soc/a reg[0]", 0x1_0000_0002, 0x1_0000_0005)]
    assert shown(of({"a": {"reg": [1, 2, 3]}})) == [("/a reg[0]", 0x1_0000_0002, 0x1_0000_0005)]


def test_the_specifications_own_example() -> None:
    """2.3.8: 0x4600 through `ranges = <0x0 0xe0000000 0x00100000>` is 0xe0004600."""
    soc = {**ONE, "ranges": [0, 0xE000_0000, 0x10_0000], "serial@4600": {"reg": [0x4600, 0x100]}}
    assert shown(of({**ONE, "soc": soc})) == [("/soc/serial@4600 reg[0]", 0xE000_4600, 0xE000_4700)]


def test_ranges_of_several_levels_and_widths() -> None:
    """2.3.8: child address by the bus's cells, parent address by its parent's, size by the bus's.

    0x10 in the inner bus is 0x1010 in the outer, and 0x5_0000_1010 at the root.
    """
    inner = {**ONE, "ranges": [0, 0x1000, 0x100], "a": {"reg": [0x10, 4]}}
    outer = {**ONE, "ranges": [0x1000, 5, 0x1000, 0x1000], "inner": inner}
    assert shown(of({**TWO, "outer": outer})) == [("/outer/inner/a reg[0]", 0x5_0000_1010, 0x5_0000_1014)]


def test_a_bus_without_ranges_maps_nothing() -> None:
    """2.3.8: "no mapping exists between children of the node and the parent address space"; nor further below."""
    below = {**ONE, "ranges": b"", "a": {"reg": [4, 4]}}
    assert shown(of({**ONE, "syscon": {**ONE, "reg": [0, 8], "a": {"reg": [4, 4]}, "bus": below}})) == [
        ("/syscon reg[0]", 0, 8)
    ]


def test_without_cells_for_a_size_there_are_no_stretches() -> None:
    """2.3.6: with `#size-cells = <0>` there is no length: chip selects, i2c addresses, CPU numbers."""
    i2c = {"#address-cells": [1], "#size-cells": [0], "ranges": b"", "eeprom@50": {"reg": [0x50]}}
    assert shown(of({**ONE, "i2c": i2c})) == []


def test_more_than_two_cells_are_one_number() -> None:
    """A bus may put a chip select or a window's number into its first cell: 2 << 64 | 0x10 is at 0x9010."""
    bus = {
        "#address-cells": [3],
        "#size-cells": [1],
        "ranges": [2, 0, 0, 0x9000, 0x1000],
        "a": {"reg": [2, 0, 16, 4]},
    }
    assert shown(of({**ONE, "bus": bus})) == [("/bus/a reg[0]", 0x9010, 0x9014)]
    bus["a"] = {"reg": [3, 0, 16, 4]}
    assert len(of({**ONE, "bus": bus}).unplaced) == 1


def test_what_no_entry_maps_is_unplaced() -> None:
    bus = {**ONE, "ranges": [0, 0x9000, 0x100], "a": {"reg": [0x100, 4, 0x20, 4]}}
    found = of({**ONE, "bus": bus})
    assert reasons(found) == ["/bus/a reg[0]: no entry of /bus ranges maps [0x100, 0x104)"]
    assert [str(each) for each in found.obstacles] == ["/bus/a reg[1] [0x9020, 0x9024)"]


def test_a_stretch_over_several_entries_is_there_in_parts() -> None:
    """[0xf0, 0x220): to 0x100 at 0x9000, to 0x200 at 0x5000, the rest unmapped."""
    bus = {**ONE, "ranges": [0x100, 0x5000, 0x100, 0, 0x9000, 0x100], "a": {"reg": [0xF0, 0x130]}}
    found = of({**ONE, "bus": bus})
    assert [str(each) for each in found.obstacles] == [
        "/bus/a reg[0] [0x5000, 0x5100)",
        "/bus/a reg[0] [0x90f0, 0x9100)",
    ]
    assert reasons(found) == ["/bus/a reg[0]: no entry of /bus ranges maps [0x200, 0x220)"]


def test_what_two_entries_map_is_at_both_places() -> None:
    bus = {**ONE, "ranges": [0, 0x9000, 0x100, 0x10, 0x5000, 0x10], "a": {"reg": [0x18, 4]}}
    assert shown(of({**ONE, "bus": bus})) == [
        ("/bus/a reg[0]", 0x5008, 0x500C),
        ("/bus/a reg[0]", 0x9018, 0x901C),
    ]


def test_empty_stretches_are_kept() -> None:
    """At the place of their first byte; the end of an entry of `ranges` is not in it."""
    bus = {**ONE, "ranges": [0, 0x9000, 0x100], "a": {"reg": [0, 0, 0x80, 0, 0x100, 0]}}
    found = of({**ONE, "bus": bus, "b": {"reg": [0, 0]}})
    assert [str(each) for each in found.obstacles] == [
        "/b reg[0] [0x0, 0x0)",
        "/bus/a reg[0] [0x9000, 0x9000)",
        "/bus/a reg[1] [0x9080, 0x9080)",
    ]
    assert reasons(found) == ["/bus/a reg[2]: no entry of /bus ranges maps [0x100, 0x100)"]


def test_ends_beyond_64_bits_are_kept() -> None:
    description = {**TWO, "a": {"reg": [0xFFFF_FFFF, 0xFFFF_F000, 0, 0x2000]}}
    assert shown(of(description)) == [("/a reg[0]", 2**64 - 0x1000, 2**64 + 0x1000)]


def test_kinds() -> None:
    """3.4: RAM says so by device_type, its name does not; 3.5: reserved are the children; 5.3: the reserve map."""
    reserved = {**ONE, "ranges": b"", "a@3000": {"reg": [0x3000, 1]}, "dynamic": {"size": [0x1000]}}
    description = {
        **ONE,
        "memory@0": {"device_type": "memory", "reg": [0, 0x1000], "status": "disabled"},
        "memory@1000": {"reg": [0x1000, 0x1000]},
        "reserved-memory": reserved,
        "uart": {"reg": [0x4000, 1]},
    }
    found = of(description, reserved=[(0x2000, 0x10)])
    assert [(each.kind, each.name) for each in found.obstacles] == [
        ("memory", "/memory@0 reg[0]"),
        ("device", "/memory@1000 reg[0]"),
        ("memreserve", "/memreserve/ [0]"),
        ("reserved-memory", "/reserved-memory/a@3000 reg[0]"),
        ("device", "/uart reg[0]"),
    ]
    assert not found.unplaced
    assert [each.name for each in found.of_kind("memory")] == ["/memory@0 reg[0]"]


def test_memory_and_reserved_memory_must_tell_where() -> None:
    """3.4 requires `reg`, 3.5.1 `ranges`: without them there is RAM, or a reservation, of unknown place."""
    description = {
        **ONE,
        "memory": {"device_type": "memory"},
        "reserved-memory": {**ONE, "a": {"reg": [1, 1]}},
    }
    assert reasons(of(description)) == [
        "/memory reg: memory has to have one (3.4)",
        "/reserved-memory/a reg: /reserved-memory has no ranges, which it has to have (3.5.1)",
    ]


def test_what_is_no_address_space_of_the_host_is_left_out() -> None:
    """A boot module is RAM's contents; a framebuffer in /chosen is one of the addresses it names."""
    domain = {**ONE, "compatible": "xen,domain", "ranges": b"", "module@7": {"reg": [7, 1]}}
    chosen = {
        **ONE,
        "ranges": b"",
        "module@5": {"compatible": ["multiboot,kernel", "multiboot,module"], "reg": [5, 1]},
        "domU1": domain,
        "framebuffer@9": {"compatible": "simple-framebuffer", "reg": [9, 1]},
    }
    description = {
        **ONE,
        "aliases": {"reg": [1, 1]},
        "cpus": {**ONE, "ranges": b"", "reg": [1, 1], "cpu@0": {"reg": [0, 1]}},
        "hypervisor": {"compatible": ["xen,xen-4.17", "xen,xen"], "reg": [3, 1]},
        "chosen": chosen,
    }
    assert shown(of(description)) == [("/chosen/framebuffer@9 reg[0]", 9, 10)]
    chosen.pop("ranges")
    assert shown(of(description)) == []
    shared = {
        "compatible": "xen,shared-memory-v1",
        "reg": [8, 1],
    }  # of a domain's own tree, and an address in it
    reserved = {**ONE, "ranges": b"", "xen-shmem@8": shared}
    described = {**description, "compatible": "xen,xen", "reserved-memory": reserved}
    assert shown(of(described)) == [("/reserved-memory/xen-shmem@8 reg[0]", 8, 9)]


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
    ],
)
def test_a_bridge_without_device_type(name: str, more: Description, is_bridge: bool) -> None:
    """It is deprecated (2.3.13), so three address cells and `ranges` with a name of PCI are enough."""
    bridge = {key: value for key, value in BRIDGE.items() if key not in ("device_type", "reg")}
    found = of({**TWO, name: {**bridge, **more}})
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


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        (
            {**ONE, "a": {"reg": [1, 2, 3]}},
            "/a reg: 12 bytes are no multiple of 8: / has #address-cells 1 and #size-cells 1",
        ),
        (
            {**ONE, "a": {"reg": b"\1\2\3"}},
            "/a reg: 3 bytes are no multiple of 8: / has #address-cells 1 and #size-cells 1",
        ),
        ({**ONE, "#size-cells": [1, 1], "a": {"reg": [1, 2]}}, "/a reg: / #size-cells has 8 bytes, not 4"),
        ({**ONE, "#address-cells": b"", "a": {"reg": [1, 2]}}, "/a reg: / #address-cells has 0 bytes, not 4"),
        ({**ONE, "#address-cells": [5], "a": {"reg": [1] * 6}}, "/a reg: / #address-cells is 5, more than 4"),
        (
            {**ONE, "#address-cells": [0], "a": {"reg": [1]}},
            "/a reg: no cells are an address: / has #address-cells 0 and #size-cells 1",
        ),
        (
            {**ONE, "b": {**ONE, "ranges": [1, 2], "a": {"reg": [1, 2]}}},
            "/b/a reg: 8 bytes of /b ranges are no entries of 1 + 1 + 1 cells",
        ),
        (
            {
                **ONE,
                "b": {
                    "#address-cells": [0],
                    "ranges": [1, 2],
                    "c": {**ONE, "ranges": b"", "a": {"reg": [0, 1]}},
                },
            },
            "/b/c/a reg: 8 bytes of /b ranges are no entries of 0 + 1 + 1 cells",
        ),
        (
            {
                "#address-cells": [0],
                "b": {
                    "#address-cells": [0],
                    "#size-cells": [0],
                    "ranges": [1],
                    "c": {**ONE, "ranges": b"", "a": {"reg": [0, 1]}},
                },
            },
            "/b/c/a reg: 4 bytes of /b ranges are no entries of 0 + 0 + 0 cells",
        ),
        (
            {**ONE, "pci": {**ONE, "device_type": "pci", "ranges": [1, 2, 3]}},
            "/pci ranges: /pci is a PCI bridge with #address-cells 1 and #size-cells 1, not 3 and 2",
        ),
        (
            {**ONE, "b": {**ONE, "ranges": [1], "pci": {**PCI, "device_type": "pci", "ranges": 6 * [0]}}},
            "/b/pci ranges: 4 bytes of /b ranges are no entries of 1 + 1 + 1 cells",
        ),
    ],
)
def test_what_cannot_be_read_is_unplaced(description: Description, expected: str) -> None:
    """Never an exception, and never an address that was guessed."""
    found = of(description)
    assert (reasons(found), found.obstacles) == ([expected], ())


def test_a_stretch_in_too_many_entries_is_unplaced() -> None:
    """Each part may fall apart again one level up; nothing is left out in silence."""
    entries = [number for index in range(MOST_PARTS + 1) for number in (index, 1000 - index, 1)]
    bus = {**ONE, "ranges": entries, "a": {"reg": [0, MOST_PARTS + 1]}, "b": {"reg": [0, MOST_PARTS]}}
    found = of({**ONE, "bus": bus})
    assert reasons(found) == [
        f"/bus/a reg[0]: [0x0, 0x41) meets more than {MOST_PARTS} entries of /bus ranges"
    ]
    assert len(found.obstacles) == MOST_PARTS
    inner = {**ONE, "ranges": entries, "a": {"reg": [0, 40]}}
    twice = {**ONE, "ranges": [0, 0x1000, 0x1000, 0, 0x3000, 0x1000], "inner": inner}
    found = of({**ONE, "outer": twice})
    assert reasons(found) == [
        f"/outer/inner/a reg[0]: [0x0, 0x28) falls apart into more than {MOST_PARTS} stretches below /outer"
    ]
    assert not found.obstacles


def test_order() -> None:
    """By address, kind and path; the same bytes in two nodes are two obstacles."""
    found = of(
        {**ONE, "b": {"reg": [1, 1]}, "a": {"reg": [1, 1]}, "m": {"device_type": "memory", "reg": [1, 1]}}
    )
    assert [each.path for each in found.obstacles] == ["/a", "/b", "/m"]


def test_no_tree_raises() -> None:
    """Properties of any bytes, on any bus; what is a stretch and what has none is told."""
    chance = random.Random(5)
    obstacles = unplaced = 0

    def node(depth: int) -> Description:
        made: Description = {
            name: [
                chance.choice([0, 0, 1, 2, 3, 7, 0x0200_0000, 0xFFFF_FFFF])
                for _ in range(chance.choice([0, 2, 6, 6, 12]))
            ]
            for name in ("reg", "ranges", "assigned-addresses")
            if chance.random() < 0.7
        }
        for name in ("#address-cells", "#size-cells"):
            if chance.random() < 0.8:
                made[name] = [chance.choice([0, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5, 0xFFFF_FFFF])] * chance.choice(
                    [1, 1, 1, 1, 1, 1, 1, 2]
                )
        made |= chance.choice(
            [{}, {}, {"device_type": "pci"}, {"device_type": "memory"}, {"reg": b"\xff\xff\xff"}]
        )
        names = ("a", "pci", "reserved-memory", "chosen", "b@1")
        return made | {name: node(depth - 1) for name in names[: chance.randrange(5)] if depth}

    for _ in range(300):
        found = of({**node(3), **ONE})
        obstacles, unplaced = obstacles + len(found.obstacles), unplaced + len(found.unplaced)
        assert all(each.extent.start <= each.extent.end for each in found.obstacles)
    assert min(obstacles, unplaced) > 200


def test_time_grows_with_the_tree() -> None:
    def wide(count: int) -> Description:
        entries = [number for index in range(count) for number in (16 * index, 16 * index, 16)]
        nodes = {f"d@{index:x}": {"reg": [16 * index, 8]} for index in range(count)}
        return {**ONE, "soc": {**ONE, "ranges": entries, **nodes}}

    small, large = tree(wide(1000)), tree(wide(8000))
    assert (
        growth(lambda: board_map(small), lambda: board_map(large)) < 24
    )  # 8 where linear, 64 where quadratic
