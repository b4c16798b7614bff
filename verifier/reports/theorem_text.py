"""`verifier prove` as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from itertools import groupby

from verifier.layout.theorem_report import (
    RANKED,
    Example,
    Judged,
    Refutation,
    TheoremFound,
    TheoremReport,
    runs,
)
from verifier.layout.units import hexa, listing, plural, printable, size

WIDTH = 110
MOST_VALUES = 8
"""Entries of one list that are shown; of a longer one the first and the last."""


def render(report: TheoremReport, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report, or its first line; `verbose` adds obligations and times."""
    lines = [headline(report), *(() if quiet else _details(report, verbose=verbose))]
    return printable("\n".join(lines) + "\n")


def headline(report: TheoremReport) -> str:
    """One sentence: the verdict, how many theorems have which, of what."""
    said = [each.verdict for each in report.theorems]
    several = len(report.releases) > 1
    counts = []
    for verdict in ("proved", *RANKED[:2], "not-applicable"):
        count = said.count(verdict)
        if count or verdict in RANKED:
            where = " in some release" if several and count and verdict in RANKED[:2] else ""
            counts.append(f"{count} {verdict}{where}")
    first, last = report.releases[0], report.releases[-1]
    build = ", debug build" if report.build == "debug" else ""
    return (
        f"prove: {report.verdict} ({len(said)} {plural(len(said), 'theorem')}: {', '.join(counts)}) "
        f"for xen {f'{first} to {last}' if several else last}{build}"
    )


def _details(report: TheoremReport, *, verbose: bool) -> Iterator[str]:
    width = max((len(each.property) for each in report.theorems), default=0)
    for producer, theorems in groupby(report.theorems, key=lambda each: each.producer):
        yield ""
        yield f"{producer}:"
        for each in theorems:
            yield f"  {each.property:<{width}}  {verdicts(each, report)}"
            if verbose:
                yield from _obligations(each)
    for verdict in RANKED[:2]:
        for each in report.theorems:
            judged = _newest(each, report)
            if judged.verdict == verdict:
                yield ""
                yield from _refuted(each, judged) if judged.refutation else _unknown(each, judged)
    yield ""
    yield from _footing(report, verbose=verbose)


def verdicts(theorem: TheoremFound, report: TheoremReport) -> str:
    """`proved 4.21.0..head, refuted 4.16.0..4.20.4, not-applicable before`; of one release only the verdict."""
    if len(report.releases) == 1:
        return theorem.judged[0].verdict
    if len(theorem.judged) == 1:
        return f"{theorem.judged[0].verdict} in all"
    said = []
    for index, judged in enumerate(theorem.judged):
        spans = runs(judged.releases, report.releases)
        is_rest = index == len(theorem.judged) - 1 and len(spans) == 1 and spans[0][0] == report.releases[0]
        shown = [first if first == last else f"{first}..{last}" for first, last in spans]
        said.append(f"{judged.verdict} {'before' if is_rest else listing(shown)}")
    return ", ".join(said)


def _newest(theorem: TheoremFound, report: TheoremReport) -> Judged:
    """The verdict on the newest release asked for."""
    return next(each for each in theorem.judged if report.releases[-1] in each.releases)


def _obligations(theorem: TheoremFound) -> Iterator[str]:
    judged = theorem.judged[0]
    if judged.questions and theorem.unbounded:
        yield f"    for any number of: {theorem.unbounded}"
    for each in judged.questions:
        outcome = each.outcome if each.outcome == "proved" else f"{each.outcome}: {each.reason}"
        yield f"    {each.name} ({each.milliseconds:.1f} ms, {outcome}): {each.says}"
    if judged.uses:
        yield f"    rests on {listing(judged.uses)}"


def _refuted(theorem: TheoremFound, judged: Judged) -> Iterator[str]:
    found = judged.refutation
    assert found is not None
    yield f"refuted: {judged.message}  [{theorem.name}]"
    yield from refutation(found)
    for cite in theorem.cites:
        yield f"  source: {cite.document}: {cite.clause}"


def refutation(found: Refutation) -> Iterator[str]:
    """The input of a refutation, and what comes out of it."""
    yield f"  input: {found.what} (proofs/{found.file})"
    yield from example(found.example)


def example(each: Example) -> Iterator[str]:
    """A concrete input, and what comes out of it."""
    for given in each.given:
        if len(given.values) == 1:
            yield f"    {given.name}: {given.values[0]}"
            continue
        yield f"    {given.name}:"
        yield from (f"      {value}" for value in _some(given.values))
    if each.stops:
        yield f"  comes out: {each.stops}"
    elif each.regions is not None:
        shown = [f"[{hexa(part.start)}, {hexa(part.end)}) ({size(part.size)})" for part in each.regions]
        yield f"  comes out: {plural(len(shown), 'extended region')}" if shown else "  comes out: no extended region"
        yield from (f"    {region}" for region in _some(tuple(shown)))


def _some(values: tuple[str, ...]) -> Iterator[str]:
    if len(values) <= MOST_VALUES:
        yield from values
        return
    yield from values[: MOST_VALUES - 2]
    yield f"... {len(values) - MOST_VALUES + 1} more ..."
    yield values[-1]


def _unknown(theorem: TheoremFound, judged: Judged) -> Iterator[str]:
    yield f"unknown: {judged.message}  [{theorem.name}]"
    yield from textwrap.wrap(theorem.statement, WIDTH, initial_indent="  ", subsequent_indent="  ")


def _footing(report: TheoremReport, *, verbose: bool) -> Iterator[str]:
    """What the verdicts rest on."""
    yield (
        f"{report.obligations} different {plural(report.obligations, 'obligation')}: {report.arithmetic} decided by "
        f"arithmetic, {report.z3} by {report.solver}; {report.vacuous} vacuous"
    )
    for each in report.opinions:
        yield (
            f"  {each.solver} on the same text: {each.unsat} unsat, {each.sat} sat, {each.unknown} unknown, "
            f"{each.seconds:.1f} seconds"
        )
    yield from report.notes
    if report.assumptions:
        yield "assumptions, each of some of these theorems:"
    for assumption in report.assumptions:
        yield f"  {assumption.id}: {assumption.statement} ({assumption.source})"
    if verbose:
        yield f"{report.seconds:.3f} seconds"
