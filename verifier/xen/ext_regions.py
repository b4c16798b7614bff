"""From address ranges to extended regions and back: the ends, the alignment, the least size, the cap.

Model of add_ext_regions (xen/arch/arm/domain_build.c) and of how its callers turn `struct membank` into
what a rangeset holds. Behaviours: `rangeset-unit` (f37a598139), `region-end` (f37a598139, 9b21841fd1),
`region-cap` (f1f38e26c3), `xen-reg` (fba1b0974d).

All of it runs on arm64 only, where `unsigned long` and `paddr_t` have 64 bits: on arm32 every domain is a
32-bit one (is_32bit_domain), and those are offered nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from verifier.logic.word import Word, holds, smaller, uint64
from verifier.xen.loops import Loop, run
from verifier.xen.outcome import Outcome, Span
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.release import Variants, Xen

PAGE_SHIFT = 12
SUPERPAGE = 2 << 20
"""Bytes to which both ends are aligned (SZ_2M)."""
LEAST = 64 << 20
"""Bytes of the smallest region (MB(64); in libxl EXT_REGION_MIN_SIZE)."""


def _last_byte(end: Word, shift: int) -> Word:
    return uint64.subtract(uint64.shift_left(uint64.add(end, 1), shift), 1)


_SHIFT = Variants("rangeset-unit", {"bytes": 0, "frames": PAGE_SHIFT})
"""How far an address is shifted right to become what a rangeset holds."""
_END: Variants[Callable[[Word, int], Word]] = Variants(
    "region-end", {"last-byte": _last_byte, "last-page-lost": uint64.shift_left}
)
"""The byte that stands for the inclusive end of a range, given the shift."""
LOST = Variants("region-end", {"last-byte": 0, "last-page-lost": 1 << PAGE_SHIFT})
"""Bytes that a piece loses at its end before that is rounded down, if the end is page aligned."""
REMOVES_XEN_REG = Variants("xen-reg", {"kept": False, "removed": True})


def cover(xen: Xen, span: Span) -> Range:
    """The numbers that a span touches; start above end if its size is 0 and its start the first of a page.

    `PFN_DOWN(start)` to `PFN_DOWN(start + size - 1)` of the callers.
    """
    shift = _SHIFT.of(xen)
    last = uint64.subtract(uint64.add(span.start, span.size), 1)
    return Range(uint64.shift_right(span.start, shift), uint64.shift_right(last, shift))


def first_byte(xen: Xen, number: int) -> int:
    """The first byte of one of the numbers that a rangeset holds."""
    return number << _SHIFT.of(xen)


def space(xen: Xen, ipa_bits: int) -> Range:
    """The whole address space. Raises ValueError for a width that no domain has."""
    return numbers_to(xen, last_address(ipa_bits))


def numbers_to(xen: Xen, last: Word) -> Range:
    """What a rangeset holds of the addresses from 0 to `last`, inclusive."""
    return Range(0, uint64.shift_right(last, _SHIFT.of(xen)))


def last_address(ipa_bits: int) -> int:
    """The greatest address of a width, 1 to 64. Raises ValueError for any other."""
    if not 1 <= ipa_bits <= 64:
        raise ValueError(f"a width of {ipa_bits} bits")
    return (1 << ipa_bits) - 1


def bank_end(last: Word, window: Span) -> Word:
    """The last byte of a RAM window in an address space that ends with `last`."""
    return smaller(last, uint64.subtract(uint64.add(window.start, window.size), 1))


def adding(xen: Xen, over: str, spans: Iterable[Span]) -> Loop:
    """Adds what each span touches."""
    return Loop(over, spans, partial(cover, xen), adds=True)


def removing(xen: Xen, over: str, spans: Iterable[Span]) -> Loop:
    """Takes away what each span touches."""
    return Loop(over, spans, partial(cover, xen))


def add_spans(xen: Xen, held: Rangeset, spans: Iterable[Span]) -> Rangeset:
    """`held` with what the spans touch, in their order. Raises FaultError."""
    return run(xen, [adding(xen, "spans", spans)], held)


def remove_spans(xen: Xen, held: Rangeset, spans: Iterable[Span]) -> Rangeset:
    """`held` without what the spans touch, in their order. Raises FaultError."""
    return run(xen, [removing(xen, "spans", spans)], held)


def xen_reg_loops(xen: Xen, passthrough: Iterable[Span]) -> Iterator[Loop]:
    """How the set of the guest addresses of xen,reg is made, as far as the release keeps one (handle_passthrough_prop)."""
    if REMOVES_XEN_REG.of(xen):
        yield adding(xen, "xen,reg", passthrough)


def xen_reg_assigned(xen: Xen, passthrough: Iterable[Span]) -> Sequence[Range]:
    """The ranges of that set, ascending. Raises FaultError."""
    return run(xen, xen_reg_loops(xen, passthrough)).ranges


def advertise(xen: Xen, pieces: Iterable[Range]) -> Outcome:
    """The regions that unused ranges are worth, in their order (add_ext_regions for each, then its callers' check)."""
    cap = xen.value("region-cap")
    kept: list[Span] = []
    dropped: list[Span] = []
    for piece in pieces:
        region = region_of(xen, piece)
        if region is not None:
            (kept if len(kept) < cap else dropped).append(region)
    return Outcome(tuple(kept), "" if kept else "ENOENT", dropped=tuple(dropped))


def bytes_of(xen: Xen, piece: Range) -> tuple[Word, Word]:
    """The first byte of a range, and the byte that stands for its inclusive end."""
    shift = _SHIFT.of(xen)
    return uint64.shift_left(piece.start, shift), _END.of(xen)(piece.end, shift)


def region_of(xen: Xen, piece: Range) -> Span | None:
    """The region that one unused range is worth; None if it is too small (add_ext_regions)."""
    first, end = bytes_of(xen, piece)
    start = uint64.round_up(first, SUPERPAGE)
    if holds(start > end):
        return None
    size = uint64.round_down(uint64.subtract(uint64.add(end, 1), start), SUPERPAGE)
    return Span(start, size) if holds(size >= LEAST) else None
