"""Boxes of places of a grant region that is not known: each place is in one, and makes the regions that its box says.

`verifier.xen.open_grant` answers for all places of Xen's text at once. Its code is run as it stands, on integers that
are not known (`verifier.theorems.vocabulary.plain`). The grant region lies in one piece of free RAM; other pieces are
what they were. Nothing is said of a piece that goes on above the end of the address space.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import combinations

from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate, word
from verifier.logic.word import Truth, Word, equal, holds, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems.statement import Assumed, Claim, Obligation, Theorem, obligation
from verifier.theorems.statements.fast_paths import number
from verifier.theorems.vocabulary.assumptions import PAGE, blocks
from verifier.theorems.vocabulary.plain import Plain, below_or_equal
from verifier.xen import open_grant, rangeset
from verifier.xen.ext_regions import LOST, PAGE_SHIFT, bytes_of, cover, region_of
from verifier.xen.open_grant import Box
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

_MOST = 1 << 52
_FIRST_PAGE, _END_PAGE = word("grant_first_page"), word("grant_end_page")
START, END = (uint64.shift_left(each, PAGE_SHIFT) for each in (_FIRST_PAGE, _END_PAGE))
PIECE = Range(word("piece_first"), word("piece_last"))


def _region() -> tuple[Word, Word, Assumed]:
    region = blocks("region")
    shape = both(region.bounded, rule.minimum_size(region.span.size))
    what = "The region is whole blocks, of 64 MiB or more, and ends below 2^52 (`alone`)."
    return region.span.start, region.span.size, Assumed(what, shape)


_GRANT = Assumed(
    "The grant region is whole pages, one or more, below 2^52.",
    both(_FIRST_PAGE < _END_PAGE, _END_PAGE < _MOST >> PAGE_SHIFT),
)


def _in_box(box: Box) -> Truth:
    start, end = Plain(START), Plain(END)
    return both(
        below_or_equal(box.start.least, start), below_or_equal(start, box.start.most),
        below_or_equal(box.end.least, end), below_or_equal(end, box.end.most),
    )  # fmt: skip


def _boxes(xen: Xen, start: Word, end: Word) -> list[Box]:
    return list(open_grant.boxes(Extent(number(start), number(end)), LOST.of(xen)))


def _partition(xen: Xen) -> tuple[Obligation, ...]:
    start, size, shape = _region()
    made = partial(_boxes, xen, start, uint64.add(start, size))
    given = (shape, _GRANT)
    return (
        obligation(
            "some-box",
            "A grant region is in a box.",
            given,
            made,
            lambda found: Claim(either(*map(_in_box, found))),
        ),
        obligation("no-two-boxes", "It is in no two of them.", given, made, _apart),
    )


def _apart(found: Sequence[Box]) -> Claim:
    held = [_in_box(box) for box in found]
    return Claim(both(*(negate(both(one, other)) for one, other in combinations(held, 2))))


def _box_regions(xen: Xen) -> Iterator[Obligation]:
    taken = cover(xen, Span(START, uint64.subtract(END, START)))
    numbers = cover(xen, Span(0, _MOST)).end
    piece = Assumed(
        "The piece is a range of free numbers below 2^52, of whole pages; the grant region lies in it.",
        both(
            PIECE.start <= PIECE.end,
            PIECE.end < numbers,
            *_whole(xen),
            PIECE.start <= taken.start,
            taken.end <= PIECE.end,
        ),
    )
    below = Range(PIECE.start, uint64.subtract(taken.start, 1))
    above = Range(uint64.add(taken.end, 1), PIECE.end)
    there = PIECE.start < taken.start, taken.end < PIECE.end
    yield obligation(
        "parts", "The grant region leaves of its piece what is below it and what is above it.", (piece, _GRANT),
        lambda: rangeset.left_of_one(PIECE, taken.start, taken.end),
        lambda left: Claim(_are(left, [(below, there[0]), (above, there[1])])),
    )  # fmt: skip
    start, size, shape = _region()
    first, last = bytes_of(xen, PIECE)
    ends = uint64.round_up(first, rule.SUPERPAGE), uint64.round_down(uint64.add(last, 1), rule.SUPERPAGE)
    yield obligation(
        "alone", "The region of a piece goes from its first to its last multiple of 2 MiB, 64 MiB or more.", (piece,),
        lambda: region_of(xen, PIECE),
        lambda made: Claim(False, False) if made is None else Claim(both(
            _spans(made, *ends), rule.aligned(made.start, made.size), rule.minimum_size(made.size))),
    )  # fmt: skip
    lemma = Assumed("By `alone` it is that of the piece.", _spans(Span(start, size), *ends))
    for name, part, present in (("below", below, there[0]), ("above", above, there[1])):
        yield obligation(
            f"{name}-of-little", f"Of a piece that makes no region the part {name} makes none.", (piece, _GRANT),
            partial(_both_made, xen, part, present),
            lambda made: Claim(made[1] is None, made[0] is None),
        )  # fmt: skip
        for kind in ("whole", "above", "both", "below", "none"):
            yield obligation(
                f"{name}-{kind}", f'The part {name} makes what a box of kind "{kind}" says of it; none if it is empty.',
                (piece, _GRANT, shape, lemma),
                partial(_made_beside, xen, part, present, Span(start, size)),
                partial(_as_described, xen, name, kind, Span(start, size)),
            )  # fmt: skip


def _are(left: Sequence[Range], parts: Sequence[tuple[Range, Truth]]) -> Truth:
    """That the ranges are those of the parts that are there, in their order."""
    (below, has_below), (above, has_above) = parts
    match list(left):
        case []:
            return both(negate(has_below), negate(has_above))
        case [one]:
            return either(both(has_below, negate(has_above), _equal(one, below)),
                          both(has_above, negate(has_below), _equal(one, above)))  # fmt: skip
        case [one, other]:
            return both(has_below, has_above, _equal(one, below), _equal(other, above))
    return False


def _equal(one: Range, other: Range) -> Truth:
    return both(equal(one.start, other.start), equal(one.end, other.end))


def _whole(xen: Xen) -> Iterator[Truth]:
    """Where the numbers are bytes, that they are those of whole pages."""
    if cover(xen, Span(PAGE, PAGE)).end != 1:
        yield rule.multiple(PIECE.start, PAGE)
        yield equal(rule.low_bits(PIECE.end, PAGE), PAGE - 1)


def _made(xen: Xen, part: Range, present: Truth) -> Span | None:
    return region_of(xen, part) if holds(present) else None


def _both_made(xen: Xen, part: Range, present: Truth) -> tuple[Span | None, Span | None]:
    return region_of(xen, PIECE), _made(xen, part, present)


def _made_beside(xen: Xen, part: Range, present: Truth, region: Span) -> tuple[Span | None, list[Box]]:
    """What a part makes, and the boxes of the region of its piece."""
    return _made(xen, part, present), _boxes(xen, region.start, uint64.add(region.start, region.size))


def _as_described(
    xen: Xen, part: str, kind: str, region: Span, found: tuple[Span | None, list[Box]]
) -> Claim:
    made, given = found
    when = either(*(_in_box(box) for box in given if box.kind == kind))
    if kind == "whole":  # all of it, from the part in which it lies
        lies_above = END <= region.start
        elsewhere = lies_above if part == "below" else negate(lies_above)
        if made is None:
            return Claim(elsewhere, when)
        whole = _spans(made, region.start, uint64.add(region.start, region.size))
        return Claim(both(negate(elsewhere), whole), when)
    if kind not in (part, "both"):
        return Claim(made is None, when)
    return Claim(False if made is None else _spans(made, *_expected(xen, part, region)), when)


def _spans(made: Span, start: Word, end: Word) -> Truth:
    return both(equal(made.start, start), equal(uint64.add(made.start, made.size), end))


def _expected(xen: Xen, part: str, region: Span) -> tuple[Word, Word]:
    """The region of a part, as `verifier.layout.open_grant.Regime` describes it."""
    if part == "below":
        return region.start, uint64.round_down(uint64.subtract(START, LOST.of(xen)), rule.SUPERPAGE)
    return uint64.round_up(END, rule.SUPERPAGE), uint64.add(region.start, region.size)


def _cuts_ram(xen: Xen) -> bool:
    return xen.behaviours["extended-regions"].name != "none"


def _theorems() -> Iterator[Theorem]:
    places = Cite("verifier/xen/open_grant.py", "boxes: every place of a grant region that is not known")
    producer = Cite("xen/arch/arm/domain_build.c", "find_unallocated_memory, add_ext_regions (b6fe410936)")
    yield Theorem(
        "fast-paths/boxes", "Every grant region of whole pages lies in exactly one of the boxes of places.",
        "Boxes stand for all places, so that `verifier host` need not try each page of the RAM.",
        (places,), _partition, _cuts_ram,
    )  # fmt: skip
    yield Theorem(
        "fast-paths/box-regions",
        "Of each grant region in a box the producer makes the regions that the box describes.",
        "What is said of a box is said of each place in it, page by page.",
        (places, producer), lambda xen: tuple(_box_regions(xen)), _cuts_ram,
        uses=lambda _: ("fast-paths/boxes",),
    )  # fmt: skip


THEOREMS = tuple(_theorems())
