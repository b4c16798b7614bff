"""The device tree of a board as a kernel package has it, before a boot loader has filled it in.

Banks of RAM without a size hold the place of what the boot loader knows. No machine boots with them: judged as they
stand, they would be the empty entries that stop find_memory_holes. Without them the host's RAM is open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from verifier.layout.device_tree import Node, Tree


def without_empty_banks(tree: Tree) -> Tree:
    """A tree without the entries of memory nodes that have no size, and without the nodes that have no others.

    What is below such a node goes with it.
    """
    width = _width(tree)
    kept: dict[int | None, Node] = {}
    for each in tree.nodes:  # parents first
        node = _with_reg(each, _filled(each, *width)) if _is_ram(each) else each
        if (node.parent is None or node.parent in kept) and (not _is_ram(node) or node.properties["reg"]):
            kept[node.index] = node
    return _renumbered(tree, kept.values())


def has_empty_banks(tree: Tree) -> bool:
    """Whether a memory node has an entry without a size."""
    width = _width(tree)
    return any(_is_ram(each) and _filled(each, *width) != each.properties["reg"] for each in tree.nodes)


def _width(tree: Tree) -> tuple[int, int]:
    """Bytes of an address and of a size in the `reg` of memory nodes."""
    addresses, sizes = (
        int.from_bytes(tree.root.properties.get(name, default), "big") * 4
        for name, default in (("#address-cells", b"\2"), ("#size-cells", b"\1"))
    )
    return addresses, sizes


def _is_ram(node: Node) -> bool:
    return node.parent == 0 and node.text("device_type") == "memory" and "reg" in node.properties


def _with_reg(node: Node, reg: bytes) -> Node:
    return replace(node, properties={**node.properties, "reg": reg})


def _filled(node: Node, addresses: int, sizes: int) -> bytes:
    """`reg` without the entries that have no size; an incomplete one at its end goes with the last of the others alone."""
    reg, one = node.properties["reg"], addresses + sizes
    if len(reg) < one or not one:
        return reg  # there are no entries to tell apart
    end = len(reg) // one * one
    entries = (reg[at : at + one] for at in range(0, end, one))
    filled = b"".join(each for each in entries if any(each[addresses:]))
    return filled + reg[end:] if filled else b""


def _renumbered(tree: Tree, kept: Iterable[Node]) -> Tree:
    nodes = tuple(kept)
    number = {each.index: index for index, each in enumerate(nodes)}
    return replace(
        tree,
        nodes=tuple(
            Node(
                number[each.index],
                each.path,
                each.name,
                None if each.parent is None else number[each.parent],
                tuple(number[child] for child in each.children if child in number),
                each.properties,
            )
            for each in nodes
        ),
    )
