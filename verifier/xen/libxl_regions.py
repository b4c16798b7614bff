"""Extended regions of a guest of xl: the rest of its RAM banks, since 108308feef less its iomem.

Model of finalize_hypervisor_node and compare_iomem (tools/libs/light/libxl_arm.c, 57f87857dc). All arithmetic is
`uint64_t`, on arm32 too; there is no rangeset, no alignment after a cut by iomem, and no check for the
bitness of the guest. Behaviours `xl-regions` and `xl-region-cap`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cmp_to_key

from verifier.logic.word import Word, holds, uint64
from verifier.xen.ext_regions import LEAST, PAGE_SHIFT, SUPERPAGE, bank_end, last_address
from verifier.xen.outcome import Outcome, Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Variants, Xen


@dataclass(frozen=True, slots=True)
class Iomem:
    """An entry of `iomem` as libxl has it: `number` page frames from guest frame `gfn`."""

    gfn: Word
    number: Word


@dataclass(frozen=True, slots=True)
class Guest:
    """What the regions of a guest of xl depend on."""

    ipa_bits: int
    """`gpaddr_bits` of the domain, 1 to 64."""
    windows: Sequence[Span]
    """GUEST_RAM_BANK_BASES and _SIZES."""
    used: Sequence[Word]
    """Bytes used of each window, whole pages."""
    iomem: Sequence[Iomem] = ()
    """In any order: libxl sorts it."""


def find(xen: Xen, guest: Guest) -> Outcome:
    """The regions, in the order of the banks and within a bank of their addresses."""
    return _FIND.of(xen)(xen, guest)


def _none(_xen: Xen, _guest: Guest) -> Outcome:
    return Outcome()


def _per_bank(_xen: Xen, guest: Guest) -> Outcome:
    return Outcome(tuple(_worth(_rests(guest))))


def _around_iomem(xen: Xen, guest: Guest) -> Outcome:
    iomem = sorted(guest.iomem, key=cmp_to_key(compare_iomem))
    rests = [rest for rest in _rests(guest) if _worth([rest])]
    regions = [region for rest in rests for region in _worth(_cut(rest, iomem))]
    cap = xen.value("xl-region-cap")
    return Outcome(tuple(regions[:cap]), dropped=tuple(regions[cap:]))


_FIND: Variants[Callable[[Xen, Guest], Outcome]] = Variants(
    "xl-regions", {"none": _none, "per-bank": _per_bank, "around-iomem": _around_iomem}
)


def compare_iomem(left: Iomem, right: Iomem) -> int:
    """The order of libxl's sort: by guest frame."""
    if holds(left.gfn < right.gfn):
        return -1
    return 1 if holds(left.gfn > right.gfn) else 0


def _rests(guest: Guest) -> list[Range]:
    """The bytes of each window above its used part, ends inclusive; start above end if there are none."""
    last = last_address(guest.ipa_bits)
    return [rest(last, window, used) for window, used in zip(guest.windows, guest.used, strict=True)]


def rest(last: Word, window: Span, used: Word) -> Range:
    """Those of one window, in an address space that ends with `last`."""
    return Range(uint64.add(window.start, uint64.round_up(used, SUPERPAGE)), bank_end(last, window))


def _cut(whole: Range, iomem: Iterable[Iomem]) -> list[Range]:
    """The parts of a rest between the iomem ranges, in one pass over them in order of their frames."""
    parts: list[Range] = []
    start = whole.start
    for each in iomem:
        before, start, done = cut_one(start, whole.end, each)
        parts.extend(before)
        if done:
            break
    return [*parts, Range(start, whole.end)]


def cut_one(start: Word, end: Word, each: Iomem) -> tuple[tuple[Range, ...], Word, bool]:
    """One pass: the part below the entry, if any; where what is left of `[start, end]` starts; whether that is nothing."""
    first = uint64.shift_left(each.gfn, PAGE_SHIFT)
    last = uint64.subtract(uint64.shift_left(uint64.add(each.gfn, each.number), PAGE_SHIFT), 1)
    if not holds(last >= start) or not holds(first <= end):
        return (), start, False
    before = (Range(start, uint64.subtract(first, 1)),) if holds(first > start) else ()
    after = uint64.add(last, 1)
    return before, after, holds(after > end)


def _worth(parts: Sequence[Range]) -> list[Span]:
    """Those of 64 MiB and more; their ends stay as they are."""
    return [region for part in parts if (region := region_of(part)) is not None]


def region_of(part: Range) -> Span | None:
    """The region that a part is worth; None if it is too small."""
    if not holds(part.end >= part.start):
        return None
    size = uint64.add(uint64.subtract(part.end, part.start), 1)
    return Span(part.start, size) if holds(size >= LEAST) else None
