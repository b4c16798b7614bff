"""The rest of an arbitrary RAM window, which dom0less offers to its guest (find_domU_holes), and what is known of it."""

from __future__ import annotations

from collections.abc import Callable

from verifier.logic.bits import both
from verifier.logic.word import Truth, Word, uint64
from verifier.rules import extended_regions as rule
from verifier.theorems.statement import Assumed, Claim, Obligation, obligation
from verifier.theorems.vocabulary.assumptions import IN_SPACE, LAST, an_arbitrary_window, blocks, free_chunk
from verifier.xen.domu_holes import rest
from verifier.xen.outcome import Span
from verifier.xen.release import Xen

WINDOW = an_arbitrary_window("window")
"""Of a guest, with how much of it is RAM."""
BANK = (IN_SPACE, WINDOW.fits)
_REST = blocks("rest")
REST = _REST.span
"""The rest of that window, if there is one."""


def _of_bank(start: Word, size: Word) -> Truth:
    """What theorem domu-holes/rest says of the rest of a window, beside that it is one of whole blocks."""
    end = uint64.add(start, size)
    return both(rule.minimum_size(size), WINDOW.top <= start, end <= WINDOW.end, end <= uint64.add(LAST, 1))


OF_PASS = (Assumed("By domu-holes/rest it is one of whole blocks below 2^52.", _REST.bounded),)
OF_BANK = (
    *BANK,
    *OF_PASS,
    Assumed("By domu-holes/rest it lies in the unused part of its window.", _of_bank(REST.start, REST.size)),
)


def rest_obligations(_xen: Xen) -> tuple[Obligation, ...]:
    """Of theorem domu-holes/rest: the code that makes a rest; a chunk of the unused part is one of its parts."""
    says = "The rest of a window lies in its unused part, in the address space."
    first, last, free = free_chunk(WINDOW)
    return (
        _of_rest("blocks", "A rest begins and ends with a block, below 2^52.",
                 lambda left: both(rule.aligned(left.start, left.size), left.start < 1 << 52, left.size < 1 << 52)),
        _of_rest("rest", says, lambda left: _of_bank(left.start, left.size)),
        obligation(
            "chunk", "It has every chunk of the unused part.", (*BANK, free),
            lambda: rest(LAST, WINDOW.span, WINDOW.used),
            lambda left: Claim(False) if left is None
            else Claim(both(left.start <= first, last < uint64.add(left.start, left.size))),
        ),
    )  # fmt: skip


def _of_rest(name: str, says: str, claim: Callable[[Span], Truth]) -> Obligation:
    return obligation(
        name, says, BANK, lambda: rest(LAST, WINDOW.span, WINDOW.used),
        lambda left: Claim(False, False) if left is None else Claim(claim(left)),
    )  # fmt: skip
