"""What a sweep asks of many boards, what comes of each, and all of it together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import inf
from typing import Any, TypeVar

from verifier.layout.board_finding import EFFECTS, LEAST
from verifier.layout.units import one_line

Kind = TypeVar("Kind")

FAULTS = ("", "input", "internal", "lost")
RANKED = ("refuted", "error", "unknown", "proved")
"""Verdicts, the worst first; `error` is no answer at all: input that cannot be read, a crash, a time or memory limit."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What each board is asked under."""

    release: str
    """A tag, or head."""
    build: str
    """`release` or `debug`."""
    iommu: bool
    ipa_bits: tuple[int, ...] = ()
    """Widths, ascending; empty for all of the release."""
    consumers: tuple[str, ...] = ()
    """Guest kernels that count in the verdict."""
    as_shipped: bool = False
    """Banks of RAM without a size are for the boot loader to fill in, and left out."""

    def __str__(self) -> str:
        build = "" if self.build == "release" else f" ({self.build} build)"
        return f"{self.release}{build} {'with' if self.iommu else 'without'} IOMMU"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One property of one domain that is refuted or open, under all widths of a setting."""

    property: str
    domain: str
    verdict: str
    """`refuted`, else `unknown`."""
    effect: str
    """The worst of its refutations; empty if it is open."""
    count: int
    """Findings; where there are `more`, those that are listed."""
    size: int
    """Bytes of the largest overlap, where there are `more` of those that are listed; 0 where there is none."""
    message: str
    """Of the largest finding, among those that are listed."""
    more: bool = False
    """The property fails in more places than are listed."""


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one board under one setting: a function of the content of the board's file, the setting and this tool."""

    verdict: str
    """One of `RANKED`."""
    headline: str
    vendor: str = ""
    """Of the root's most general `compatible`, that of the chip; empty if the tree has none, or cannot be read."""
    proved: int = 0
    """Properties, of each domain, that hold at every width for which something is said of them."""
    outcomes: tuple[Outcome, ...] = ()
    has_empty_banks: bool = False
    """The tree was judged with banks of RAM that have no size: so a kernel ships it, and no machine boots with it."""
    fault: str = ""
    """Of `FAULTS`; of an error: `input`, `internal` (the tool contradicts itself) or `lost` (a crash, a limit)."""
    seconds: float = field(default=0.0, compare=False)
    """Of one processor."""

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """Worse boards have less: by verdict, by effect, by the size of the largest overlap, by how many findings."""
        refuted = [each for each in self.outcomes if each.verdict == "refuted"]
        worst = min((effect_rank(each) for each in refuted), default=len(EFFECTS) + 1)
        size = max((each.size for each in refuted if effect_rank(each) == worst), default=0)
        return RANKED.index(self.verdict), worst, -size, -sum(each.count for each in refuted)


def record_of(values: Any) -> Record:
    """A record of what `dataclasses.asdict` made of it and JSON has kept.

    Raises KeyError, TypeError and ValueError for what is none: nobody looks at a record again that counts as known.
    """
    outcomes = tuple(_typed(Outcome, each) for each in values["outcomes"])
    found = _typed(Record, {**values, "outcomes": outcomes})
    refuted = [each for each in outcomes if each.verdict == "refuted"]
    fits = {
        "refuted": bool(refuted),
        "proved": found.proved > 0 and not outcomes,
        "unknown": not refuted,
        "error": found.fault != "" and not outcomes,
    }
    known = all(each.verdict in ("refuted", "unknown") and each.count > 0 for each in outcomes)
    faults = found.fault in FAULTS and (found.verdict == "error") == (found.fault != "")
    if not (fits.get(found.verdict) and known and faults and all(each.effect in EFFECTS for each in refuted)):
        raise ValueError("words that no sweep writes")
    return found


def _typed(kind: type[Kind], values: Any) -> Kind:
    """Every value of the type that its field has; words as they are safe to print, numbers from 0."""
    found = kind(**values)
    for each in fields(found):  # type: ignore[arg-type]
        value = getattr(found, each.name)
        fits = type(value).__name__ == str(each.type).partition("[")[0]
        if not fits or (isinstance(value, str) and one_line(value) != value):
            raise TypeError(each.name)
        if isinstance(value, int | float) and not 0 <= value < inf:
            raise ValueError(each.name)
    return found


def effect_rank(outcome: Outcome) -> int:
    """0 for the worst effect."""
    return len(EFFECTS) if outcome.property == LEAST else EFFECTS.index(outcome.effect)


@dataclass(frozen=True, slots=True)
class SweptBoard:
    """One content, under every setting."""

    names: tuple[str, ...]
    """Of all files that have this content, as they were found."""
    sha256: str
    records: tuple[Record, ...]
    """In the order of the settings."""

    @property
    def worst(self) -> Record:
        """The record of the setting that is told first."""
        return min(self.records, key=lambda each: each.rank)

    @property
    def vendor(self) -> str:
        """Of the chip; `-` where no tree tells it."""
        return next((each.vendor for each in self.records if each.vendor), "-")


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that is no board, or that cannot be looked at."""

    name: str
    reason: str
    is_doubt: bool = False
    """It may have been a board: what cannot be read is not proved."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    """The answer of `verifier sweep`."""

    settings: tuple[Setting, ...]
    boards: tuple[SweptBoard, ...]
    """The worst first, then by name."""
    skipped: tuple[Skipped, ...]
    kept: int = field(default=0, compare=False)
    """Answers that were in the file of results already."""
    seconds: float = field(default=0.0, compare=False)
    """Of wall time."""
    top: int = 20
    """Boards that a text tells one by one."""

    @property
    def verdict(self) -> str:
        """`refuted` if any board is; `unknown` if anything has no answer, or nothing was checked; else `proved`."""
        found = {record.verdict for board in self.boards for record in board.records}
        if "refuted" in found:
            return "refuted"
        doubts = any(each.is_doubt for each in self.skipped)
        return "proved" if found == {"proved"} and not doubts else "unknown"

    @property
    def is_contradicted(self) -> bool:
        """The tool contradicts itself about a board."""
        return any(record.fault == "internal" for board in self.boards for record in board.records)

    @property
    def empty_banks(self) -> int:
        """Boards that were judged with banks of RAM without a size."""
        return sum(any(record.has_empty_banks for record in board.records) for board in self.boards)

    def counts(self, position: int) -> Mapping[str, int]:
        """Boards by verdict under one setting; every verdict has a number."""
        found = Counter(board.records[position].verdict for board in self.boards)
        return {verdict: found[verdict] for verdict in RANKED}
