"""Trees of guests, read: whose they are, what each node has, and what is no tree of a guest."""

from __future__ import annotations

from typing import Any

import pytest

from tests.guest_trees import DOM0LESS, GRANT, REST, XL, changed, reg
from tests.reading.trees import Description, tree
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.guest_tree import GuestTree, is_guests
from verifier.reading.guest_tree import guest_tree

HYPERVISOR: Description = XL["hypervisor"]
FRAGMENT: Description = {"#address-cells": [2], "#size-cells": [2], "hypervisor": HYPERVISOR}


def read(description: Description) -> GuestTree:
    return guest_tree(tree(description))


def extents(*pairs: tuple[int, int]) -> list[Extent]:
    return [Extent(start, start + size) for start, size in pairs]


def test_what_xl_writes() -> None:
    found = read(XL)
    assert (found.maker, found.version, found.cells, found.kernel_bits, found.vcpus) == (
        "xl",
        "4.20",
        (2, 2),
        64,
        2,
    )
    assert [each.extent for each in found.hypervisor.registers] == extents(GRANT, *REST)
    assert [each.name for each in found.hypervisor.registers] == [
        "/hypervisor reg[0]", "/hypervisor reg[1]", "/hypervisor reg[2]",
    ]  # fmt: skip
    assert [each.extent for each in found.memory] == extents((0x40000000, 0x10000000))
    assert found.gic is not None
    assert (found.gic.version, found.gic.phandle, found.gic.cells) == (3, 65000, 3)
    assert found.timer is not None
    assert [(each.number, each.trigger) for each in found.timer.lines] == [(29, 8), (30, 8), (27, 8)]
    assert found.uart is not None
    assert [(each.number, each.trigger) for each in found.uart.lines] == [(32, 4)]
    assert [each.lines[0].number for each in found.virtio] == [33, 34]
    assert [(each.type_cell, each.bus, each.entry.extent) for each in found.windows] == [
        (0x02000000, 0x23000000, Extent(0x23000000, 0x33000000)),
        (0x43000000, 0x100000000, Extent(0x100000000, 0x200000000)),
    ]
    assert {each.name: each.number for each in found.interrupts}["/passthrough/serial@30000000"] == 100
    assert "/passthrough/serial@30000000 reg[0]" in {each.name for each in found.others}
    assert not found.cuts


@pytest.mark.parametrize(
    ("description", "maker"),
    [
        (XL, "xl"),
        (DOM0LESS, "dom0less"),
        ({**DOM0LESS, "compatible": "vendor,board"}, "dom0"),
        ({**DOM0LESS, "model": "A board"}, "dom0"),
        (FRAGMENT, None),
    ],
)
def test_the_root_tells_who_made_it(description: Description, maker: str | None) -> None:
    assert read(description).maker == maker


@pytest.mark.parametrize("cells", [(1, 1), (1, 2), (2, 1), (2, 2)])
def test_cells_of_the_root(cells: tuple[int, int]) -> None:
    node = {**HYPERVISOR, "reg": reg(GRANT, REST[0], cells=cells)}
    found = read({"#address-cells": [cells[0]], "#size-cells": [cells[1]], "hypervisor": node})
    assert [each.extent for each in found.hypervisor.registers] == extents(GRANT, REST[0])


def test_without_cells_the_root_has_two_and_one() -> None:
    """Devicetree Specification 2.3.5."""
    found = read({"hypervisor": {**HYPERVISOR, "reg": reg(GRANT, cells=(2, 1))}})
    assert found.cells == (2, 1)
    assert [each.extent for each in found.hypervisor.registers] == extents(GRANT)


@pytest.mark.parametrize(
    ("edit", "path", "length", "unit", "whole"),
    [
        ({"hypervisor__reg": reg(GRANT, *REST)[:-1]}, "/hypervisor reg", 44, 16, 2),
        ({"hypervisor__reg": reg(GRANT)[:-1]}, "/hypervisor reg", 12, 16, 0),
        ({"hypervisor__interrupts": [1, 15]}, "/hypervisor interrupts", 8, 12, 3),
        ({"memory@40000000__reg": [0, 0x40000000, 0]}, "/memory@40000000 reg", 12, 16, 3),
        ({"pcie@10000000__ranges": [0] * 8}, "/pcie@10000000 ranges", 32, 28, 3),
        ({"virtio@2000000__reg": [0, 0x2000000, 0]}, "/virtio@2000000 reg", 12, 16, 3),
    ],
)
def test_what_is_cut_short(edit: dict[str, Any], path: str, length: int, unit: int, whole: int) -> None:
    found = read(changed(XL, **edit))
    assert [(f"{each.path} {each.origin}", each.length, each.unit) for each in found.cuts] == [
        (path, length, unit)
    ]
    assert len(found.hypervisor.registers) == whole


def test_shared_memory_is_no_ram_and_what_is_reserved_of_ram_is_no_obstacle() -> None:
    """Xen lists static shared memory in /memory as well (shm_mem_node_fill_reg_range, 4.19)."""
    nodes: Description = {
        "#address-cells": [2],
        "#size-cells": [2],
        "ranges": b"",
        "xen-shmem@70000000": {"compatible": "xen,shared-memory-v1", "reg": reg((0x70000000, 0x1000000))},
        "buffer@48000000": {"reg": reg((0x48000000, 0x1000))},
        "buffer@60000000": {"reg": reg((0x60000000, 0x1000))},
    }
    memory = reg((0x40000000, 0x10000000), (0x70000000, 0x1000000))
    found = read(changed(DOM0LESS, **{"reserved-memory": nodes, "memory@40000000__reg": memory}))
    assert [each.extent for each in found.memory] == extents((0x40000000, 0x10000000))
    assert [each.extent for each in found.shared] == extents((0x70000000, 0x1000000))
    reserved = [each.extent for each in found.others if each.kind == "reserved-memory"]
    assert reserved == extents((0x60000000, 0x1000))


def test_addresses_are_those_of_the_root() -> None:
    """Below a bus they go through its `ranges`; one that no entry maps is unplaced."""
    bus: Description = {
        "#address-cells": [1],
        "#size-cells": [1],
        "ranges": [0x0, 0x0, 0x60000000, 0x10000],
        "near@1000": {"reg": [0x1000, 0x1000]},
        "far@20000": {"reg": [0x20000, 0x1000]},
    }
    found = read({**DOM0LESS, "bus": bus})
    assert Extent(0x60001000, 0x60002000) in [each.extent for each in found.others]
    assert [each.path for each in found.unplaced] == ["/bus/far@20000"]


HALVES = [0x0, 0x0, 0x60000000, 0x4000, 0x4000, 0x0, 0x70000000, 0x4000]
"""`ranges` of a bus with addresses up to 0x8000, the upper half apart from the lower."""


def _below(ranges: list[int], registers: list[int]) -> Description:
    """A part of a guest's tree with the hypervisor node below a bus."""
    node: Description = {"compatible": HYPERVISOR["compatible"], "reg": registers}
    bus: Description = {"#address-cells": [1], "#size-cells": [1], "ranges": ranges, "hypervisor": node}
    return {"#address-cells": [2], "#size-cells": [2], "bus": bus}


@pytest.mark.parametrize(
    ("registers", "message"),
    [
        ([0x9000, 0x1000, 0x1000, 0x1000], "/bus/hypervisor reg[0] leads to no address"),
        (
            [0x1000, 0x1000, 0x9000, 0x1000, 0x2000, 0x1000],
            "/bus/hypervisor reg[1] leads to no address",
        ),
        (
            [0x1000, 0x1000, 0x3000, 0x2000, 0x2000, 0x1000],
            "/bus/hypervisor reg[1] leads to several ranges",
        ),
        ([0x3000, 0x2000], "/bus/hypervisor reg[0] leads to several ranges"),
    ],
)
def test_a_register_is_never_taken_for_the_one_before(registers: list[int], message: str) -> None:
    """Of what Xen tells a guest the first is the grant region: the second is none because the first leads nowhere."""
    with pytest.raises(InputError) as caught:
        read(_below(HALVES, registers))
    assert caught.value.message == f"{message} of the root, by the ranges of the buses above it"
    assert caught.value.file


@pytest.mark.parametrize(
    ("registers", "expected"),
    [
        ([0x1000, 0x1000, 0x9000, 0x1000], [(0x60001000, 0x1000)]),  # the last is lost, as Linux loses it
        ([0x9000, 0x1000], []),
        ([0x1000, 0x1000, 0x4000, 0x1000], [(0x60001000, 0x1000), (0x70000000, 0x1000)]),
    ],
)
def test_registers_below_a_bus(registers: list[int], expected: list[tuple[int, int]]) -> None:
    found = read(_below(HALVES, registers))
    assert [each.extent for each in found.hypervisor.registers] == extents(*expected)


def test_interrupts_of_other_controllers_are_not_the_gic_s() -> None:
    gpio: Description = {
        "interrupt-controller": b"", "#interrupt-cells": [2], "phandle": [7],
        "interrupts": [0, 8, 4], "interrupt-parent": [65000],
    }  # fmt: skip
    button: Description = {"interrupts": [3, 1], "interrupt-parent": [7]}
    found = read({**DOM0LESS, "gpio": gpio, "button": button})
    named = {each.name: each.number for each in found.interrupts}
    assert named["/gpio"] == 40
    assert "/button" not in named
    assert not found.cuts


@pytest.mark.parametrize(
    ("description", "message"),
    [
        (changed(XL, hypervisor=None), "no node is compatible with xen,xen: a guest's has one"),
        (
            {"chosen": {"domU1": {"compatible": "xen,domain"}}},
            "no node is compatible with xen,xen: it has boot modules in /chosen, and is a host's: verifier host",
        ),
        ({**XL, "other": HYPERVISOR}, "two nodes are compatible with xen,xen: /hypervisor and /other"),
        (
            changed(XL, **{"#address-cells": [3]}),
            "/ #address-cells is 3; the root of a guest's tree has 1 or 2",
        ),
        (changed(XL, **{"#size-cells": [0]}), "/ #size-cells is 0; the root of a guest's tree has 1 or 2"),
        (changed(XL, **{"#size-cells": b"\0\2"}), "/ #size-cells has 2 bytes, not 4"),
    ],
)
def test_what_is_no_tree_of_a_guest(description: Description, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(description)
    assert caught.value.message == message
    assert caught.value.file is not None


def test_a_guest_s_tree_is_told_from_a_host_s() -> None:
    assert is_guests(tree(XL))
    assert not is_guests(tree(changed(XL, hypervisor=None)))
