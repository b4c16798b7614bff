"""A host device tree as the map of its address space, by the Devicetree Specification v0.4.

This is the specification against which Xen's answers are judged, so it shares no code with the readers that follow
Xen's own walk. What is in the map, whatever `status` says (a disabled device has its addresses all the same):

* every entry of `reg`, translated through `ranges` to the root (2.3.6, 2.3.8); none where the parent has
  `#size-cells = <0>` (i2c, spi), or where a bus without `ranges` lies between: the CPU reaches nothing there;
* RAM, which is what has `device_type = "memory"` (3.4); where `status` takes it from the operating system (2.3.4), for the
  firmware or because it is broken, it is no RAM, and its addresses are nobody's all the same;
* children of `/reserved-memory` with `reg` (3.5), and the memory reserve map (5.3). A child with only `size` has no
  address before an operating system gives it one;
* each entry of `ranges` of a PCI host bridge on its parent's side, of whatever space: configuration, I/O, memory.

Below a PCI bridge `reg` is configuration space and its BARs' sizes; the addresses that firmware gave to BARs are in
`assigned-addresses` (IEEE 1275 PCI binding).

Left out, with all below: `/aliases` and `/cpus` (3.3, 3.7), which have no addresses of the root's address space; in
`/chosen` what Xen's boot protocol puts there, which is contents of RAM (a framebuffer there does count, if `/chosen` has
`ranges`); and the node that a running Xen made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from verifier.layout.device_tree import Node, Tree
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import BoardMap, Obstacle, Unplaced
from verifier.reading.bus_ranges import Bus, Place, buses

_LEFT_OUT = ("/aliases", "/cpus")
_BOOTED = ("multiboot,", "xen,")
"""How `compatible` of modules and domains starts in `/chosen` (docs/misc/arm/device-tree/booting.txt of Xen)."""
_RESERVED = "/reserved-memory"


def board_map(tree: Tree) -> BoardMap:
    """All that a tree describes of the CPU's address space, in bytes: `[start, end)`, not rounded.

    Empty stretches are kept, and ends beyond 2^64. One that lies in several entries of `ranges` is there in parts. What
    cannot be read or translated is `unplaced`, in document order. Raises nothing.
    """
    obstacles = {_memreserve(index, *entry) for index, entry in enumerate(tree.reserved)}
    unplaced = list[Unplaced]()
    found = buses(tree)
    for node, kind in _kinds(tree):
        above, own = None if node.parent is None else found[node.parent], found[node.index]
        for each in (*_addresses(node, kind, above), *_apertures(node, own)):
            if isinstance(each, Obstacle):
                obstacles.add(each)
            else:
                unplaced.append(each)
    return BoardMap(tuple(sorted(obstacles)), tuple(unplaced))


def _memreserve(index: int, address: int, size: int) -> Obstacle:
    return Obstacle(Extent(address, address + size), "memreserve", "/memreserve/", f"[{index}]")


def _kinds(tree: Tree) -> Iterator[tuple[Node, str]]:
    """The nodes that can have addresses, each with the kind of what it describes."""
    left_out = set[int]()
    for node in tree.nodes:
        above = None if node.parent is None else tree.nodes[node.parent]
        if node.parent in left_out or node.path in _LEFT_OUT or _is_xens(node):
            left_out.add(node.index)
        elif above is not None and above.path == _RESERVED:
            yield node, "reserved-memory"
        elif node.text("device_type") == "memory":
            yield node, "memory" if node.available else "disabled-memory"
        else:
            yield node, "device"


def _is_xens(node: Node) -> bool:
    """Whether the node tells of a hypervisor that runs, or of what it is to boot."""
    names = node.strings("compatible")
    booted = node.path.startswith("/chosen/") and any(name.startswith(_BOOTED) for name in names)
    return booted or (node.parent is not None and "xen,xen" in names)


def _addresses(node: Node, kind: str, bus: Bus | None) -> Iterator[Obstacle | Unplaced]:
    """What a node occupies on its parent."""
    name = "assigned-addresses" if bus is not None and bus.is_pci else "reg"
    value = node.properties.get(name)
    if value is None:
        if kind == "memory":
            yield Unplaced(node.path, name, "memory has to have one (3.4)")
    elif bus is None:
        if kind == "reserved-memory":
            yield Unplaced(node.path, name, f"{_RESERVED} has no ranges, which it has to have (3.5.1)")
    elif bus.sizes:
        places = bus.places(value)
        if isinstance(places, str):
            yield Unplaced(node.path, name, places)
        else:
            yield from _translated(node, kind, bus, name, enumerate(places))


def _apertures(node: Node, bus: Bus | None) -> Iterator[Obstacle | Unplaced]:
    """The windows of a PCI host bridge; those of bridges below lie inside."""
    if bus is None or bus.above is None or not bus.is_pci or bus.above.is_pci:
        return
    if bus.fault is not None:
        yield Unplaced(node.path, "ranges", bus.fault)
    else:
        outer = ((window.index, window.outer) for window in bus.windows or ())
        yield from _translated(node, "pci-window", bus.above, "ranges", outer)


def _translated(
    node: Node, kind: str, bus: Bus, name: str, places: Iterable[tuple[int, Place]]
) -> Iterator[Obstacle | Unplaced]:
    for index, place in places:
        origin = f"{name}[{index}]"
        extents, lost = bus.to_root(place)
        yield from (Obstacle(extent, kind, node.path, origin) for extent in extents)
        yield from (Unplaced(node.path, origin, reason) for reason in lost)
