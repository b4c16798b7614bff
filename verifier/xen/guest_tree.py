"""The device tree of a guest in the terms by which offers are judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verifier.layout.domain_map import DomainMap, Extent, NamedRegion
from verifier.layout.guest_facts import GuestFacts, Need
from verifier.layout.guest_tree import DOM0, XL, GuestTree
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import Offer
from verifier.reading import models
from verifier.xen.guest_offer import ram_windows
from verifier.xen.release import Xen
from verifier.xen.subjects import numbers_of
from verifier.xen.tree_facts import tree_facts
from verifier.xen.tree_regions import Made, is_hosts, read
from verifier.xen.xl_map import MAGIC

READ = "read"
"""The source of what is judged: neither predicted nor logged."""


def offer(tree: GuestTree, xen: Xen, bits: int, made: Made, frames: int | None = None) -> Offer:
    """What the tree offers its guest, and all that the guest has by it, for one width.

    `made` is what its producer makes for that width; `frames` are those of its grant table, None for the default. Of dom0
    and of direct-mapped guests the host's devices are known as far as they are in the tree, and its RAM is not.
    """
    facts = tree_facts(tree, xen, bits, made)
    host_layout = is_hosts(tree, xen)
    magic = tuple(_magic(tree, xen.tag))
    domain = _domain(tree, bits, made, magic)
    given = (*_given(tree), *magic)
    default = models.numbers(xen.tag, "arm64")["grant-frames"].value
    return Offer(
        domain,
        read(tree),
        READ,
        tree.maker == DOM0 or (tree.maker is None and host_layout),
        host_layout,
        tree.cells,
        BoardMap((), tree.unplaced),
        (),
        "the device tree",
        () if host_layout else tuple(ram_windows(xen.tag)),
        given,
        grant_frames=default if frames is None else frames,
        guest=None if host_layout else _guest(tree, xen.tag),
        tree=facts,
    )


def _domain(tree: GuestTree, bits: int, made: Made, magic: tuple[Obstacle, ...]) -> DomainMap:
    registers = tuple(each.extent for each in tree.hypervisor.registers)
    return DomainMap(
        "d0" if tree.maker == DOM0 else "guest",
        tree.hypervisor.path,
        bits,
        False,
        made.producer,
        tuple(each.extent for each in tree.memory) or None,
        registers[0] if registers else None,
        read(tree),
        registers,
        True,
        (),
        regions=(
            *_regions(tree, made),
            *(NamedRegion(each.path, each.extent, "GUEST_MAGIC") for each in magic),
        ),
    )


def _regions(tree: GuestTree, made: Made) -> Iterator[NamedRegion]:
    """What else is in the tree, and what must be somewhere and is not in it."""
    for each in _layout(tree):
        yield NamedRegion(_last(each.name), each.extent, each.name)
    yield from (NamedRegion("shared memory", each.extent, each.name) for each in tree.shared)
    for other in tree.others:
        if other.kind != "device" or other.path not in _known(tree):
            yield NamedRegion(_last(other.name), other.extent, other.name)
    if tree.maker == DOM0:
        return
    if tree.gic is None:
        yield NamedRegion("GIC", None, "the tree has no interrupt controller")
    for lost in tree.unplaced:
        yield NamedRegion(lost.path, None, lost.reason)
    if made.is_passed:
        yield NamedRegion("passed-through memory", None, made.doubt)


def _magic(tree: GuestTree, tag: str) -> Iterator[Obstacle]:
    """The pages that libxl populates for a guest and tells of by hypercalls alone: they are in no tree.

    Before there was a region for them they follow the RAM (alloc_magic_pages).
    """
    after_ram = max((each.extent.end for each in tree.memory), default=None)
    start = numbers_of(tag).get("GUEST_MAGIC_BASE", after_ram)
    if tree.maker != XL or start is None:
        return
    pages = models.numbers(tag, "arm64")["magic-pages"].value
    for index, name in enumerate(MAGIC[:pages]):
        page = Extent(start + index * models.PAGE, start + (index + 1) * models.PAGE)
        yield Obstacle(page, "layout", name, "(GUEST_MAGIC)")


def _last(name: str) -> str:
    """The node's own name."""
    return name.partition(" ")[0].rpartition("/")[2]


def _known(tree: GuestTree) -> dict[str, None]:
    """Paths of the nodes that a toolstack makes."""
    gic = None if tree.gic is None else tree.gic.device
    devices = (gic, tree.uart, tree.pcie, *tree.virtio, tree.acpi)
    return dict.fromkeys(each.path for each in devices if each is not None)


def _layout(tree: GuestTree) -> Iterator[Obstacle]:
    """The registers of what a toolstack makes, each by itself; whole entries, also of a `reg` that is cut short."""
    gic = None if tree.gic is None else tree.gic.device
    for device in (gic, tree.uart, tree.pcie, *tree.virtio, tree.acpi):
        for each in () if device is None else device.registers:
            kind = "device" if tree.maker == DOM0 else "layout"
            yield Obstacle(each.extent, kind, each.name, "")


def _given(tree: GuestTree) -> Iterator[Obstacle]:
    """Everything in the tree but the extended regions."""
    for kind, entries in (
        ("domain-ram", tree.memory),
        ("grant-region", tree.hypervisor.registers[:1]),
        ("shared-memory", tree.shared),
    ):
        yield from (Obstacle(each.extent, kind, each.name, "") for each in entries)
    yield from _layout(tree)
    known = _known(tree)
    for each in tree.others:
        if each.kind == "device" and each.path not in known:
            yield replace(each, kind="device" if tree.maker == DOM0 else "passthrough")
        elif each.kind != "device":
            yield each


def _guest(tree: GuestTree, tag: str) -> GuestFacts | None:
    """None where the tree is a part of a guest's: then what it lacks is open."""
    if tree.gic is None or not tree.memory:
        return None
    memory = sum(each.extent.size for each in tree.memory)
    needs = tuple(_needs(tree, tag))
    return GuestFacts(
        memory,
        models.PAGE,
        "the sum of its memory nodes",
        tree.vcpus,
        tree.gic.version,
        tree.interrupts,
        None,
        needs,
    )


def _needs(tree: GuestTree, tag: str) -> Iterator[Need]:
    """How large the GIC's second range has to be: redistributors of all vCPUs, or the CPU interface."""
    assert tree.gic is not None
    registers = tree.gic.device.registers
    if len(registers) != 2:
        return
    name, numbers = registers[1].name, models.numbers(tag, "arm64")
    if tree.gic.version == 2:
        fact = numbers["gicc-bytes"]
        yield Need(name, fact.value, "the CPU interface of a GICv2", fact.source, exact=True)
    elif tree.vcpus:
        fact = numbers["rdist-bytes"]
        reason = f"{tree.vcpus} redistributors of {fact.value >> 10} KiB"
        yield Need(name, tree.vcpus * fact.value, reason, fact.source)
