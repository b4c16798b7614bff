"""What every format tells of a sweep: the sentence, and the rows of its tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from verifier.layout.board_finding import EFFECTS, LEAST
from verifier.layout.sweep import RANKED, Outcome, Record, SweepReport, SweptBoard
from verifier.layout.units import listing, plural

SAID = {"refuted": "refuted", "error": "without an answer", "unknown": "open", "proved": "sound"}
"""Verdicts in tables and sentences."""


def headline(report: SweepReport) -> str:
    """`refuted: 8 boards in 4 settings: 2 refuted (2 unsound; no-overlap of 2), 6 sound`.

    A board counts by its worst setting.
    """
    count, settings = len(report.boards), len(report.settings)
    if not count:
        return "nothing was checked: there is no device tree among the inputs"
    worst = Counter(each.worst.verdict for each in report.boards)
    told = [f"{worst[verdict]} {SAID[verdict]}" for verdict in RANKED if worst[verdict]]
    if worst["refuted"]:
        told[0] += f" ({_effects(report)}; {_properties(report)})"
    doubts = sum(each.is_doubt for each in report.skipped)
    if doubts:
        told.append(f"{doubts} {plural(doubts, 'file')} that cannot be looked at")
    word = {"refuted": "refuted", "unknown": "open", "proved": "sound and complete"}[report.verdict]
    return f"{word}: {count} {plural(count, 'board')} in {settings} {plural(settings, 'setting')}: {', '.join(told)}"


def empty_banks(report: SweepReport) -> str:
    """What explains refutations of trees as a kernel has them; empty where there is nothing to explain."""
    count = report.empty_banks
    if not count:
        return ""
    have = "has" if count == 1 else "have"
    return (
        f"{count} {plural(count, 'board')} {have} banks of RAM without a size, as a kernel ships its trees, and no machine "
        "boots with them: --as-shipped leaves them out"
    )


def _effects(report: SweepReport) -> str:
    """`510 unsound, 66 not built`: each board by the worst."""
    found = Counter(
        min((each.effect for each in _refuted(board)), key=EFFECTS.index)
        for board in report.boards
        if board.worst.verdict == "refuted"
    )
    return ", ".join(f"{found[effect]} {effect}" for effect in EFFECTS if found[effect])


def _properties(report: SweepReport) -> str:
    """`built of 66 and registers-fit of 41`: a board counts for each property that it breaks in some setting."""
    found = Counter(name for board in report.boards for name in {each.property for each in _refuted(board)})
    ordered = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return listing([f"{name} of {count}" for name, count in ordered])


def _refuted(board: SweptBoard) -> list[Outcome]:
    return [each for record in board.records for each in record.outcomes if each.verdict == "refuted"]


def by_verdict(report: SweepReport) -> Iterator[tuple[str, ...]]:
    """A row for each verdict: boards under each setting."""
    counts = [report.counts(position) for position in range(len(report.settings))]
    for verdict in RANKED:
        if any(each[verdict] for each in counts):
            yield SAID[verdict], *(str(each[verdict]) for each in counts)


def by_property(report: SweepReport, verdict: str) -> Iterator[tuple[str, ...]]:
    """Property and effect, and boards under each setting; the worst effect first, then most boards first.

    `permissions-match` comes last whatever its effect.
    """
    found: dict[tuple[str, str], list[int]] = {}
    for board in report.boards:
        for position, record in enumerate(board.records):
            for key in {(each.property, each.effect) for each in record.outcomes if each.verdict == verdict}:
                found.setdefault(key, [0] * len(report.settings))[position] += 1
    rank = {effect: position for position, effect in enumerate((*EFFECTS, ""))}

    def order(row: tuple[tuple[str, str], list[int]]) -> tuple[bool, int, int, str]:
        (name, effect), counts = row
        return name == LEAST, rank[effect], -sum(counts), name

    for (name, effect), counts in sorted(found.items(), key=order):
        yield name, effect, *map(str, counts)


def by_vendor(report: SweepReport) -> Iterator[tuple[str, ...]]:
    """Vendor, boards, and boards that are refuted under each setting; most refuted first. Nothing if no board is."""
    boards: Counter[str] = Counter()
    refuted: dict[str, list[int]] = {}
    for board in report.boards:
        boards[board.vendor] += 1
        counts = refuted.setdefault(board.vendor, [0] * len(report.settings))
        for position, record in enumerate(board.records):
            counts[position] += record.verdict == "refuted"
    if not any(map(any, refuted.values())):
        return
    for vendor, counts in sorted(
        refuted.items(), key=lambda each: (-sum(each[1]), -boards[each[0]], each[0])
    ):
        yield vendor, str(boards[vendor]), *map(str, counts)


def together(report: SweepReport, board: SweptBoard) -> Iterator[tuple[Record, list[str]]]:
    """The answers of a board, the worst first, each with the settings that have it."""
    groups: dict[Record, list[str]] = {}
    for setting, record in zip(report.settings, board.records, strict=True):
        groups.setdefault(record, []).append(str(setting))
    for record, names in sorted(groups.items(), key=lambda each: each[0].rank):
        yield record, ["every setting"] if len(names) == len(report.settings) > 1 else names


def times(report: SweepReport) -> str:
    """How long it took, and how long a board takes a processor."""
    records = [each for board in report.boards for each in board.records]
    work = sum(each.seconds for each in records)
    new = len(records) - report.kept
    slow = max(records, key=lambda each: each.seconds)
    return (
        f"{new} {plural(new, 'answer')} in {report.seconds:.1f} s, {report.kept} known before; "
        f"{1000 * work / len(records):.1f} ms of a processor for each, {1000 * slow.seconds:.0f} ms at most"
    )
