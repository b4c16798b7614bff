"""What is known of theorems about Xen's algorithms: the answer of `verifier prove`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from verifier.layout.domain_map import Extent
from verifier.layout.finding import Assumption, Cite

RANKED = ("refuted", "unknown", "proved")
"""Verdicts that make the one of a whole run, the worst first."""


@dataclass(frozen=True, slots=True)
class Given:
    """One part of a concrete input."""

    name: str
    """`iomem`, `host RAM`."""
    values: tuple[str, ...]
    """`[0x40000000, 0x80000000) (1 GiB)`."""


@dataclass(frozen=True, slots=True)
class Example:
    """A concrete input of a producer, and what comes out of it."""

    given: tuple[Given, ...]
    """In words."""
    configuration: Mapping[str, Any]
    """The same as JSON values; numbers of bytes and frames in hex."""
    regions: tuple[Extent, ...] | None = None
    """Extended regions in the order of `reg`; None if the theorem speaks of something else, or Xen stops."""
    stops: str = ""
    """Why there are none: Xen stops, or logs an error."""


@dataclass(frozen=True, slots=True)
class Refutation:
    """An input that a theorem fails on."""

    message: str
    """How, with the numbers."""
    what: str
    """What a reader should see in the input."""
    file: str
    """Where it is kept, below `proofs`."""
    example: Example
    regions: tuple[tuple[str, Extent], ...] = ()
    """What the message speaks of."""
    address: int | None = None
    """One that shows it."""


@dataclass(frozen=True, slots=True)
class Question:
    """An obligation and its outcome."""

    name: str
    says: str
    outcome: str
    """`proved`, `fails` or `unknown`."""
    reason: str
    """Why it is unknown; the numbers with which it fails."""
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Judged:
    """One verdict on one theorem, and the releases that it is the verdict for."""

    verdict: str
    releases: tuple[str, ...]
    """Oldest first."""
    message: str
    """One sentence."""
    questions: tuple[Question, ...] = ()
    """Those of the newest of the releases."""
    uses: tuple[str, ...] = ()
    """Other theorems that it rests on there."""
    refutation: Refutation | None = None
    """On the newest of the releases."""


@dataclass(frozen=True, slots=True)
class TheoremFound:
    """A theorem and its verdicts."""

    name: str
    """`producer/property`."""
    statement: str
    why: str
    cites: tuple[Cite, ...]
    unbounded: str
    """The lists that may have any length; empty if the input has a fixed size."""
    assumptions: tuple[str, ...]
    """Their ids."""
    judged: tuple[Judged, ...]
    """The one for the newest release first; no release is in two."""

    @property
    def producer(self) -> str:
        """The part of the name before the slash."""
        return self.name.partition("/")[0]

    @property
    def verdict(self) -> str:
        """The worst of all releases; not-applicable if there is no other."""
        return worst([each.verdict for each in self.judged], "not-applicable")

    @property
    def property(self) -> str:
        """The part after it."""
        return self.name.partition("/")[2]


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """What one more solver says of the obligations, and how many seconds that took."""

    solver: str
    """With its version."""
    unsat: int
    sat: int
    unknown: int
    seconds: float


@dataclass(frozen=True, slots=True)
class TheoremReport:
    """The result of one run."""

    asked: tuple[str, ...]
    """Names and patterns; empty for all."""
    release: str | None
    """The one asked for; None for all."""
    releases: tuple[str, ...]
    """Oldest first."""
    build: str
    solver: str
    theorems: tuple[TheoremFound, ...]
    assumptions: tuple[Assumption, ...]
    """Of these theorems."""
    arithmetic: int
    """Obligations decided without a solver: those without a free variable."""
    z3: int
    vacuous: int
    """Obligations whose case never occurs under what they assume: they prove nothing."""
    seconds: float
    opinions: tuple[SecondOpinion, ...] = ()
    notes: tuple[str, ...] = ()
    """Of what was stored, written or re-checked."""

    @property
    def obligations(self) -> int:
        """Different ones that were decided, those of the theorems that these rest on included."""
        return self.arithmetic + self.z3

    @property
    def verdict(self) -> str:
        """Refuted before unknown before proved, over all theorems and releases; nothing proved at all is unknown."""
        return worst([each.verdict for each in self.theorems], "unknown")


def worst(verdicts: Sequence[str], otherwise: str) -> str:
    """The first of `RANKED` that is among them."""
    return next((verdict for verdict in RANKED if verdict in verdicts), otherwise)


def runs(releases: Sequence[str], among: Sequence[str]) -> list[tuple[str, str]]:
    """First and last of each run of releases that follow each other in `among`; the newest run first."""
    numbers = sorted(among.index(tag) for tag in releases)
    found = []
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in group]
        found.append((among[members[0]], among[members[-1]]))
    return found[::-1]
