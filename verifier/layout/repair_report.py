"""The answer of `verifier find --repair`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.layout.c_text import Written
from verifier.layout.finding import Assumption, Verdict
from verifier.layout.subject import Subject

Key = tuple[str, tuple[str, ...]]
"""A property and its subjects."""


@dataclass(frozen=True, slots=True)
class RepairPlan:
    """Numbers that cure findings, proved."""

    changes: Mapping[str, int]
    ram: int
    """Bytes of the largest guest's RAM that it costs."""
    other: int
    """Bytes that other regions lose."""
    cured: tuple[Key, ...]
    """Refuted before, proved for every configuration now."""
    remaining: tuple[Key, ...]
    """Refuted still."""
    summary: str


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What constants can do for a layout."""

    subject: Subject
    release: str
    properties: tuple[str, ...]
    """That were to be repaired; all, if empty."""
    targets: tuple[Key, ...]
    """Findings that were to be repaired."""
    plans: tuple[RepairPlan, ...]
    """Cheapest first: fewest macros, then least RAM, then least of other regions, then fewest bytes moved."""
    incurable: tuple[Key, ...]
    """Findings that no plan cures."""
    open: tuple[str, ...]
    """What could not be judged, or was not tried: then nothing is said to be whole."""
    written: Written | None
    """The first plan as C."""
    assumptions: tuple[Assumption, ...]

    @property
    def verdict(self) -> Verdict:
        """Proved: the first plan leaves nothing of the targets, or there is none. Refuted: no plan leaves nothing.

        Unknown: another plan does, or something is open.
        """
        if self.open:
            return Verdict.UNKNOWN
        if not self.targets:
            return Verdict.PROVED
        left = [set(self.targets) - set(plan.cured) for plan in self.plans]
        if left and not left[0]:
            return Verdict.PROVED
        return Verdict.UNKNOWN if any(not each for each in left) else Verdict.REFUTED
