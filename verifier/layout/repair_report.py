"""The answer of `verifier find --repair`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from verifier.layout.c_text import Reworded, Written
from verifier.layout.finding import Assumption, Finding, Verdict
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
    """Refuted still, or what nobody can judge whatever the numbers are."""
    summary: str
    gives_up: bool = False
    """It takes more than half of a region away, or of the largest guest's RAM."""
    reworded: tuple[Reworded, ...] = ()
    """Comments that go with the numbers; with them the text was read again."""
    notes: tuple[str, ...] = ()
    """Comments that have to be changed by hand, and why there is no text."""
    widths: Mapping[Key, tuple[int, ...]] = field(default_factory=dict)
    """The ipa bits with which what remains fails, where that is not all of them."""

    @property
    def keys(self) -> frozenset[Key]:
        """What it cures."""
        return frozenset(self.cured)


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
    """First those that cure all of `aims`; then as `cheapest`."""
    incurable: tuple[Key, ...]
    """Findings that no plan cures."""
    beyond: tuple[Finding, ...]
    """Unknown whatever the numbers of the layout are: told, and no failure of a repair."""
    open: tuple[str, ...]
    """What could not be judged, or was not tried: then nothing is said to be whole."""
    written: Written | None
    """The first plan as C."""
    assumptions: tuple[Assumption, ...]

    @property
    def aims(self) -> frozenset[Key]:
        """What a repair has to cure: the targets if properties were named, else those that numbers can cure.

        What is cured only by giving up most of a region is not asked for, if anything is cured otherwise.
        """
        return frozenset(self.targets) if self.properties else aims(self.plans)

    @property
    def verdict(self) -> Verdict:
        """Proved: the first plan cures all that it has to, or nothing is refuted. Refuted: some of that no plan cures.

        Unknown: something is open, or plans cure all of it and none does alone: whether none can, nobody has shown.
        """
        if self.open:
            return Verdict.UNKNOWN
        if not self.targets:
            return Verdict.PROVED
        if not self.plans or self.aims & set(self.incurable):
            return Verdict.REFUTED
        return Verdict.PROVED if self.aims <= self.plans[0].keys else Verdict.UNKNOWN


class Cure(Protocol):
    """What counts of a plan here."""

    @property
    def cured(self) -> tuple[Key, ...]:
        """What it cures."""

    @property
    def gives_up(self) -> bool:
        """Whether little is left of a region, or of RAM."""


def aims(plans: Sequence[Cure]) -> frozenset[Key]:
    """Findings that a plan cures which gives no region up; that any cures, if all do so."""
    chosen = [plan for plan in plans if not plan.gives_up] or plans
    return frozenset(key for plan in chosen for key in plan.cured)
