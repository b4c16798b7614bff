"""What is the same of the three producers of the hypervisor: theorems from loops and from ways to a region.

A producer runs loops over lists of its input (`verifier.xen.loops`), each pass one change of a set of
numbers; it then makes at most one region of each range that is left. Watched is an arbitrary byte `x`
of an arbitrary entry of one list. Induction over the passes, of all loops in turn:

* a pass for the watched entry takes the number of `x` away (obligation `pass`),
* no later pass brings it back: a removal never does (rangeset/remove), and after that loop there is no other
  (obligation `later-...` where a later loop adds),
* every change is asked for a range in order, so that the theorems about rangesets apply
  (theorem preconditions-if-sensible, an obligation for an arbitrary pass of each loop).

So `x` is in no range that is left (rangeset/report), and in no region (theorem inside-holes). How many
entries there are, in which list and in which order, plays no part. `complete` is the
same with an arbitrary number that no pass takes away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from verifier.logic.bits import both, negate
from verifier.logic.word import Truth, Word, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems import violation
from verifier.theorems.producer import Pass, Producer
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.violation import Violation
from verifier.theorems.vocabulary.assumptions import LAST, SENSIBLE, SHARED_CHECKED
from verifier.theorems.vocabulary.passes import X, from_set, has_set, number_of, touches
from verifier.xen.ext_regions import numbers_to
from verifier.xen.outcome import Outcome, Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

More = Callable[[Xen], Sequence[Obligation]]
Breaks = Callable[[Setting, Outcome], Violation | None]
TAKEN = ("rangeset/add", "rangeset/remove", "rangeset/canonical", "rangeset/report")
"""What a theorem that something is taken away rests on."""
KEPT = ("rangeset/add", "rangeset/keep", "rangeset/canonical", "rangeset/report", "rangeset/one-range")
"""What a theorem that something is left rests on."""

GUESTS_ONLY = (
    ("avoids-shared-memory", "shared memory", "shared"),
    ("avoids-xen-reg", "xen,reg", "xen_reg"),
)
"""Of the producers for the host layout: property, list, and field of what no domain had before there were such guests."""


_OF_BYTES = frozenset(rule.PROPERTIES) - {
    "aligned",
    "minimum-size",
    "within-ipa",
    "preconditions",
    "registers-fit",
    "cap",
}
"""Properties that speak of the bytes of a region: they take for granted that its end does not wrap."""


def theorem(
    producer: Producer,
    name: str,
    obligations: Callable[[Xen], Sequence[Obligation] | None],
    breaks: Breaks,
    *,
    assumptions: tuple[Assumption, ...] = (),
    uses: tuple[str, ...] = (),
    suffix: str = "",
    applies: Callable[[Xen], bool] | None = None,
) -> Theorem:
    """A property of the catalogue, said of one producer; `suffix` names the assumption that makes it weaker.

    What it `uses` it rests on where the release makes regions of a set.
    """
    said = rule.PROPERTIES[name]
    more = f", if {' and '.join(each.id for each in assumptions)}" if suffix else ""
    ends = (f"{producer.name}/within-ipa",) if name in _OF_BYTES else ()
    return Theorem(
        f"{producer.name}/{name}{suffix}", f"Every region of {producer.title} {said.statement}{more}.", said.why,
        (*said.cites, *producer.cites), obligations,
        applies or producer.applies, (*producer.assumptions, *assumptions),
        lambda xen: (*(("rangeset/report-bounds", *uses) if has_set(producer, xen) else ()), *ends),
        unbounded=producer.lists,
        violation=lambda xen, setting: breaks(setting, producer.outcome(xen, setting)),
        examples=producer.examples,
    )  # fmt: skip


def of_each_region(
    producer: Producer, xen: Xen, says: str, claim: Callable[[Span], Truth], *more: Assumed
) -> tuple[Obligation, ...]:
    """One obligation for each way to a region."""
    return tuple(
        obligation(
            way.name, says, (*way.assumed, *more), way.make,
            lambda made: Claim(False, False) if made is None else Claim(claim(made)),
        )
        for way in producer.ways(xen)
    )  # fmt: skip


def shape(producer: Producer) -> Iterator[Theorem]:
    """Of a region by itself."""
    yield theorem(
        producer, "aligned",
        lambda xen: of_each_region(producer, xen, "Both ends are multiples of 2 MiB.",
                                   lambda region: rule.aligned(region.start, region.size)),
        lambda _, outcome: violation.misaligned(violation.regions(outcome)),
    )  # fmt: skip
    yield theorem(
        producer, "minimum-size",
        lambda xen: of_each_region(producer, xen, "The size is 64 MiB or more.",
                                   lambda region: rule.minimum_size(region.size)),
        lambda _, outcome: violation.small(violation.regions(outcome)),
    )  # fmt: skip
    yield theorem(
        producer, "within-ipa",
        lambda xen: of_each_region(producer, xen, "It ends in the address space, without wrapping.",
                                   lambda region: rule.within(region.start, region.size, LAST)),
        lambda setting, outcome: violation.beyond(violation.regions(outcome), setting.ipa_bits),
    )  # fmt: skip


def set_theorems(
    producer: Producer, given: tuple[Assumption, ...] = (SENSIBLE,), more: More = lambda _: ()
) -> Iterator[Theorem]:
    """What the others rest on: regions lie in their holes, and passes ask for ranges in order."""
    has = partial(has_set, producer)
    yield theorem(
        producer, "inside-holes", lambda xen: inside_holes(producer, xen), lambda *_: None,
        applies=has,
    )  # fmt: skip
    yield theorem(
        producer, "sorted", lambda xen: (*more(xen), *(ascending(xen) if has(xen) else ())),
        lambda _, outcome: violation.unsorted(violation.regions(outcome)),
        assumptions=given,
        uses=("rangeset/add", "rangeset/canonical", "rangeset/report", f"{producer.name}/preconditions-if-sensible"),
    )  # fmt: skip
    yield theorem(
        producer, "preconditions", lambda xen: in_order(producer, xen, sensible_only=False),
        lambda _, outcome: violation.stopped(outcome) or violation.unsorted(violation.regions(outcome)),
        assumptions=(SHARED_CHECKED,), applies=has,
    )  # fmt: skip
    yield theorem(
        producer, "preconditions", lambda xen: in_order(producer, xen, sensible_only=True),
        lambda _, outcome: violation.stopped(outcome),
        assumptions=given, suffix="-if-sensible", applies=has,
        uses=("rangeset/add", "rangeset/canonical", "rangeset/report"),
    )  # fmt: skip


def inside_holes(producer: Producer, xen: Xen) -> tuple[Obligation, ...]:
    """Every byte of a region has its number in the piece."""
    number = number_of(xen, X)
    return tuple(
        obligation(
            way.name, "The number of each of its bytes lies in the range that it is made of.", way.assumed, way.make,
            partial(_in_piece, number, way.piece),
        )
        for way in producer.ways(xen) if way.piece is not None
    )  # fmt: skip


def _in_piece(number: Word, piece: Range, made: Span | None) -> Claim:
    if made is None:
        return Claim(False, False)
    return Claim(touches(number, piece), rule.has(made.start, made.size, X))


def ascending(xen: Xen) -> tuple[Obligation, ...]:
    """The regions of two ranges of which the second is later, as a report gives them."""
    first, later = from_set(xen), from_set(xen, "later")
    assert first.piece is not None
    assert later.piece is not None
    apart = both(
        first.piece.end < later.piece.start, negate(uint64.subtract(later.piece.start, first.piece.end) <= 1)
    )
    gap = Assumed("By rangeset/report they ascend, and a number lies between them.", apart)
    return (
        obligation(
            "two-pieces", "The region of the later piece starts above the end of the other.",
            (*first.assumed, *later.assumed, gap), lambda: (first.make(), later.make()),
            lambda made: Claim(False, False) if made[0] is None or made[1] is None
            else Claim(rule.above(made[1].start, made[0].start, made[0].size)),
        ),
    )  # fmt: skip


def in_order(producer: Producer, xen: Xen, *, sensible_only: bool) -> tuple[Obligation, ...]:
    """An arbitrary pass of each loop is asked for a range in order, and not for the last number of all."""
    kept = producer.passes(xen)
    if not sensible_only:
        kept = [replace(each, assumed=tuple(_checked(each))) for each in kept]
    return tuple(
        each.claims(
            each.name, "A pass is asked for a range whose start is not above its end, and which ends below the last number.",
            lambda touched: both(touched.start <= touched.end, touched.end < uint64.top),
        )
        for each in kept
    )  # fmt: skip


def _checked(each: Pass) -> Iterator[Assumed]:
    """What Xen itself checks of an entry: static shared memory, and nothing else, is sensible."""
    for given in each.assumed:
        if given.what is not SENSIBLE:
            yield given
        elif each.over == "shared memory":
            yield Assumed(SHARED_CHECKED, given.truth)


def in_guests(producer: Producer) -> Callable[[Xen], bool]:
    """Whether the producer serves dom0less guests in a release: xen,reg is theirs, static shared memory came with them."""
    return lambda xen: producer.applies(xen) and xen.behaviours["domu-regions"].name != "none"


def avoids(
    producer: Producer, name: str, over: str, breaks: Breaks,
    *, assumptions: tuple[Assumption, ...] = (SENSIBLE,), applies: Callable[[Xen], bool] | None = None,
) -> Theorem:  # fmt: skip
    """That no region has a byte of any entry of the list `over`."""
    return theorem(
        producer, name, lambda xen: taken_away(producer, xen, over), breaks,
        assumptions=assumptions, applies=applies,
        uses=(*TAKEN, f"{producer.name}/inside-holes", f"{producer.name}/preconditions-if-sensible"),
    )  # fmt: skip


def taken_away(producer: Producer, xen: Xen, over: str) -> tuple[Obligation, ...] | None:
    """The number of a byte of an entry of `over` is taken away and does not come back; None if no loop does."""
    passes = producer.passes(xen)
    index = next((n for n, each in enumerate(passes) if each.over == over), None)
    if index is None:
        return None
    number, found = number_of(xen, X), passes[index]
    assert not isinstance(found.entry, Range)
    watched = Assumed("`x` is a byte of the entry.", rule.has(found.entry.start, found.entry.size, X))
    about = partial(touches, number)
    obligations = [
        found.claims(
            "pass", "The pass for an entry is about the number of each of its bytes.", about, watched
        )
    ]
    if found.adds:  # the set of xen,reg, which a later loop takes away
        index = next(n for n, each in enumerate(passes) if each.over == f"assigned {over}")
        obligations.append(_assigned(xen, passes[index], number))
    obligations += [
        each.claims(
            f"later-{each.name}", "No later pass adds it.", lambda touched: negate(touches(number, touched))
        )
        for each in passes[index + 1 :]
        if each.adds
    ]
    return tuple(obligations)


def _assigned(xen: Xen, found: Pass, number: Word) -> Obligation:
    assert isinstance(found.entry, Range)
    space = Assumed(
        "The number lies in the address space: no other is reported.", number <= numbers_to(xen, LAST).end
    )
    lemma = Assumed("By rangeset/add some range of the set holds the number.", touches(number, found.entry))
    says = "The pass for the range of the set that holds it is about it."
    return found.claims("assigned", says, partial(touches, number), space, lemma)


def overlaps(what: str, field: str) -> Breaks:
    """Finds a region that shares an address with an entry of a list of the input."""

    def breaks(setting: Setting, outcome: Outcome) -> Violation | None:
        taken = getattr(setting, field)
        pairs = taken if field != "grant" else (taken,)
        return violation.overlapping(violation.regions(outcome), what, violation.stretches(pairs))

    return breaks
