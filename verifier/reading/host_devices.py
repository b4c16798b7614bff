"""Devices of the host that Xen drives itself and whose addresses domains get: the GIC and Xen's console.

`gic_preinit` (xen/arch/arm/gic.c, later `intc_dt_preinit`), `gicv2_dt_init`, `gicv3_dt_init`, `dt_uart_init` (later
xen/drivers/char/uart-init.c). Which drivers a build has is not known; all of them are assumed.
"""

from __future__ import annotations

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Entry, Gic
from verifier.reading.dt_addresses import Buses, cell

_GICS = {"arm,cortex-a15-gic": 2, "arm,cortex-a7-gic": 2, "arm,gic-400": 2, "arm,gic-v3": 3}
"""`DT_MATCH_GIC_V2` and `DT_MATCH_GIC_V3`."""
_V2_ENTRIES = 4
"""Distributor, CPU interface, hypervisor and virtual CPU interface: without one of them Xen panics."""
_MOST_REGIONS = 1 << 10
_PLATFORMS = {"brcm,bcm2711": 30}
"""Width of DMA where a platform has less than 32 bits (xen/arch/arm/platforms/)."""


def gic_of(tree: Tree, buses: Buses) -> Gic | None:
    """The first interrupt controller that a driver takes; None if there is none or its addresses are not all there."""
    for node in tree.nodes[1:]:
        version = _version(node)
        if version is None or "interrupt-controller" not in node.properties or not _driven(node):
            continue
        entries = _entries(buses, node)
        count = _V2_ENTRIES if version == 2 else 1 + _regions(tree, node)
        if len(entries) < count:
            return None
        used = entries[1:2] if version == 2 else entries[1:count]
        return Gic(node.path, version, entries[0], used)
    return None


def uart_of(tree: Tree, buses: Buses, named: str | None) -> Entry | None:
    """The registers of the console: of `dtuart=`, else of `/chosen` `stdout-path`; None if there is no such node."""
    chosen = tree.at("/chosen")
    name = named or (chosen.text("stdout-path") if chosen is not None else None) or ""
    name = name.partition(":")[0]
    node = tree.at(name) if name.startswith("/") else _alias(tree, name)
    if node is None or not _driven(node):
        return None
    return next(iter(_entries(buses, node)), None)


def cpus_of(tree: Tree) -> int:
    """Nodes of CPUs, of which Xen may leave out some (`dt_smp_init_cpus`)."""
    top = tree.at("/cpus")
    return 0 if top is None else sum(node.text("device_type") == "cpu" for node in tree.children(top))


def dma_bits_of(tree: Tree) -> int:
    """`arch_get_dma_bitsize`."""
    return next((bits for name, bits in _PLATFORMS.items() if tree.root.compatible(name)), 32)


def _version(node: Node) -> int | None:
    return next((_GICS[name.lower()] for name in node.strings("compatible") if name.lower() in _GICS), None)


def _driven(node: Node) -> bool:
    """`device_init` takes it."""
    return node.available and "xen,passthrough" not in node.properties


def _regions(tree: Tree, node: Node) -> int:
    count = cell(tree, node, "#redistributor-regions")
    return 1 if count is None else min(max(count, 0), _MOST_REGIONS)


def _entries(buses: Buses, node: Node) -> tuple[Entry, ...]:
    """Up to the first without translation."""
    found = []
    for each in buses.entries(node):
        if not isinstance(each, Entry):
            break
        found.append(each)
    return tuple(found)


def _alias(tree: Tree, name: str) -> Node | None:
    aliases = tree.at("/aliases")
    path = None if aliases is None or not name else aliases.text(name)
    return None if path is None else tree.at(path)
