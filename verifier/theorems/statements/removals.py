"""Removal from a rangeset: what is left, on lists of any length (verifier.theorems.statements.rangesets says how)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from verifier.logic.bits import both, implies, negate
from verifier.logic.word import Truth
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, obligation
from verifier.theorems.violation import Violation
from verifier.theorems.vocabulary.ranges import (
    ASKED,
    AT_OR_BELOW,
    BELOW,
    BELOW_TOP,
    BETWEEN,
    CANONICAL,
    FOLLOWING,
    LAST,
    ORDERED,
    OTHER,
    UNDER_TOP,
    E,
    N,
    S,
    asked,
    canonical,
    holds_number,
    in_any,
    in_order,
    rangeset_theorem,
)
from verifier.theorems.vocabulary.set_model import REMOVED, lost
from verifier.xen import rangeset
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

Case = tuple[str, tuple[Assumed, ...], Callable[[], tuple[Range, ...]], tuple[Range, ...]]
"""Name, what is assumed, what is left, and of what."""


def _kept(there: Sequence[Range]) -> Truth:
    return both(in_any(N, there), negate(asked(N)))


def _nothing_else(there: Sequence[Range], left: Sequence[Range]) -> Claim:
    return Claim(implies(in_any(N, left), _kept(there)))


def _none_asked(_there: Sequence[Range], left: Sequence[Range]) -> Claim:
    return Claim(implies(asked(N), negate(in_any(N, left))))


def _all_others(there: Sequence[Range], left: Sequence[Range]) -> Claim:
    return Claim(implies(_kept(there), in_any(N, left)))


def _inside_hull(there: Sequence[Range], left: Sequence[Range]) -> Claim:
    start, end = there[0].start, there[-1].end
    return Claim(both(canonical(left), *(both(start <= each.start, each.end <= end) for each in left)))


def _one_more(there: Sequence[Range], left: Sequence[Range]) -> Claim:
    return Claim(len(left) <= len(there) + 1)


def _cases(xen: Xen) -> Iterator[Case]:
    """Of a removal: by where its two numbers lie."""
    yield "one", (in_order(BELOW), AT_OR_BELOW), lambda: rangeset.left_of_one(BELOW, S, E), (BELOW,)
    several = partial(rangeset.left_of_several, xen, BELOW, LAST, S, E)
    yield "several", (in_order(BELOW, LAST), AT_OR_BELOW, BETWEEN), several, (BELOW, LAST)
    none_below = partial(rangeset.left_of_several, xen, None, LAST, S, E)
    yield "none-below", (in_order(LAST), BETWEEN), none_below, (LAST,)


def _each(
    xen: Xen,
    says: str,
    claim: Callable[[Sequence[Range], Sequence[Range]], Claim],
    several: tuple[Assumed, ...] = (),
) -> Iterator[Obligation]:
    """`several` is assumed besides where both a range at or below the first number and a later one are met."""
    for name, given, run, there in _cases(xen):
        more = several if name == "several" else ()
        yield obligation(name, says, (ASKED, UNDER_TOP, *given, *more), run, partial(claim, there))


def _remove(xen: Xen, *several: Assumed) -> Iterator[Obligation]:
    yield from _each(xen, "What is left was there, and was not to be removed.", _nothing_else, several)
    yield obligation(
        "before", "Whatever comes before is kept, and was not to be removed.",
        (ASKED, in_order(OTHER, BELOW), AT_OR_BELOW),
        lambda: None, lambda _: Claim(negate(asked(N)), holds_number(N, OTHER)),
    )  # fmt: skip
    yield obligation(
        "after", "Whatever starts above is kept, and was not to be removed.",
        (ASKED, in_order(OTHER), Assumed("`other` is above.", OTHER.start > E)),
        lambda: None, lambda _: Claim(negate(asked(N)), holds_number(N, OTHER)),
    )  # fmt: skip


def _first_there(setting: Setting) -> bool:
    """`ram` is the set, in numbers, `reserved` what is removed in turn."""
    for done, (start, size) in enumerate(setting.reserved):
        gone = setting.reserved[:done]
        begins = (start, *(each for each, _ in setting.ram), *map(sum, gone))
        there = [each for each in begins if _in(each, setting.ram) and not _in(each, gone)]
        if start not in there and any(_in(each, ((start, size),)) for each in there):
            return False
    return True


FIRST_THERE = Assumption(
    "first-there",
    "of what is removed, the first number is in the set, or no number is",
    "theorem unallocated/first-there-if-apart",
    _first_there,
)


def _remove_if_first_there(xen: Xen) -> Iterator[Obligation]:
    """A number in the set is in `below` if it is the first to be removed: no later range starts at or below it.

    Where no number to be removed is there, case `one` is met or no case: obligation `none`.
    """
    yield from _remove(xen, Assumed(FIRST_THERE, holds_number(S, BELOW)))
    yield obligation(
        "none", "Where a range starts between the two numbers, one that was to be removed is there.",
        (ASKED, in_order(LAST), BETWEEN),
        lambda: None, lambda _: Claim(both(asked(LAST.start), holds_number(LAST.start, LAST))),
    )  # fmt: skip


def _take(xen: Xen) -> Iterator[Obligation]:
    yield from _each(xen, "What was to be removed is not left.", _none_asked)
    yield obligation(
        "elsewhere", "Whatever comes before or starts above has nothing of it.",
        (ASKED, in_order(OTHER, BELOW), AT_OR_BELOW, in_order(FOLLOWING),
         Assumed("`following` is above.", FOLLOWING.start > E)),
        lambda: None, lambda _: Claim(negate(asked(N)), in_any(N, (OTHER, FOLLOWING))),
    )  # fmt: skip


def _keep(xen: Xen) -> Iterator[Obligation]:
    yield from _each(xen, "What was there, and was not to be removed, is left.", _all_others)
    yield obligation(
        "between", "Whatever lies between the two is dropped, and was to be removed.",
        (ASKED, in_order(OTHER, LAST), Assumed("`other` is between.", S < OTHER.start), BETWEEN),
        lambda: None, lambda _: Claim(asked(N), holds_number(N, OTHER)),
    )  # fmt: skip


def _stay_canonical(xen: Xen) -> Iterator[Obligation]:
    yield from _each(
        xen, "What is left is canonical, and lies between where it began and where it ended.", _inside_hull
    )


def _growth(xen: Xen) -> Iterator[Obligation]:
    yield from _each(xen, "There is at most one range more than before.", _one_more)


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


_GIVEN = (ORDERED, BELOW_TOP, CANONICAL)
THEOREMS = (
    rangeset_theorem("remove", "What a removal leaves was there, and was not to be removed.", _remove, _GIVEN,
                     violation=_wrongly_removed, examples=REMOVED),
    rangeset_theorem("remove-if-first-there",
                     "What a removal leaves was there, and was not to be removed, if its first number is there or none is.",
                     _remove_if_first_there, (*_GIVEN, FIRST_THERE),
                     violation=_wrongly_removed, examples=tuple(filter(_first_there, REMOVED))),
    rangeset_theorem("take", "What was to be removed, a removal does not leave.", _take, _GIVEN, examples=REMOVED),
    rangeset_theorem("keep", "What was there, and was not to be removed, a removal leaves.", _keep, _GIVEN,
                     violation=lost, examples=REMOVED),
    rangeset_theorem("canonical", "Removing leaves a canonical list, inside what was there.", _stay_canonical, _GIVEN),
    rangeset_theorem("growth", "Removing makes at most one range more.", _growth, _GIVEN),
)  # fmt: skip
