"""What a release takes from a host tree: each rule by hand from Xen's code, then real boots.

Unless said otherwise the code is `early_scan_node` and what it calls, in xen/arch/arm/bootfdt.c up to 4.19,
xen/common/device-tree/{bootfdt,bootinfo-fdt,bootinfo}.c after.
"""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from tests.reading.runs import NEEDS_BOARDS, boards, runs
from tests.reading.trees import Description, build, packed, tree
from tests.timing import HANG
from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError
from verifier.layout.host import Host
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of

CELLS: Description = {"#address-cells": [1], "#size-cells": [1]}
MEMORY: Description = {"device_type": "memory", "reg": [0x40000000, 0x10000000]}
ALL = ("4.16.0", "4.16.7", "4.17.7", "4.18.6", "4.19.0", "4.19.6", "4.20.0", "4.21.2", "head")


def host(description: Description, release: str = "head", **more: Any) -> Host:
    return host_of(tree({**CELLS, **description}, **more), release)


def memory(description: Description, release: str = "head") -> list[tuple[int, int]]:
    return [(bank.start, bank.size) for bank in host(description, release).memory]


def reserved(found: Host) -> list[tuple[str, int, int]]:
    return [(bank.kind, bank.start, bank.size) for bank in found.reserved]


def faults(found: Host) -> list[tuple[str, str]]:
    return [(fault.path, fault.effect) for fault in found.faults]


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


# Modules.


def module(*compatible: str, reg: list[int] | None = None, **more: Any) -> Description:
    return {"compatible": [*compatible, "multiboot,module"], "reg": reg or [0x1000, 0x100], **more}


@pytest.mark.parametrize(("compatible", "kind"), [
    ("multiboot,kernel", "kernel"), ("xen,linux-zimage", "kernel"), ("multiboot,ramdisk", "ramdisk"),
    ("xen,linux-initrd", "ramdisk"), ("xen,xsm-policy", "xsm"), ("multiboot,device-tree", "device-tree"),
    ("multiboot,microcode", "microcode"),
])  # fmt: skip
def test_kinds_of_module(compatible: str, kind: str) -> None:
    (found,) = host({"chosen": {**CELLS, "m": module(compatible)}}).modules
    assert (found.path, found.kind, found.start, found.size, found.of_domain) == (
        "/chosen/m",
        kind,
        0x1000,
        0x100,
        False,
    )


def test_kinds_are_guessed_by_order() -> None:
    """First a kernel, then a ramdisk, then nothing; Xen also looks for an XSM policy from the second on."""
    chosen = {**CELLS, **{f"m@{at}": module(reg=[at << 12, 1]) for at in range(1, 4)}}
    found = host({"chosen": chosen})
    assert [each.kind for each in found.modules] == ["kernel", "ramdisk", "unknown"]
    assert faults(found) == [("/chosen/m@2", "ignored"), ("/chosen/m@3", "ignored")]


def test_where_modules_may_be() -> None:
    """Below a path that starts like /chosen, at most three levels deep, of at most 91 bytes."""
    kernel = module("multiboot,kernel")
    elsewhere = {"soc": {**CELLS, "m": kernel}, "chosen": {"a": {"b": {"m": kernel}}}}
    assert host(elsewhere).modules == ()
    assert len(host({"chosen2": {**CELLS, "m": kernel}}).modules) == 1
    for length, count in ((83, 1), (84, 0)):
        assert len(host({"chosen": {**CELLS, "m" * length: kernel}}).modules) == count


@pytest.mark.parametrize("reg", [b"", b"\0\0\0\1"])
def test_a_module_without_reg(reg: bytes) -> None:
    found = host({"chosen": {**CELLS, "m": {"compatible": "multiboot,module", "reg": reg}}}, "4.17.7")
    assert faults(found) == [("/chosen/m", "panics")]


@pytest.mark.parametrize(("release", "kept"), [("4.17.7", 2), ("4.18.0", 1), ("head", 1)])
def test_a_module_that_overlaps_is_dropped(release: str, kept: int) -> None:
    """4f6a291582. Reserved memory that comes later and overlaps it is an error of its own."""
    modules = {"k": module("multiboot,kernel"), "r": module("multiboot,ramdisk", reg=[0x10FF, 0x100])}
    found = host({"chosen": {**CELLS, **modules}}, release)
    assert len(found.modules) == kept
    assert faults(found) == ([] if kept == 2 else [("/chosen/r", "ignored")])
    late = {"chosen": {**CELLS, "k": modules["k"]}, "reserved-memory": {**CELLS, "a": {"reg": [0x1080, 4]}}}
    assert bool(host(late, release).faults) == (kept == 1)


def test_initrd_of_the_boot_loader() -> None:
    good = {"linux,initrd-start": [0, 0x1000], "linux,initrd-end": [0x3000]}
    (found,) = host({"chosen": good}).modules
    assert (found.kind, found.start, found.size) == ("ramdisk", 0x1000, 0x2000)
    for bad in (
        {"linux,initrd-start": [1]},
        {"linux,initrd-start": [1], "linux,initrd-end": [1]},
        {"linux,initrd-start": b"1"},
    ):
        assert faults(host({"chosen": bad}, "4.16.7")) == [("/chosen", "ignored")]
        assert faults(host({"chosen": bad}, "4.17.0")) == [("/chosen", "ends-scan")]
        assert faults(host({"chosen": bad})) == [("/chosen", "panics")]


def test_dom0_or_not() -> None:
    """`is_dom0less_mode`."""
    of_domain = {
        "d": {
            "compatible": "xen,domain",
            "#address-cells": [1],
            "#size-cells": [1],
            "cpus": [1],
            "memory": [0, 1024],
            "k": module("multiboot,kernel"),
        }
    }
    assert not host({"chosen": {**CELLS}}).dom0less
    assert host({"chosen": {**CELLS, **of_domain}}).dom0less
    both = {**of_domain, "k": module("multiboot,kernel", reg=[0x9000, 1])}
    assert not host({"chosen": {**CELLS, **both}}).dom0less


def test_command_lines() -> None:
    """`boot_fdt_cmdline`: chosen's bootargs are Xen's only if dom0 has its own elsewhere."""

    def line(chosen: Description) -> str | None:
        return host({"chosen": {**CELLS, **chosen}}).options.line

    own = {"bootargs": "ext_regions=0"}
    assert line({**own, "xen,xen-bootargs": "dom0_mem=1G"}) == "dom0_mem=1G"
    assert line(own) is None
    assert line({**own, "xen,dom0-bootargs": "x"}) == "ext_regions=0"
    assert line({**own, "k": module("multiboot,kernel", bootargs="x")}) == "ext_regions=0"
    assert line({**own, "k": module("multiboot,kernel", bootargs="")}) is None
    assert line({**own, "k": module("multiboot,ramdisk", bootargs="x")}) is None
    assert host({}).options.line is None
    assert not host({"chosen": {"xen,xen-bootargs": "no-ext_regions"}}).options.ext_regions
    long = {"chosen": {**CELLS, "k": module("multiboot,kernel", bootargs="x" * 1025)}}
    assert faults(host(long)) == [("/chosen/k", "panics")]


# Domains.

DOMAIN: Description = {"compatible": "xen,domain", **CELLS, "cpus": [2], "memory": [0, 0x20000]}


def domains(chosen: Description, release: str = "head") -> tuple[Any, ...]:
    return host({"chosen": {**CELLS, **chosen}}, release).domains


def test_a_domain() -> None:
    """`parse_dom0less_node`, `construct_domU`; memory counts KiB."""
    (found,) = domains(
        {
            "domU1": {
                **DOMAIN,
                "vpl011": b"",
                "xen,enhanced": "enabled",
                "llc-colors": "1-3",
                "max_grant_frames": [9],
            }
        }
    )
    assert (found.path, found.name, found.number) == ("/chosen/domU1", "domU1", 1)
    assert (found.memory, found.cpus, found.vpl011, found.enhanced) == (128 << 20, 2, True, "enabled")
    assert (found.llc_colors, found.max_grant_frames, found.direct_map, found.wants_iommu) == (
        "1-3",
        9,
        False,
        False,
    )
    (plain,) = domains({"domU1": DOMAIN})
    assert (plain.vpl011, plain.enhanced, plain.llc_colors, plain.max_grant_frames) == (
        False,
        None,
        None,
        None,
    )


def test_domains_are_numbered_in_order() -> None:
    found = domains({"b": DOMAIN, "other": {}, "a": {**DOMAIN, "compatible": "XEN,domain"}})
    assert [(each.name, each.number) for each in found] == [("b", 1), ("a", 2)]


@pytest.mark.parametrize(("value", "release", "enhanced"), [
    (b"", "4.16.7", None), (b"", "4.17.0", "enabled"), (b"enabled", "head", "enabled"), ("enabled", "4.17.0", "enabled"),
    ("no-xenstore", "4.17.0", "no-xenstore"), ("legacy", "4.20.4", None), ("legacy", "4.21.0", "legacy"),
    ("disabled", "head", None),
])  # fmt: skip
def test_enhanced(value: bytes | str, release: str, enhanced: str | None) -> None:
    """`dt_property_read_string`: no value and an unterminated one are -ENODATA and -EILSEQ, which mean enabled."""
    (found,) = domains({"d": {**DOMAIN, "xen,enhanced": value}}, release)
    assert found.enhanced == enhanced


def test_what_a_domain_needs() -> None:
    found = host({"chosen": {**CELLS, "d": {"compatible": "xen,domain", "memory": [1], "direct-map": b""}}})
    assert [fault.message for fault in found.faults] == [
        'no property "memory" of 8 bytes', 'no property "cpus"', "direct-map without xen,static-mem",
    ]  # fmt: skip
    assert not found.boots
    assert (found.domains[0].memory, found.domains[0].cpus) == (None, None)


def test_static_memory() -> None:
    """Host addresses, in order, with the cells of /chosen; reserved as well."""
    chosen = {"d": {**DOMAIN, "xen,static-mem": [0x5000, 0x1000, 0x3000, 0x1000], "direct-map": b""}}
    found = host({"chosen": {**CELLS, **chosen}})
    assert [(bank.start, bank.size) for bank in found.domains[0].static_memory] == [
        (0x5000, 0x1000),
        (0x3000, 0x1000),
    ]
    assert reserved(found) == [("static-domain", 0x5000, 0x1000), ("static-domain", 0x3000, 0x1000)]
    assert found.domains[0].direct_map


def test_static_memory_of_4_16_has_its_own_cells() -> None:
    """942ac5fc15."""
    own = {"#xen,static-mem-address-cells": [2], "#xen,static-mem-size-cells": [1]}
    chosen = {"d": {**DOMAIN, **own, "xen,static-mem": [1, 0x5000, 0x1000]}}
    assert domains(chosen, "4.16.7")[0].static_memory[0].start == 0x100005000
    assert domains(chosen, "4.17.0")[0].static_memory[0].start == 1


@pytest.mark.parametrize(("release", "wanted"), [
    ("4.18.6", [False, False, False]), ("4.19.0", [False, True, True]), ("4.20.4", [False, True, True]),
    ("4.21.0", [False, True, False]), ("head", [False, True, False]),
])  # fmt: skip
def test_passthrough(release: str, wanted: list[bool]) -> None:
    """1d2b4f3049; until 2fd83ec8a7 the flag of one domain stayed set for the next."""
    found = domains(
        {"a": DOMAIN, "b": {**DOMAIN, "passthrough": "enabled"}, "c": {**DOMAIN, "passthrough": "on"}},
        release,
    )
    assert [each.wants_iommu for each in found] == wanted


@pytest.mark.parametrize("release", ["4.17.7", "head"])
def test_a_partial_tree_gives_the_iommu_to_all_domains_before_it(release: str) -> None:
    """`dt_find_compatible_node(node, ...)` goes on to the end of the whole tree."""
    of_b = {**DOMAIN, "t": module("multiboot,device-tree")}
    found = domains({"a": DOMAIN, "b": of_b, "c": DOMAIN}, release)
    assert [each.wants_iommu for each in found] == [True, True, False]
    assert [each.device_tree and each.device_tree.path for each in found] == [None, "/chosen/b/t", None]


def test_a_hardware_domain() -> None:
    """DOMAIN_CAPS_HARDWARE is 2 (public/bootfdt.h); df68a4cb7e, 4.21."""
    chosen = {"d": {**DOMAIN, "capabilities": [7]}}
    assert domains(chosen, "4.20.4")[0].hardware is False
    (found,) = domains(chosen, "4.21.0")
    assert (found.hardware, found.wants_iommu) == (True, True)


# Static shared memory.


def shared(value: list[int], identity: str = "a", **more: Any) -> Description:
    return {
        "compatible": "xen,domain-shared-memory-v1",
        "xen,shm-id": identity,
        "xen,shared-mem": value,
        **more,
    }


def of_dom0(*nodes: Description, release: str = "head", **more: Description) -> Host:
    return host({**more, "chosen": {**CELLS, **{f"s@{at}": node for at, node in enumerate(nodes)}}}, release)


@pytest.mark.parametrize("release", ["4.17.0", "4.18.6", "4.19.0", "head"])
def test_shared_memory(release: str) -> None:
    """1d98281adf: host address, guest address, size; in reserved memory until 2b557af192 (4.19)."""
    found = of_dom0(shared([0x8000, 0x8000, 0x1000], role="owner"), release=release)
    assert [(s.id, s.host, s.size) for s in found.shared] == [("a", 0x8000, 0x1000)]
    assert [(s.id, s.host, s.guest, s.size, s.role) for s in found.dom0_shared] == [
        ("a", 0x8000, 0x8000, 0x1000, "owner")
    ]
    assert len(found.reserved) == (1 if release in ("4.17.0", "4.18.6") else 0)
    assert found.faults == ()
    assert of_dom0(shared([0x8000, 0x8000, 0x1000]), release="4.16.7").shared == ()


def test_shared_memory_of_a_domain() -> None:
    """The size is that of the first node with the identity."""
    chosen = {
        "a": {**DOMAIN, "s": shared([0x8000, 0x50000000, 0x1000])},
        "b": {**DOMAIN, "s": shared([0x8000, 0x60000000, 0x1000], role="borrower")},
    }
    found = host({"chosen": {**CELLS, **chosen}})
    assert [[(s.guest, s.size) for s in each.shared] for each in found.domains] == [
        [(0x50000000, 0x1000)],
        [(0x60000000, 0x1000)],
    ]
    assert len(found.shared) == 1
    assert found.dom0_shared == ()


def test_shared_memory_from_the_heap() -> None:
    """1544d355b5, 4.19: no host address."""
    chosen = {"a": {**DOMAIN, "s": shared([0x50000000, 0x1000])}}
    found = host({"chosen": {**CELLS, **chosen}}, "4.19.0")
    assert [(s.host, s.guest, s.size) for s in found.domains[0].shared] == [(None, 0x50000000, 0x1000)]
    assert faults(host({"chosen": {**CELLS, **chosen}}, "4.18.6"))[0] == ("/chosen/a/s", "ends-scan")


@pytest.mark.parametrize(("release", "fails"), [("4.18.6", False), ("4.19.0", True), ("head", True)])
def test_a_direct_mapped_domain_needs_direct_mapped_shared_memory(release: str, fails: bool) -> None:
    """cb1ddafdc5, 4.19. dom0 is direct-mapped as well, unless its memory is coloured (4.20)."""
    node = shared([0x8000, 0x9000, 0x1000])
    direct = {**DOMAIN, "direct-map": b"", "xen,static-mem": [0x100000, 0x1000], "s": node}
    assert faults(host({"chosen": {**CELLS, "a": direct}}, release)) == (
        [("/chosen/a/s", "panics")] if fails else []
    )
    assert faults(of_dom0(node, release=release)) == ([("/chosen/s@0", "panics")] if fails else [])


@pytest.mark.parametrize(("release", "fails"), [("4.19.6", True), ("4.20.0", False)])
def test_a_coloured_dom0_is_not_direct_mapped(release: str, fails: bool) -> None:
    """6cdea3444e."""
    chosen = {**CELLS, "xen,xen-bootargs": "llc-coloring=on", "s": shared([0x8000, 0x9000, 0x1000])}
    assert bool(host({"chosen": chosen}, release).faults) == fails


@pytest.mark.parametrize(
    "nodes",
    [
        [shared([0x8000, 0x8000, 0])],
        [shared([0x8001, 0x8000, 0x1000])],
        [shared([0x8000, 0x8001, 0x1000])],
        [shared([0x8000, 0x8000, 0x1001])],
        [shared([0x8000])],
        [shared([0x8000, 0x8000, 0x1000], "x" * 16)],
        [shared([0x8000, 0x8000, 0x1000], role="other")],
        [shared([0x8000, 0x8000, 0x1000]), shared([0x9000, 0x9000, 0x1000])],
        [shared([0x8000, 0x8000, 0x1000]), shared([0x8000, 0x8000, 0x2000])],
        [shared([0x8000, 0x8000, 0x1000]), shared([0x8000, 0x8000, 0x1000], "b")],
        [shared([0x8000, 0x8000, 0x2000]), shared([0x9000, 0x9000, 0x2000], "b")],
    ],
)
@pytest.mark.parametrize("release", ["4.17.0", "4.18.6", "4.19.0", "head"])
def test_what_is_no_shared_memory(nodes: list[Description], release: str) -> None:
    """`process_shm_node`, in both its forms; 4.17 and 4.18 look at alignment when the domain is built."""
    assert of_dom0(*nodes, release=release).faults


def test_shared_memory_that_exceeds_64_bits() -> None:
    wide = {"#address-cells": [2], "#size-cells": [2]}
    node = shared([0xFFFFFFFF, 0xFFFFF000, 0, 0x1000, 0, 0x1000])
    for release in ("4.19.0", "head"):
        found = host_of(tree({**wide, "chosen": {**wide, "s": node}}), release)
        assert "exceeds 64 bits" in found.faults[0].message


@pytest.mark.parametrize(
    ("release", "fails"), [("4.17.0", True), ("4.18.6", True), ("4.19.0", True), ("head", True)]
)
def test_shared_memory_and_reserved_memory(release: str, fails: bool) -> None:
    other = {"reserved-memory": {**CELLS, "r": {"reg": [0x8800, 4]}}}
    assert bool(of_dom0(shared([0x8000, 0x8000, 0x1000]), release=release, **other).faults) == fails


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


# What Xen did.


def test_real_boots_agree() -> None:
    """Memory and reserved memory where Xen printed them, I/O virtualisation, domains with regions, options."""
    printed = domains_seen = 0
    for name, run in runs().items():
        found, seen = host_of(read_dtb(run.blob, name), run.release), run.seen
        if seen["host_ram"]:
            assert [[hex(bank.start), hex(bank.end)] for bank in found.memory] == seen["host_ram"], name
            assert [[hex(bank.start), hex(bank.end)] for bank in found.reserved] == seen["host_resvd"], name
            printed += 1
        usable = {iommu.driver for iommu in found.iommus if iommu.usable}
        assert (bool(usable) and found.options.iommu) == seen["iommu"], name
        assert "extended regions support is disabled" in "".join(seen["errors"]) or found.options.ext_regions
        with_regions = {domain for domain, values in seen["domus"].items() if values["ext_regions"]}
        assert with_regions <= {f"d{domain.number}" for domain in found.domains if domain.enhanced}, name
        domains_seen += len(with_regions)
        assert found.boots or seen["ended"] == "panic", (name, found.faults)
    assert printed >= 25
    assert domains_seen >= 10


@NEEDS_BOARDS
def test_boards_boot_or_hang_as_predicted() -> None:
    """At head, of 286 boards four never printed a line: their reserved memory overlaps. Extra input, ORACLE."""
    silent = {
        name for name, (content, _) in boards().items() if not host_of(read_dtb(content, name), "head").boots
    }
    expected = {
        name
        for name, (_, seen) in boards().items()
        if (seen.get("head") or seen["4.17=head"])["ended"] == "timeout"
    }
    assert silent == expected
    assert len(silent) == 4


WORDS = [0, 1, 2, 3, 4, 16, 0x1000, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xFFFFF000, 0xFFFFFFFF]
NAMES = [
    "reg",
    "ranges",
    "#address-cells",
    "#size-cells",
    "xen,shared-mem",
    "xen,static-mem",
    "memory",
    "status",
]


def test_any_values_give_a_host_or_a_sentence_soon() -> None:
    """Trees of real boots with the values of some properties replaced, and properties added."""
    chance = random.Random(3)
    names, refused, faulty = sorted(runs()), 0, 0
    for _ in range(600):
        read = read_dtb(runs()[chance.choice(names)].blob, "t.dtb")
        for _ in range(chance.randint(1, 6)):
            node = chance.choice([read.root, *read.nodes, *chosen_of(read)])
            known = list(node.properties) or NAMES
            name = chance.choice(known if chance.random() < 0.7 else NAMES)
            cells = [chance.choice(WORDS) for _ in range(chance.randrange(8))]
            value = packed(cells) if chance.random() < 0.8 else chance.randbytes(chance.randrange(9))
            assert isinstance(node.properties, dict)
            node.properties[name] = value
        again = read_dtb(build(read), "t.dtb")
        began = time.process_time()
        try:
            found = host_of(again, chance.choice(ALL))
        except InputError:
            refused += 1
        else:
            faulty += bool(found.faults)
        assert time.process_time() - began < HANG
    assert 20 < refused < 500
    assert faulty > 30


def chosen_of(read: Tree) -> list[Node]:
    """The nodes that matter most, to be hit more often."""
    chosen = read.at("/chosen")
    return [] if chosen is None else [chosen, *read.below(chosen)] * 3
