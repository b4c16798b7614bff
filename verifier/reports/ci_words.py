"""What is said of a range of commits, whatever the format."""

from __future__ import annotations

from verifier.layout.finding import Verdict
from verifier.layout.series import Judged, Series
from verifier.layout.units import plural


def headline(report: Series) -> str:
    """One sentence: `A..B: refuted: 1 of 3 commits breaks or loses something; merged: proved`."""
    merged = f"; merged: {report.merged.verdict}" if report.merged else ""
    return f"{report.range}: {report.verdict}: {_reason(report)}{merged}"


def _reason(report: Series) -> str:
    if not report.commits:
        return "no commit in this range, nothing was checked"
    counted = f"{report.commits} {plural(report.commits, 'commit')}"
    if not report.judged:
        changes = "changes" if report.commits == 1 else "change"
        own = f" by {'itself' if report.commits == 1 else 'themselves'}" if report.merged else ""
        return f"{counted} {changes} nothing that a verdict rests on{own}"
    bad = sum(each.verdict is Verdict.REFUTED for each in report.judged)
    unknown = sum(each.verdict is Verdict.UNKNOWN for each in report.judged)
    told = [f"{bad} {'breaks or loses' if bad == 1 else 'break or lose'} something"] if bad else []
    told += [f"of {unknown} something cannot be told"] if unknown else []
    touching = (
        f"{len(report.judged)} of {counted} {'touches' if len(report.judged) == 1 else 'touch'} the layout"
    )
    return f"{touching}, {' and '.join(told) or 'nothing that was sound is lost'}"


def fault(judged: Judged) -> str:
    """Why nothing is known of a commit."""
    return f"the layout cannot be read: {judged.fault}"
