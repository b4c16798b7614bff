"""The answer of `verifier ci` for people: one sentence, a line for each commit, then what is wrong with each."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.finding import Verdict
from verifier.layout.series import Judged, Series
from verifier.reports import ci_words, diff_text, diff_words


def render(report: Series, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report as text, without colour."""
    return units.printable("\n".join(_lines(report, verbose=verbose, quiet=quiet)) + "\n")


def _lines(report: Series, *, verbose: bool, quiet: bool) -> Iterator[str]:
    yield ci_words.headline(report)
    if quiet:
        return
    for each in report.parts:
        yield f"  {each.verdict:<7}  {each.name}"
    for each in report.parts:
        if verbose or each.verdict is not Verdict.PROVED:
            yield ""
            yield from _judged(each, verbose=verbose)
    found = [each.difference for each in report.parts if each.difference]
    if found:
        yield ""
        yield from diff_text.footing(found, verbose=verbose)


def _judged(judged: Judged, *, verbose: bool) -> Iterator[str]:
    yield f"== {judged.name}"
    if judged.difference is None:
        yield f"unknown: {ci_words.fault(judged)}"
        return
    yield diff_words.outcome(judged.difference)
    yield from diff_text.body(judged.difference, verbose=verbose)
