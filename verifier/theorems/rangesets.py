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
from functools import partial

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate
from verifier.logic.word import Truth, Word, uint64
from verifier.theorems.ranges import (
    BELOW,
    FOLLOWING,
    LAST,
    OTHER,
    E,
    N,
    S,
    asked,
    canonical,
    exact,
    holds_number,
    in_any,
    precedes,
    same,
)
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation
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


def _list(*ranges: Range) -> Assumed:
    return Assumed("The list is canonical.", canonical(ranges))


_ASKED = Assumed(ORDERED, S <= E)
_UNDER_TOP = Assumed(BELOW_TOP, E < uint64.top)
_BELOW = Assumed("`below` starts at or below the first number.", BELOW.start <= S)
_NONE = Assumed("No range starts between the two numbers; `other` is any range above.", OTHER.start > E)
_LAST = Assumed("`last` starts between the two numbers.", both(S < LAST.start, LAST.start <= E))


def _inside_hull(start: Word, end: Word, ranges: Sequence[Range]) -> Claim:
    return Claim(both(canonical(ranges), *(both(start <= each.start, each.end <= end) for each in ranges)))


def _others(there: Sequence[Range], left: Sequence[Range]) -> Claim:
    return same(left, both(in_any(N, there), negate(asked(N))))


def _taken_from(
    xen: Xen,
) -> Iterator[tuple[str, tuple[Assumed, ...], Callable[[], tuple[Range, ...]], tuple[Range, ...]]]:
    """The cases of a removal: name, what is assumed, what is left, and of what."""
    yield "one", (_list(BELOW), _BELOW), lambda: rangeset.left_of_one(BELOW, S, E), (BELOW,)
    several = lambda: rangeset.left_of_several(xen, BELOW, LAST, S, E)  # noqa: E731
    yield "several", (_list(BELOW, LAST), _BELOW, _LAST), several, (BELOW, LAST)
    yield "none-below", (_list(LAST), _LAST), lambda: rangeset.left_of_several(xen, None, LAST, S, E), (LAST,)


def _stays_canonical(xen: Xen) -> Iterator[Obligation]:
    for name, given, run, there in _taken_from(xen):
        says = "What is left is canonical, and lies between where it began and where it ended."
        inside = partial(_inside_hull, there[0].start, there[-1].end)
        yield obligation(name, says, (_ASKED, _UNDER_TOP, *given), run, inside)


def _remove(xen: Xen) -> Iterator[Obligation]:
    base = (_ASKED, _UNDER_TOP)
    for name, given, run, there in _taken_from(xen):
        says = "What is left has every other number, and nothing else."
        yield obligation(name, says, (*base, *given), run, partial(_others, there))
    yield obligation(
        "between", "Whatever lies between the two is dropped, and was to be removed.",
        (*base, _list(OTHER, LAST), Assumed("`other` is between.", S < OTHER.start), _LAST),
        lambda: None, lambda _: Claim(asked(N), holds_number(N, OTHER)),
    )  # fmt: skip
    yield obligation(
        "before", "Whatever comes before is kept, and was not to be removed.",
        (*base, _list(OTHER, BELOW), _BELOW),
        lambda: None, lambda _: Claim(negate(asked(N)), holds_number(N, OTHER)),
    )  # fmt: skip
    yield obligation(
        "after", "Whatever starts above is kept, and was not to be removed.",
        (*base, _list(OTHER), Assumed("`other` is above.", OTHER.start > E)),
        lambda: None, lambda _: Claim(negate(asked(N)), holds_number(N, OTHER)),
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
        lambda made: exact(made, either(in_any(N, (*there, FOLLOWING)), asked(N))),
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
        lambda swallowed: Claim(both(swallowed, either(negate(holds_number(N, OTHER)), asked(N)))),
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
        lambda made: exact(made, both(holds_number(N, OTHER), asked(N))),
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


def _growth(xen: Xen) -> Iterator[Obligation]:
    says = "There is at most one range more than before."
    yield obligation(
        "remove-one", says, (), lambda: rangeset.left_of_one(BELOW, S, E), lambda left: Claim(len(left) <= 2)
    )
    yield obligation(
        "remove-several",
        says,
        (),
        lambda: rangeset.left_of_several(xen, BELOW, LAST, S, E),
        lambda left: Claim(len(left) <= 3),
    )
    yield obligation(
        "remove-none-below",
        says,
        (),
        lambda: rangeset.left_of_several(xen, None, LAST, S, E),
        lambda left: Claim(len(left) <= 2),
    )
    yield obligation(
        "add-alone",
        says,
        (),
        lambda: _then_following(_added(None, None, ())),
        lambda made: Claim(len(made) <= 2),
    )
    yield obligation(
        "add-one",
        says,
        (),
        lambda: _then_following(_added(BELOW, None, (BELOW,))),
        lambda made: Claim(len(made) <= 3),
    )


def _wrongly_removed(xen: Xen, setting: Setting) -> Violation | None:
    """`ram` is the set, in numbers, `reserved` what is removed in turn; compared at the edges, number by number."""
    held = rangeset.Rangeset(tuple(Range(start, start + size - 1) for start, size in setting.ram))
    for start, size in setting.reserved:
        held = rangeset.remove(xen, held, start, start + size - 1)
    edges = {edge for start, size in (*setting.ram, *setting.reserved) for edge in (start, start + size)}
    for number in sorted(edge + step for edge in edges for step in (-1, 0, 1) if edge + step >= 0):
        wanted = _in(number, setting.ram) and not _in(number, setting.reserved)
        if wanted != any(each.start <= number <= each.end for each in _known(held)):
            was = "lost" if wanted else "in the set, and must not be"
            return Violation(
                f"after the removal of {_said(setting.reserved)} from {_said(setting.ram)} {number:#x} is {was}",
                address=number,
            )
    return None


def _in(number: int, pairs: Sequence[Pair]) -> bool:
    return any(start <= number < start + size for start, size in pairs)


def _known(held: rangeset.Rangeset) -> Iterator[Range]:
    for each in held.ranges:
        assert isinstance(each.start, int)
        assert isinstance(each.end, int)
        yield each


def _said(pairs: Sequence[Pair]) -> str:
    return " and ".join(f"[{start:#x}, {start + size:#x})" for start, size in pairs)


def _theorem(
    name: str,
    statement: str,
    made: Callable[[Xen], Iterator[Obligation]],
    assumptions: tuple[Assumption, ...],
    uses: tuple[str, ...] = ("rangeset/find",),
) -> Theorem:
    return Theorem(
        f"rangeset/{name}", statement, _WHY, _CITES, lambda xen: tuple(made(xen)),
        lambda _: True, assumptions, lambda _: uses,
        unbounded="ranges of the set", violation=_wrongly_removed if name == "remove" else None,
    )  # fmt: skip


THEOREMS = (
    _theorem("find", "Halving the list finds the last range that starts at or below a number.", _find, (), ()),
    _theorem("add", "Adding makes a canonical list of what was there and what is added.", _add, (ORDERED,)),
    _theorem("remove", "Removing leaves exactly the other numbers.", _remove, (ORDERED, BELOW_TOP),
             ("rangeset/find", "rangeset/canonical")),
    _theorem("canonical", "Removing leaves a canonical list, inside what was there.",
             _stays_canonical, (ORDERED, BELOW_TOP)),
    _theorem("growth", "A change makes at most one range more.", _growth, (), ()),
    _theorem("report", "A report says exactly the members asked for, ascending and apart.", _report, (ORDERED,), ()),
    _theorem("one-range", "Members without a gap lie in one range, and sorted neighbours that do not meet are all disjoint.",
             _one_range, (), ()),
)  # fmt: skip
