"""SARIF against the official schema, and against what the text of the standard asks beyond it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import jsonschema
import pytest

from tests.reports.formats.hostile import TEXTS, hostile
from verifier.layout.errors import InputError
from verifier.layout.sheet import Sheet
from verifier.reports import sheets as formats
from verifier.reports.sarif import uri

SCHEMA = json.loads((Path(__file__).parent / "sarif-schema-2.1.0.json").read_text())
"""The file of OASIS, byte for byte: sarif-v2.1.0-errata01-os, schemas/sarif-schema-2.1.0.json."""
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER)


def log(sheet: Sheet) -> Any:
    found = json.loads(formats.render("sarif", sheet))
    VALIDATOR.validate(found)
    assert found["$schema"] == SCHEMA["id"]
    (run,) = found["runs"]
    return run


def test_the_schema_refuses_what_is_wrong(sheets: Mapping[str, Sheet]) -> None:
    """Else its silence would say nothing."""
    found = json.loads(formats.render("sarif", sheets["mail"]))
    result = found["runs"][0]["results"][1]
    result["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert not VALIDATOR.is_valid(found)
    result["locations"][0]["physicalLocation"]["region"]["startLine"] = 1
    assert VALIDATOR.is_valid(found)
    result["kind"] = "proved"
    assert not VALIDATOR.is_valid(found)


def test_every_sheet_is_valid(sheets: Mapping[str, Sheet]) -> None:
    for sheet in sheets.values():
        run = log(sheet)
        rules = run["tool"]["driver"]["rules"]
        entries = list(sheet.entries())
        assert len(run["results"]) == len(entries)
        for result, (_, row, _) in zip(run["results"], entries, strict=True):
            assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == row.topic
            assert row.message in result["message"]["text"]
        prints = [each["partialFingerprints"]["xenLayoutVerifier/v1"] for each in run["results"]]
        assert len(set(prints)) == len(prints)
        for rule in rules:
            assert rule["help"]["text"]
            assert rule["help"]["markdown"]
            assert "helpUri" not in rule


def test_only_what_is_proved_passes(sheets: Mapping[str, Sheet]) -> None:
    """3.27.9 and 3.27.10: a kind for each verdict; no level but for what fails."""
    kinds = {
        "proved": ("pass", "none"),
        "unknown": ("open", "none"),
        "not-applicable": ("notApplicable", "none"),
        "waived": ("fail", "error"),
        "refuted": ("fail", "error"),
    }
    seen = set()
    for sheet in sheets.values():
        for result, (_, row, _) in zip(log(sheet)["results"], sheet.entries(), strict=True):
            kind, level = kinds[row.verdict]
            advised = kind == "fail" and row.severity == "advice"
            assert (result["kind"], result["level"]) == (kind, "note" if advised else level)
            assert ("suppressions" in result) == (row.verdict == "waived")
            seen.add(row.verdict)
    assert seen == set(kinds)


def test_a_waiver_is_a_suppression_with_its_reason(sheets: Mapping[str, Sheet]) -> None:
    (waived,) = [each for each in log(sheets["mail"])["results"] if "suppressions" in each]
    (suppression,) = waived["suppressions"]
    assert suppression["kind"] == "external"
    assert suppression["justification"].startswith("accepted by models/policies/upstream.toml:7: RAM1 begins")


def test_places_and_addresses(sheets: Mapping[str, Sheet]) -> None:
    result = next(each for each in log(sheets["mail"])["results"] if each["ruleId"] == "no-overlap")
    (location,) = result["locations"]
    physical = location["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "tests/reading/data/2021-08-04-safe-range.txt"}
    assert physical["region"] == {"startLine": 32}
    assert [each["name"] for each in location["logicalLocations"]] == ["GUEST_RAM1", "GUEST_SAFE_RANGE"]
    addresses = [each["physicalLocation"]["address"] for each in result["relatedLocations"]]
    assert [(each["absoluteAddress"], each["length"]) for each in addresses] == [
        (0x200000000, 0xDE00000000),
        (0xDE00000000, 0x200000000),
    ]


def test_notes_are_notifications_and_no_results(sheets: Mapping[str, Sheet]) -> None:
    """The mail of 2021 applies to other releases, and its odd spaces were read as plain ones."""
    (invocation,) = log(sheets["mail"])["invocations"]
    notes = [note["message"]["text"] for note in invocation["toolExecutionNotifications"]]
    assert {note["level"] for note in invocation["toolExecutionNotifications"]} == {"note"}
    assert any("hunk applied macro by macro" in note for note in notes)
    assert any("odd spaces read as plain ones" in note for note in notes)
    assert any(note.startswith("it applies to ") for note in notes)


def test_what_ships_has_a_base_of_its_own(sheets: Mapping[str, Sheet]) -> None:
    run = log(sheets["release"])
    bases = run["originalUriBaseIds"]
    for result in run["results"]:
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] in bases
        assert artifact["uri"].startswith("models/releases/")


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_names(text: str) -> None:
    run = log(hostile(text))
    assert len(run["results"]) == 20
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\ud800-\udfff]", str(run))
    for result in run["results"]:
        artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/@!$&'()*+,;=-]|%[0-9A-F]{2})*", artifact)


@pytest.mark.parametrize("file", ["a b/c#d?e%f.h", "a:b.h", "x/ü.h", "./a.h", "../up/a.h"])
def test_uris_lead_back_to_the_file(file: str) -> None:
    """RFC 3986: what is relative has no scheme, no query and no fragment of its own."""
    parts = urlsplit(uri(file))
    assert (parts.scheme, parts.netloc, parts.query, parts.fragment) == ("", "", "", "")
    assert unquote(parts.path) == file.removeprefix("./")


def test_absolute_paths_have_the_scheme_of_files() -> None:
    parts = urlsplit(uri("/srv/xen/arch arm.h"))
    assert (parts.scheme, parts.netloc, unquote(parts.path)) == ("file", "", "/srv/xen/arch arm.h")


@pytest.mark.parametrize(
    "fault", [InputError("no macro", "a.h", 7), InputError("gone", "a.h"), InputError("what\x00?")]
)
def test_an_error_is_a_run_that_failed(fault: InputError) -> None:
    found = json.loads(formats.render_error("sarif", "check", fault))
    VALIDATOR.validate(found)
    (run,) = found["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["exitCode"] == 2
    (note,) = invocation["toolExecutionNotifications"]
    assert note["level"] == "error"
    assert note["message"]["text"] == fault.message.replace("\x00", "\\x00")
    assert run["results"] == []
