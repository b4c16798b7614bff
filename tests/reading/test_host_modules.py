"""Modules and command lines that a release takes from a host tree, by hand from Xen's code.

Unless said otherwise the code is `early_scan_node` and what it calls, in xen/arch/arm/bootfdt.c up to 4.19,
xen/common/device-tree/{bootfdt,bootinfo-fdt,bootinfo}.c after.
"""

from __future__ import annotations

import pytest

from tests.reading.host_trees import CELLS, faults, host, module
from tests.reading.trees import Description


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
