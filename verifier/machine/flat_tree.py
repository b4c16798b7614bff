"""Device trees written: as a blob (Devicetree Specification v0.4, chapter 5), and as source that people read."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import replace

from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError

_MAGIC, _VERSION, _COMPATIBLE = 0xD00DFEED, 17, 16
_BEGIN, _END_NODE, _PROP, _END = 1, 2, 3, 9
_HEADER = struct.Struct(">10I")
_RESERVATION = struct.Struct(">QQ")
_TEXT = re.compile(rb"(?:[\x20-\x7e]+\0)+")
_CELLS = re.compile(r"#.*|(?:phandle|reg|(?:dma-)?ranges|interrupts)")
"""Properties that hold cells by the specification's sections 2.3 and 2.4, whatever their bytes look like."""
_WORDS = re.compile(r"[A-Za-z0-9,._+*#?@-]+")
"""What a name may hold in source that dtc reads."""


def blob(tree: Tree) -> bytes:
    """A tree of version 17, byte for byte as dtc writes it.

    Reading it gives the same nodes, reservations and boot CPU; `size` is what its header then says.
    """
    names = _Names()
    structure = b"".join(_structure(tree, tree.root, names)) + struct.pack(">I", _END)
    reservations = b"".join(_RESERVATION.pack(*entry) for entry in (*tree.reserved, (0, 0)))
    at = _HEADER.size + len(reservations)
    strings = at + len(structure)
    size = strings + len(names.block)
    header = _HEADER.pack(
        _MAGIC,
        size,
        at,
        strings,
        _HEADER.size,
        _VERSION,
        _COMPATIBLE,
        tree.boot_cpu,
        len(names.block),
        len(structure),
    )
    return header + reservations + structure + bytes(names.block)


def sized(tree: Tree) -> Tree:
    """The tree with the size of its blob: Xen makes room for dom0's tree by it (`prepare_dtb_hwdom`)."""
    return replace(tree, size=len(blob(tree)))


def source(tree: Tree) -> str:
    """Source from which dtc makes a tree with the same nodes and reservations; it does not hold the boot CPU.

    Raises InputError for a name that source cannot hold. Siblings that share a name are written as they are, and
    dtc refuses them.
    """
    lines = ["/dts-v1/;", *(f"/memreserve/ {start:#x} {size:#x};" for start, size in tree.reserved), ""]
    lines += _source(tree, tree.root, 0)
    return "\n".join(lines) + "\n"


def can_be_source(tree: Tree) -> bool:
    """Whether source can hold all names: a blob may have nodes called `"` or `{`, as Xen does not look."""
    return all(
        _WORDS.fullmatch(name)
        for node in tree.nodes
        for name in (node.name, *node.properties)
        if name or node is not tree.root
    )


class _Names:
    """The strings block: a name that ends another one stands inside it, at the first place."""

    def __init__(self) -> None:
        self.block = bytearray()
        self._known: dict[str, int] = {}

    def __call__(self, name: str) -> int:
        if name not in self._known:
            wanted = name.encode("ascii") + b"\0"
            at = self.block.find(wanted)
            if at < 0:
                at = len(self.block)
                self.block += wanted
            self._known[name] = at
        return self._known[name]


def _structure(tree: Tree, node: Node, names: _Names) -> Iterator[bytes]:
    yield struct.pack(">I", _BEGIN) + _padded(node.name.encode("ascii") + b"\0")
    for name, value in node.properties.items():
        yield struct.pack(">III", _PROP, len(value), names(name)) + _padded(value)
    for child in tree.children(node):
        yield from _structure(tree, child, names)
    yield struct.pack(">I", _END_NODE)


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _source(tree: Tree, node: Node, depth: int) -> Iterator[str]:
    indent = "\t" * depth
    yield f"{indent}{_word(tree, node, node.name) if node.name else '/'} {{"
    for name, value in node.properties.items():
        written = f" = {_value(name, value)}" if value else ""
        yield f"{indent}\t{_word(tree, node, name)}{written};"
    for child in tree.children(node):
        yield ""
        yield from _source(tree, child, depth + 1)
    yield f"{indent}}};"


def _word(tree: Tree, node: Node, name: str) -> str:
    if not _WORDS.fullmatch(name):
        raise InputError(f'{node.path}: device tree source cannot hold the name "{name}"', tree.file)
    return name


def _value(name: str, value: bytes) -> str:
    if _TEXT.fullmatch(value) and not _CELLS.fullmatch(name):
        return ", ".join(_quoted(part) for part in value[:-1].split(b"\0"))
    if len(value) % 4:
        return f"[{value.hex(' ')}]"
    return f"<{' '.join(f'{cell:#x}' for (cell,) in struct.iter_unpack('>I', value))}>"


def _quoted(text: bytes) -> str:
    return '"' + text.decode("ascii").replace("\\", "\\\\").replace('"', '\\"') + '"'
