"""The schema of reports and findings about a board: real ones follow it, and it refuses what is not of its shape."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.commands.test_host_verdicts import BOARD
from tests.dense import dense
from tests.reading.trees import blob
from tests.rules.boards.test_by_hand import BAD, of
from tests.schema import SCHEMA, valid_document
from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.layout.board_finding import Placement
from verifier.layout.domain_map import Extent
from verifier.reports import board_findings_json, board_json
from verifier.rules.boards.rule import MOST

FINDING = jsonschema.Draft202012Validator({"$ref": "#/$defs/board-finding", "$defs": SCHEMA["$defs"]})


def findings() -> list[dict[str, Any]]:
    """One refutation for each kind of witness, as JSON."""
    return [board_findings_json.finding(each) for rule, offer, _ in BAD for each in of(rule, offer)]


def test_refutations_of_every_rule() -> None:
    found = findings()
    for each in found:
        FINDING.validate(json.loads(json.dumps(each)))
    assert {each["counterexample"]["witness"] for each in found} >= {
        "address-in-two-regions", "address-outside", "address-beyond", "misaligned", "too-small", "truncated",
        "disordered", "wraps", "address-not-offered", "address-of-one-only", "stops", "other-size", "number-of-two",
        "number-beyond",
    }  # fmt: skip


def test_a_placement_of_what_is_open() -> None:
    (finding,) = of(*BAD[1][:2])
    for grant in (None, Extent(0x40200000, 0x40240000)):
        placed = replace(finding, placement=Placement((Extent(0x50000000, 0x60000000),), grant))
        FINDING.validate(board_findings_json.finding(placed))


CHANGES: list[Callable[[dict[str, Any]], Any]] = [
    lambda each: each.pop("counterexample"),
    lambda each: each.pop("effect"),
    lambda each: each.pop("domain"),
    lambda each: each.update(many=1),
    lambda each: each.update(more=1),
    lambda each: each.update(more=False),
    lambda each: each.update(settings=[]),
    lambda each: each.update(verdict="proved"),
    lambda each: each.update(verdict="waived"),
    lambda each: each.update(source="guessed"),
    lambda each: each["counterexample"].update(witness="trust-me"),
    lambda each: each["counterexample"].pop("address"),
    lambda each: each["counterexample"].update(address=3),
    lambda each: each["counterexample"].update(bound="0x1"),
    lambda each: each["counterexample"]["regions"].pop(),
    lambda each: each["counterexample"]["regions"][0].update(origin={"file": "x", "line": 1}),
    lambda each: each["counterexample"]["configuration"].update(vcpus=1),
    lambda each: each["counterexample"]["configuration"].update(banks=[]),
]


@pytest.mark.parametrize("number", range(len(CHANGES)))
def test_what_is_not_of_the_shape(number: int) -> None:
    (finding,) = of(*BAD[1][:2])
    document = board_findings_json.finding(finding)
    FINDING.validate(document)
    changed = deepcopy(document)
    CHANGES[number](changed)
    with pytest.raises(jsonschema.ValidationError):
        FINDING.validate(changed)


def test_where_not_everything_is_listed_each_finding_says_so() -> None:
    """And no other: what was written before is written so still."""
    asked = Asked(
        "t.dtb", content=dense("astride pages", MOST + 1), release="4.17", iommu=False, ipa_bits=(48,)
    )
    document = json.loads(board_json.render(host(asked)))
    valid_document(document)
    told = [each for each in document["findings"] if "more" in each]
    assert len(told) == 2 * MOST
    assert {(each["property"], each["more"]) for each in told} == {("permissions-match", True)}
    asked = replace(asked, content=dense("astride pages", MOST))
    assert not any("more" in each for each in json.loads(board_json.render(host(asked)))["findings"])
    (proved, *_) = [each for each in document["findings"] if each["verdict"] == "proved"]
    FINDING.validate(proved)
    with pytest.raises(jsonschema.ValidationError):
        FINDING.validate({**proved, "more": True})


OF_INTERRUPTS = {
    "number-of-two": (
        lambda each: each.pop("found"),
        lambda each: each.update(needed="0x1"),
        lambda each: each["regions"].pop(),
    ),
    "number-beyond": (
        lambda each: each.pop("found"),
        lambda each: each.pop("needed"),
        lambda each: each["regions"].append(each["regions"][0]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", OF_INTERRUPTS)
@pytest.mark.parametrize("number", range(3))
def test_what_is_not_of_the_shape_of_an_interrupt(kind: str, number: int) -> None:
    document = next(each for each in findings() if each["counterexample"]["witness"] == kind)
    FINDING.validate(document)
    OF_INTERRUPTS[kind][number](document["counterexample"])
    with pytest.raises(jsonschema.ValidationError):
        FINDING.validate(document)


def test_a_proof_compares_something(tmp_path: Path) -> None:
    path = tmp_path / "host.dtb"
    path.write_bytes(blob(BOARD))
    report = json.loads(board_json.render(host(Asked(str(path), iommu=True, ipa_bits=(40,)))))
    valid_document(report)
    (first, *_) = [each for each in report["findings"] if each["verdict"] == "proved"]
    first["comparisons"] = 0
    with pytest.raises(jsonschema.ValidationError):
        valid_document(report)
