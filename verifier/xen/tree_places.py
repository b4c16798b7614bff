"""What header and toolstack have for one guest's tree: ranges of the layout and interrupts, as statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verifier.layout.domain_map import Extent
from verifier.layout.guest_tree import Device, GuestTree, Statement
from verifier.xen.release import Xen
from verifier.xen.subjects import numbers_of
from verifier.xen.tree_regions import is_direct

NOWHERE = Extent(0, 0)
LOW, HIGH, RISING = 8, 4, 1
"""How an interrupt is signalled (DT_IRQ_TYPE_LEVEL_LOW, _LEVEL_HIGH, _EDGE_RISING)."""


@dataclass(frozen=True, slots=True)
class Places:
    """One tree under one release."""

    tree: GuestTree
    tag: str
    numbers: Mapping[str, int]
    """The macros of the release."""
    direct: bool
    """Direct-mapped: its addresses are the host's, and only sizes are the layout's."""

    @classmethod
    def of(cls, tree: GuestTree, xen: Xen) -> Places:
        """Those of a tree."""
        return cls(tree, xen.tag, numbers_of(xen.tag), is_direct(tree, xen.tag))

    def layout(self, stem: str) -> Extent | None:
        """A region of the header; None where the release has none of it."""
        for base in (f"{stem}_BASE", f"{stem}_ADDR"):
            if base in self.numbers:
                start = self.numbers[base]
                return Extent(start, start + self.numbers[f"{stem}_SIZE"])
        return None

    def register(
        self, node: Device, index: int, expected: Extent | None, what: str, origin: str
    ) -> Statement:
        """An entry of `reg` that is a region of the layout, or for a direct-mapped guest has its size."""
        entry = node.registers[index] if index < len(node.registers) else None
        found = None if entry is None else entry.extent
        if self.direct and found is not None and expected is not None:
            expected = Extent(found.start, found.start + expected.size)
        return stretch(f"{node.path} reg[{index}]", found, expected, what, origin)

    def lines(
        self, path: str, node: Device | None, macros: tuple[str, ...], trigger: int, what: str
    ) -> Iterator[Statement]:
        """The interrupts of a node; the number of each is that of its macro."""
        for index, macro in enumerate(macros):
            yield from self.line(path, node, index, self.numbers.get(macro), trigger, what, macro)

    def line(
        self, path: str, node: Device | None, index: int, number: int | None, trigger: int, what: str, origin: str
    ) -> Iterator[Statement]:  # fmt: skip
        """One interrupt: its number, and where it is there how it is signalled and to whom."""
        found = node.lines[index] if node is not None and index < len(node.lines) else None
        at = node.registers[0].extent if node is not None and node.registers else NOWHERE
        place = f"{path} interrupts[{index}]"
        yield Statement(place, None if found is None else found.number, number, what, origin, at)
        if node is None or found is None:
            return
        yield Statement(f"{place} trigger", found.trigger, trigger, f"that of {what}", "set_interrupt", at)
        gic = self.tree.gic
        if gic is not None and index == 0:
            parent, phandle = f"{path} interrupt-parent", f"{gic.device.path} phandle"
            yield Statement(parent, node.interrupt_parent, gic.phandle, "the GIC", phandle, at)


def stretch(place: str, found: Extent | None, expected: Extent | None, what: str, origin: str) -> Statement:
    """A range where the layout has one."""
    return Statement(place, found, expected, what, origin, found or expected or NOWHERE)
