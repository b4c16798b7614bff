"""Devices of the host that Xen drives itself and whose addresses domains get: the GIC and Xen's console.

`gic_preinit` (xen/arch/arm/gic.c, later `intc_dt_preinit`), `gicv2_dt_init`, `gicv3_dt_init`, `dt_uart_init` (later
xen/drivers/char/uart-init.c). Which drivers a build has is not known; all of them are assumed. What the two drivers of
the GIC ask of the tree is the same in all releases that have extended regions.
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Entry, Fault, Gic, Untranslated
from verifier.layout.units import hexa
from verifier.reading.dt_addresses import Buses
from verifier.reading.handled_nodes import GIC_V2, names, primary_gic
from verifier.reading.interrupts import Interrupts
from verifier.reading.models import PAGE

_V2_INTERFACES = ("distributor", "CPU interface", "hypervisor interface", "virtual CPU interface")
"""What the addresses of a version 2 are, in order."""
_V2_CPU, _V2_VIRTUAL_CPU = 1, 3
_LEAST_V2 = 0x2000
"""Bytes that a CPU interface is taken to have at least."""
_WIDE_V2, _WIDE_PLATFORM = 0x20000, "apm,xgene-storm"
"""As many, where a platform has its interfaces 64 KiB apart (`PLATFORM_QUIRK_GIC_64K_STRIDE`)."""
_V2M_FRAME = "arm,gic-v2m-frame"
_V2M_SPIS = range(32, 1019)
"""Interrupts that a frame for message signalled ones can have: `V2M_MIN_SPI` to below `V2M_MAX_SPI`."""
_MOST_REGIONS = 1 << 10
_PLATFORMS = {"brcm,bcm2711": 30}
"""Width of DMA where a platform has less than 32 bits (xen/arch/arm/platforms/)."""


def gic_of(tree: Tree, buses: Buses) -> Gic | None:
    """The interrupt controller that a driver takes; None if there is none or its addresses are not all there."""
    node = primary_gic(tree)
    if node is None:
        return None
    version, entries = _version(node), _entries(buses, node)
    count = len(_V2_INTERFACES) if version == 2 else 1 + _regions(node)
    if len(entries) < count:
        return None
    used = entries[1:2] if version == 2 else entries[1:count]
    return Gic(node.path, version, entries[0], used)


def gic_faults(tree: Tree, buses: Buses) -> Iterator[Fault]:
    """For what the driver of the interrupt controller panics: addresses, sizes, and the interrupt it has itself.

    Nothing for a tree without one. That registers answer at the addresses is not looked at.
    """
    node = primary_gic(tree)
    if node is None:
        return
    function, check = ("gicv2_dt_init", _of_v2) if _version(node) == 2 else ("gicv3_dt_init", _of_v3)
    for reason in check(tree, buses, node):
        yield Fault(node.path, "panics", f"{function}: {reason}")
    if not Interrupts(tree, node).has_first(node):
        yield Fault(node.path, "panics", f"{function}: it has no maintenance interrupt of its own")


def _of_v2(tree: Tree, buses: Buses, node: Node) -> Iterator[str]:
    entries = buses.entries(node)
    missing = _unaddressed(entries, len(_V2_INTERFACES))
    if missing is not None:
        index, why = missing
        yield (
            f"no address of the {_V2_INTERFACES[index]}, entry {index} of the {len(_V2_INTERFACES)} that it asks for: {why}"
        )
        return
    used = _entries(buses, node)[: len(_V2_INTERFACES)]
    crooked = next((each for each in used if each.address % PAGE), None)
    if crooked is not None:
        yield f"{crooked} is not page aligned (gicv2_init)"
    cpu, virtual = used[_V2_CPU].size, used[_V2_VIRTUAL_CPU].size
    if cpu < _LEAST_V2:
        wide = tree.root.compatible(_WIDE_PLATFORM)
        cpu, virtual = (_WIDE_V2, _WIDE_V2) if wide else (_LEAST_V2, virtual)
    if cpu != virtual:
        yield (
            f"its CPU interface has {hexa(cpu)} bytes ({hexa(_LEAST_V2)} at least are taken), its virtual CPU interface "
            f"{hexa(virtual)}: they must be as large"
        )
    yield from _of_frames(tree, buses, node)


def _of_frames(tree: Tree, buses: Buses, gic: Node) -> Iterator[str]:
    """Frames for message signalled interrupts (gicv2_extension_dt_init)."""
    for node in tree.children(gic):
        if not node.compatible(_V2M_FRAME):
            continue
        if _unaddressed(buses.entries(node), 1) is not None:
            yield f"no address of the frame {node.path}"
        first, count = node.word("arm,msi-base-spi"), node.word("arm,msi-num-spis")
        if not first or not count:
            continue  # the frame's own register tells
        if first < _V2M_SPIS.start or (first + count) % (1 << 32) > _V2M_SPIS.stop:
            yield (
                f"{node.path} has {count} interrupts from {first} on, and not from {_V2M_SPIS.start} to "
                f"{_V2M_SPIS.stop - 1} (gicv2_add_v2m_frame_to_list)"
            )


def _of_v3(_tree: Tree, buses: Buses, node: Node) -> Iterator[str]:
    entries, regions = buses.entries(node), _regions(node)
    missing = _unaddressed(entries, 1 + regions)
    first = entries[0] if entries else None
    if isinstance(first, Entry) and first.address % PAGE:
        yield f"its distributor {first} is not page aligned (gicv3_ioremap_distributor)"
    elif missing is not None:
        index, why = missing
        name = f"redistributor region {index - 1} of {regions}" if index else "distributor"
        yield f"no address of the {name}: {why}"
    elif not regions:
        yield "#redistributor-regions is 0: no processor has a redistributor (gicv3_populate_rdist)"


def _unaddressed(entries: tuple[Entry | Untranslated, ...], count: int) -> tuple[int, str] | None:
    """The first of `count` addresses that there is not, and why; None if all are there."""
    for index, each in enumerate(entries[:count]):
        if isinstance(each, Untranslated):
            return index, each.reason
    return (len(entries), f"it has {len(entries)}") if len(entries) < count else None


def uart_of(buses: Buses, node: Node | None) -> Entry | None:
    """The registers of the console; None if there is none."""
    return None if node is None else next(iter(_entries(buses, node)), None)


def dma_bits_of(tree: Tree) -> int:
    """`arch_get_dma_bitsize`."""
    return next((bits for name, bits in _PLATFORMS.items() if tree.root.compatible(name)), 32)


def _version(node: Node) -> int:
    return 2 if any(name in GIC_V2 for name in names(node)) else 3


def _regions(node: Node) -> int:
    """How many redistributor regions there are; one too many to be told stands for all such."""
    count = node.word("#redistributor-regions")
    return 1 if count is None else min(count, _MOST_REGIONS)


def _entries(buses: Buses, node: Node) -> tuple[Entry, ...]:
    """Up to the first without translation."""
    found = []
    for each in buses.entries(node):
        if not isinstance(each, Entry):
            break
        found.append(each)
    return tuple(found)
