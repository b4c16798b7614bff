"""What of a host tree Xen copies into the hardware domain's (`prepare_dtb_hwdom`; xen/arch/arm/domain_build.c).

A single pass counts bytes and gathers names; what Xen writes of its own between is left to `verifier.xen`.
"""

from __future__ import annotations

from itertools import chain, combinations

from verifier.layout.device_tree import Node, Tree
from verifier.layout.dom0_tree import (
    Chosen,
    Copied,
    Dom0Tree,
    Dom0Trees,
    Frame,
    Gic,
    Loaded,
    Part,
    Processors,
)
from verifier.layout.host import Entry
from verifier.reading.boot_memory import Found
from verifier.reading.dt_addresses import ROOT_ADDRESS_CELLS, ROOT_SIZE_CELLS, Buses
from verifier.reading.dt_rules import Rules
from verifier.reading.handled_nodes import GIC_V2, GIC_V3, TIMERS, Handling, doubtful, names
from verifier.reading.interrupts import cells, phandle

_IN_CHOSEN = frozenset((
    "xen,xen-bootargs", "linux,initrd-start", "linux,initrd-end", "stdout-path", "linux,uefi-system-table",
    "linux,uefi-mmap-start", "linux,uefi-mmap-size", "linux,uefi-mmap-desc-size", "linux,uefi-mmap-desc-ver",
    "xen,dom0-bootargs", "bootargs",
))  # fmt: skip
"""Properties of `/chosen` that are not copied; of the last two one may come back."""
_OF_IOMMU = frozenset(("iommus", "iommu-map", "iommu-map-mask"))
_DISABLED = len(b"disabled\0")
_TIMERS = frozenset(TIMERS)
_TOKEN = 4
_PROPERTY = 12


def dom0_trees(found: Found, uart: Node | None) -> Dom0Trees:
    """What the host's tree tells about dom0's, and about that of a hardware domain among its domains."""
    tree, rules = found.tree, found.rules
    doubts = doubtful(tree, rules)
    sets = chain.from_iterable(combinations(doubts, count) for count in range(len(doubts) + 1))
    handlings = [(drivers, Handling(tree, rules, drivers, uart)) for drivers in sets]
    trees = [Dom0Tree(drivers, _Copying(tree, rules, each).pieces()) for drivers, each in handlings]
    gic = handlings[0][1].gic
    chosen = tree.at("/chosen")
    return Dom0Trees(
        tree.size,
        tuple(trees),
        None if gic is None else _gic(found, gic),
        _has_clock(tree),
        _processors(tree),
        sum((node.text("device_type") or "").lower() == "pci" for node in tree.nodes),
        Chosen(_text(chosen, "xen,dom0-bootargs"), _text(chosen, "bootargs")),
        (_dom0(found), *_domains(found)),
    )


class _Copying:
    """One pass over the tree."""

    def __init__(self, tree: Tree, rules: Rules, handling: Handling) -> None:
        self._tree = tree
        self._handling = handling
        self._in_chosen = _IN_CHOSEN | ({"xen,static-heap"} if rules.has("own-nodes-skipped") else set())
        self._by_map = rules.has("iommu-map-hidden")
        self._structure = 0
        self._names: dict[str, None] = {}
        self._told = 0
        self._pieces: list[Copied] = []

    def pieces(self) -> tuple[Copied, ...]:
        self._node(self._tree.root)
        return tuple(self._pieces)

    def _node(self, node: Node) -> None:
        fate = self._handling.fate(node)
        if fate in {"gic", "timer"}:
            self._then(fate)
        if fate != "copied":
            return
        self._structure += _TOKEN + _whole(len(node.name) + 1)
        path = node.path.lower()
        self._properties(node, self._hidden(node, path))
        if path == "/chosen":
            self._then("chosen")
        elif path == "/reserved-memory":
            self._then("shared-memory")
        for child in self._tree.children(node):
            self._node(child)
        if node.parent is None:
            self._then("root")
        self._structure += _TOKEN

    def _hidden(self, node: Node, path: str) -> frozenset[str]:
        """Properties that this node does not keep, but for xen,passthrough."""
        if path == "/chosen":
            return frozenset(self._in_chosen)
        if "iommus" not in node.properties and not (self._by_map and "iommu-map" in node.properties):
            return frozenset()
        master = self._named(node, "iommus", 0)
        if master is None and self._by_map:
            master = self._named(node, "iommu-map", 1)
        return _OF_IOMMU if master is not None and self._handling.is_iommu(master) else frozenset()

    def _named(self, node: Node, name: str, index: int) -> Node | None:
        """The node whose phandle is a number of a property (dt_parse_phandle)."""
        own = cells(node.properties.get(name, b""))
        if len(own) <= index or not own[index]:
            return None
        # A phandle before it that no node has is an error only where its arguments are counted.
        return self._handling.interrupts.by_phandle(own[index])

    def _properties(self, node: Node, hidden: frozenset[str]) -> None:
        """Those that are copied; `status` comes last (write_properties)."""
        status: int | None = None
        structure, seen = 0, self._names
        for name, value in node.properties.items():
            if name == "status":
                status = len(value)
            elif name not in hidden and name != "xen,passthrough":
                structure += _PROPERTY + ((len(value) + 3) & ~3)
                seen[name] = None
        if "xen,passthrough" in node.properties:
            status = _DISABLED
        if status is not None:
            structure += _PROPERTY + _whole(status)
            seen["status"] = None
        self._structure += structure

    def _then(self, part: Part) -> None:
        every = tuple(self._names)
        self._pieces.append(Copied(self._structure, every[self._told :], part))
        self._structure, self._told = 0, len(every)


def _gic(found: Found, node: Node) -> Gic:
    known = names(node)
    version = 3 if any(name in GIC_V3 for name in known) and not any(name in GIC_V2 for name in known) else 2
    addresses = found.buses.cells(node, "#address-cells", ROOT_ADDRESS_CELLS)
    sizes = found.buses.cells(node, "#size-cells", ROOT_SIZE_CELLS)
    pair = 4 * (addresses + sizes)
    kind = "arm,gic-v3-its" if version == 3 else "arm,gic-v2m-frame"
    count = cells(node.properties.get("#redistributor-regions", b"")) or [1]
    reg = node.properties.get("reg", b"")
    described = len(reg) // pair if version == 3 and pair else 0
    regions = [
        int.from_bytes(reg[index * pair + 4 * addresses : (index + 1) * pair], "big")
        for index in range(1, min(count[0] + 1, described))
    ]
    return Gic(
        node.name,
        version,
        bool(phandle(node)),
        _length(node, "#address-cells"),
        _length(node, "#size-cells"),
        _length(node, "compatible") or 0,
        pair,
        tuple(regions),
        _length(node, "ranges"),
        tuple(
            Frame(
                _name(each), bool(phandle(each)), _length(each, "reg") or 0, _is_addressed(found.buses, each)
            )
            for each in found.tree.children(node)
            if each.compatible(kind)
        ),
    )


def _is_addressed(buses: Buses, node: Node) -> bool:
    return isinstance(next(iter(buses.entries(node)), None), Entry)


def _name(node: Node) -> str:
    """Xen's short name of a node: its property `name`, else without its unit address."""
    return (node.text("name") or "") if "name" in node.properties else node.stem


def _has_clock(tree: Tree) -> bool:
    """Of the first timer in the tree (dt_find_matching_node)."""
    timer = next((node for node in tree.nodes if not _TIMERS.isdisjoint(names(node))), None)
    return timer is not None and len(timer.properties.get("clock-frequency", b"")) >= 4


def _processors(tree: Tree) -> Processors | None:
    """None without a processor below `/cpus` that has a `compatible`: Xen then builds no hardware domain."""
    top = tree.at("/cpus")
    every = [] if top is None else [node for node in tree.children(top) if _is_processor(node)]
    if not every or "compatible" not in every[0].properties:
        return None
    first = every[0].properties
    chosen = tree.at("/chosen")
    pooled = chosen is not None and any(node.compatible("xen,cpupool") for node in tree.children(chosen))
    return Processors(
        len(first["compatible"]), len(first.get("clock-frequency", b"")) >= 4, len(every), pooled
    )


def _is_processor(node: Node) -> bool:
    return (node.text("device_type") or "").lower() == "cpu"


def _dom0(found: Found) -> Loaded:
    line = next(
        (line for kind, of_domain, line in found.command_lines if kind == "kernel" and not of_domain), ""
    )
    disks = (each for each in found.modules if each.kind == "ramdisk" and not each.of_domain)
    return Loaded(None, len(line) + 1 if line else None, any(each.size for each in list(disks)[:1]))


def _domains(found: Found) -> list[Loaded]:
    """The domains of `/chosen`: the first module of a domain with arguments gives them to its kernel."""
    chosen = found.tree.at("/chosen")
    loaded = []
    for node in () if chosen is None else found.tree.children(chosen):
        if not node.compatible("xen,domain"):
            continue
        modules = [each for each in found.tree.children(node) if each.compatible("multiboot,module")]
        line = next((each.text("bootargs") for each in modules if "bootargs" in each.properties), None)
        paths = {each.path for each in modules}
        disk = any(each.size for each in found.modules if each.kind == "ramdisk" and each.path in paths)
        loaded.append(Loaded(node.path, len(line) + 1 if line else None, disk))
    return loaded


def _text(node: Node | None, name: str) -> int | None:
    text = None if node is None else node.text(name)
    return None if text is None else len(text) + 1


def _length(node: Node, name: str) -> int | None:
    value = node.properties.get(name)
    return None if value is None else len(value)


def _whole(count: int) -> int:
    return (count + 3) & ~3
