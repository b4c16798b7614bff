"""Blobs: what is read is what stands there; what is no tree is refused in a sentence, soon."""

from __future__ import annotations

import random
import struct
import subprocess
import time
from pathlib import Path

import pytest

from tests.reading.runs import runs
from tests.reading.trees import Description, blob, build, tree
from tests.timing import HANG
from verifier.layout.errors import InputError
from verifier.reading import dtb
from verifier.reading.device_tree import read_tree
from verifier.reading.dtb import read_dtb

SOURCE = """\
/dts-v1/;
/memreserve/ 0x10000000 0x4000;
/memreserve/ 0x20000000 0x8000;
/ {
    #address-cells = <2>;
    model = "board";
    compatible = "a,b", "c";
    empty;
    soc {
        odd = [01 02 03];
        serial@7e201000 { reg = <0x0 0x7e201000>; };
    };
    soc@1 { };
};
"""
SMALL = {"model": "board", "soc": {"odd": b"\1\2\3", "serial@1": {"reg": [1]}}}
STRUCTURE = 56
"""Where the structure block of a blob without reservations starts."""


def test_a_tree_holds_what_its_source_says() -> None:
    """dtc made the blob, so nothing here rests on our own builder."""
    read = read_tree(SOURCE.encode(), "s.dts")
    assert read.reserved == ((0x10000000, 0x4000), (0x20000000, 0x8000))
    assert [node.path for node in read.nodes] == ["/", "/soc", "/soc/serial@7e201000", "/soc@1"]
    assert list(read.root.properties) == ["#address-cells", "model", "compatible", "empty"]
    assert read.root.properties["#address-cells"] == b"\0\0\0\2"
    assert read.root.properties["empty"] == b""
    assert (read.root.text("model"), read.root.strings("compatible")) == ("board", ("a,b", "c"))
    serial = read.at("/SOC/serial@7e201000")
    assert serial is not None
    assert (serial.name, serial.stem, serial.parent, read.depth(serial)) == (
        "serial@7e201000",
        "serial",
        1,
        2,
    )
    soc = read.parent(serial)
    assert soc is not None
    assert soc.properties == {"odd": b"\1\2\3"}
    assert read.child(read.root, "soc") == soc
    assert read.child(read.root, "soc@1") == read.nodes[3]
    assert [node.index for node in read.below(read.root)] == [1, 2, 3]


def test_dtc_reads_what_the_builder_writes(tmp_path: Path) -> None:
    """And what dtc makes of it reads as the same tree."""
    for name, run in runs().items():
        read = read_dtb(run.blob, name)
        path = tmp_path / "t.dtb"
        path.write_bytes(build(read))
        done = subprocess.run(
            ["dtc", "-q", "-I", "dtb", "-O", "dtb", str(path)], capture_output=True, check=True
        )
        assert read_dtb(done.stdout, name).nodes == read.nodes


def test_building_and_reading_is_a_fixed_point() -> None:
    for name, run in runs().items():
        read = read_dtb(run.blob, name)
        again = read_dtb(build(read), name)
        assert (again.nodes, again.reserved, again.boot_cpu) == (read.nodes, read.reserved, read.boot_cpu)
        assert build(again) == build(read)


@pytest.mark.parametrize("version", [16, 17])
def test_both_versions_are_read(version: int) -> None:
    content = bytearray(blob(SMALL, version=version))
    if version == 16:
        content[36:40] = b"\xff\xff\xff\xff"  # no field of version 16: the size of the structure block
    assert read_dtb(bytes(content), "t").nodes == tree(SMALL).nodes


def test_what_follows_the_tree_is_ignored() -> None:
    assert read_dtb(blob(SMALL) + bytes(100), "t").nodes == tree(SMALL).nodes


def test_nops_are_passed_over() -> None:
    """libfdt leaves them where something was deleted."""
    content = bytearray(blob({"model": "board", "soc": {}}))
    at = content.index(struct.pack(">III", 3, 6, 0))
    content[at : at + 20] = struct.pack(">I", 4) * 5
    assert [list(node.properties) for node in read_dtb(bytes(content), "t").nodes] == [[], []]


def header(at: int, value: int) -> bytes:
    content = bytearray(blob(SMALL))
    content[at : at + 4] = struct.pack(">I", value)
    return bytes(content)


def patched(old: bytes, new: bytes) -> bytes:
    content = blob(SMALL)
    assert content.count(old) == 1
    assert len(old) == len(new)
    return content.replace(old, new)


def deep(levels: int) -> bytes:
    description: Description = {}
    for _ in range(levels):
        description = {"n": description}
    return blob(description)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no device tree blob: it does not start with d00dfeed"),
        (b"/dts-v2/;", "no device tree blob: it does not start with d00dfeed"),
        (blob(SMALL)[:39], "truncated device tree: 39 bytes are less than its header"),
        (blob(SMALL)[:-1], "truncated device tree: 169 of 170 bytes"),
        (header(4, 40), "the structure block [0x38, 0x9c) is not inside the device tree, [0x28, 0x28)"),
        (header(4, 1 << 22), "device tree of 4194304 bytes; Xen maps at most 2097152"),
        (header(8, 36), "the structure block [0x24, 0x88) is not inside the device tree, [0x28, 0xaa)"),
        (header(8, STRUCTURE + 2), "the structure block starts at 0x3a, no multiple of 4"),
        (header(8, 44), "memory reserve map and structure block of the device tree overlap"),
        (header(12, STRUCTURE + 4), "structure block and strings block of the device tree overlap"),
        (header(12, 0xFFFFFFFF), "the strings block [0xffffffff, "),
        (header(16, 44), "the memory reserve map starts at 0x2c, no multiple of 8"),
        (header(20, 15), "device tree of version 15, compatible with 16; 16 and 17 can be read"),
        (header(24, 18), "device tree of version 17, compatible with 18"),
        (header(36, 0xFFFFFFFC), "the structure block [0x38, "),
        (header(36, 0), "truncated structure block"),
        (header(36, 4), "the name of a node has no end, or is longer than 255 bytes"),
        (header(36, 8), "/: truncated structure block"),
        (header(STRUCTURE, 2), "a node ends that has not begun"),
        (header(STRUCTURE, 3), "a property outside all nodes"),
        (header(STRUCTURE, 9), "a device tree without nodes"),
        (header(STRUCTURE, 7), "unknown token 0x7 at 0x38"),
        (header(STRUCTURE + 4, 0x61000000), "no root node"),
        (patched(b"serial@1", b"ser al@1"), "/soc: b'ser al@1' is no name of a node below it"),
        (patched(b"serial@1", b"ser/al@1"), "/soc: b'ser/al@1' is no name of a node below it"),
        (patched(b"serial@1", b"ser\x1bal@1"), "/soc: b'ser\\x1bal@1' is no name of a node below it"),
        (patched(b"model\0", b"mo\xffel\0"), "/: b'mo\\xffel' is no name of a property"),
        (patched(b"model\0odd\0", b"odd\0\0\0odd\0"), ""),
        (patched(struct.pack(">III", 3, 6, 0), struct.pack(">III", 3, 6, 99)), "/: a property is named at 0x63"),
        (patched(struct.pack(">III", 3, 6, 0), struct.pack(">III", 3, 999, 0)), "/: a property of 999 bytes"),
        (deep(64), "nodes nested deeper than 64"),
        (blob({"n" * 256: {}}), "/: the name of a node has no end, or is longer than 255 bytes"),
        (blob({"p" * 256: b""}), "/: a property is named at 0x0: outside the strings block, or longer than 255"),
        (
            blob({"a" * 250: {"b" * 250: {"c" * 250: {"d" * 250: {"e" * 250: {}}}}}}),
            "a path longer than 1024 bytes below it",
        ),
    ],
)  # fmt: skip
def test_what_is_no_tree(content: bytes, message: str) -> None:
    if not message:
        assert list(read_dtb(content, "t.dtb").root.properties) == ["odd"]
        return
    with pytest.raises(InputError) as caught:
        read_dtb(content, "t.dtb")
    assert message in str(caught.value)
    assert str(caught.value).startswith("t.dtb: error: ")


def test_a_property_twice_is_refused() -> None:
    """Xen and libfdt take the first, Linux too; what was meant is unknown."""
    content = blob({"aa": [1], "ab": [2]})
    with pytest.raises(InputError, match='/: property "aa" stands there twice'):
        read_dtb(content.replace(b"aa\0ab\0", b"aa\0aa\0"), "t")


def test_a_property_after_a_child_is_refused() -> None:
    """The specification puts properties first; readers that skip ahead would not see it."""
    child = struct.pack(">II", 1, 0x61000000) + struct.pack(">I", 2)
    value = struct.pack(">IIII", 3, 4, 0, 1)
    content = blob({"p": [1], "a": {}})
    assert value + child in content
    with pytest.raises(InputError, match="/: a property after the first child"):
        read_dtb(content.replace(value + child, child + value), "t")


def test_a_memory_reserve_map_needs_an_end() -> None:
    content = blob({}, reserved=[(1, 2)])
    with pytest.raises(InputError, match="the memory reserve map has no end"):
        read_dtb(content[:56] + struct.pack(">QQ", 1, 1) + content[72:], "t")


def test_too_many_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dtb, "MOST_NODES", 3)
    assert len(tree({"a": {}, "b": {}}).nodes) == 3
    with pytest.raises(InputError, match="more than 3 nodes"):
        tree({"a": {}, "b": {}, "c": {}})


def test_the_largest_trees_take_bounded_time() -> None:
    """As many nodes as there may be, and names that overlap as much as they may."""
    many = blob({f"n{number}": {} for number in range(dtb.MOST_NODES - 1)})
    names = struct.pack(">II", 1, 0)
    names += b"".join(struct.pack(">III", 3, 0, at) for at in range(100_000)) + struct.pack(">II", 2, 9)
    whole = blob({})
    start = STRUCTURE + len(names)
    overlapping = struct.pack(
        ">10I", 0xD00DFEED, start + 100_256, STRUCTURE, start, 40, 17, 16, 0, 100_256, len(names)
    )
    overlapping += whole[40:STRUCTURE] + names + b"a" * 100_255 + b"\0"
    for content in (many, overlapping):
        began = time.process_time()
        fault = refusal(content)
        assert fault is None or "longer than 255 bytes" in fault.message
        assert time.process_time() - began < 2


@pytest.mark.parametrize("seed", range(4))
def test_damage_gives_a_tree_or_a_sentence_soon(seed: int) -> None:
    """4,000 mutations: bytes, words, cuts, moved pieces."""
    chance = random.Random(seed)
    blobs = [run.blob for run in runs().values()]
    refused = 0
    for _ in range(1000):
        content = bytearray(chance.choice(blobs))
        for _ in range(chance.choice([1, 1, 2, 5])):
            damage(content, chance)
        began = time.process_time()
        fault = refusal(bytes(content))
        assert time.process_time() - began < HANG
        refused += fault is not None
        assert fault is None or (fault.file == "t" and fault.message.isprintable())
    assert 200 < refused < 1000


def refusal(content: bytes) -> InputError | None:
    try:
        read_dtb(content, "t")
    except InputError as fault:
        return fault
    return None


def damage(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content))
    kind = chance.randrange(6)
    if kind == 0:
        content[at] = chance.randrange(256)
    elif kind == 1:
        at &= ~3
        content[at : at + 4] = struct.pack(
            ">I", chance.choice([0, 1, 2, 3, 4, 9, 0x7FFFFFFF, 0xFFFFFFFF, 100])
        )
    elif kind == 2:
        del content[at:]
        content += b"\0"
    elif kind == 3:
        del content[at : at + 4 * chance.randint(1, 8)]
    elif kind == 4:
        content[at:at] = content[: 4 * chance.randint(1, 8)]
    else:
        at = chance.randrange(0, 40, 4)
        content[at : at + 4] = struct.pack(">I", chance.randrange(1 << chance.randint(1, 32)))
