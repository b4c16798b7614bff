"""Flattened device trees: a blob to a tree.

The checks are those of libfdt (`fdt_check_header`, `fdt_check_full`) for versions 16 and 17, and some of our own:
blocks must not overlap, no node may hold a property twice, and size, depth and number of nodes are bounded.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, replace
from itertools import pairwise

from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError
from verifier.layout.units import hexa

MAGIC = b"\xd0\x0d\xfe\xed"
MOST_BYTES = 1 << 21
"""Xen maps no more (`MAX_FDT_SIZE`, asm/setup.h)."""
MOST_NODES = 1 << 16
MOST_DEPTH = 64
"""Far beyond real trees (below 10) and what Xen's early scan looks at (`DEVICE_TREE_MAX_DEPTH`, 16)."""
MOST_OF_NAME = 255
"""Bytes of a name; names overlap in a blob, so that without a bound they could need its square."""
MOST_OF_PATH = 1024
_HEADER = struct.Struct(">10I")
_HEADER_16 = 36
_BEGIN, _END_NODE, _PROP, _NOP, _END = 1, 2, 3, 4, 9
_TOKENS = struct.Struct(">I")
_PROPERTY = struct.Struct(">II")
_RESERVATION = struct.Struct(">QQ")
_NAME = re.compile(rb"[!-.0-~]*")
"""Printable, no space and no slash: a path can be shown and taken apart."""


@dataclass(frozen=True, slots=True)
class Header:
    """The fields of a checked header; blocks are `[start, end)` in bytes from the start of the blob."""

    version: int
    boot_cpu: int
    size: int
    reservations: int
    structure: tuple[int, int]
    strings: tuple[int, int]


def read_dtb(content: bytes, file: str) -> Tree:
    """The tree of a blob.

    Bytes after the size that the header states are ignored, as libfdt does. Raises InputError for everything
    that is no tree, with the path of the node where there is one.
    """
    header = _header(content, file)
    reserved, end = _reservations(content, header, file)
    _apart(header, end, file)
    nodes = _Structure(content, header, file).nodes()
    return Tree(file, nodes, reserved, header.boot_cpu, header.size)


def is_dtb(content: bytes) -> bool:
    """Whether it starts like one."""
    return content.startswith(MAGIC)


def _header(content: bytes, file: str) -> Header:
    if not is_dtb(content):
        raise InputError("no device tree blob: it does not start with d00dfeed", file)
    if len(content) < _HEADER.size:
        raise InputError(f"truncated device tree: {len(content)} bytes are less than its header", file)
    _, size, structure, strings, reservations, version, last, cpu, strings_size, structure_size = (
        _HEADER.unpack_from(content)
    )
    if last > 17 or version < 16 or last > version:
        raise InputError(
            f"device tree of version {version}, compatible with {last}; 16 and 17 can be read", file
        )
    if size > MOST_BYTES:
        raise InputError(f"device tree of {size} bytes; Xen maps at most {MOST_BYTES}", file)
    if size > len(content):
        raise InputError(f"truncated device tree: {len(content)} of {size} bytes", file)
    if version < 17:  # it has no size of the structure block, which is last or ends at the strings
        structure_size = (strings if strings > structure else size) - structure
    first = _HEADER.size if version >= 17 else _HEADER_16
    for what, start, length, unit in (
        ("memory reserve map", reservations, 0, 8),
        ("structure block", structure, structure_size, 4),
        ("strings block", strings, strings_size, 1),
    ):
        if not first <= start <= start + length <= size:
            raise InputError(
                f"the {what} [{hexa(start)}, {hexa(start + length)}) is not inside the device tree, "
                f"[{hexa(first)}, {hexa(size)})",
                file,
            )
        if start % unit:
            raise InputError(f"the {what} starts at {hexa(start)}, no multiple of {unit}", file)
    return Header(
        version,
        cpu,
        size,
        reservations,
        (structure, structure + structure_size),
        (strings, strings + strings_size),
    )


def _reservations(content: bytes, header: Header, file: str) -> tuple[tuple[tuple[int, int], ...], int]:
    """The entries before the terminating one, and where the map ends."""
    found: list[tuple[int, int]] = []
    at = header.reservations
    while at + _RESERVATION.size <= header.size:
        address, size = _RESERVATION.unpack_from(content, at)
        at += _RESERVATION.size
        if not size:  # libfdt's fdt_num_mem_rsv stops at a size of 0, whatever the address
            return tuple(found), at
        found.append((address, size))
    raise InputError("the memory reserve map has no end", file)


def _apart(header: Header, end: int, file: str) -> None:
    blocks = sorted(
        [
            (header.reservations, end, "memory reserve map"),
            (*header.structure, "structure block"),
            (*header.strings, "strings block"),
        ]
    )
    for (_, stop, first), (start, _, second) in pairwise(blocks):
        if start < stop:
            raise InputError(f"{first} and {second} of the device tree overlap", file)


@dataclass(slots=True)
class _Open:
    """A node whose end has not been read."""

    index: int
    path: str
    properties: dict[str, bytes]
    children: list[int]


class _Structure:
    """One pass over the structure block."""

    def __init__(self, content: bytes, header: Header, file: str) -> None:
        self._content = content
        self._at, self._stop = header.structure
        self._strings = content[slice(*header.strings)]
        self._file = file
        self._names: dict[int, str] = {}
        self._open: list[_Open] = []
        self._nodes: list[Node] = []

    def nodes(self) -> tuple[Node, ...]:
        while (token := self._word()) != _END:
            if token == _BEGIN:
                self._begin()
            elif token == _END_NODE:
                self._end()
            elif token == _PROP:
                self._property()
            elif token != _NOP:
                raise self._fail(f"unknown token {hexa(token)} at {hexa(self._at - 4)}")
        if self._open:
            raise self._fail("the structure ends inside a node")
        if not self._nodes:
            raise self._fail("a device tree without nodes")
        return tuple(self._nodes)

    def _fail(self, message: str) -> InputError:
        where = f"{self._open[-1].path}: " if self._open else ""
        return InputError(f"{where}{message}", self._file)

    def _word(self) -> int:
        if self._at + 4 > self._stop:
            raise self._fail("truncated structure block")
        word: int = _TOKENS.unpack_from(self._content, self._at)[0]
        self._at += 4
        return word

    def _begin(self) -> None:
        end = self._content.find(b"\0", self._at, min(self._stop, self._at + MOST_OF_NAME + 1))
        if end < 0:
            raise self._fail(f"the name of a node has no end, or is longer than {MOST_OF_NAME} bytes")
        raw = self._content[self._at : end]
        self._at = (end + 4) & ~3
        if not _NAME.fullmatch(raw) or bool(raw) != bool(self._open):
            raise self._fail(f"{raw[:80]!r} is no name of a node below it" if self._open else "no root node")
        if self._nodes and not self._open:
            raise self._fail("two root nodes")
        if len(self._open) >= MOST_DEPTH:
            raise self._fail(f"nodes nested deeper than {MOST_DEPTH}")
        if len(self._nodes) >= MOST_NODES:
            raise self._fail(f"more than {MOST_NODES} nodes")
        name = raw.decode("ascii")
        above = self._open[-1] if self._open else None
        path = "/" if above is None else f"{above.path.rstrip('/')}/{name}"
        if len(path) > MOST_OF_PATH:
            raise self._fail(f"a path longer than {MOST_OF_PATH} bytes below it")
        opened = _Open(len(self._nodes), path, {}, [])
        if above is not None:
            above.children.append(opened.index)
        parent = None if above is None else above.index
        self._nodes.append(Node(opened.index, path, name, parent, (), opened.properties))
        self._open.append(opened)

    def _end(self) -> None:
        if not self._open:
            raise self._fail("a node ends that has not begun")
        done = self._open.pop()
        if done.children:
            self._nodes[done.index] = replace(self._nodes[done.index], children=tuple(done.children))

    def _property(self) -> None:
        if not self._open:
            raise self._fail("a property outside all nodes")
        node = self._open[-1]
        if node.children:
            raise self._fail("a property after the first child")
        if self._at + _PROPERTY.size > self._stop:
            raise self._fail("truncated structure block")
        length, offset = _PROPERTY.unpack_from(self._content, self._at)
        start = self._at + _PROPERTY.size
        if length > self._stop - start:
            raise self._fail(f"a property of {length} bytes exceeds the structure block")
        name = self._names.get(offset) or self._name(offset)
        if name in node.properties:
            raise self._fail(f'property "{name}" stands there twice')
        node.properties[name] = self._content[start : start + length]
        self._at = (start + length + 3) & ~3

    def _name(self, offset: int) -> str:
        end = self._strings.find(b"\0", offset, offset + MOST_OF_NAME + 1)
        if end < 0:
            raise self._fail(
                f"a property is named at {hexa(offset)}: outside the strings block, or longer than {MOST_OF_NAME} bytes"
            )
        raw = self._strings[offset:end]
        if not raw or not _NAME.fullmatch(raw):
            raise self._fail(f"{raw[:80]!r} is no name of a property")
        return self._names.setdefault(offset, raw.decode("ascii"))
