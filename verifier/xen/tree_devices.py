"""The devices that a toolstack gives a guest: where header and toolstack have them, beside where its tree has them.

Model of make_gicv2_node, make_gicv3_node, make_timer_node, make_vpl011_uart_node, make_vpci_node and
make_virtio_mmio_node (tools/libs/light/libxl_arm.c) and of their namesakes in xen/arch/arm/dom0less-build.c.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest

from verifier.layout.domain_map import Extent
from verifier.layout.guest_tree import DOM0LESS, XL, Gic, PciWindow, Statement
from verifier.reading import models
from verifier.xen import layout_regions
from verifier.xen.tree_places import HIGH, LOW, NOWHERE, RISING, Places, stretch

_TIMERS = ("GUEST_TIMER_PHYS_S_PPI", "GUEST_TIMER_PHYS_NS_PPI", "GUEST_TIMER_VIRT_PPI")
"""In the order of `interrupts`."""
_PCI_WINDOWS = (
    ("GUEST_VPCI_MEM", "GUEST_VPCI_ADDR_TYPE_MEM"),
    ("GUEST_VPCI_PREFETCH_MEM", "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM"),
)
"""The region and the type cell of each entry of `ranges`."""
_CELLS = 3
"""Of an interrupt (arm,gic binding)."""


def devices(places: Places) -> Iterator[Statement]:
    """Everything about them, in the order of libxl's tree."""
    gic = places.tree.gic
    if gic is not None:
        yield from _gic(places, gic)
    elif places.tree.maker in (XL, DOM0LESS):
        yield stretch("/interrupt-controller", None, places.layout("GUEST_GICD"), "the GIC", "GUEST_GICD")
    yield from _timer(places)
    yield from _uart(places)
    yield from _pcie(places)
    yield from _virtio(places)
    yield from _acpi(places)


def _gic(places: Places, gic: Gic) -> Iterator[Statement]:
    node = gic.device
    if gic.version == 3 and places.layout("GUEST_GICV3_GICD") is None:
        what, origin = "the version of the GIC", "arch-arm.h without GUEST_GICV3"
        yield Statement(f"{node.path} compatible", 3, 2, what, origin, NOWHERE)
        return
    expected = layout_regions.gic(places.tag, gic.version)
    hosts = places.direct and gic.version == 3  # its redistributor regions are those of the host
    for index, region in enumerate(expected[:1] if hosts else expected):
        yield places.register(node, index, region.extent, region.name, region.origin)
    for each in () if hosts else node.registers[len(expected) :]:
        yield stretch(each.name, each.extent, None, "one more range of the GIC", "make_gicv3_node")
    cells = f"{node.path} #interrupt-cells"
    yield Statement(
        cells, gic.cells, _CELLS, "the number of cells of an interrupt", "arm,gic binding", NOWHERE
    )
    if gic.version == 3:
        yield from _redistributors(places, gic)


def _redistributors(places: Places, gic: Gic) -> Iterator[Statement]:
    path, count = gic.device.path, max(0, len(gic.device.registers) - 1)
    if gic.regions is not None:
        what = "the number of redistributor regions in reg"
        yield Statement(
            f"{path} #redistributor-regions", gic.regions, count, what, "arm,gic-v3 binding", NOWHERE
        )
    # libxl wrote it as long as the header had it; Xen never did for its own guests, which came later.
    macro, what = "GUEST_GICV3_RDIST_STRIDE", "bytes from redistributor to redistributor"
    stride = places.numbers.get(macro)
    yield Statement(f"{path} redistributor-stride", gic.stride, stride, what, macro, NOWHERE)


def _timer(places: Places) -> Iterator[Statement]:
    """Every tree of a toolstack has it."""
    timer = places.tree.timer
    if timer is not None or places.tree.maker is not None:
        path = "/timer" if timer is None else timer.path
        yield from places.lines(path, timer, _TIMERS, LOW, "a timer's interrupt")


def _uart(places: Places) -> Iterator[Statement]:
    uart = places.tree.uart
    if uart is None:
        return
    yield places.register(uart, 0, places.layout("GUEST_PL011"), "the vPL011", "GUEST_PL011")
    if not places.direct:
        yield from places.lines(uart.path, uart, ("GUEST_VPL011_SPI",), HIGH, "the vPL011's interrupt")


def _pcie(places: Places) -> Iterator[Statement]:
    """Xen makes no node of a host bridge for its own guests (prepare_dtb_domU)."""
    pcie = places.tree.pcie
    if pcie is None:
        return
    ecam = None if places.tree.maker == DOM0LESS else places.layout("GUEST_VPCI_ECAM")
    yield places.register(pcie, 0, ecam, "the ECAM of vPCI", "GUEST_VPCI_ECAM")
    for index, (window, macros) in enumerate(zip_longest(places.tree.windows, _PCI_WINDOWS) if ecam else ()):
        place = f"{pcie.path} ranges[{index}]"
        if macros is None:
            yield stretch(place, window.entry.extent, None, "one more window of vPCI", "make_vpci_node")
            continue
        stem, cell = macros
        found = None if window is None else window.entry.extent
        yield stretch(place, found, places.layout(stem), "a window of vPCI", stem)
        if window is not None:
            yield from _pci_side(place, window, places.numbers[cell], cell)


def _pci_side(place: str, window: PciWindow, type_cell: int, macro: str) -> Iterator[Statement]:
    """Addresses on both sides are the same."""
    at = window.entry.extent
    yield Statement(f"{place} type", window.type_cell, type_cell, "the type of that window", macro, at)
    what = "the CPU address of that window"
    yield Statement(f"{place} PCI address", window.bus, at.start, what, "make_vpci_node", at)


def _virtio(places: Places) -> Iterator[Statement]:
    """Devices have slots and interrupts in order (alloc_virtio_mmio_base, alloc_virtio_mmio_irq)."""
    space = places.layout("GUEST_VIRTIO_MMIO")
    size = models.numbers(places.tag, "arm64")["virtio-device-bytes"].value
    macro = "GUEST_VIRTIO_MMIO_SPI_FIRST"
    first, last = (places.numbers.get(each, -1) for each in (macro, "GUEST_VIRTIO_MMIO_SPI_LAST"))
    for index, device in enumerate(places.tree.virtio):
        slot = None
        if space is not None and space.start + (index + 1) * size <= space.end:
            slot = Extent(space.start + index * size, space.start + (index + 1) * size)
        yield places.register(device, 0, slot, f"slot {index} of virtio-mmio", "GUEST_VIRTIO_MMIO")
        number = first + index if 0 <= first + index <= last else None
        what = f"the interrupt of slot {index}"
        yield from places.line(device.path, device, 0, number, RISING, what, macro)


def _acpi(places: Places) -> Iterator[Statement]:
    """The tables begin where the layout has them, and are no larger."""
    acpi, expected = places.tree.acpi, places.layout("GUEST_ACPI")
    if acpi is None:
        return
    if acpi.registers and expected is not None:
        size = min(acpi.registers[0].extent.size, expected.size)
        expected = Extent(expected.start, expected.start + size)
    yield places.register(acpi, 0, expected, "the range of ACPI tables", "GUEST_ACPI")
