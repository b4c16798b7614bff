"""Sheets say what the reports say: nothing is lost, and no verdict gets better."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from verifier.commands.host_sheet import sheet as sheet_of_board
from verifier.commands.prove_sheet import sheet as sheet_of_theorems
from verifier.layout.finding import Verdict
from verifier.layout.sheet import Row, Sheet

RANKED = ("refuted", "unknown", "proved")


def rows(sheet: Sheet) -> Iterator[Row]:
    for part, row, _ in sheet.entries():
        assert row in part.rows
        yield row


def findings(report: Any) -> list[tuple[str, str]]:
    """Property and verdict of everything that a report found."""
    if hasattr(report, "theorems"):
        return [(each.name, judged.verdict) for each in report.theorems for judged in each.judged]
    reports = (*getattr(report, "before", ()), report)
    return [(found.property, str(found.verdict)) for each in reports for found in each.findings]


def test_there_is_every_verdict(sheets: Mapping[str, Sheet]) -> None:
    """Else what follows would be about less than it says."""
    assert {row.verdict for sheet in sheets.values() for row in rows(sheet)} == set(map(str, Verdict))
    assert {sheet.verdict for sheet in sheets.values()} == set(RANKED)
    assert {row.severity for sheet in sheets.values() for row in rows(sheet)} == {"error", "advice"}


def test_every_finding_has_a_row(sheets: Mapping[str, Sheet], reports: Mapping[str, Any]) -> None:
    for name, sheet in sheets.items():
        found = Counter((row.topic, row.verdict) for row in rows(sheet))
        if name == "impossible boot":
            continue
        missing = Counter(findings(reports[name])) - found
        assert not missing, name
        extra = {topic for topic, _ in found - Counter(findings(reports[name]))}
        assert extra <= {"log-agrees", "decided"}, name


def test_the_verdict_is_that_of_the_rows(sheets: Mapping[str, Sheet], reports: Mapping[str, Any]) -> None:
    for name, sheet in sheets.items():
        told = {row.verdict for row in rows(sheet) if row.severity == "error"}
        worst = next((each for each in RANKED if each in told), "no row tells it")
        assert sheet.verdict == worst == str(reports[name].verdict), name


def test_of_each_part_as_well(sheets: Mapping[str, Sheet]) -> None:
    for name, sheet in sheets.items():
        for part in sheet.parts:
            told = {row.verdict for row in part.rows if row.severity == "error"}
            worst = next((each for each in RANKED if each in told), "")
            assert part.verdict == (worst or "not-applicable"), name


def test_of_a_boot_that_cannot_be_nothing_is_proved(sheets: Mapping[str, Sheet]) -> None:
    told = {row.verdict for row in rows(sheets["impossible boot"])}
    assert told == {"unknown", "not-applicable"}


def test_what_is_open_is_told(sheets: Mapping[str, Sheet], reports: Mapping[str, Any]) -> None:
    """By a row that is unknown: of the property, or with the words of the report."""
    seen = 0
    for name, report in reports.items():
        for each in getattr(report, "open", ()):
            told = [row for row in rows(sheets[name]) if row.verdict == "unknown"]
            assert [row for row in told if row.topic == each.split(" of ")[0] or each in row.message], each
            seen += 1
    assert seen >= 2


def test_notes_are_told(reports: Mapping[str, Any]) -> None:
    for name, maker in (("sound board", sheet_of_board), ("theorems", sheet_of_theorems)):
        report = replace(reports[name], notes=("a note",))
        assert [note for part in maker(report).parts for note in part.notes] == ["a note"]


def test_a_log_with_nothing_to_compare_is_told(reports: Mapping[str, Any]) -> None:
    """Nothing of it disagrees, as nothing was compared: all that was proved is no answer to what was asked."""
    report = replace(reports["sound board"], log="log.txt", agreements=())
    found = sheet_of_board(report)
    assert reports["sound board"].verdict == "proved"
    assert found.verdict == "unknown"
    (row,) = [row for row in rows(found) if row.verdict == "unknown"]
    assert (row.topic, row.message) == ("log-agrees", "the log has no extended regions to compare")


def test_every_row_has_its_topic(sheets: Mapping[str, Sheet]) -> None:
    for sheet in sheets.values():
        known = {topic.id: topic for topic in sheet.topics}
        assert len(known) == len(sheet.topics)
        for row in rows(sheet):
            assert known[row.topic].cites
            assert known[row.topic].why


def test_fingerprints_are_unique(sheets: Mapping[str, Sheet]) -> None:
    for sheet in sheets.values():
        found = [fingerprint for _, _, fingerprint in sheet.entries()]
        assert len(set(found)) == len(found)


def test_a_series_has_a_part_for_each_patch(sheets: Mapping[str, Sheet]) -> None:
    """Sound, broken, mended."""
    parts = sheets["series"].parts
    assert [(part.context, part.verdict) for part in parts] == [
        ("patch 1 of 3", "proved"),
        ("patch 2 of 3", "refuted"),
        ("patch 3 of 3", "proved"),
    ]


def test_a_refutation_is_told_with_its_numbers(sheets: Mapping[str, Sheet]) -> None:
    """The mail of 2021: lines 16 and 17 define RAM bank 1, lines 32 and 33 the range that overlaps its last 8 GiB."""
    row = next(row for row in rows(sheets["mail"]) if row.topic == "no-overlap")
    assert row.subjects == ("GUEST_RAM1", "GUEST_SAFE_RANGE")
    assert str(row.place).endswith("2021-08-04-safe-range.txt:32")
    assert [(mark.name, mark.start, mark.end, mark.place and mark.place.line) for mark in row.marks] == [
        ("GUEST_RAM1", 0x200000000, 0xE000000000, 16),
        ("GUEST_SAFE_RANGE", 0xDE00000000, 0xE000000000, 32),
    ]
    assert row.example.startswith("ipa bits 40, memory 0xdec0000000 (891 GiB)")
    assert row.help[0].startswith("GUEST_SAFE_RANGE_BASE = 0xe000000000 (nothing lost)")


def test_a_changed_function_is_told_at_its_line(sheets: Mapping[str, Sheet]) -> None:
    row = next(row for row in rows(sheets["mail"]) if row.topic == "model-current")
    assert row.place is not None
    assert f"({row.place})" in row.message


def test_values_of_releases_are_places_of_the_tool(sheets: Mapping[str, Sheet]) -> None:
    places = [row.place for row in rows(sheets["release"])]
    assert all(place is not None and place.shipped for place in places)
    assert not any(row.place and row.place.shipped for row in rows(sheets["series"]))
