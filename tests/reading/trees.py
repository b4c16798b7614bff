"""Trees for tests: written as nested dictionaries, built into blobs by code that shares nothing with the reader."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, TypeAlias

from verifier.layout.device_tree import Node, Tree
from verifier.reading.dtb import read_dtb

Description: TypeAlias = dict[str, Any]
"""A property as bytes, a string, a list of cells or of strings; a dictionary is a child node."""

GIC: Description = {
    "compatible": "arm,gic-400",
    "interrupt-controller": b"",
    "#interrupt-cells": [3],
    "phandle": [1],
    "interrupts": [1, 9, 4],
}
"""An interrupt controller but for its addresses."""
CPUS: Description = {
    "cpu": {"device_type": "cpu", "compatible": "arm,armv8"},
    "filler": {"not": "copied", "so": "that dom0's tree has room" + 512 * "."},
}
GIC_START, GIC_PART = 0x8000000, 0x10000
"""Where `machine` has its interrupt controller, and how large each of its four parts is."""


def machine(addresses: int, sizes: int) -> Description:
    """What no board lacks, and the cells of its root: `reg` of what is below it has as many."""
    starts = (GIC_START + GIC_PART * part for part in range(4))
    return {
        "#address-cells": [addresses],
        "#size-cells": [sizes],
        "interrupt-parent": [1],
        "intc": {
            **GIC,
            "reg": [each for start in starts for each in (*wide(start, addresses), *wide(GIC_PART, sizes))],
        },
        "cpus": CPUS,
    }


def wide(number: int, cells: int) -> list[int]:
    """A number below 2^32 in so many cells."""
    return [0] * (cells - 1) + [number]


def packed(value: bytes | str | Sequence[int] | Sequence[str]) -> bytes:
    """A property's bytes."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode() + b"\0"
    return b"".join(
        struct.pack(">I", each) if isinstance(each, int) else each.encode() + b"\0" for each in value
    )


def tree(description: Description, *, reserved: Sequence[tuple[int, int]] = ()) -> Tree:
    """A description, built and read."""
    return read_dtb(blob(description, reserved=reserved), "t.dtb")


def blob(description: Description, *, reserved: Sequence[tuple[int, int]] = (), version: int = 17) -> bytes:
    """A blob of a description."""
    strings = _Strings()
    body = _described("", description, strings) + struct.pack(">I", 9)
    return _whole(body, strings.data, reserved, 0, version)


def build(read: Tree) -> bytes:
    """A blob of a tree that was read."""
    strings = _Strings()
    body = _node(read, read.root, strings) + struct.pack(">I", 9)
    return _whole(body, strings.data, read.reserved, read.boot_cpu, 17)


class _Strings:
    def __init__(self) -> None:
        self.data = b""
        self._known: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = len(self.data)
            self.data += name.encode() + b"\0"
        return self._known[name]


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _begin(name: str) -> bytes:
    return struct.pack(">I", 1) + _padded(name.encode() + b"\0")


def _property(name: str, value: bytes, strings: _Strings) -> bytes:
    return struct.pack(">III", 3, len(value), strings(name)) + _padded(value)


def _described(name: str, description: Description, strings: _Strings) -> bytes:
    parts = [_begin(name)]
    parts += [
        _property(key, packed(value), strings)
        for key, value in description.items()
        if not isinstance(value, dict)
    ]
    parts += [
        _described(key, value, strings) for key, value in description.items() if isinstance(value, dict)
    ]
    return b"".join([*parts, struct.pack(">I", 2)])


def _node(read: Tree, node: Node, strings: _Strings) -> bytes:
    parts = [_begin(node.name)]
    parts += [_property(name, value, strings) for name, value in node.properties.items()]
    parts += [_node(read, child, strings) for child in read.children(node)]
    return b"".join([*parts, struct.pack(">I", 2)])


def _whole(body: bytes, strings: bytes, reserved: Sequence[tuple[int, int]], cpu: int, version: int) -> bytes:
    entries = b"".join(struct.pack(">QQ", *entry) for entry in (*reserved, (0, 0)))
    structure = 40 + len(entries)
    names = structure + len(body)
    header = struct.pack(
        ">10I",
        0xD00DFEED,
        names + len(strings),
        structure,
        names,
        40,
        version,
        16,
        cpu,
        len(strings),
        len(body),
    )
    return header + entries + body + strings
