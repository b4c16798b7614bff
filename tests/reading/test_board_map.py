"""The map of a board by the Devicetree Specification v0.4: each rule by hand.

Expected addresses are computed in the tests' comments from the clause, not taken from the reader.
"""

from __future__ import annotations

from tests.reading.board_maps import ONE, TWO, of, reasons, shown
from tests.reading.trees import Description


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


def test_four_cells_are_one_number() -> None:
    """1 << 96 | 4 is at 0x9000, so 1 << 96 | 0x14 at 0x9010; one in any of the upper cells is another address."""
    bus: Description = {
        "#address-cells": [4],
        "#size-cells": [4],
        "ranges": [1, 0, 0, 4, 0x9000, 0, 0, 0, 0x1000],
    }
    there = ["/bus/a reg[0] [0x9010, 0x9014)"]
    for upper, expected in (([1, 0, 0], there), ([1, 0, 1], []), ([0, 0, 0], [])):
        found = of({**ONE, "bus": {**bus, "a": {"reg": [*upper, 0x14, 0, 0, 0, 4]}}})
        assert [str(each) for each in found.obstacles] == expected


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
    """3.4: RAM says so by device_type, its name does not; 3.5: reserved are the children; 5.3: the reserve map.

    2.3.4: what is not okay is not for the operating system to use.
    """
    reserved = {**ONE, "ranges": b"", "a@3000": {"reg": [0x3000, 1]}, "dynamic": {"size": [0x1000]}}
    description = {
        **ONE,
        "memory@0": {"device_type": "memory", "reg": [0, 0x1000], "status": "okay"},
        "memory@1000": {"reg": [0x1000, 0x1000]},
        "reserved-memory": reserved,
        "uart": {"reg": [0x4000, 1]},
        "memory@5000": {"device_type": "memory", "reg": [0x5000, 0x1000], "status": "disabled"},
        "memory@6000": {"device_type": "memory", "reg": [0x6000, 0x1000], "status": "fail-ecc"},
    }
    found = of(description, reserved=[(0x2000, 0x10)])
    assert [(each.kind, each.name) for each in found.obstacles] == [
        ("memory", "/memory@0 reg[0]"),
        ("device", "/memory@1000 reg[0]"),
        ("memreserve", "/memreserve/ [0]"),
        ("reserved-memory", "/reserved-memory/a@3000 reg[0]"),
        ("device", "/uart reg[0]"),
        ("disabled-memory", "/memory@5000 reg[0]"),
        ("disabled-memory", "/memory@6000 reg[0]"),
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


def test_order() -> None:
    """By address, kind and path; the same bytes in two nodes are two obstacles."""
    found = of(
        {**ONE, "b": {"reg": [1, 1]}, "a": {"reg": [1, 1]}, "m": {"device_type": "memory", "reg": [1, 1]}}
    )
    assert [each.path for each in found.obstacles] == ["/a", "/b", "/m"]


def test_entries_of_the_reserve_map_are_addresses_and_sizes() -> None:
    """5.3: 64 bits each, whatever the cells of the root."""
    found = of({**ONE}, reserved=[(0x5000, 0x20), (1 << 40, 1 << 33)])
    assert shown(found) == [
        ("/memreserve/ [0]", 0x5000, 0x5020),
        ("/memreserve/ [1]", 0x100_0000_0000, 0x102_0000_0000),
    ]
