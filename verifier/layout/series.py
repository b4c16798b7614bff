"""What a range of commits does to the layout: the answer of `verifier ci`."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.difference import Difference
from verifier.layout.errors import InputError
from verifier.layout.finding import Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """One commit against its parent, what is staged against HEAD, or the merge against what is merged into."""

    id: str
    """The commit; empty for what is none yet."""
    short: str
    title: str
    """Its subject, or what it would be: `merge of HEAD into origin/staging`."""
    author: str
    difference: Difference | None
    """None if the layout cannot be read: `fault` says why."""
    fault: InputError | None = None

    @property
    def name(self) -> str:
        """`1a2b3c4d5e xen/arm: move the grant region`."""
        return f"{self.short} {self.title}" if self.short else self.title

    @property
    def verdict(self) -> Verdict:
        """That of the difference; what cannot be read is unknown."""
        return Verdict.UNKNOWN if self.difference is None else self.difference.verdict


@dataclass(frozen=True, slots=True)
class Series:
    """A range of commits, or what is staged."""

    range: str
    repository: str
    commits: int
    """How many there are, those included that change nothing that a verdict rests on."""
    judged: tuple[Judged, ...]
    """Those that do, in their order."""
    merged: Judged | None
    """The whole range as one change of what it is merged into; None if there is nothing to be told of it."""
    solver: str
    seconds: float

    @property
    def parts(self) -> tuple[Judged, ...]:
        """All that was judged."""
        return self.judged if self.merged is None else (*self.judged, self.merged)

    @property
    def verdict(self) -> Verdict:
        """The worst; of a range whose commits change nothing proved; of an empty one unknown: nothing was checked."""
        verdicts = {each.verdict for each in self.parts}
        if not self.commits:
            return Verdict.UNKNOWN
        ranked = (Verdict.REFUTED, Verdict.UNKNOWN)
        return next((each for each in ranked if each in verdicts), Verdict.PROVED)
