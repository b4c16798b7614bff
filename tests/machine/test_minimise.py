"""Minimal trees: the predicate holds, nothing single can go, and it takes few questions; judged by brute force."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.reading import trees
from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Entry
from verifier.machine.branch import Branch, branch, grown
from verifier.machine.flat_tree import blob
from verifier.machine.minimise import minimise
from verifier.reading.dt_addresses import addresses
from verifier.reading.dt_rules import rules_of
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.host_regions import predict
from verifier.xen.release import xen
from verifier.xen.subjects import Given

SL28 = Path(__file__).parents[1] / "boards" / "sl28.dtb"


class Counted:
    """A predicate that counts how often it was asked."""

    def __init__(self, holds: Callable[[Tree], bool]) -> None:
        self.holds, self.asked = holds, 0

    def __call__(self, tree: Tree) -> bool:
        self.asked += 1
        return self.holds(tree)


def some_tree(chance: random.Random, nodes: int) -> Tree:
    """A random tree with node names that are all different."""
    root: dict[str, Any] = {}
    known = [root]
    for number in range(1, nodes):
        below: dict[str, Any] = {}
        chance.choice(known)[f"n{number}"] = below
        known.append(below)
    return trees.tree(root)


def names(tree: Tree) -> set[str]:
    return {node.name for node in tree.nodes}


def cut(tree: Tree, at: Node) -> Tree:
    """The tree without a node, by code that shares nothing with the minimiser."""

    def rest(each: Branch, path: str) -> Branch:
        children = [child for child in each.children if f"{path}/{child.name}" != at.path]
        return Branch(
            each.name, each.properties, tuple(rest(child, f"{path}/{child.name}") for child in children)
        )

    return grown(rest(branch(tree), ""), tree.file, tree.reserved)


def assert_minimal(tree: Tree, holds: Callable[[Tree], bool]) -> None:
    assert holds(tree)
    for node in tree.nodes[1:]:
        assert not holds(cut(tree, node)), node.path


@pytest.mark.parametrize("seed", range(40))
def test_what_is_needed_is_left_and_nothing_else(seed: int) -> None:
    chance = random.Random(seed)
    tree = some_tree(chance, chance.randint(2, 60))
    wanted = set(chance.sample(sorted(names(tree) - {""}), min(len(tree.nodes) - 1, chance.randint(0, 4))))
    paths = [node.path for node in tree.nodes if node.name in wanted]
    least = {"/"} | {
        path[:at] for path in paths for at in range(2, len(path) + 1) if path[at : at + 1] in ("", "/")
    }
    found = minimise(tree, lambda each: wanted <= names(each))
    assert {node.path for node in found.nodes} == least


@pytest.mark.parametrize("seed", range(40))
def test_nothing_single_can_go_whatever_the_predicate(seed: int) -> None:
    """One that no order of removal makes easy: how many there are of several kinds, and two that exclude each other."""
    chance = random.Random(1000 + seed)
    tree = some_tree(chance, chance.randint(4, 40))
    kind = {name: chance.randrange(3) for name in sorted(names(tree))}
    wanted = [sum(kind[each] == one for each in names(tree)) % 3 for one in range(3)]

    def holds(each: Tree) -> bool:
        counts = [sum(kind[name] == one for name in names(each)) for one in range(3)]
        return counts[seed % 3] % 3 == wanted[seed % 3] or counts == [1, 1, 1]

    found = minimise(tree, holds)
    assert_minimal(found, holds)
    assert found == minimise(tree, holds)
    assert found.size == len(blob(found))


def entries(tree: Tree) -> set[tuple[int, int]]:
    found = addresses(tree, rules_of("head")).entries
    return {(each.address, each.size) for each in found if isinstance(each, Entry)}


BUS: trees.Description = {
    "#address-cells": [2],
    "#size-cells": [1],
    "model": "board",
    "soc": {
        "#address-cells": [1],
        "#size-cells": [1],
        "compatible": "simple-bus",
        "ranges": [0, 1, 0, 0x1000, 0x8000, 2, 0x8000, 0x1000],
        "uart@100": {"reg": [0x100, 0x10, 0x8100, 0x20, 0x200, 0x30], "status": "okay"},
        "dma@400": {"reg": [0x400, 0x10]},
        "pcie@800": {
            "device_type": "pci",
            "#address-cells": [3],
            "#size-cells": [2],
            "reg": [0x800, 0x80],
            "bus-range": [0, 255],
            "ranges": [0x01000000, 0, 0, 0xA00, 0, 0x40, 0x02000000, 0, 0, 0xB00, 0, 0x80],
        },
    },
}


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ((0x2_0000_8100, 0x20), {"/soc": [0x8000, 2, 0x8000, 0x1000], "/soc/uart@100": [0x8100, 0x20]}),
        ((0x1_0000_0B00, 0x80), {"/soc": [0, 1, 0, 0x1000], "/soc/pcie@800": None}),
    ],
)
def test_entries_go_one_by_one(wanted: tuple[int, int], left: dict[str, list[int] | None]) -> None:
    tree = trees.tree(BUS, reserved=[(0x1000, 0x1000), (0x4000, 0x1000)])
    found = minimise(tree, lambda each: wanted in entries(each))
    assert entries(found) == {wanted}
    assert found.reserved == ()
    assert [node.path for node in found.nodes] == ["/", *left]
    for path, words in left.items():
        node = found.at(path)
        assert node is not None
        name = "reg" if "reg" in node.properties else "ranges"
        assert words is None or node.properties[name] == trees.packed(words)
    if "/soc/pcie@800" in left:
        pcie = found.at("/soc/pcie@800")
        assert pcie is not None
        assert pcie.properties["ranges"] == trees.packed([0x02000000, 0, 0, 0xB00, 0, 0x80])
        assert "bus-range" not in pcie.properties
        assert "reg" not in pcie.properties
    assert "compatible" not in (found.at("/soc") or found.root).properties
    assert found.root.properties == tree.root.properties


def test_a_reservation_that_matters_stays() -> None:
    tree = trees.tree(BUS, reserved=[(0x1000, 0x1000), (0x4000, 0x1000), (0x8000, 0x1000)])
    found = minimise(tree, lambda each: (0x4000, 0x1000) in each.reserved)
    assert (found.reserved, len(found.nodes)) == (((0x4000, 0x1000),), 1)


def test_what_is_to_be_kept_stays_as_it_is() -> None:
    tree = trees.tree(BUS)
    found = minimise(tree, lambda _: True, keep=["/soc/uart@100", "/no/such/node"])
    assert [node.path for node in found.nodes] == ["/", "/soc", "/soc/uart@100"]
    for node in found.nodes:
        before = tree.at(node.path)
        assert before is not None
        assert node.properties == before.properties


def test_an_empty_list_is_no_property() -> None:
    """An empty `ranges` would map all there is, and nothing said so before."""
    tree = trees.tree(BUS)
    found = minimise(tree, lambda each: each.at("/soc/uart@100") is not None)
    assert [list(node.properties) for node in found.nodes[1:]] == [[], []]


def test_what_does_not_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="is not true of it"):
        minimise(trees.tree(BUS), lambda _: False)


@pytest.mark.parametrize("most", [1, 2, 5, 20])
def test_questions_are_bounded(most: int) -> None:
    tree = some_tree(random.Random(7), 60)
    holds = Counted(lambda each: {"n40", "n50"} <= names(each))
    found = minimise(tree, holds, most=most)
    assert holds.asked <= most
    assert holds.holds(found)
    assert most > 1 or found == tree


def offers_a_device(tree: Tree) -> bool:
    """Whether Debian's Xen is predicted to give dom0 a region with some of a device's addresses in it."""
    (d0, *_) = predict(host_of(tree, "4.17.7"), xen("4.17.7", "release"), Given(48, iommu=True))
    devices = addresses(tree, rules_of("4.17.7")).entries
    return any(
        region.start < device.address + device.size and device.address < region.end
        for region in d0.extended_regions or ()
        for device in devices
    )


def test_a_board_is_made_small_soon() -> None:
    """Debian's Xen offers a device of this board to dom0, 32 GiB at 0x8000000000; three nodes of 153 are why.

    By hand: the first lies at [0x8000000000, 0x8800000000); the second removes [0x8800000000, 0x8800002000); the third
    begins in that hole and ends in the next range, where Xen before 4.19.3 moves the end of the range below up.
    """
    holds = Counted(offers_a_device)
    found = minimise(read_dtb(SL28.read_bytes(), "sl28.dtb"), holds)
    assert_minimal(found, offers_a_device)
    assert holds.asked < 300
    assert [node.path for node in found.nodes if node.path.startswith("/soc/")] == [
        "/soc/pcie-ep@3400000",
        "/soc/pcie@3500000",
        "/soc/pcie-ep@3500000",
    ]
