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

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate, word
from verifier.logic.word import Truth, Word, uint64
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.xen import rangeset
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

ORDERED = Assumption(
    "start-not-above-end",
    "a change or a report is asked for a range whose start is not above its end",
    "xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer",
)
BELOW_TOP = Assumption(
    "below-top",
    "what is removed ends below the last number of all",
    "page frames have 52 bits; of bytes assumption sensible-entries says it",
)
_CITES = (
    Cite(
        "xen/common/rangeset.c",
        "find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges",
    ),
)
_WHY = "Every producer of the hypervisor keeps the free numbers in a rangeset: what goes wrong there is offered to a guest."

S, E, N = word("start"), word("end"), word("number")
BELOW, LAST, OTHER, FOLLOWING = (
    Range(word(f"{name}_start"), word(f"{name}_end")) for name in ("below", "last", "other", "following")
)


def holds_number(number: Word, each: Range) -> Truth:
    """Whether a range holds a number."""
    return both(each.start <= number, number <= each.end)


def in_any(number: Word, ranges: Sequence[Range]) -> Truth:
    """Whether one of the ranges holds it."""
    return either(*(holds_number(number, each) for each in ranges))


def precedes(first: Range, second: Range) -> Truth:
    """Whether at least one number lies between two ranges, the first below."""
    return both(first.end < second.start, negate(uint64.subtract(second.start, first.end) <= 1))


def canonical(ranges: Sequence[Range]) -> Truth:
    """Every range in order, and each apart from the next."""
    return both(
        *(each.start <= each.end for each in ranges),
        *(precedes(first, second) for first, second in pairwise(ranges)),
    )


def _list(*ranges: Range) -> Assumed:
    return Assumed("The list is canonical.", canonical(ranges))


_ASKED = Assumed(ORDERED, S <= E)
_UNDER_TOP = Assumed(BELOW_TOP, E < uint64.top)
_BELOW = Assumed("`below` starts at or below the first number.", BELOW.start <= S)
_NONE = Assumed("No range starts between the two numbers; `other` is any range above.", OTHER.start > E)
_LAST = Assumed("`last` starts between the two numbers.", both(S < LAST.start, LAST.start <= E))


def _exact(ranges: Sequence[Range], kept: Truth) -> Claim:
    """The ranges hold the arbitrary number iff it is to be kept, and are canonical."""
    held = in_any(N, ranges)
    return Claim(both(either(negate(held), kept), either(held, negate(kept)), canonical(ranges)))


def _asked(number: Word) -> Truth:
    return both(S <= number, number <= E)


def _inside_hull(ranges: Sequence[Range], start: Word, end: Word) -> Truth:
    return both(*(both(start <= each.start, each.end <= end) for each in ranges))


def _remove(xen: Xen) -> Iterator[Obligation]:
    base = (_ASKED, _UNDER_TOP)
    yield obligation(
        "one", "Removal inside or above one range leaves its other numbers, within it, in canonical ranges.",
        (*base, _list(BELOW), _BELOW),
        lambda: rangeset.left_of_one(BELOW, S, E),
        lambda left: Claim(both(_exact(left, both(holds_number(N, BELOW), negate(_asked(N)))).then,
                                _inside_hull(left, BELOW.start, BELOW.end))),
    )  # fmt: skip
    yield obligation(
        "several", "Removal over several ranges leaves the other numbers of the first and the last, within them.",
        (*base, _list(BELOW, LAST), _BELOW, _LAST),
        lambda: rangeset.left_of_several(xen, BELOW, LAST, S, E),
        lambda left: Claim(both(_exact(left, both(in_any(N, (BELOW, LAST)), negate(_asked(N)))).then,
                                _inside_hull(left, BELOW.start, LAST.end))),
    )  # fmt: skip
    yield obligation(
        "none-below", "The same where no range starts at or below the first number.",
        (*base, _list(LAST), _LAST),
        lambda: rangeset.left_of_several(xen, None, LAST, S, E),
        lambda left: Claim(both(_exact(left, both(holds_number(N, LAST), negate(_asked(N)))).then,
                                _inside_hull(left, LAST.start, LAST.end))),
    )  # fmt: skip
    yield obligation(
        "between", "Whatever lies between the two is dropped, and was to be removed.",
        (*base, _list(OTHER, LAST), Assumed("`other` is between.", S < OTHER.start), _LAST),
        lambda: None, lambda _: Claim(_asked(N), holds_number(N, OTHER)),
    )  # fmt: skip
    yield obligation(
        "before", "Whatever comes before is kept, and was not to be removed.",
        (*base, _list(OTHER, BELOW), _BELOW),
        lambda: None, lambda _: Claim(negate(_asked(N)), holds_number(N, OTHER)),
    )  # fmt: skip
    yield obligation(
        "after", "Whatever starts above is kept, and was not to be removed.",
        (*base, _list(OTHER), Assumed("`other` is above.", OTHER.start > E)),
        lambda: None, lambda _: Claim(negate(_asked(N)), holds_number(N, OTHER)),
    )  # fmt: skip


def _added(below: Range | None, last: Range | None, ranges_below: tuple[Range, ...]) -> tuple[Range, ...]:
    """What add makes of the ranges at its place, as its code composes it."""
    if below is None or rangeset.apart(below, S):
        return (*ranges_below, rangeset.merge(None, last, S, E))
    return (rangeset.merge(below, below if last is None else last, S, E),)


def _adding_case(
    name: str, assumed: tuple[Assumed, ...], there: tuple[Range, ...], run: Callable[[], tuple[Range, ...]]
) -> Obligation:
    return obligation(
        name, "What is there and what is added, and nothing else, is there afterwards, in canonical ranges.", assumed,
        lambda: _then_following(run()),
        lambda made: _exact(made, either(in_any(N, (*there, FOLLOWING)), _asked(N))),
    )  # fmt: skip


def _then_following(made: tuple[Range, ...]) -> tuple[Range, ...]:
    *before, merged = made
    if rangeset.meets(merged, FOLLOWING):
        return (*before, Range(merged.start, FOLLOWING.end))
    return (*made, FOLLOWING)


def _add(_xen: Xen) -> Iterator[Obligation]:
    above = Assumed("`following` is the first range that starts above the last number.", FOLLOWING.start > E)
    cases: dict[str, tuple[tuple[Assumed, ...], tuple[Range, ...], Callable[[], tuple[Range, ...]]]] = {
        "alone": ((), (), lambda: _added(None, None, ())),
        "one": ((_list(BELOW, FOLLOWING), _BELOW), (BELOW,), lambda: _added(BELOW, None, (BELOW,))),
        "several": (
            (_list(BELOW, LAST, FOLLOWING), _BELOW, _LAST),
            (BELOW, LAST),
            lambda: _added(BELOW, LAST, (BELOW,)),
        ),
        "none-below": ((_list(LAST, FOLLOWING), _LAST), (LAST,), lambda: _added(None, LAST, ())),
    }
    for name, (given, there, run) in cases.items():
        yield _adding_case(name, (_ASKED, *(given or (_list(FOLLOWING),)), above), there, run)
    yield obligation(
        "between", "Whatever lies between is swallowed, and lies in what is added.",
        (_ASKED, _list(OTHER, LAST), Assumed("`other` is between.", S < OTHER.start), _LAST),
        lambda: rangeset.swallows(rangeset.merge(None, LAST, S, E), OTHER),
        lambda swallowed: Claim(both(swallowed, either(negate(holds_number(N, OTHER)), _asked(N)))),
    )  # fmt: skip
    yield obligation(
        "last", "The last range is swallowed too, unless it is the merged one.",
        (_ASKED, _list(LAST), _LAST),
        lambda: rangeset.swallows(rangeset.merge(None, LAST, S, E), LAST), Claim,
    )  # fmt: skip
    yield obligation(
        "following", "The first range above is not swallowed.",
        (_ASKED, _list(LAST, FOLLOWING), _LAST, above),
        lambda: rangeset.swallows(rangeset.merge(None, LAST, S, E), FOLLOWING), lambda swallowed: Claim(negate(swallowed)),
    )  # fmt: skip
    yield obligation(
        "before", "What comes before stays apart from what is made.",
        (_ASKED, _list(OTHER, BELOW), _BELOW),
        lambda: _added(BELOW, None, (BELOW,)), lambda made: Claim(precedes(OTHER, made[0])),
    )  # fmt: skip


def _report(_xen: Xen) -> Iterator[Obligation]:
    yield obligation(
        "inside", "Of a range it says the numbers asked for.",
        (_ASKED, _list(OTHER), Assumed("`other` is not beyond.", OTHER.start <= E)),
        lambda: rangeset.inside(OTHER, S, E),
        lambda made: _exact(made, both(holds_number(N, OTHER), _asked(N))),
    )  # fmt: skip
    yield obligation(
        "ends", "Where it ends, neither that range nor a later one has a number asked for.",
        (_ASKED, _list(OTHER, FOLLOWING)),
        lambda: rangeset.beyond(OTHER, E),
        lambda ended: Claim(negate(either(_both(N, OTHER), _both(N, FOLLOWING))), ended),
    )  # fmt: skip
    yield obligation(
        "order", "What it says of a later range lies above, apart.",
        (_ASKED, _list(OTHER, FOLLOWING), Assumed("Neither is beyond.", FOLLOWING.start <= E)),
        lambda: (rangeset.inside(OTHER, S, E), rangeset.inside(FOLLOWING, S, E)),
        lambda made: Claim(canonical((*made[0], *made[1]))),
    )  # fmt: skip


def _both(number: Word, each: Range) -> Truth:
    return both(holds_number(number, each), _asked(number))


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
        (_list(OTHER, FOLLOWING),),
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


def _theorem(
    name: str,
    statement: str,
    made: Callable[[Xen], Iterator[Obligation]],
    assumptions: tuple[Assumption, ...],
    uses: tuple[str, ...] = ("rangeset/find",),
) -> Theorem:
    return Theorem(
        f"rangeset/{name}", statement, _WHY, _CITES, lambda xen: tuple(made(xen)), lambda _: True, assumptions, uses,
        unbounded="ranges of the set",
    )  # fmt: skip


THEOREMS = (
    _theorem("find", "Halving the list finds the last range that starts at or below a number.", _find, (), ()),
    _theorem("add", "Adding makes a canonical list of what was there and what is added.", _add, (ORDERED,)),
    _theorem("remove", "Removing leaves exactly the other numbers, in a canonical list.", _remove, (ORDERED, BELOW_TOP)),
    _theorem("report", "A report says exactly the members asked for, ascending and apart.", _report, (ORDERED,), ()),
    _theorem("one-range", "Members without a gap lie in one range, and sorted neighbours that do not meet are all disjoint.",
             _one_range, (), ()),
)  # fmt: skip
