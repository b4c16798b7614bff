"""Domains that a release takes from a host tree, and their static shared memory, by hand from Xen's code.

Unless said otherwise the code is `early_scan_node` and what it calls, in xen/arch/arm/bootfdt.c up to 4.19,
xen/common/device-tree/{bootfdt,bootinfo-fdt,bootinfo}.c after.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.reading.host_trees import CELLS, DOMAIN, domains, faults, host, module, reserved
from tests.reading.trees import Description, tree
from verifier.layout.host import Host
from verifier.reading.host_tree import host_of


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
        "it names no kernel (kernel_probe)",
    ]  # fmt: skip
    assert not found.boots
    assert (found.domains[0].memory, found.domains[0].cpus) == (None, None)


KERNEL: Description = module("multiboot,kernel", reg=[0x9000, 1])


@pytest.mark.parametrize("release", ["4.17.0", "4.19.0", "4.21.0", "head"])
@pytest.mark.parametrize(("children", "said"), [
    ({}, "/chosen/d: it names no kernel"),
    ({"r": module("multiboot,ramdisk")}, "/chosen/d: it names no kernel"),
    ({"k": {**KERNEL, "compatible": ["multiboot,kernel"]}}, "/chosen/d/k: the kernel of /chosen/d is no boot module"),
    ({"k": {**KERNEL, "reg": [0x9000, 0]}}, "/chosen/d/k: the kernel of /chosen/d is no boot module, or an empty one"),
    ({"k": KERNEL, "l": {"compatible": "multiboot,kernel", "reg": [0xA000, 1]}}, "/chosen/d/l: the kernel of"),
    ({"k": {"compatible": "multiboot,kernel"}, "l": KERNEL}, "/chosen/d/k: a kernel without reg"),
    ({"k": {"compatible": "multiboot,kernel", "reg": [0xA000, 1]}, "l": KERNEL}, ""),  # the last counts
    ({"k": {**KERNEL, "status": "disabled"}}, ""),
    ({"k": KERNEL}, ""),
])  # fmt: skip
def test_the_kernel_of_a_domain(children: Description, said: str, release: str) -> None:
    """kernel_probe walks the children, and each `multiboot,kernel` overwrites what the one before was; 4.17 to 4.22."""
    found = [str(each) for each in host({"chosen": {**CELLS, "d": {**DOMAIN, **children}}}, release).faults]
    assert all("kernel_probe" in each for each in found)
    assert (len(found) == 1 and found[0].startswith(said)) if said else not found


def test_a_kernel_behind_the_end_of_the_scan() -> None:
    """Until 02d0a615b3 (4.19.0) Xen passes over the error that ended the scan, and has not seen the modules behind it."""
    memory = {"device_type": "memory", "reg": [each for bank in range(129) for each in (bank << 24, 1 << 20)]}
    tree = {**CELLS, "memory": memory, "chosen": {**CELLS, "k": KERNEL, "d": {**DOMAIN, "l": KERNEL}}}
    ended = "kernel_probe): the early scan ends at /memory, reg: more than 128 banks in all (panics)"
    for_dom0, for_domain = (str(each) for each in host(tree, "4.16.0").faults if each.effect == "panics")
    assert for_dom0 == f"/chosen/k: dom0's kernel is no boot module ({ended}"
    assert for_domain == f"/chosen/d/l: the kernel of /chosen/d is no boot module, or an empty one ({ended}"
    assert not host(tree, "4.16.1").faults


def test_an_empty_kernel_of_dom0() -> None:
    """`!mod->size` of kernel_probe. Without a node for it the boot loader is to name one."""
    found = host({"chosen": {**CELLS, "k": {**KERNEL, "reg": [0x9000, 0]}}})
    assert faults(found) == [("/chosen/k", "panics")]
    assert not host({"chosen": CELLS}).faults


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
    assert faults(host({"chosen": {**CELLS, "a": {**direct, "k": KERNEL}}}, release)) == (
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
