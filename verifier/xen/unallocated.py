"""Extended regions in the host's RAM that nobody can hand out: host layout, IOMMU off.

Model of find_unallocated_memory (xen/arch/arm/domain_build.c, b6fe410936; since in
xen/common/device-tree/domain-build.c) and of find_host_extended_regions (89dca886ac). RAM that Xen itself
or other domains use is not taken away: the domain can never own it. Behaviours: `empty-grant-region`
(21ec0c4226, 89dca886ac, c9205a01f7), `unallocated-order` (89dca886ac), `xen-reg` (fba1b0974d), and those of
rangesets and of `ext_regions`. The order shows only where a removal misbehaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verifier.logic.word import equal, holds, uint64
from verifier.xen import rangeset
from verifier.xen.ext_regions import (
    PAGE_SHIFT,
    add_spans,
    advertise,
    remove_spans,
    space,
    xen_reg_assigned,
)
from verifier.xen.outcome import Outcome, Span, outcome
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.release import Variants, Xen


@dataclass(frozen=True, slots=True)
class Taken:
    """What is taken away from the RAM; each list in the order in which Xen holds it."""

    grant: Span
    """The domain's grant region; size 0 where grant tables are compiled out."""
    domain: Sequence[Span] = ()
    """RAM of the domain that gets the regions."""
    reserved: Sequence[Span] = ()
    """`bootinfo.reserved_mem`: reserved-memory nodes, static memory, and what else the release puts there."""
    shared: Sequence[Span] = ()
    """*Host* addresses of all static shared memory that has one; before 2b557af192 Xen has them in `reserved`."""
    passthrough: Sequence[Span] = ()
    """Guest addresses of the domain's xen,reg."""


def _grant_last(taken: Taken, grant: Sequence[Span]) -> Sequence[Span]:
    return (*taken.domain, *taken.reserved, *taken.shared, *grant)


def _grant_before_shared(taken: Taken, grant: Sequence[Span]) -> Sequence[Span]:
    return (*taken.domain, *taken.reserved, *grant, *taken.shared)


_ORDER = Variants(
    "unallocated-order",
    {"grant-last": _grant_last, "grant-before-shared": _grant_before_shared},
)
_SKIPS_EMPTY = Variants("empty-grant-region", {"removed": False, "skipped": True})


@outcome
def find(xen: Xen, *, ipa_bits: int, ram: Sequence[Span], taken: Taken) -> Outcome:
    """The rest, of 64 MiB and more, of the boot RAM banks `ram`."""
    whole = space(xen, ipa_bits)
    skip = _SKIPS_EMPTY.of(xen) and holds(equal(taken.grant.size, 0))
    held = _left(xen, whole, ram, taken, () if skip else (taken.grant,))
    return advertise(xen, rangeset.report(held, whole.start, whole.end))


def left_beside_grant(xen: Xen, *, ipa_bits: int, ram: Sequence[Span], taken: Taken) -> tuple[Range, ...]:
    """What is left of the RAM if no grant region were taken away (`taken.grant` is not looked at), not cut to the width.

    Raises FaultError.
    """
    return _left(xen, space(xen, ipa_bits), ram, taken, ()).ranges


def takes_shared_last(xen: Xen) -> bool:
    """Whether static shared memory is taken away after the grant region."""
    return _ORDER.of(xen) is _grant_before_shared


def _left(xen: Xen, whole: Range, ram: Sequence[Span], taken: Taken, grant: Sequence[Span]) -> Rangeset:
    assigned = xen_reg_assigned(xen, taken.passthrough)
    held = remove_spans(xen, add_spans(xen, Rangeset(), ram), _ORDER.of(xen)(taken, grant))
    return remove_spans(xen, held, _banks(rangeset.report(assigned, whole.start, whole.end)))


def _banks(frames: Sequence[Range]) -> Sequence[Span]:
    """Frame ranges as banks (rangeset_to_membank)."""
    spans = []
    for each in frames:
        start = uint64.shift_left(each.start, PAGE_SHIFT)
        end = uint64.shift_left(uint64.add(each.end, 1), PAGE_SHIFT)
        spans.append(Span(start, uint64.subtract(end, start)))
    return spans
