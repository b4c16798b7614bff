"""What a release's header and toolstack put into the tree of a guest, place by place, beside what a tree has there.

Model of libxl__prepare_dtb (tools/libs/light/libxl_arm.c) and of prepare_dtb_domU (xen/arch/arm/dom0less-build.c, later
xen/common/device-tree/dom0less-build.c). What is expected hangs on what the tree itself shows: its RAM, which GIC, how many
virtio devices. Of dom0's tree, made of the board's, nothing is expected but its form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest

from verifier.layout.domain_map import Extent
from verifier.layout.guest_tree import DOM0, Device, Entry, GuestTree, Statement, TreeFacts
from verifier.xen.bank_fill import filled
from verifier.xen.outcome import Span
from verifier.xen.release import Xen
from verifier.xen.subjects import windows
from verifier.xen.tree_devices import devices
from verifier.xen.tree_places import LOW, Places, stretch
from verifier.xen.tree_regions import Made, fixed_ends, is_hosts


def tree_facts(tree: GuestTree, xen: Xen, bits: int, made: Made) -> TreeFacts:
    """Everything that is compared for one width, given what the producer makes for it."""
    unknown = tree.maker == DOM0 or (tree.maker is None and is_hosts(tree, xen))
    statements = () if unknown else tuple(_statements(Places.of(tree, xen), xen, bits, made))
    return TreeFacts(
        tree.hypervisor.path,
        xen.tag,
        tree.maker,
        tree.cells,
        tree.hypervisor.registers,
        tuple(_entries(tree)),
        tree.cuts,
        statements,
        tuple(_doubts(tree, made)),
    )


def _doubts(tree: GuestTree, made: Made) -> Iterator[str]:
    if made.doubt:
        yield made.doubt
    for there, what in ((tree.memory, "RAM"), (tree.gic, "interrupt controller"), (tree.vcpus, "processor")):
        if not there and tree.maker != DOM0:
            yield f"the tree has no {what}: it is a part of a guest's"


def _entries(tree: GuestTree) -> Iterator[Entry]:
    gic = None if tree.gic is None else tree.gic.device
    yield from tree.hypervisor.registers
    yield from (*tree.memory, *tree.shared)
    for each in (gic, tree.uart, tree.pcie, *tree.virtio, tree.acpi):
        yield from () if each is None else each.registers
    yield from (each.entry for each in tree.windows)


def _statements(places: Places, xen: Xen, bits: int, made: Made) -> Iterator[Statement]:
    """What is of the hypervisor node first, then RAM, then devices."""
    node = places.tree.hypervisor
    yield stretch(
        f"{node.path} reg[0]",
        node.registers[0].extent if node.registers else None,
        places.layout("GUEST_GNTTAB"),
        "the grant region",
        "GUEST_GNTTAB",
    )
    yield from places.lines(node.path, node, ("GUEST_EVTCHN_PPI",), LOW, "the event channel's interrupt")
    yield from _ends(places.tree, xen, bits) if made.regions is None else _regions(node, made)
    if places.tree.maker is not None and not places.direct:
        yield from _memory(places)
    yield from devices(places)


def _ends(tree: GuestTree, xen: Xen, bits: int) -> Iterator[Statement]:
    """What is known of the regions whatever RAM the guest has."""
    for entry, end in fixed_ends(tree, xen, bits):
        what = "the end of the rest of its RAM window, whatever RAM the guest has,"
        place = f"the end of {entry.name}"
        yield Statement(place, entry.extent.end, end, what, "finalize_hypervisor_node", entry.extent)


def _memory(places: Places) -> Iterator[Statement]:
    """Banks are paired with those that begin where they do, and the rest in order."""
    memory, origin = places.tree.memory, "GUEST_RAM_BANK_BASES, filled in order"
    spans = [Span(each.start, each.size) for each in windows(places.tag)]
    banks = filled(spans, sum(each.extent.size for each in memory))
    expected = [each.extent for each in banks if each.size]
    for entry, bank in _paired(memory, expected, lambda one, other: one.start == other.start):
        what = "one more bank of RAM" if bank is None else f"bank {expected.index(bank)} of so much RAM"
        if entry is None:
            assert bank is not None  # one of the two is there
            yield stretch(f"/memory@{bank.start:x}", None, bank, what, origin)
        else:
            yield stretch(entry.name, entry.extent, bank, what, origin)


def _regions(node: Device, made: Made) -> Iterator[Statement]:
    """Region by region; one that is made is paired with itself, whatever its place, and the rest in order."""
    assert made.regions is not None
    origin = made.producer or "this release offers such a guest none"
    what, missing = "the rest of a RAM window", len(node.registers)
    for entry, extent in _paired(node.registers[1:], made.regions, Extent.__eq__):
        if entry is None:
            yield stretch(f"{node.path} reg[{missing}]", None, extent, what, origin)
            missing += 1
        else:
            yield stretch(entry.name, entry.extent, extent, what, origin)


def _paired(
    found: tuple[Entry, ...], expected: Sequence[Extent], alike: Callable[[Extent, Extent], bool]
) -> Iterator[tuple[Entry | None, Extent | None]]:
    """Each with the first of the others that is alike and has no partner yet; what is left over in order, then alone."""
    left, without, pairs = list(expected), list[Entry](), list[tuple[Entry | None, Extent | None]]()
    for entry in found:
        partner = next((each for each in left if alike(entry.extent, each)), None)
        if partner is None:
            without.append(entry)
        else:
            left.remove(partner)
            pairs.append((entry, partner))
    yield from (*pairs, *zip_longest(without, left))
