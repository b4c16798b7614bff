"""What a run says: verdicts, counterexamples, repairs, and the report that holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from verifier.layout.box import Box
from verifier.layout.change import Application, OtherBase
from verifier.layout.configuration import Configuration, Space
from verifier.layout.origin import Origin
from verifier.layout.policy import Waiver
from verifier.layout.region import Region
from verifier.layout.subject import Subject


class Verdict(StrEnum):
    """The five answers; only the first says that something holds."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    WAIVED = "waived"


@dataclass(frozen=True, slots=True)
class Witness:
    """Two or three numbers that show a refutation, checked again without the property's formula.

    `address-in-two-regions`: `address` lies in both regions. `address-beyond`: `address` lies in the
    region and is at least `bound`. `address-unreachable`: `address` lies in the region and no descriptor
    of the guest's page tables outputs it. `differs`: the numbers `found` and `needed` are not equal.
    `too-small`: `found` < `needed`. `missing`: `macro` is not defined. `misaligned`: `found`, start, end or
    size of the subject, is no multiple of `needed`. `same-interrupt`: both subjects use number `found`.
    `same-page`: both regions have bytes in the `needed` bytes from `found` on. Of boards: `board_witness`.
    """

    kind: str
    address: int | None = None
    bound: int | None = None
    found: int | None = None
    needed: int | None = None
    macro: str | None = None


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A concrete configuration that breaks a property."""

    configuration: Configuration
    witness: Witness
    regions: tuple[Region, ...]
    overlap: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Cite:
    """Where a rule comes from."""

    document: str
    clause: str


@dataclass(frozen=True, slots=True)
class Repair:
    """Changed macro values under which the finding is gone and nothing new is refuted."""

    changes: Mapping[str, int]
    ram: int
    """Bytes of the largest guest's RAM that it costs."""
    other: int
    """Bytes that other regions lose."""
    remaining: tuple[str, ...]
    """Properties still refuted afterwards."""
    summary: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One property of one set of subjects: holds, fails, or could not be told."""

    property: str
    verdict: Verdict
    subjects: tuple[str, ...]
    message: str
    severity: str = "error"
    details: tuple[str, ...] = ()
    regimes: tuple[Box, ...] = ()
    regimes_exact: bool = True
    fails_when: Box | None = None
    counterexample: Counterexample | None = None
    repairs: tuple[Repair, ...] = ()
    repairs_searched: bool = True
    cites: tuple[Cite, ...] = ()
    why: str = ""
    """Why it matters that the property fails."""
    help: tuple[str, ...] = ()
    """What would repair it, where no search can tell."""
    place: Origin | None = None
    """Where to look, where neither the regions nor the subjects tell it."""
    listed: str = ""
    """What `listing` lists: configurations that break nothing but have to be known."""
    listing: tuple[Box, ...] = ()
    listing_exact: bool = True
    partly_waived: bool = False
    """Whether it fails elsewhere as well, where that is accepted."""
    waiver: Waiver | None = None
    """What accepts it, for a verdict of `waived`."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that the verdict rests on and the input does not say."""

    id: str
    statement: str
    source: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What was looked at and how it was decided, so that an empty run cannot look green."""

    defines_found: int
    unclassified: tuple[str, ...]
    not_numbers: tuple[str, ...]
    properties: int
    arithmetic: int
    z3: int
    assumptions_satisfiable: bool

    @property
    def obligations(self) -> int:
        """Formulas decided, one way or the other."""
        return self.arithmetic + self.z3


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one run."""

    command: str
    subject: Subject
    release: str
    baseline: str
    solver: str
    space: Space
    trust: Trust
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]
    regions: tuple[Region, ...]
    policy: str
    """The file of the policy that was applied, `none` without."""
    seconds: float
    application: Application | None = None
    """How a patch led to the layout, where one did."""
    in_series: bool = False
    """Whether the layout is that after one of several patches."""
    before: tuple[Report, ...] = ()
    """In a series, what came of the layouts after each patch but the last."""
    others: tuple[OtherBase, ...] = ()
    """Other releases that a patch applies to as well."""

    @property
    def own_verdict(self) -> Verdict:
        """Refuted before unknown before proved; nothing proved at all is unknown."""
        verdicts = {finding.verdict for finding in self.findings if finding.severity == "error"}
        return next((verdict for verdict in _RANKED if verdict in verdicts), Verdict.UNKNOWN)

    @property
    def verdict(self) -> Verdict:
        """That of the worst patch: a series has to be sound after each of its patches."""
        verdicts = {self.own_verdict, *(report.own_verdict for report in self.before)}
        return next(verdict for verdict in _RANKED if verdict in verdicts)


_RANKED = (Verdict.REFUTED, Verdict.UNKNOWN, Verdict.PROVED)
