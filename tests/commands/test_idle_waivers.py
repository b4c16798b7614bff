"""Waivers that nothing needs, or whose day has passed: which of them are errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pytest

from verifier.layout.configuration import Configuration
from verifier.layout.origin import Origin
from verifier.layout.policy import Choice, Policy, Regime, Waiver
from verifier.logic import term
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Decider, Fails, Holds, Obligation, Outcome
from verifier.logic.space import complete
from verifier.reading.request import Request, load
from verifier.rules.waive import expired, idle

HERE = Origin("policy.toml", 7)
TODAY = date(2024, 2, 29)
LARGE = term.variable("vcpus") > 4
IMPOSSIBLE = term.both(term.variable("vcpus") > 4, term.variable("vcpus") < 3)


def regime(
    choices: Mapping[str, tuple[Choice, ...]] | None = None,
    counts: Mapping[str, tuple[int | None, int | None]] | None = None,
) -> Regime:
    return Regime(choices or {}, counts or {}, HERE)


def waiver(
    rule: str = "a-rule",
    subjects: tuple[str, ...] = ("A",),
    regimes: tuple[Regime, ...] = (Regime({}, {}, HERE),),
    expires: date | None = None,
) -> Waiver:
    return Waiver(("*",), rule, subjects, regimes, "known", HERE, expires=expires)


def of_user(one: Waiver) -> Policy:
    return Policy("policy.toml", waivers=(one,), strict=(one,))


def of_upstream(one: Waiver) -> Policy:
    return Policy("upstream", waivers=(one,))


@pytest.fixture(scope="module")
def case() -> Case:
    loaded = load(Request("xen-4.22", ipa_bits=(40,)))
    return case_of(loaded.layout, loaded.facts, loaded.baseline)


def fails(case: Case, subject: str, bad: term.Truth) -> Outcome:
    worst: Configuration = complete(case.space, {})
    return Fails(Obligation((subject,), bad), (), False, worst)


def told(case: Case, policy: Policy, decided: Sequence[Outcome] | None) -> list[str]:
    found = idle(policy, policy.waivers, {"a-rule": decided}, case, Decider(case.symbolic))
    return [str(each) for each in found]


def test_a_users_waiver_that_nothing_needs_is_an_error_and_upstreams_is_none(case: Case) -> None:
    one = waiver()
    (said,) = told(case, of_user(one), [])
    assert 'nothing of "a-rule" fails for A in this regime' in said
    assert told(case, of_upstream(one), []) == []


def test_a_users_waiver_of_what_nobody_checks_is_an_error_and_upstreams_is_none(case: Case) -> None:
    one = waiver("b-rule")
    (said,) = told(case, of_user(one), [])
    assert "names no property that is checked: there are a-rule" in said
    assert told(case, of_upstream(one), []) == []


def test_of_a_theorem_a_run_on_one_layout_says_nothing(case: Case) -> None:
    """libxl/aligned is a theorem; of another subject there is none of that name."""
    assert told(case, of_user(waiver("aligned", ("libxl",))), []) == []
    assert told(case, of_upstream(waiver("aligned", ("libxl",))), []) == []
    assert len(told(case, of_user(waiver("aligned", ("A",))), [])) == 1


@pytest.mark.parametrize(
    ("one", "needed"),
    [
        (regime(), True),
        (regime(counts={"vcpus": (5, None)}), True),
        (regime(counts={"vcpus": (4, 5)}), True),
        (regime(counts={"vcpus": (None, 4)}), False),
        (regime({"ipa_bits": (40,)}), True),
    ],
)
def test_a_regime_is_needed_if_something_fails_in_it(case: Case, one: Regime, *, needed: bool) -> None:
    """More than 4 vCPUs fail."""
    policy = of_user(waiver(regimes=(one,)))
    assert (told(case, policy, [fails(case, "A", LARGE)]) == []) is needed
    assert len(told(case, policy, [fails(case, "B", LARGE)])) == 1, "of other subjects"
    assert len(told(case, policy, [Holds(Obligation(("A",), IMPOSSIBLE))])) == 1
    assert told(case, policy, None) == [], "nobody can tell"


def test_a_regime_without_a_guest_of_this_run_is_no_error(case: Case) -> None:
    """There is no such width here; and a vGICv2 serves 8 vCPUs."""
    outside = [regime({"ipa_bits": (48,)}), regime({"gic": ("v2",)}, {"vcpus": (9, None)})]
    for one in outside:
        assert told(case, of_user(waiver(regimes=(one,))), []) == []
    last = regime({"gic": ("v2",)}, {"vcpus": (8, None)})
    assert len(told(case, of_user(waiver(regimes=(*outside, last))), [])) == 1


@pytest.mark.parametrize(
    ("day", "is_over"),
    [(None, False), (date(2024, 2, 28), True), (date(2024, 2, 29), False), (date(2024, 3, 1), False)],
)
def test_a_users_waiver_holds_on_its_last_day_and_upstreams_for_ever(
    day: date | None, *, is_over: bool
) -> None:
    one = waiver(expires=day)
    said = [str(each) for each in expired(of_user(one), [one], TODAY)]
    assert len(said) == is_over
    assert all("expired on 2024-02-28" in each for each in said)
    assert list(expired(of_upstream(one), [one], TODAY)) == []
