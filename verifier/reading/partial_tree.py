"""The partial device tree of a domain: which host memory is mapped where (`handle_passthrough_prop`)."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Assigned, Fault, Passthrough
from verifier.layout.units import hexa
from verifier.reading.dt_addresses import ROOT_ADDRESS_CELLS, ROOT_SIZE_CELLS, cell, number
from verifier.reading.dt_rules import rules_of
from verifier.reading.models import PAGE

_FORCE = "xen,force-assign-without-iommu"


@dataclass(frozen=True, slots=True)
class Partial:
    """What a partial device tree asks for, and what of it Xen refuses."""

    passthrough: tuple[Passthrough, ...]
    faults: tuple[Fault, ...]
    """`panics`: the domain is not built. `nests`: it is, with the rest of its tree inside the faulty node."""
    assigned: tuple[Assigned, ...] = ()
    """Its nodes with xen,reg that Xen takes so far: whether their devices can be assigned depends on the host."""


def partial_tree(tree: Tree, release: str) -> Partial:
    """The entries of `xen,reg` below `/passthrough`, in order.

    Cell counts come from the parent alone, else 2 and 1: here Xen inherits nothing. Raises InputError for a release
    that is not modelled.
    """
    rules = rules_of(release)
    found: list[Passthrough] = []
    faults: list[Fault] = []
    assigned: list[Assigned] = []
    for top in tree.children(tree.root):
        if top.name.lower() != "passthrough":
            continue
        for node in (top, *tree.below(top)):
            entries, fault = _entries(tree, node, node is top, checked=rules.has("xen-reg-cells"))
            found += entries
            stops = node is top or rules.has("partial-tree-errors")
            if fault is not None:
                faults.append(Fault(node.path, "panics" if stops else "nests", fault))
            elif "xen,reg" in node.properties:
                assigned.append(Assigned(node.path, node.text("xen,path"), _FORCE in node.properties, stops))
    return Partial(tuple(found), tuple(faults), tuple(assigned))


def _entries(tree: Tree, node: Node, is_top: bool, *, checked: bool) -> tuple[list[Passthrough], str | None]:
    value, path = node.properties.get("xen,reg"), node.properties.get("xen,path")
    if value is None and path is None:
        return [], None
    if value is None or (path is None and _FORCE not in node.properties):
        return [], "xen,reg or xen,path is missing"
    addresses, sizes = _cells(tree, None if is_top else tree.parent(node))
    if not (0 < addresses <= 2 and 0 < sizes <= 2):
        known = "" if checked else "; this release does not check that"
        return [], f"xen,reg with {addresses} and {sizes} cells{known}"
    a, one = 4 * addresses, 4 * (2 * addresses + sizes)
    found: list[Passthrough] = []
    for index in range(len(value) // one):
        part = value[index * one : (index + 1) * one]
        host, size, guest = number(part[:a]), number(part[a:-a]), number(part[-a:])
        for what, amount in (("host address", host), ("size", size), ("guest address", guest)):
            if amount % PAGE:
                return found, f"xen,reg[{index}]: {what} {hexa(amount)} is no multiple of {PAGE}"
        found.append(Passthrough(node.path, index, host, guest, size))
    return found, None


def _cells(tree: Tree, parent: Node | None) -> tuple[int, int]:
    if parent is None:
        return ROOT_ADDRESS_CELLS, ROOT_SIZE_CELLS
    addresses, sizes = cell(tree, parent, "#address-cells"), cell(tree, parent, "#size-cells")
    return (
        ROOT_ADDRESS_CELLS if addresses is None else addresses,
        ROOT_SIZE_CELLS if sizes is None else sizes,
    )
