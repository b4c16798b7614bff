"""The properties of a guest tree's nodes as numbers: addresses, PCI windows, interrupts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from verifier.layout.device_tree import Node, Tree
from verifier.layout.domain_map import Extent
from verifier.layout.errors import InputError
from verifier.layout.guest_tree import Cut, Device, Entry, Line, PciWindow
from verifier.reading.bus_ranges import Bus, buses

_CELL = 4
_PCI = 3
"""Cells of a PCI address: phys.hi, and the address in two."""
_GIC_CELLS = 3
"""Of an interrupt of the GIC: type, number, flags (arm,gic binding)."""
_KINDS = {0: ("spi", 32), 1: ("ppi", 16)}
"""By the first cell: the kind, and the number of the first."""
_TRIGGER = 0xF
"""Bits of the flags that say how it is signalled."""
GICS = {
    "arm,cortex-a15-gic": 2, "arm,cortex-a9-gic": 2, "arm,cortex-a7-gic": 2, "arm,gic-400": 2, "arm,gic-v3": 3,
}  # fmt: skip
"""Interrupt controllers by `compatible`, with their version."""


@dataclass(slots=True)
class Nodes:
    """One tree's; what is cut short is collected in `cuts`, each property once."""

    tree: Tree
    cells: tuple[int, int]
    """Of the root."""
    _buses: tuple[Bus | None, ...]
    _cuts: dict[tuple[str, str], Cut] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: Tree) -> Nodes:
        """Raises InputError if the root has not 1 or 2 cells each for addresses and sizes."""
        found = buses(tree)
        root = found[0]
        assert root is not None
        if root.fault is not None:
            raise InputError(root.fault, tree.file)
        for name, count in (("#address-cells", root.addresses), ("#size-cells", root.sizes)):
            if count not in (1, 2):
                raise InputError(f"/ {name} is {count}; the root of a guest's tree has 1 or 2", tree.file)
        return cls(tree, (root.addresses, root.sizes), found)

    @property
    def cuts(self) -> tuple[Cut, ...]:
        """Those of what was asked for."""
        return tuple(self._cuts.values())

    def device(self, node: Node) -> Device:
        """A node with its addresses and interrupts.

        Raises InputError where an entry of `reg` leads to several places, or nowhere and a later one somewhere: what each is
        for hangs on how many come before it.
        """
        registers = self.entries(node)
        for index, entry in enumerate(registers):
            if entry.origin != f"reg[{index}]":
                twice = index > 0 and entry.name == registers[index - 1].name
                leads = "several ranges" if twice else "no address"
                lost = entry.name if twice else f"{node.path} reg[{index}]"
                message = f"{lost} leads to {leads} of the root, by the ranges of the buses above it"
                raise InputError(message, self.tree.file)
        return Device(node.path, registers, self.lines(node), self._parent(node))

    def entries(self, node: Node) -> tuple[Entry, ...]:
        """The whole entries of `reg`, in the address space of the root; what leads nowhere is left out.

        A module of /chosen has the root's cells: libxl gives /chosen none (make_chosen_node).
        """
        value = node.properties.get("reg", b"")
        parent = self._buses[0 if node.parent is None or node.path.startswith("/chosen/") else node.parent]
        if parent is None or parent.fault is not None or not parent.addresses:
            return ()
        cells = f"{parent.path} has #address-cells {parent.addresses} and #size-cells {parent.sizes}"
        value = self._whole(node, "reg", value, parent.addresses + parent.sizes, cells)
        places = parent.places(value)
        assert not isinstance(places, str)
        found = list[Entry]()
        for index, place in enumerate(places):
            found += (Entry(node.path, f"reg[{index}]", each) for each in parent.to_root(place)[0])
        return tuple(found)

    def windows(self, node: Node) -> tuple[PciWindow, ...]:
        """The whole entries of `ranges` of a PCI host bridge below the root: PCI address, CPU address, size."""
        addresses = self.cells[0]
        sizes = node.word("#size-cells")
        count = _PCI + addresses + (2 if sizes is None else sizes)
        cells = f"3 cells of PCI, {addresses} of the root and {count - _PCI - addresses} of {node.path} #size-cells"
        value = self._whole(node, "ranges", node.properties.get("ranges", b""), count, cells)
        return tuple(
            _window(node.path, index, value[at : at + count * _CELL], addresses)
            for index, at in enumerate(range(0, len(value), count * _CELL))
        )

    def lines(self, node: Node) -> tuple[Line, ...]:
        """The interrupts that the GIC takes; a controller that is nowhere in the tree is taken for it."""
        value, parent = node.properties.get("interrupts", b""), self._parent(node)
        controller = next((each for each in self.tree.nodes if each.word("phandle") == parent), None)
        if not value or parent is None or (controller is not None and gic_version(controller) is None):
            return ()
        whole = self._whole(node, "interrupts", value, _GIC_CELLS, "an interrupt of the GIC has 3 cells")
        return tuple(_lines(whole))

    def _parent(self, node: Node) -> int | None:
        above: Node | None = node
        while above is not None and "interrupt-parent" not in above.properties:
            above = self.tree.parent(above)
        return None if above is None else above.word("interrupt-parent")

    def _whole(self, node: Node, name: str, value: bytes, cells: int, why: str) -> bytes:
        """The part of a property that is whole entries of so many cells."""
        over = len(value) % (cells * _CELL)
        if over:
            self._cuts[node.path, name] = Cut(node.path, name, len(value), cells * _CELL, why)
        return value[: len(value) - over]


def gic_version(node: Node) -> int | None:
    """2 or 3; None for what is no GIC."""
    return next((version for name, version in GICS.items() if node.compatible(name)), None)


def _window(path: str, index: int, value: bytes, addresses: int) -> PciWindow:
    outer = (_PCI + addresses) * _CELL
    start, size = int.from_bytes(value[_PCI * _CELL : outer], "big"), int.from_bytes(value[outer:], "big")
    bus = int.from_bytes(value[_CELL : _PCI * _CELL], "big")
    entry = Entry(path, f"ranges[{index}]", Extent(start, start + size))
    return PciWindow(int.from_bytes(value[:_CELL], "big"), bus, entry)


def _lines(value: bytes) -> Iterator[Line]:
    cells = [int.from_bytes(value[at : at + _CELL], "big") for at in range(0, len(value), _CELL)]
    for kind, number, flags in zip(*(cells[at::_GIC_CELLS] for at in range(_GIC_CELLS)), strict=True):
        if kind in _KINDS:
            name, first = _KINDS[kind]
            yield Line(first + number, name, flags & _TRIGGER)
