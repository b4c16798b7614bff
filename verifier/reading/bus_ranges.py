"""Buses of a device tree and what `ranges` map, by the Devicetree Specification v0.4 and the IEEE 1275 PCI binding.

Nothing here follows Xen's walk, which `dt_addresses` models: what Xen offers is judged by this reading. Where the
specification leaves something open, this is taken:

* A bus has its own `#address-cells` and `#size-cells` or the defaults, 2 and 1; nothing is inherited (2.3.5).
* Without `ranges` the address space of a bus has no mapping to that of its parent (2.3.8): the CPU reaches nothing below.
* A child address that two entries of `ranges` map is at both places: each entry states a mapping of its own.
* Numbers have no width: a sum beyond the cells of the parent, or beyond 64 bits, stays what it is.
* PCI's memory space of 32 and of 64 bits (bits 25 and 24 of phys.hi) is one space; I/O and configuration are others.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from itertools import accumulate

from verifier.layout.device_tree import Node, Tree
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import gaps

MOST_CELLS = 4
"""The specification has no maximum; no binding has addresses of more than 128 bits."""
MOST_PARTS = 64
"""Entries of `ranges` that one stretch may lie in: no board has so many, and the parts of parts would multiply."""
_PCI_CELLS = (3, 2)
_PCI_TYPES = ("pci", "pciex")
_SPACES = ("configuration", "I/O", "memory", "memory")
"""By bits 25 and 24 of phys.hi."""


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a bus's address space in bytes."""

    extent: Extent
    space: str | None = None
    """Of PCI; None on any other bus, and where it is not told."""

    def __str__(self) -> str:
        return f"{self.extent}" if self.space is None else f"{self.extent} of PCI's {self.space} space"


@dataclass(frozen=True, slots=True)
class Window:
    """An entry of `ranges`: the same bytes in the address space of the bus, and in that of its parent."""

    inner: Place
    outer: Place
    index: int

    def part(self, place: Place) -> Extent | None:
        """What it maps of a stretch that is not empty, on the bus; None if nothing."""
        mine, other = self.inner, place
        start, end = max(other.extent.start, mine.extent.start), min(other.extent.end, mine.extent.end)
        same = None in (mine.space, other.space) or mine.space == other.space
        return Extent(start, end) if same and start < end else None

    def moved(self, part: Extent) -> Place:
        """A part of it on the parent."""
        shift = self.outer.extent.start - self.inner.extent.start
        return Place(Extent(part.start + shift, part.end + shift), self.outer.space)


@dataclass(frozen=True, slots=True)
class Bus:
    """A node as the bus of its children, where `ranges` lead from it up to the root."""

    path: str
    above: Bus | None
    """The parent; None for the root."""
    addresses: int
    sizes: int
    """Cells of an address and of a size below it."""
    is_pci: bool
    windows: tuple[Window, ...] | None = None
    """By address on the bus; None where `ranges` is empty: both address spaces are the same."""
    fault: str | None = None
    """Why addresses below it cannot be read or translated; a fault of its parent is its own."""
    reach: tuple[int, ...] = ()
    """For each window the highest end of those up to it."""

    def places(self, value: bytes) -> tuple[Place, ...] | str:
        """Pairs of address and size below this bus; a string says why they are none."""
        if self.fault is not None:
            return self.fault
        cells = f"{self.path} has #address-cells {self.addresses} and #size-cells {self.sizes}"
        if not self.addresses:
            return f"no cells are an address: {cells}"
        width, one = 4 * self.addresses, 4 * (self.addresses + self.sizes)
        if len(value) % one:
            return f"{len(value)} bytes are no multiple of {one}: {cells}"
        entries = (value[at : at + one] for at in range(0, len(value), one))
        return tuple(_place(each[:width], each[width:], is_pci=self.is_pci) for each in entries)

    def to_root(self, place: Place) -> tuple[tuple[Extent, ...], tuple[str, ...]]:
        """Where a stretch below this bus lies in the root's address space, by address; why parts of it are nowhere.

        The bus must be without fault.
        """
        bus, places, lost = self, [place], list[str]()
        while bus.above is not None:
            moved = dict[Place, None]()
            for each in places:
                found, reasons = bus._through(each, bus.above)
                moved.update(dict.fromkeys(found))
                lost += reasons
            if len(moved) > MOST_PARTS:
                return (), (f"{place} falls apart into more than {MOST_PARTS} stretches below {bus.path}",)
            places, bus = list(moved), bus.above
        return tuple(sorted(each.extent for each in places)), tuple(lost)

    def _through(self, place: Place, above: Bus) -> tuple[list[Place], list[str]]:
        """One level up. An empty stretch goes where its first byte would."""
        if self.windows is None:
            return [Place(place.extent, place.space if above.is_pci else None)], []
        start, size = place.extent.start, place.extent.size
        probe = Place(Extent(start, start + max(size, 1)), place.space)
        first = bisect_right(self.reach, start)
        last = bisect_left(self.windows, probe.extent.end, key=_start)
        if last - first > MOST_PARTS:
            return [], [f"{place} meets more than {MOST_PARTS} entries of {self.path} ranges"]
        parts = [(window, part) for window in self.windows[first:last] if (part := window.part(probe))]
        found = [window.moved(part if size else Extent(start, start)) for window, part in parts]
        missing = gaps([probe.extent], (part for _, part in parts))
        lost = missing if size or not missing else (place.extent,)
        return found, [f"no entry of {self.path} ranges maps {Place(each, place.space)}" for each in lost]


def buses(tree: Tree) -> tuple[Bus | None, ...]:
    """Each node as a bus, by its index; None where the CPU reaches nothing below it."""
    found = list[Bus | None]()
    for node in tree.nodes:
        above = None if node.parent is None else found[node.parent]
        reached = node.parent is None or (above is not None and "ranges" in node.properties)
        found.append(_bus(node, above) if reached else None)
    return tuple(found)


def _bus(node: Node, above: Bus | None) -> Bus:
    (addresses, sizes), fault = _cells(node)
    is_pci = _is_pci(node, addresses)
    if is_pci and (addresses, sizes) != _PCI_CELLS:
        fault = fault or (
            f"{node.path} is a PCI bridge with #address-cells {addresses} and #size-cells {sizes}, not 3 and 2"
        )
    bus = Bus(node.path, above, addresses, sizes, is_pci, fault=fault)
    if above is None:
        return bus
    if above.fault or fault:
        return replace(bus, fault=above.fault or fault)
    return _mapped(bus, above, node.properties["ranges"])


def _mapped(bus: Bus, above: Bus, ranges: bytes) -> Bus:
    """The bus with what `ranges` maps: child address, parent address, size (2.3.8)."""
    if not ranges:
        return bus
    width, outer = 4 * bus.addresses, 4 * above.addresses
    one = width + outer + 4 * bus.sizes
    if not (width and outer) or len(ranges) % one:
        fault = (
            f"{len(ranges)} bytes of {bus.path} ranges are no entries of {bus.addresses} + {above.addresses} + "
            f"{bus.sizes} cells"
        )
        return replace(bus, fault=fault)
    windows = []
    for index, at in enumerate(range(0, len(ranges), one)):
        inner, size = ranges[at : at + width], ranges[at + width + outer : at + one]
        moved = ranges[at + width : at + width + outer]
        places = _place(inner, size, is_pci=bus.is_pci), _place(moved, size, is_pci=above.is_pci)
        windows.append(Window(*places, index))
    windows.sort(key=_start)
    reach = tuple(accumulate((window.inner.extent.end for window in windows), max))
    return replace(bus, windows=tuple(windows), reach=reach)


def _cells(node: Node) -> tuple[tuple[int, int], str | None]:
    """Cells of an address and of a size below a node (2.3.5), and what is wrong with the properties first."""
    counts, faults = list[int](), list[str]()
    for index, (name, default) in enumerate((("#address-cells", 2), ("#size-cells", 1))):
        value = node.properties.get(name)
        if value is None:
            count = default
        elif len(value) == 4:
            count = int.from_bytes(value, "big")
        else:
            # What looks like a PCI bridge may be one, so that it is told of its windows that nobody can read them.
            count = _PCI_CELLS[index]
            faults.append(f"{node.path} {name} has {len(value)} bytes, not 4")
        if count > MOST_CELLS:
            faults.append(f"{node.path} {name} is {count}, more than {MOST_CELLS}")
        counts.append(count)
    return (counts[0], counts[1]), next(iter(faults), None)


def _is_pci(node: Node, addresses: int) -> bool:
    """By `device_type`, as the binding has it; it is deprecated (2.3.11), so a bridge may be told by its looks."""
    if node.text("device_type") in _PCI_TYPES:
        return True
    named = node.stem.startswith("pci") or any("pci" in name for name in node.strings("compatible"))
    return (
        addresses == _PCI_CELLS[0]
        and "ranges" in node.properties
        and (named or "bus-range" in node.properties)
    )


def _place(address: bytes, size: bytes, *, is_pci: bool) -> Place:
    """PCI's first cell, phys.hi, tells the space and is not part of the number."""
    space = _SPACES[address[0] & 3] if is_pci else None
    start = int.from_bytes(address[4:] if is_pci else address, "big")
    return Place(Extent(start, start + int.from_bytes(size, "big")), space)


def _start(window: Window) -> int:
    return window.inner.extent.start
