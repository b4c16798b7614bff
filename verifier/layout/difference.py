"""What a change of a layout does: the answer of `verifier diff`, and of each commit in `verifier ci`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from verifier.layout.change import Application
from verifier.layout.configuration import Configuration, Space
from verifier.layout.finding import Assumption, Finding, Verdict
from verifier.layout.policy import Waiver
from verifier.layout.subject import Subject


class Effect(StrEnum):
    """What the change does to one property of one set of subjects."""

    BROKEN = "newly-refuted"
    """It fails in configurations in which it did not."""
    DOUBTED = "newly-unknown"
    LOST = "lost"
    """What the old layout could do, or had, is gone."""
    MOVED = "moved"
    STILL_BROKEN = "still-refuted"
    """It fails, and only where it failed before."""
    STILL_DOUBTED = "still-unknown"
    CURED = "newly-proved"
    """It failed, and fails no more."""
    EASED = "refuted-less"
    """It fails no more in some configurations, and still in others."""
    ACCEPTED = "waived"
    KEPT = "proved"
    SILENT = "not-applicable"


COSTS = (Effect.BROKEN, Effect.LOST)
"""Effects that refute the change, where the finding is an error."""
DOUBTS = (Effect.DOUBTED, Effect.STILL_DOUBTED)
GAINS = (Effect.CURED, Effect.EASED)


@dataclass(frozen=True, slots=True)
class Delta:
    """One finding, and what the change has to do with it.

    Of `CURED` and `EASED` the finding is on the old layout: how it failed, in the configurations in which it
    fails no more.
    """

    effect: Effect
    finding: Finding


@dataclass(frozen=True, slots=True)
class Amount:
    """Something that can be counted, before and after."""

    what: str
    """`the largest guest`."""
    where: str
    """`40 ipa bits`; empty if it is the same everywhere."""
    before: int | None
    """None where the old layout has no such width."""
    after: int | None
    unit: str = ""
    """What is counted; bytes if empty."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A theorem about Xen's own algorithms, whose verdict is another in the new release."""

    theorem: str
    statement: str
    before: str
    after: str
    reason: str
    """Why it is refuted or unknown, on the side where it is."""
    waiver: Waiver | None = None
    """What accepts that it holds no more."""

    @property
    def is_worse(self) -> bool:
        """What it says held before, holds no more, and nobody accepts that."""
        return self.before == "proved" and self.after == "refuted" and self.waiver is None

    @property
    def is_better(self) -> bool:
        """It holds now, and did not."""
        return self.after == "proved" and self.before in ("refuted", "unknown")


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two layouts."""

    subject: Subject
    release: str
    """Whose behaviour is assumed."""
    space: Space
    assumptions: tuple[Assumption, ...]

    @property
    def name(self) -> str:
        """As reports call it."""
        return self.subject.name


@dataclass(frozen=True, slots=True)
class First:
    """The first configuration, by ipa bits, memory and so on, in which the two answers differ."""

    configuration: Configuration
    space: Space
    """Of the layout that has it: the old one, where the new one breaks nothing."""
    property: str
    subjects: tuple[str, ...]
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class Difference:
    """The differential answer: for every configuration in which the old layout was sound, whether the new one is."""

    old: Side
    new: Side
    solver: str
    policy: str
    stable: bool
    """Whether nothing that a guest can see may move."""
    deltas: tuple[Delta, ...]
    amounts: tuple[Amount, ...]
    behaviours: tuple[Behaviour, ...]
    first: First | None
    arithmetic: int
    """Obligations decided without a solver."""
    z3: int
    seconds: float
    applications: tuple[Application, ...] = ()
    """The patches that led to the new layout."""
    same: bool = False
    """Whether the text of the layout is the same, so that only Xen's code may differ: of nothing else anything is told."""

    @property
    def verdict(self) -> Verdict:
        """Refuted: something is newly refuted or lost. Unknown: something is, or nothing was compared."""
        errors = {each.effect for each in self.deltas if each.finding.severity == "error"}
        worse = any(each.is_worse for each in self.behaviours)
        if worse or errors.intersection(COSTS) or (self.stable and Effect.MOVED in errors):
            return Verdict.REFUTED
        if errors.intersection(DOUBTS) or any(each.after == "unknown" for each in self.behaviours):
            return Verdict.UNKNOWN
        return Verdict.PROVED if Effect.KEPT in errors else Verdict.UNKNOWN
