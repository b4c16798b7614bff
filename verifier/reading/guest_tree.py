"""A guest's device tree, by the Devicetree Specification v0.4 and by what toolstacks write into it.

Sources: tools/libs/light/libxl_arm.c (xl), prepare_dtb_domU in xen/arch/arm/dom0less-build.c and since 4.21 in
xen/common/device-tree/dom0less-build.c (dom0less), xen/arch/arm/domain_build.c (dom0). Who made a tree shows in its root:
libxl calls it "xen,xenvm", for dom0 Xen copies the board's properties, and a dom0less root has nothing but cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from verifier.layout.device_tree import Node, Tree
from verifier.layout.errors import InputError
from verifier.layout.guest_facts import Interrupt
from verifier.layout.guest_tree import DOM0, DOM0LESS, HYPERVISOR, XL, Entry, Gic, GuestTree
from verifier.layout.obstacle import Obstacle
from verifier.reading.board_map import board_map
from verifier.reading.guest_nodes import Nodes, gic_version

_RELEASE = re.compile(r"xen,xen-([0-9]{1,9}\.[0-9]{1,9})")
_TIMERS = {"arm,armv7-timer": 32, "arm,armv8-timer": 64}
_SHARED = "xen,shared-memory-v1"
_ACPI = "xen,guest-acpi"
_MADE = ("psci", "cpus", "timer")
"""Nodes that a dom0less tree always has."""


def guest_tree(tree: Tree) -> GuestTree:
    """What the tree of a guest says.

    A `reg` that is no whole number of entries is a `Cut`. Raises InputError for a tree that is no guest's, and for one
    whose root has no usable cells.
    """
    node = _hypervisor(tree)
    nodes = Nodes.of(tree)
    hypervisor = nodes.device(node)
    top = tuple(tree.children(tree.root))
    gic, timer = _gic(tree, nodes), _first(top, *_TIMERS)
    shared = tuple(each for one in _compatible(tree.nodes, _SHARED) for each in nodes.entries(one))
    known = {each.extent for each in shared}
    ram = tuple(each for one in _memory(tree) for each in nodes.entries(one) if each.extent not in known)
    uart, pcie = _first(top, "arm,sbsa-uart"), _first(top, "pci-host-ecam-generic")
    virtio = tuple(nodes.device(each) for each in _compatible(top, "virtio,mmio"))
    acpi = next(_compatible(tree.nodes, _ACPI), None)
    described = board_map(tree)
    maker = _maker(tree)
    interrupts = tuple(_interrupts(tree, nodes))
    cut = {each.path for each in nodes.cuts}
    return GuestTree(
        tree.file,
        maker,
        nodes.cells,
        _version(node),
        hypervisor,
        ram,
        shared,
        gic,
        None if timer is None else nodes.device(timer),
        None if uart is None else nodes.device(uart),
        None if pcie is None or maker == DOM0 else nodes.device(pcie),
        () if pcie is None or maker == DOM0 else nodes.windows(pcie),
        virtio,
        None if acpi is None else nodes.device(acpi),
        sum(each.text("device_type") == "cpu" for each in _cpus(tree)),
        next((bits for name, bits in _TIMERS.items() if timer is not None and timer.compatible(name)), None),
        tuple(_others(described.obstacles, ram, shared)),
        interrupts,
        nodes.cuts,
        tuple(each for each in described.unplaced if each.path not in cut),
    )


def _hypervisor(tree: Tree) -> Node:
    found = [each for each in tree.nodes if HYPERVISOR in each.strings("compatible")]
    if len(found) > 1:
        raise InputError(
            f"two nodes are compatible with {HYPERVISOR}: {found[0].path} and {found[1].path}", tree.file
        )
    if found:
        return found[0]
    chosen = tree.at("/chosen")
    boots = chosen is not None and any(
        name.startswith(("multiboot,", "xen,"))
        for each in tree.below(chosen)
        for name in each.strings("compatible")
    )
    what = "it has boot modules in /chosen, and is a host's: verifier host" if boots else "a guest's has one"
    raise InputError(f"no node is compatible with {HYPERVISOR}: {what}", tree.file)


def _version(node: Node) -> str | None:
    matches = (_RELEASE.fullmatch(name) for name in node.strings("compatible"))
    return next((each[1] for each in matches if each is not None), None)


def _maker(tree: Tree) -> str | None:
    root = tree.root
    if "xen,xenvm" in root.strings("compatible"):
        return XL
    if "compatible" in root.properties or "model" in root.properties:
        return DOM0
    names = {each.name for each in tree.children(root)}
    return DOM0LESS if names.issuperset(_MADE) else None


def _compatible(nodes: tuple[Node, ...], name: str) -> Iterator[Node]:
    return (each for each in nodes if each.compatible(name))


def _first(nodes: tuple[Node, ...], *names: str) -> Node | None:
    return next((each for each in nodes if any(each.compatible(name) for name in names)), None)


def _memory(tree: Tree) -> Iterator[Node]:
    return (each for each in tree.nodes if each.text("device_type") == "memory")


def _cpus(tree: Tree) -> tuple[Node, ...]:
    node = tree.at("/cpus")
    return () if node is None else tuple(tree.children(node))


def _gic(tree: Tree, nodes: Nodes) -> Gic | None:
    for node in tree.nodes:
        version = gic_version(node)
        if version is not None and "interrupt-controller" in node.properties:
            names = ("phandle", "#interrupt-cells", "redistributor-stride", "#redistributor-regions")
            return Gic(nodes.device(node), version, *(node.word(each) for each in names))
    return None


def _others(
    found: tuple[Obstacle, ...], ram: tuple[Entry, ...], shared: tuple[Entry, ...]
) -> Iterator[Obstacle]:
    """Without RAM and shared memory, which are told apart, and without what is reserved of RAM."""
    banks = [each.extent for each in ram]
    names = {each.name for each in shared}
    for each in found:
        reserved = each.kind in ("reserved-memory", "memreserve")
        inside = any(bank.start <= each.extent.start and each.extent.end <= bank.end for bank in banks)
        if each.kind != "memory" and each.name not in names and not (reserved and inside):
            yield each


def _interrupts(tree: Tree, nodes: Nodes) -> Iterator[Interrupt]:
    for node in tree.nodes:
        for index, line in enumerate(nodes.lines(node)):
            yield Interrupt(node.path, line.number, line.kind, f"interrupts[{index}]")
