"""Each defect of Xen's past, by the commands themselves: the same input is refuted before its fix and proved with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.history.defects import Defect, defects, left_out
from tests.history.document import PAGE, SECTION, table
from tests.schema import valid_document
from verifier.commands import run
from verifier.reading.behaviours import behaviours
from verifier.theorems.families import tags

VISIBLE = {
    "C03", "C05", "C07", "C08", "C09", "C10", "C13", "C14", "C15", "C21", "C23", "C24", "C25", "C27", "C30", "C35",
    "C36", "C38", "C39", "C40", "C45",
}  # fmt: skip
"""Those of the list of defects that a verifier can see from headers, device trees, configurations or command lines."""
OTHER_THAN_RELEASES = ("C03", "C13", "C25", "4b83bdf055")
EACH = pytest.mark.parametrize("defect", defects(), ids=[each.id for each in defects()])


def findings(
    defect: Defect, value: str, capsys: pytest.CaptureFixture[str]
) -> tuple[int, list[dict[str, Any]]]:
    """Exit status, and what is said of the property."""
    status = run([*defect.arguments(value), "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    valid_document(found)
    return status, [each for each in found["findings"] if each["property"] == defect.property]


@EACH
def test_it_is_refuted_before(defect: Defect, capsys: pytest.CaptureFixture[str]) -> None:
    status, found = findings(defect, defect.before, capsys)
    assert status == 1
    messages = [each["message"] for each in found if each["verdict"] == "refuted"]
    assert any(all(part in message for part in defect.says) for message in messages), messages


@EACH
def test_it_is_proved_with_the_fix(defect: Defect, capsys: pytest.CaptureFixture[str]) -> None:
    """Of nothing else it is refuted either, and nothing is open; that nothing is there to speak of would not do."""
    _, found = findings(defect, defect.after, capsys)
    assert [each["verdict"] for each in found] == ["proved"] * max(len(found), 1)


def test_there_are_twenty_and_each_is_another() -> None:
    assert len({each.number() for each in defects()}) >= 20
    assert len({each.commit for each in defects()}) == len({each.id for each in defects()}) == len(defects())


def test_what_a_verifier_can_see_is_shown_or_said_to_be_left_out() -> None:
    shown, without = {each.number() for each in defects()}, {each.id for each in left_out()}
    assert VISIBLE - shown == without
    assert all(each.what and each.why for each in left_out())


@EACH
def test_the_input_is_the_same_and_the_releases_are_neighbours(defect: Defect) -> None:
    """What differs stands in one place. Where it is no release, the table says what the commit changed instead."""
    assert defect.command.count("{}") == 1
    if defect.id in OTHER_THAN_RELEASES:
        assert not {defect.before, defect.after} <= set(tags())
    else:
        assert tags().index(defect.after) == tags().index(defect.before) + 1


def test_the_fix_is_in_the_release_after_by_the_models_too() -> None:
    fixes = {
        commit: {variant.since, *variant.also}
        for behaviour in behaviours().values()
        for variant in behaviour.variants
        for commit in variant.commits
    }
    known = [each for each in defects() if each.commit in fixes and each.after in tags()]
    assert len(known) >= 12
    assert [each.id for each in known if each.after not in fixes[each.commit]] == []


def test_the_manual_has_the_table() -> None:
    found = SECTION.search(PAGE.read_text(encoding="utf-8"))
    assert found
    assert found[0] == f"{found[1]}{table()}{found[2]}", "python -m tests.history"
