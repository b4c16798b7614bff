"""Which addresses of the host tree Xen maps to dom0 (`handle_node`, `handle_device`; xen/arch/arm/domain_build.c).

Interrupts are read as those of a GIC: a node whose `interrupts` hold a private one, and all below it, is left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Addresses, Entry, Untranslated
from verifier.reading.dt_addresses import Buses, windows_of
from verifier.reading.dt_rules import Rules

_SKIPPED = (
    "xen,xen", "xen,multiboot-module", "multiboot,module", "arm,psci", "arm,psci-0.2", "arm,psci-1.0",
    "arm,cortex-a7-pmu", "arm,cortex-a15-pmu", "arm,cortex-a53-edac", "arm,armv8-pmuv3", "arm,armv7-timer-mem",
)  # fmt: skip
"""`skip_matches`."""
_REPLACED = (
    "arm,cortex-a15-gic", "arm,cortex-a7-gic", "arm,gic-400", "arm,gic-v3", "arm,armv7-timer", "arm,armv8-timer",
)  # fmt: skip
"""GIC and timer, which dom0 gets from Xen itself."""
_NOT_COPIED = frozenset((*_SKIPPED, *_REPLACED))
_GIC_CELLS = 12
_PRIVATE = b"\0\0\0\1"


def mapped_to_dom0(tree: Tree, buses: Buses, rules: Rules, iommus: frozenset[str]) -> Addresses:
    """What is mapped, in the order of the tree, up to the first that has no translation: then dom0 is not built.

    `iommus` are the paths of the nodes that IOMMU drivers take.
    """
    entries = list[Entry]()
    for node in _handled(tree, iommus):
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


def _handled(tree: Tree, iommus: frozenset[str]) -> Iterator[Node]:
    """Nodes that reach `handle_device`: those that are left out take all below them along."""
    left_out: set[int | None] = set()
    for node in tree.nodes:
        if node.parent in left_out or _left_out(node, iommus):
            left_out.add(node.index)
        else:
            yield node


def _left_out(node: Node, iommus: frozenset[str]) -> bool:
    interrupts = node.properties.get("interrupts", b"")
    private = len(interrupts) % _GIC_CELLS == 0 and any(
        interrupts[at : at + 4] == _PRIVATE for at in range(0, len(interrupts), _GIC_CELLS)
    )
    return (
        private
        or node.path == "/cpus"
        or (node.text("device_type") or "").lower() == "memory"
        or node.path in iommus
        or any(name.lower() in _NOT_COPIED for name in node.strings("compatible"))
    )
