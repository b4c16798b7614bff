"""The rest of a guest's RAM banks, less its iomem: guests of xl (libxl, finalize_hypervisor_node).

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

from collections.abc import Callable, Iterator, Sequence

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate, word
from verifier.logic.word import Truth, equal, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems import violation
from verifier.theorems.assumptions import PAGE, WIDTH, WINDOWS, width, window
from verifier.theorems.completeness import fitting
from verifier.theorems.domu_holes import (
    HEAD_WINDOWS,
    LAYOUT,
    in_bank,
    on_ram,
    rests_of,
    same_or_apart,
    unused,
)
from verifier.theorems.hypervisor import LAST, Breaks, Producer, Way, X, overlaps, shape, span, theorem
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, regions
from verifier.xen import libxl_regions
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.libxl_regions import Guest, Iomem, compare_iomem, cut_one, region_of, rest
from verifier.xen.outcome import Outcome, Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Variants, Xen

_CITES = (
    Cite("tools/libs/light/libxl_arm.c", "finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)"),
)
_MOST_FRAMES = 1 << (52 - PAGE_SHIFT)
IOMEM = Assumption(
    "iomem-fits",
    "every iomem entry has at least one page, and ends below 2^52",
    "xen/common/domctl.c XEN_DOMCTL_memory_mapping refuses others, and the guest is not created",
    lambda setting: all(0 < number and gfn + number <= _MOST_FRAMES for gfn, number in setting.iomem),
)
EXAMPLE = Setting(
    windows=HEAD_WINDOWS, used=(0x40000000, 0), iomem=((0xA0000, 0x200),), grant=(0x38000000, 0x1000000)
)
"""1 GiB, and a device of 2 MiB in the rest of bank 0."""
BANK_WINDOW, USED = span("window"), word("used")
BANK = (width(LAST), window(BANK_WINDOW, USED))
START, END = word("start"), word("end")
ENTRY, OTHER = (Iomem(word(f"{name}_gfn"), word(f"{name}_number")) for name in ("entry", "other"))


def outcome(xen: Xen, setting: Setting) -> Outcome:
    """The integer reading."""
    windows = [Span(*each) for each in setting.windows]
    iomem = [Iomem(*each) for each in setting.iomem]
    return libxl_regions.find(xen, Guest(setting.ipa_bits, windows, setting.used, iomem))


def bytes_of(entry: Iomem) -> Span:
    """Start and size in bytes."""
    return Span(uint64.shift_left(entry.gfn, PAGE_SHIFT), uint64.shift_left(entry.number, PAGE_SHIFT))


def iomem_bytes(setting: Setting) -> list[tuple[int, int]]:
    """`[start, end)` of the iomem entries."""
    return [(gfn * PAGE, (gfn + number) * PAGE) for gfn, number in setting.iomem]


def fits(entry: Iomem) -> Assumed:
    """Assumption `iomem-fits` of one entry."""
    return Assumed(IOMEM, both(0 < entry.number, entry.number <= _MOST_FRAMES,
                               entry.gfn <= uint64.subtract(_MOST_FRAMES, entry.number)))  # fmt: skip


def sorted_after(first: Iomem, second: Iomem) -> Assumed:
    """That the second is not earlier in libxl's sort (theorem libxl/sort)."""
    return Assumed("By libxl/sort the entries come in order of their frames.", first.gfn <= second.gfn)


_LEFT = Assumed("A bank is left from `start`; it ends below 2^52.", both(END < 1 << 52, START <= 1 << 52))
CUTS = Variants("xl-regions", {"none": False, "per-bank": False, "around-iomem": True})


def _whole_bank() -> Span | None:
    return region_of(rest(LAST, BANK_WINDOW, USED))


def _any_part() -> Span | None:
    """The region of what is left of a bank or of a part below an entry, for an arbitrary state of the pass."""
    return region_of(Range(START, END))


def _ways(xen: Xen) -> Sequence[Way]:
    """A whole rest; with cuts, any part of a bank, whose start or end can be any page."""
    if not CUTS.of(xen):
        return (Way("bank", BANK, _whole_bank, None),)
    pages = both(rule.multiple(START, PAGE), rule.multiple(uint64.add(END, 1), PAGE))
    part = Assumed("By libxl/parts a part begins and ends at a page inside the address space.",
                   both(START <= uint64.add(LAST, 1), END <= LAST, pages))  # fmt: skip
    return (Way("part", (width(LAST), part), _any_part, None),)


PRODUCER = Producer(
    "libxl", "guests of xl", _CITES, lambda xen: xen.behaviours["xl-regions"].name != "none", lambda _: (), _ways, outcome,
    (WIDTH, WINDOWS), (EXAMPLE,), "iomem",
)  # fmt: skip


def _parts(_xen: Xen) -> tuple[Obligation, ...]:
    """What the passes leave: parts in order, between pages, in what was left before."""
    pages = Assumed("What is left begins at a page, and the bank ends with one.",
                    both(rule.multiple(START, PAGE), rule.multiple(uint64.add(END, 1), PAGE)))  # fmt: skip
    return (
        obligation(
            "first", "Before the first pass the rest of the bank is left, from a page to a page.", BANK,
            lambda: rest(LAST, BANK_WINDOW, USED),
            lambda left: Claim(both(left.end <= LAST, left.start <= uint64.add(LAST, 1), rule.multiple(left.start, PAGE),
                                    rule.multiple(uint64.add(left.end, 1), PAGE)), left.start <= left.end),
        ),
        obligation(
            "pass", "A part ends below its entry, what is left then begins above it; at pages, never before what was left.",
            (fits(ENTRY), _LEFT, pages), lambda: cut_one(START, END, ENTRY),
            lambda cut: Claim(both(
                START <= cut[1], cut[1] <= 1 << 52, rule.multiple(cut[1], PAGE),
                *(both(equal(part.start, START), part.start <= part.end, part.end < cut[1], part.end < END,
                       uint64.add(part.end, 1) < cut[1], rule.multiple(uint64.add(part.end, 1), PAGE)) for part in cut[0]),
            )),
        ),
    )  # fmt: skip


def _avoids_iomem(xen: Xen) -> tuple[Obligation, ...] | None:
    if not CUTS.of(xen):
        return None
    watched = Assumed("`x` is a byte of the entry.", rule.has(bytes_of(ENTRY).start, bytes_of(ENTRY).size, X))
    gone = Assumed(
        "After its pass `x` lies below what is left, or above the bank.", either(X < START, END < X)
    )
    return (
        obligation(
            "earlier", "A part that an earlier pass cuts off ends below the entry.",
            (fits(ENTRY), fits(OTHER), _LEFT, sorted_after(OTHER, ENTRY), watched), lambda: cut_one(START, END, OTHER),
            lambda cut: Claim(both(*(part.end < X for part in cut[0])), bool(cut[0])),
        ),
        obligation(
            "pass", "Its own pass leaves nothing of it, and its part ends below it.",
            (fits(ENTRY), _LEFT, watched), lambda: cut_one(START, END, ENTRY),
            lambda cut: Claim(both(either(X < cut[1], END < X), *(part.end < X for part in cut[0]))),
        ),
        obligation(
            "later", "No later pass gives it back.",
            (fits(OTHER), _LEFT, gone), lambda: cut_one(START, END, OTHER),
            lambda cut: Claim(both(either(X < cut[1], END < X), *(either(X < part.start, part.end < X) for part in cut[0]))),
        ),
        _region_in_part(),
    )  # fmt: skip


def _region_in_part() -> Obligation:
    return obligation(
        "region", "A region is its part, byte by byte.", (_LEFT,), _any_part,
        lambda made: Claim(False, False) if made is None
        else Claim(both(START <= X, X <= END), rule.has(made.start, made.size, X)),
    )  # fmt: skip


def _sort(_xen: Xen) -> tuple[Obligation, ...]:
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


def _of_rest(says: str, claim: Callable[[Range], Truth], *assumed: Assumed) -> Obligation:
    """Of the rest of a bank, of which every part is a part (libxl/parts)."""
    return obligation("rest", says, (*BANK, *assumed), lambda: rest(LAST, BANK_WINDOW, USED),
                      lambda left: Claim(claim(left), left.start <= left.end))  # fmt: skip


def _outside(left: Range) -> Truth:
    return negate(both(left.start <= X, X <= left.end))


def _inside_bank(_xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(
        "`x` lies in the unused part of no window, so not of this one.", negate(unused(BANK_WINDOW, USED, X))
    )
    return _of_rest("The rest is unused and in the window.", _outside, outside), _region_in_part()


def _domain_ram(_xen: Xen) -> tuple[Obligation, ...]:
    space, used = span("bank"), word("bank_used")
    watched = Assumed("`x` is RAM of the guest.", rule.has(space.start, used, X))
    given = (window(space, used), same_or_apart(space, used), watched)
    return _of_rest("The rest of a window has no RAM.", _outside, *given), _region_in_part()


def _layout(_xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(LAYOUT, negate(rule.has(BANK_WINDOW.start, BANK_WINDOW.size, X)))
    return _of_rest("The rest lies in the window.", _outside, outside), _region_in_part()


def _sorted(_xen: Xen) -> tuple[Obligation, ...]:
    """Parts of one bank by libxl/parts; those of the next begin above all of them."""
    space, used = span("next"), word("next_used")
    above = Assumed(WINDOWS, uint64.add(BANK_WINDOW.start, BANK_WINDOW.size) < space.start)
    return (
        obligation(
            "two-banks", "The rest of the next window starts above the end of the one before.",
            (*BANK, window(space, used), above), lambda: (rest(LAST, BANK_WINDOW, USED), rest(LAST, space, used)),
            lambda left: Claim(uint64.add(left[0].end, 1) < left[1].start, left[0].start <= left[0].end),
        ),
    )  # fmt: skip


def _complete(xen: Xen) -> tuple[Obligation, ...]:
    """64 MiB of a rest that share no byte with any entry: they lie in what is left until a part has them."""
    chunk = word("chunk")
    last = uint64.add(chunk, rule.LEAST - 1)
    inside = both(rule.multiple(chunk, rule.SUPERPAGE), chunk <= last, START <= chunk, last <= END)
    held = Assumed("`chunk` begins 64 MiB of what is left, at a multiple of 2 MiB.", inside)
    entry = bytes_of(ENTRY)
    apart = Assumed(
        "The entry shares no byte with it.", rule.apart(entry.start, entry.size, chunk, rule.LEAST)
    )
    unused_chunk = both(rule.multiple(chunk, rule.SUPERPAGE), chunk <= last, last <= LAST, unused(BANK_WINDOW, USED, chunk),
                        unused(BANK_WINDOW, USED, last))  # fmt: skip
    free = Assumed(
        "`chunk` begins 64 MiB of the unused part, in the address space, at a multiple of 2 MiB.",
        unused_chunk,
    )
    first = _of_rest(
        "The rest of the bank has the chunk.", lambda left: both(left.start <= chunk, last <= left.end), free
    )
    region = obligation(
        "region", "The region of what has the chunk has all of it.",
        (_LEFT, held, Assumed("`x` is a byte of it.", rule.has(chunk, rule.LEAST, X))), _any_part,
        lambda made: Claim(False) if made is None else Claim(rule.has(made.start, made.size, X)),
    )  # fmt: skip
    step = obligation(
        "pass", "A pass leaves the chunk, or its part has it.", (fits(ENTRY), _LEFT, held, apart),
        lambda: cut_one(START, END, ENTRY),
        lambda cut: Claim(either(cut[1] <= chunk, *(both(part.start <= chunk, last <= part.end) for part in cut[0]))),
    )  # fmt: skip
    return (first, step, region) if CUTS.of(xen) else (first, region)


def _left_out(setting: Setting, made: Outcome) -> Violation | None:
    return violation.unoffered(made, rests_of(setting), iomem_bytes(setting))


def _on_iomem(setting: Setting, made: Outcome) -> Violation | None:
    return violation.overlapping(regions(made), "iomem", iomem_bytes(setting))


def _to_32_bits(setting: Setting, made: Outcome) -> Violation | None:
    if setting.bits == 64 or not made.regions:
        return None
    first = regions(made)[0]
    return Violation(
        f"a 32-bit guest is offered the extended region {violation.shown(first)}",
        (("extended region", first),),
        first[0],
    )


def _lemma(name: str, statement: str, obligations: Callable[[Xen], Sequence[Obligation] | None]) -> Theorem:
    why = "Every theorem about guests of xl with iomem rests on it."
    return Theorem(
        f"libxl/{name}", statement, why, _CITES, obligations, lambda xen: PRODUCER.applies(xen) and CUTS.of(xen), (IOMEM,),
        unbounded="iomem",
    )  # fmt: skip


def _theorems() -> Iterator[Theorem]:
    given = (IOMEM,)
    made: tuple[
        tuple[
            str, Callable[[Xen], Sequence[Obligation] | None], Breaks, tuple[Assumption, ...], tuple[str, ...]
        ],
        ...,
    ] = (
        ("avoids-iomem", _avoids_iomem, _on_iomem, given, ("libxl/sort",)),
        ("inside-bank", _inside_bank, in_bank, given, ("libxl/parts",)),
        ("avoids-domain-ram", _domain_ram, on_ram, given, ("libxl/parts",)),
        ("avoids-layout", _layout, overlaps("grant region", "grant"), (*given, LAYOUT), ("libxl/parts",)),
        ("sorted", _sorted, lambda _, found: violation.unsorted(regions(found)), given, ("libxl/parts",)),
        ("complete", _complete, _left_out, given, ("libxl/parts", "libxl/sort")),
    )
    yield from shape(PRODUCER)
    yield _lemma(
        "sort", "The order in which libxl has sorted its iomem entries is that of their guest frames.", _sort
    )
    yield _lemma(
        "parts",
        "The parts of a bank between iomem entries ascend, apart, from page to page, inside its rest.",
        _parts,
    )
    for name, obligations, breaks, assumptions, uses in made:
        yield theorem(PRODUCER, name, obligations, breaks, assumptions=assumptions, uses=uses)
    yield theorem(
        PRODUCER, "cap", lambda _: None, lambda _, found: violation.dropped(found), assumptions=given
    )
    yield theorem(PRODUCER, "registers-fit", lambda xen: fitting(PRODUCER, xen), violation.truncated)
    yield theorem(PRODUCER, "64-bit-only", lambda _: None, _to_32_bits, assumptions=given)


THEOREMS = tuple(_theorems())
