"""Single parts of dom0's device tree against dtc, from texts that are read off the functions of Xen that write them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from verifier.layout.dom0_tree import (
    Chosen,
    Copied,
    Dom0Tree,
    Dom0Trees,
    Frame,
    Gic,
    Loaded,
    Part,
    Processors,
)
from verifier.xen import dom0_tree
from verifier.xen.dom0_tree import Contents, size
from verifier.xen.release import xen

ROOT = 8
"""Bytes of a token and of the root's empty name."""
V2 = Gic("intc", 2, False, None, None, len("arm,gic-400\0"), 8, (), None, ())
V3 = replace(V2, version=3, compatible=len("arm,gic-v3\0"), redistributors=(0x40000,))
PROCESSORS = Processors(len("arm,armv8\0"), False, 1, False)
NOTHING = Chosen(None, None)
DOM0 = Loaded(None, None, False)
CONTENTS = Contents(2, 0, 1, 8, 1, 0, 1, (), False, 64)


def host(
    *parts: Part, gic: Gic | None = V2, processors: Processors | None = PROCESSORS, **other: Any
) -> Dom0Trees:
    """One that has nothing but what Xen makes of it."""
    pieces = tuple(Copied(ROOT if at == 0 else 0, (), part) for at, part in enumerate(parts))
    known = Dom0Trees(0, (Dom0Tree((), pieces),), gic, False, processors, 0, NOTHING, (DOM0,))
    return replace(known, **other)


def made(text: str) -> int:
    """What Xen's buffer has to hold: dtc's header is 8 bytes shorter, not padded to a reserve map entry."""
    built = subprocess.run(
        ["dtc", "-q", "-O", "dtb"],
        input=f"/dts-v1/; / {{ {text} }};".encode(),
        capture_output=True,
        check=True,
    )
    return len(built.stdout) + 8


def of_gic(gic: Gic, tag: str = "head", **contents: Any) -> int:
    return size(xen(tag), host("gic", gic=gic), 0, DOM0, replace(CONTENTS, **contents))


FRAME = """msi-controller; {} reg = <1 2>; arm,msi-base-spi = <1>; arm,msi-num-spis = <2>;"""


@pytest.mark.parametrize(("gic", "text"), [
    (V2, ""),
    (replace(V2, frames=(Frame("v2m", False, 8, True),), ranges=12),
     'ranges = <1 2 3>; v2m { compatible = "arm,gic-v2m-frame"; ' + FRAME.format("") + " };"),
    (replace(V2, frames=(Frame("v2m", True, 8, True), Frame("b", False, 8, True)), ranges=0),
     'ranges; v2m { compatible = "arm,gic-v2m-frame"; ' + FRAME.format("phandle = <2>;") + ' };'
     'b { compatible = "arm,gic-v2m-frame"; ' + FRAME.format("") + " };"),
    (replace(V2, ranges=12), ""),
])  # fmt: skip
def test_a_gic_of_version_2_and_its_frames(gic: Gic, text: str) -> None:
    """Of its four stretches dom0 gets two; `ranges` is copied for frames alone (gicv2m_make_dt_node)."""
    own = '#interrupt-cells = <3>; interrupt-controller; compatible = "arm,gic-400"; reg = <1 2 3 4>;'
    assert of_gic(gic) == made(f"intc {{ {own} {text} }};")


@pytest.mark.parametrize(("changes", "text"), [
    ({"phandle": True}, "phandle = <1>;"),
    ({"address_cells": 4}, "#address-cells = <1>;"),
    ({"address_cells": 0}, "#address-cells;"),
    ({"size_cells": 4}, "#size-cells = <1>;"),
    ({"size_cells": 8}, "#size-cells = <1 2>;"),
])  # fmt: skip
def test_what_a_gic_has_is_copied(changes: dict[str, Any], text: str) -> None:
    own = '#interrupt-cells = <3>; interrupt-controller; compatible = "arm,gic-400"; reg = <1 2 3 4>;'
    assert of_gic(replace(V2, **changes)) == made(f"intc {{ {text} {own} }};")


@pytest.mark.parametrize(("tag", "has_its", "frames", "text"), [
    ("head", False, (Frame("its", False, 16, True),), ""),
    ("head", True, (), ""),
    ("4.19.0", True, (Frame("its", False, 16, True),),
     'ranges; its { compatible = "arm,gic-v3-its"; msi-controller; reg = <1 2 3 4>; };'),
    ("4.19.0", True, (Frame("its", True, 16, True),),
     'ranges; its { compatible = "arm,gic-v3-its"; msi-controller; phandle = <2>; reg = <1 2 3 4>; };'),
    ("4.20.0", True, (Frame("its", True, 16, True),),
     'ranges; its { compatible = "arm,gic-v3-its"; msi-controller; #msi-cells = <1>; phandle = <2>; reg = <1 2 3 4>; };'),
])  # fmt: skip
def test_an_its_is_written_by_a_xen_that_drives_it(
    tag: str, *, has_its: bool, frames: Sequence[Frame], text: str
) -> None:
    """gicv3_its_make_hwdom_dt_nodes; `#msi-cells` since 2dbb61001b."""
    name = "intc" if tag == "head" else "interrupt-controller"
    own = '#interrupt-cells = <3>; interrupt-controller; compatible = "arm,gic-v3"; #redistributor-regions = <1>;'
    gic = replace(V3, frames=tuple(frames), ranges=0)
    expected = made(f"{name} {{ {own} reg = <1 2 3 4>; {text} }};")
    assert of_gic(gic, tag, has_its=has_its) == expected


def test_an_its_below_a_gic_without_ranges_is_counted_as_with_empty_ones() -> None:
    """No Xen writes it: its driver panics before, of which `device_stops` tells."""
    gic = replace(V3, frames=(Frame("its", False, 16, False),))
    assert of_gic(gic, has_its=True) == of_gic(replace(gic, ranges=0), has_its=True)


@pytest.mark.parametrize(("regions", "vcpus", "count"), [
    ((0x40000,), 1, 1),
    ((0x40000,), 3, 1),  # too few for all: there is no other
    ((0x40000, 0x40000), 1, 1),
    ((0x40000, 0x40000), 2, 1),  # 128 KiB each
    ((0x40000, 0x40000), 3, 2),
    ((0x5FFFF, 0x40000), 3, 2),  # none has a part of one
    ((0x20000, 0x20000, 0x20000), 1, 1),
    ((0x20000, 0x20000, 0x20000), 2, 2),
    ((0x20000, 0x20000, 0x20000), 3, 3),
    ((0x20000, 0x20000, 0x20000), 128, 3),
    ((0, 0x20000), 1, 2),
])  # fmt: skip
def test_as_many_redistributor_regions_as_vcpus_need(
    regions: tuple[int, ...], vcpus: int, count: int
) -> None:
    """`first_cpu >= d->max_vcpus` ends the loop of vgic_v3_domain_init; `reg` has the distributor before them."""
    own = '#interrupt-cells = <3>; interrupt-controller; compatible = "arm,gic-v3"; #redistributor-regions = <1>;'
    reg = " ".join(["1 2"] * (1 + count))
    expected = made(f"intc {{ {own} reg = <{reg}>; }};")
    assert of_gic(replace(V3, redistributors=regions), vcpus=vcpus) == expected


@pytest.mark.parametrize(("clock", "text"), [(False, ""), (True, "clock-frequency = <5>;")])
def test_the_timer(text: str, *, clock: bool) -> None:
    three = "interrupts = <1 2 3 1 2 3 1 2 3>; interrupt-parent = <1>;"
    found = size(xen("head"), host("timer", clock=clock), 0, DOM0, CONTENTS)
    assert found == made(f'timer {{ compatible = "arm,armv8-timer"; {three} {text} }};')


PLACE = "linux,initrd-start = <0 0>; linux,initrd-end = <0 0>;"


@pytest.mark.parametrize(("own", "line", "hosts", "initrd", "text"), [
    (None, None, None, False, ""),
    (None, None, 3, False, 'bootargs = "ab";'),
    (None, 6, 3, False, 'bootargs = "abcde";'),
    (9, 6, 3, False, 'bootargs = "abcdefgh";'),
    (9, None, 3, True, 'bootargs = "abcdefgh";' + PLACE),
    (None, None, None, True, PLACE),
])  # fmt: skip
def test_the_end_of_chosen(
    own: int | None, line: int | None, hosts: int | None, text: str, *, initrd: bool
) -> None:
    """xen,dom0-bootargs, then those of the kernel's module, then bootargs; no property without any (write_properties)."""
    board = host("chosen", chosen=Chosen(own, hosts))
    assert size(xen("head"), board, 0, Loaded(None, line, initrd), CONTENTS) == made(text)


HYPERVISOR = """hypervisor {
    compatible = "xen,xen-N.NN", "xen,xen"; reg = <%s>; interrupts = <1 2 3>; interrupt-parent = <1>;
};"""
PSCI = """psci {
    compatible = "arm,psci-1.0", "arm,psci-0.2", "arm,psci"; method = "hvc"; cpu_off = <1>; cpu_on = <2>;
};"""
CPU = 'cpu@%x { compatible = "arm,armv8"; device_type = "cpu"; reg = <0>; %s };'
MEMORY = 'memory@%x { device_type = "memory"; reg = <%s>; };'


def cells(count: int) -> str:
    return " ".join(["1"] * count)


def ends(
    registers: int = 2,
    cpus: Sequence[str] = (CPU % (0, 'enable-method = "psci";'),),
    banks: int = 2,
    rest: str = "",
) -> str:
    """What stands behind all nodes of the host: cells of the hypervisor's `reg` and of that of RAM."""
    processors = f"cpus {{ #address-cells = <1>; #size-cells = <0>; {' '.join(cpus)} }};"
    memory = MEMORY % (0x40000000, cells(banks))
    return f"{HYPERVISOR % cells(registers)} {PSCI} {processors} {memory} {rest}"


def of_root(
    tag: str = "head", *, clock: bool = False, parts: Sequence[Part] = ("root",), **contents: Any
) -> int:
    board = host(*parts, processors=replace(PROCESSORS, clock=clock))
    return size(xen(tag), board, 0, DOM0, replace(CONTENTS, **contents))


@pytest.mark.parametrize(("contents", "text"), [
    ({}, ends()),
    ({"regions": 1}, ends(registers=4)),
    ({"cells": 4, "regions": 2}, ends(registers=12, banks=4)),
    ({"banks": 3}, ends(banks=6)),
    ({"first_bank": 9}, ends().replace("memory@40000000", "memory@140000000")),
    ({"first_bank": 12}, ends().replace("memory@40000000", "memory@140000000000")),
    ({"reserved": 1, "first_reserved": 8}, ends(rest=MEMORY % (0x50000000, cells(2)))),
    ({"reserved": 3, "first_reserved": 12}, ends(rest=MEMORY % (0x500000000000, cells(6)))),
    ({"bits": 32}, ends(cpus=[CPU % (0, "")])),
    ({"clock": True}, ends(cpus=[CPU % (0, 'clock-frequency = <5>; enable-method = "psci";')])),
    ({"clock": True, "bits": 32}, ends(cpus=[CPU % (0, "clock-frequency = <5>;")])),
    ({"vcpus": 0}, ends(cpus=())),
])  # fmt: skip
def test_what_stands_behind_all_nodes_of_the_host(contents: dict[str, Any], text: str) -> None:
    """make_hypervisor_node, make_psci_node, make_cpus_node and make_memory_node."""
    assert of_root(**contents) == made(text)


@pytest.mark.parametrize("count", [15, 16, 17, 33, 128])
def test_names_of_vcpus_have_their_affinity(count: int) -> None:
    """vcpuid_to_vaffinity: 16 at level 0, the others above in the second byte; from `cpu@100` on a name is longer."""
    names = [16 * 16 * (number // 16) + number % 16 for number in range(count)]
    assert of_root(vcpus=count) == made(
        ends(cpus=[CPU % (name, 'enable-method = "psci";') for name in names])
    )


SHARED = (
    'xen-shmem@%x { compatible = "xen,shared-memory-v1"; reg = <1 2>; xen,id = "%s"; xen,offset = <0 0>; };'
)
TWO = (SHARED % (0x50000000, "a")) + (SHARED % (0x150000000, "abcd"))
NODE = "reserved-memory { ranges; #address-cells = <1>; #size-cells = <1>; %s };"


@pytest.mark.parametrize(("tag", "parts", "banks", "rest"), [
    ("4.18.0", ("root",), 2, NODE % TWO),
    ("4.19.0", ("root",), 6, NODE % TWO),
    ("4.18.0", ("shared-memory", "root"), 2, NODE % TWO),
    ("4.19.0", ("shared-memory", "root"), 6, None),
])  # fmt: skip
def test_static_shared_memory_of_dom0(tag: str, parts: Sequence[Part], banks: int, rest: str | None) -> None:
    """Below the host's /reserved-memory, if it has one, and in the memory node as well, since 51a2b3f109 and 7846f7699f.

    Without such a node, or before, below one of Xen's own, which is another by that name then.
    """
    shared = ((8, len("a\0")), (9, len("abcd\0")))
    text = ends(banks=banks, rest=rest or "")
    expected = made(text if rest is not None else f"{TWO} {text}")
    assert of_root(tag, parts=parts, shared=shared) == expected


@pytest.mark.parametrize(("tag", "parts"), [("4.18.0", ("root",)), ("4.19.0", ("shared-memory", "root"))])
def test_without_shared_memory_there_is_no_node_for_it(tag: str, parts: Sequence[Part]) -> None:
    assert of_root(tag, parts=parts) == made(ends())


def test_what_is_copied_counts_once() -> None:
    """Names that were there stay, and what is written between two pieces stands before the second."""
    first, second = (
        Copied(ROOT + 16, ("compatible",), "timer"),
        Copied(12, ("ranges", "compatible"), "nothing"),
    )
    board = host(trees=(Dom0Tree((), ()), Dom0Tree((), (first, second))))
    timer = (
        'timer { compatible = "arm,armv8-timer"; interrupts = <1 2 3 1 2 3 1 2 3>; interrupt-parent = <1>; };'
    )
    expected = made(f'compatible = "abc"; ranges; {timer}')
    assert size(xen("head"), board, 1, DOM0, CONTENTS) == expected


@pytest.mark.parametrize(("names", "length"), [
    ((), 0),
    (("reg",), 4),
    (("reg", "phandle"), 12),
    (("reg", "reg"), 4),
    (("linux,phandle", "phandle"), 14),  # the end of one that is there
    (("phandle", "linux,phandle"), 22),  # too late
    (("#address-cells", "cells", "address"), 23),  # the middle of one is no name
    (("#address-cells", "#size-cells", "cells"), 27),
])  # fmt: skip
def test_a_name_that_is_the_end_of_another_takes_no_room(names: tuple[str, ...], length: int) -> None:
    """fdt_find_string_ compares the NUL as well."""
    assert dom0_tree._strings.__wrapped__(names) == length


@pytest.mark.parametrize(("gic", "processors"), [(None, PROCESSORS), (V2, None), (None, None)])
def test_no_tree_without_interrupt_controller_or_processors(
    gic: Gic | None, processors: Processors | None
) -> None:
    with pytest.raises(ValueError, match=r"^no interrupt controller, or no processors$"):
        size(xen("head"), host("chosen", gic=gic, processors=processors), 0, DOM0, CONTENTS)
