"""What `verifier host` found, as the sheet that formats for machines are made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from verifier.commands.host_findings import unlisted
from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.domain_map import Agreement
from verifier.layout.finding import Cite
from verifier.layout.sheet import DECIDED, Mark, Part, Place, Row, Sheet, Topic, with_doubts
from verifier.layout.units import hexa, plural, sized
from verifier.reports.board_headline import Settings, every_setting, settings_text
from verifier.reports.board_text import headline_of_board
from verifier.rules.boards.catalogue import board_rules

_LOG = Topic(
    "log-agrees",
    "what Xen printed is what is predicted",
    "Each extended region and each stop of the log is the one that is predicted of this board and release.",
    "A prediction that one boot contradicts is worth nothing for the next: either the log is of another board, release or "
    "command line, or the models are wrong.",
    (Cite("xen/arch/arm/domain_build.c", "make_hypervisor_node prints each extended region"),),
)


def sheet(report: BoardReport) -> Sheet:
    """A part for each domain, and one before them for what is of the whole board."""
    rules = tuple(Topic(each.id, each.title, each.statement, each.why, each.cites) for each in board_rules())
    parts = tuple(_part(name, report) for name in dict.fromkeys(each.name for each in report.maps))
    head = headline_of_board(report)
    whole = (*_of_log(report), *_open(report))
    missing = tuple(unlisted(report.findings))
    if whole or report.notes or missing:
        parts = (Part("", head, _worst(whole), whole, report.notes, missing), *parts)
    found = Sheet(
        report.command, report.file, head, report.verdict, (*rules, _LOG), parts, report.assumptions
    )
    return with_doubts(found)


def _row(topic: Topic, verdict: str, message: str, report: BoardReport) -> Row:
    return Row(topic.id, verdict, "error", (), message, place=Place(report.file))


def _worst(rows: tuple[Row, ...]) -> str:
    found = {row.verdict for row in rows}
    return next((each for each in ("refuted", "unknown", "proved") if each in found), "not-applicable")


def _of_log(report: BoardReport) -> Iterator[Row]:
    """Where the log shows something that cannot be."""
    stops = [f"Xen was not predicted to stop, but {each}" for each in report.contradictions]
    banks = [f"dom0 cannot have the banks of the log: {each}" for each in report.impossible]
    for each in (*stops, *banks):
        yield _row(_LOG, "refuted", each, report)
    if report.log is not None and not report.agreements and any(each.boots for each in report.maps):
        yield _row(_LOG, "unknown", "the log has no extended regions to compare", report)


def _open(report: BoardReport) -> Iterator[Row]:
    """What is not decided, but for the properties that are: those have rows of their own."""
    told = {f"{each.property} of {each.domain}" for each in report.findings}
    for each in report.open:
        if each not in told:
            row = _row(DECIDED, "unknown", f"open: {each}", report)
            yield replace(row, details=report.vacuous)


def _part(name: str, report: BoardReport) -> Part:
    findings = [each for each in report.findings if each.domain == name]
    every = every_setting(report.findings)
    rows = tuple(_finding(each, report, every) for each in findings)
    if report.vacuous:
        rows = tuple(map(_idle, rows))
    logged = tuple(_agreement(each, report) for each in report.agreements if each.name == name)
    rows = (*logged, *rows)
    verdict = _worst(rows)
    return Part(name, f"{verdict} ({_counts(rows)})", verdict, rows)


def _counts(rows: tuple[Row, ...]) -> str:
    """`9 properties: 8 proved, 1 refuted`; what has several verdicts in several settings is counted for each."""
    pairs = {(row.topic, row.verdict) for row in rows}
    counts = Counter(verdict for _, verdict in sorted(pairs))
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    number = len({topic for topic, _ in pairs})
    return f"{number} {'property' if number == 1 else 'properties'}: {said}"


def _idle(row: Row) -> Row:
    """Of a boot that cannot be nothing is proved, and nothing refuted."""
    if row.verdict not in ("proved", "refuted"):
        return row
    message = f"of a boot that cannot be: {row.verdict}: {row.message}"
    return replace(row, verdict="not-applicable", message=message)


def _agreement(agreement: Agreement, report: BoardReport) -> Row:
    if not agreement.differences:
        count = len(agreement.observed.extended_regions)
        same = f"the log has the same {count} extended {plural(count, 'region')}"
        return replace(_row(_LOG, "proved", same, report), subjects=(agreement.name,))
    sides = [
        f"extended region {each.index}: predicted {each.predicted or 'none'}, logged {each.observed or 'none'}"
        for each in agreement.differences
    ]
    explained = tuple(f"the log is what is predicted of: {each}" for each in agreement.explained_by)
    row = _row(_LOG, "refuted", f"the log disagrees: {sides[0]}", report)
    return replace(row, subjects=(agreement.name,), details=(*sides[1:], *explained))


def _memory(found: BoardFinding) -> Iterator[str]:
    if found.memory is not None:
        low, high = found.memory.hull
        more = "" if len(found.memory.runs) == 1 else f" in {len(found.memory.runs)} ranges"
        yield f"memory from {sized(low)} to {sized(high)}{more}"


def _example(found: BoardFinding) -> str:
    if found.memory is not None:
        return f"--memory {hexa(found.memory.example)}"
    return "" if found.placement is None else found.placement.options


def _finding(found: BoardFinding, report: BoardReport, every: Settings) -> Row:
    refuted = found.verdict == "refuted"
    logged = " (logged)" if found.source == "logged" else ""
    where = settings_text(found.settings, every)
    parties = [f"{each.name} {each.extent}: {each.origin}" for each in found.parties]
    checked = (f"{found.checked} {plural(found.checked, 'comparison')}",) if found.verdict == "proved" else ()
    return Row(
        found.property,
        str(found.verdict),
        "error",
        found.subjects,
        f"{found.effect}{logged}: {found.message}" if refuted else f"{found.message}{logged}",
        (*parties, *found.details, *checked, *(() if refuted else (f"for {where}",))),
        fails_when=(where, *_memory(found)) if refuted else (),
        example=_example(found),
        help=found.help,
        place=Place(report.file),
        marks=tuple(Mark(each.name, each.extent.start, each.extent.end) for each in found.parties),
    )
