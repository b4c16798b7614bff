"""Device trees to be edited: nodes that hold their children, unlike the indexed ones that are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from verifier.layout.device_tree import Node, Tree
from verifier.machine.flat_tree import sized


@dataclass(frozen=True, slots=True)
class Branch:
    """A node and all below it; changing one is making another."""

    name: str
    """With its unit address; empty for the root."""
    properties: Mapping[str, bytes] = field(default_factory=dict)
    children: tuple[Branch, ...] = ()


def branch(tree: Tree, node: Node | None = None) -> Branch:
    """A node of a tree, the root unless another is named, and all below it."""
    node = tree.root if node is None else node
    return Branch(node.name, node.properties, tuple(branch(tree, child) for child in tree.children(node)))


def grown(root: Branch, file: str, reserved: tuple[tuple[int, int], ...] = (), boot_cpu: int = 0) -> Tree:
    """The tree of a root, as if it was read from its blob."""
    nodes: list[Node] = []
    _grow(nodes, root, None, "/")
    return sized(Tree(file, tuple(nodes), reserved, boot_cpu))


def _grow(nodes: list[Node], each: Branch, parent: int | None, path: str) -> int:
    """Add a node and all below it in document order; its index."""
    index = len(nodes)
    node = Node(index, path, each.name, parent, (), each.properties)
    nodes.append(node)
    above = path.rstrip("/")
    children = tuple(_grow(nodes, child, index, f"{above}/{child.name}") for child in each.children)
    if children:
        nodes[index] = Node(index, path, each.name, parent, children, each.properties)
    return index


def cells(*words: int) -> bytes:
    """Numbers of 32 bits, most significant byte first."""
    return b"".join(word.to_bytes(4, "big") for word in words)


def strings(*texts: str) -> bytes:
    """A list of strings, each with its NUL."""
    return b"".join(text.encode("latin-1") + b"\0" for text in texts)


def addresses(pairs: Iterable[tuple[int, int]], address_cells: int, size_cells: int) -> bytes:
    """Entries of `reg`: addresses and sizes in so many cells each."""
    return b"".join(
        address.to_bytes(4 * address_cells, "big") + size.to_bytes(4 * size_cells, "big")
        for address, size in pairs
    )


def walk(root: Branch) -> Iterator[Branch]:
    """A node and all below it in document order."""
    yield root
    for child in root.children:
        yield from walk(child)
