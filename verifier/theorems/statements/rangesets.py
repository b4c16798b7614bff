"""Rangesets: adding, removing and reporting do what they say, on lists of any length.

A list is canonical if every range has start <= end and ends at least two below the start of the next: then no
two ranges meet or touch. `find` gives the place of a change: `below` is the last range that starts at or
below its first number, if there is one; `between` stands for any range after that and before `last`, which is the
last that starts at or below its last number; `before` and `after` stand for any range farther out. The code
puts what it makes of `below` and `last` in their place, drops what is between, and keeps the rest as it is. Of
each of these ranges an obligation says what becomes of an arbitrary number in it, and that the list stays
canonical; together they speak of every number and every range of a list of any length.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from verifier.logic.bits import both, either, negate
from verifier.logic.word import Truth, Word, uint64
from verifier.theorems.statement import Assumed, Claim, Obligation, obligation
from verifier.theorems.vocabulary.ranges import (
    ASKED,
    AT_OR_BELOW,
    BELOW,
    BETWEEN,
    CANONICAL,
    FOLLOWING,
    LAST,
    ORDERED,
    OTHER,
    E,
    N,
    S,
    asked,
    canonical,
    exact,
    holds_number,
    in_any,
    in_order,
    precedes,
    rangeset_theorem,
)
from verifier.theorems.vocabulary.set_model import (
    ADDED,
    FOUND,
    REPORTED,
    wrongly_added,
    wrongly_found,
    wrongly_reported,
)
from verifier.xen import rangeset
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen


def _adding_case(
    name: str, assumed: tuple[Assumed, ...], there: tuple[Range, ...], run: Callable[[], tuple[Range, ...]]
) -> Obligation:
    return obligation(
        name, "What is there and what is added, and nothing else, is there afterwards, in canonical ranges.", assumed,
        lambda: rangeset.followed(run(), FOLLOWING),
        lambda made: exact(made, either(in_any(N, (*there, FOLLOWING)), asked(N))),
    )  # fmt: skip


def _add(_xen: Xen) -> Iterator[Obligation]:
    above = Assumed("`following` is the first range that starts above the last number.", FOLLOWING.start > E)
    cases: dict[str, tuple[tuple[Assumed, ...], tuple[Range, ...], Callable[[], tuple[Range, ...]]]] = {
        "alone": ((), (), lambda: rangeset.joined(None, None, S, E)),
        "one": (
            (in_order(BELOW, FOLLOWING), AT_OR_BELOW),
            (BELOW,),
            lambda: rangeset.joined(BELOW, None, S, E),
        ),
        "several": (
            (in_order(BELOW, LAST, FOLLOWING), AT_OR_BELOW, BETWEEN),
            (BELOW, LAST),
            lambda: rangeset.joined(BELOW, LAST, S, E),
        ),
        "none-below": (
            (in_order(LAST, FOLLOWING), BETWEEN),
            (LAST,),
            lambda: rangeset.joined(None, LAST, S, E),
        ),
    }
    for name, (given, there, run) in cases.items():
        yield _adding_case(name, (ASKED, *(given or (in_order(FOLLOWING),)), above), there, run)
    yield obligation(
        "between", "Whatever lies between is swallowed, and lies in what is added.",
        (ASKED, in_order(OTHER, LAST), Assumed("`other` is between.", S < OTHER.start), BETWEEN),
        lambda: rangeset.swallows(rangeset.merge(None, LAST, S, E), OTHER),
        lambda swallowed: Claim(both(swallowed, either(negate(holds_number(N, OTHER)), asked(N)))),
    )  # fmt: skip
    yield obligation(
        "last", "The last range is swallowed too, unless it is the merged one.",
        (ASKED, in_order(LAST), BETWEEN),
        lambda: rangeset.swallows(rangeset.merge(None, LAST, S, E), LAST), Claim,
    )  # fmt: skip
    yield obligation(
        "following", "The first range above is not swallowed.",
        (ASKED, in_order(LAST, FOLLOWING), BETWEEN, above),
        lambda: rangeset.swallows(rangeset.merge(None, LAST, S, E), FOLLOWING), lambda swallowed: Claim(negate(swallowed)),
    )  # fmt: skip
    yield obligation(
        "before", "What comes before stays apart from what is made.",
        (ASKED, in_order(OTHER, BELOW), AT_OR_BELOW),
        lambda: rangeset.joined(BELOW, None, S, E), lambda made: Claim(precedes(OTHER, made[0])),
    )  # fmt: skip


def _report(_xen: Xen) -> Iterator[Obligation]:
    yield obligation(
        "inside", "Of a range it says the numbers asked for.",
        (ASKED, in_order(OTHER), Assumed("`other` is not beyond.", OTHER.start <= E)),
        lambda: rangeset.inside(OTHER, S, E),
        lambda made: exact(made, both(holds_number(N, OTHER), asked(N))),
    )  # fmt: skip
    yield obligation(
        "ends", "Where it ends, neither that range nor a later one has a number asked for.",
        (ASKED, in_order(OTHER, FOLLOWING)),
        lambda: rangeset.beyond(OTHER, E),
        lambda ended: Claim(negate(either(_both(N, OTHER), _both(N, FOLLOWING))), ended),
    )  # fmt: skip
    yield obligation(
        "order", "What it says of a later range lies above, apart.",
        (ASKED, in_order(OTHER, FOLLOWING), Assumed("Neither is beyond.", FOLLOWING.start <= E)),
        lambda: (rangeset.inside(OTHER, S, E), rangeset.inside(FOLLOWING, S, E)),
        lambda made: Claim(canonical((*made[0], *made[1]))),
    )  # fmt: skip


def _report_bounds(_xen: Xen) -> Iterator[Obligation]:
    """Nothing is said of the range: a removal whose start is above its end can leave any."""
    yield obligation(
        "inside", "What it says of a range begins and ends between the two numbers asked for.",
        (ASKED, Assumed("`other` is not beyond.", OTHER.start <= E)),
        lambda: rangeset.inside(OTHER, S, E),
        lambda made: Claim(both(*(both(asked(each.start), asked(each.end)) for each in made)), bool(made)),
    )  # fmt: skip


def _both(number: Word, each: Range) -> Truth:
    return both(holds_number(number, each), asked(number))


def _find(_xen: Xen) -> Iterator[Obligation]:
    at, ascending = BELOW, "`other` lies at or after the middle: starts ascend."
    yield obligation(
        "upper", "Where the upper half is given up, nothing in it starts at or below the number.",
        (Assumed(ascending, at.start <= OTHER.start),),
        lambda: rangeset.halve(at, 5, 3, 9, N),
        lambda half: Claim(both(half[0] == 3, OTHER.start > N), half[1] == 5),
    )  # fmt: skip
    yield obligation(
        "lower", "Where the lower half is given up, everything in it starts at or below the number.",
        (Assumed(ascending.replace("after", "before"), OTHER.start <= at.start),),
        lambda: rangeset.halve(at, 5, 3, 9, N),
        lambda half: Claim(both(half[1] == 9, OTHER.start <= N), half[0] == 6),
    )  # fmt: skip
    yield obligation(
        "shrinks", "Every step gives up one half, the middle with it.",
        (),
        lambda: rangeset.halve(at, 5, 3, 9, N), lambda half: Claim(half in ((3, 5), (6, 9))),
    )  # fmt: skip


def _one_range(_xen: Xen) -> Iterator[Obligation]:
    yield obligation(
        "neighbours", "Two members that follow each other lie in one range.",
        (in_order(OTHER, FOLLOWING),),
        lambda: None,
        lambda _: Claim(negate(holds_number(uint64.add(N, 1), FOLLOWING)), both(holds_number(N, OTHER), N < uint64.top)),
    )  # fmt: skip
    yield obligation(
        "disjoint", "If each range ends below the start of the next, a range that ends below one ends below all later ones.",
        (Assumed("`last` follows `below`, `following` is next.", both(
            *(each.start <= each.end for each in (BELOW, LAST, FOLLOWING)),
            BELOW.end < LAST.start, LAST.end < FOLLOWING.start)),),
        lambda: None, lambda _: Claim(BELOW.end < FOLLOWING.start),
    )  # fmt: skip


def _growth(_xen: Xen) -> Iterator[Obligation]:
    says = "There is at most one range more than before."
    yield obligation(
        "add-alone",
        says,
        (),
        lambda: rangeset.followed(rangeset.joined(None, None, S, E), FOLLOWING),
        lambda made: Claim(len(made) <= 2),
    )
    yield obligation(
        "add-one",
        says,
        (),
        lambda: rangeset.followed(rangeset.joined(BELOW, None, S, E), FOLLOWING),
        lambda made: Claim(len(made) <= 3),
    )


THEOREMS = (
    rangeset_theorem("find", "Halving the list finds the last range that starts at or below a number.", _find,
                     (CANONICAL,), (), violation=wrongly_found, examples=FOUND),
    rangeset_theorem("add", "Adding makes a canonical list of what was there and what is added.", _add, (ORDERED, CANONICAL),
                     violation=wrongly_added, examples=ADDED),
    rangeset_theorem("adding-growth", "Adding makes at most one range more.", _growth, (), ()),
    rangeset_theorem("report", "A report says exactly the members asked for, ascending and apart.", _report,
                     (ORDERED, CANONICAL), (), violation=wrongly_reported, examples=REPORTED),
    rangeset_theorem("report-bounds", "A report of any list says ranges that begin and end among the numbers asked for.",
                     _report_bounds, (ORDERED,), ()),
    rangeset_theorem("one-range", "Members without a gap lie in one range; if no sorted neighbours meet, no two ranges do.",
             _one_range, (), ()),
)  # fmt: skip
