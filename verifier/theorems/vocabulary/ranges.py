"""Arbitrary ranges of an arbitrary rangeset, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate, word
from verifier.logic.word import Truth, Word, uint64
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem
from verifier.theorems.violation import Violation
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

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


def same(ranges: Sequence[Range], kept: Truth) -> Claim:
    """The ranges hold the arbitrary number iff it is to be kept."""
    held = in_any(N, ranges)
    return Claim(both(either(negate(held), kept), either(held, negate(kept))))


def exact(ranges: Sequence[Range], kept: Truth) -> Claim:
    """The same, and the ranges are canonical."""
    return Claim(both(same(ranges, kept).then, canonical(ranges)))


def asked(number: Word) -> Truth:
    """Whether a number is one that the change, or the report, is about."""
    return both(S <= number, number <= E)


ORDERED = Assumption(
    "start-not-above-end",
    "a change or a report is asked for a range whose start is not above its end",
    "xen/common/rangeset.c ASSERT(s <= e), in debug builds only; theorem preconditions of each producer",
    lambda setting: all(
        size > 0 for _, size in (*setting.ram, *setting.reserved, *setting.shared, *setting.domain)
    ),
)
BELOW_TOP = Assumption(
    "below-top",
    "what is removed ends below the last number of all",
    "page frames have 52 bits; of bytes assumption sensible-entries says it",
    lambda setting: all(start + size <= uint64.top for start, size in setting.reserved),
)
CANONICAL = Assumption(
    "canonical-list",
    "every range of the set ends at least two below the start of the next",
    "theorems rangeset/add and rangeset/canonical: no change leaves anything else",
    lambda setting: all(sum(first) < second[0] for first, second in pairwise(setting.ram)),
)
_CITES = (
    Cite(
        "xen/common/rangeset.c",
        "find_range, rangeset_add_range, rangeset_remove_range, rangeset_report_ranges",
    ),
)
_WHY = "Every producer of the hypervisor keeps the free numbers in a rangeset: what goes wrong there is offered to a guest."


def in_order(*ranges: Range) -> Assumed:
    """That the ranges are part of a canonical list, one after the other."""
    return Assumed("The list is canonical.", canonical(ranges))


ASKED = Assumed(ORDERED, S <= E)
UNDER_TOP = Assumed(BELOW_TOP, E < uint64.top)
AT_OR_BELOW = Assumed("`below` starts at or below the first number.", BELOW.start <= S)
BETWEEN = Assumed("`last` starts between the two numbers.", both(S < LAST.start, LAST.start <= E))


def rangeset_theorem(
    name: str,
    statement: str,
    made: Callable[[Xen], Iterator[Obligation]],
    assumptions: tuple[Assumption, ...],
    uses: tuple[str, ...] = ("rangeset/find",),
    violation: Callable[[Xen, Setting], Violation | None] | None = None,
    examples: tuple[Setting, ...] = (),
) -> Theorem:
    """A theorem about rangesets, which every release has."""
    return Theorem(
        f"rangeset/{name}", statement, _WHY, _CITES, lambda xen: tuple(made(xen)),
        lambda _: True, assumptions, lambda _: uses,
        unbounded="ranges of the set", violation=violation, examples=examples,
    )  # fmt: skip
