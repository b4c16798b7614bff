"""Extended regions of a dom0less guest with the guest layout: the rest of its RAM banks.

Model of find_domU_holes (xen/arch/arm/domain_build.c, 2a2447757b) with remove_shm_holes_for_domU
(xen/arch/arm/static-shmem.c, a0fee882c1), and since 3ef9211896 over a rangeset. Behaviour `domu-regions`, and
those of rangesets and of `ext_regions`; the loss of 2 MiB at an aligned end is met only with static
shared memory, because only then the regions pass through add_ext_regions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from verifier.logic.word import Word, holds, uint64
from verifier.xen import rangeset
from verifier.xen.ext_regions import (
    LEAST,
    SUPERPAGE,
    adding,
    advertise,
    bank_end,
    cover,
    last_address,
    removing,
    space,
    xen_reg_assigned,
)
from verifier.xen.loops import Loop, itself, run
from verifier.xen.outcome import Outcome, Span, outcome
from verifier.xen.rangeset import Range
from verifier.xen.release import Variants, Xen


@dataclass(frozen=True, slots=True)
class Guest:
    """What the regions of a dom0less guest depend on."""

    ipa_bits: int
    windows: Sequence[Span]
    """GUEST_RAM_BANK_BASES and _SIZES."""
    used: Sequence[Word]
    """Bytes used of each window; 0 for a bank that the guest has not."""
    shared: Sequence[Span] = ()
    """Guest addresses of its static shared memory."""
    passthrough: Sequence[Span] = ()
    """Guest addresses of its xen,reg."""


@outcome
def find(xen: Xen, guest: Guest) -> Outcome:
    """The rest, of 64 MiB and more, of each window."""
    return _FIND.of(xen)(xen, guest)


def _none(_xen: Xen, _guest: Guest) -> Outcome:
    return Outcome()


def _per_bank(_xen: Xen, guest: Guest) -> Outcome:
    rests = _rests(guest)
    return Outcome(rests, "" if rests else "ENOENT")


def _per_bank_less_shared(xen: Xen, guest: Guest) -> Outcome:
    rests = _rests(guest)
    if not rests or not guest.shared:
        return Outcome(rests, "" if rests else "ENOENT")
    held = run(xen, less_shared(xen, rests, guest))
    first, last = cover(xen, rests[0]), cover(xen, rests[-1])
    return advertise(xen, rangeset.report(held, first.start, last.end))


def _ranges(xen: Xen, guest: Guest) -> Outcome:
    assigned = xen_reg_assigned(xen, guest.passthrough)
    held = run(xen, loops(xen, _rests(guest), guest, assigned))
    whole = space(xen, guest.ipa_bits)
    return advertise(xen, rangeset.report(held, 0, whole.end))


def less_shared(xen: Xen, rests: Iterable[Span], guest: Guest) -> Iterator[Loop]:
    """What is done to the set in turn, from the empty one (remove_shm_holes_for_domU)."""
    yield adding(xen, "rests of banks", rests)
    yield removing(xen, "shared memory", guest.shared)


def loops(xen: Xen, rests: Iterable[Span], guest: Guest, assigned: Iterable[Range]) -> Iterator[Loop]:
    """The same since 3ef9211896; `assigned` are the ranges of the set of xen,reg."""
    yield from less_shared(xen, rests, guest)
    yield Loop("assigned xen,reg", assigned, itself)


_FIND: Variants[Callable[[Xen, Guest], Outcome]] = Variants(
    "domu-regions",
    {
        "none": _none,
        "per-bank": _per_bank,
        "per-bank-less-shared": _per_bank_less_shared,
        "ranges": _ranges,
    },
)


def _rests(guest: Guest) -> tuple[Span, ...]:
    """What each window has left above its used part, 64 MiB or more; the start is aligned, the end as it is.

    Before 3ef9211896 Xen writes into the next free slot of its array, whose old size it keeps for a bank
    without rest: that is always below 64 MiB, so the slot is taken for no region.
    """
    last = last_address(guest.ipa_bits)
    rests = (rest(last, window, used) for window, used in zip(guest.windows, guest.used, strict=True))
    return tuple(each for each in rests if each is not None)


def rest(last: Word, window: Span, used: Word) -> Span | None:
    """What one window has left in an address space that ends with `last`; None if it is less than 64 MiB."""
    start = uint64.round_up(uint64.add(window.start, used), SUPERPAGE)
    end = bank_end(last, window)
    if not holds(end > start):
        return None
    size = uint64.add(uint64.subtract(end, start), 1)
    return Span(start, size) if holds(size >= LEAST) else None
