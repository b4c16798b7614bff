"""Extended regions in the holes of the host's address map: host layout, IOMMU on.

Model of find_memory_holes and handle_pci_range (xen/arch/arm/domain_build.c, b6fe410936). What the host
device tree describes is taken away from the whole address space page by page; RAM goes only because
memory nodes have `reg` too. Behaviours: `pci-window-check` (133f6df947), `holes-shared-memory`
(a0fee882c1), `xen-reg` (fba1b0974d), and those of rangesets and of `ext_regions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from verifier.logic.word import Truth, Word, holds, uint64
from verifier.xen import rangeset
from verifier.xen.ext_regions import (
    PAGE_SHIFT,
    advertise,
    cover,
    remove_spans,
    space,
    xen_reg_assigned,
)
from verifier.xen.outcome import Outcome, Span, outcome
from verifier.xen.rangeset import Rangeset
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
    """The holes of 64 MiB and more.

    `described` stands in the order of Xen's walk: nodes as in the tree, of each node first `reg`, then
    `ranges`. It ends before the first entry that has no translation if `untranslatable`: Xen then gives up.
    `shared` are guest addresses of the domain's static shared memory, `passthrough` those of its xen,reg.
    """
    whole = space(xen, ipa_bits)
    held = rangeset.add(xen, Rangeset(), whole.start, whole.end)
    assigned = xen_reg_assigned(xen, passthrough)
    if _REMOVES_SHARED.of(xen):
        held = remove_spans(xen, held, shared)
    for each in described:
        if each.pci_window and not holds(_PCI_FITS.of(xen)(each.start, each.size)):
            return Outcome(error="ERANGE")
        touched = cover(xen, _pages(each))
        held = rangeset.remove(xen, held, touched.start, touched.end)
    if untranslatable:
        return Outcome(error="EINVAL")
    held = rangeset.subtract(xen, held, assigned)
    return advertise(xen, rangeset.report(held, whole.start, whole.end))


def _pages(each: Described) -> Span:
    """The whole pages that it touches: `addr & PAGE_MASK` to `PAGE_ALIGN(addr + size)`; empty if both are one."""
    page = 1 << PAGE_SHIFT
    start = uint64.round_down(each.start, page)
    return Span(
        start,
        uint64.subtract(uint64.round_up(uint64.add(each.start, each.size), page), start),
    )
