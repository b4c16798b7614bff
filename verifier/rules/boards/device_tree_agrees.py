"""device-tree-agrees: what a guest reads in its device tree is what header, toolstack and the rest of the tree say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, pairwise

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.guest_tree import Cut, Entry, Statement, TreeFacts
from verifier.layout.offer import Offer
from verifier.rules.boards.rule import BoardRule, Breach, Judged, listed

_WRAP = 1 << 64
_ORIGIN = "the guest's device tree"


def _judge(offer: Offer) -> Judged:
    tree = offer.tree
    assert tree is not None
    breaches, more = listed(
        chain(
            (_cut(each) for each in tree.cuts),
            (breach for each in tree.entries for breach in _entry(each)),
            _unsorted(tree),
            (_differs(tree, each) for each in tree.statements if each.found != each.expected),
        )
    )
    return Judged(len(tree.entries) + len(tree.statements), breaches, tree.doubts, more=more)


def _cut(cut: Cut) -> Breach:
    whole, over = divmod(cut.length, cut.unit)
    return Breach(
        f"{cut.path} {cut.origin} has {cut.length} bytes, {over} more than {whole} whole entries of "
        f"{cut.unit} ({cut.cells})",
        Witness("cut-short", found=cut.length, needed=cut.unit),
        (Party(f"{cut.path} {cut.origin}", Extent(0, 0), _ORIGIN),),
        help=(f"{cut.path} {cut.origin} with {whole * cut.unit} or {(whole + 1) * cut.unit} bytes",),
    )


def _entry(entry: Entry) -> Iterator[Breach]:
    extent, party = entry.extent, Party(entry.name, entry.extent, _ORIGIN)
    if not extent.size:
        yield Breach(
            f"{entry.name} has a size of 0 at {units.hexa(extent.start)}: it describes nothing",
            Witness("empty-entry", found=extent.start, needed=extent.end),
            (party,),
            help=(f"{entry.name} left out, or given its size",),
        )
    elif extent.end > _WRAP:
        yield Breach(
            f"{entry.name} has {units.sized(extent.size)} from {units.hexa(extent.start)}: it ends "
            f"{units.size(extent.end - _WRAP)} above 2^64, and the end wraps to {units.hexa(extent.end - _WRAP)}",
            Witness("entry-wraps", found=extent.end, needed=_WRAP),
            (party,),
            help=(f"{entry.name} with a size up to {units.hexa(_WRAP - extent.start)}",),
        )


def _unsorted(tree: TreeFacts) -> Iterator[Breach]:
    """Where they overlap `no-overlap` tells it."""
    for one, other in pairwise(tree.registers[1:]):
        if other.extent.start < one.extent.start:
            yield Breach(
                f"{other.name} {other.extent} lies below {one.name} {one.extent}: extended regions ascend, and Linux "
                "refuses all of them where they do not",
                Witness("unsorted", found=other.extent.start, needed=one.extent.start),
                (Party(one.name, one.extent, _ORIGIN), Party(other.name, other.extent, _ORIGIN)),
                help=(f"{tree.path} reg with its extended regions by address",),
            )


def _differs(tree: TreeFacts, each: Statement) -> Breach:
    found, expected = _first_difference(each)
    release = f"xen {tree.release}"
    if each.expected is None:
        message = (
            f"{each.place} is {_said(each.found)}, and nothing is expected there ({each.origin}, {release})"
        )
    elif each.found is None:
        message = (
            f"{each.place} is not there; {each.what} is {_said(each.expected)} ({each.origin}, {release})"
        )
    else:
        message = f"{each.place} is {_said(each.found)}; {each.what} is {_said(each.expected)} ({each.origin}, {release})"
    repair = "left out" if each.expected is None else f"= {_value(tree, each.expected)}"
    return Breach(
        message,
        Witness("differs-from-expected", found=found, needed=expected),
        (Party(each.place, each.extent, _ORIGIN),),
        help=(f"{each.place} {repair}",),
    )


def _first_difference(each: Statement) -> tuple[int | None, int | None]:
    """The first number that differs: of an address and a size the address, if that does."""
    found, expected = _numbers(each.found), _numbers(each.expected)
    for one, other in zip(found, expected, strict=False):
        if one != other:
            return one, other
    return next(iter(found), None), next(iter(expected), None)


def _numbers(value: Extent | int | None) -> tuple[int, ...]:
    if isinstance(value, Extent):
        return value.start, value.size
    return () if value is None else (value,)


def _said(value: Extent | int | None) -> str:
    if isinstance(value, Extent):
        return f"{value} ({units.size(value.size)})"
    return "nothing" if value is None else f"{value}" if value < _DECIMAL else units.hexa(value)


_DECIMAL = 1020
"""Interrupts and counts are below; cells of types and addresses are not."""


def _value(tree: TreeFacts, value: Extent | int) -> str:
    """As device tree source has it: an address and a size in the cells of the root."""
    if isinstance(value, int):
        return _said(value)
    cells = []
    for number, count in zip((value.start, value.size), tree.cells, strict=True):
        cells += [f"{number >> 32 * at & 0xFFFFFFFF:#x}" for at in reversed(range(count))]
    return f"<{' '.join(cells)}>"


RULE = BoardRule(
    id="device-tree-agrees",
    position=13,
    title="the guest's device tree is that of header, toolstack and RAM",
    statement=(
        "Each property of the guest's device tree is whole entries, none of them empty and none wrapping; extended regions "
        "ascend; grant region, RAM, extended regions, GIC, console, PCI windows with their type cells, virtio devices and "
        "interrupts are what the release's header has and its toolstack makes of the tree's RAM."
    ),
    why=(
        "The guest knows its address space from this tree alone: where it differs from what Xen has mapped, or emulates, "
        "the guest's drivers meet nothing, or something else."
    ),
    effect="unsound",
    cites=(
        Cite("docs/misc/arm/device-tree/guest.txt", "reg, interrupts and compatible of the hypervisor node"),
        Cite("tools/libs/light/libxl_arm.c", "libxl__prepare_dtb, finalize_hypervisor_node"),
        Cite("xen/common/device-tree/dom0less-build.c", "prepare_dtb_domU"),
        Cite("Devicetree Specification 0.4", "2.3.5 #address-cells and #size-cells, 2.3.6 reg, 2.3.8 ranges"),
    ),
    judge=_judge,
    example=(
        "The mail of August 2021: reg = <0x00 0x38000000 0x00 0x1000000 0xde 0x00 0x02 0x00> offers [0xde00000000, "
        "0xe000000000), and libxl of Xen 4.16 makes such a region of no RAM."
    ),
    of_guests=True,
    asked=lambda offer: offer.tree is not None,
)
