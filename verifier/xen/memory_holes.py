"""Extended regions in the holes of the host's address map: host layout, IOMMU on.

Model of find_memory_holes and handle_pci_range (xen/arch/arm/domain_build.c, b6fe410936). What the host
device tree describes is taken away from the whole address space page by page; RAM goes only because
memory nodes have `reg` too. Behaviours: `pci-window-check` (133f6df947), `holes-shared-memory`
(a0fee882c1), `xen-reg` (fba1b0974d), and those of rangesets and of `ext_regions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from verifier.logic.word import Truth, Word, holds, uint64
from verifier.xen import rangeset
from verifier.xen.ext_regions import (
    PAGE_SHIFT,
    advertise,
    cover,
    removing,
    space,
    xen_reg_assigned,
)
from verifier.xen.loops import GivesUpError, Loop, itself, run
from verifier.xen.outcome import Outcome, Span, outcome
from verifier.xen.rangeset import Range
from verifier.xen.release import Variants, Xen


@dataclass(frozen=True, slots=True)
class Described:
    """`size` bytes from `start` that the host device tree describes, translated to the root."""

    start: Word
    size: Word
    pci_window: bool = False
    """Whether it is an entry of `ranges` of a node with device_type "pci", else one of `reg`."""


def _any(_start: Word, _size: Word) -> Truth:
    return True


def _below_top(start: Word, size: Word) -> Truth:
    return uint64.subtract(uint64.top, start) >= size


_PCI_FITS: Variants[Callable[[Word, Word], Truth]] = Variants(
    "pci-window-check", {"unchecked": _any, "rejects-wrap": _below_top}
)
_REMOVES_SHARED = Variants("holes-shared-memory", {"kept": False, "removed": True})


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the holes depend on beside the width."""

    described: Iterable[Described]
    """In the order of Xen's walk: nodes as in the tree, of each node first `reg`, then `ranges`."""
    untranslatable: bool = False
    """Whether `described` ends before an entry that has no translation: Xen then gives up."""
    shared: Iterable[Span] = ()
    """Guest addresses of the domain's static shared memory."""
    passthrough: Iterable[Span] = ()
    """Guest addresses of its xen,reg."""


@outcome
def find(
    xen: Xen,
    *,
    ipa_bits: int,
    described: Iterable[Described],
    untranslatable: bool = False,
    shared: Iterable[Span] = (),
    passthrough: Iterable[Span] = (),
) -> Outcome:
    """The holes of 64 MiB and more; the parameters are the fields of `Inputs`."""
    inputs = Inputs(described, untranslatable, shared, passthrough)
    whole = space(xen, ipa_bits)
    assigned = xen_reg_assigned(xen, passthrough)
    try:
        held = run(xen, loops(xen, whole, inputs, assigned))
    except GivesUpError as end:
        return end.outcome
    return advertise(xen, rangeset.report(held, whole.start, whole.end))


def loops(xen: Xen, whole: Range, inputs: Inputs, assigned: Iterable[Range]) -> Iterator[Loop]:
    """What is done to the set in turn, from the empty one; `assigned` are the ranges of the set of xen,reg."""
    yield Loop("address space", (whole,), itself, adds=True)
    if _REMOVES_SHARED.of(xen):
        yield removing(xen, "shared memory", inputs.shared)
    yield Loop("described", inputs.described, partial(_touched, xen))
    if inputs.untranslatable:
        raise GivesUpError("EINVAL")
    yield Loop("assigned xen,reg", assigned, itself)


def _touched(xen: Xen, each: Described) -> Range:
    if each.pci_window and not holds(_PCI_FITS.of(xen)(each.start, each.size)):
        raise GivesUpError("ERANGE")
    return cover(xen, _pages(each))


def _pages(each: Described) -> Span:
    """The whole pages that it touches: `addr & PAGE_MASK` to `PAGE_ALIGN(addr + size)`; empty if both are one."""
    page = 1 << PAGE_SHIFT
    start = uint64.round_down(each.start, page)
    return Span(
        start,
        uint64.subtract(uint64.round_up(uint64.add(each.start, each.size), page), start),
    )
