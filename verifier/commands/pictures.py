"""Reports as pictures: the chart of each kind of report, as SVG or as a page with the findings.

What makes the chart of one kind is loaded for that kind: boards need the models of Xen, and layouts do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verifier.layout.board_report import BoardReport
from verifier.layout.chart import Chart
from verifier.layout.difference import Difference
from verifier.layout.errors import InputError
from verifier.layout.finding import Report
from verifier.layout.offer import Offer
from verifier.layout.sheet import Sheet
from verifier.reports import chart_html, chart_svg

Pictured = Report | Difference | BoardReport | tuple[Report, Report]
"""What has a picture; two reports are maps side by side."""


def page(report: Pictured, *, first: Offer | None = None, is_linear: bool = False) -> str:
    """The HTML page. Raises InputError if there is nothing to draw."""
    return chart_html.render(chart(report, first), sheet(report), is_linear=is_linear)


def svg(report: Pictured, *, first: Offer | None = None, is_linear: bool = False) -> str:
    """The SVG file. Raises InputError if there is nothing to draw."""
    return chart_svg.render(chart(report, first), is_linear=is_linear)


def chart(report: Pictured, first: Offer | None = None) -> Chart:
    """`first` is what of a board is seen first; else as `verifier map` draws it. Raises InputError."""
    if isinstance(report, BoardReport):
        return _board(report, first)
    from verifier.reports import chart_of_layout
    from verifier.rules.catalogue import catalogue

    titles = {rule.id: rule.title for rule in catalogue()}
    if isinstance(report, Report):
        return chart_of_layout.of_report(report, titles)
    if isinstance(report, Difference):
        return chart_of_layout.of_difference(report, titles)
    return chart_of_layout.of_reports(*report, titles)


def sheet(report: Pictured) -> Sheet:
    """The findings in words."""
    if isinstance(report, BoardReport):
        from verifier.commands import host_sheet

        return host_sheet.sheet(report)
    if isinstance(report, Difference):
        from verifier.commands import diff_sheet

        return diff_sheet.sheet(report)
    from verifier.commands import check_sheet

    if isinstance(report, Report):
        return check_sheet.sheet(report)
    old, new = report
    parts = tuple(check_sheet.part(each, each.subject.name) for each in report)
    return replace(check_sheet.sheet(new), parts=parts, assumptions=(*old.assumptions, *new.assumptions))


def _board(report: BoardReport, first: Offer | None) -> Chart:
    from verifier.commands import board_map
    from verifier.reports.chart_of_board import Board, of_board

    if not report.offers:
        raise InputError("no domain is built from this device tree: there is nothing to draw", report.file)
    offer = first or board_map.widest([each for each in report.offers if each.name == report.offers[0].name])
    scenes = tuple((each, board_map.scene(report, each)) for each in report.offers)
    notes = tuple((each, line) for each in report.offers for line in _notes(report, each))
    return of_board(Board(report, scenes, offer, notes))


def _notes(report: BoardReport, offer: Offer) -> Iterator[str]:
    from verifier.commands import board_map

    yield from (each.removeprefix("note: ") for each in board_map.doubts(report, offer))
    yield from (f"not drawn: {each}" for each in board_map.undrawn(offer))
