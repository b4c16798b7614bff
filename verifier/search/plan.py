"""Changed numbers and what becomes of the findings of a layout."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from verifier.search.trial import Key


@dataclass(frozen=True, slots=True)
class Plan:
    """Changed macro values, and what becomes of the findings."""

    changes: tuple[tuple[str, int], ...]
    ram: int
    """Bytes of the largest guest's RAM that it costs."""
    other: int
    """Bytes that other regions lose."""
    cured: tuple[Key, ...]
    """Refuted before, proved for every configuration now."""
    remaining: tuple[Key, ...]
    """Refuted now, where no waiver accepts it; nothing of it but comparisons with the baseline is new."""
    summary: str
    """What changes, and what is lost by it."""
    gives_up: bool
    """It takes more than half of a region away, or of the largest guest's RAM."""
    order: tuple[object, ...]
    """Cheapest first."""
    widths: tuple[tuple[Key, tuple[int, ...]], ...] = ()
    """Of what remains, the ipa bits with which it fails, where that is not all of them; only of plans that are listed, and
    not where very much remains.
    """

    @property
    def macros(self) -> frozenset[str]:
        """That it changes."""
        return frozenset(name for name, _ in self.changes)

    def is_one_for(self, aims: Collection[Key]) -> bool:
        """Whether one number cures all of them, and little is given up for it."""
        return len(self.changes) == 1 and set(aims) <= set(self.cured) and not self.gives_up

    def is_outdone_by(self, other: Plan) -> bool:
        """Whether the same macros cure more with other numbers, and nothing more is lost."""
        no_dearer = other.ram + other.other <= self.ram + self.other
        return self.macros == other.macros and no_dearer and set(self.cured) < set(other.cured)

    def is_idle_beside(self, known: Plan) -> bool:
        """Whether a cheaper plan that shares a macro cures as much: only the other way round is worth a line."""
        return not self.macros.isdisjoint(known.macros) and set(self.cured) <= set(known.cured)


@dataclass(frozen=True, slots=True)
class Plans:
    """What constants can do for a layout."""

    plans: tuple[Plan, ...]
    """Cheapest first: fewest macros, then least RAM, then least of other regions, then fewest bytes moved.

    Those that give up most of a region come last.
    """
    incurable: tuple[Key, ...]
    """Findings that no plan cures."""
    searched_all: bool
    """Whether every candidate was tried, not only the first of very many."""

    @property
    def best(self) -> Plan | None:
        """The plan that cures most findings, of several the cheapest."""
        return max(self.plans, key=lambda plan: len(plan.cured), default=None)
