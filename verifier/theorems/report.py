"""Verdicts of many theorems in many releases as one report."""

from __future__ import annotations

import time
from collections.abc import Sequence

from verifier.layout import finding
from verifier.layout.domain_map import Extent
from verifier.layout.theorem_report import Judged, Question, Refutation, TheoremFound, TheoremReport
from verifier.logic.solver import solver_name
from verifier.reading import models
from verifier.theorems.families import families
from verifier.theorems.prove import Decided
from verifier.theorems.statement import Theorem
from verifier.theorems.verdict import Prover, Verdict
from verifier.theorems.words import example
from verifier.xen.release import Build, Xen, xen


def report(
    theorems: Sequence[Theorem],
    prover: Prover,
    *,
    asked: Sequence[str] = (),
    release: str | None = None,
    build: Build = "release",
) -> TheoremReport:
    """Every theorem in one release, given by its tag, or in all; releases that behave alike are decided once."""
    start = time.perf_counter()
    alike = tuple(each.tags for each in families()) if release is None else ((release,),)
    found = tuple(_found(theorem, prover, alike, build) for theorem in theorems)
    used = {each.id: each for theorem in theorems for each in theorem.assumptions}
    decided = prover.decided
    arithmetic = sum(each.by == "arithmetic" for each in decided)
    return TheoremReport(
        tuple(asked),
        release,
        tuple(sorted((tag for tags in alike for tag in tags), key=models.version)),
        build,
        solver_name(),
        found,
        tuple(finding.Assumption(each.id, each.statement, each.source) for each in used.values()),
        arithmetic,
        len(decided) - arithmetic,
        sum(each.vacuous for each in decided),
        time.perf_counter() - start,
    )


def _found(theorem: Theorem, prover: Prover, alike: Sequence[tuple[str, ...]], build: Build) -> TheoremFound:
    verdicts: dict[str, list[tuple[str, Verdict]]] = {}
    for tags in alike:
        verdict = prover.verdict(theorem, xen(tags[-1], build))
        verdicts.setdefault(verdict.word, []).extend((tag, verdict) for tag in tags)
    judged = [_judged(theorem, word, each, build) for word, each in verdicts.items()]
    return TheoremFound(
        theorem.name,
        theorem.statement,
        theorem.why,
        theorem.cites,
        theorem.unbounded,
        tuple(each.id for each in theorem.assumptions),
        tuple(sorted(judged, key=lambda each: models.version(each.releases[-1]), reverse=True)),
    )


def _judged(theorem: Theorem, word: str, verdicts: list[tuple[str, Verdict]], build: Build) -> Judged:
    """What is said is said of the newest of the releases."""
    releases = sorted(verdicts, key=lambda each: models.version(each[0]))
    tag, newest = releases[-1]
    model = xen(tag, build)
    refutation = None if newest.violation is None else _refutation(theorem, model, newest)
    message = {"proved": theorem.statement, "refuted": ""}.get(word, newest.reason)
    if refutation is not None:
        message = f"{theorem.statement.removesuffix('.')}: this fails because {refutation.message}"
    return Judged(
        word,
        tuple(tag for tag, _ in releases),
        message,
        tuple(map(_question, newest.decided)),
        theorem.uses(model) if word != "not-applicable" else (),
        refutation,
    )


def _refutation(theorem: Theorem, model: Xen, verdict: Verdict) -> Refutation:
    kept, violation = verdict.counterexample, verdict.violation
    assert kept is not None
    assert violation is not None
    return Refutation(
        violation.message,
        kept.what,
        kept.file,
        example(theorem, model, kept.setting),
        tuple((name, Extent(*pair)) for name, pair in violation.regions),
        violation.address,
    )


def _question(decided: Decided) -> Question:
    reason = decided.reason
    if decided.numbers:
        reason = ", ".join(f"{name} = {value:#x}" for name, value in decided.numbers)
    return Question(
        decided.obligation.name, decided.obligation.says, decided.outcome, reason, 1000 * decided.seconds
    )
