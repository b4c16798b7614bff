"""Addresses of nodes, translated through their buses as Xen does it (xen/common/device-tree/device-tree.c).

Unlike other readers Xen takes `#address-cells` and `#size-cells` from the nearest ancestor that has them, treats
a node as a bus by what it is (PCI by device_type or by name, any other by having `ranges`), and never looks at `status`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError
from verifier.layout.host import Addresses, Entry, Untranslated
from verifier.layout.units import hexa
from verifier.reading.dt_ranges import WORD, Step
from verifier.reading.dt_rules import Rules

BAD_ADDRESS = WORD
"""`DT_BAD_ADDR`: what Xen's translation returns when it fails."""
ROOT_ADDRESS_CELLS, ROOT_SIZE_CELLS = 2, 1
"""`DT_ROOT_NODE_ADDR_CELLS_DEFAULT` and `_SIZE_`: where no node on the way to the root says how many."""
_MOST_ADDRESS_CELLS = 4
_PCI_TYPES = ("pci", "pciex", "vci", "ht")
_PCI_CELLS = (3, 2)


def number(value: bytes) -> int:
    """Cells as a number: the low 64 bits (`dt_read_number` before c65ff27d71; `Buses.read` is that of a release)."""
    return int.from_bytes(value, "big") & WORD


def cell(tree: Tree, node: Node, name: str) -> int | None:
    """A property of one cell as a signed int; None if there is none.

    Raises InputError if it is shorter: Xen reads on into whatever follows.
    """
    value = node.properties.get(name)
    if value is None:
        return None
    if len(value) < 4:
        raise InputError(f"{node.path}: {name} has {len(value)} bytes, not 4", tree.file)
    return int.from_bytes(value[:4], "big", signed=True)


class Buses:
    """The translation of one tree's addresses; what is asked of a node again is remembered."""

    def __init__(self, tree: Tree, rules: Rules) -> None:
        self.tree = tree
        self.misread: tuple[str, int] | None = None
        """The first number of neither one nor two cells that was read: of which node, and its cells."""
        self._two_cells_at_most = rules.has("two-cells-at-most")
        self._cells: dict[tuple[int, str], int | None] = {}
        self._kinds: dict[int, str | None] = {}
        self._entries: dict[int, tuple[Entry | Untranslated, ...]] = {}
        self._steps: dict[int, Step] = {}
        """From a bus into its parent; cells and kinds on the way are the same for all below the bus."""

    def read(self, node: Node, value: bytes) -> int:
        """Cells of a node as a number (`dt_read_number`): since c65ff27d71 the first of more than two."""
        self._seen(node, value)
        return self._number(value)

    def _seen(self, node: Node, value: bytes) -> None:
        if self._two_cells_at_most and len(value) not in (4, 8):
            self.misread = self.misread or (node.path, len(value) // 4)

    def _number(self, value: bytes) -> int:
        is_cut = self._two_cells_at_most and len(value) not in (4, 8)
        return number(value[:4] if is_cut else value)

    def entries(self, node: Node) -> tuple[Entry | Untranslated, ...]:
        """Each address of a node that Xen counts (`dt_number_of_address`), translated.

        A node has none if it is the root, if its parent is no bus, or if the cell counts make no address.
        """
        if node.index not in self._entries:
            self._entries[node.index] = tuple(self._of_node(node))
        return self._entries[node.index]

    def _of_node(self, node: Node) -> Iterator[Entry | Untranslated]:
        parent = self.tree.parent(node)
        kind = None if parent is None else self._kind(parent)
        if kind is None:
            return
        name = "reg" if kind == "default" else "assigned-addresses"
        value = node.properties.get(name)
        if value is None:
            return
        addresses, sizes = self._counts(node, kind)
        if not _sensible(addresses, sizes):
            return
        one = 4 * (addresses + sizes)
        for index in range(len(value) // one):
            part = value[index * one : (index + 1) * one]
            address = self.translate(node, part[: 4 * addresses])
            if isinstance(address, str):
                yield Untranslated(node.path, name, index, address)
            else:
                yield Entry(node.path, name, index, address, self.read(node, part[4 * addresses :]))

    def apertures(self, node: Node) -> Iterator[Entry | Untranslated]:
        """Each entry of a bridge's `ranges` on its parent's side, translated (`dt_for_each_range`).

        What cannot be translated has the address 2^64 - 1, as in Xen, and does not end the walk.
        """
        kind, parent = self._kind(node), self.tree.parent(node)
        value = node.properties.get("ranges")
        if kind is None or value == b"":
            return
        above = None if parent is None else self._kind(parent)
        if value is None or parent is None or above is None:
            yield Untranslated(node.path, "ranges", 0, "its parent is no bus")
            return
        (addresses, sizes), (outer, outer_sizes) = self._counts(node, kind), self._counts(node, above)
        if not (_sensible(addresses, sizes) and _sensible(outer, outer_sizes)):
            yield Untranslated(node.path, "ranges", 0, "its cell counts make no address")
            return
        one = 4 * (addresses + outer + sizes)
        for index in range(len(value) // one):
            part = value[index * one + 4 * addresses : (index + 1) * one]
            address = self.translate(node, part[: 4 * outer])
            found = BAD_ADDRESS if isinstance(address, str) else address
            yield Entry(node.path, "ranges", index, found, self.read(node, part[4 * outer :]))

    def translate(self, node: Node, address: bytes) -> int | str:
        """An address in the terms of the node's parent as a physical address (`__dt_translate_address`).

        A string says why there is none.
        """
        parent = self.tree.parent(node)
        kind = None if parent is None else self._kind(parent)
        if parent is None or kind is None:
            return "its parent is no bus"
        addresses, sizes = self._counts(node, kind)
        if not _sensible(addresses, sizes):
            return "its cell counts make no address"
        while True:
            bus, parent = parent, self.tree.parent(parent)
            if parent is None:
                result = self.read(node, address)
                return "it is 2^64 - 1" if result == BAD_ADDRESS else result
            outer = self._kind(parent)
            if outer is None:
                return f"{parent.path} is no bus: it has no ranges"
            outer_addresses, outer_sizes = self._counts(bus, outer)
            if not _sensible(outer_addresses, outer_sizes):
                return f"the cell counts of {parent.path} make no address"
            if bus.index not in self._steps:
                ranges, counts = bus.properties.get("ranges"), (addresses, sizes, outer_addresses)
                self._steps[bus.index] = Step(ranges, kind, outer, *counts, self._number)
            moved = self._steps[bus.index].through(address, partial(self._seen, node))
            if moved is None:
                plain = number(address[4:] if kind == "pci" else address)
                return f"{bus.path} does not map {hexa(plain)}"
            kind, address, addresses, sizes = outer, moved, outer_addresses, outer_sizes

    def _kind(self, node: Node) -> str | None:
        """Which bus a node is to its children (`dt_match_bus`): `pci`, `default` or None."""
        if node.index not in self._kinds:
            self._kinds[node.index] = _bus(node)
        return self._kinds[node.index]

    def _counts(self, node: Node, kind: str) -> tuple[int, int]:
        """Address and size cells of a node's addresses on its parent, which is a bus of that kind."""
        if kind == "pci":
            return _PCI_CELLS
        return self.cells(node, "#address-cells", ROOT_ADDRESS_CELLS), self.cells(
            node, "#size-cells", ROOT_SIZE_CELLS
        )

    def cells(self, node: Node, name: str, otherwise: int) -> int:
        """The nearest count above a node (`dt_n_addr_cells`, `dt_n_size_cells`); the root's own for the root."""
        at: Node | None = self.tree.parent(node) or node
        while at is not None:
            if (at.index, name) not in self._cells:
                self._cells[at.index, name] = cell(self.tree, at, name)
            count = self._cells[at.index, name]
            if count is not None:
                return count
            at = self.tree.parent(at)
        return otherwise


def addresses(tree: Tree, rules: Rules, known: Buses | None = None) -> Addresses:
    """What `find_memory_holes` walks: each node's addresses, then a PCI host bridge's apertures, in document order.

    The walk ends at the first address that cannot be translated, and from 4.18.0 on at the first aperture that
    exceeds 64 bits. Widths of physical addresses below 64 bits (arm32 with 32) are not modelled. `known` are the
    tree's buses, if they were asked before.
    """
    buses, entries = known or Buses(tree, rules), list[Entry]()
    for node in tree.nodes:
        for found in (*buses.entries(node), *windows_of(buses, node, rules)):
            if isinstance(found, Untranslated):
                return Addresses(tuple(entries), found)
            entries.append(found)
    return Addresses(tuple(entries))


def windows_of(buses: Buses, node: Node, rules: Rules) -> Iterator[Entry | Untranslated]:
    """The apertures of a PCI host bridge; none of any other node."""
    if (node.text("device_type") or "").lower() != "pci" or "ranges" not in node.properties:
        return
    for found in buses.apertures(node):
        exceeds = isinstance(found, Entry) and WORD - found.address < found.size
        if exceeds and rules.has("pci-range-checked"):
            assert isinstance(found, Entry)
            reason = f"{hexa(found.address)} and {hexa(found.size)} bytes exceed 64 bits"
            yield Untranslated(node.path, "ranges", found.index, reason)
        else:
            yield found


def _bus(node: Node) -> str | None:
    """PCI by device_type or by name; the root and what has `ranges` are plain buses."""
    name = node.text("name") if "name" in node.properties else node.stem
    if node.text("device_type") in _PCI_TYPES or name in ("pcie", "pci"):
        return "pci"
    return "default" if node.parent is None or "ranges" in node.properties else None


def _sensible(addresses: int, sizes: int) -> bool:
    """`DT_CHECK_COUNTS`."""
    return 0 < addresses <= _MOST_ADDRESS_CELLS and sizes > 0
