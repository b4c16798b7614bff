"""Banks of memory in a device tree, and what keeps them apart (xen/arch/arm/bootfdt.c, common/device-tree/bootinfo.c).

The early scan works on the blob: it does not translate through buses.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError
from verifier.layout.host import Bank, Fault, Module, SharedBank
from verifier.layout.units import span
from verifier.reading.dt_addresses import ROOT_ADDRESS_CELLS, ROOT_SIZE_CELLS, Buses, cell
from verifier.reading.dt_ranges import WORD
from verifier.reading.dt_rules import Rules

_MOST_CELLS = 16


class ScanError(Exception):
    """An error of the scan: `fault.effect` says what follows from it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(slots=True)
class Found:
    """What the scan has found so far."""

    tree: Tree
    rules: Rules
    buses: Buses
    memory: list[Bank] = field(default_factory=list)
    reserved: list[Bank] = field(default_factory=list)
    shared: list[SharedBank] = field(default_factory=list)
    modules: list[Module] = field(default_factory=list)
    command_lines: list[tuple[str, bool, str]] = field(default_factory=list)
    """Kind of module, whether it is of a domain, and the text."""
    guesses: int = 0
    """Modules whose kind was guessed from their order."""
    faults: list[Fault] = field(default_factory=list)

    @property
    def most_banks(self) -> int:
        return 256 if self.rules.has("256-banks") else 128

    def stretches(self, node: Node, value: bytes, cells: tuple[int, int]) -> Iterator[tuple[int, int]]:
        """Whole pairs of address and size; what is left at the end is not looked at. None where a pair has no cells."""
        width, one = 4 * cells[0], 4 * sum(cells)
        if not one:
            return
        for at in range(0, len(value) - one + 1, one):
            address, size = value[at : at + width], value[at + width : at + one]
            yield self.buses.read(node, address), self.buses.read(node, size)

    def error(self, node: Node, message: str) -> ScanError:
        """An error that ends the scan, or Xen."""
        effect = "panics" if self.rules.has("scan-must-succeed") else "ends-scan"
        return ScanError(Fault(node.path, effect, message))

    def cells(self, node: Node, top: Node | None = None) -> tuple[int, int]:
        """Address and size cells that hold for a node's own `reg`: those of the nearest node above that has them.

        `top` is where the scan of `/reserved-memory` begins: nothing above it is looked at.
        """
        names = (("#address-cells", ROOT_ADDRESS_CELLS), ("#size-cells", ROOT_SIZE_CELLS))
        counts = [self._count(node, name, default, top) for name, default in names]
        for (name, _), count in zip(names, counts, strict=True):
            if not 0 <= count <= _MOST_CELLS:
                raise InputError(f"{node.path}: {name} above it is {count}", self.tree.file)
        return counts[0], counts[1]

    def _count(self, node: Node, name: str, default: int, top: Node | None) -> int:
        if top is None:
            return self.buses.cells(node, name, default)
        at = self.tree.parent(node)
        while at is not None:
            count = cell(self.tree, at, name)
            if count is not None or at.index == top.index:
                return default if count is None else count
            at = self.tree.parent(at)
        return default


def banks(found: Found, node: Node, name: str, kind: str, cells: tuple[int, int]) -> bool:
    """Take the banks of a property into memory or reserved memory (`device_tree_get_meminfo`).

    False if the node has no such property. Raises ScanError.
    """
    into = found.memory if kind == "memory" else found.reserved
    if found.rules.has("memory-status") and not node.available:
        return True
    if not min(cells):
        raise found.error(node, f"{name}: #address-cells {cells[0]} and #size-cells {cells[1]} make no bank")
    if name not in node.properties:
        return False
    pairs = tuple(found.stretches(node, node.properties[name], cells))
    for index, (start, size) in enumerate(pairs):
        if len(into) >= found.most_banks:
            effect = "panics" if kind == "reserved-memory" else found.error(node, "").fault.effect
            message = f"{name}: more than {found.most_banks} banks in all"
            raise ScanError(Fault(node.path, effect, message))
        if into is found.reserved and (other := overlapped(found, start, size, within_memreserve=True)):
            raise found.error(node, f"{name}[{index}] {span(start, start + size)} overlaps {other}")
        if size:  # empty banks exist in real trees and are passed over
            into.append(Bank(node.path, index, start, size, kind))
    return True


def overlapped(found: Found, start: int, size: int, *, within_memreserve: bool) -> str | None:
    """What a stretch of reserved memory or a module collides with (`check_reserved_regions_overlap`), if anything.

    Where Xen itself and the device tree lie is not known, so they are left out. Ends wrap at 2^64, as in C.
    """
    if not found.rules.has("overlap-checked"):
        return None
    inside_is_fine = within_memreserve and found.rules.has("overlap-in-memreserve")
    for bank in found.reserved:
        if _meet(start, size, bank.start, bank.size) and not (
            inside_is_fine and bank.kind == "memreserve" and bank.start <= start and start + size <= bank.end
        ):
            return str(bank)
    for shared in found.shared:
        if shared.host is not None and _meet(start, size, shared.host, shared.size):
            return f"{shared.path} {span(shared.host, shared.host + shared.size)}"
    for module in found.modules:
        if _meet(start, size, module.start, module.size):
            return f"{module.path} {span(module.start, module.start + module.size)}"
    return None


def _meet(start: int, size: int, other: int, other_size: int) -> bool:
    """As Xen compares: an empty stretch strictly inside another meets it."""
    return ((start + size) & WORD) > other and start < ((other + other_size) & WORD)
