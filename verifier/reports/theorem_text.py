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
from verifier.layout.units import listing, plural, printable, size

WIDTH = 110
_XEN = ("xen/", "tools/")
"""Where Xen's own sources are."""
MOST_VALUES = 8
"""Entries of one list that are shown; of a longer one the first and the last."""


def render(report: TheoremReport, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report, or its first line; `verbose` adds obligations and times."""
    lines = [headline(report), *(() if quiet else _details(report, verbose=verbose))]
    return printable("\n".join(lines) + "\n")


def headline(report: TheoremReport) -> str:
    """One sentence: the verdict, how many theorems have which, of what."""
    said = [each.verdict for each in report.theorems]
    found = {judged.verdict for each in report.theorems for judged in each.judged}
    several = len(report.releases) > 1
    counts = []
    for verdict in ("proved", *RANKED[:2], "not-applicable"):
        count = said.count(verdict)
        if count or verdict in RANKED:
            where = " in some release" if several and count and verdict in RANKED[:2] else ""
            counts.append(f"{count} {verdict}{where}")
    first, last = report.releases[0], report.releases[-1]
    build = ", debug build" if report.build == "debug" else ""
    nothing = ": nothing is proved" if found == {"not-applicable"} else ""
    return (
        f"prove: {report.verdict} ({len(said)} {plural(len(said), 'theorem')}: {', '.join(counts)}) "
        f"for xen {f'{first} to {last}' if several else last}{build}{nothing}"
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
    for each in report.theorems:
        newest = _newest(each, report)
        if newest.refutation is not None:
            yield ""
            yield from _refuted(each, newest, newest.refutation)
    for each in report.theorems:
        for judged in each.judged:
            if judged.verdict == "unknown":
                yield ""
                yield from _unknown(each, judged, report)
    yield ""
    yield from _footing(report, verbose=verbose)


def verdicts(theorem: TheoremFound, report: TheoremReport) -> str:
    """`proved 4.21.0..head, refuted 4.16.0..4.20.4, not-applicable before`; of one release only the verdict."""
    if len(report.releases) == 1:
        return theorem.judged[0].verdict
    if len(theorem.judged) == 1:
        return f"{theorem.judged[0].verdict} in all"
    said: list[str] = []
    for judged in theorem.judged:
        is_rest = len(said) == len(theorem.judged) - 1
        said.append(f"{judged.verdict} {spans(judged, report, is_rest=is_rest)}")
    return ", ".join(said)


def spans(judged: Judged, report: TheoremReport, *, is_rest: bool = False) -> str:
    """`4.16.0..4.18.6 and 4.20.0`; `before` for the last, if it is all that comes before."""
    found = runs(judged.releases, report.releases)
    if is_rest and len(found) == 1 and found[0][0] == report.releases[0]:
        return "before"
    return listing([first if first == last else f"{first}..{last}" for first, last in found])


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


def _refuted(theorem: TheoremFound, judged: Judged, found: Refutation) -> Iterator[str]:
    yield f"refuted: {judged.message}  [{theorem.name}]"
    yield from refutation(found)
    yield from (
        f"  source: {cite.document}: {cite.clause}"
        for cite in theorem.cites
        if cite.document.startswith(_XEN)
    )


def refutation(found: Refutation) -> Iterator[str]:
    """The input of a refutation, and what comes out of it."""
    yield f"  input: {found.what}" + (f" (proofs/{found.file})" if found.file else "")
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
        count = len(each.regions)
        yield f"  comes out: {count or 'no'} extended {plural(count or 1, 'region')}"
        yield from (
            f"    {region}" for region in _some(tuple(f"{part} ({size(part.size)})" for part in each.regions))
        )


def _some(values: tuple[str, ...]) -> Iterator[str]:
    if len(values) <= MOST_VALUES:
        yield from values
        return
    yield from values[: MOST_VALUES - 2]
    yield f"... {len(values) - MOST_VALUES + 1} more ..."
    yield values[-1]


def _unknown(theorem: TheoremFound, judged: Judged, report: TheoremReport) -> Iterator[str]:
    where = f" in {spans(judged, report)}" if len(report.releases) > 1 else ""
    yield f"unknown{where}: {judged.message}  [{theorem.name}]"
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
