"""The map of a board by the specification beside Xen's own walk: where they differ is known, and who is right.

Neither side is the other's oracle: both read real boards and boots, each by its own rules. A difference that none of the
reasons below explains from the tree alone is a defect of one of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from tests.reading.runs import NEEDS_BOARDS, boards, release_runs, runs
from tests.reading.trees import Description, tree
from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Entry
from verifier.layout.obstacle import BoardMap
from verifier.reading.board_map import board_map
from verifier.reading.dt_addresses import Buses, windows_of
from verifier.reading.dt_rules import rules_of
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of

RELEASE = "4.22.0"
BOARDS = sorted((Path(__file__).parents[1] / "boards").glob("*.dtb"))
Stretch: TypeAlias = tuple[str, str, int, int]
"""Path, `reg[0]`, start and exclusive end."""


def of_xen(read: Tree) -> tuple[set[Stretch], set[tuple[str, str]]]:
    """What Xen's walk finds, and what it cannot translate; unlike Xen's own it goes on after that."""
    rules = rules_of(RELEASE)
    known = Buses(read, rules)
    found, failed = set[Stretch](), set[tuple[str, str]]()
    for node in read.nodes:
        for each in (*known.entries(node), *windows_of(known, node, rules)):
            origin = f"{each.kind}[{each.index}]"
            if isinstance(each, Entry):
                found.add((each.path, origin, each.address, each.address + each.size))
            else:
                failed.add((each.path, origin))
    return found, failed


def of_specification(found: BoardMap) -> set[Stretch]:
    """Without the memory reserve map, which is no part of Xen's walk."""
    return {
        (each.path, each.origin, each.extent.start, each.extent.end)
        for each in found.obstacles
        if each.kind != "memreserve"
    }


def differences(read: Tree) -> Iterator[tuple[str, str]]:
    """The name of what differs, and why; the reason is empty where none fits."""
    mine, (xens, failed) = board_map(read), of_xen(read)
    ours = of_specification(mine)
    unplaced = {(each.path, each.origin) for each in mine.unplaced}
    for path, origin, *place in sorted(xens ^ ours):
        yield f"{path} {origin} {place}", reason(read, path, origin, unplaced, xens, ours)
    for path, origin in sorted(failed - unplaced):
        yield f"{path} {origin} fails", reason(read, path, origin, unplaced, xens, ours)


def reason(
    read: Tree, path: str, origin: str, unplaced: set[tuple[str, str]], xens: set[Stretch], ours: set[Stretch]
) -> str:
    node = read.at(path)
    assert node is not None
    way = list(above(read, node))
    starts = [{start for at, name, start, _ in each if (at, name) == (path, origin)} for each in (xens, ours)]
    ends = {end for at, name, _, end in ours if (at, name) == (path, origin)}
    of_ranges = origin.startswith("ranges")
    wide = (
        int.from_bytes(each.properties.get("#address-cells", b""), "big") > 2 and not pci(each)
        for each in way
    )
    holds = {
        "left out": "xen,xen" in node.strings("compatible"),
        "not whole": (path, "reg") in unplaced,
        "more than two cells": any(wide),
        "unreachable": any("ranges" not in each.properties for each in way[:-1]),
        "nested bridge": of_ranges and pci(way[0]),
        "untyped bridge": of_ranges and node.text("device_type") != "pci",
        "up to 2^64": 1 << 64 in ends,
        "tail": bool(starts[0] & starts[1]) and (path, origin) in unplaced,
        "several entries": starts[0] <= starts[1] and len(starts[1]) > 1,
    }
    return next((name for name, fits in holds.items() if fits), "")


def above(read: Tree, node: Node) -> Iterator[Node]:
    """From its parent to the root."""
    while node.parent is not None:
        node = read.nodes[node.parent]
        yield node


def pci(node: Node) -> bool:
    return node.text("device_type") == "pci" or node.stem.startswith("pci")


def reasons(read: Tree) -> set[str]:
    found = dict(differences(read))
    assert all(found.values()), found
    return set(found.values())


def test_real_boards_and_boots_of_real_xen() -> None:
    """Boards that Xen was booted on, by hand and at random, 4.16 to head."""
    trees = {path.name: read_dtb(path.read_bytes(), path.name) for path in BOARDS}
    trees |= {name: read_dtb(run.blob, name) for name, run in {**runs(), **release_runs()}.items()}
    counts = Counter[str]()
    for read in trees.values():
        counts.update(reasons(read) or {"same"})
    assert counts["same"] > 0.8 * len(trees)
    assert {"tail", "untyped bridge", "not whole", "unreachable", "up to 2^64"} <= set(counts)


@NEEDS_BOARDS
def test_boards() -> None:
    """286 boards; extra input, ORACLE. On the nine that real Xen refuses to build dom0 for, the same is unplaced."""
    counts, refused = Counter[str](), 0
    for name, (content, versions) in boards().items():
        read = read_dtb(content, name)
        counts.update(reasons(read) or {"same"})
        xen, mine = host_of(read, RELEASE).addresses, board_map(read)
        ended = (versions.get("head") or versions["4.17=head"])["ended"]
        assert (ended == "panic") == bool(mine.unplaced), name
        refused += bool(mine.unplaced)
        if xen.failure is None:
            assert not mine.unplaced, name
        else:
            first = mine.unplaced[0]
            assert (first.path, first.origin) == (
                xen.failure.path,
                f"{xen.failure.kind}[{xen.failure.index}]",
            )
    assert (counts, refused) == ({"same": 285, "tail": 1}, 9)


def test_differences_are_seen() -> None:
    """Each kind by hand: Xen's answer, then the specification's."""
    two: Description = {"#address-cells": [2], "#size-cells": [2]}
    one: Description = {"#address-cells": [1], "#size-cells": [1]}
    three: Description = {"#address-cells": [3], "#size-cells": [2]}
    window = [0x0200_0000, 0, 0, 0, 0x1000, 0, 0x1000]
    inner = [0x0200_0000, 0, 0, 0x0200_0000, 0, 0, 0, 0x100]
    typed = {**three, "device_type": "pci", "ranges": window}
    for description, expected in (
        # Xen moves the first byte and takes the size as it is: 0x10 bytes where 8 are mapped.
        ({**one, "b": {**one, "ranges": [0, 0x9000, 8], "a": {"reg": [0, 0x10]}}}, "tail"),
        # The second half is elsewhere: Xen takes [0x9000, 0x9010), the specification [0x9000, 0x9008) and [0x5000, 0x5008).
        (
            {**one, "b": {**one, "ranges": [0, 0x9000, 8, 8, 0x5000, 8], "a": {"reg": [0, 0x10]}}},
            "several entries",
        ),
        # Xen leaves out the rest of a list that is not whole, and inherits cells where the specification has defaults.
        ({**one, "a": {"reg": [1, 2, 3]}}, "not whole"),
        ({**two, "b": {"ranges": b"", "a": {"reg": [0, 1, 0, 2]}}}, "not whole"),
        # Xen takes windows only from device_type = "pci", but from bridges below bridges as well.
        ({**two, "pcie@1": {**three, "ranges": window}}, "untyped bridge"),
        (
            {**two, "pcie@1": {**typed, "pci@1,0": {**three, "device_type": "pci", "ranges": inner}}},
            "nested bridge",
        ),
        # A bus below a bus without `ranges`: Xen does not build dom0, where the specification has nothing there.
        ({**one, "b": {**one, "c": {**one, "ranges": b"", "a": {"reg": [1, 1]}}}}, "unreachable"),
        # The node that a running Xen made is a device to the next one.
        ({**one, "hypervisor": {"compatible": "xen,xen", "reg": [1, 1]}}, "left out"),
        # Of more than two cells Xen takes the first.
        ({**three, "a": {"reg": [0, 0, 1, 0, 1]}}, "more than two cells"),
    ):
        assert reasons(tree(description)) == {expected}, description
