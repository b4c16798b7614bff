"""The answer of `verifier find --placement`: whether a place that is a function of the configuration is sound."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.box import Box
from verifier.layout.configuration import Configuration, Space
from verifier.layout.finding import Assumption, Verdict
from verifier.layout.region import When
from verifier.layout.subject import Subject
from verifier.layout.template import Clash, Template


@dataclass(frozen=True, slots=True)
class Failure:
    """The worst configuration, in which the region `[start, end)` meets what the guest has."""

    configuration: Configuration
    start: int
    end: int
    clash: Clash


@dataclass(frozen=True, slots=True)
class Row:
    """What holds at one width, under one reading of what is taken. Sizes and memory in bytes."""

    bits: int
    offset: int
    """Of a fixed place the base at which there is most room."""
    largest: int
    """The greatest size for all memory sizes; 0 if there is none."""
    stopped_by: tuple[str, ...]
    """What one unit more would meet."""
    failure: Failure | None
    """Of the size that was asked for; None if it is sound at this width."""
    memory: int
    """Every guest with no more memory may have the size that was asked for; 0: not one."""
    most_memory: int
    """Of any guest of this width."""
    by_memory: tuple[tuple[int, int], ...] = ()
    """Memory, and the greatest size for guests with no more than that."""


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each width."""

    windows: bool
    """RAM windows count whole; else the part that the memory size uses."""
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """One template, and what came of it."""

    template: Template
    offset: int
    """Bytes from the anchor: 0, but for a fixed place."""
    size: int
    """In bytes; the greatest, or one unit if there is none, where `max` was asked for."""
    failure: Failure | None
    """None: it is sound, proved for all configurations."""
    regimes: tuple[Box, ...]
    """When it fails; all of it only if `exact`."""
    exact: bool
    moved: int | None
    """The least offset that makes it sound, proved; None where it is sound, or where every offset is refuted."""
    rounds: int
    """Questions to the solver."""
    unreached: tuple[str, ...]
    """Kinds of guests that do not reach it everywhere, and were not asked for."""
    tables: tuple[Table, ...]


@dataclass(frozen=True, slots=True)
class PlacementReport:
    """A region placed by templates of one kind: several only for the tails of several banks."""

    subject: Subject
    release: str
    space: Space
    name: str
    kind: str
    unit: int
    size: int | None
    """As asked for, in bytes; None is as many as can be."""
    windows: bool
    """The reading that decides: the release offers what a guest leaves of RAM windows, so they count whole."""
    tried: tuple[Tried, ...]
    assumptions: tuple[Assumption, ...]
    below: int | None = None
    """As asked for: it ends there or below in every configuration, in bytes."""
    above: int | None = None
    """As asked for: it starts there or above in every configuration, in bytes."""
    when: When | None = None
    """As asked for: only such guests have it, and only they are judged."""
    undecided: str = ""
    """Why nothing is known."""

    @property
    def verdict(self) -> Verdict:
        """Proved: sound for every configuration. Refuted: some guest has something there, for each template tried."""
        if self.undecided:
            return Verdict.UNKNOWN
        return Verdict.PROVED if any(each.failure is None for each in self.tried) else Verdict.REFUTED

    @property
    def best(self) -> Tried:
        """The first that is sound, else the first; there is one unless nothing is known."""
        return next((each for each in self.tried if each.failure is None), self.tried[0])
