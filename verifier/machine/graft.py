"""A board's address map on QEMU's `virt` machine, so that real Xen walks the board's map where no board is.

All addresses of the board's devices stay (`reg`, `ranges`, PCI); what Xen would drive is made unknown to it, as the
machine has none of it, and the machine's own are put in: GICv3, PL011, timer, a processor, PSCI, a window of RAM.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verifier.layout.device_tree import Tree
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.host import Entry
from verifier.layout.obstacle import gaps
from verifier.layout.units import size
from verifier.machine import emulator, smmu
from verifier.machine.branch import Branch, addresses, branch, cells, grown, strings, walk
from verifier.machine.emulator import MIB, RAM_START
from verifier.machine.kernel import IDLE
from verifier.machine.virt_tree import GIC, PSCI, UART, Bootable, bootable, is_bootable
from verifier.reading.boot_scan import scan
from verifier.reading.dt_addresses import ROOT_ADDRESS_CELLS, ROOT_SIZE_CELLS, Buses, cell, number
from verifier.reading.dt_rules import FIRST, rules_of
from verifier.reading.handled_nodes import GIC_V2, GIC_V3, IOMMUS, TIMERS

_REPLACED = ("cpus", "aliases", "hypervisor", "__symbols__", "__fixups__", "__local_fixups__")
"""Nodes below the root that are no part of the devices' address map."""
_WIRING = (
    "interrupts", "interrupts-extended", "interrupt-parent", "interrupt-map", "interrupt-map-mask",
    "interrupt-controller", "#interrupt-cells", "iommus", "iommu-map", "iommu-map-mask", "mmu-masters",
    "xen,passthrough",
)  # fmt: skip
"""Properties that lead to a controller or an IOMMU that is not there, or away from dom0."""
_DRIVEN = {*IOMMUS, *GIC_V2, *GIC_V3, *TIMERS, *PSCI, "linaro,optee-tz", "arm,scmi-smc"}
"""What Xen's drivers look for in all of a tree; they call firmware with SMC, and there is none."""
_SIZES = (320 * MIB, 256 * MIB, 192 * MIB)
"""Of the window of RAM, the largest that fits: dom0 has 128 MiB of it, Xen and the files some 20."""
_MARGIN = 2 * MIB
"""Between the window and what the board has, so that no two holes become one."""
_HIGHEST = 1 << 36
"""End of where the window is looked for; the machine has RAM up to the window, and takes it lazily."""
_CONSOLE, _TIMER, _SMMU = 1, (13, 14, 11, 10), (120, 121)
"""Interrupts: an SPI; the timer's PPIs; two SPIs that the machine leaves free."""
_SPI, _PPI, _LEVEL = 0, 1, 4
_NO_PHANDLE = 0xFFFF_FFFF
_COMMAND_LINE = f"console=dtuart dtuart=/virt-uart@{UART:x} loglvl=all noreboot dom0_mem=128M"


def graft(tree: Tree, release: str, *, iommu: bool, ipa_bits: int = 48) -> Bootable:
    """A tree that Xen boots with on QEMU's virt machine, with addresses of `ipa_bits` and an SMMU if `iommu`.

    One that already is for the machine (`is_bootable`) stays as it is; of others the root's cells stay as they are.
    Raises InputError with the reason where there is no place for RAM, or the machine lacks what the tree needs.
    """
    if not is_bootable(tree, release):
        tree = _grafted(tree, ipa_bits, iommu=iommu)
    return bootable(tree, release, iommu=iommu, ipa_bits=ipa_bits)


def _grafted(tree: Tree, ipa_bits: int, *, iommu: bool) -> Tree:
    counts = _root_cells(tree)
    ram = _window(tree, counts[0], ipa_bits)
    root = branch(tree)
    board = (_unknown(each) for each in root.children if not _is_replaced(each, counts))
    gic = _free_phandle(root)
    properties = {
        **_unwired(root.properties),
        "compatible": strings("linux,dummy-virt"),
        "interrupt-parent": cells(gic),
    }
    own = (*_processor(), *_devices(counts, gic), *_memory(counts, ram, iommu=iommu), _chosen(ram))
    return grown(Branch("", properties, (*board, *own)), tree.file, tree.reserved)


def _root_cells(tree: Tree) -> tuple[int, int]:
    """Raises InputError unless they can write the machine's addresses."""
    found = []
    for name, otherwise in (("#address-cells", ROOT_ADDRESS_CELLS), ("#size-cells", ROOT_SIZE_CELLS)):
        count = cell(tree, tree.root, name)
        found.append(otherwise if count is None else count)
        if found[-1] not in (1, 2):
            raise InputError(f"the root's {name} is {found[-1]}; a board's is 1 or 2", tree.file)
    return found[0], found[1]


def _window(tree: Tree, address_cells: int, ipa_bits: int) -> Extent:
    """The lowest place for RAM and, behind it, the page of an SMMU."""
    highest = min(1 << 32 if address_cells == 1 else _HIGHEST, 1 << ipa_bits)
    free = gaps([Extent(RAM_START, highest)], _used(tree))
    for length in _SIZES:
        for gap in free:
            start = -(-(gap.start + _MARGIN) // (2 * MIB)) * 2 * MIB
            if start + length + smmu.SIZE + _MARGIN <= gap.end:
                return Extent(start, start + length)
    largest = size(max((gap.size for gap in free), default=0))
    raise InputError(
        f"no place for {_SIZES[-1] // MIB} MiB of RAM on QEMU's virt machine: the board's devices leave at most "
        f"{largest} in one piece of {Extent(RAM_START, highest)}",
        tree.file,
    )


def _used(tree: Tree) -> Iterator[Extent]:
    """What a board's devices have, and memory that is reserved."""
    rules = rules_of(FIRST)
    yield from (Extent(start, start + length) for start, length in tree.reserved)
    yield from (Extent(each.start, each.end) for each in scan(tree, rules).reserved)
    buses = Buses(tree, rules)
    for node in tree.nodes:
        windows = buses.apertures(node) if node.text("device_type") == "pci" else ()
        for each in (*buses.entries(node), *windows):
            if isinstance(each, Entry) and node.text("device_type") != "memory":
                yield Extent(each.address, each.address + each.size)


def _is_replaced(each: Branch, counts: tuple[int, int]) -> bool:
    """A node below the root that goes; `/chosen` stays where something stands in it, a frame buffer for instance.

    Memory without size stays: firmware would fill it in, Xen takes no RAM from it, and stumbles over its address.
    """
    name = each.name.partition("@")[0]
    if name == "memory" or each.properties.get("device_type", b"").startswith(b"memory\0"):
        return not _is_empty(each.properties.get("reg", b""), counts)
    return name in _REPLACED or (name == "chosen" and not each.children)


def _is_empty(reg: bytes, counts: tuple[int, int]) -> bool:
    """Whether there are entries, and all have the size 0."""
    skipped, width = 4 * counts[0], 4 * sum(counts)
    whole = bool(reg) and len(reg) % width == 0
    return whole and not any(any(reg[at + skipped : at + width]) for at in range(0, len(reg), width))


def _unknown(each: Branch) -> Branch:
    """A node and all below it without what makes Xen drive it; place and addresses stay.

    Before 4.20 Xen takes every node called memory for RAM, one below `/reserved-memory` too (its commit 47d4d3cdc5).
    """
    properties = _unwired(each.properties)
    if _is_driven(properties.get("compatible", b"")):
        del properties["compatible"]
    name = f"board-{each.name}" if each.name.partition("@")[0] in ("chosen", "memory") else each.name
    return Branch(name, properties, tuple(_unknown(child) for child in each.children))


def _unwired(properties: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: value for name, value in properties.items() if name not in _WIRING}


def _is_driven(compatible: bytes) -> bool:
    found = compatible.decode("latin-1").lower().split("\0")
    return any(name in _DRIVEN or name.startswith("xen,") for name in found)


def _free_phandle(root: Branch) -> int:
    """One above all others, or where 32 bits have none the lowest that is free; neither 0 nor all ones is one."""
    known = set(_phandles(root))
    above = 1 + max(known)
    return above if above < _NO_PHANDLE else next(each for each in range(1, _NO_PHANDLE) if each not in known)


def _phandles(root: Branch) -> Iterator[int]:
    for each in walk(root):
        for name in ("phandle", "linux,phandle"):
            yield number(each.properties.get(name, b"")) & 0xFFFF_FFFF


def _processor() -> Iterator[Branch]:
    cpu = {
        "device_type": strings("cpu"),
        "compatible": strings("arm,armv8"),
        "reg": cells(0),
        "enable-method": strings("psci"),
    }
    yield Branch("cpus", {"#address-cells": cells(1), "#size-cells": cells(0)}, (Branch("cpu@0", cpu),))
    yield Branch("virt-psci", {"compatible": strings(*PSCI), "method": strings("smc")})
    interrupts = cells(*(word for number in _TIMER for word in (_PPI, number, _LEVEL)))
    yield Branch("virt-timer", {"compatible": strings("arm,armv8-timer"), "interrupts": interrupts})


def _devices(counts: tuple[int, int], gic: int) -> Iterator[Branch]:
    """The machine's interrupt controller, with the phandle `gic`, and its console."""
    controller = {
        "compatible": strings("arm,gic-v3"),
        "reg": addresses([(GIC, 0x10000), (0x80A0000, 0xF60000)], *counts),
        "interrupt-controller": b"",
        "#interrupt-cells": cells(3),
        "interrupts": cells(_PPI, 9, _LEVEL),
        "phandle": cells(gic),
    }
    yield Branch(f"virt-gic@{GIC:x}", controller)
    console = {
        "compatible": strings("arm,pl011", "arm,primecell"),
        "reg": addresses([(UART, 0x1000)], *counts),
        "interrupts": cells(_SPI, _CONSOLE, _LEVEL),
    }
    yield Branch(f"virt-uart@{UART:x}", console)


def _memory(counts: tuple[int, int], ram: Extent, *, iommu: bool) -> Iterator[Branch]:
    """The window of RAM, and the page behind it that passes for an SMMU."""
    reg = addresses([(ram.start, ram.size)], *counts)
    yield Branch(f"memory@{ram.start:x}", {"device_type": strings("memory"), "reg": reg})
    if iommu:
        properties = {
            "compatible": strings(*smmu.COMPATIBLE),
            "reg": addresses([(ram.end, smmu.SIZE)], *counts),
            "#global-interrupts": cells(1),
            "#iommu-cells": cells(1),
            "interrupts": cells(*(word for number in _SMMU for word in (_SPI, number, _LEVEL))),
        }
        yield Branch(f"virt-smmu@{ram.end:x}", properties)


def _chosen(ram: Extent) -> Branch:
    at = ram.start + emulator.KERNELS
    kernel = {
        "compatible": strings("multiboot,kernel", "multiboot,module"),
        "reg": addresses([(at, len(IDLE))], 2, 2),
    }
    properties = {
        "#address-cells": cells(2),
        "#size-cells": cells(2),
        "xen,xen-bootargs": strings(_COMMAND_LINE),
    }
    return Branch("chosen", properties, (Branch(f"module@{at:x}", kernel),))
