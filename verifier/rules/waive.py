"""Waivers applied: what fails inside the regimes that a policy names is waived, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from verifier.layout import units
from verifier.layout.errors import InputError
from verifier.layout.policy import Policy, Regime, Waiver
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Decider, Fails, Outcome, Undecided
from verifier.logic.term import Truth


def excused(case: Case, waivers: Iterable[Waiver]) -> Truth:
    """Whether a configuration lies in a regime of one of the waivers."""
    boxes = (regime.box(case.space) for waiver in waivers for regime in waiver.regimes)
    return term.either(*(case.symbolic.inside(box) for box in boxes if box is not None))


def concerned(waivers: Iterable[Waiver], rule: str, subjects: tuple[str, ...]) -> tuple[Waiver, ...]:
    """The waivers of this property of exactly these subjects."""
    return tuple(waiver for waiver in waivers if waiver.concerns(rule, subjects))


def refuse_idle(
    policy: Policy,
    applied: Sequence[Waiver],
    outcomes: Mapping[str, Sequence[Outcome]],
    case: Case,
    decider: Decider,
    today: date,
) -> None:
    """Raise InputError for a waiver of a user's policy that is expired, or that nothing needs.

    `outcomes` are those of each property. A regime that lies outside the run (another width, say)
    is no fault, nor is one whose property could not be decided.
    """
    for waiver in applied:
        if waiver not in policy.strict:
            continue
        if waiver.expires is not None and waiver.expires < today:
            raise _fault(waiver, f"expired on {waiver.expires.isoformat()}")
        decided = outcomes.get(waiver.property)
        if decided is None:
            raise _fault(waiver, f"names no property that is checked: there are {', '.join(outcomes)}")
        if not any(isinstance(outcome, Undecided) for outcome in decided):
            for regime in waiver.regimes:
                _refuse_regime(waiver, regime, decided, case, decider)


def _refuse_regime(
    waiver: Waiver, regime: Regime, decided: Sequence[Outcome], case: Case, decider: Decider
) -> None:
    box = regime.box(case.space)
    if box is None:
        return
    inside = case.symbolic.inside(box)
    if not decider.possible(inside):
        return  # outside of this run
    failures = [
        outcome.obligation.bad
        for outcome in decided
        if isinstance(outcome, Fails) and waiver.concerns(waiver.property, outcome.obligation.subjects)
    ]
    if not decider.possible(term.both(inside, term.either(*failures))):
        raise InputError(
            f'waiver not needed: nothing of "{waiver.property}" fails for '
            f"{units.listing(list(waiver.subjects))} in this regime; remove it",
            regime.origin.file,
            regime.origin.line,
        )


def _fault(waiver: Waiver, what: str) -> InputError:
    subjects = units.listing(list(waiver.subjects))
    return InputError(
        f'waiver of "{waiver.property}" for {subjects} {what}', waiver.origin.file, waiver.origin.line
    )
