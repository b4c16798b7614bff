"""A device tree made as small as it can be with something still true of it (delta debugging).

Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002), the part with complements; by levels
of the tree from the root down (Misherghi and Su, "HDD", 2006), so that what matters little goes with few questions.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.layout.device_tree import Node, Tree
from verifier.machine.flat_tree import sized
from verifier.reading.dt_addresses import ROOT_ADDRESS_CELLS, ROOT_SIZE_CELLS, cell

MOST_QUESTIONS = 4000
"""Far beyond what boards need (some hundreds)."""
_PCI_CELLS = (3, 2)
_MOST_CELLS = 4


@dataclass(frozen=True, slots=True)
class _Part:
    """Something that can go: a node and all below it, a property, or bytes `[start, end)` of one.

    Node -1 is the memory reserve map, whose entries are counted by `start`.
    """

    node: int
    name: str | None = None
    start: int = 0
    end: int = 0


def minimise(
    tree: Tree, holds: Callable[[Tree], bool], keep: Collection[str] = (), most: int = MOST_QUESTIONS
) -> Tree:
    """A tree of nodes of `tree` for which `holds`, and for which it does not with any one node less.

    A node goes with all below it. Then entries of `reg`, `ranges` and the memory reserve map go one by one, then
    properties; what of all these is left is needed, each by itself. Nodes at a path of `keep` and all above them stay
    as they are, and so does the root.
    `holds` is asked at most `most` times; what there is then no question left for stays. The same tree gives the
    same result. Raises ValueError if it does not hold for `tree` itself.
    """
    return _Minimiser(tree, holds, keep, most).result()


class _Minimiser:
    def __init__(self, tree: Tree, holds: Callable[[Tree], bool], keep: Collection[str], most: int) -> None:
        self._tree = tree
        self._holds = holds
        self._left = most - 1
        self._gone: frozenset[_Part] = frozenset()
        self._answers: dict[frozenset[_Part], bool] = {}
        self._kept = set(_kept(tree, keep))
        if not holds(sized(tree)):
            raise ValueError("what is to be kept true of the tree is not true of it")

    def result(self) -> Tree:
        before = None
        while before != self._gone:
            before = self._gone
            deepest = max(self._tree.depth(node) for node in self._present())
            for depth in range(1, deepest + 1):
                self._reduce(self._nodes(depth))
            self._reduce(list(self._entries()))
            self._reduce(list(self._properties()))
        return _without(self._tree, self._gone)

    def _reduce(self, parts: Sequence[_Part]) -> None:
        """Let go of as many as can be, large blocks first, until no single one can."""
        left, size = list(parts), len(parts)
        while size:
            before, at = len(left), 0
            while at < len(left):
                block = frozenset(left[at : at + size])
                if self._asked(self._gone | block):
                    self._gone |= block
                    del left[at : at + size]
                else:
                    at += size
            size = size // 2 if size > 1 or len(left) == before else 1
            size = min(size, len(left))

    def _asked(self, gone: frozenset[_Part]) -> bool:
        if gone not in self._answers:
            if not self._left:
                return False
            self._left -= 1
            self._answers[gone] = self._holds(_without(self._tree, gone))
        return self._answers[gone]

    def _present(self) -> Iterator[Node]:
        """The nodes that are still there."""
        absent: set[int] = set()
        for node in self._tree.nodes:
            if node.parent in absent or _Part(node.index) in self._gone:
                absent.add(node.index)
            else:
                yield node

    def _free(self) -> Iterator[Node]:
        return (node for node in self._present() if node.index not in self._kept)

    def _nodes(self, depth: int) -> list[_Part]:
        return [_Part(node.index) for node in self._free() if self._tree.depth(node) == depth]

    def _entries(self) -> Iterator[_Part]:
        parts = [_Part(-1, start=index) for index in range(len(self._tree.reserved))]
        for node in self._free():
            for name, width in _widths(self._tree, node):
                value = node.properties[name]
                parts += [_Part(node.index, name, at, at + width) for at in range(0, len(value), width)]
        return (part for part in parts if part not in self._gone)

    def _properties(self) -> Iterator[_Part]:
        for node in self._free():
            for name in node.properties:
                if _Part(node.index, name) not in self._gone:
                    yield _Part(node.index, name)


def _kept(tree: Tree, paths: Collection[str]) -> Iterator[int]:
    """The root, and the nodes at the paths with all above them."""
    yield 0
    for path in paths:
        node = tree.at(path)
        while node is not None:
            yield node.index
            node = tree.parent(node)


def _widths(tree: Tree, node: Node) -> Iterator[tuple[str, int]]:
    """The properties of a node that are lists of several entries, and the bytes of an entry."""
    own, parent = _counts(tree, node), tree.parent(node)
    outer = own if parent is None else _counts(tree, parent)
    for name, count in (("reg", sum(outer)), ("ranges", sum(own) + outer[0])):
        length = len(node.properties.get(name, b""))
        if count and length > 4 * count and not length % (4 * count):
            yield name, 4 * count


def _counts(tree: Tree, bus: Node) -> tuple[int, int]:
    """Address and size cells of what stands below a bus (Devicetree Specification v0.4, 2.3.5)."""
    if bus.text("device_type") == "pci":
        return _PCI_CELLS
    found = (
        _cell(tree, bus, "#address-cells", ROOT_ADDRESS_CELLS),
        _cell(tree, bus, "#size-cells", ROOT_SIZE_CELLS),
    )
    return found if all(0 <= count <= _MOST_CELLS for count in found) else (0, 0)


def _cell(tree: Tree, node: Node, name: str, otherwise: int) -> int:
    value = cell(tree, node, name)
    return otherwise if value is None else value


def _without(tree: Tree, gone: frozenset[_Part]) -> Tree:
    """What is left of a tree, with the size of its blob."""
    by_node: dict[int, list[_Part]] = {}
    for part in gone:
        by_node.setdefault(part.node, []).append(part)
    nodes: list[Node] = []
    places: dict[int, int] = {}
    children: list[list[int]] = []
    for node in tree.nodes:
        parts = by_node.get(node.index, [])
        if node.parent is not None and (node.parent not in places or _Part(node.index) in parts):
            continue
        places[node.index] = index = len(nodes)
        parent = None if node.parent is None else places[node.parent]
        if parent is not None:
            children[parent].append(index)
        children.append([])
        properties = _rest(node, parts) if parts else node.properties
        nodes.append(Node(index, node.path, node.name, parent, (), properties))
    whole = tuple(
        replace(node, children=tuple(below)) if below else node
        for node, below in zip(nodes, children, strict=True)
    )
    lost = {part.start for part in by_node.get(-1, ())}
    reserved = tuple(entry for index, entry in enumerate(tree.reserved) if index not in lost)
    return sized(Tree(tree.file, whole, reserved, tree.boot_cpu))


def _rest(node: Node, parts: Sequence[_Part]) -> dict[str, bytes]:
    """The properties that are left; a list without entries is no property (an empty `ranges` would map everything)."""
    found: dict[str, bytes] = {}
    for name, value in node.properties.items():
        mine = [part for part in parts if part.name == name]
        if any(not part.end for part in mine):
            continue
        cut = sorted((part.start, part.end) for part in mine)
        starts = [0, *(end for _, end in cut)]
        ends = [*(start for start, _ in cut), len(value)]
        left = b"".join(value[start:end] for start, end in zip(starts, ends, strict=True))
        if left or not cut:
            found[name] = left
    return found
