"""`complete`: free space is advertised, of every producer of the hypervisor, and that every register holds its value."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from verifier.logic.bits import both, implies, negate, word
from verifier.logic.word import Truth
from verifier.rules import extended_regions as rule
from verifier.theorems import violation
from verifier.theorems.producer import Producer
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, Theorem, obligation
from verifier.theorems.vocabulary.assumptions import CHUNK, CHUNK_FITS, CHUNK_LAST, IN_SPACE, SENSIBLE
from verifier.theorems.vocabulary.hypervisor import KEPT, Breaks, More, theorem
from verifier.theorems.vocabulary.passes import X, has_set, number_of, touches
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen


def complete(
    producer: Producer,
    breaks: Breaks,
    *,
    assumptions: tuple[Assumption, ...] = (SENSIBLE,),
    more: More = lambda _: (),
) -> Theorem:
    """That 64 MiB which begin at a multiple of 2 MiB and which nothing is about lie in one region.

    `more` are obligations that free space is added in the first place.
    """
    return theorem(
        producer, "complete", lambda xen: (*more(xen), *left_alone(producer, xen)), breaks,
        assumptions=assumptions,
        uses=(*KEPT, f"{producer.name}/preconditions-if-sensible"),
    )  # fmt: skip


def left_alone(producer: Producer, xen: Xen) -> tuple[Obligation, ...]:
    """No removal is about a number of a free chunk; a range that holds all of its numbers makes a region with it."""
    free = Assumed("`chunk` begins 64 MiB that lie in the address space, at a multiple of 2 MiB.", CHUNK_FITS)
    inside = Assumed("`x` is a byte of the chunk.", rule.has(CHUNK, rule.LEAST, X))
    number = number_of(xen, X)
    found = [
        each.claims(
            each.name, "A pass for an entry that shares no byte with the chunk is not about its numbers.",
            lambda touched: negate(touches(number, touched)), IN_SPACE, free, inside,
            Assumed("The entry shares no byte with the chunk.", _apart(xen, each.entry)),
        )
        for each in producer.passes(xen) if not each.adds
    ]  # fmt: skip
    found += [
        each.claims(each.name, "The address space has every number of the chunk.", partial(touches, number), free, inside)
        for each in producer.passes(xen) if each.over == "address space"
    ]  # fmt: skip
    for way in producer.ways(xen):
        if way.piece is None:
            continue
        ends = both(touches(number_of(xen, CHUNK), way.piece), touches(number_of(xen, CHUNK_LAST), way.piece))
        lemma = Assumed("By rangeset/one-range the piece holds all numbers of the chunk.", ends)
        found.append(obligation(
            way.name, "The region of the piece has every byte of the chunk.", (*way.assumed, free, inside, lemma), way.make,
            lambda made: Claim(False) if made is None else Claim(rule.has(made.start, made.size, X)),
        ))  # fmt: skip
    return tuple(found)


def _apart(xen: Xen, entry: Span | Described | Range) -> Truth:
    if not isinstance(entry, Range):
        return rule.apart(entry.start, entry.size, CHUNK, rule.LEAST)
    first, last = number_of(xen, CHUNK), number_of(xen, CHUNK_LAST)
    return implies(entry.start <= last, entry.end < first)


MOST = 256
"""How many regions there can be (NR_MEM_BANKS), but for 4.16.0."""
FEW = Assumption(
    "few-entries",
    f"the lists have fewer than {MOST} entries together: as many regions as there can be, but for 4.16.0",
    "the board and the configuration of the domain",
    lambda setting: sum(map(len, (setting.reg, setting.ranges, setting.ram, setting.domain, setting.reserved,
                                  setting.shared, setting.xen_reg, setting.windows, (setting.grant,)))) < MOST,
)  # fmt: skip


def capped(
    producer: Producer,
    given: tuple[Assumption, ...] = (SENSIBLE,),
    most: Callable[[Xen], int | None] = lambda _: None,
    *limits: Assumption,
) -> Iterator[Theorem]:
    """That the cap drops nothing: not so in general, but where the lists are short.

    `most` is how many entries all lists can have in a release, None for any number; `limits` say so.
    """
    has, many = partial(has_set, producer), takes_most(producer)
    yield theorem(
        producer, "cap", lambda xen: _at_most(xen, most(xen), limits), lambda _, made: violation.dropped(made),
        assumptions=(*given, *limits), uses=(*GROWTH, f"{producer.name}/preconditions-if-sensible"), applies=has,
    )  # fmt: skip
    yield theorem(
        producer, "cap", _few, lambda _, made: violation.dropped(made), assumptions=(*given, FEW), suffix="-if-few",
        uses=(*GROWTH, f"{producer.name}/preconditions-if-sensible"), applies=many,
    )  # fmt: skip


def takes_most(producer: Producer) -> Callable[[Xen], bool]:
    """Whether a release makes its regions of a set, and takes as many as `MOST`."""
    return lambda xen: has_set(producer, xen) and xen.value("region-cap") >= MOST


GROWTH = (
    "rangeset/growth",
    "rangeset/adding-growth",
    "rangeset/add",
    "rangeset/canonical",
    "rangeset/report",
)


def _at_most(xen: Xen, most: int | None, limits: Sequence[Assumption]) -> tuple[Obligation, ...] | None:
    return None if most is None else _count(xen, Assumed(limits[0], word("passes") <= most))


def _few(xen: Xen) -> tuple[Obligation, ...]:
    return _count(xen, Assumed(FEW, word("passes") < MOST))


def _count(xen: Xen, given: Assumed) -> tuple[Obligation, ...]:
    """By rangeset/growth there are as many pieces as passes at most; each makes one region at most."""
    passes, pieces = word("passes"), word("pieces")
    cap = xen.value("region-cap")
    grown = Assumed("By rangeset/growth every pass makes one range more at most.", pieces <= passes)
    says = "There are not more pieces than there can be regions."
    return (obligation("count", says, (given, grown), lambda: None, lambda _: Claim(pieces <= cap)),)


def fitting(producer: Producer, xen: Xen) -> tuple[Obligation, ...]:
    """A start and a size written into any number of cells, 1 or 2 each, are read as they were."""
    return tuple(
        obligation(
            f"{way.name}-cells-{cells[0]}-{cells[1]}", "What is read of the cells is what was written.",
            way.assumed, way.make,
            partial(_fits, cells),
        )
        for way in producer.ways(xen) for cells in producer.cells
    )  # fmt: skip


def _fits(cells: tuple[int, int], made: Span | None) -> Claim:
    return Claim(False, False) if made is None else Claim(rule.fits(made.start, made.size, cells))
