"""Trees written: what dtc and the reader make of them is the tree that was written."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.reading import trees
from tests.reading.runs import runs
from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError
from verifier.machine.branch import Branch, addresses, branch, cells, grown, strings
from verifier.machine.flat_tree import blob, sized, source
from verifier.reading.device_tree import read_tree
from verifier.reading.dtb import read_dtb

BOARDS = sorted((Path(__file__).parents[1] / "boards").glob("*.dtb"))
WORDS = st.text("abcz09,._+?#-", min_size=1, max_size=6)
NODES = st.text("abcz09,._+-", max_size=5).map(lambda word: f"n{word}@1")
"""Names that dtc allows for nodes, and never that of a property here."""
VALUES = st.one_of(
    st.binary(max_size=9),
    st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=5), max_size=3),
    st.lists(st.integers(0, (1 << 32) - 1), max_size=4),
)
"""Bytes, strings (quotes and backslashes among them, and empty ones), and cells."""
DESCRIPTIONS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    st.dictionaries(WORDS, VALUES, max_size=4),
    lambda below: st.builds(
        lambda properties, children: properties | children,
        st.dictionaries(WORDS, VALUES, max_size=3),
        st.dictionaries(NODES, below, max_size=3),
    ),
    max_leaves=8,
)
RESERVED = st.lists(st.tuples(st.integers(0, (1 << 64) - 1), st.integers(1, (1 << 64) - 1)), max_size=3)


def dtc(content: bytes) -> bytes:
    command = ["dtc", "-q", "-f", "-I", "dtb", "-O", "dtb", "-"]
    return subprocess.run(command, input=content, capture_output=True, check=True).stdout


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.name)
def test_a_blob_is_byte_for_byte_what_dtc_writes(path: Path) -> None:
    content = path.read_bytes()
    assert blob(read_dtb(content, path.name)) == dtc(content)


def test_blobs_of_real_boots_are_what_dtc_writes() -> None:
    for name, run in runs().items():
        assert blob(read_dtb(run.blob, name)) == dtc(run.blob), name


@given(DESCRIPTIONS, RESERVED)
def test_what_is_written_is_read_as_the_same_tree(
    description: dict[str, Any], reserved: list[tuple[int, int]]
) -> None:
    """The first blob is the tests' own builder's, which shares nothing with the writer."""
    read = trees.tree(description, reserved=reserved)
    again = read_dtb(blob(read), "t.dtb")
    assert (again.nodes, again.reserved) == (read.nodes, read.reserved)
    assert again == sized(read)
    assert again.size == len(blob(read))
    assert grown(branch(read), "t.dtb", read.reserved, read.boot_cpu) == again


@given(DESCRIPTIONS, RESERVED)
@settings(max_examples=examples(60), deadline=None)
def test_what_dtc_makes_of_source_is_the_same_tree(
    description: dict[str, Any], reserved: list[tuple[int, int]]
) -> None:
    read = trees.tree(description, reserved=reserved)
    again = read_tree(source(read).encode(), "t.dts")
    assert (again.nodes, again.reserved) == (read.nodes, read.reserved)


@pytest.mark.parametrize("path", BOARDS, ids=lambda path: path.name)
def test_source_of_boards(path: Path) -> None:
    read = read_dtb(path.read_bytes(), path.name)
    again = read_tree(source(read).encode(), path.name)
    assert (again.nodes, again.reserved) == (read.nodes, read.reserved)


def test_the_boot_cpu_is_written() -> None:
    read = replace(trees.tree({"model": "board"}), boot_cpu=3)
    assert read_dtb(blob(read), "t").boot_cpu == 3


def test_source_is_for_people() -> None:
    description = {
        "compatible": ["a,b", "c"],
        "reg": b"abc\0",  # cells, though it looks like a text
        "odd": b"\1\2\3",
        "empty": b"",
        "said": 'a "b" \\',
        "soc": {"#size-cells": [2]},
    }
    assert source(trees.tree(description, reserved=[(0x1000, 16)])) == (
        "/dts-v1/;\n/memreserve/ 0x1000 0x10;\n\n"
        '/ {\n\tcompatible = "a,b", "c";\n\treg = <0x61626300>;\n\todd = [01 02 03];\n\tempty;\n'
        '\tsaid = "a \\"b\\" \\\\";\n\n\tsoc {\n\t\t#size-cells = <0x2>;\n\t};\n};\n'
    )


@pytest.mark.parametrize("name", ["a~b", "a(b"])
def test_source_refuses_names_that_it_cannot_hold(name: str) -> None:
    with pytest.raises(InputError, match=r"/soc: device tree source cannot hold the name"):
        source(trees.tree({"soc": {name: [1]}}))


def test_branches_are_edited_and_grow_into_trees() -> None:
    leaf = Branch("uart@1", {"reg": addresses([(1 << 32, 16)], 2, 1), "compatible": strings("a", "b")})
    tree = grown(Branch("", {"#address-cells": cells(2)}, (Branch("soc", {}, (leaf,)), leaf)), "x")
    assert [(node.path, node.parent, node.children) for node in tree.nodes] == [
        ("/", None, (1, 3)),
        ("/soc", 0, (2,)),
        ("/soc/uart@1", 1, ()),
        ("/uart@1", 0, ()),
    ]
    assert tree.nodes[2].properties == {
        "reg": bytes.fromhex("00000001 00000000 00000010"),
        "compatible": b"a\0b\0",
    }
    assert branch(tree, tree.nodes[1]) == Branch("soc", {}, (leaf,))


def test_a_tree_of_one_node() -> None:
    tree = Tree("x", (Node(0, "/", "", None, (), {}),))
    assert read_dtb(blob(tree), "x").nodes == tree.nodes
    assert dtc(blob(tree)) == blob(tree)
