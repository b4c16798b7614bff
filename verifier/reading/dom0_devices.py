"""Which addresses of the host tree Xen maps to dom0 (`handle_node`, `handle_device`; xen/arch/arm/domain_build.c)."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Addresses, Entry, Untranslated
from verifier.reading.dt_addresses import Buses, windows_of
from verifier.reading.dt_rules import Rules
from verifier.reading.handled_nodes import DOUBTFUL_IOMMUS, Handling


def mapped_to_dom0(tree: Tree, buses: Buses, rules: Rules, uart: Node | None) -> Addresses:
    """What is mapped, in the order of the tree, up to the first that has no translation: then dom0 is not built.

    Every driver of an IOMMU is taken to be built in; `uart` is Xen's console.
    """
    handling = Handling(tree, rules, DOUBTFUL_IOMMUS, uart)
    entries = list[Entry]()
    for node in _handled(tree, handling):
        for found in (*buses.entries(node), *_windows(buses, node, rules)):
            if isinstance(found, Untranslated):
                return Addresses(tuple(entries), found)
            if "xen,passthrough" not in node.properties:
                entries.append(found)
    return Addresses(tuple(entries))


def _windows(buses: Buses, node: Node, rules: Rules) -> Iterator[Entry | Untranslated]:
    """Those of a bridge; one without `ranges` is an error here (`map_device_children`), and none for the holes."""
    if (node.text("device_type") or "").lower() == "pci" and "ranges" not in node.properties:
        yield Untranslated(node.path, "ranges", 0, "there is none to enumerate")
    yield from windows_of(buses, node, rules)


def _handled(tree: Tree, handling: Handling) -> Iterator[Node]:
    """Nodes that reach `handle_device`: those that are left out take all below them along."""
    left_out: set[int | None] = set()
    for node in tree.nodes:
        if node.parent in left_out or handling.fate(node) != "copied":
            left_out.add(node.index)
        else:
            yield node
