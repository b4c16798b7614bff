"""JUnit XML, read back with junitparser."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from tests.reports.formats.hostile import TEXTS, hostile
from verifier.layout.errors import InputError
from verifier.layout.sheet import Part, Sheet
from verifier.reports import sheets as formats


def read(text: str, folder: Path) -> JUnitXml:
    path = folder / "out.xml"
    path.write_text(text, encoding="utf-8")
    found = JUnitXml.fromfile(str(path))
    assert isinstance(found, JUnitXml)
    return found


def kind(case: TestCase) -> type | None:
    """What a case has in it; None if it passes."""
    results = list(case.result)
    assert len(results) <= 1
    assert (not results) == case.is_passed
    return type(results[0]) if results else None


def expected(part: Part) -> dict[str, type | None]:
    """By the statement: refuted fails, unknown is an error, waived is skipped, and only what is proved passes."""
    groups: dict[str, set[str]] = defaultdict(set)
    advised: dict[str, set[str]] = defaultdict(set)
    for row in part.rows:
        (advised if row.severity == "advice" else groups)[row.topic].add(row.verdict)
    found: dict[str, type | None] = {}
    for topic in {row.topic for row in part.rows}:
        verdicts = groups[topic]
        if "refuted" in verdicts:
            found[topic] = Failure
        elif "unknown" in verdicts:
            found[topic] = Error
        elif "waived" in verdicts:
            found[topic] = Skipped
        elif "proved" in verdicts or (not verdicts and advised[topic] == {"proved"}):
            found[topic] = None
        else:
            found[topic] = Skipped
    return found


def test_a_case_for_each_property(sheets: Mapping[str, Sheet], tmp_path: Path) -> None:
    seen = set()
    for sheet in sheets.values():
        suites = list(read(formats.render("junit", sheet), tmp_path))
        assert len(suites) == len(sheet.parts)
        for suite, part in zip(suites, sheet.parts, strict=True):
            cases = {str(case.name): kind(case) for case in suite}
            assert cases == expected(part)
            assert len(list(suite)) == len(cases)
            kinds = list(cases.values())
            assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (
                len(kinds),
                kinds.count(Failure),
                kinds.count(Error),
                kinds.count(Skipped),
            )
            seen |= set(kinds)
    assert seen == {None, Failure, Error, Skipped}


def test_the_sums_are_those_of_the_suites(sheets: Mapping[str, Sheet], tmp_path: Path) -> None:
    for sheet in sheets.values():
        found = read(formats.render("junit", sheet), tmp_path)
        told = (found.tests, found.failures, found.errors, found.skipped)
        found.update_statistics()  # type: ignore[no-untyped-call]
        assert told == (found.tests, found.failures, found.errors, found.skipped)
        assert (sheet.verdict == "refuted") == bool(found.failures)
        if sheet.verdict == "unknown":
            assert found.errors


def test_everything_that_is_found_is_in_the_text(sheets: Mapping[str, Sheet], tmp_path: Path) -> None:
    for sheet in sheets.values():
        for suite, part in zip(read(formats.render("junit", sheet), tmp_path), sheet.parts, strict=True):
            told = {
                str(case.name): "".join(
                    [str(case.system_out or ""), *(each.text or "" for each in case.result)]
                )
                for case in suite
            }
            assert suite._elem.findtext("system-out") == ("\n".join(part.notes) or None)
            for row in part.rows:
                assert row.message in told[row.topic]
                assert all(line in told[row.topic] for line in row.lines)


def test_a_failure_says_what_and_where(sheets: Mapping[str, Sheet], tmp_path: Path) -> None:
    (suite,) = read(formats.render("junit", sheets["mail"]), tmp_path)
    (case,) = [case for case in suite if case.name == "no-overlap"]
    (result,) = case.result
    assert result.type == "refuted"
    assert result.message.startswith("refuted: GUEST_RAM1 [0x200000000, 0xe000000000) and GUEST_SAFE_RANGE [")
    assert case._elem.get("file") == "tests/reading/data/2021-08-04-safe-range.txt"
    assert case._elem.get("line") == "32"


@pytest.mark.parametrize(
    ("verdicts", "found"),
    [
        (["proved", "waived"], Skipped),
        (["waived", "refuted"], Failure),
        (["unknown", "refuted"], Failure),
        (["proved", "unknown"], Error),
        (["proved", "not-applicable"], None),
        (["waived", "unknown"], Error),
    ],
)
def test_the_worst_of_a_property_decides(
    verdicts: list[str], found: type | None, sheets: Mapping[str, Sheet], tmp_path: Path
) -> None:
    """Whatever the order."""
    (part,) = sheets["mail"].parts
    for order in (verdicts, verdicts[::-1]):
        rows = tuple(replace(part.rows[0], verdict=each) for each in order)
        sheet = replace(sheets["mail"], parts=(replace(part, rows=rows),))
        ((case,),) = read(formats.render("junit", sheet), tmp_path)
        assert kind(case) is found


@pytest.mark.parametrize("text", TEXTS)
def test_hostile_names(text: str, tmp_path: Path) -> None:
    """A file that XML forbids does not parse; a name that ends an element would make other cases."""
    suites = list(read(formats.render("junit", hostile(text)), tmp_path))
    assert [[str(case.name) for case in suite] for suite in suites] == [["no-overlap"], ["no-overlap"]]
    for suite in suites:
        for case in suite:
            assert kind(case) is Failure


@pytest.mark.parametrize("fault", [InputError("no macro", "a.h", 7), InputError("what\x00]]>?")])
def test_an_error_is_a_case(fault: InputError, tmp_path: Path) -> None:
    (suite,) = read(formats.render_error("junit", "check", fault), tmp_path)
    (case,) = suite
    assert kind(case) is Error
    assert case.result[0].message == fault.message.replace("\x00", "\\x00")
