"""A made up rule, of which is written by hand where either of two layouts breaks it, and the two compared under it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.rules.direct import layout
from verifier.layout.difference import Delta
from verifier.layout.facts import Width
from verifier.layout.finding import Counterexample, Witness
from verifier.layout.origin import Origin
from verifier.layout.policy import Regime, Waiver
from verifier.logic import term
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Fails, Obligation
from verifier.logic.term import Truth
from verifier.reading import models
from verifier.rules import within_ipa
from verifier.rules.catalogue import Doubt, Explanation, Rule
from verifier.rules.compare import Comparison

FACTS = models.facts("head", "arm64")
NARROW, WIDE = Width(32, 1 << 39, "32"), Width(40, 1 << 40, "40")
BOTH = replace(FACTS, widths=(NARROW, WIDE))
PLACE = Origin("policy.toml", 3)
Macros = dict[str, str]
When = Callable[[Case], Truth]
Asked = list[tuple[tuple[str, ...], When]]
A, B = ("a",), ("b",)


def at(*widths: int) -> When:
    """A condition on the width alone."""
    return lambda case: term.either(
        *(term.equal(case.symbolic.variables["ipa_bits"], bits) for bits in widths)
    )


def always(_case: Case) -> Truth:
    return True


def explain(_case: Case, failure: Fails) -> Explanation:
    return Explanation("broken", (), Counterexample(failure.worst, Witness("differs", found=1, needed=0), ()))


def rule(old: Asked, new: Asked, doubts: tuple[tuple[Doubt, ...], tuple[Doubt, ...]] = ((), ())) -> Rule:
    """What it asks of either layout."""

    def obligations(case: Case) -> list[Obligation]:
        asked = old if case.layout.name == "old.h" else new
        return [Obligation(subjects, bad(case)) for subjects, bad in asked]

    return replace(
        within_ipa.RULE,
        id="made-up",
        obligations=obligations,
        explain=explain,
        doubts=lambda case: list(doubts[case.layout.name != "old.h"]),
        listing=lambda _case: None,
    )


def compared(
    made: Rule,
    waivers: tuple[Waiver, ...] = (),
    macros: tuple[Macros, Macros] = ({}, {}),
    widths: tuple[tuple[Width, ...], tuple[Width, ...]] = (BOTH.widths, BOTH.widths),
    *,
    stable: bool = False,
) -> Comparison:
    before, after = layout(macros[0], "old.h"), layout(macros[1], "new.h")
    old, new = replace(FACTS, widths=widths[0]), replace(FACTS, widths=widths[1])
    cases = case_of(before, old, before), case_of(after, new, before)
    if stable:
        return Comparison(*cases, waivers, rules=[made], stable=True)
    return Comparison(*cases, waivers, rules=[made])


def where(delta: Delta) -> tuple[int, ...]:
    """The widths at which it fails; none where it fails at all."""
    return tuple(sorted(bits for box in delta.finding.regimes for bits in box.choices.get("ipa_bits", ())))


def told(comparison: Comparison) -> list[tuple[str, tuple[str, ...], tuple[int, ...]]]:
    return [(each.effect.name, each.finding.subjects, where(each)) for each in comparison.deltas()]


def accepting(*widths: int) -> tuple[Waiver, ...]:
    return (Waiver(("*",), "made-up", A, (Regime({"ipa_bits": widths}, {}, PLACE),), "known", PLACE),)
