"""Passes of a producer's loops for arbitrary entries, and the region of an arbitrary range of its set."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from verifier.logic.bits import both, word
from verifier.logic.word import Truth, Word
from verifier.theorems.producer import Pass, Producer, Way
from verifier.theorems.statement import Assumed
from verifier.theorems.vocabulary.assumptions import IN_SPACE, LAST, TOP_PAGE, sensible
from verifier.xen.ext_regions import REMOVES_XEN_REG, cover, numbers_to, region_of
from verifier.xen.loops import Loop
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

X = word("x")
"""An arbitrary byte."""


def span(name: str) -> Span:
    """An arbitrary entry of a list."""
    return Span(word(f"{name}_start"), word(f"{name}_size"))


def from_set(xen: Xen, name: str = "piece", *more: Assumed) -> Way:
    """The region of an arbitrary range that a report of the whole space gives."""
    piece = Range(word(f"{name}_first"), word(f"{name}_last"))
    top = numbers_to(xen, LAST).end
    reported = both(piece.start <= top, piece.end <= top)
    lemma = Assumed(
        f"By rangeset/report-bounds the {name} begins and ends inside the address space.", reported
    )
    return Way(name, (IN_SPACE, lemma, *more), lambda: region_of(xen, piece), piece)


def passes_of(xen: Xen, loops: Iterable[Loop]) -> list[Pass]:
    """A pass for each entry of each loop: entries are arbitrary words, or the address space up to an arbitrary address."""
    return [_pass(xen, loop, entry) for loop in loops for entry in loop.entries]


def _pass(xen: Xen, loop: Loop, entry: Span | Described | Range) -> Pass:
    touched = partial(loop.touches, entry)
    if not isinstance(entry, Range):
        over = loop.over
        if isinstance(entry, Described):
            over = "PCI windows" if entry.pci_window else "reg"
        return Pass(over, loop.adds, entry, touched, (sensible(entry),))
    if loop.adds:
        return Pass(loop.over, True, entry, touched, (IN_SPACE,))
    top = cover(xen, Span(0, TOP_PAGE)).end
    lemma = "By rangeset/add a range of the set is in order; sensible-entries says where its entries end."
    bounded = Assumed(lemma, both(entry.start <= entry.end, entry.end <= top))
    return Pass(loop.over, False, entry, touched, (bounded,))


def adding_passes(passes: Iterable[Pass]) -> list[Pass]:
    """Those that add to the free numbers; the set of xen,reg is another one."""
    return [each for each in passes if each.adds and each.over != "xen,reg"]


def assigned(xen: Xen) -> tuple[Range, ...]:
    """An arbitrary range of the set of xen,reg, if the release keeps one."""
    return (Range(word("assigned_first"), word("assigned_last")),) if REMOVES_XEN_REG.of(xen) else ()


def number_of(xen: Xen, address: Word) -> Word:
    """What a rangeset holds of an address."""
    return cover(xen, Span(address, 1)).start


def touches(number: Word, touched: Range) -> Truth:
    """Whether a change is about a number."""
    return both(touched.start <= number, number <= touched.end)


def has_set(producer: Producer, xen: Xen) -> bool:
    """Whether some region is made of a range of a set."""
    return producer.applies(xen) and any(way.piece is not None for way in producer.ways(xen))
