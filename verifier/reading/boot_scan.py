"""Xen's early scan of a device tree: memory, reserved memory and boot modules (`early_scan_node`)."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.device_tree import Node, Tree
from verifier.layout.host import Bank, Fault, Module
from verifier.layout.units import span
from verifier.reading.boot_memory import Found, ScanError, banks, overlapped
from verifier.reading.dt_addresses import Buses, cell, number
from verifier.reading.dt_rules import Rules
from verifier.reading.shared_memory import shared_memory

_DEEPEST = 16
"""`DEVICE_TREE_MAX_DEPTH`: the depth of the first node that is not scanned; the root has 0."""
_MOST_MODULES = 30
"""`MAX_MODULES` less Xen and the device tree itself."""
_MOST_COMMAND_LINE = 1024
"""`BOOTMOD_MAX_CMDLINE`."""
_LONGEST_PATH = 91
"""The buffer of `process_multiboot_node` less the final NUL; a module with a longer path is passed over."""
_KINDS = (
    ("kernel", ("xen,linux-zimage", "multiboot,kernel")),
    ("ramdisk", ("xen,linux-initrd", "multiboot,ramdisk")),
    ("xsm", ("xen,xsm-policy",)),
    ("device-tree", ("multiboot,device-tree",)),
    ("microcode", ("multiboot,microcode",)),
)


def scan(tree: Tree, rules: Rules) -> Found:
    """Everything the early scan takes, up to where it ends, and why it ends if that is early.

    A tree for EFI boot is read the same; Xen then takes memory from the firmware instead.
    """
    found = Found(tree, rules, Buses(tree, rules))
    try:
        if rules.has("memreserve-reserved"):
            _reserve(found)
        for node, depth in _walk(tree):
            if depth >= _DEEPEST:
                if rules.has("deep-nodes-hang"):
                    raise ScanError(
                        Fault(node.path, "hangs", f"{depth} levels deep; the scan loops at {_DEEPEST}")
                    )
            elif depth:
                _node(found, node, depth)
    except ScanError as error:
        found.faults.append(error.fault)
    found.memory.sort(key=lambda bank: bank.start)
    return found


def _walk(tree: Tree) -> Iterator[tuple[Node, int]]:
    depths: list[int] = []
    for node in tree.nodes:
        depth = 0 if node.parent is None else depths[node.parent] + 1
        depths.append(depth)
        yield node, depth


def _reserve(found: Found) -> None:
    for index, (start, size) in enumerate(found.tree.reserved):
        if index >= found.most_banks:
            raise ScanError(Fault("/memreserve/", "panics", f"more than {found.most_banks} entries"))
        found.reserved.append(Bank("/memreserve/", index, start, size, "memreserve"))


def _node(found: Found, node: Node, depth: int) -> None:
    """The first description that fits a node decides what it is taken for."""
    if _is_memory(found, node, depth):
        if not banks(found, node, "reg", "memory", found.cells(node)):
            raise found.error(node, "memory without reg")
    elif depth == 1 and node.name.lower() == "reserved-memory":
        for each in found.tree.below(node):
            banks(found, each, "reg", "reserved-memory", found.cells(each, node))
    elif depth <= 3 and (node.compatible("xen,multiboot-module") or node.compatible("multiboot,module")):
        _module(found, node)
    elif depth == 1 and _named(node, "chosen"):
        _chosen(found, node)
    elif depth == 2 and node.compatible("xen,domain"):
        if "xen,static-mem" in node.properties:
            banks(found, node, "xen,static-mem", "static-domain", static_cells(found, node))
    elif depth <= 3 and found.rules.has("shared-memory") and node.compatible("xen,domain-shared-memory-v1"):
        shared_memory(found, node)


def _named(node: Node, name: str) -> bool:
    return node.name.partition("@")[0] == name


def _is_memory(found: Found, node: Node, depth: int) -> bool:
    if not _named(node, "memory"):
        return False
    if not found.rules.has("memory-node-type"):
        return True
    # A type without its NUL is one byte short of what Xen asks for.
    kind = node.properties.get("device_type", b"")
    return depth == 1 and kind.startswith(b"memory\0")


def static_cells(found: Found, node: Node) -> tuple[int, int]:
    """Cell counts of a domain's `xen,static-mem`."""
    if not found.rules.has("own-static-cells"):
        return found.cells(node)
    names = ("#xen,static-mem-address-cells", "#xen,static-mem-size-cells")
    counts = [cell(found.tree, node, name) or 0 for name in names]
    return counts[0], counts[1]


def _chosen(found: Found, node: Node) -> None:
    if found.rules.has("static-heap") and "xen,static-heap" in node.properties:
        banks(found, node, "xen,static-heap", "static-heap", found.cells(node))
    first = node.properties.get("linux,initrd-start")
    if first is None:
        return
    last = node.properties.get("linux,initrd-end", b"")
    start, end = number(first), number(last)
    if len(first) not in (4, 8) or len(last) not in (4, 8) or start >= end:
        message = f"linux,initrd-start and -end make no initrd: {first.hex()} and {last.hex()}"
        if found.rules.has("chosen-can-fail"):
            raise found.error(node, message)
        found.faults.append(Fault(node.path, "ignored", message))
        return
    _add(found, Module(node.path, "ramdisk", start, end - start, False))


def _module(found: Found, node: Node) -> None:
    """A boot module (`process_multiboot_node`)."""
    if not node.path.startswith("/chosen"):
        return
    if len(node.path) > _LONGEST_PATH:
        found.faults.append(
            Fault(node.path, "ignored", f"a module with a path longer than {_LONGEST_PATH} bytes")
        )
        return
    pair = next(found.stretches(node, node.properties.get("reg", b""), found.cells(node)), None)
    if pair is None:
        raise ScanError(Fault(node.path, "panics", "a module without address and size in reg"))
    parent = found.tree.parent(node)
    of_domain = parent is not None and "xen,domain" in parent.strings("compatible")
    kind = _kind(found, node)
    _add(found, Module(node.path, kind, *pair, of_domain))
    line = node.text("bootargs")
    if line is None:
        return
    if len(line) > _MOST_COMMAND_LINE:
        message = f"bootargs of {len(line)} bytes, more than {_MOST_COMMAND_LINE}"
        raise ScanError(Fault(node.path, "panics", message))
    found.command_lines.append((kind, of_domain, line))


def _kind(found: Found, node: Node) -> str:
    """By `compatible`; else the first is taken for a kernel and the second for a ramdisk.

    Xen also looks into a module of unknown kind for the magic of an XSM policy; its content is not known here.
    """
    names = node.strings("compatible")
    for kind, known in _KINDS:
        if any(name in names for name in known):
            return kind
    found.guesses += 1
    if found.guesses > 1:
        found.faults.append(
            Fault(node.path, "ignored", "a module without kind; Xen looks into it for an XSM policy")
        )
    return {1: "kernel", 2: "ramdisk"}.get(found.guesses, "unknown")


def _add(found: Found, module: Module) -> None:
    """`add_boot_module`: what overlaps something is dropped; the same module twice is one."""
    if other := overlapped(found, module.start, module.size, within_memreserve=True):
        message = f"module {span(module.start, module.start + module.size)} overlaps {other}"
        found.faults.append(Fault(module.path, "ignored", message))
        return
    for at, known in enumerate(found.modules):
        if (known.kind, known.start) == (module.kind, module.start):
            if not module.of_domain:
                found.modules[at] = Module(known.path, known.kind, known.start, known.size, False)
            return
    if len(found.modules) >= _MOST_MODULES:
        found.faults.append(Fault(module.path, "ignored", f"more than {_MOST_MODULES} modules"))
        return
    found.modules.append(module)
