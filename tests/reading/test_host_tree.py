"""What a release takes from a host tree: each rule by hand from Xen's code. Memory, reserved memory, the root, IOMMUs.

Unless said otherwise the code is `early_scan_node` and what it calls, in xen/arch/arm/bootfdt.c up to 4.19,
xen/common/device-tree/{bootfdt,bootinfo-fdt,bootinfo}.c after.
"""

from __future__ import annotations

import pytest

from tests.reading.host_trees import ALL, CELLS, faults, host, reserved
from tests.reading.trees import Description, tree
from verifier.layout.errors import InputError
from verifier.reading.host_tree import host_of

MEMORY: Description = {"device_type": "memory", "reg": [0x40000000, 0x10000000]}


def memory(description: Description, release: str = "head") -> list[tuple[int, int]]:
    return [(bank.start, bank.size) for bank in host(description, release).memory]


# Memory.


def test_memory_is_sorted_and_empty_banks_are_passed_over() -> None:
    node = {"device_type": "memory", "reg": [0x80000000, 1, 0x50000000, 0, 0x40000000, 2, 7]}
    found = host({"memory@80000000": node})
    assert [(bank.index, bank.start, bank.end) for bank in found.memory] == [
        (2, 0x40000000, 0x40000002),
        (0, 0x80000000, 0x80000001),
    ]
    assert found.memory[0].path == "/memory@80000000"


@pytest.mark.parametrize("name", ["memory", "memory@1"])
def test_names_of_memory(name: str) -> None:
    for release in ALL:
        assert memory({name: MEMORY, "memory-controller": MEMORY}, release) == [(0x40000000, 0x10000000)]


@pytest.mark.parametrize(
    "description",
    [
        {"memory@1": {"reg": [1, 2]}},
        {"memory@1": {"device_type": "memory2", "reg": [1, 2]}},
        {"memory@1": {"device_type": b"memory", "reg": [1, 2]}},
        {"soc": {"memory@1": {"device_type": "memory", "reg": [1, 2]}}},
        {"reserved-memory": {**CELLS, "memory@1": {"no-map": b"", "reg": [1, 2]}}},
    ],
)
def test_until_4_20_any_node_named_memory_is_memory(description: Description) -> None:
    """47d4d3cdc5: a reserved region named memory@ was RAM, for one."""
    assert memory(description, "4.19.6") == [(1, 2)]
    assert memory(description, "4.20.0") == []


@pytest.mark.parametrize(
    ("status", "taken"), [("okay", True), ("ok", True), ("disabled", False), ("", False)]
)
def test_from_4_19_memory_has_to_be_available(status: str, taken: bool) -> None:
    """c419d2dd35."""
    node = {**MEMORY, "status": status}
    assert memory({"memory@1": node}, "4.18.6") == [(0x40000000, 0x10000000)]
    assert memory({"memory@1": node}, "4.19.0") == ([(0x40000000, 0x10000000)] if taken else [])


def test_cells_are_those_of_the_nearest_node_above() -> None:
    description = {
        "#address-cells": [2],
        "#size-cells": [2],
        "memory@1": {"device_type": "memory", "reg": [1, 2, 3, 4]},
    }
    assert [(b.start, b.size) for b in host_of(tree(description), "head").memory] == [
        (0x100000002, 0x300000004)
    ]
    bare = {"memory@1": {"device_type": "memory", "reg": [1, 2, 3]}}
    assert [(b.start, b.size) for b in host_of(tree(bare), "head").memory] == [(0x100000002, 3)]


@pytest.mark.parametrize(("release", "effect"), [("4.18.6", "ends-scan"), ("4.19.0", "panics")])
def test_an_error_ends_the_scan_then_xen(release: str, effect: str) -> None:
    """02d0a615b3: before, the nodes after the bad one were silently not seen."""
    found = host({"memory@1": {"device_type": "memory"}, "memory@2": MEMORY}, release)
    assert found.memory == ()
    assert [str(fault) for fault in found.faults] == [f"/memory@1: memory without reg ({effect})"]
    assert found.boots == (effect == "ends-scan")


def test_cells_of_zero_are_an_error() -> None:
    found = host({"memory@1": MEMORY, "#size-cells": [0]})
    assert faults(found) == [("/memory@1", "panics")]


@pytest.mark.parametrize(("release", "most"), [("4.16.0", 128), ("4.16.1", 256), ("head", 256)])
def test_number_of_banks(release: str, most: int) -> None:
    """NR_MEM_BANKS; f1f38e26c3 is in 4.16.1."""
    full = host(
        {"memory": {"device_type": "memory", "reg": [number for at in range(most) for number in (at, 1)]}},
        release,
    )
    assert (len(full.memory), full.faults) == (most, ())
    over = host(
        {
            "memory": {
                "device_type": "memory",
                "reg": [number for at in range(most + 1) for number in (at, 1)],
            }
        },
        release,
    )
    assert (len(over.memory), len(over.faults)) == (most, 1)


def test_counts_beyond_reason_are_refused() -> None:
    with pytest.raises(InputError, match="/memory: #size-cells above it is -1"):
        host({"#size-cells": [0xFFFFFFFF], "memory": MEMORY})


@pytest.mark.parametrize("release", ["4.20.3", "4.20.4", "4.21.1", "4.21.2", "head"])
def test_deep_nodes_hang_the_scan(release: str) -> None:
    """3b717f57dc, backported to 4.20.4 and 4.21.2: `continue` went to the test of the loop, past the next node."""
    description: Description = {}
    for _ in range(16):
        description = {"n": description}
    found = host({**description, "z": {}, "memory@1": MEMORY}, release)
    hangs = release in ("4.20.3", "4.21.1")
    assert [effect for _, effect in faults(found)] == (["hangs"] if hangs else [])
    assert found.boots == (not hangs)
    assert len(found.memory) == (0 if hangs else 1)
    assert not host({**description["n"]}, release).faults


# Reserved memory.


def test_reserved_memory_has_its_own_cells() -> None:
    """`device_tree_for_each_node` starts anew at /reserved-memory: without counts there, 2 and 1, not the root's."""
    child = {"reg": [1, 2, 3]}
    assert reserved(host({"reserved-memory": {"a": child}})) == [("reserved-memory", 0x100000002, 3)]
    found = host(
        {
            "reserved-memory": {
                **CELLS,
                "ranges": [1, 2, 3],
                "a": {"reg": [1, 2, 3, 4]},
                "b": {"c": {"reg": [50, 6]}},
            }
        }
    )
    assert reserved(found) == [
        ("reserved-memory", 1, 2),
        ("reserved-memory", 3, 4),
        ("reserved-memory", 50, 6),
    ]


def test_reserved_memory_without_reg_is_dynamic() -> None:
    assert host({"reserved-memory": {**CELLS, "a": {"size": [1]}}}).faults == ()


def test_memreserve_is_reserved_from_4_19() -> None:
    """53dc37829c."""
    assert reserved(host({}, "4.18.6", reserved=[(5, 6)])) == []
    assert reserved(host({}, "4.19.0", reserved=[(5, 6)])) == [("memreserve", 5, 6)]


OVERLAP: Description = {
    "reserved-memory": {**CELLS, "a": {"reg": [0x1000, 0x1000]}, "b": {"reg": [0x1800, 0x1000]}}
}


@pytest.mark.parametrize(("release", "effect", "count"), [
    ("4.17.7", None, 2), ("4.18.0", "ends-scan", 1), ("4.19.0", "panics", 1), ("head", "panics", 1)
])  # fmt: skip
def test_overlaps_of_reserved_memory(release: str, effect: str | None, count: int) -> None:
    """6f7d56ccd3."""
    found = host(OVERLAP, release)
    assert (faults(found), len(found.reserved)) == ([("/reserved-memory/b", effect)] if effect else [], count)


def test_an_empty_region_strictly_inside_another_overlaps() -> None:
    """The check comes before empty ones are passed over; at either end it does not meet."""
    for at, meets in ((0x1000, False), (0x1800, True), (0x2000, False)):
        description = {"reserved-memory": {**CELLS, "a": {"reg": [0x1000, 0x1000]}, "b": {"reg": [at, 0]}}}
        assert bool(host(description).faults) == meets


@pytest.mark.parametrize(
    ("release", "fails"), [("4.19.0", True), ("4.19.1", True), ("4.19.2", False), ("head", False)]
)
def test_reserved_memory_inside_memreserve(release: str, fails: bool) -> None:
    """a14593e399; lying across its end is an error still."""
    inside = {"reserved-memory": {**CELLS, "a": {"reg": [0x1000, 0x800]}}}
    across = {"reserved-memory": {**CELLS, "a": {"reg": [0x1000, 0x1800]}}}
    assert bool(host(inside, release, reserved=[(0x1000, 0x1000)]).faults) == fails
    assert host(across, release, reserved=[(0x1000, 0x1000)]).faults


def test_static_heap() -> None:
    """4596329291, 4.17."""
    chosen = {"xen,static-heap": [0x1000, 0x1000, 0x5000, 0x1000]}
    assert reserved(host({"chosen": chosen}, "4.16.7")) == []
    assert reserved(host({"chosen": chosen}, "4.17.0")) == [
        ("static-heap", 0x1000, 0x1000),
        ("static-heap", 0x5000, 0x1000),
    ]


# The root, IOMMUs, releases.


def test_the_roots_cells() -> None:
    """make_hypervisor_node writes dom0's reg with them (L05)."""
    found = host_of(tree({"#address-cells": [2], "#size-cells": [1]}), "head")
    assert (found.address_cells, found.size_cells) == (2, 1)
    found = host_of(tree({}), "head")
    assert (found.address_cells, found.size_cells) == (2, 1)


@pytest.mark.parametrize(
    ("more", "usable"), [({}, True), ({"status": "disabled"}, False), ({"xen,passthrough": b""}, False)]
)
def test_iommus(more: Description, usable: bool) -> None:
    """`device_init`: available and not for passthrough."""
    (found,) = host(
        {"smmu": {"compatible": ["x", "arm,mmu-500"], **more}, "y": {"compatible": "arm,gic"}}
    ).iommus
    assert (found.path, found.compatible, found.driver, found.usable) == (
        "/smmu",
        "arm,mmu-500",
        "smmu",
        usable,
    )


@pytest.mark.parametrize(
    ("release", "message"), [("4.15", "xen 4.15.7: what it takes"), ("4.99", 'no release "4.99"')]
)
def test_releases_that_are_not_modelled(release: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        host({}, release)
