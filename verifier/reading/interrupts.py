"""Interrupts of nodes as Xen finds them (xen/common/device-tree/device-tree.c, dt_number_of_irq and dt_device_get_irq)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from verifier.layout.device_tree import Node, Tree

_MOST_STEPS = 64
"""Of a walk from controller to controller; Xen would follow a circle for ever."""
_MOST_ARGUMENTS = 16
"""MAX_PHANDLE_ARGS."""
_PRIVATE = range(16)
"""Numbers of PPIs in an interrupt specifier; the GIC counts them from 16."""


@dataclass(frozen=True, slots=True)
class _Interrupt:
    """A specifier, and the `reg` of the device for controllers that look at it."""

    parent: Node
    specifier: Sequence[int]
    address: Sequence[int] | None


class Interrupts:
    """The interrupts of one tree."""

    def __init__(self, tree: Tree, gic: Node | None) -> None:
        self._tree = tree
        self._gic = gic
        self._parents: dict[int, Node | None] = {}
        self._phandles: dict[int, Node] = {}
        for node in tree.nodes:
            self._phandles.setdefault(phandle(node), node)

    def by_phandle(self, number: int) -> Node | None:
        """The first node with a phandle; nodes without one have 0 (dt_find_node_by_phandle)."""
        return self._phandles.get(number)

    def any_private(self, node: Node) -> bool:
        """Whether one of a node's interrupts is a PPI of the primary GIC: such a node is no business of dom0."""
        if "interrupts" not in node.properties and "interrupts-extended" not in node.properties:
            return False
        return any(_is_private(self._at_gic(each)) for each in self._of(node))

    def has_first(self, node: Node) -> bool:
        """Whether the first interrupt of a node is one of the primary GIC (platform_get_irq with index 0)."""
        first = self._first(node)
        return first is not None and self._at_gic(first) is not None

    def _first(self, node: Node) -> _Interrupt | None:
        """Without looking at what comes after it: from `interrupts-extended`, or where that fails from `interrupts`."""
        address = _address(node)
        extended = cells(node.properties.get("interrupts-extended", b""))
        target = self.by_phandle(extended[0]) if extended and extended[0] else None
        width = None if target is None else target.word("#interrupt-cells")
        if target is not None and width is not None and width < len(extended):
            return _Interrupt(target, extended[1 : 1 + width][:_MOST_ARGUMENTS], address)
        if "interrupts" not in node.properties:
            return None
        parent, own = self._parent(node), cells(node.properties["interrupts"])
        width = None if parent is None else parent.word("#interrupt-cells")
        if parent is None or width is None or width > len(own):
            return None
        return _Interrupt(parent, own[:width], address)

    def _of(self, node: Node) -> Iterator[_Interrupt]:
        """`interrupts-extended` where it can be read, else `interrupts`."""
        address = _address(node)
        extended = self._extended(node)
        if extended is not None:
            for parent, specifier in extended:
                if parent is not None:
                    yield _Interrupt(parent, specifier, address)
            return
        parent = self._parent(node)
        width = None if parent is None else parent.word("#interrupt-cells")
        if parent is None or not width:
            return
        own = cells(node.properties.get("interrupts", b""))
        for at in range(0, len(own) // width * width, width):
            yield _Interrupt(parent, own[at : at + width], address)

    def _extended(self, node: Node) -> list[tuple[Node | None, Sequence[int]]] | None:
        """None without it or where it is malformed; an empty entry has no node."""
        if "interrupts-extended" not in node.properties:
            return None
        own = cells(node.properties["interrupts-extended"])
        found: list[tuple[Node | None, Sequence[int]]] = []
        at = 0
        while at < len(own):
            target = None if own[at] == 0 else self.by_phandle(own[at])
            count = 0 if target is None else target.word("#interrupt-cells")
            at += 1
            if count is None or (target is None and own[at - 1]) or at + count > len(own):
                return None
            found.append((target, own[at : at + count][:_MOST_ARGUMENTS]))
            at += count
        return found

    def _parent(self, node: Node) -> Node | None:
        """Where its interrupts go (dt_irq_find_parent): the next with `#interrupt-cells`."""
        if node.index not in self._parents:
            self._parents[node.index] = self._found_parent(node)
        return self._parents[node.index]

    def _found_parent(self, node: Node) -> Node | None:
        at: Node | None = node
        for _ in range(_MOST_STEPS * 2):
            if at is None:
                return None
            named = at.word("interrupt-parent")
            at = self._tree.parent(at) if named is None else self.by_phandle(named)
            if at is not None and "#interrupt-cells" in at.properties:
                return at
        return None

    def _at_gic(self, interrupt: _Interrupt) -> Sequence[int] | None:
        """The specifier that the primary GIC gets of an interrupt (dt_irq_map_raw); None if it gets none that it reads."""
        own: _Interrupt | None = interrupt
        if len(interrupt.specifier) != interrupt.parent.word("#interrupt-cells"):
            return None
        width = self._address_cells(interrupt.parent)
        for _ in range(_MOST_STEPS):
            if own is None:
                return None
            at = own.parent
            if "interrupt-controller" in at.properties:
                spec = own.specifier
                is_ours = self._gic is not None and at.index == self._gic.index and len(spec) >= 3
                return spec if is_ours else None
            if "interrupt-map" in at.properties:
                own = self._mapped(own, width)
                width = 0 if own is None else (own.parent.word("#address-cells") or 0)
            else:
                above = self._parent(at)
                own = None if above is None else _Interrupt(above, own.specifier, own.address)
        return None

    def _address_cells(self, node: Node) -> int:
        """Those of the next node upwards that has them; 2 where none has."""
        at: Node | None = node
        while at is not None:
            count = at.word("#address-cells")
            if count is not None:
                return count
            at = self._tree.parent(at)
        return 2

    def _mapped(self, own: _Interrupt, width: int) -> _Interrupt | None:
        """Where the interrupt-map of a nexus sends it; None where it has no entry for it, or a broken one."""
        node, spec = own.parent, own.specifier
        entries = cells(node.properties["interrupt-map"])
        if own.address is None and width:
            return None
        key = [*(own.address or ())[:width], *spec]
        if len(key) != width + len(spec):
            return None
        mask = cells(node.properties.get("interrupt-map-mask", b"")) or [0xFFFFFFFF] * len(key)
        at = 0
        while len(entries) - at > len(key) + 1:
            match = all(
                not (ours ^ theirs) & bits
                for ours, theirs, bits in zip(key, entries[at : at + len(key)], mask, strict=False)
            )
            at += len(key)
            target = self.by_phandle(entries[at])
            count = None if target is None else target.word("#interrupt-cells")
            if target is None or count is None:
                return None
            addresses = target.word("#address-cells") or 0
            at += 1
            if len(entries) - at < addresses + count:
                return None
            if match:
                start = at + addresses
                return _Interrupt(target, entries[start : start + count], entries[at:start])
            at += addresses + count
        return None


def _is_private(specifier: Sequence[int] | None) -> bool:
    """Whether it is one of a PPI (gic_irq_xlate)."""
    return specifier is not None and specifier[0] != 0 and specifier[1] in _PRIVATE


def _address(node: Node) -> Sequence[int] | None:
    return cells(node.properties["reg"]) if "reg" in node.properties else None


def phandle(node: Node) -> int:
    """A node's phandle as unflatten_dt_node reads it; 0 for none."""
    found = 0
    for name in ("phandle", "linux,phandle"):
        if not found and name in node.properties:
            found = int.from_bytes(node.properties[name][:4], "big")
    other = node.properties.get("ibm,phandle")
    return found if other is None else int.from_bytes(other[:4], "big")


def cells(value: bytes) -> list[int]:
    """A property as 32-bit numbers; bytes beyond the last whole one are passed over."""
    return [int.from_bytes(value[at : at + 4], "big") for at in range(0, len(value) - 3, 4)]
