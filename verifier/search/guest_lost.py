"""Whether a guest of some size of memory is not offered free space that qualifies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.layout.offer import Offer
from verifier.logic.bits import WIDTH, both, either, negate, text, word
from verifier.logic.runs import OneWord
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.rules.extended_regions import LEAST, SUPERPAGE
from verifier.search.guest_shapes import Shape, span_of
from verifier.xen.outcome import Span

_START, _LOST = word("start"), word("lost")


def lost(offer: Offer, memory: OneWord, found: Sequence[Shape]) -> int | str | None:
    """A number of units with which some address is free, in 64 MiB at multiples of 2 MiB, and in no region.

    None if there is none; a text where the solver gives up. That free space is lost with that number the rules have to say.
    """
    if offer.domain.producer is None:
        return None
    from verifier.logic.solver import BitVectors  # with it comes z3

    names = (str(text(memory.word)), "start", "lost")
    script = "\n".join(f"(declare-const {name} (_ BitVec {WIDTH}))" for name in names)
    wrong = either(*(both(shape.condition, *_unoffered(offer, shape)) for shape in found))
    if wrong is False:
        return None
    bounds = both(memory.word >= memory.low, memory.word <= memory.high)
    answer = BitVectors(f"{script}\n(assert {text(bounds)})", names[0], WIDTH).ask(text(wrong))
    if answer.impossible:
        return None
    if not answer.possible:
        return f"whether all free space is offered was not decided: {answer.reason}"
    return answer.model[names[0]]


def _unoffered(offer: Offer, shape: Shape) -> Iterator[Truth]:
    """There are 64 MiB from `start` on, free and in a window, and `lost` lies in them and in no region."""
    end = uint64.add(_START, LEAST)
    yield equal(uint64.round_down(_START, SUPERPAGE), _START)
    yield _START <= offer.top - LEAST
    yield both(_LOST >= _START, _LOST < end)
    spaces = (each.extent for each in offer.windows)
    yield either(*(both(_START >= each.start, end <= each.end) for each in spaces))
    taken = [span_of(each.extent) for each in offer.given if each.kind != "domain-ram"]
    yield from (negate(_meet(_START, end, each)) for each in (*taken, *shape.banks))
    yield from (negate(_has(each)) for each in shape.regions)
    yield not shape.dropped


def _meet(start: Word, end: Word, span: Span) -> Truth:
    return both(span.size > 0, start < uint64.add(span.start, span.size), span.start < end)


def _has(span: Span) -> Truth:
    return both(_LOST >= span.start, _LOST < uint64.add(span.start, span.size))
