"""A guest whose memory nobody tells: judged for every size that its toolstack takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

from verifier.commands.guest_built import MAKERS, Run
from verifier.layout.board_finding import BoardFinding
from verifier.layout.domain_map import SizeRegime
from verifier.layout.finding import Verdict
from verifier.layout.offer import Offer
from verifier.layout.units import size
from verifier.logic.runs import OneWord
from verifier.logic.word import uint64
from verifier.search.every_memory import Sizes, findings
from verifier.search.guest_lost import lost
from verifier.search.guest_shapes import Shape, conditions, same_windows, shapes
from verifier.xen import guest_offer
from verifier.xen.outcome import Outcome, Span
from verifier.xen.subjects import windows


def judged(run: Run, width: int, gic: int, name: str) -> tuple[Offer, tuple[BoardFinding, ...]]:
    """The guest with its memory left open, and what is found. Raises InternalError."""
    maker = MAKERS[run.toolstack]
    unit = maker.UNIT
    memory = OneWord("memory", 1, sum(each.size for each in windows(run.xen.tag)) // unit)
    in_bytes = uint64.shift_left(memory.word, unit.bit_length() - 1)

    @cache
    def make(units: int) -> Offer:
        config = replace(run.config, memory=units * unit, maxmem=units * unit)
        return run.offer(config, run.xen, width, gic, name)

    ends = (make(memory.low), make(memory.high))
    named = [each.consumer for each in ends[0].uses if each.named and each.consumer.bits == run.bits]
    seen = {each: same_windows(each, ends) for each in named}

    def made() -> tuple[tuple[Span, ...], Outcome]:
        banks = guest_offer.filling(run.xen.tag, in_bytes)
        return banks, maker.outcome(run.config, run.xen, width, banks)

    found = shapes(made, memory, [(each, window) for each, window in seen.items() if window is not None])
    sizes = Sizes(
        make,
        memory,
        unit,
        conditions(ends[0], run.xen, found),
        lost(ends[0], memory, found),
        {
            "built": tuple(maker.doubts_of_any_memory(run.config, run.xen)),
            "consumer-usable": tuple(
                f"{each.name}: which addresses its linear map has depends on the memory: --memory tells it"
                for each, window in seen.items()
                if window is None
            ),
        },
    )
    told = findings(sizes)
    is_built = any(each.property == "built" and each.verdict == Verdict.PROVED for each in told)
    regimes = tuple(_regimes(make, memory, unit, found))
    return _open(ends[0], regimes, is_built=is_built), told


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


def _regimes(
    make: Callable[[int], Offer], memory: OneWord, unit: int, found: tuple[Shape, ...]
) -> Iterator[SizeRegime]:
    """By size; the solver says which sizes have which shape. Neighbours with as many regions that end alike are one."""
    runs = sorted(run for shape in found for run in memory.learn(shape.condition).runs)
    last: SizeRegime | None = None
    for low, high in runs:
        here = SizeRegime(low * unit, high * unit, make(low).regions, make(high).regions)
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
