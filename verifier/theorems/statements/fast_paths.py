"""What fast code of the verifier itself rests on: a sweep over sorted regions, and sets of extents.

The code is run as it stands, on integers that are not known (`verifier.theorems.vocabulary.plain`). Lists of any length:

* `sweep`: a pair is told unless a region that is sorted between the two drops the first; `between` is any of those.
* `extents`: a hole is taken away from each extent by itself, and one extent is joined with the last one only.
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
from verifier.layout.stretches import in_order, sweep
from verifier.logic.bits import both, either, implies, negate, word
from verifier.logic.word import Truth, Word
from verifier.theorems.statement import Assumed, Claim, Obligation, Theorem, obligation
from verifier.theorems.vocabulary.plain import Plain, word_of
from verifier.xen import open_grant
from verifier.xen.release import Xen

X = word("x")
_ORIGIN = Origin("a theorem", 0)


def _extent(name: str) -> tuple[Word, Word, Extent]:
    start, end = word(f"{name}_start"), word(f"{name}_end")
    return start, end, Extent(number(start), number(end))


def number(unknown: Word) -> Any:
    """An integer that is not known, for code that is typed to take one."""
    return Plain(unknown)


def _has(start: Word, end: Word) -> Truth:
    return both(start <= X, X < end)


def _sweep() -> Iterator[Obligation]:
    one, between, later = (_region_of(name) for name in ("one", "between", "later"))
    held = Assumed(
        "`one` is not empty, and regions come by their starts; none ends before it starts.",
        both(
            one[0] < one[1],
            one[0] <= between[0],
            between[0] <= later[0],
            between[0] <= between[1],
            later[0] <= later[1],
        ),
    )
    yield obligation(
        "order", "Of two regions in order the second does not start below the first.", (),
        lambda: in_order([between[2], later[2]]),
        lambda found: Claim(word_of(found[0].start) <= word_of(found[1].start)),
    )  # fmt: skip
    yield obligation(
        "told", "A region tells an earlier one that was not dropped if and only if they share a byte.", (held,),
        lambda: sweep([one[2]], between[2])[1],
        lambda told: Claim(_same(bool(told), _shared(one, between))),
    )  # fmt: skip
    yield obligation(
        "dropped", "An earlier region that is dropped shares no byte with a later one.", (held,),
        lambda: one[2] in sweep([one[2]], between[2])[0],
        lambda kept: Claim(negate(_shared(one, later)), not kept),
    )  # fmt: skip
    yield obligation(
        "opened", "A region that has a byte, and only such a one, is looked at with those that follow.", (held,),
        lambda: sweep([], between[2])[0], lambda kept: Claim(_same(bool(kept), between[0] < between[1])),
    )  # fmt: skip


_Unknown = tuple[Word, Word, Region]


def _region_of(name: str) -> _Unknown:
    start, end = word(f"{name}_start"), word(f"{name}_end")
    return start, end, Region(name, number(start), number(end), "other", _ORIGIN, "", "")


def _shared(one: _Unknown, other: _Unknown) -> Truth:
    return both(*(start < end for start in (one[0], other[0]) for end in (one[1], other[1])))


def _same(told: bool, truth: Truth) -> Truth:
    return truth if told else negate(truth)


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


def _always(made: Callable[[], Iterator[Obligation]]) -> Callable[[Xen], tuple[Obligation, ...]]:
    return lambda _: tuple(made())


def _theorems() -> Iterator[Theorem]:
    own = Cite("verifier/layout/stretches.py", "overlapping: what pictures and maps call an overlap")
    places = Cite("verifier/xen/open_grant.py", "without: where a grant region that is not known can lie")
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


THEOREMS = tuple(_theorems())
