"""`xen,reg` of partial device trees: handle_passthrough_prop, scan_pfdt_node (dom0less-build.c)."""

from __future__ import annotations

import pytest

from tests.reading.trees import Description, tree
from verifier.layout.errors import InputError
from verifier.layout.host import Assigned, Passthrough
from verifier.reading.partial_tree import Partial, partial_tree

TWO: Description = {"#address-cells": [2], "#size-cells": [2]}
DEVICE: Description = {"xen,path": "/uart", "xen,reg": [0, 0xFF0E0000, 0, 0x1000, 0, 0x20000000]}


def read(passthrough: Description, release: str = "head") -> Partial:
    return partial_tree(tree({**TWO, "passthrough": passthrough}), release)


def test_host_address_size_guest_address() -> None:
    """The example of docs/misc/arm/passthrough.txt, in its form of two cells."""
    found = read({**TWO, "ranges": b"", "uart@ff0e0000": DEVICE})
    node = "/passthrough/uart@ff0e0000"
    assert found == Partial(
        (Passthrough(node, 0, 0xFF0E0000, 0x20000000, 0x1000),), (), (Assigned(node, "/uart", False, True),)
    )


def test_several_entries_and_levels() -> None:
    one = {"#address-cells": [1], "#size-cells": [1]}
    inner = {"xen,path": "/a", "xen,reg": [0x1000, 0x2000, 0x3000, 0x4000, 0, 0x5000, 0x6000]}
    found = read({**one, "bus": {**one, "a": inner}})
    assert [(each.index, each.host, each.size, each.guest) for each in found.passthrough] == [
        (0, 0x1000, 0x2000, 0x3000),
        (1, 0x4000, 0, 0x5000),
    ]


def test_cells_are_not_inherited() -> None:
    """device_tree_get_u32 with the defaults 2 and 1, for the parent alone."""
    found = read({**TWO, "bus": {"a": {"xen,path": "/a", "xen,reg": [0, 0x1000, 0x2000, 0, 0x3000]}}})
    assert [(each.host, each.size, each.guest) for each in found.passthrough] == [(0x1000, 0x2000, 0x3000)]


def test_only_passthrough_is_looked_at() -> None:
    assert partial_tree(
        tree({**TWO, "aliases": DEVICE, "other": DEVICE, "x": {"passthrough": DEVICE}}), "head"
    ) == Partial((), ())


def test_without_the_iommu() -> None:
    """xen,force-assign-without-iommu stands in for the path."""
    device = {"xen,force-assign-without-iommu": b"", "xen,reg": DEVICE["xen,reg"]}
    found = read({**TWO, "a": device})
    assert len(found.passthrough) == 1
    assert found.assigned == (Assigned("/passthrough/a", None, True, True),)


@pytest.mark.parametrize(("device", "message"), [
    ({"xen,reg": [0] * 6}, "xen,reg or xen,path is missing"),
    ({"xen,path": "/a"}, "xen,reg or xen,path is missing"),
    ({**DEVICE, "xen,reg": [0, 0x1001, 0, 0x1000, 0, 0x2000]}, "xen,reg[0]: host address 0x1001 is no multiple of 4096"),
    ({**DEVICE, "xen,reg": [0, 0x1000, 0, 0x1800, 0, 0x2000]}, "xen,reg[0]: size 0x1800 is no multiple of 4096"),
    ({**DEVICE, "xen,reg": [0, 0x1000, 0, 0x1000, 0, 0x2004]}, "xen,reg[0]: guest address 0x2004 is no multiple of 4096"),
])  # fmt: skip
def test_what_xen_refuses(device: Description, message: str) -> None:
    found = read({**TWO, "a": device})
    assert [(fault.path, fault.effect, fault.message) for fault in found.faults] == [
        ("/passthrough/a", "panics", message)
    ]
    assert found.passthrough == ()


@pytest.mark.parametrize(("release", "checked"), [
    ("4.17.7", False), ("4.20.3", False), ("4.20.4", True), ("4.21.1", False), ("4.21.2", True), ("head", True)
])  # fmt: skip
@pytest.mark.parametrize("cells", [(0, 1), (3, 1), (1, 0), (1, 3)])
def test_cells_that_make_no_address(release: str, checked: bool, cells: tuple[int, int]) -> None:
    """b83e1d9a1a, also in 4.20.4 and 4.21.2."""
    found = read(
        {"#address-cells": [cells[0]], "#size-cells": [cells[1]], "a": {**DEVICE, "xen,reg": [0] * 9}},
        release,
    )
    (fault,) = found.faults
    assert fault.message.startswith(f"xen,reg with {cells[0]} and {cells[1]} cells")
    assert ("does not check" in fault.message) != checked


def test_a_short_count_is_refused() -> None:
    with pytest.raises(InputError, match="/passthrough: #size-cells has 1 bytes, not 4"):
        read({"#size-cells": b"\1", "a": DEVICE})


@pytest.mark.parametrize(
    ("release", "below"), [("4.16.0", "nests"), ("4.17.7", "nests"), ("4.18.0", "panics")]
)
def test_errors_below_the_top_were_dropped_until_4_18(release: str, below: str) -> None:
    """f51c92383b; booted as ft-xenreg-bad: 4.17.7 went on, the guest found no hypervisor node."""
    bad = {"xen,path": "/a"}
    assert [fault.effect for fault in read({**TWO, "a": bad}, release).faults] == [below]
    assert [fault.effect for fault in read({**TWO, **bad}, release).faults] == ["panics"]
