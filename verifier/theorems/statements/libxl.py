"""The rest of a guest's RAM banks, less its iomem: guests of xl (libxl, finalize_hypervisor_node).

What its passes over iomem leave is the subject of `verifier.theorems.vocabulary.iomem`; a region is one of the parts
that they leave.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate
from verifier.logic.word import Truth, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems import violation
from verifier.theorems.producer import Producer, Way
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation, regions
from verifier.theorems.vocabulary.assumptions import (
    CHUNK,
    CHUNK_FITS,
    CHUNK_LAST,
    GUEST_CELLS,
    IN_SPACE,
    LAST,
    WIDTH,
    WINDOWS,
    an_arbitrary_window,
    free_chunk,
)
from verifier.theorems.vocabulary.completeness import fitting
from verifier.theorems.vocabulary.guest_layout import (
    HEAD_WINDOWS,
    LAYOUT,
    in_bank,
    on_ram,
    rests_of,
)
from verifier.theorems.vocabulary.hypervisor import Breaks, overlaps, shape, theorem
from verifier.theorems.vocabulary.iomem import (
    BANK,
    CUTS,
    END,
    ENTRY,
    IOMEM,
    LEFT,
    PAGE,
    START,
    WINDOW,
    any_part,
    avoids_iomem,
    bytes_of,
    fits,
    parts,
    region_in_part,
    sort,
)
from verifier.theorems.vocabulary.passes import X
from verifier.xen import libxl_regions
from verifier.xen.libxl_regions import Guest, Iomem, cut_one, region_of, rest
from verifier.xen.outcome import Outcome, Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

_CITES = (
    Cite("tools/libs/light/libxl_arm.c", "finalize_hypervisor_node, compare_iomem (57f87857dc, 108308feef)"),
)
EXAMPLE = Setting(
    windows=HEAD_WINDOWS, used=(0x40000000, 0), iomem=((0xA0000, 0x200),), grant=(0x38000000, 0x1000000)
)
"""1 GiB, and a device of 2 MiB in the rest of bank 0."""
SEVERAL = Setting(
    windows=HEAD_WINDOWS, used=(0x40000000, 0), iomem=((0xF0000, 0x10000), (0xC0000, 0x200), (0x9000, 1), (0xA0000, 0x200)),
    grant=(0x38000000, 0x1000000),
)  # fmt: skip
"""Not in order: one below the rest of bank 0, two in it, one at its end."""


def outcome(xen: Xen, setting: Setting) -> Outcome:
    """The integer reading."""
    windows = [Span(*each) for each in setting.windows]
    iomem = [Iomem(*each) for each in setting.iomem]
    return libxl_regions.find(xen, Guest(setting.ipa_bits, windows, setting.used, iomem))


def iomem_bytes(setting: Setting) -> list[tuple[int, int]]:
    """`[start, end)` of the iomem entries."""
    return [(gfn * PAGE, (gfn + number) * PAGE) for gfn, number in setting.iomem]


def _whole_bank() -> Span | None:
    return region_of(rest(LAST, WINDOW.span, WINDOW.used))


def _ways(xen: Xen) -> Sequence[Way]:
    """A whole rest; with cuts, any part of a bank, whose start or end can be any page."""
    if not CUTS.of(xen):
        return (Way("bank", BANK, _whole_bank, None),)
    pages = both(rule.multiple(START, PAGE), rule.multiple(uint64.add(END, 1), PAGE))
    part = Assumed("By libxl/parts a part begins and ends at a page inside the address space.",
                   both(START <= uint64.add(LAST, 1), END <= LAST, pages))  # fmt: skip
    return (Way("part", (IN_SPACE, part), any_part, None),)


PRODUCER = Producer(
    "libxl", "guests of xl", _CITES, lambda xen: xen.behaviours["xl-regions"].name != "none", lambda _: (), _ways, outcome,
    (WIDTH, WINDOWS, IOMEM), (EXAMPLE, SEVERAL), "iomem",
)  # fmt: skip


def _of_rest(says: str, claim: Callable[[Range], Truth], *assumed: Assumed, name: str = "rest") -> Obligation:
    """Of the rest of a bank, of which every part is a part (libxl/parts)."""
    return obligation(name, says, (*BANK, *assumed), lambda: rest(LAST, WINDOW.span, WINDOW.used),
                      lambda left: Claim(claim(left), left.start <= left.end))  # fmt: skip


def _outside(left: Range) -> Truth:
    return negate(both(left.start <= X, X <= left.end))


def _inside_bank(_xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(
        "`x` lies in the unused part of no window, so not of this one.", negate(WINDOW.unused(X))
    )
    return _of_rest("The rest is unused and in the window.", _outside, outside), region_in_part()


def _domain_ram(_xen: Xen) -> tuple[Obligation, ...]:
    bank = an_arbitrary_window("bank")
    watched = Assumed("`x` is RAM of the guest.", both(bank.start <= X, X < bank.top))
    given = (bank.fits, bank.same_or_apart(WINDOW), watched)
    return _of_rest("The rest of a window has no RAM.", _outside, *given), region_in_part()


def _layout(_xen: Xen) -> tuple[Obligation, ...]:
    outside = Assumed(LAYOUT, negate(both(WINDOW.start <= X, X < WINDOW.end)))
    return _of_rest("The rest lies in the window.", _outside, outside), region_in_part()


def _sorted(_xen: Xen) -> tuple[Obligation, ...]:
    """Parts of one bank by libxl/parts; those of the next begin above all of them."""
    following = an_arbitrary_window("next")
    return (
        obligation(
            "two-banks", "The rest of the next window starts above the end of the one before.",
            (*BANK, following.fits, WINDOW.below(following)),
            lambda: (rest(LAST, WINDOW.span, WINDOW.used), rest(LAST, following.span, following.used)),
            lambda left: Claim(uint64.add(left[0].end, 1) < left[1].start, left[0].start <= left[0].end),
        ),
    )  # fmt: skip


def _complete(xen: Xen) -> tuple[Obligation, ...]:
    """64 MiB of a rest that share no byte with any entry: they lie in what is left until a part has them."""
    inside = both(CHUNK_FITS, START <= CHUNK, CHUNK_LAST <= END)
    held = Assumed("`chunk` begins 64 MiB of what is left.", inside)
    entry = bytes_of(ENTRY)
    apart = Assumed(
        "The entry shares no byte with it.", rule.apart(entry.start, entry.size, CHUNK, rule.LEAST)
    )
    low, high, free = free_chunk(WINDOW)
    first = (
        _of_rest(
            "The rest of the bank begins at or below the chunk.",
            lambda left: left.start <= low,
            free,
            name="rest-start",
        ),
        _of_rest(
            "It ends at or above the end of the chunk.",
            lambda left: high <= left.end,
            free,
            name="rest-end",
        ),
    )
    region = obligation(
        "region", "The region of what has the chunk has all of it.",
        (LEFT, held, Assumed("`x` is a byte of it.", rule.has(CHUNK, rule.LEAST, X))), any_part,
        lambda made: Claim(False) if made is None else Claim(rule.has(made.start, made.size, X)),
    )  # fmt: skip
    step = obligation(
        "pass", "A pass leaves the chunk, or its part has it.", (fits(ENTRY), LEFT, held, apart),
        lambda: cut_one(START, END, ENTRY),
        lambda cut: Claim(either(cut[1] <= CHUNK, *(both(part.start <= CHUNK, CHUNK_LAST <= part.end) for part in cut[0]))),
    )  # fmt: skip
    return (*first, step, region) if CUTS.of(xen) else (*first, region)


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
        f"libxl/{name}", statement, why, _CITES, obligations, lambda xen: PRODUCER.applies(xen) and CUTS.of(xen),
        PRODUCER.assumptions,
        unbounded="iomem",
    )  # fmt: skip


def _of_parts(xen: Xen) -> tuple[str, ...]:
    """What a region by itself rests on: where iomem cuts, it is a part."""
    return ("libxl/parts",) if CUTS.of(xen) else ()


def _uses(names: tuple[str, ...], xen: Xen) -> tuple[str, ...]:
    """What is said of parts and of the sort counts where iomem cuts."""
    return (*(names if CUTS.of(xen) else ()), "libxl/within-ipa")


def _theorems() -> Iterator[Theorem]:
    given: tuple[Assumption, ...] = ()
    made: tuple[
        tuple[
            str, Callable[[Xen], Sequence[Obligation] | None], Breaks, tuple[Assumption, ...], tuple[str, ...]
        ],
        ...,
    ] = (
        ("avoids-iomem", avoids_iomem, _on_iomem, given, ("libxl/sort",)),
        ("inside-bank", _inside_bank, in_bank, given, ("libxl/parts",)),
        ("avoids-domain-ram", _domain_ram, on_ram, given, ("libxl/parts",)),
        (
            "avoids-layout",
            _layout,
            overlaps("another region of the layout", "grant"),
            (*given, LAYOUT),
            ("libxl/parts",),
        ),
        ("sorted", _sorted, lambda _, found: violation.unsorted(regions(found)), given, ("libxl/parts",)),
        ("complete", _complete, _left_out, given, ("libxl/parts", "libxl/sort")),
    )
    yield from (replace(each, uses=_of_parts) for each in shape(PRODUCER))
    yield _lemma(
        "sort", "The order in which libxl has sorted its iomem entries is that of their guest frames.", sort
    )
    yield _lemma(
        "parts",
        "The parts of a bank between iomem entries ascend, apart, from page to page, inside its rest.",
        parts,
    )
    for name, obligations, breaks, assumptions, uses in made:
        made_of = theorem(PRODUCER, name, obligations, breaks, assumptions=assumptions)
        yield replace(made_of, uses=partial(_uses, uses))
    yield theorem(
        PRODUCER, "cap", lambda _: None, lambda _, found: violation.dropped(found), assumptions=given,
        applies=lambda xen: PRODUCER.applies(xen) and "xl-region-cap" in xen.behaviours,
    )  # fmt: skip
    fits_cells = theorem(
        PRODUCER, "registers-fit", lambda xen: fitting(PRODUCER, xen), violation.truncated, assumptions=(GUEST_CELLS,)
    )  # fmt: skip
    yield replace(fits_cells, uses=_of_parts)
    yield theorem(PRODUCER, "64-bit-only", lambda _: None, _to_32_bits, assumptions=given)


THEOREMS = tuple(_theorems())
