"""The comparison itself: whatever is changed in what Xen said is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.live.boot import Booted, boot
from tests.live.cases import HIGH, PAGE, holes
from tests.live.compare import compare
from tests.live.packages import Tools
from tests.live.source import Guest, Scene, device, scene
from tests.live.witness import trees, without_trees

CHANGES = (
    ("regions", b"region 0: 0->0x8000000", b"region 0: 0->0x8200000"),
    ("regions", b"d1: extended region 1: 0x200000000", b"d1: extended region 1: 0x210000000"),
    ("log", b"BANK[0] 0x00000050000000-0x00000058000000", b"BANK[0] 0x00000040000000-0x00000048000000"),
    ("reg", b"Grant table range: 0x00000040200000", b"Grant table range: 0x00000040201000"),
    ("refused", b"P2M: 40-bit IPA", b"P2M: 41-bit IPA"),
)


@pytest.fixture(scope="module")
def one(tools: Tools) -> tuple[Scene, Booted]:
    made = scene(holes(device("a", HIGH, PAGE), guests=(Guest(),)))
    return made, boot(tools, made)


def test_what_agrees(one: tuple[Scene, Booted]) -> None:
    made, booted = one
    found = compare(made.blob(), booted)
    assert (found.built, found.domains, found.read, found.mismatches) == (True, 2, 2, ())
    assert found.regions == booted.log.count(b"extended region ")


@pytest.mark.parametrize(("kind", "old", "new"), CHANGES)
def test_a_changed_log_is_noticed(one: tuple[Scene, Booted], kind: str, old: bytes, new: bytes) -> None:
    made, booted = one
    assert old in booted.log
    found = compare(made.blob(), replace(booted, log=booted.log.replace(old, new)))
    assert kind in {each.kind for each in found.mismatches}


@pytest.mark.parametrize(("kind", "place"), [("reg", "hypervisor"), ("memory", "memory@")])
@pytest.mark.parametrize("name", ["d0", "d1"])
def test_a_changed_reading_is_noticed(one: tuple[Scene, Booted], name: str, kind: str, place: str) -> None:
    made, booted = one
    content = bytearray(booted.trees[name])
    content[_reg_of(content, place.encode())] ^= 0x80
    found = compare(made.blob(), replace(booted, trees={**booted.trees, name: bytes(content)}))
    assert kind in {each.kind for each in found.mismatches}


def test_a_boot_that_is_not_as_predicted_is_noticed(one: tuple[Scene, Booted]) -> None:
    made, booted = one
    found = compare(made.blob(), replace(booted, ended="panic", trees={}))
    assert [each.kind for each in found.mismatches] == ["built"]


def test_silence_is_compared_too(one: tuple[Scene, Booted]) -> None:
    made, booted = one
    found = compare(made.blob(), replace(booted, log=b"", trees={}, ended="quiet"))
    assert [each.kind for each in found.mismatches] == ["built"]


def test_trees_are_put_together_from_lines_that_alternate() -> None:
    first, second = bytes(range(64)), bytes(range(64, 128))
    content = {"d0": first[:4] + b"\0\0\0\x40" + first[8:], "d2": second[:4] + b"\0\0\0\x40" + second[8:]}
    lines = [
        (_line(prefix, content[name], at))
        for at in (0, 32)
        for prefix, name in ((b"", "d0"), (b"(d2) ", "d2"))
    ]
    log = b"(XEN) one\r\n" + b"".join(lines) + b"(XEN) two\r\n"
    assert trees(log) == content
    assert trees(log.replace(lines[-1], b"")) == {"d0": content["d0"]}
    assert without_trees(log) == b"(XEN) one\r\n(XEN) two\r\n"


def _reg_of(content: bytearray, node: bytes) -> int:
    """Where the value of `reg` of a node begins, by the tokens of the blob and no reader of ours."""
    strings = int.from_bytes(content[12:16], "big")
    at = (content.index(b"\0", content.index(node)) + 4) & ~3
    while True:
        length, name = (int.from_bytes(content[at + place : at + place + 4], "big") for place in (4, 8))
        if content[strings + name :].startswith(b"reg\0"):
            return at + 12
        at = (at + 12 + length + 3) & ~3


def _line(prefix: bytes, content: bytes, at: int) -> bytes:
    letters = "".join(chr(97 + (byte >> 4)) + chr(97 + (byte & 15)) for byte in content[at : at + 32])
    return prefix + b"TREE " + letters.encode() + b"\r\n"
