"""What comes of each delivery scheme: the answer of `verifier schemes`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from verifier.layout.adjacency import Superpages
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Assumption
from verifier.layout.scheme import Heuristic, Need, Scheme

SOUND, STEALS, BREAKS, UNDECIDED = "sound", "steals RAM", "breaks", "undecided"
RANKED = (BREAKS, UNDECIDED, STEALS, SOUND)
"""The worst first."""
XENS, GUESTS = ("old", "new"), ("old", "new")


def worst(words: Iterable[str]) -> str:
    """The first of `RANKED` that is among them; undecided if nothing was looked at."""
    some = set(words)
    return next((word for word in RANKED if word in some), UNDECIDED)


@dataclass(frozen=True, slots=True)
class Example:
    """One configuration that shows what a part of a cell says."""

    configuration: Mapping[str, int | str]
    """`release`, `ipa_bits`, `memory` in bytes, and whatever else matters."""
    regions: tuple[tuple[str, Extent], ...]
    """What meets there, by name."""
    address: int | None = None
    """One in all of them, or outside of what there is."""


@dataclass(frozen=True, slots=True)
class Part:
    """What some guests come to under some releases."""

    word: str
    """One of `RANKED`."""
    why: str
    """A clause that follows the word."""
    who: tuple[str, ...]
    """Names of consumers; `GUEST` for one that is still to be written."""
    releases: tuple[str, ...]
    """Oldest first; of a scheme that no release has those whose layout or code it is judged by."""
    example: Example | None = None


GUEST = "a guest that knows the scheme"
HOST = "dom0"
"""And direct-mapped domains."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One kind of Xen under one kind of guest."""

    xen: str
    """`old`: without the scheme; `new`: with it."""
    guest: str
    """The same of guests."""
    releases: tuple[str, ...]
    """All that it speaks of, oldest first."""
    parts: tuple[Part, ...]

    @property
    def word(self) -> str:
        """The worst of the newest release."""
        return self._word(self.releases[-1])

    @property
    def elsewhere(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Other words, each with the older releases that they hold for."""
        found: dict[str, list[str]] = {}
        for tag in self.releases:
            word = self._word(tag)
            if word != self.word:
                found.setdefault(word, []).append(tag)
        return tuple((word, tuple(tags)) for word, tags in found.items())

    @property
    def decided(self) -> bool:
        """Whether nothing of it is open."""
        return bool(self.parts) and all(self._word(tag) != UNDECIDED for tag in self.releases)

    @property
    def worst(self) -> str:
        """Of all releases."""
        return worst(self._word(tag) for tag in self.releases)

    def _word(self, tag: str) -> str:
        return worst(part.word for part in self.parts if tag in part.releases)


@dataclass(frozen=True, slots=True)
class Cost:
    """Tables of level 2 and 3 for the pages of a scheme, where they lie in the space and where in RAM."""

    foreign: Superpages
    grant: Superpages
    where: Extent
    """The space, of the guest in which is counted."""


@dataclass(frozen=True, slots=True)
class SchemeFound:
    """A scheme and its four cells: both guests under an old Xen, then both under a new one."""

    scheme: Scheme
    cells: tuple[Cell, ...]
    repair: str
    """The name of a heuristic that is proved, and makes the last cell better; empty if there is none."""
    repaired: Cell | None
    """The last cell if its guests followed it."""
    host: Cell | None
    """What dom0 is offered, under the releases that have the scheme; None where none has."""
    room: tuple[str, Extent] | None
    """Of a place at a fixed base: a release, and the largest range that is free in every guest of it, at any base."""
    cost: Cost | None
    """None where the space is in no address space of the example guest."""

    def cell(self, xen: str, guest: str) -> Cell:
        """One of the four."""
        return next(each for each in self.cells if (each.xen, each.guest) == (xen, guest))

    @property
    def breaks(self) -> tuple[Cell, ...]:
        """The cells that break under their newest release."""
        return tuple(each for each in self.cells if each.word == BREAKS)


@dataclass(frozen=True, slots=True)
class HeuristicFound:
    """A heuristic, and whether what it promises holds."""

    heuristic: Heuristic
    statement: str
    """What is proved or refuted; one sentence."""
    verdict: str
    """`proved`, `refuted` or `unknown`."""
    message: str
    """Why; one sentence with the numbers."""
    example: Example | None = None
    decided: tuple[tuple[str, str], ...] = ()
    """Obligations that a solver decided: what each says, and its outcome."""


@dataclass(frozen=True, slots=True)
class SchemesReport:
    """The whole answer."""

    need: Need
    old: tuple[str, ...]
    """Releases, oldest first."""
    new: tuple[str, ...]
    schemes: tuple[SchemeFound, ...]
    heuristics: tuple[HeuristicFound, ...]
    assumptions: tuple[Assumption, ...]
    solver: str
    seconds: float

    @property
    def undecided(self) -> int:
        """Cells and heuristics that are open."""
        cells = sum(not cell.decided for each in self.schemes for cell in each.cells)
        return cells + sum(each.verdict == "unknown" for each in self.heuristics)

    @property
    def verdict(self) -> str:
        """Proved if every cell and heuristic is decided, whatever they say; else unknown."""
        return "unknown" if self.undecided or not self.schemes else "proved"
