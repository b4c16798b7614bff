"""A device tree as its blob holds it: nodes in document order, properties as raw bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Node:
    """A node; `parent` and `children` are indexes into the tree's `nodes`."""

    index: int
    path: str
    """From the root, `/soc/serial@7e201000`. Siblings may share a name, and then share their path."""
    name: str
    """With its unit address; empty for the root."""
    parent: int | None
    children: tuple[int, ...]
    properties: Mapping[str, bytes]
    """In the order of the blob, values as they are."""

    @property
    def stem(self) -> str:
        """The name without its last `@` and what follows."""
        return self.name.rpartition("@")[0] if "@" in self.name else self.name

    def text(self, name: str) -> str | None:
        """A property up to its first NUL, as C code reads it; None if there is no such property.

        A value without NUL ends with its last byte: in the blob, padding or the high byte of a token follows.
        """
        value = self.properties.get(name)
        return None if value is None else value.partition(b"\0")[0].decode("latin-1")

    def word(self, name: str) -> int | None:
        """The first cell of a property; None if there is no such property, or a shorter one (Xen `dt_property_read_u32`)."""
        value = self.properties.get(name, b"")
        return int.from_bytes(value[:4], "big") if len(value) >= 4 else None

    def strings(self, name: str) -> tuple[str, ...]:
        """A list of strings, `compatible` for instance; empty if there is no such property."""
        value = self.properties.get(name, b"")
        return (
            tuple(part.decode("latin-1") for part in value.removesuffix(b"\0").split(b"\0")) if value else ()
        )

    def compatible(self, name: str) -> bool:
        """Whether `compatible` lists the name, whatever its case (Xen compares with strcasecmp)."""
        return name.lower() in self.names

    @property
    def names(self) -> tuple[str, ...]:
        """What `compatible` lists, in lower case."""
        value = self.properties.get("compatible")
        return _lowered(value) if value else ()

    @property
    def available(self) -> bool:
        """No `status`, or one of `ok` and `okay` (Xen `dt_device_is_available`)."""
        return "status" not in self.properties or self.text("status") in ("ok", "okay")


@lru_cache(maxsize=1 << 12)
def _lowered(value: bytes) -> tuple[str, ...]:
    """A list of strings. Every driver is looked for at every node, and the nodes of a board have few lists."""
    return tuple(value.decode("latin-1").lower().removesuffix("\0").split("\0"))


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole tree."""

    file: str
    nodes: tuple[Node, ...]
    """Document order, which is the order of Xen's list of all nodes; the root comes first."""
    reserved: tuple[tuple[int, int], ...] = ()
    """The memory reserve map: address and size in bytes, in order."""
    boot_cpu: int = 0
    size: int = 0
    """Bytes of the blob by its header."""
    _paths: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.nodes:
            self._paths.setdefault(node.path.lower(), node.index)

    @property
    def root(self) -> Node:
        """The node without parent."""
        return self.nodes[0]

    def at(self, path: str) -> Node | None:
        """The first node with a path, whatever its case (Xen `dt_find_node_by_path`)."""
        index = self._paths.get(path.lower())
        return None if index is None else self.nodes[index]

    def child(self, node: Node, name: str) -> Node | None:
        """The first child of that name; one without unit address fits any (libfdt `fdt_subnode_offset`)."""
        for each in self.children(node):
            if each.name == name or ("@" not in name and each.name.partition("@")[0] == name):
                return each
        return None

    def parent(self, node: Node) -> Node | None:
        """The node above; None for the root."""
        return None if node.parent is None else self.nodes[node.parent]

    def children(self, node: Node) -> Iterator[Node]:
        """The nodes directly below, in order."""
        return (self.nodes[index] for index in node.children)

    def below(self, node: Node) -> Iterator[Node]:
        """All nodes below, in document order."""
        for each in self.children(node):
            yield each
            yield from self.below(each)

    def depth(self, node: Node) -> int:
        """0 for the root."""
        count = 0
        while node.parent is not None:
            node = self.nodes[node.parent]
            count += 1
        return count
