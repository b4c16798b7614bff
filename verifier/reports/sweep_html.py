"""`verifier sweep` as one page that needs no other file and no network: tables, and the boards with the worst first."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from verifier.layout.sweep import SweepReport
from verifier.reports import sweep_rows
from verifier.reports.chart_html import lean
from verifier.reports.chart_svg import template
from verifier.reports.sheets import clean
from verifier.reports.sweep_text import outcome_lines

_STYLE = """\
td:nth-child(n) { font-family: inherit; font-size: inherit; }
.wide + .wide { margin-top: 1.5rem; }
"""
"""No column of these tables has addresses alone; two tables in a row are two."""


def render(report: SweepReport) -> str:
    """The page; names in it come from files and are escaped."""
    from markupsafe import Markup

    report = clean(report)
    script = lean("sweep.js")
    return template("sweep.html.j2").render(
        report=report,
        headline=_without_verdict(sweep_rows.headline(report)),
        empty_banks=sweep_rows.empty_banks(report),
        verdicts=list(sweep_rows.by_verdict(report)),
        refuted=list(sweep_rows.by_property(report, "refuted")),
        unknown=list(sweep_rows.by_property(report, "unknown")),
        vendors=list(sweep_rows.by_vendor(report)),
        said=sweep_rows.SAID,
        answers=[list(sweep_rows.together(report, each)) for each in report.boards],
        lines=lambda record: list(outcome_lines(record.outcomes)),
        words=lambda record: _without_verdict(record.headline),
        style=Markup(lean("page.css") + _STYLE),  # noqa: S704  # our own text
        script=Markup(script),  # noqa: S704  # our own text
        digest=b64encode(sha256(script.encode()).digest()).decode(),
    )


def _without_verdict(headline: str) -> str:
    """The page has the verdict before it."""
    return headline.removeprefix("refuted: ").removeprefix("open: ")
