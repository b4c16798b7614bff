"""Addresses through buses: each rule by hand from Xen's code.

Line numbers are those of xen/common/device-tree/device-tree.c at c447b7308b.
"""

from __future__ import annotations

import pytest

from tests.reading.trees import Description, tree
from verifier.layout.errors import InputError
from verifier.layout.host import Addresses
from verifier.reading.dt_addresses import BAD_ADDRESS, Buses, addresses
from verifier.reading.dt_rules import Rules, rules_of

HEAD = rules_of("head")
OLD = rules_of("4.17.7")
ONE: Description = {"#address-cells": [1], "#size-cells": [1]}
TWO: Description = {"#address-cells": [2], "#size-cells": [2]}
PCI: Description = {"device_type": "pci", "#address-cells": [3], "#size-cells": [2]}


def found(description: Description, rules: Rules = HEAD) -> Addresses:
    return addresses(tree(description), rules)


def shown(description: Description, rules: Rules = HEAD) -> list[tuple[str, str, int, int, int]]:
    whole = found(description, rules)
    assert whole.failure is None
    return [(each.path, each.kind, each.index, each.address, each.size) for each in whole.entries]


def test_reg_below_the_root() -> None:
    """As many entries as fit (`dt_number_of_address`); rest bytes are not looked at. `status` does not matter."""
    description = {**TWO, "a": {"reg": [1, 2, 3, 4, 0, 5, 0, 6, 7], "status": "disabled"}}
    assert shown(description) == [
        ("/a", "reg", 0, 0x1_0000_0002, 0x3_0000_0004),
        ("/a", "reg", 1, 5, 6),
    ]


def test_the_root_has_no_address() -> None:
    """`dt_number_of_address`: no parent, 0."""
    assert shown({**ONE, "reg": [1, 2]}) == []


def test_cells_default_to_two_and_one() -> None:
    """DT_ROOT_NODE_ADDR_CELLS_DEFAULT, DT_ROOT_NODE_SIZE_CELLS_DEFAULT (xen/bootfdt.h)."""
    assert shown({"a": {"reg": [1, 2, 3]}}) == [("/a", "reg", 0, 0x1_0000_0002, 3)]


def test_cells_come_from_the_nearest_ancestor_that_has_them() -> None:
    """`__dt_n_addr_cells` climbs, where the specification has defaults; a node's own count is for its children."""
    description = {
        **ONE,
        "soc": {"ranges": b"", "bus": {"ranges": b"", "a": {"reg": [1, 2], "#address-cells": [2]}}},
    }
    assert shown(description) == [("/soc/bus/a", "reg", 0, 1, 2)]


def test_three_cells_keep_the_low_64_bits() -> None:
    """`dt_read_number`; since c65ff27d71 the first cell of more than two counts (boots of 4.21.2 and head)."""
    description = {"#address-cells": [3], "#size-cells": [3], "a": {"reg": [9, 1, 2, 9, 3, 4]}}
    assert shown(description, HEAD) == [("/a", "reg", 0, 9, 9)]
    assert shown(description, rules_of("4.20.4")) == [("/a", "reg", 0, 0x1_0000_0002, 0x3_0000_0004)]


@pytest.mark.parametrize(("addresses_", "sizes"), [(0, 1), (5, 1), (1, 0), (0xFFFFFFFF, 1), (1, 0xFFFFFFFF)])
def test_counts_that_make_no_address(addresses_: int, sizes: int) -> None:
    """DT_CHECK_COUNTS: 1 to 4 address cells, at least one size cell, as signed numbers: i2c-like buses count nothing."""
    assert shown({"#address-cells": [addresses_], "#size-cells": [sizes], "a": {"reg": [1] * 8}}) == []


def test_more_size_cells_than_the_property_has() -> None:
    assert shown({"#address-cells": [1], "#size-cells": [0x7FFFFFFF], "a": {"reg": [1] * 8}}) == []


def test_a_bus_without_ranges_hides_its_children() -> None:
    """`dt_bus_default_match`: such a node is no bus, and its children have no address at all."""
    assert shown({**ONE, "bus": {"a": {"reg": [1, 2]}}}) == []


def test_below_a_hidden_bus_the_walk_fails() -> None:
    """Line 874 ff.: the parent is a bus, the grandparent none: `dt_device_get_address` fails, so nothing is left."""
    whole = found({**ONE, "first": {"reg": [8, 9]}, "no": {"bus": {"ranges": b"", "a": {"reg": [1, 2]}}}})
    assert [str(entry) for entry in whole.entries] == ["/first reg[0] [0x8, 0x11)"]
    assert str(whole.failure) == "/no/bus/a reg[0]: /no is no bus: it has no ranges"


def test_ranges_move_addresses() -> None:
    """`dt_bus_default_map`: the first entry with child <= address < child + length."""
    bus = {**ONE, "ranges": [0x100, 0x9000, 0x10, 0x110, 0x5000, 0x10, 0x110, 0x7000, 0x100]}
    description = {**ONE, "bus": {**bus, "a": {"reg": [0x10F, 0x40, 0x110, 1, 0x120, 1]}}}
    assert [entry[3] for entry in shown(description)] == [0x900F, 0x5000, 0x7010]


def test_an_address_outside_ranges_ends_the_walk() -> None:
    whole = found({**ONE, "bus": {**ONE, "ranges": [0, 0x9000, 0x10], "a": {"reg": [1, 1, 0x10, 1]}}})
    assert [entry.address for entry in whole.entries] == [0x9001]
    assert str(whole.failure) == "/bus/a reg[1]: /bus does not map 0x10"


def test_only_the_start_has_to_be_inside() -> None:
    """Xen does not look at the end: the whole is taken for mapped."""
    assert shown({**ONE, "bus": {**ONE, "ranges": [0, 0x9000, 0x10], "a": {"reg": [0xF, 0x100]}}}) == [
        ("/bus/a", "reg", 0, 0x900F, 0x100)
    ]


def test_an_entry_of_ranges_that_wraps_maps_nothing() -> None:
    """`da >= (cp + s)` in 64 bits."""
    bus = {**TWO, "ranges": [0xFFFFFFFF, 0xFFFFF000, 0, 0, 0, 0x2000]}
    assert found({**TWO, "bus": {**bus, "a": {"reg": [0xFFFFFFFF, 0xFFFFF000, 0, 1]}}}).failure is not None


def test_empty_ranges_keep_the_address_but_not_its_high_bits() -> None:
    """Line 795: identity; a parent with one cell takes the low 32 bits (`dt_bus_default_translate`)."""
    description = {**ONE, "bus": {**TWO, "ranges": b"", "a": {"reg": [7, 8, 0, 1]}}}
    assert shown(description) == [("/bus/a", "reg", 0, 8, 1)]


def test_a_sum_beyond_the_parents_cells_is_cut_off() -> None:
    bus = {**TWO, "ranges": [0, 0, 0xFFFFF000, 0, 0x10000]}
    assert shown({**ONE, "bus": {**bus, "a": {"reg": [0, 0x2000, 0, 1]}}})[0][3] == 0x1000


def test_more_than_two_cells_are_a_name() -> None:
    """Lines 574 ff.: equal or not mapped."""
    three = {
        "#address-cells": [3],
        "#size-cells": [1],
        "ranges": [5, 0, 0, 0x9000, 0x100, 5, 0, 1, 0x7000, 0x100],
    }
    assert shown({**ONE, "bus": {**three, "a": {"reg": [5, 0, 1, 4]}}}) == [("/bus/a", "reg", 0, 0x7000, 4)]
    assert found({**ONE, "bus": {**three, "a": {"reg": [5, 0, 2, 4]}}}).failure is not None
    assert found({**ONE, "bus": {**three, "a": {"reg": [6, 0, 1, 4]}}}).failure is not None


def test_the_last_address_of_all_is_no_address() -> None:
    """DT_BAD_ADDR is 2^64 - 1."""
    whole = found({**TWO, "a": {"reg": [0xFFFFFFFF, 0xFFFFFFFF, 0, 1]}})
    assert str(whole.failure) == "/a reg[0]: it is 2^64 - 1"


@pytest.mark.parametrize("bridge", ["pci@1", "pcie@1", "pcie"])
def test_pci_by_name(bridge: str) -> None:
    """`dt_node_is_pci`: accepted as a bus, with assigned-addresses instead of reg; but no aperture (L20)."""
    ranges = [0x02000000, 0, 0x1000, 0x9000, 0, 0x1000]
    device = {"reg": [1, 2], "assigned-addresses": [0x82000010, 0, 0x1100, 0, 0x40]}
    assert shown({**ONE, bridge: {"ranges": ranges, "dev@0": device}}) == [
        (f"/{bridge}/dev@0", "assigned-addresses", 0, 0x9100, 0x40)
    ]


@pytest.mark.parametrize(("type_", "is_bus", "apertures"), [
    ("pci", True, 1), ("pciex", True, 0), ("vci", True, 0), ("ht", True, 0), ("PCI", False, 1), ("isa", False, 0)
])  # fmt: skip
def test_pci_by_type(type_: str, is_bus: bool, apertures: int) -> None:
    """The bus compares with strcmp, `find_memory_holes` with strcasecmp (`dt_device_type_is_equal`).

    "PCI" is then a plain bus, whose ranges are read with the cells of its own address (`dt_bus_default_count_cells`):
    3 words instead of 6, so two entries.
    """
    ranges = [0x02000000, 0, 0x1000, 0x9000, 0, 0x1000]
    host = {
        "device_type": type_,
        "ranges": ranges,
        "d": {"assigned-addresses": [0x82000000, 0, 0x1100, 0, 4]},
    }
    kinds = [entry[1] for entry in shown({**ONE, "host": host})]
    assert kinds.count("assigned-addresses") == is_bus
    assert kinds.count("ranges") == (2 if type_ == "PCI" else apertures)


def test_a_name_property_is_the_name() -> None:
    """`unflatten_dt_node`: it wins over the unit name."""
    ranges = [0x02000000, 0, 0x1000, 0x9000, 0, 0x1000]
    device = {"assigned-addresses": [0x82000000, 0, 0x1100, 0, 4]}
    assert shown({**ONE, "pcie": {"name": "bridge", "ranges": ranges, "d": device}}) == []
    assert len(shown({**ONE, "bridge": {"name": "pcie", "ranges": ranges, "d": device}})) == 1


def test_pci_spaces_do_not_mix() -> None:
    """`dt_bus_pci_map` compares I/O with memory, not 32 with 64 bits."""
    ranges = [0x01000000, 0, 0x1000, 0x5000, 0, 0x1000, 0x03000000, 0, 0x1000, 0x9000, 0, 0x1000]
    for code, address in ((0x81000000, 0x5100), (0x82000000, 0x9100), (0xC3000000, 0x9100)):
        device = {"assigned-addresses": [code, 0, 0x1100, 0, 4]}
        assert shown({**ONE, "pci": {"ranges": ranges, "d": device}})[0][3] == address
    configuration = {"assigned-addresses": [0x80000000, 0, 0x1100, 0, 4]}
    assert found({**ONE, "pci": {"ranges": ranges, "d": configuration}}).failure is not None


def test_apertures_of_a_host_bridge() -> None:
    """`dt_for_each_range`: I/O, 32-bit and 64-bit windows alike, after the bridge's own reg, on the parent's side."""
    ranges = [0x01000000, 0, 0, 0, 0x3EFF0000, 0, 0x10000, 0x43000000, 0x80, 0, 0x80, 0, 0x80, 0]
    bridge = {**PCI, "reg": [0x40, 0x10000000, 0, 0x10000000], "ranges": ranges}
    assert shown({**TWO, "pcie@10000000": bridge}) == [
        ("/pcie@10000000", "reg", 0, 0x4010000000, 0x10000000),
        ("/pcie@10000000", "ranges", 0, 0x3EFF0000, 0x10000),
        ("/pcie@10000000", "ranges", 1, 0x8000000000, 0x8000000000),
    ]


@pytest.mark.parametrize("ranges", [None, b""])
def test_bridges_without_aperture(ranges: bytes | None) -> None:
    """No ranges: passed over by `find_memory_holes`; empty ones: nothing to do."""
    bridge = PCI if ranges is None else {**PCI, "ranges": ranges}
    assert shown({**TWO, "host": bridge}) == []


def test_an_aperture_is_translated_through_the_buses_above() -> None:
    bus = {**ONE, "ranges": [0x1000, 0x90001000, 0x1000]}
    bridge = {**PCI, "ranges": [0x02000000, 0, 0, 0x1800, 0, 0x100]}
    assert shown({**ONE, "bus": {**bus, "pcie": bridge}}) == [("/bus/pcie", "ranges", 0, 0x90001800, 0x100)]


def test_an_aperture_outside_is_an_error_from_4_18() -> None:
    """Before 133f6df947 the failure was not seen: -1 went on as an address."""
    bus = {**ONE, "ranges": [0x1000, 0x9000, 0x1000]}
    description = {**ONE, "bus": {**bus, "pcie": {**PCI, "ranges": [0x02000000, 0, 0, 0x2000, 0, 0x100]}}}
    assert shown(description, OLD) == [("/bus/pcie", "ranges", 0, BAD_ADDRESS, 0x100)]
    failure = found(description, HEAD).failure
    assert str(failure) == "/bus/pcie ranges[0]: 0xffffffffffffffff and 0x100 bytes exceed 64 bits"


@pytest.mark.parametrize(("size", "fails"), [(0xFFFFFFFF, False), (0x1_0000_0000, True)])
def test_an_aperture_may_reach_the_last_byte_but_one(size: int, fails: bool) -> None:
    """`((paddr_t)~0 - addr) < len` in handle_pci_range."""
    ranges = [0x02000000, 0, 0, 0xFFFFFFFF, 0, size >> 32, size & 0xFFFFFFFF]
    description = {**TWO, "pcie": {**PCI, "ranges": ranges}}
    assert (found(description, rules_of("4.18.0")).failure is not None) == fails
    assert found(description, OLD).failure is None


def test_a_bridge_whose_parent_is_no_bus_ends_the_walk() -> None:
    """`dt_for_each_range`: -EINVAL, in all releases."""
    whole = found({**ONE, "no": {"pcie": {**PCI, "ranges": [0x02000000, 0, 0, 0, 0, 1]}}}, OLD)
    assert str(whole.failure) == "/no/pcie ranges[0]: its parent is no bus"


def test_zero_sizes_stay() -> None:
    """What they do to a hole finder is the finder's business (L01)."""
    assert shown({**ONE, "a": {"reg": [0, 0, 0x1000, 0]}}) == [
        ("/a", "reg", 0, 0, 0),
        ("/a", "reg", 1, 0x1000, 0),
    ]


@pytest.mark.parametrize("name", ["#address-cells", "#size-cells"])
def test_a_count_that_is_too_short(name: str) -> None:
    """Xen would read on into the next token."""
    with pytest.raises(InputError) as caught:
        found({**ONE, "bus": {"ranges": b"", name: b"\0\1", "a": {"reg": [1, 2]}}})
    assert str(caught.value) == f"t.dtb: error: /bus: {name} has 2 bytes, not 4"


def test_a_count_that_nobody_asks_for_may_be_short() -> None:
    assert shown({**ONE, "bus": {"ranges": b"", "#address-cells": b"", "a": {}}}) == []


def test_a_translation_says_why_not() -> None:
    read = tree(
        {**ONE, "bus": {"ranges": [1, 2], "#size-cells": [0], "#address-cells": [1], "a": {"ranges": b""}}}
    )
    buses = Buses(read, HEAD)
    assert buses.translate(read.root, b"") == "its parent is no bus"
    assert buses.translate(read.nodes[2], b"\0\0\0\1") == "its cell counts make no address"
