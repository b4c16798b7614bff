"""What fast code of the verifier itself rests on: sweeps over sorted lists, sets of extents, boxes of places.

The code is run as it stands, on integers that are not known (`verifier.theorems.plain`). Lists of any length:

* `sweep`: whether a pair is told hangs on the two regions and, in turn, on each region that is sorted between them; one
  arbitrary region stands for each of those.
* `extents`: a hole is taken away from each extent by itself, and one extent is joined with the last one only.
* `boxes` and `box-regions`: of one piece of free RAM and the grant region in it; other pieces are what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite
from verifier.layout.origin import Origin
from verifier.layout.region import Region
from verifier.layout.stretches import overlapping
from verifier.logic.bits import both, either, implies, negate, word
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems.assumptions import PAGE
from verifier.theorems.plain import Plain, below_or_equal, word_of
from verifier.theorems.statement import Assumed, Claim, Obligation, Theorem, obligation
from verifier.xen import open_grant, rangeset
from verifier.xen.ext_regions import LOST, cover, region_of
from verifier.xen.open_grant import Box
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

_MOST = 1 << 52
X, START, END = word("x"), word("grant_start"), word("grant_end")
PIECE = Range(word("piece_first"), word("piece_last"))
_ORIGIN = Origin("a theorem", 0)


def _extent(name: str) -> tuple[Word, Word, Extent]:
    start, end = word(f"{name}_start"), word(f"{name}_end")
    return start, end, Extent(_number(start), _number(end))


def _number(unknown: Word) -> Any:
    return Plain(unknown)


def _has(start: Word, end: Word) -> Truth:
    return both(start <= X, X < end)


def _sweep() -> Iterator[Obligation]:
    names = ("one", "between", "other")
    starts, ends = ([word(f"{name}_{part}") for name in names] for part in ("start", "end"))
    proper = Assumed("No region ends before it starts.", both(*map(_below, starts, ends)))
    regions = [
        Region(name, _number(start), _number(end), "other", _ORIGIN, "", "")
        for name, start, end in zip(names, starts, ends, strict=True)
    ]
    shared = both(*(each < end for each in (starts[0], starts[2]) for end in (ends[0], ends[2])))
    for given in ((0, 2), (0, 1, 2)):
        yield obligation(
            f"{len(given)}-regions",
            "Two regions are told if and only if they share a byte, whatever a third one is.",
            (proper,), partial(_told, [regions[index] for index in given]),
            partial(_told_iff, shared),
        )  # fmt: skip


def _below(start: Word, end: Word) -> Truth:
    return start <= end


def _told(regions: Sequence[Region]) -> bool:
    pairs = [{one.name, other.name} for one, other in overlapping(regions)]
    assert len(pairs) == len({frozenset(each) for each in pairs})
    return {"one", "other"} in pairs


def _told_iff(shared: Truth, told: bool) -> Claim:
    return Claim(shared if told else negate(shared))


def _extents() -> Iterator[Obligation]:
    (start, end, one), (more, other_end, other) = _extent("one"), _extent("other")
    low, high, hole = _extent("hole")
    proper = Assumed("None ends before it starts.", both(start <= end, more <= other_end, low <= high))
    yield obligation(
        "hole", "A byte is left if and only if it is in the extent and not in the hole.", (proper,),
        lambda: open_grant.without((one,), (hole,)),
        partial(_left, both(_has(start, end), negate(_has(low, high)))),
    )  # fmt: skip
    yield obligation(
        "join", "A byte is in what two extents are joined to if and only if it is in one of them.", (proper,),
        lambda: open_grant.without((one, other), ()),
        partial(_left, either(_has(start, end), _has(more, other_end))),
    )  # fmt: skip


def _left(expected: Truth, left: Sequence[Extent]) -> Claim:
    """And what is left is in order and apart."""
    ends = [(word_of(each.start), word_of(each.end)) for each in left]
    held = either(*(_has(start, end) for start, end in ends))
    apart = (first[1] < second[0] for first, second in pairwise(ends))
    proper = (start < end for start, end in ends)
    return Claim(both(implies(held, expected), implies(expected, held), *apart, *proper))


def _region() -> tuple[Word, Word, Assumed]:
    start, size = word("region_start"), word("region_size")
    shape = both(
        rule.aligned(start, size), rule.minimum_size(size), start < _MOST, size < _MOST,
        uint64.add(start, size) < _MOST,
    )  # fmt: skip
    what = "The region is one: aligned, of 64 MiB or more, below 2^52 (aligned, minimum-size, within-ipa)."
    return start, size, Assumed(what, shape)


_GRANT = Assumed(
    "The grant region is whole pages, one or more, below 2^52.",
    both(rule.multiple(START, PAGE), rule.multiple(END, PAGE), START < END, END < _MOST),
)


def _in_box(box: Box) -> Truth:
    start, end = Plain(START), Plain(END)
    return both(
        below_or_equal(box.start.least, start), below_or_equal(start, box.start.most),
        below_or_equal(box.end.least, end), below_or_equal(end, box.end.most),
    )  # fmt: skip


def _boxes(xen: Xen, start: Word, end: Word) -> list[Box]:
    return list(open_grant.boxes(Extent(_number(start), _number(end)), LOST.of(xen)))


def _partition(xen: Xen) -> tuple[Obligation, ...]:
    start, size, shape = _region()
    return (
        obligation(
            "one-box", "A grant region is in exactly one box.", (shape, _GRANT),
            lambda: _boxes(xen, start, uint64.add(start, size)), _exactly_one,
        ),
    )  # fmt: skip


def _exactly_one(found: Sequence[Box]) -> Claim:
    held = [_in_box(box) for box in found]
    pairs = (negate(both(one, other)) for index, one in enumerate(held) for other in held[index + 1 :])
    return Claim(both(either(*held), *pairs))


def _box_regions(xen: Xen) -> tuple[Obligation, ...]:
    numbers = cover(xen, Span(0, _MOST)).end
    piece = Assumed(
        "The piece is a range of free numbers below 2^52, of whole pages.",
        both(PIECE.start <= PIECE.end, PIECE.end < numbers, *_whole(xen)),
    )
    inside = Assumed(
        "The grant region lies in the piece.",
        both(*_inside(cover(xen, Span(START, uint64.subtract(END, START))))),
    )
    return tuple(
        obligation(
            kind, f'In a box of kind "{kind}" the producer makes what the description says.',
            (piece, _GRANT, inside), partial(_produced, xen), partial(_as_described, xen, kind),
        )
        for kind in ("whole", "above", "both", "below", "none")
    )  # fmt: skip


def _whole(xen: Xen) -> Iterator[Truth]:
    """Where the numbers are bytes, that they are those of whole pages."""
    if cover(xen, Span(PAGE, PAGE)).end != 1:
        yield rule.multiple(PIECE.start, PAGE)
        yield equal(rule.low_bits(PIECE.end, PAGE), PAGE - 1)


def _inside(taken: Range) -> Iterator[Truth]:
    yield PIECE.start <= taken.start
    yield taken.end <= PIECE.end


def _produced(xen: Xen) -> tuple[Span | None, list[Span], list[Box]]:
    """The region of the piece alone, the regions once the grant region is taken away, and the boxes."""
    region = region_of(xen, PIECE)
    taken = cover(xen, Span(START, uint64.subtract(END, START)))
    left = rangeset.left_of_one(PIECE, taken.start, taken.end)
    made = [found for part in left if (found := region_of(xen, part)) is not None]
    if region is None:
        return None, made, list(open_grant.boxes(None, LOST.of(xen)))
    return region, made, _boxes(xen, region.start, uint64.add(region.start, region.size))


def _as_described(xen: Xen, kind: str, found: tuple[Span | None, list[Span], list[Box]]) -> Claim:
    region, made, given = found
    when = either(*(_in_box(box) for box in given if box.kind == kind))
    if region is None:
        return Claim(not made, when)
    expected = _expected(xen, kind, region)
    if len(made) != len(expected):
        return Claim(False, when)
    equalities = (
        both(equal(one.start, start), equal(uint64.add(one.start, one.size), end))
        for one, (start, end) in zip(made, expected, strict=True)
    )
    return Claim(both(*equalities), when)


def _expected(xen: Xen, kind: str, region: Span) -> list[tuple[Word, Word]]:
    """Regions by start and end, as `verifier.layout.open_grant.Regime` describes them."""
    end = uint64.add(region.start, region.size)
    below = region.start, uint64.round_down(uint64.subtract(START, LOST.of(xen)), rule.SUPERPAGE)
    above = uint64.round_up(END, rule.SUPERPAGE), end
    return {
        "whole": [(region.start, end)], "none": [], "below": [below], "above": [above], "both": [below, above],
    }[kind]  # fmt: skip


def _always(made: Callable[[], Iterator[Obligation]]) -> Callable[[Xen], tuple[Obligation, ...]]:
    return lambda _: tuple(made())


def _cuts_ram(xen: Xen) -> bool:
    return xen.behaviours["extended-regions"].name != "none"


def _theorems() -> Iterator[Theorem]:
    own = Cite("verifier/layout/stretches.py", "overlapping: what pictures and maps call an overlap")
    places = Cite(
        "verifier/xen/open_grant.py", "boxes, without: every place of a grant region that is not known"
    )
    producer = Cite("xen/arch/arm/domain_build.c", "find_unallocated_memory, add_ext_regions (b6fe410936)")
    yield Theorem(
        "fast-paths/sweep", "A sweep by start tells exactly the pairs of regions that share a byte.",
        "A pair that the sweep drops too early is an overlap that no map shows.",
        (own,), _always(_sweep), lambda _: True, unbounded="regions",
    )  # fmt: skip
    yield Theorem(
        "fast-paths/extents", "What is left of extents less holes are exactly their other bytes, in order and apart.",
        "Xen's text is looked for in what is left: a place that is lost is an answer that `verifier host` leaves out.",
        (places,), _always(_extents), lambda _: True, unbounded="extents, holes",
    )  # fmt: skip
    yield Theorem(
        "fast-paths/boxes", "Every grant region of whole pages lies in exactly one of the boxes of places.",
        "Boxes stand for all places, so that `verifier host` need not try each page of the RAM.",
        (places,), _partition, _cuts_ram,
    )  # fmt: skip
    yield Theorem(
        "fast-paths/box-regions",
        "Of each grant region in a box the producer makes the regions that the box describes.",
        "What is said of a box is said of each place in it, page by page.",
        (places, producer), _box_regions, _cuts_ram,
        uses=lambda _: ("rangeset/remove", "fast-paths/boxes"),
    )  # fmt: skip


THEOREMS = tuple(_theorems())
