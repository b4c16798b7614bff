"""The IOMMUs of a host's tree, and which devices are behind them (`dt_device_is_protected`)."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Iommu
from verifier.reading.handled_nodes import IOMMUS
from verifier.reading.interrupts import cells, phandle


def iommus_of(tree: Tree) -> Iterator[Iommu]:
    """Nodes a driver would take (`device_init`); what is disabled or passed through is not usable."""
    for node in tree.nodes:
        name = next((each for each in node.strings("compatible") if each.lower() in IOMMUS), None)
        if name is not None:
            usable = node.available and "xen,passthrough" not in node.properties
            yield Iommu(node.path, name, IOMMUS[name.lower()], usable)


def behind_iommus(tree: Tree) -> dict[str, bool]:
    """Every node by its path, in lower case as dt_find_node_by_path compares, and whether a usable IOMMU is named for it.

    By `iommus` or `iommu-map` of the node (iommu_add_dt_device), or by `mmu-masters` of an SMMU (register_smmu_master).
    """
    usable = {each.path for each in iommus_of(tree) if each.usable}
    handles: dict[int, Node] = {}
    for node in tree.nodes:
        if phandle(node):
            handles.setdefault(phandle(node), node)
    masters = {
        each
        for node in tree.nodes
        if node.path in usable
        for each in cells(node.properties.get("mmu-masters", b""))
    }

    def is_behind(node: Node) -> bool:
        named = (
            *cells(node.properties.get("iommus", b""))[:1],
            *cells(node.properties.get("iommu-map", b""))[1:2],
        )
        return phandle(node) in masters - {0} or any(
            each in handles and handles[each].path in usable for each in named
        )

    return {node.path.lower(): is_behind(node) for node in tree.nodes}
