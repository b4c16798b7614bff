"""How large the device tree of the hardware domain becomes, and whether Xen's buffer holds it.

Model of prepare_dtb_hwdom and of what it calls (xen/arch/arm/domain_build.c), with libfdt's sequential writer
(xen/common/libfdt/fdt_sw.c): the structure grows from below, the names of properties from above, and a name that is
the end of one already there takes no room. Both only grow, so that the writer runs out of space
(FDT_ERR_NOSPACE) exactly if the finished tree is larger than the buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from verifier.layout.dom0_tree import Chosen, Dom0Trees, Frame, Gic, Loaded, Processors
from verifier.xen.release import Variants, Xen

_HEADER = 48 + 16
"""Of the blob, padded to a reserve map entry, and the one entry that ends the map (fdt_create)."""
_TOKEN = 4
_PROPERTY = 12
_CELL = 4
_INTERRUPT = 3 * _CELL
_REDISTRIBUTOR = 0x20000
"""Address space of one GICv3 redistributor (GICV3_GICR_SIZE)."""
_COMPATIBLE = len("xen,xen-N.NN\0xen,xen\0")
_PSCI = len("arm,psci-1.0\0arm,psci-0.2\0arm,psci\0")

_GIC_NAME: Variants[Callable[[Gic], str]] = Variants(
    "dom0-gic-name", {"fixed": lambda _: "interrupt-controller", "host-name": lambda gic: gic.name}
)
_ITS_HAS_MSI_CELLS = Variants("dom0-its-node", {"plain": False, "msi-cells": True})
_SHARED_IS_LISTED = Variants("dom0-shared-memory", {"node-only": False, "listed": True})
"""Whether shared memory goes below an existing /reserved-memory, and into the memory node as well."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What the tree holds besides what is copied."""

    cells: int
    """Address and size cells of the root, added."""
    regions: int
    """Extended regions."""
    banks: int
    """Of RAM; at least one."""
    first_bank: int
    """Digits of the address of the first one, in hexadecimal."""
    vcpus: int
    reserved: int
    """Banks of the second memory node; 0 without such a node."""
    first_reserved: int
    """Digits as above."""
    shared: Sequence[tuple[int, int]]
    """Static shared memory: digits of the guest address, and bytes of its id with NUL."""
    has_its: bool
    """Xen has a driver for the ITSs of a GICv3."""
    bits: int
    """Of the kernel."""


@dataclass(slots=True)
class _Writer:
    """What was written so far."""

    structure: int = 0
    names: dict[str, None] = field(default_factory=dict)

    def begin(self, name: str | int) -> None:
        """A node by its name, or by how many bytes its name has."""
        length = len(name) if isinstance(name, str) else name
        self.structure += _TOKEN + _whole(length + 1)

    def value(self, name: str, length: int) -> None:
        self.structure += _PROPERTY + _whole(length)
        self.names[name] = None

    def end(self) -> None:
        self.structure += _TOKEN


def size(xen: Xen, host: Dom0Trees, which: int, loaded: Loaded, contents: Contents) -> int:
    """Bytes of the finished tree. `which` is the index into `host.trees`.

    Raises ValueError for a host without a GIC or without processors: Xen writes no tree for it.
    """
    if host.gic is None or host.processors is None:
        raise ValueError("no interrupt controller, or no processors")
    writer = _Writer()
    for piece in host.trees[which].pieces:
        writer.structure += piece.structure
        writer.names.update(dict.fromkeys(piece.names))
        if piece.then == "gic":
            _gic(xen, writer, host.gic, contents)
        elif piece.then == "timer":
            _timer(writer, host.clock)
        elif piece.then == "chosen":
            _chosen(writer, host.chosen, loaded)
        elif piece.then == "shared-memory" and _SHARED_IS_LISTED.of(xen):
            _shared_nodes(writer, contents)
        elif piece.then == "root":
            has_node = any(each.then == "shared-memory" for each in host.trees[which].pieces)
            _root(xen, writer, host.processors, contents, has_node)
    writer.end()  # of the root
    return _HEADER + writer.structure + _TOKEN + _strings(tuple(writer.names))


@lru_cache(maxsize=64)
def _strings(names: tuple[str, ...]) -> int:
    """Bytes of the strings block (fdt_find_add_string_)."""
    table = b""
    for name in names:
        text = name.encode("latin-1") + b"\0"
        if text not in table:
            table = text + table
    return len(table)


def _whole(length: int) -> int:
    return (length + 3) & ~3


def _root(xen: Xen, writer: _Writer, processors: Processors, contents: Contents, has_node: bool) -> None:
    """What is written after all nodes of the host's tree (handle_node); `has_node`: /reserved-memory was copied."""
    pair = _CELL * contents.cells
    _hypervisor(writer, pair * (1 + contents.regions))
    _psci(writer)
    _cpus(writer, processors, contents)
    listed = len(contents.shared) if _SHARED_IS_LISTED.of(xen) else 0
    _memory(writer, contents.first_bank, pair * (contents.banks + listed))
    if contents.reserved:
        _memory(writer, contents.first_reserved, pair * contents.reserved)
    if contents.shared and not (has_node and _SHARED_IS_LISTED.of(xen)):
        writer.begin("reserved-memory")
        writer.value("ranges", 0)
        writer.value("#address-cells", _CELL)
        writer.value("#size-cells", _CELL)
        _shared_nodes(writer, contents)
        writer.end()


def _hypervisor(writer: _Writer, registers: int) -> None:
    """make_hypervisor_node; `registers` are the bytes of its reg."""
    writer.begin("hypervisor")
    writer.value("compatible", _COMPATIBLE)
    writer.value("reg", registers)
    _interrupts(writer, 1)
    writer.end()


def _interrupts(writer: _Writer, count: int) -> None:
    """fdt_property_interrupts."""
    writer.value("interrupts", count * _INTERRUPT)
    writer.value("interrupt-parent", _CELL)


def _psci(writer: _Writer) -> None:
    """make_psci_node."""
    writer.begin("psci")
    writer.value("compatible", _PSCI)
    writer.value("method", len("hvc\0"))
    writer.value("cpu_off", _CELL)
    writer.value("cpu_on", _CELL)
    writer.end()


def _cpus(writer: _Writer, processors: Processors, contents: Contents) -> None:
    """make_cpus_node: the name of a vCPU's node has its affinity, 16 of them a cluster."""
    writer.begin("cpus")
    writer.value("#address-cells", _CELL)
    writer.value("#size-cells", _CELL)
    for number in range(contents.vcpus):
        writer.begin(f"cpu@{(number & 15) | (number >> 4) << 8:x}")
        writer.value("compatible", processors.compatible)
        writer.value("device_type", len("cpu\0"))
        writer.value("reg", _CELL)
        if processors.clock:
            writer.value("clock-frequency", _CELL)
        if contents.bits == 64:
            writer.value("enable-method", len("psci\0"))
        writer.end()
    writer.end()


def _memory(writer: _Writer, digits: int, registers: int) -> None:
    """make_memory_node."""
    writer.begin(len("memory@") + digits)
    writer.value("device_type", len("memory\0"))
    writer.value("reg", registers)
    writer.end()


def _shared_nodes(writer: _Writer, contents: Contents) -> None:
    """make_shm_memory_node, later make_shm_resv_memory_node."""
    for digits, name in contents.shared:
        writer.begin(len("xen-shmem@") + digits)
        writer.value("compatible", len("xen,shared-memory-v1\0"))
        writer.value("reg", _CELL * contents.cells)
        writer.value("xen,id", name)
        writer.value("xen,offset", 2 * _CELL)
        writer.end()


def _timer(writer: _Writer, clock: bool) -> None:
    """make_timer_node."""
    writer.begin("timer")
    writer.value("compatible", len("arm,armv8-timer\0"))
    _interrupts(writer, 3)
    if clock:
        writer.value("clock-frequency", _CELL)
    writer.end()


def _chosen(writer: _Writer, chosen: Chosen, loaded: Loaded) -> None:
    """The end of /chosen (write_properties): boot arguments, and a place for the initrd's addresses."""
    line = next((each for each in (chosen.dom0_bootargs, loaded.command_line, chosen.bootargs) if each), None)
    if line is not None:
        writer.value("bootargs", line)
    if loaded.initrd:
        writer.value("linux,initrd-start", 2 * _CELL)
        writer.value("linux,initrd-end", 2 * _CELL)


def _gic(xen: Xen, writer: _Writer, gic: Gic, contents: Contents) -> None:
    """make_gic_node, gicv2_make_hwdom_dt_node and gicv3_make_hwdom_dt_node."""
    writer.begin(_GIC_NAME.of(xen)(gic))
    if gic.phandle:
        writer.value("phandle", _CELL)
    if gic.address_cells is not None:
        writer.value("#address-cells", gic.address_cells)
    if gic.size_cells is not None:
        writer.value("#size-cells", gic.size_cells)
    writer.value("#interrupt-cells", _CELL)
    writer.value("interrupt-controller", 0)
    writer.value("compatible", gic.compatible)
    if gic.version == 3:
        writer.value("#redistributor-regions", _CELL)
        writer.value("reg", gic.pair * (1 + _redistributors(gic, contents.vcpus)))
    else:
        writer.value("reg", gic.pair * 2)
    if gic.frames and (gic.version == 2 or contents.has_its):
        writer.value("ranges", gic.ranges or 0)
        for frame in gic.frames:
            _frame(xen, writer, gic, frame)
    writer.end()


def _redistributors(gic: Gic, vcpus: int) -> int:
    """How many regions the domain's vCPUs need (vgic_v3_domain_init)."""
    first = 0
    for index, bytes_of_region in enumerate(gic.redistributors):
        first += bytes_of_region // _REDISTRIBUTOR
        if first >= vcpus:
            return index + 1
    return len(gic.redistributors)


def _frame(xen: Xen, writer: _Writer, gic: Gic, frame: Frame) -> None:
    """gicv2m_make_dt_node, gicv3_its_make_hwdom_dt_nodes."""
    writer.begin(frame.name)
    writer.value("compatible", len("arm,gic-v2m-frame\0" if gic.version == 2 else "arm,gic-v3-its\0"))
    writer.value("msi-controller", 0)
    if gic.version == 3 and _ITS_HAS_MSI_CELLS.of(xen):
        writer.value("#msi-cells", _CELL)
    if frame.phandle:
        writer.value("phandle", _CELL)
    writer.value("reg", frame.reg)
    if gic.version == 2:
        writer.value("arm,msi-base-spi", _CELL)
        writer.value("arm,msi-num-spis", _CELL)
    writer.end()
