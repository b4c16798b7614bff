"""What a prover asks once, when it searches, and what it says of theorems that lack a part."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.theorems.test_verdicts import FAILS, HOLDS, made
from verifier.theorems import search as searches
from verifier.theorems import verdict as verdicts
from verifier.theorems.families import family_of
from verifier.theorems.prove import Decided, discharge
from verifier.theorems.recorded import Recorded
from verifier.theorems.setting import Setting
from verifier.theorems.statement import Obligation
from verifier.theorems.verdict import Prover
from verifier.theorems.violation import Violation

HEAD, OLD = family_of("head").xen, family_of("4.4.0").xen
RECORD = Recorded("by hand", Setting(ipa_bits=7), "here")
BREAKS = Violation("it breaks")


def test_an_obligation_is_decided_once_and_a_theorem_judged_once_in_each_release(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def noted(obligation: Obligation, *, timeout: float, seed: int) -> Decided:
        asked.append(obligation.name)
        return discharge(obligation, timeout=timeout, seed=seed)

    monkeypatch.setattr(verdicts, "discharge", noted)
    prover = Prover()
    one, same = made(HOLDS), replace(made(replace(HOLDS, name="under another name"), FAILS), name="a/nother")
    assert prover.verdict(one, HEAD) is prover.verdict(one, HEAD)
    assert prover.verdict(one, OLD) is not prover.verdict(one, HEAD)
    assert prover.verdict(same, HEAD).word == "unknown"
    assert asked == ["holds", "fails"]
    assert [(each.theorem.name, each.word) for each in prover.verdicts] == [
        ("a/theorem", "proved"),
        ("a/theorem", "proved"),
        ("a/nother", "unknown"),
    ]


def test_what_is_proved_or_refuted_by_a_record_is_not_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("it searched")

    monkeypatch.setattr(verdicts, "searched", never)
    prover = Prover(searches=True)
    assert prover.verdict(made(HOLDS), HEAD).word == "proved"
    monkeypatch.setattr(verdicts, "recorded", lambda _: (RECORD,))
    found = prover.verdict(replace(made(FAILS, violation=lambda *_: BREAKS), name="a/nother"), HEAD)
    assert (found.word, found.counterexample, found.violation) == ("refuted", RECORD, BREAKS)
    assert [each.outcome for each in found.decided] == ["fails"]


def test_code_that_could_not_make_it_true_leaves_it_unknown() -> None:
    found = Prover().verdict(replace(made(), obligations=lambda _: None), HEAD)
    assert found.word == "unknown"
    assert found.reason == "nothing in the code of this release could make it true"


def test_where_nothing_tells_what_breaks_records_and_examples_refute_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verdicts, "recorded", lambda _: (RECORD,))
    assert Prover().verdict(made(HOLDS, examples=(Setting(),)), HEAD).word == "proved"
    assert Prover().verdict(made(FAILS), HEAD).word == "unknown"


def test_the_first_record_that_breaks_it_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one before breaks nothing."""
    harmless = replace(RECORD, setting=Setting())
    monkeypatch.setattr(verdicts, "recorded", lambda _: (harmless, RECORD, replace(RECORD, what="later")))
    theorem = made(FAILS, violation=lambda _, setting: BREAKS if setting.ipa_bits == 7 else None)
    assert Prover().verdict(theorem, HEAD).counterexample is RECORD


def test_a_search_without_result_leaves_it_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "search", lambda *_: None)
    theorem = made(FAILS, violation=lambda *_: BREAKS)
    assert Prover(searches=True).verdict(theorem, HEAD).word == "unknown"
