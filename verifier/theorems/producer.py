"""A producer of extended regions as theorems see it: its loops, and the ways in which a region comes about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verifier.layout.finding import Cite
from verifier.logic.word import Truth
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Assumed, Assumption, Claim, Obligation, obligation
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Outcome, Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Xen


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
