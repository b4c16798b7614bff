"""Devices of the host that Xen drives itself and whose addresses domains get: the GIC and Xen's console.

`gic_preinit` (xen/arch/arm/gic.c, later `intc_dt_preinit`), `gicv2_dt_init`, `gicv3_dt_init`, `dt_uart_init` (later
xen/drivers/char/uart-init.c). Which drivers a build has is not known; all of them are assumed.
"""

from __future__ import annotations

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Entry, Gic
from verifier.reading.dt_addresses import Buses, cell
from verifier.reading.handled_nodes import GIC_V2, names, primary_gic

_V2_ENTRIES = 4
"""Distributor, CPU interface, hypervisor and virtual CPU interface: without one of them Xen panics."""
_MOST_REGIONS = 1 << 10
_PLATFORMS = {"brcm,bcm2711": 30}
"""Width of DMA where a platform has less than 32 bits (xen/arch/arm/platforms/)."""


def gic_of(tree: Tree, buses: Buses) -> Gic | None:
    """The interrupt controller that a driver takes; None if there is none or its addresses are not all there."""
    node = primary_gic(tree)
    if node is None:
        return None
    version = 2 if any(name in GIC_V2 for name in names(node)) else 3
    entries = _entries(buses, node)
    count = _V2_ENTRIES if version == 2 else 1 + _regions(tree, node)
    if len(entries) < count:
        return None
    used = entries[1:2] if version == 2 else entries[1:count]
    return Gic(node.path, version, entries[0], used)


def uart_of(buses: Buses, node: Node | None) -> Entry | None:
    """The registers of the console; None if there is none."""
    return None if node is None else next(iter(_entries(buses, node)), None)


def dma_bits_of(tree: Tree) -> int:
    """`arch_get_dma_bitsize`."""
    return next((bits for name, bits in _PLATFORMS.items() if tree.root.compatible(name)), 32)


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
