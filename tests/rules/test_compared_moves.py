"""Two layouts compared under made up rules: what compares by itself, what is advice, and the first difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.direct import layout
from tests.rules.made_up import (
    BOTH,
    PLACE,
    A,
    Asked,
    B,
    Macros,
    When,
    accepting,
    always,
    at,
    compared,
    explain,
    rule,
    told,
)
from verifier.layout.difference import Effect
from verifier.layout.finding import Verdict
from verifier.layout.policy import Regime, Waiver
from verifier.logic.case import case_of
from verifier.rules.catalogue import Doubt, Rule, catalogue
from verifier.rules.compare import Comparison

THING = {"A_BASE": "0x1000ULL", "A_SIZE": "0x1000ULL"}
FURTHER = {"A_BASE": "0x2000ULL", "A_SIZE": "0x1000ULL"}
NAME = ("GUEST_A",)


def relative(asked: Asked, *, advice: bool, doubts: tuple[Doubt, ...] = ()) -> Rule:
    return replace(rule([], asked, ((), doubts)), relative=True, advice=advice)


@pytest.mark.parametrize(
    ("asked", "advice", "stable", "new", "expected"),
    [
        ([(NAME, at(32))], True, False, FURTHER, ("MOVED", "advice", True)),
        ([(NAME, at(32))], True, True, FURTHER, ("MOVED", "error", True)),
        ([(NAME, at(32))], True, False, {}, ("LOST", "error", False)),
        ([(NAME, at(32))], True, True, {}, ("LOST", "error", False)),
        ([(NAME, at(32))], False, False, FURTHER, ("LOST", "error", False)),
        ([(NAME, at(32))], False, True, {}, ("LOST", "error", False)),
        ([(NAME, at())], True, False, FURTHER, ("KEPT", "advice", False)),
        ([(NAME, at())], True, True, FURTHER, ("KEPT", "error", False)),
        ([], False, False, FURTHER, ("SILENT", "error", False)),
    ],
)
def test_what_compares_by_itself_is_moved_or_lost(
    asked: Asked, new: Macros, expected: tuple[str, str, bool], *, advice: bool, stable: bool
) -> None:
    """Lost is what has no successor, and any loss that is no advice; on a stable branch a move is an error, too."""
    made = relative(asked, advice=advice)
    made = replace(made, explain=lambda case, failure: replace(explain(case, failure), details=("a detail",)))
    (found,) = compared(made, macros=(THING, new), stable=stable).deltas()
    noticed = [line for line in found.finding.details if line.startswith("noticed by a guest")]
    assert (found.effect.name, found.finding.severity, bool(noticed)) == expected
    assert ("a detail" in found.finding.details) == (found.finding.verdict is Verdict.REFUTED)


@pytest.mark.parametrize("advice", [False, True])
def test_what_cannot_be_compared_is_a_doubt_and_no_advice(*, advice: bool) -> None:
    made = relative([], advice=advice, doubts=(Doubt(NAME, "why"),))
    (found,) = compared(made, macros=(THING, FURTHER)).deltas()
    assert (found.effect, found.finding.severity) == (Effect.DOUBTED, "error")


def test_a_loss_may_be_accepted() -> None:
    waiver = Waiver(("*",), "made-up", NAME, (Regime({}, {}, PLACE),), "known", PLACE)
    (found,) = compared(relative([(NAME, at(32))], advice=False), (waiver,), (THING, FURTHER)).deltas()
    assert found.effect is Effect.ACCEPTED


@pytest.mark.parametrize(
    ("old", "new", "accepted", "expected"),
    [
        (at(), at(), (), None),
        (at(32), at(32), (), None),
        (at(), at(32), (), ("proved", "refuted", 32)),
        (at(32), at(40), (), ("proved", "refuted", 40)),  # what is worse comes first
        (at(32), at(), (), ("refuted", "proved", 32)),
        (at(), at(32), (32,), None),
        (at(40), at(32), (32,), ("refuted", "proved", 40)),
        (at(32), at(), (32,), ("refuted", "proved", 32)),  # of the old layout nothing is accepted
    ],
)
def test_the_first_difference_is_shown(
    old: When, new: When, accepted: tuple[int, ...], expected: tuple[str, str, int] | None
) -> None:
    made = compared(
        rule([(B, at()), (A, old)], [(B, at()), (A, new)]), accepting(*accepted) if accepted else ()
    )
    found = made.first()
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert (str(found.before), str(found.after), found.configuration["ipa_bits"]) == expected
        assert (found.property, found.subjects) == ("made-up", A)
        assert found.space is (made.new if expected[0] == "proved" else made.old).space


def test_all_rules_are_asked_where_none_is_named() -> None:
    made = layout(THING, "old.h")
    case = case_of(made, BOTH, made)
    asked = {each.finding.property for each in Comparison(case, case).deltas()}
    assert asked == {each.id for each in catalogue()}


def test_a_rule_that_is_advice_is_no_part_of_a_comparison() -> None:
    made = compared(replace(rule([], [(A, always)]), advice=True))
    assert (told(made), made.first()) == ([], None)
    moved = compared(replace(rule([], [(NAME, always)]), relative=True), macros=(THING, FURTHER))
    assert moved.first() is None
