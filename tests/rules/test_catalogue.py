"""The catalogue of rules: what one has to have to be loaded, what it takes for granted, and doubts that many share."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.direct import case, layout
from verifier.rules import within_ipa
from verifier.rules.catalogue import Rule, catalogue, endless_banks

RULE = within_ipa.RULE
load = catalogue.__wrapped__


@pytest.mark.parametrize(
    ("rule", "lacks"),
    [
        (replace(RULE, cites=()), "rule within-ipa cites no source"),
        *(
            (
                replace(RULE, example=command, example_header=header, example_words=words),
                "rule within-ipa needs one example",
            )
            for command, header, words in (
                ((), "", ""),
                (("verifier",), "int x;", ""),
                (("verifier",), "", "a patch"),
                ((), "int x;", "a patch"),
                (("verifier",), "int x;", "a patch"),
            )
        ),
    ],
)
def test_a_rule_without_source_or_example_does_not_load(
    monkeypatch: pytest.MonkeyPatch, rule: Rule, lacks: str
) -> None:
    monkeypatch.setattr(within_ipa, "RULE", rule)
    with pytest.raises(ImportError, match=lacks):
        load()


@pytest.mark.parametrize(
    ("command", "header", "words"), [(("verifier",), "", ""), ((), "int x;", ""), ((), "", "a patch")]
)
def test_a_rule_with_one_example_of_any_kind_loads(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], header: str, words: str
) -> None:
    rule = replace(RULE, example=command, example_header=header, example_words=words)
    monkeypatch.setattr(within_ipa, "RULE", rule)
    assert rule in load()


def test_all_are_there_in_the_order_of_reports() -> None:
    found = load()
    assert [each.position for each in found] == list(range(1, 14))
    assert [each.id for each in found if each.relative] == ["capacity", "stable"]


def test_a_rule_is_an_error_about_the_regions_of_one_layout() -> None:
    """Unless it says otherwise: then its findings count, and nothing is told where regions are not known."""
    made = Rule("id", 1, "title", "statement", "why", "formula", (), lambda _: [], RULE.explain)
    assert (made.about_regions, made.advice, made.relative) == (True, False, False)
    asked = case(layout({}))
    assert (made.doubts(asked), made.listing(asked), list(made.notes())) == ([], None, [])
    assert (made.example, made.example_header, made.example_words) == ((), "", "")


def test_each_bank_without_an_end_is_a_doubt() -> None:
    endless = endless_banks(case(layout({"RAM_BASE": "0x1000ULL"})), "nobody knows")
    assert [(each.subjects, each.reason) for each in endless] == [
        (("GUEST_RAM",), "GUEST_RAM has no size, so nobody knows")
    ]
    sized = case(layout({"RAM0_BASE": "0x1000ULL", "RAM0_SIZE": "0x1000ULL"}))
    assert endless_banks(sized, "nobody knows") == []
