"""A producer as theorems see it: its loops with arbitrary entries, and the ways in which a region comes about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from verifier.layout.finding import Cite
from verifier.logic.bits import both, word
from verifier.logic.word import Truth, Word
from verifier.theorems.assumptions import IN_SPACE, LAST, TOP_PAGE, sensible
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, obligation
from verifier.xen.ext_regions import REMOVES_XEN_REG, cover, numbers_to, region_of
from verifier.xen.loops import Loop
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Outcome, Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen

X = word("x")
"""An arbitrary byte."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way in which a region comes about."""

    name: str
    assumed: tuple[Assumed, ...]
    make: Callable[[], Span | None]
    piece: Range | None
    """The range of free numbers that it is made of; None if it comes from no set."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass of a loop for an arbitrary entry, and what is assumed of that."""

    over: str
    """The list."""
    adds: bool
    entry: Span | Described | Range
    touched: Callable[[], Range | None]
    """What the pass is about; None if there is no pass for the entry."""
    assumed: tuple[Assumed, ...]

    @property
    def name(self) -> str:
        """For the names of obligations."""
        return f"pass-{self.over.replace(',', '-').replace(' ', '-')}"

    def claims(self, name: str, says: str, claim: Callable[[Range], Truth], *more: Assumed) -> Obligation:
        """An obligation about what an arbitrary pass is about."""
        return obligation(
            name, says, (*self.assumed, *more), self.touched,
            lambda touched: Claim(False, False) if touched is None else Claim(claim(touched)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Producer:
    """A producer as theorems see it."""

    name: str
    title: str
    """Who makes the regions, for whom."""
    cites: tuple[Cite, ...]
    applies: Callable[[Xen], bool]
    passes: Callable[[Xen], Sequence[Pass]]
    """The loops in turn, those first that make the sets which later ones take away."""
    ways: Callable[[Xen], Sequence[Way]]
    outcome: Callable[[Xen, Setting], Outcome]
    assumptions: tuple[Assumption, ...]
    """Of every theorem about its regions."""
    examples: tuple[Setting, ...]
    lists: str
    """Those that may have any length."""
    cells: tuple[tuple[int, int], ...] = ((2, 2),)
    """Address and size cells that its domains may have."""


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
