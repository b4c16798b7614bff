"""What a release's header and toolstack put into the tree of a guest, place by place, beside what a tree has there.

Model of libxl__prepare_dtb (tools/libs/light/libxl_arm.c) and of prepare_dtb_domU (xen/arch/arm/dom0less-build.c, since 4.21
xen/common/device-tree/dom0less-build.c). What is expected hangs on what the tree itself shows: its RAM, which GIC, how many
virtio devices. Of dom0's tree, made of the board's, nothing is expected but its form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from verifier.layout.domain_map import Extent
from verifier.layout.guest_tree import DOM0, DOM0LESS, XL, Device, Entry, GuestTree, Statement, TreeFacts
from verifier.reading import models
from verifier.xen import layout_regions
from verifier.xen.bank_fill import filled
from verifier.xen.outcome import Span
from verifier.xen.release import Xen
from verifier.xen.subjects import numbers_of
from verifier.xen.tree_regions import Made, fixed_ends, is_direct, ram_windows

_NOWHERE = Extent(0, 0)
_TIMERS = ("GUEST_TIMER_PHYS_S_PPI", "GUEST_TIMER_PHYS_NS_PPI", "GUEST_TIMER_VIRT_PPI")
"""In the order of `interrupts` (make_timer_node)."""
_PCI_WINDOWS = (
    ("GUEST_VPCI_MEM", "GUEST_VPCI_ADDR_TYPE_MEM"),
    ("GUEST_VPCI_PREFETCH_MEM", "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM"),
)
"""The region and the type cell of each entry of `ranges` (make_vpci_node)."""


def tree_facts(tree: GuestTree, xen: Xen, bits: int, made: Made) -> TreeFacts:
    """Everything that is compared for one width, given what the producer makes for it."""
    statements = () if tree.maker == DOM0 else tuple(_Expected(tree, xen).statements(bits, made))
    return TreeFacts(
        tree.hypervisor.path,
        xen.tag,
        tree.maker,
        tree.cells,
        tree.hypervisor.registers,
        tuple(_entries(tree)),
        tree.cuts,
        statements,
        tuple(_doubts(tree, made)),
    )


def _doubts(tree: GuestTree, made: Made) -> Iterator[str]:
    if made.doubt:
        yield made.doubt
    for there, what in ((tree.memory, "RAM"), (tree.gic, "interrupt controller"), (tree.vcpus, "processor")):
        if not there and tree.maker != DOM0:
            yield f"the tree has no {what}: it is a part of a guest's"


def _entries(tree: GuestTree) -> Iterator[Entry]:
    gic = None if tree.gic is None else tree.gic.device
    yield from tree.hypervisor.registers
    yield from (*tree.memory, *tree.shared)
    for each in (gic, tree.uart, tree.pcie, *tree.virtio, tree.acpi):
        yield from () if each is None else each.registers
    yield from (each.entry for each in tree.windows)


class _Expected:
    """The statements about one tree."""

    def __init__(self, tree: GuestTree, xen: Xen) -> None:
        self._tree = tree
        self._xen = xen
        self._numbers = numbers_of(xen.tag)
        self._direct = is_direct(tree, xen.tag)

    def statements(self, bits: int, made: Made) -> Iterator[Statement]:
        """In the order of the tree of xl, what is of the hypervisor node first."""
        yield from self._hypervisor(made)
        if made.regions is None:
            yield from self._ends(bits)
        if self._tree.maker is not None and not self._direct:
            yield from self._memory()
        yield from self._gic()
        yield from self._timer()
        yield from self._uart()
        yield from self._pcie()
        yield from self._virtio()
        yield from self._acpi()

    def _layout(self, stem: str) -> Extent | None:
        """A region of the header; None where the release has none of it."""
        for base in (f"{stem}_BASE", f"{stem}_ADDR"):
            if base in self._numbers:
                start = self._numbers[base]
                return Extent(start, start + self._numbers[f"{stem}_SIZE"])
        return None

    def _hypervisor(self, made: Made) -> Iterator[Statement]:
        node = self._tree.hypervisor
        grant = node.registers[0].extent if node.registers else None
        yield _range(
            f"{node.path} reg[0]", grant, self._layout("GUEST_GNTTAB"), "the grant region", "GUEST_GNTTAB"
        )
        yield self._interrupt(node, node.path, 0, "GUEST_EVTCHN_PPI", "the event channel's interrupt")
        if made.regions is not None:
            yield from _regions(node, made)

    def _ends(self, bits: int) -> Iterator[Statement]:
        """What is known of the regions whatever RAM the guest has."""
        for entry, end in fixed_ends(self._tree, self._xen, bits):
            what = "the end of the rest of its RAM window, whatever RAM the guest has,"
            yield Statement(
                f"the end of {entry.name}",
                entry.extent.end,
                end,
                what,
                "finalize_hypervisor_node",
                entry.extent,
            )

    def _memory(self) -> Iterator[Statement]:
        """Banks are paired with those that begin where they do, and the rest in order."""
        tree = self._tree
        if not tree.memory:
            return
        spans = [Span(each.start, each.size) for each in ram_windows(self._xen.tag)]
        banks = filled(spans, sum(each.extent.size for each in tree.memory))
        expected = [_extent(each) for each in banks if each.size]
        for entry, bank in _paired(tree.memory, expected, lambda one, other: one.start == other.start):
            place = entry.name if entry is not None else f"/memory@{bank.start:x}" if bank is not None else ""
            what = "one more bank of RAM" if bank is None else f"bank {expected.index(bank)} of so much RAM"
            found = None if entry is None else entry.extent
            yield _range(place, found, bank, what, "GUEST_RAM_BANK_BASES, filled in order")

    def _gic(self) -> Iterator[Statement]:
        gic = self._tree.gic
        if gic is None:
            if self._tree.maker in (XL, DOM0LESS):
                yield _range(
                    "/interrupt-controller", None, self._layout("GUEST_GICD"), "the GIC", "GUEST_GICD"
                )
            return
        node = gic.device
        if gic.version == 3 and self._layout("GUEST_GICV3_GICD") is None:
            yield Statement(
                node.path, 3, 2, "the version of the GIC", "arch-arm.h has no GUEST_GICV3", _NOWHERE
            )
            return
        expected = list(layout_regions.gic(self._xen.tag, gic.version))
        extras = expected[:1] if self._direct and gic.version == 3 else expected
        for index, (entry, region) in enumerate(zip_longest(node.registers, extras)):
            if region is not None:
                yield self._place(
                    f"{node.path} reg[{index}]", entry, region.extent, region.name, region.origin
                )
            elif not self._direct:
                yield _range(
                    entry.name, entry.extent, None, "one more range of the GIC", "make_gic_domU_node"
                )
        if gic.regions is not None:
            count = len(node.registers) - 1
            place = f"{node.path} #redistributor-regions"
            yield Statement(
                place,
                gic.regions,
                count,
                "the number of redistributor regions in reg",
                "arm,gic-v3 binding",
                _NOWHERE,
            )
        if gic.version == 3 and self._tree.maker == XL:
            stride = self._numbers.get("GUEST_GICV3_RDIST_STRIDE")
            place, macro = f"{node.path} redistributor-stride", "GUEST_GICV3_RDIST_STRIDE"
            yield Statement(
                place, gic.stride, stride, "bytes from redistributor to redistributor", macro, _NOWHERE
            )

    def _place(
        self, place: str, entry: Entry | None, expected: Extent | None, what: str, origin: str
    ) -> Statement:
        """A region of the layout; of a direct-mapped guest only its size is the layout's."""
        found = None if entry is None else entry.extent
        if self._direct and found is not None and expected is not None:
            expected = Extent(found.start, found.start + expected.size)
        return _range(place, found, expected, what, origin)

    def _timer(self) -> Iterator[Statement]:
        timer = self._tree.timer
        if timer is None and self._tree.maker is None:
            return
        for index, macro in enumerate(_TIMERS):
            path = "/timer" if timer is None else timer.path
            yield self._interrupt(timer, path, index, macro, "a timer's interrupt")

    def _uart(self) -> Iterator[Statement]:
        uart = self._tree.uart
        if uart is not None:
            entry = uart.registers[0] if uart.registers else None
            expected = self._layout("GUEST_PL011")
            yield self._place(f"{uart.path} reg[0]", entry, expected, "the vPL011", "GUEST_PL011")
            if not self._direct:
                yield self._interrupt(uart, uart.path, 0, "GUEST_VPL011_SPI", "the vPL011's interrupt")

    def _pcie(self) -> Iterator[Statement]:
        pcie, numbers = self._tree.pcie, self._numbers
        if pcie is None:
            return
        is_made = self._tree.maker != DOM0LESS  # Xen makes no node of a host bridge (prepare_dtb_domU)
        ecam = self._layout("GUEST_VPCI_ECAM") if is_made else None
        found = pcie.registers[0].extent if pcie.registers else None
        yield _range(f"{pcie.path} reg[0]", found, ecam, "the ECAM of vPCI", "GUEST_VPCI_ECAM")
        if ecam is None:
            return
        for index, (window, macros) in enumerate(zip_longest(self._tree.windows, _PCI_WINDOWS)):
            place = f"{pcie.path} ranges[{index}]"
            if macros is None:
                yield _range(place, window.entry.extent, None, "one more window of vPCI", "make_vpci_node")
                continue
            stem, cell = macros
            extent = self._layout(stem)
            yield _range(
                place, None if window is None else window.entry.extent, extent, "a window of vPCI", stem
            )
            if window is not None:
                at = window.entry.extent
                yield Statement(
                    f"{place} type", window.type_cell, numbers[cell], "the type of that window", cell, at
                )
                yield Statement(
                    f"{place} PCI address",
                    window.bus,
                    at.start,
                    "the CPU address of that window",
                    "make_vpci_node",
                    at,
                )

    def _virtio(self) -> Iterator[Statement]:
        """Devices have slots and interrupts in order (alloc_virtio_mmio_base, alloc_virtio_mmio_irq)."""
        space = self._layout("GUEST_VIRTIO_MMIO")
        first, last = (self._numbers.get(f"GUEST_VIRTIO_MMIO_SPI_{end}") for end in ("FIRST", "LAST"))
        size = models.numbers(self._xen.tag, "arm64")["virtio-device-bytes"].value
        for index, device in enumerate(self._tree.virtio):
            found = device.registers[0].extent if device.registers else None
            is_room = space is not None and space.start + (index + 1) * size <= space.end
            start = space.start + index * size if space is not None and is_room else None
            slot = None if start is None else Extent(start, start + size)
            yield _range(
                f"{device.path} reg[0]", found, slot, f"slot {index} of virtio-mmio", "GUEST_VIRTIO_MMIO"
            )
            number = None if first is None or last is None or first + index > last else first + index
            irq = device.interrupts[0] if device.interrupts else None
            place, macro = f"{device.path} interrupts[0]", "GUEST_VIRTIO_MMIO_SPI_FIRST"
            yield Statement(place, irq, number, f"the interrupt of slot {index}", macro, found or _NOWHERE)

    def _acpi(self) -> Iterator[Statement]:
        acpi, space = self._tree.acpi, self._layout("GUEST_ACPI")
        if acpi is None or not acpi.registers:
            return
        found = acpi.registers[0].extent
        size = 0 if space is None else min(found.size, space.size)
        expected = None if space is None else Extent(space.start, space.start + size)
        yield _range(acpi.registers[0].name, found, expected, "the range of ACPI tables", "GUEST_ACPI")

    def _interrupt(self, node: Device | None, path: str, index: int, macro: str, what: str) -> Statement:
        found = node.interrupts[index] if node is not None and len(node.interrupts) > index else None
        at = node.registers[0].extent if node is not None and node.registers else _NOWHERE
        return Statement(f"{path} interrupts[{index}]", found, self._numbers.get(macro), what, macro, at)


def _range(place: str, found: Extent | None, expected: Extent | None, what: str, origin: str) -> Statement:
    return Statement(place, found, expected, what, origin, found or expected or _NOWHERE)


def _regions(node: Device, made: Made) -> Iterator[Statement]:
    """Region by region; one that is made is paired with itself, whatever its place, and the rest in order."""
    assert made.regions is not None
    origin = made.producer or "this release offers such a guest none"
    what, missing = "the rest of a RAM window", len(node.registers)
    for entry, extent in _paired(node.registers[1:], made.regions, Extent.__eq__):
        if entry is None:
            yield _range(f"{node.path} reg[{missing}]", None, extent, what, origin)
            missing += 1
        else:
            yield _range(entry.name, entry.extent, extent, what, origin)


def _paired(
    found: tuple[Entry, ...], expected: Sequence[Extent], alike: Callable[[Extent, Extent], bool]
) -> Iterator[tuple[Entry | None, Extent | None]]:
    """Each with the first of the others that is alike and has no partner yet; what is left over in order, then alone."""
    left, without, pairs = list(expected), list[Entry](), list[tuple[Entry | None, Extent | None]]()
    for entry in found:
        partner = next((each for each in left if alike(entry.extent, each)), None)
        if partner is None:
            without.append(entry)
        else:
            left.remove(partner)
            pairs.append((entry, partner))
    yield from (*pairs, *zip_longest(without, left))


def _extent(span: Span) -> Extent:
    assert isinstance(span.start, int)
    assert isinstance(span.size, int)
    return Extent(span.start, span.start + span.size)
