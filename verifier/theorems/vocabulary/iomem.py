"""Passes of libxl over iomem: what they leave of a bank, and that it is off every entry.

libxl makes one pass over the iomem entries, which it has sorted by guest frame, for each bank: `start` is where what
is left of the bank begins, `end` its last byte. A pass may cut off a part below its entry, which becomes a region if
it is large enough; so does what is left after the last pass. Watched is an arbitrary byte `x` of an arbitrary entry.
Induction over the passes:

* before its own pass no part holds `x`, because parts end below the entry of their pass, which is at or below its own
  (obligation `earlier`),
* after its pass `x` lies below `start` or above `end`, or nothing is left (obligation `pass`),
* `start` never decreases, and parts lie between the old `start` and `end` (obligation `later`).

So no part holds `x`, however many entries there are.
"""

from __future__ import annotations

from collections.abc import Callable

from verifier.logic.bits import both, either, word
from verifier.logic.word import Truth, equal, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, obligation
from verifier.theorems.vocabulary.assumptions import IN_SPACE, LAST, an_arbitrary_window
from verifier.theorems.vocabulary.passes import X
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.libxl_regions import Iomem, compare_iomem, cut_one, region_of, rest
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Variants, Xen

PAGE = 1 << PAGE_SHIFT
WINDOW = an_arbitrary_window("window")
BANK = (IN_SPACE, WINDOW.fits)
_MOST_FRAMES = 1 << (52 - PAGE_SHIFT)
IOMEM = Assumption(
    "iomem-fits",
    "every iomem entry has at least one page, and ends below 2^52",
    "xen/common/domctl.c XEN_DOMCTL_memory_mapping refuses others, and the guest is not created",
    lambda setting: all(0 < number and gfn + number <= _MOST_FRAMES for gfn, number in setting.iomem),
)
START, END = word("start"), word("end")
ENTRY, OTHER = (Iomem(word(f"{name}_gfn"), word(f"{name}_number")) for name in ("entry", "other"))


def bytes_of(entry: Iomem) -> Span:
    """Start and size in bytes."""
    return Span(uint64.shift_left(entry.gfn, PAGE_SHIFT), uint64.shift_left(entry.number, PAGE_SHIFT))


def fits(entry: Iomem) -> Assumed:
    """Assumption `iomem-fits` of one entry."""
    return Assumed(IOMEM, both(0 < entry.number, entry.number <= _MOST_FRAMES,
                               entry.gfn <= uint64.subtract(_MOST_FRAMES, entry.number)))  # fmt: skip


def sorted_after(first: Iomem, second: Iomem) -> Assumed:
    """That the second is not earlier in libxl's sort (theorem libxl/sort)."""
    return Assumed("By libxl/sort the entries come in order of their frames.", first.gfn <= second.gfn)


LEFT = Assumed("A bank is left from `start`; it ends below 2^52.", both(END < 1 << 52, START <= 1 << 52))
CUTS = Variants("xl-regions", {"none": False, "per-bank": False, "around-iomem": True})


def any_part() -> Span | None:
    """The region of what is left of a bank or of a part below an entry, for an arbitrary state of the pass."""
    return region_of(Range(START, END))


def _first(name: str, claim: Callable[[Range], Truth]) -> Obligation:
    says = "Before the first pass the rest of the bank is left, from a page to a page."
    return obligation(
        name,
        says,
        BANK,
        lambda: rest(LAST, WINDOW.span, WINDOW.used),
        lambda left: Claim(claim(left), left.start <= left.end),
    )


def parts(_xen: Xen) -> tuple[Obligation, ...]:
    """What the passes leave: parts in order, between pages, in what was left before."""
    pages = Assumed("What is left begins at a page, and the bank ends with one.",
                    both(rule.multiple(START, PAGE), rule.multiple(uint64.add(END, 1), PAGE)))  # fmt: skip
    return (
        _first("first-start", lambda left: both(left.start <= uint64.add(LAST, 1), rule.multiple(left.start, PAGE))),
        _first("first-end", lambda left: both(left.end <= LAST, rule.multiple(uint64.add(left.end, 1), PAGE))),
        obligation(
            "pass", "A part ends below its entry, what is left then begins above it; at pages, never before what was left.",
            (fits(ENTRY), LEFT, pages), lambda: cut_one(START, END, ENTRY),
            lambda cut: Claim(both(
                END < cut[1] if cut[2] else True, START <= cut[1], cut[1] <= 1 << 52, rule.multiple(cut[1], PAGE),
                *(both(equal(part.start, START), part.start <= part.end, part.end < cut[1], part.end < END,
                       uint64.add(part.end, 1) < cut[1], rule.multiple(uint64.add(part.end, 1), PAGE)) for part in cut[0]),
            )),
        ),
    )  # fmt: skip


def avoids_iomem(xen: Xen) -> tuple[Obligation, ...] | None:
    if not CUTS.of(xen):
        return None
    watched = Assumed("`x` is a byte of the entry.", rule.has(bytes_of(ENTRY).start, bytes_of(ENTRY).size, X))
    gone = Assumed(
        "After its pass `x` lies below what is left, or above the bank.", either(X < START, END < X)
    )
    return (
        obligation(
            "earlier", "A part that an earlier pass cuts off ends below the entry.",
            (fits(ENTRY), fits(OTHER), LEFT, sorted_after(OTHER, ENTRY), watched), lambda: cut_one(START, END, OTHER),
            lambda cut: Claim(both(*(part.end < X for part in cut[0])), bool(cut[0])),
        ),
        obligation(
            "pass", "Its own pass leaves nothing of it, and its part ends below it.",
            (fits(ENTRY), LEFT, watched), lambda: cut_one(START, END, ENTRY),
            lambda cut: Claim(both(either(X < cut[1], END < X), *(part.end < X for part in cut[0]))),
        ),
        obligation(
            "later", "No later pass gives it back.",
            (fits(OTHER), LEFT, gone), lambda: cut_one(START, END, OTHER),
            lambda cut: Claim(both(either(X < cut[1], END < X), *(either(X < part.start, part.end < X) for part in cut[0]))),
        ),
        region_in_part(),
    )  # fmt: skip


def region_in_part() -> Obligation:
    return obligation(
        "region", "A region is its part, byte by byte.", (LEFT,), any_part,
        lambda made: Claim(False, False) if made is None
        else Claim(both(START <= X, X <= END), rule.has(made.start, made.size, X)),
    )  # fmt: skip


def sort(_xen: Xen) -> tuple[Obligation, ...]:
    third = Iomem(word("third_gfn"), word("third_number"))
    return (
        obligation(
            "order", "The comparison orders by the first frame, and nothing else.", (),
            lambda: (compare_iomem(ENTRY, OTHER), compare_iomem(OTHER, ENTRY)),
            lambda made: Claim(both(made[0] == -made[1], either(made[0] > 0, ENTRY.gfn <= OTHER.gfn),
                                    either(made[0] < 0, OTHER.gfn <= ENTRY.gfn))),
        ),
        obligation(
            "transitive", "What is not after a second, which is not after a third, is not after the third.", (),
            lambda: (compare_iomem(ENTRY, OTHER), compare_iomem(OTHER, third), compare_iomem(ENTRY, third)),
            lambda made: Claim(made[2] <= 0, made[0] <= 0 and made[1] <= 0),
        ),
    )  # fmt: skip
