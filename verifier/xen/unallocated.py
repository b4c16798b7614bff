"""Extended regions in the host's RAM that nobody can hand out: host layout, IOMMU off.

Model of find_unallocated_memory (xen/arch/arm/domain_build.c, b6fe410936; since in
xen/common/device-tree/domain-build.c) and of find_host_extended_regions (89dca886ac). RAM that Xen itself
or other domains use is not taken away: the domain can never own it. Behaviours: `empty-grant-region`
(21ec0c4226, 89dca886ac, c9205a01f7), `unallocated-order` (89dca886ac), `xen-reg` (fba1b0974d), and those of
rangesets and of `ext_regions`. The order shows only where a removal misbehaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from verifier.logic.word import equal, holds, uint64
from verifier.xen import rangeset
from verifier.xen.ext_regions import (
    PAGE_SHIFT,
    adding,
    advertise,
    cover,
    removing,
    space,
    xen_reg_assigned,
)
from verifier.xen.loops import Loop, run
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


_Order = Sequence[tuple[str, Sequence[Span]]]


def _grant_last(taken: Taken, grant: Sequence[Span]) -> _Order:
    return (*_first(taken), ("shared memory", taken.shared), ("grant region", grant))


def _grant_before_shared(taken: Taken, grant: Sequence[Span]) -> _Order:
    return (*_first(taken), ("grant region", grant), ("shared memory", taken.shared))


def _first(taken: Taken) -> _Order:
    return ("domain RAM", taken.domain), ("reserved memory", taken.reserved)


_ORDER: Variants[Callable[[Taken, Sequence[Span]], _Order]] = Variants(
    "unallocated-order",
    {"grant-last": _grant_last, "grant-before-shared": _grant_before_shared},
)
_SKIPS_EMPTY = Variants("empty-grant-region", {"removed": False, "skipped": True})


@outcome
def find(xen: Xen, *, ipa_bits: int, ram: Sequence[Span], taken: Taken) -> Outcome:
    """The rest, of 64 MiB and more, of the boot RAM banks `ram`."""
    whole = space(xen, ipa_bits)
    held = _left(xen, whole, ram, taken, grant_removed(xen, taken.grant))
    return advertise(xen, rangeset.report(held, whole.start, whole.end))


def left_beside_grant(xen: Xen, *, ipa_bits: int, ram: Sequence[Span], taken: Taken) -> tuple[Range, ...]:
    """What is left of the RAM if no grant region were taken away (`taken.grant` is not looked at), not cut to the width.

    Raises FaultError.
    """
    return _left(xen, space(xen, ipa_bits), ram, taken, ()).ranges


def grant_removed(xen: Xen, grant: Span) -> Sequence[Span]:
    """The grant region if it is taken away at all."""
    return () if _SKIPS_EMPTY.of(xen) and holds(equal(grant.size, 0)) else (grant,)


def takes_shared_last(xen: Xen) -> bool:
    """Whether static shared memory is taken away after the grant region."""
    return _ORDER.of(xen) is _grant_before_shared


def _left(xen: Xen, whole: Range, ram: Sequence[Span], taken: Taken, grant: Sequence[Span]) -> Rangeset:
    assigned = clipped(xen_reg_assigned(xen, taken.passthrough), whole)
    return run(xen, loops(xen, ram, taken, grant, assigned))


def clipped(assigned: Iterable[Range], whole: Range) -> Sequence[Range]:
    """The parts of the ranges of xen,reg inside the address space (rangeset_to_membank's report)."""
    return rangeset.report(Rangeset(tuple(assigned)), whole.start, whole.end)


def loops(
    xen: Xen, ram: Sequence[Span], taken: Taken, grant: Sequence[Span], assigned: Iterable[Range]
) -> Iterator[Loop]:
    """What is done to the set in turn, from the empty one.

    `grant` is the grant region, or nothing where it is skipped; `assigned` are the ranges of the set of xen,reg.
    """
    yield adding(xen, "host RAM", ram)
    for over, spans in _ORDER.of(xen)(taken, grant):
        yield removing(xen, over, spans)
    yield Loop("assigned xen,reg", assigned, lambda each: cover(xen, _bank(each)))


def _bank(frames: Range) -> Span:
    """A range of frames as a bank (rangeset_to_membank)."""
    start = uint64.shift_left(frames.start, PAGE_SHIFT)
    end = uint64.shift_left(uint64.add(frames.end, 1), PAGE_SHIFT)
    return Span(start, uint64.subtract(end, start))
