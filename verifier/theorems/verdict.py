"""Whether a theorem holds in a release: proved, refuted, or neither, with the reason.

Refuted is only what a concrete input refutes: one that satisfies every assumption, run through the integer
reading of the same code, and found to break the property by code that shares nothing with the formula. An
obligation that fails makes no refutation by itself: an induction can be too weak. Proved is what has
obligations, each impossible and none vacuous, rests on proved theorems only, and whose examples run.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from verifier.layout.errors import InternalError
from verifier.theorems.catalogue import theorems
from verifier.theorems.prove import Decided, discharge
from verifier.theorems.recorded import Recorded, recorded
from verifier.theorems.statement import Obligation, Theorem
from verifier.theorems.violation import Violation
from verifier.xen.release import Xen

Word = Literal["proved", "refuted", "unknown", "not-applicable"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Of one theorem in one release."""

    theorem: Theorem
    word: Word
    reason: str = ""
    """Why it is neither proved nor refuted."""
    decided: tuple[Decided, ...] = ()
    """Its obligations, those that fail included."""
    counterexample: Recorded | None = None
    violation: Violation | None = None


_TRIES = 30_000
"""Inputs of a search: some seconds."""


class Prover:
    """Decides theorems; an obligation with the same text is decided once, whatever the theorem and the release."""

    def __init__(self, *, timeout: float = 30.0, seed: int = 0, searches: bool = False) -> None:
        """`searches`: for what is neither proved nor refuted by a record, a counterexample is looked for."""
        self._timeout, self._seed, self._searches = timeout, seed, searches
        self._decided: dict[tuple[str, ...], Decided] = {}
        self._verdicts: dict[tuple[str, str, bool], Verdict] = {}

    @property
    def decided(self) -> tuple[Decided, ...]:
        """Every obligation decided so far, each text once."""
        return tuple(self._decided.values())

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """Every verdict so far, those on theorems that others rest on included."""
        return tuple(self._verdicts.values())

    def verdict(self, theorem: Theorem, xen: Xen) -> Verdict:
        """Of a theorem in a release. Raises InternalError for a proof and a counterexample at once."""
        key = theorem.name, xen.tag, xen.debug
        if key not in self._verdicts:
            self._verdicts[key] = self._judge(theorem, xen)
        return self._verdicts[key]

    def decide(self, obligation: Obligation) -> Decided:
        """The outcome of an obligation."""
        key = obligation.key()
        if key not in self._decided:
            self._decided[key] = discharge(obligation, timeout=self._timeout, seed=self._seed)
        return self._decided[key]

    def _judge(self, theorem: Theorem, xen: Xen) -> Verdict:
        if not theorem.applies(xen):
            return Verdict(theorem, "not-applicable", "the release has nothing that the theorem speaks of")
        found = refutation(theorem, xen)
        proof = self._prove(theorem, xen)
        if found is None and proof.word == "unknown" and self._searches:
            found = searched(theorem, xen)
        if found is None:
            return proof
        if proof.word == "proved":
            raise InternalError(f"{theorem.name} is proved, and fails: {found[1].message}")
        return Verdict(theorem, "refuted", proof.reason, proof.decided, found[0], found[1])

    def _prove(self, theorem: Theorem, xen: Xen) -> Verdict:
        obligations = theorem.obligations(xen)
        if obligations is None:
            return Verdict(theorem, "unknown", "nothing in the code of this release could make it true")
        if not obligations:
            return Verdict(theorem, "unknown", "it has no obligation: nothing was checked")
        decided = tuple(self.decide(each) for each in obligations)
        for each, outcome in zip(obligations, decided, strict=True):
            if outcome.outcome != "proved":
                return Verdict(theorem, "unknown", f"obligation {each.name} {_said(outcome)}", decided)
        for name in theorem.uses(xen):
            used = self.verdict(named(name), xen)
            if used.word != "proved":
                return Verdict(theorem, "unknown", f"it rests on {name}, which is {used.word}", decided)
        return examples_run(theorem, xen) or Verdict(theorem, "proved", decided=decided)


def examples_run(theorem: Theorem, xen: Xen) -> Verdict | None:
    """None if every example satisfies the assumptions and does not break the theorem."""
    for example in theorem.examples:
        refused = next((each for each in theorem.assumptions if not each.admits(example)), None)
        if refused is not None:
            return Verdict(theorem, "unknown", f"its example does not satisfy assumption {refused.id}")
        if theorem.violation is not None and (broken := theorem.violation(xen, example)) is not None:
            raise InternalError(f"{theorem.name} is proved, and its example breaks it: {broken.message}")
    return None


def refutation(theorem: Theorem, xen: Xen) -> tuple[Recorded, Violation] | None:
    """The first recorded counterexample that satisfies the assumptions and breaks the theorem in a release."""
    for each in recorded(theorem.name):
        if theorem.violation is None or not all(known.admits(each.setting) for known in theorem.assumptions):
            continue
        violation = theorem.violation(xen, each.setting)
        if violation is not None:
            return each, violation
    return None


def searched(theorem: Theorem, xen: Xen) -> tuple[Recorded, Violation] | None:
    """A counterexample that a bounded search finds; that it finds none says nothing."""
    from verifier.theorems.search import Limits, search

    limits = Limits(tries=_TRIES)
    setting = search(theorem, xen, limits)
    if setting is None or theorem.violation is None:
        return None
    violation = theorem.violation(xen, setting)
    assert violation is not None
    return Recorded(f"Found by trying ({limits.label}); it is not recorded yet.", setting, ""), violation


def named(name: str) -> Theorem:
    """A theorem. Raises KeyError for a name that there is not."""
    return {each.name: each for each in theorems()}[name]


def _said(decided: Decided) -> str:
    if decided.outcome == "fails":
        numbers = ", ".join(f"{name} = {value:#x}" for name, value in decided.numbers)
        return f"fails: {numbers}"
    return f"is {decided.outcome}: {decided.reason}"
