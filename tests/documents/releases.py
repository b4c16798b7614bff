"""The verdicts of all releases, computed; `tests/models/` holds them against history."""

from __future__ import annotations

from collections.abc import Iterator

from tests.models.history import HISTORY
from verifier.commands.check import check
from verifier.layout.finding import Report, Verdict
from verifier.reading import models
from verifier.reading.request import Request
from verifier.reports import sentences


def table() -> str:
    """A row for each run of releases with the same verdicts."""
    lines = ["| release | verdict | refuted | waived | unknown |", "|---|---|---|---|---|"]
    for first, last in _spans():
        report = check(Request(f"xen-{last}"), repairs=False)
        name = first if first == last else f"{first} to {last}"
        cells = [
            "<br>".join(_cell(report, verdict))
            for verdict in (Verdict.REFUTED, Verdict.WAIVED, Verdict.UNKNOWN)
        ]
        lines.append(f"| {name} | {report.verdict} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(report: Report, verdict: Verdict) -> Iterator[str]:
    for finding in report.findings:
        if finding.verdict is verdict:
            when = "; ".join(sentences.regimes(finding, report.space)) if finding.regimes else finding.message
            yield f"`{finding.property}` of {_named(finding.subjects)}: {when}"


def _named(subjects: tuple[str, ...]) -> str:
    return " and ".join(f"`{subject}`" for subject in subjects)


def _spans() -> list[tuple[str, str]]:
    """First and last tag of each run of releases between two entries of the history."""
    tags = [tag for model in models.releases() for tag in model.tags]
    starts = [tag for tag in tags if tag in HISTORY and _changes(tag)]
    ends = [tags[tags.index(start) - 1] for start in starts[1:]] + [tags[-1]]
    return list(zip(starts, ends, strict=True))


def _changes(tag: str) -> bool:
    known = list(HISTORY)
    before = known[known.index(tag) - 1] if tag != known[0] else None
    return before is None or HISTORY[before] != HISTORY[tag]
