"""A board on the emulated machine: all its addresses stay, nothing that Xen would drive does, RAM is in nobody's way."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.reading import trees
from tests.reading.runs import NEEDS_BOARDS, boards, runs
from tests.reading.test_debian_trees import fetched
from verifier.layout.device_tree import Tree
from verifier.layout.errors import InputError
from verifier.layout.host import Entry
from verifier.machine.branch import Branch, branch, cells, grown, strings
from verifier.machine.emulator import RAM_START
from verifier.machine.graft import graft
from verifier.machine.virt_tree import Bootable, bootable, files, is_bootable, processor
from verifier.reading.dt_addresses import Buses, cell
from verifier.reading.dt_rules import rules_of
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of

MIB = 1 << 20
RELEASES = ("4.16", "4.17", "4.20", "head")
SMALL = Path(__file__).parents[1] / "boards"


def board(address_cells: int = 2, size_cells: int = 2, **more: Any) -> Tree:
    """A board of a maker: GICv2, SMMU, firmware, frame buffer, PCI, RAM at 2 GiB; Xen would drive half of it."""

    def reg(*pairs: int) -> bytes:
        counts = (address_cells, size_cells) * (len(pairs) // 2)
        return b"".join(value.to_bytes(4 * count, "big") for value, count in zip(pairs, counts, strict=True))

    return trees.tree(
        {
            "#address-cells": [address_cells],
            "#size-cells": [size_cells],
            "compatible": ["maker,board", "brcm,bcm2711"],
            "model": "A Board",
            "interrupt-parent": [7],
            "aliases": {"serial0": "/soc/uart@50000000"},
            "chosen": {
                "stdout-path": "serial0",
                "ranges": b"",
                "framebuffer@60000000": {
                    "compatible": "simple-framebuffer",
                    "reg": reg(0x60000000, 0x800000),
                },
            },
            "cpus": {"#address-cells": [1], "#size-cells": [0], "cpu@0": {"device_type": "cpu", "reg": [0]}},
            "memory@80000000": {"device_type": "memory", "reg": reg(0x80000000, 0x40000000)},
            "ram": {"device_type": "memory", "reg": reg(0xC0000000, 0x10000000)},
            "reserved-memory": {
                "#address-cells": [address_cells],
                "#size-cells": [size_cells],
                "ranges": b"",
                "memory@81000000": {"reg": reg(0x81000000, 0x1000000), "no-map": b""},
            },
            "psci": {"compatible": ["arm,psci-1.0", "arm,psci-0.2"], "method": "smc"},
            "timer": {"compatible": "arm,armv8-timer", "interrupts": [1, 13, 4]},
            "firmware": {"optee": {"compatible": "linaro,optee-tz", "method": "smc"}},
            "soc": {
                "#address-cells": [address_cells],
                "#size-cells": [size_cells],
                "ranges": b"",
                "gic@51000000": {
                    "compatible": "ARM,GIC-400",
                    "interrupt-controller": b"",
                    "#interrupt-cells": [3],
                    "reg": reg(
                        0x51000000, 0x1000, 0x51002000, 0x2000, 0x51004000, 0x2000, 0x51006000, 0x2000
                    ),
                    "phandle": [7],
                },
                "uart@50000000": {
                    "compatible": "arm,pl011",
                    "reg": reg(0x50000000, 0x1000),
                    "interrupts": [0, 5, 4],
                    "xen,passthrough": b"",
                },
                "smmu@52000000": {
                    "compatible": ["maker,smmu-500", "arm,mmu-500"],
                    "reg": reg(0x52000000, 0x10000),
                    "#iommu-cells": [1],
                    "phandle": [9],
                },
                "disk@53000000": {"reg": reg(0x53000000, 0x1000), "iommus": [9, 1], "status": "disabled"},
                "pcie@54000000": {
                    "device_type": "pci",
                    "#address-cells": [3],
                    "#size-cells": [2],
                    "reg": reg(0x54000000, 0x1000),
                    "interrupt-map": [0, 0, 0, 1, 7, 0, 9, 4],
                    "ranges": trees.packed([0x02000000, 0, 0x70000000])
                    + (0x70000000).to_bytes(4 * address_cells, "big")
                    + trees.packed([0, 0x10000000]),
                },
            },
            **more,
        },
        reserved=[(0x80000000, 0x10000)],
    )


def stretches(tree: Tree, *, own: bool = False) -> Counter[tuple[int, int]]:
    """All addresses of devices as Xen translates them; those of the machine itself, or all others but RAM."""
    buses = Buses(tree, rules_of("head"))
    found: Counter[tuple[int, int]] = Counter()
    for node in tree.nodes:
        ours = node.path.startswith("/virt-") or node.text("device_type") == "memory"
        windows = buses.apertures(node) if node.text("device_type") == "pci" else ()
        for each in (*buses.entries(node), *windows):
            if isinstance(each, Entry) and ours == own:
                found[each.address, each.size] += 1
    return found


def names(tree: Tree) -> set[str]:
    return {name.lower() for node in tree.nodes for name in node.strings("compatible")}


def assert_grafted(before: Tree, made: Bootable, release: str, *, iommu: bool, bits: int) -> None:
    """What makes a graft one: the board's map is there, whole; Xen can boot; RAM is where nothing is."""
    assert stretches(made.tree) == stretches(before)
    assert made.tree.reserved == before.reserved
    assert [made.tree.root.properties.get(name) for name in ("#address-cells", "#size-cells")] == [
        before.root.properties.get(name) for name in ("#address-cells", "#size-cells")
    ]
    assert is_bootable(made.tree, release)
    host = host_of(made.tree, release)
    assert host.boots
    (bank,) = host.memory
    assert [each.kind for each in host.modules] == ["kernel"]
    assert bank.size >= 192 * MIB
    page = (bank.end, bank.end + 0x10000)
    for start, size in stretches(before):
        assert start + size <= bank.start or page[1] <= start or not size, hex(start)
    assert page[1] <= 1 << bits
    assert bool(host.iommus) == iommu
    assert made.machine.smmu == ((page[0], bits) if iommu else None)
    assert made.machine.ram_base == bank.start
    assert RAM_START + made.machine.ram_size * MIB >= (page[1] if iommu else bank.end)
    assert not [node.path for node in made.tree.nodes if "iommus" in node.properties]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(("iommu", "bits"), [(True, 48), (True, 32), (False, 40)])
@pytest.mark.parametrize("counts", [(2, 2), (2, 1), (1, 1), (1, 2)])
def test_a_board_on_the_machine(release: str, iommu: bool, bits: int, counts: tuple[int, int]) -> None:
    before = board(*counts)
    assert not is_bootable(before, release)
    made = graft(before, release, iommu=iommu, ipa_bits=bits)
    assert_grafted(before, made, release, iommu=iommu, bits=bits)
    driven = {"arm,gic-400", "linaro,optee-tz", "maker,smmu-500", "maker,board", "brcm,bcm2711"}
    assert not names(made.tree) & driven
    assert made.tree.root.text("model") == "A Board"
    disk = made.tree.at("/soc/disk@53000000")
    assert disk is not None
    assert disk.text("status") == "disabled"


def test_the_machine_s_own_devices() -> None:
    """As QEMU's hw/arm/virt.c has them: distributor and redistributors of the GICv3, and the PL011."""
    made = graft(board(), "4.17", iommu=False)
    bank = host_of(made.tree, "4.17").memory[0]
    assert stretches(made.tree, own=True) == Counter(
        [(0x8000000, 0x10000), (0x80A0000, 0xF60000), (0x9000000, 0x1000), (bank.start, bank.size)]
    )


def test_handles_stay_apart() -> None:
    made = graft(board(), "4.17", iommu=True)
    handles = [node.properties["phandle"] for node in made.tree.nodes if "phandle" in node.properties]
    assert len(handles) == len(set(handles)) == 3


@pytest.mark.parametrize("taken", [0xFFFFFFFE, 0xFFFFFFFF])
def test_handles_stay_apart_where_none_is_above_all_others(taken: int) -> None:
    """The next one was 2^32, which ended in a traceback."""
    made = graft(board(last={"phandle": [taken]}), "4.17", iommu=False).tree
    own = cell(made, made.root, "interrupt-parent")
    handles = [cell(made, node, "phandle") for node in made.nodes if "phandle" in node.properties]
    assert handles.count(own) == 1
    assert 0 < (own or 0) < 0xFFFFFFFF


def test_a_grafted_tree_stays_as_it_is() -> None:
    made = graft(board(), "4.17", iommu=True, ipa_bits=40)
    assert graft(made.tree, "4.17", iommu=True, ipa_bits=40) == made


def test_what_is_needed_is_there() -> None:
    made = graft(board(), "4.17", iommu=True)
    assert all(made.tree.at(path) for path in made.needed)
    found = {path.split("@")[0] for path in made.needed}
    own = {f"/virt-{name}" for name in ("gic", "uart", "timer", "psci", "smmu")}
    assert found == own | {"/chosen", "/chosen/module", "/cpus", "/cpus/cpu", "/memory"}


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (
            board(1, 1, device={"reg": [0x40000000, 0xC0000000]}),
            r"no place for 192 MiB of RAM on QEMU's virt machine: the board's devices leave at most 0 bytes in one "
            r"piece of \[0x40000000, 0x100000000\)",
        ),
        (board(2, 2, **{"#address-cells": [3]}), "the root's #address-cells is 3; a board's is 1 or 2"),
        (board(2, 2, **{"#size-cells": [0]}), "the root's #size-cells is 0; a board's is 1 or 2"),
    ],
)
def test_no_graft_without_a_place(tree: Tree, message: str) -> None:
    with pytest.raises(InputError, match=message):
        graft(tree, "4.17", iommu=True)


@pytest.mark.parametrize(("size", "stays"), [(0, True), (0x1000, False)])
def test_memory_without_size_stays(size: int, stays: bool) -> None:
    """As in a tree that no firmware has filled in: Xen takes no RAM from it, and its address counts."""
    more: dict[str, Any] = {"memory@70000000": {"device_type": "memory", "reg": [0, 0x70000000, 0, size]}}
    made = graft(board(2, 2, **more), "4.17", iommu=True)
    found = [
        node.path
        for node in made.tree.nodes
        if node.properties.get("reg") == trees.packed([0, 0x70000000, 0, size])
    ]
    assert found == (["/board-memory@70000000"] if stays else [])
    assert len(host_of(made.tree, "4.17").memory) == len(host_of(made.tree, "head").memory) == 1
    assert ((0x70000000, 0) in stretches(made.tree, own=True)) == stays


def test_reserved_memory_is_no_place_for_ram() -> None:
    """Without `ranges` its addresses are nobody's to the walk over devices; the early scan takes them all the same."""
    (bank,) = host_of(graft(board(), "4.17", iommu=True).tree, "4.17").memory
    reserved = {"r@1": {"reg": [0, bank.start, 0, 0x1000000]}}
    more: dict[str, Any] = {"reserved-memory": {"#address-cells": [2], "#size-cells": [2], **reserved}}
    (other,) = host_of(graft(board(2, 2, **more), "4.17", iommu=True).tree, "4.17").memory
    assert bank.start + 0x1000000 <= other.start or other.end <= bank.start


def test_what_stops_xen_before_its_kernel_is_told() -> None:
    """Reserved memory that overlaps: from 4.18 on Xen panics (12 boards of Debian's kernel)."""
    twice: dict[str, Any] = {
        "ranges": b"",
        **{f"r@{at}": {"reg": [0, 0x1000000, 0, 0x2000000 + at]} for at in range(2)},
    }
    more: dict[str, Any] = {"reserved-memory": {"#address-cells": [2], "#size-cells": [2], **twice}}
    tree = board(2, 2, **more)
    assert graft(tree, "4.17", iommu=True)
    with pytest.raises(
        InputError, match=r"Xen finds no kernel in it: /reserved-memory/r@1: .*overlaps.*\(panics\)"
    ):
        graft(tree, "head", iommu=True)


def test_trees_of_real_boots_are_for_the_machine() -> None:
    """Those that were made on it, that is; the Xilinx board's own tree is not."""
    found = {name: is_bootable(read_dtb(run.blob, name), run.release) for name, run in runs().items()}
    assert sum(found.values()) > len(found) * 3 // 4
    assert not any(yes for name, yes in found.items() if name.startswith("bd-zcu102"))


def test_a_tree_with_domains_keeps_their_kernels() -> None:
    tree = read_dtb((SMALL / "four-domains.dtb").read_bytes(), "four")
    made = graft(tree, "4.17", iommu=False, ipa_bits=44)
    assert made.tree is tree
    assert (made.machine.cpu, made.machine.ram_base, made.machine.smmu) == ("cortex-a57", 0x40000000, None)
    kernels = [each.address for each in files(made, Path("xen")) if each.file == "kernel.img"]
    assert kernels == [0x41000000, 0x41400000, 0x41600000, 0x41800000, 0x41A00000]


def test_the_smmu_has_to_be_as_asked() -> None:
    tree = read_dtb((SMALL / "many-holes.dtb").read_bytes(), "many")
    with pytest.raises(InputError, match="has an SMMU, so that Xen has I/O virtualisation"):
        graft(tree, "4.17", iommu=False)
    four = read_dtb((SMALL / "four-domains.dtb").read_bytes(), "four")
    with pytest.raises(InputError, match="has no SMMU"):
        graft(four, "4.17", iommu=True)


def test_what_is_no_tree_for_the_machine_is_told() -> None:
    with pytest.raises(InputError, match="its interrupt controller is not at 0x8000000"):
        bootable(board(), "4.17", iommu=True)


def test_modules_need_their_contents() -> None:
    root = branch(graft(board(), "4.17", iommu=False).tree)
    disk = {
        "compatible": strings("multiboot,ramdisk", "multiboot,module"),
        "reg": cells(0, 0x44000000, 0, 0x1000),
    }
    whole = [
        replace(each, children=(*each.children, Branch("disk", disk))) if each.name == "chosen" else each
        for each in root.children
    ]
    made = bootable(grown(replace(root, children=tuple(whole)), "x"), "4.17", iommu=False)
    with pytest.raises(InputError, match=r"/chosen/disk: what the module \(ramdisk\) holds is not known"):
        files(made, Path("xen"))
    found = {each.file: each.content for each in files(made, Path("xen"), {"/chosen/disk": b"disk"})}
    assert found["module1.bin"] == b"disk"


@pytest.mark.parametrize(
    ("bits", "name"), [(32, "cortex-a53"), (40, "cortex-a53"), (42, "cortex-a57"), (48, "max")]
)
def test_processors_have_the_width(bits: int, name: str) -> None:
    assert processor(bits) == name


@NEEDS_BOARDS
def test_grafted_boards_are_for_the_machine() -> None:
    """Grafted by other code, and booted; some have nodes called memory where the machine has no RAM."""
    kept = 0
    for name, (content, _) in boards().items():
        tree = read_dtb(content, name)
        made = graft(tree, "4.17", iommu=True)
        kept += made.tree is tree
        assert is_bootable(made.tree, "4.17"), name
    assert kept > len(boards()) * 9 // 10


@pytest.mark.skipif("TREES" not in os.environ, reason="make trees")
def test_every_board_of_debian_s_kernel(tmp_path: Path) -> None:
    paths = fetched("arm64", tmp_path)
    for path in paths:
        tree = read_dtb(path.read_bytes(), path.name)
        for iommu in (True, False):
            made = graft(tree, "4.17", iommu=iommu)
            assert_grafted(tree, made, "4.17", iommu=iommu, bits=48)
    print(f"{len(paths)} boards grafted")
