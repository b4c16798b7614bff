"""Device trees made of others: taken apart, changed as trees, and written again, to meet what is behind the format."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from functools import cache

from tests.fuzz.mutators import Seeds
from tests.reading.trees import Description, blob
from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError
from verifier.reading.dtb import MOST_BYTES, read_dtb

CELLS = (0, 1, 2, 3, 4, 5, 16, 0x1000, 0xFFF, 0x40000000, 0x7FFFFFFF, 0x80000000, 0xFFFFF000, 0xFFFFFFFF)
NAMES = (
    *("reg", "ranges", "#address-cells", "#size-cells", "compatible", "device_type", "status", "phandle"),
    *("interrupts", "interrupt-parent", "#interrupt-cells", "interrupts-extended", "interrupt-controller"),
    *(
        "interrupt-map",
        "interrupt-map-mask",
        "dma-ranges",
        "iommus",
        "#iommu-cells",
        "iommu-map",
        "memory",
        "cpus",
    ),
    *(
        "xen,static-mem",
        "xen,shared-mem",
        "xen,reg",
        "xen,path",
        "xen,passthrough",
        "xen,force-assign-without-iommu",
    ),
    *("#xen,static-mem-address-cells", "#xen,static-mem-size-cells", "xen,shm-id", "role", "direct-map"),
    *(
        "xen,enhanced",
        "xen,xen-bootargs",
        "bootargs",
        "xen,dom0-bootargs",
        "linux,initrd-start",
        "stdout-path",
    ),
    *(
        "llc-colors",
        "capabilities",
        "max_grant_frames",
        "nr_spis",
        "vpl011",
        "xen,domain-p2m-mem-mb",
        "bus-range",
    ),
    *("no-map", "reusable", "size", "alignment", "linux,pci-domain", "xen,offset", "name"),
)
VALUES = (
    *(
        b"",
        b"\0",
        b"okay\0",
        b"disabled\0",
        b"memory\0",
        b"pci\0",
        b"cpu\0",
        b"\xff\xfe",
        b"no end",
        b"enabled\0",
    ),
    *(b"xen,domain\0", b"multiboot,kernel\0multiboot,module\0", b"multiboot,device-tree\0multiboot,module\0"),
    *(
        b"arm,gic-v3\0",
        b"arm,gic-400\0",
        b"arm,smmu-v3\0",
        b"pci-host-ecam-generic\0",
        b"xen,xen\0",
        b"simple-bus\0",
    ),
    *(
        b"xen,domain-shared-memory-v1\0",
        b"arm,armv8-timer\0",
        b"dom0_mem=9999999999T dom0_max_vcpus=-1\0",
        b"/\0",
    ),
    *(b"console=dtuart dtuart=/soc/uart:115200 gnttab_max_frames=0xffffffff\0", b"owner\0", b"borrower\0"),
)


@cache
def described(content: bytes) -> tuple[Description, tuple[tuple[int, int], ...]] | None:
    """A tree as nested dictionaries, and its reservations; None for what is none."""
    try:
        tree = read_dtb(content, "")
    except InputError:
        return None
    return _of(tree, tree.root), tree.reserved


def _of(tree: Tree, node: Node) -> Description:
    return {**node.properties, **{f"{each.name}": _of(tree, each) for each in tree.children(node)}}


def of_trees(seeds: Seeds) -> Callable[[bytes, random.Random], bytes]:
    """Nodes and properties dropped, copied, moved and renamed; cells, lengths and texts of values changed."""

    @cache
    def known() -> tuple[Description, ...]:
        return tuple(each[0] for each in map(described, seeds()) if each is not None)

    def mutate(data: bytes, chance: random.Random) -> bytes:
        own = described(data) if chance.random() < 0.9 else None
        taken, reserved = own or (chance.choice(known()), ())
        found = _copied(taken)
        for _ in range(1 << chance.randrange(5)):
            _change(found, chance, known())
        if chance.random() < 0.05:
            reserved = (*reserved, (chance.choice(CELLS) << 32 | chance.choice(CELLS), chance.choice(CELLS)))
        made = _written(found, reserved)
        return data if made is None else made

    return mutate


def _written(found: Description, reserved: Sequence[tuple[int, int]]) -> bytes | None:
    try:
        made = blob(found, reserved=reserved)
    except (ValueError, RecursionError, struct.error):
        return None
    return made if len(made) <= MOST_BYTES else None


def _copied(tree: Description) -> Description:
    return {name: _copied(value) if isinstance(value, dict) else value for name, value in tree.items()}


def _nodes(tree: Description) -> list[Description]:
    found, todo = [], [tree]
    while todo:
        found.append(todo.pop())
        todo += [value for value in found[-1].values() if isinstance(value, dict)]
    return found


def _change(tree: Description, chance: random.Random, others: Sequence[Description]) -> None:
    nodes = _nodes(tree)
    node = chance.choice(nodes)
    properties = [name for name, value in node.items() if not isinstance(value, dict)]
    children = [name for name, value in node.items() if isinstance(value, dict)]
    match chance.randrange(10):
        case 0 if properties:
            del node[chance.choice(properties)]
        case 1 if children:
            del node[chance.choice(children)]
        case 2:
            node[chance.choice(NAMES)] = chance.choice(VALUES)
        case 3:
            node[chance.choice(NAMES)] = _cells(chance)
        case 4:  # a property of one node in another
            other = chance.choice(_nodes(chance.choice(others)))
            node.update(
                {
                    name: value
                    for name, value in other.items()
                    if chance.random() < 0.3 and isinstance(value, bytes)
                }
            )
        case 5:
            name, child = _some_child(chance.choice([tree, *others]), chance)
            size = sum(len(each) for each in _nodes(child))
            if len(nodes) + size < 400:
                node[name if chance.random() < 0.5 else f"x@{chance.choice(CELLS):x}"] = _copied(child)
        case _ if properties:
            name = chance.choice(properties)
            node[name] = _value(node[name], chance)
        case _:
            node["reg"] = _cells(chance)


def _some_child(tree: Description, chance: random.Random) -> tuple[str, Description]:
    pairs = [
        (name, value) for node in _nodes(tree) for name, value in node.items() if isinstance(value, dict)
    ]
    return chance.choice(pairs) if pairs else ("a", {})


def _cells(chance: random.Random) -> bytes:
    count = chance.choice((1, 1, 1, 2, 3, 4, 6, 7, 12))
    return struct.pack(f">{count}I", *(chance.choice(CELLS) for _ in range(count)))


def _value(value: bytes, chance: random.Random) -> bytes:
    at = 4 * chance.randrange(len(value) // 4 + 1)
    match chance.randrange(6):
        case 0:
            return value[:at] + struct.pack(">I", chance.choice(CELLS)) + value[at + 4 :]
        case 1:
            return value[: chance.randrange(len(value) + 1)]
        case 2:
            return (value * chance.choice((2, 3)))[: 1 << 12]
        case 3:
            return value[:at] + value[at + 4 :]
        case 4:
            return value[:at] + _cells(chance) + value[at:]
        case _:
            changed = bytearray(value)
            if changed:
                changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
            return bytes(changed)
