"""The extended regions that a toolstack makes of the RAM that a guest's tree has, against those that the tree has.

What a guest of xl (since 108308feef) and a dom0less guest (since fba1b0974d) is passed through is left out of its regions,
and not all of it need be in its tree: where such a range would explain the tree, nothing is refuted and nothing proved.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from verifier.layout.domain_map import Extent
from verifier.layout.guest_tree import DOM0, DOM0LESS, XL, Entry, GuestTree
from verifier.layout.obstacle import gaps, merged
from verifier.layout.units import listing
from verifier.reading.models import PAGE
from verifier.xen import domu_holes, libxl_regions
from verifier.xen.outcome import Span
from verifier.xen.release import Variants, Xen
from verifier.xen.subjects import numbers_of, windows

_RUNS_XL = Variants("xl-regions", {"none": False, "per-bank": True, "around-iomem": True})
_RUNS_DOM0LESS = Variants(
    "domu-regions", {"none": False, "per-bank": True, "per-bank-less-shared": True, "ranges": True}
)
"""Whether there is a producer; domains of the host's device tree have no hypervisor node before."""
_PRODUCERS: dict[str | None, tuple[Variants[bool], str, str]] = {
    XL: (_RUNS_XL, "finalize_hypervisor_node", "iomem"),
    DOM0LESS: (_RUNS_DOM0LESS, "find_domU_holes", "xen,reg"),
}
"""By who made the tree: the producer, and what it leaves out that the guest is passed through."""
_UNCUT = Variants("xl-regions", {"none": False, "per-bank": True, "around-iomem": False})
_SUPERPAGE = 2 << 20


@dataclass(frozen=True, slots=True)
class Made:
    """What is made for one width."""

    producer: str | None
    """The function; None where none runs, or it is not known which."""
    regions: tuple[Extent, ...] | None
    """In the order of `reg`; None where it cannot be told."""
    doubt: str = ""
    """Why not, and what would tell."""
    is_passed: bool = False
    """What the guest is passed through is all that is not known."""


def is_direct(tree: GuestTree, tag: str) -> bool:
    """Whether its RAM and its interrupt controller lie at other places than those of the guest layout."""
    if tree.maker != DOM0LESS or not tree.memory or tree.gic is None or not tree.gic.device.registers:
        return False
    base = numbers_of(tag)["GUEST_GICD_BASE"]  # that of a GICv3 is the same
    ram = windows(tag)[0].start
    return tree.memory[0].extent.start != ram and tree.gic.device.registers[0].extent.start != base


def is_hosts(tree: GuestTree, xen: Xen) -> bool:
    """Whether its addresses are those of the host, or may be: a part of a tree may be dom0's or of a direct-mapped guest."""
    if tree.maker is None:
        return not _is_xls(tree, xen)
    return tree.maker == DOM0 or is_direct(tree, xen.tag)


def _is_xls(tree: GuestTree, xen: Xen) -> bool:
    """Whether a part of a tree can be xl's alone: it has the grant region of the layout, and only xl makes such a node yet.

    That of dom0 is no larger than Xen's text.
    """
    numbers, registers = numbers_of(xen.tag), tree.hypervisor.registers
    start, size = numbers["GUEST_GNTTAB_BASE"], numbers["GUEST_GNTTAB_SIZE"]
    is_layout = bool(registers) and registers[0].extent == Extent(start, start + size)
    return is_layout and not _RUNS_DOM0LESS.of(xen)


def read(tree: GuestTree) -> tuple[Extent, ...]:
    """The extended regions of the tree, in the order of `reg`."""
    return tuple(each.extent for each in tree.hypervisor.registers[1:])


def made(tree: GuestTree, xen: Xen, bits: int) -> Made:
    """The regions that this release makes of the tree's RAM for one width."""
    unknown = _unknown(tree, xen)
    if unknown:
        return Made(None, None, unknown)
    runs, producer, passed = _PRODUCERS[tree.maker]
    if not runs.of(xen) or (tree.maker == DOM0LESS and tree.kernel_bits == 32):
        return Made(None, ())
    used = _used(tree, xen.tag)
    if used is None:
        return Made(
            producer, None, "its regions are what its RAM leaves of the RAM windows, and that is not known"
        )
    known = tuple(each.extent for each in tree.others if each.kind == "device" and each.extent.size)
    regions, found = _find(tree, xen, bits, used, known), read(tree)
    if regions == found:
        return Made(producer, regions)
    if not found and tree.maker == DOM0LESS:
        doubt = (
            f"{producer} makes {_said(regions)} of its RAM, and none if Xen's command line has ext_regions=0"
        )
        return Made(None, None, doubt)
    left_out = _left_out(xen.tag, bits, used, (*known, *found))
    if tree.maker == DOM0LESS:
        left_out += _splits(found)
    if _find(tree, xen, bits, used, (*known, *left_out)) == found:
        doubt = f"{producer} leaves out {_said(left_out)} only for {passed} there, which no node of the tree tells of"
        return Made(producer, None, doubt, is_passed=True)
    return Made(producer, regions)


def _unknown(tree: GuestTree, xen: Xen) -> str:
    """Why nobody can say what is made of it."""
    if tree.maker == DOM0:
        return "the regions of dom0 are made of the board's device tree: verifier host judges them"
    if tree.maker is None:
        return "who made the tree is not told: xl calls its root xen,xenvm, one of dom0less has /psci, /cpus and /timer"
    if is_direct(tree, xen.tag):
        return "the guest is direct-mapped, and its regions are made of the board's device tree: verifier host judges them"
    return ""


def _used(tree: GuestTree, tag: str) -> tuple[int, ...] | None:
    """Bytes used of each window; None where RAM lies otherwise."""
    if not tree.memory:
        return None
    sizes = {each.extent.start: each.extent.size for each in tree.memory}
    spaces = windows(tag)
    fits = len(sizes) == len(tree.memory) and sizes.keys() <= {each.start for each in spaces}
    used = tuple(sizes.get(each.start, 0) for each in spaces)
    return used if fits and all(one <= each.size for one, each in zip(used, spaces, strict=True)) else None


def _find(
    tree: GuestTree, xen: Xen, bits: int, used: tuple[int, ...], passed: Iterable[Extent]
) -> tuple[Extent, ...]:
    """What the producer makes, given what is passed through."""
    spans = [Span(each.start, each.size) for each in windows(xen.tag)]
    pages = [Extent(each.start // PAGE * PAGE, -(-each.end // PAGE) * PAGE) for each in passed]
    if tree.maker == XL:
        iomem = [libxl_regions.Iomem(each.start // PAGE, each.size // PAGE) for each in pages]
        found = libxl_regions.find(xen, libxl_regions.Guest(bits, spans, used, iomem))
    else:
        shared = [Span(each.extent.start, each.extent.size) for each in tree.shared]
        assigned = [Span(each.start, each.size) for each in pages]
        found = domu_holes.find(xen, domu_holes.Guest(bits, spans, used, shared, assigned))
    return tuple(each.extent for each in found.regions)


def _left_out(tag: str, bits: int, used: tuple[int, ...], taken: Iterable[Extent]) -> tuple[Extent, ...]:
    """What of the windows above the used parts nothing has, below 2^bits; whole pages."""
    rests = (
        Extent(-(-(each.start + one) // _SUPERPAGE) * _SUPERPAGE, min(each.end, 1 << bits))
        for each, one in zip(windows(tag), used, strict=True)
    )
    found = gaps(rests, merged(taken))
    return tuple(each for each in found if not each.start % PAGE and not each.end % PAGE)


def _splits(found: tuple[Extent, ...]) -> tuple[Extent, ...]:
    """Where regions touch: Xen takes a size of 0 in xen,reg, and rangeset_remove_range then splits what is around it."""
    starts = {each.start for each in found}
    return tuple(Extent(each.end, each.end) for each in found if each.end in starts)


def _said(extents: tuple[Extent, ...]) -> str:
    return listing([str(each) for each in extents])


def fixed_ends(tree: GuestTree, xen: Xen, bits: int) -> Iterator[tuple[Entry, int]]:
    """Regions of the tree with where they end in any guest of this release: at the end of their RAM window, or at 2^bits.

    Only xl's, and of releases in which iomem does not cut them; a part of a tree is xl's where no one else has the node.
    """
    only_xl = tree.maker == XL or (tree.maker is None and _is_xls(tree, xen))
    for entry in tree.hypervisor.registers[1:] if only_xl and _UNCUT.of(xen) else ():
        for window in windows(xen.tag):
            end = min(window.end, 1 << bits)
            if window.start <= entry.extent.start < end:
                yield entry, end


def likeness(tree: GuestTree, xen: Xen, bits: int, one: Made) -> tuple[int, int]:
    """How well a width fits the tree: the greatest of those of all widths are of those that it can have been made for.

    Who makes regions of the host's addresses cuts them at 2^bits, so that a tree that reaches higher is one of more bits.
    """
    found = read(tree)
    if one.regions is None:
        hosts = tree.maker is not None and is_hosts(tree, xen)
        return (1, int(hosts and all(each.end <= 1 << bits for each in found)))
    whole = all(each.path != tree.hypervisor.path for each in tree.cuts)
    if whole and sorted(one.regions) == sorted(found):
        return (2, 0)
    return (0, len(set(one.regions) & set(found)))
