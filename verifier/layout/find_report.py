"""The answer of `verifier find` to a request for new regions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verifier.layout.c_text import Written
from verifier.layout.finding import Assumption, Finding, Verdict
from verifier.layout.placing import Block, Impossible, Places, Wish
from verifier.layout.subject import Subject


@dataclass(frozen=True, slots=True)
class FindReport:
    """Where new regions fit into a layout, proved; or that they fit nowhere, proved; or why neither is known."""

    subject: Subject
    release: str
    wishes: tuple[Wish, ...]
    blocks: tuple[Block, ...]
    """What was in the way."""
    places: Places | None
    changes: Mapping[str, int]
    """Macros of existing regions that get another number."""
    defines: Mapping[str, int]
    """New macros."""
    proved: tuple[str, ...]
    """Properties that are proved of the changed layout as a whole, in every configuration."""
    prices: tuple[Finding, ...]
    """What the change costs against the baseline: less capacity, what is moved; told, and no reason against it."""
    broken: tuple[Finding, ...]
    """What would be refuted or open, and was not: then the answer is not verified."""
    remaining: tuple[Finding, ...]
    """What was refuted before, and still is, and what differs from the baseline as before: no fault of the new regions."""
    unreached: Mapping[str, tuple[str, ...]]
    """Kinds of guests that do not reach a new region, and were not asked for, by its name."""
    assumptions: tuple[Assumption, ...]
    written: Written | None = None
    """The change as C; None where nothing was found."""
    impossible: Impossible | None = None
    """Why there is no room, and what would make some."""
    undecided: str = ""
    """Why nothing is known."""

    @property
    def verdict(self) -> Verdict:
        """Proved: found, and verified for all configurations. Refuted: it fits nowhere."""
        if self.undecided or self.broken:
            return Verdict.UNKNOWN
        return Verdict.REFUTED if self.places is None else Verdict.PROVED
