"""Workflow commands, read as GitHub's runner reads them (actions/runner, src/Runner.Common/ActionCommand.cs)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.dense import dense
from tests.reports.formats.hostile import TEXTS, hostile
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.commands.host_sheet import sheet as sheet_of_board
from verifier.layout.errors import InputError
from verifier.layout.sheet import Sheet
from verifier.layout.units import one_line
from verifier.reports import sheets as formats
from verifier.rules.boards.rule import MOST

COMMANDS = {"error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "set-output", "set-env"}


@dataclass(frozen=True, slots=True)
class Command:
    name: str
    properties: Mapping[str, str]
    data: str


def unescaped(text: str, *more: tuple[str, str]) -> str:
    """In the order of the runner: the per cent sign last."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), *more, ("%25", "%")):
        text = text.replace(code, char)
    return text


def read(line: str) -> Command | None:
    """As `TryParseV2`, and after it `TryParse`, whose commands begin anywhere in a line."""
    stripped = line.lstrip()
    if stripped.startswith("::") and (end := stripped.find("::", 2)) >= 0:
        name, _, told = stripped[2:end].partition(" ")
        if name in COMMANDS:
            pairs = [each.split("=", 1) for each in told.strip().split(",") if each]
            properties = {
                pair[0]: unescaped(pair[1], ("%3A", ":"), ("%2C", ",")) for pair in pairs if len(pair) == 2
            }
            return Command(name, properties, unescaped(stripped[end + 2 :]))
    start = line.find("##[")
    if start >= 0 and (end := line.find("]", start)) >= 0:
        name, _, _ = line[start + 3 : end].partition(" ")
        if name in COMMANDS:
            return Command(name, {}, line[end + 1 :])
    return None


def commands(sheet: Sheet) -> tuple[list[Command], str]:
    """All lines but the last are commands."""
    lines = formats.render("github", sheet).split("\n")
    assert lines.pop() == ""
    summary = lines.pop()
    assert read(summary) is None
    found = [command for line in lines if (command := read(line)) is not None]
    assert len(found) == len(lines)
    return found, summary


def test_the_reader_sees_what_would_be_bad() -> None:
    assert read("::error file=a%2Cb,line=3::x%0Ay%2525") == Command(
        "error", {"file": "a,b", "line": "3"}, "x\ny%25"
    )
    assert read("a name ##[error]z") == Command("error", {}, "z")
    assert read("plain") is None


def test_a_command_for_each_finding(sheets: Mapping[str, Sheet]) -> None:
    levels = {"refuted": "error", "unknown": "warning", "waived": "notice"}
    seen = set()
    for sheet in sheets.values():
        found, summary = commands(sheet)
        entries = [(part, row) for part, row, _ in sheet.entries() if row.verdict in levels]
        assert len(found) == len(entries)
        for command, (part, row) in zip(found, entries, strict=True):
            assert command.name == ("notice" if row.severity == "advice" else levels[row.verdict])
            told = command.data.split("\n")
            assert told[0].endswith(f"{part.context}: {row.message}" if part.context else row.message)
            assert told[1:] == list(row.lines)
            assert command.properties["title"] == row.about
            if row.place is not None and not row.place.shipped:
                assert command.properties["file"] == row.place.file
                assert command.properties.get("line") == (row.place.line and str(row.place.line))
            else:
                assert "file" not in command.properties
            seen.add(command.name)
        assert summary == f"verifier: {sheet.headline}"
    assert seen == {"error", "warning", "notice"}


def test_that_there_is_more_than_is_listed_is_a_notice() -> None:
    """256 pages too few and 256 too many are errors; who counts them is told that there are others."""
    for count, notices in ((MOST, 0), (MOST + 1, 1)):
        board = host(
            Asked("t.dtb", content=dense("astride pages", count), release="4.17", iommu=False, ipa_bits=(48,))
        )
        found, _ = commands(sheet_of_board(board))
        assert sum(each.name == "error" for each in found) == 2 * MOST
        told = [each.data for each in found if each.properties["title"] == "not all is listed"]
        assert len(told) == notices
        assert all(each in board.notes and "fails in more places than are listed" in each for each in told)


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_names(text: str) -> None:
    """Each comes back as it was, control characters spelt out; none starts a command of its own."""
    (*found, first, second), _ = commands(hostile(text))
    assert len(found) == 12
    clean = one_line(text)
    assert first == second == Command("notice", {"title": "not all is listed"}, f"note {clean}")
    for command in found:
        assert command.name in ("error", "warning", "notice")
        assert command.properties["title"] == f"no-overlap of {clean} and other {clean}".rstrip()
        assert command.properties["file"] == f"dir/{clean}.h"
        assert command.properties["line"] == "3"
        assert f"begin {clean} end\n" in command.data


@pytest.mark.parametrize("fault", [InputError("no macro", "a,b.h", 7), InputError("what\x00?")])
def test_an_error_is_a_command(fault: InputError) -> None:
    (line,) = formats.render_error("github", "check", fault).splitlines()
    command = read(line)
    assert command is not None
    assert command.name == "error"
    assert command.properties.get("file") == fault.file
    assert command.data == fault.message.replace("\x00", "\\x00")
