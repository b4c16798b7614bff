"""A guest whose memory nobody tells: judged for every size that its toolstack takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from verifier.commands.guest_built import MAKERS, Run
from verifier.layout.board_finding import BoardFinding
from verifier.layout.consumer import Consumer
from verifier.layout.domain_map import SizeRegime
from verifier.layout.errors import InternalError
from verifier.layout.finding import Verdict
from verifier.layout.offer import Offer
from verifier.layout.units import size
from verifier.logic.runs import OneWord
from verifier.logic.word import uint64
from verifier.search.every_memory import Sizes, findings
from verifier.search.guest_lost import lost
from verifier.search.guest_shapes import conditions, same_windows, shapes, usable_by
from verifier.xen import guest_offer
from verifier.xen.outcome import Outcome, Span
from verifier.xen.subjects import windows


def judged(run: Run, width: int, gic: int, name: str) -> tuple[Offer, tuple[BoardFinding, ...]]:
    """The guest with its memory left open, and what is found. Raises InputError and InternalError."""
    sizes = sizes_of(run, width, gic, name)
    told = findings(sizes)
    is_built = any(each.property == "built" and each.verdict == Verdict.PROVED for each in told)
    return _open(sizes.make(sizes.word.low), tuple(_regimes(sizes)), is_built=is_built), told


def sizes_of(run: Run, width: int, gic: int, name: str) -> Sizes:
    """The guest for an unknown size of memory."""
    maker = MAKERS[run.toolstack]
    unit = maker.UNIT
    memory = OneWord("memory", 1, sum(each.size for each in windows(run.xen.tag)) // unit)
    in_bytes = uint64.shift_left(memory.word, unit.bit_length() - 1)

    @cache
    def make(units: int) -> Offer:
        config = replace(run.config, memory=units * unit, maxmem=units * unit)
        return run.offer(config, run.xen, width, gic, name)

    def made() -> tuple[tuple[Span, ...], Outcome]:
        banks = guest_offer.filling(run.xen.tag, in_bytes)
        return banks, maker.outcome(run.config, run.xen, width, banks)

    ends = (make(memory.low), make(memory.high))
    stops = (
        ends[0].domain.boots is False
    )  # with the least memory: so it is not the memory, and no kernel runs
    named = [
        each.consumer for each in ends[0].uses if each.named and each.consumer.bits == run.bits and not stops
    ]
    seen = {each: same_windows(each, ends) for each in named}
    found = shapes(made, memory, [(each, window) for each, window in seen.items() if window is not None])
    doubts = {
        "built": tuple(maker.doubts_of_any_memory(run.config, run.xen)),
        "consumer-usable": tuple(_depends(each) for each, window in seen.items() if window is None),
    }
    wrong = conditions(ends[0], run.xen, found)
    undecided = frozenset(usable_by(each.name) for each, window in seen.items() if window is None)
    return Sizes(make, memory, unit, found, wrong, lost(ends[0], memory, found), doubts, undecided)


def _depends(kernel: Consumer) -> str:
    return f"{kernel.name}: which addresses its linear map has depends on the memory: --memory tells it"


def _open(offer: Offer, regimes: tuple[SizeRegime, ...], *, is_built: bool) -> Offer:
    """The guest of which the memory is not known."""
    least, most = min(each.least for each in regimes), max(each.most for each in regimes)
    domain = replace(
        offer.domain,
        banks=None,
        extended_regions=None,
        registers=None,
        boots=is_built or None,
        reasons=(f"its memory is open: every size from {size(least)} to {size(most)}; --memory tells one",),
        sizes=regimes,
    )
    return replace(offer, domain=domain, regions=(), uses=())


def _regimes(sizes: Sizes) -> Iterator[SizeRegime]:
    """By size; the solver says which sizes have which shape. Neighbours with as many regions that end alike are one.

    Raises InternalError unless every size has one shape.
    """
    runs = sorted(run for shape in sizes.shapes for run in sizes.word.learn(shape.condition).runs)
    if [low for low, _ in runs] + [sizes.word.high + 1] != [sizes.word.low, *(high + 1 for _, high in runs)]:
        raise InternalError(f"the shapes of a guest's map are not all sizes of memory once: {runs}")
    last: SizeRegime | None = None
    for low, high in runs:
        regions = [sizes.make(units).regions for units in (low, high)]
        here = SizeRegime(low * sizes.unit, high * sizes.unit, *regions)
        if last is not None and _go_on(last, here):
            here = replace(here, least=last.least, at_least=last.at_least)
        elif last is not None:
            yield last
        last = here
    if last is not None:
        yield last


def _go_on(one: SizeRegime, other: SizeRegime) -> bool:
    """Whether the regions of the second are those of the first, of which at most one start has moved on."""
    if [each.end for each in one.at_most] != [each.end for each in other.at_least]:
        return False
    moving = [
        {each.start for each in regions}
        for regions in zip(one.at_least, one.at_most, other.at_least, other.at_most, strict=True)
    ]
    return sum(len(starts) > 1 for starts in moving) <= 1
