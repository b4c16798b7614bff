"""The smallest tree that still shows something: nodes, properties, and members of lists taken away while it does.

What Xen needs of every tree stays, so that what is left is one that a reader can boot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.live.source import Node, Scene

KEPT = (
    "cpus",
    "psci",
    "timer",
    "interrupt-controller@8000000",
    "serial@9000000",
    "chosen",
    "memory@40000000",
)
"""Children of the root that stay; of /chosen, what is below it may go."""
Path = tuple[int, ...]
"""A node by the places of its ancestors and itself among their siblings; the root is empty."""
Atom = tuple[str, Path, int, int]
"""What can go: `node`, `line` with its place, `member` with those of its line and its own, or `reserve` with its place."""


def shrunk(scene: Scene, shows: Callable[[Scene], bool], most: int = 300) -> Scene:
    """Less of `scene`, of which `shows` is true as it is of `scene`; it is asked `most` times at most.

    Where that is enough, nothing that is left can go alone (1-minimal, as by Zeller's delta debugging).
    """
    asked = 0
    while True:
        before = scene
        for kind in ("node", "reserve", "line", "member"):
            chunk = max(1, sum(1 for _ in atoms(scene, kind)) // 2)
            while chunk:
                place = 0
                while place < len(found := list(atoms(scene, kind))):
                    if asked >= most:
                        return scene
                    asked += 1
                    less = without(scene, frozenset(found[place : place + chunk]))
                    if shows(less):
                        scene = less
                    else:
                        place += chunk
                chunk //= 2
        if scene == before:
            return scene


def atoms(scene: Scene, kind: str) -> Iterator[Atom]:
    """Of a kind, in the order of the tree."""
    if kind == "reserve":
        yield from (("reserve", (), index, 0) for index in range(len(scene.reserves)))
        return
    for path, node in _walk(scene.root, ()):
        if not path or (len(path) == 1 and node.name in KEPT):
            continue
        if kind == "node":
            yield "node", path, 0, 0
        if node.name.startswith("module@"):
            continue
        for index, line in enumerate(node.lines):
            if kind == "line":
                yield "line", path, index, 0
            elif kind == "member" and len(members := line.split(", ")) > 1:
                yield from (("member", path, index, place) for place in range(len(members)))


def without(scene: Scene, gone: frozenset[Atom]) -> Scene:
    """The scene with some of it gone."""
    reserves = tuple(
        each for index, each in enumerate(scene.reserves) if ("reserve", (), index, 0) not in gone
    )
    return replace(scene, root=_node(scene.root, (), gone), reserves=reserves)


def _walk(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    yield path, node
    for index, child in enumerate(node.children):
        yield from _walk(child, (*path, index))


def _node(node: Node, path: Path, gone: frozenset[Atom]) -> Node:
    lines = (
        _line(line, path, index, gone)
        for index, line in enumerate(node.lines)
        if ("line", path, index, 0) not in gone
    )
    children = (
        _node(child, (*path, index), gone)
        for index, child in enumerate(node.children)
        if ("node", (*path, index), 0, 0) not in gone
    )
    return Node(node.name, tuple(line for line in lines if line), tuple(children))


def _line(line: str, path: Path, index: int, gone: frozenset[Atom]) -> str:
    """Empty where no member is left."""
    name, equals, values = line.removesuffix(";").partition(" = ")
    left = [
        value for place, value in enumerate(values.split(", ")) if ("member", path, index, place) not in gone
    ]
    return f"{name}{equals}{', '.join(left)};" if left else ""
