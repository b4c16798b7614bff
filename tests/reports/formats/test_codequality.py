"""GitLab's code quality, against a schema written from its documentation.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format: one array of objects; `description` and
`check_name` are strings, `fingerprint` identifies the violation, `severity` is one of five, `location.path` is relative to
the repository, `location.lines.begin` is a line.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jsonschema
import pytest

from tests.reports.formats.hostile import TEXTS, hostile
from verifier.layout.errors import InputError
from verifier.layout.sheet import Sheet
from verifier.reports import sheets as formats

TEXT = {"type": "string", "minLength": 1}
SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": TEXT,
            "check_name": TEXT,
            "fingerprint": TEXT,
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "minLength": 1, "not": {"pattern": "^\\./"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def issues(text: str) -> list[Any]:
    found: list[Any] = json.loads(text)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    prints = [each["fingerprint"] for each in found]
    assert len(set(prints)) == len(prints)  # GitLab shows the first of those with one fingerprint
    return found


def test_every_failure_and_doubt_is_an_issue_and_nothing_else(sheets: Mapping[str, Sheet]) -> None:
    severities = {"refuted": "critical", "unknown": "major"}
    for sheet in sheets.values():
        found = issues(formats.render("codequality", sheet))
        rows = [row for _, row, _ in sheet.entries() if row.verdict in severities]
        assert len(found) == len(rows)
        for issue, row in zip(found, rows, strict=True):
            advised = row.severity == "advice"
            assert issue["severity"] == ("info" if advised else severities[row.verdict])
            assert issue["check_name"] == row.topic
            assert row.message in issue["description"]
        assert (sheet.verdict == "proved") == (not [each for each in found if each["severity"] != "info"])


def test_an_issue_is_at_its_line(sheets: Mapping[str, Sheet]) -> None:
    issue = issues(formats.render("codequality", sheets["mail"]))[0]
    assert issue["location"] == {
        "path": "tests/reading/data/2021-08-04-safe-range.txt",
        "lines": {"begin": 32},
    }


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_names(text: str) -> None:
    assert len(issues(formats.render("codequality", hostile(text)))) == 8


@pytest.mark.parametrize("fault", [InputError("no macro", "./a.h", 7), InputError("what\x00?")])
def test_an_error_is_an_issue(fault: InputError) -> None:
    (issue,) = issues(formats.render_error("codequality", "check", fault))
    assert issue["severity"] == "blocker"
    assert issue["description"] == fault.message.replace("\x00", "\\x00")
