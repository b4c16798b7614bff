"""Regions of every kind of domain against what real Xen gave: 4.16.0 to head, GICv2 and GICv3, direct-mapped or not."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest

from tests.reading.runs import runs
from tests.reading.trees import Description, tree
from tests.xen.maps import boots, extents
from verifier.layout.domain_map import DomainMap, Extent, NamedRegion
from verifier.layout.host import Host, Passthrough
from verifier.reading.dt_rules import rules_of
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.as_built import as_built, read_by
from verifier.xen.host_regions import predict
from verifier.xen.release import xen
from verifier.xen.subjects import Given

LATE = (1 << 64) - 1
"""HVM_PARAM_STORE_PFN of a guest that waits for init-dom0less."""


def named(found: DomainMap, prefix: str) -> tuple[NamedRegion, ...]:
    return tuple(each for each in found.regions if each.name.startswith(prefix))


def placed(found: DomainMap, prefix: str) -> tuple[Extent | None, ...]:
    return tuple(each.extent for each in named(found, prefix))


def build(row: dict[str, Any]) -> dict[str, bool]:
    """Debian's 4.17.7 has neither CONFIG_STATIC_MEMORY nor CONFIG_STATIC_SHM; the others were built with both."""
    return dict.fromkeys(("static-memory", "static-shm"), row["release"] != "4.17.7")


def predicted(row: dict[str, Any], blob: bytes) -> tuple[Host, tuple[DomainMap, ...]]:
    rules = read_by(rules_of(row["release"]), build(row))
    host = as_built(host_of(read_dtb(blob, row["name"]), row["release"], rules=rules), build(row))
    (grant,) = extents([row["grant"]]) if row["grant"] else (None,)
    inputs = Given(row["ipa"], row["iommu"], None, extents(row["banks"]) or None, grant)
    return host, predict(host, xen(host.tag, "debug" if row["debug"] else "release"), inputs)


def xenstore_agrees(found: DomainMap, seen: int | None) -> bool:
    """A frame that Xen took from its heap is known only to be somewhere."""
    pages = named(found, "xenstore page")
    if seen is None:
        return not pages
    (page,) = pages
    if seen == LATE:
        return "init-dom0less" in page.origin
    return page.extent == Extent(seen << 12, (seen + 1) << 12) if page.extent else "heap" in page.origin


def test_every_domain_of_every_boot() -> None:
    compared: Counter[str] = Counter()
    for row, blob in boots():
        host, maps = predicted(row, blob)
        for found in maps:
            seen = row["domains"].get(found.name)
            if seen is None:  # it never ran, or had no console
                continue
            where = (row["name"], found.name)
            assert placed(found, "GIC") == extents(seen["gic"]), where
            assert placed(found, "vPL011") == extents(seen.get("uart", ())), where
            assert placed(found, "shared memory") == extents(seen.get("shared", ())), where
            store = seen.get("store_pfn")
            assert xenstore_agrees(found, None if store is None else int(store, 16)), where
            assert found.banks is not None, where
            assert found.banks == extents(seen["memory"])[: len(found.banks)], where
            if found.registers is not None:
                assert found.registers == extents(seen.get("hypervisor", ())), where
                compared["registers"] += 1
            compared[row["release"]] += 1
            guest = any(each.path == found.path and not each.hardware for each in host.domains)
            compared["guest" if guest else "hardware"] += 1
    print(compared)
    assert set(compared) >= {
        "4.16.0",
        "4.17.5",
        "4.17.7",
        "4.18.0",
        "4.19.0",
        "4.20.0",
        "4.21.2",
        "4.22.0",
        "head",
    }
    assert compared["guest"] >= 200
    assert compared["registers"] >= 300


def test_what_was_not_built_was_not_predicted_to_be() -> None:
    decided = 0
    for row, blob in boots():
        _, maps = predicted(row, blob)
        answers = {each.boots for each in maps}
        if None in answers:
            continue
        assert (False not in answers) == (row["ended"] == "done"), (row["name"], row["panic"])
        decided += 1
    assert decided >= 60


def test_banks_of_a_hardware_domain_follow_from_the_tree() -> None:
    """Dom0less with IOMMU, not direct-mapped: 60 boots with RAM in pieces, and reserved memory."""
    equal: Counter[str] = Counter()
    for row, blob in boots():
        if not row["name"].startswith(("hd-", "gm-hwiommu")):
            continue
        host = host_of(read_dtb(blob, row["name"]), row["release"])
        (grant,) = extents([row["grant"]])
        d1 = predict(host, xen(host.tag), Given(row["ipa"], True, None, None, grant))[0]
        assert d1.banks == extents(row["banks"]), row["name"]
        equal[row["release"]] += 1
    assert equal == {"4.21.2": 21, "4.22.0": 21, "head": 21}


# By hand: what the boots do not have.

WIDE: Description = {"#address-cells": [2], "#size-cells": [2]}
MEMORY: Description = {"device_type": "memory", "reg": [0, 0x40000000, 0, 0x40000000]}
REGIONS = [0, 0x8000000, 0, 0x10000, 0, 0x80A0000, 0, 0x40000, 0, 0x90A0000, 0, 0x40000]
GIC: Description = {
    "compatible": "arm,gic-v3",
    "interrupt-controller": b"",
    "#interrupt-cells": [3],
    "phandle": [1],
    "interrupts": [1, 9, 4],
    "#redistributor-regions": [2],
    "reg": REGIONS,
}
UART: Description = {"compatible": "arm,pl011", "reg": [0, 0x9000000, 0, 0x1000]}
KERNEL: Description = {
    "compatible": ["multiboot,kernel", "multiboot,module"],
    "reg": [0, 0x48000000, 0, 0x10000],
}
GUEST: Description = {
    **WIDE, "compatible": "xen,domain", "cpus": [1], "memory": [0, 0x40000], "vpl011": b"", "kernel@1": KERNEL,
}  # fmt: skip
STATIC: Description = {"direct-map": b"", "xen,static-mem": [0, 0x70000000, 0, 0x10000000]}


def maps(
    *, tag: str = "head", line: str = "dom0_mem=256M", cpus: int = 1, guest: Description | None = None,
    given: dict[str, Any] | None = None, **board: Any,
) -> tuple[DomainMap, ...]:  # fmt: skip
    chosen: Description = {
        **WIDE,
        "xen,xen-bootargs": line,
        "stdout-path": "/uart:115200",
        "kernel@1": KERNEL,
    }
    nodes = {
        f"cpu@{number}": {"device_type": "cpu", "compatible": "arm,armv8", "reg": [number]}
        for number in range(cpus)
    }
    described: Description = {
        **WIDE, "interrupt-parent": [1], "memory@40000000": MEMORY, "gic": GIC,
        "cpus": {"#address-cells": [1], "#size-cells": [0], **nodes},
        "uart": UART,
        **board, "chosen": chosen if guest is None else {**chosen, "one": guest},
    }  # fmt: skip
    return predict(host_of(tree(described), tag), xen(tag), Given(40, False, **given or {}))


FIRST, SECOND = Extent(0x80A0000, 0x80E0000), Extent(0x90A0000, 0x90E0000)


@pytest.mark.parametrize(("cpus", "line", "regions"), [
    (1, "", (FIRST,)), (2, "", (FIRST,)), (3, "", (None,)), (1, "dom0_max_vcpus=3", (FIRST, SECOND)),
    (8, "dom0_max_vcpus=2", (FIRST,)), (8, "dom0_max_vcpus=5", (None,)),
])  # fmt: skip
def test_redistributors_of_dom0(cpus: int, line: str, regions: tuple[Extent | None, ...]) -> None:
    """Two of 128 KiB in each region: one or two for two CPUs or less, unknown for three: some may stay off."""
    d0 = maps(cpus=cpus, line=line)[0]
    assert placed(d0, "GICR") == regions
    assert placed(d0, "GICD") == (Extent(0x8000000, 0x8010000),)


@pytest.mark.parametrize("change", [
    {"status": "disabled"}, {"xen,passthrough": b""}, {"compatible": "arm,gic-v4"}, {"reg": REGIONS[:8]},
])  # fmt: skip
def test_no_gic_is_not_known(change: Description) -> None:
    d0 = maps(gic={**GIC, **change})[0]
    (gic,) = named(d0, "GIC")
    assert gic.extent is None


def test_the_console_of_a_direct_mapped_guest() -> None:
    """Its registers by path, by alias, or not there; fewer than a page are refused (domain_vpl011_init)."""
    where = Extent(0x9000000, 0x9001000)
    guest = {**GUEST, **STATIC}
    assert placed(maps(guest=guest)[1], "vPL011") == (where,)
    assert placed(maps(guest=guest, line="dtuart=s0", aliases={"s0": "/uart"})[1], "vPL011") == (where,)
    assert placed(maps(guest=guest, line="dtuart=/none")[1], "vPL011") == (None,)
    d1 = maps(guest=guest, uart={**UART, "reg": [0, 0x9000000, 0, 0x400]})[1]
    assert d1.boots is False
    assert "domain_vpl011_init refuses /uart reg[0] [0x9000000, 0x9000400)" in d1.reasons[0]


def test_passed_through_devices() -> None:
    module = {"compatible": ["multiboot,device-tree", "multiboot,module"], "reg": [0, 0x49000000, 0, 0x1000]}
    guest = {**GUEST, "tree@2": module}
    for tag in ("4.16.0", "head"):
        assert placed(maps(tag=tag, guest=guest)[1], "xen,reg") == (None,)
    entry = Passthrough("/passthrough/x", 0, 0x9000000, 0x60000000, 0x1000)
    d1 = maps(guest=guest, given={"passthrough": {"/chosen/one": (entry,)}})[1]
    assert named(d1, "xen,reg") == (
        NamedRegion("xen,reg", Extent(0x60000000, 0x60001000), "/passthrough/x xen,reg[0]"),
    )


def test_direct_map_meant_nothing_at_first() -> None:
    d1 = maps(
        tag="4.16.0",
        guest={**GUEST, **STATIC, "#xen,static-mem-address-cells": [2], "#xen,static-mem-size-cells": [2]},
    )[1]
    assert d1.banks == (Extent(0x40000000, 0x50000000),)
    assert placed(d1, "GICD") == (Extent(0x3001000, 0x3011000),)


def test_the_host_gic_is_the_one_that_xen_found() -> None:
    """`gic_dist_addr=` and `gic_cpu_addr=` of each log, and the number of redistributor regions."""
    met: Counter[int] = Counter()
    for name, run in runs().items():
        host = host_of(read_dtb(run.blob, name), run.release)
        printed = dict(re.findall(rb"gic_(\w+)=(\w+)", run.log))
        if b"dist_addr" not in printed:
            continue
        assert host.gic is not None, name
        assert host.gic.distributor.address == int(printed[b"dist_addr"], 16), name
        if b"cpu_addr" in printed:
            assert (host.gic.version, host.gic.interfaces[0].address) == (2, int(printed[b"cpu_addr"], 16)), (
                name
            )
        else:
            assert (host.gic.version, len(host.gic.interfaces)) == (3, int(printed[b"rdist_regions"])), name
        met[host.gic.version] += 1
    assert met[2] >= 2
    assert met[3] >= 40


@pytest.mark.parametrize(("asked", "boots"), [
    ({}, True), ({"nr_spis": [1]}, None),  # 32 are given: whether that has the console's is not read
    ({"vpl011": None, "nr_spis": [1]}, True),
])  # fmt: skip
@pytest.mark.parametrize("console", [True, False])
def test_a_direct_mapped_domain_and_the_console_of_xen(
    asked: Description, boots: bool | None, *, console: bool
) -> None:
    """create_domUs asks for the interrupt of Xen's console unless there is nr_spis, and domain_vpl011_init always."""
    node = {key: value for key, value in {**GUEST, **STATIC, **asked}.items() if value is not None}
    uart: Description = UART if console else {**UART, "status": "disabled"}
    found = maps(guest=node, uart=uart)[-1]
    needs_it = "vpl011" in node or "nr_spis" not in node
    assert found.boots is (boots if console or not needs_it else None)
    assert any("console" in each for each in found.reasons) == (found.boots is None)
