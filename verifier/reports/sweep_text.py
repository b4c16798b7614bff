"""`verifier sweep` as text: one sentence, then tables, then the worst boards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from verifier.layout.sweep import Outcome, SweepReport
from verifier.layout.units import listing, plural, printable
from verifier.reports.sheets import clean
from verifier.reports.sweep_rows import (
    by_property,
    by_vendor,
    by_verdict,
    empty_banks,
    headline,
    times,
    together,
)


def render(report: SweepReport, *, verbose: bool = False, quiet: bool = False) -> str:
    """The whole report, or its first line; `verbose` adds every board, every skipped file, and times."""
    report = clean(report)
    lines = [headline(report), *(() if quiet else _details(report, verbose=verbose))]
    return printable("\n".join(lines) + "\n")


def _details(report: SweepReport, *, verbose: bool) -> Iterator[str]:
    yield from _skipped(report, verbose=verbose)
    if report.empty_banks:
        yield f"  {empty_banks(report)}"
    if not report.boards:
        return
    heads = [str(each) for each in report.settings]
    yield from columns(("boards", *heads), by_verdict(report))
    yield from columns(("refuted", "effect", *heads), by_property(report, "refuted"))
    yield from columns(
        ("open", *heads), ((name, *counts) for name, _, *counts in by_property(report, "unknown"))
    )
    yield from columns(("refuted, by vendor", "boards", *heads), by_vendor(report))
    yield from _worst(report, len(report.boards) if verbose else report.top, verbose=verbose)
    if verbose:
        yield ""
        yield times(report)


def _skipped(report: SweepReport, *, verbose: bool) -> Iterator[str]:
    double = sum(len(each.names) - 1 for each in report.boards)
    if double:
        yield f"  {double} more {plural(double, 'file')} with the content of one of the boards"
    reasons = Counter((each.reason, each.is_doubt) for each in report.skipped)
    for (reason, is_doubt), count in reasons.most_common():
        doubt = " (it may be a board)" if is_doubt else ""
        yield f"  {count} skipped: {reason}{doubt}"
    if verbose:
        yield from (f"    {each.name}: {each.reason}" for each in report.skipped)


def _worst(report: SweepReport, most: int, *, verbose: bool) -> Iterator[str]:
    wrong = [each for each in report.boards if verbose or each.worst.verdict != "proved"]
    for board in wrong[:most]:
        yield ""
        yield f"{listing(list(board.names[:3]))}{_more(len(board.names) - 3)}"
        for records, names in together(report, board):
            yield f"  {listing(names)}: {records.headline}"
            yield from (f"    {line}" for line in outcome_lines(records.outcomes))
    left = len(wrong) - min(most, len(wrong))
    if left:
        yield ""
        yield f"{left} more {plural(left, 'board')} not sound in every setting (--top {len(wrong)} or -v tells them)"


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""


def outcome_lines(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """What is refuted, with the largest finding of each property; where there are more, the largest that is listed."""
    for each in outcomes:
        if each.verdict == "refuted":
            least = "at least " if each.more else ""
            more = f" (and {least}{each.count - 1} more)" if each.count > 1 else ""
            yield f"{each.domain}: {each.effect}: {each.property}: {each.message}{more}"


def columns(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """An empty line and a table; words stand left, numbers right. Nothing where there is no row."""
    table = [tuple(heads), *map(tuple, rows)]
    if len(table) == 1:
        return
    yield ""
    widths = [max(len(row[at]) for row in table) for at in range(len(heads))]
    is_number = [all(row[at].isdigit() for row in table[1:]) for at in range(len(heads))]
    for row in table:
        cells = (
            f"{cell:>{width}}" if right else f"{cell:<{width}}"
            for cell, width, right in zip(row, widths, is_number, strict=True)
        )
        yield "  ".join(cells).rstrip()
