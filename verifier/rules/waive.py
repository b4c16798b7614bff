"""Waivers applied: what fails inside the regimes that a policy names is waived, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from verifier.layout import units
from verifier.layout.errors import InputError
from verifier.layout.policy import Policy, Regime, Waiver
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Decider, Fails, Outcome
from verifier.logic.term import Truth
from verifier.reading.recorded_verdicts import theorems


def excused(case: Case, waivers: Iterable[Waiver]) -> Truth:
    """Whether a configuration lies in a regime of one of the waivers."""
    boxes = (regime.box(case.space) for waiver in waivers for regime in waiver.regimes)
    return term.either(*(case.symbolic.inside(box) for box in boxes if box is not None))


def concerned(waivers: Iterable[Waiver], rule: str, subjects: tuple[str, ...]) -> tuple[Waiver, ...]:
    """The waivers of this property of exactly these subjects."""
    return tuple(waiver for waiver in waivers if waiver.concerns(rule, subjects))


def idle(
    policy: Policy,
    applied: Sequence[Waiver],
    outcomes: Mapping[str, Sequence[Outcome] | None],
    case: Case,
    decider: Decider,
) -> Iterator[InputError]:
    """Waivers of a user's policy that nothing needs, as errors to be raised.

    `outcomes` are those of each property, None where something about it is unknown: then nobody can
    tell what a waiver is needed for. A regime that lies outside the run (another width, say) is no fault.
    """
    for waiver in applied:
        if waiver not in policy.strict or _is_of_theorem(waiver):
            continue
        if waiver.property not in outcomes:
            yield _fault(waiver, f"names no property that is checked: there are {', '.join(outcomes)}")
        elif (decided := outcomes[waiver.property]) is not None:
            for regime in waiver.regimes:
                if _is_idle(waiver, regime, decided, case, decider):
                    yield InputError(
                        f'waiver not needed: nothing of "{waiver.property}" fails for '
                        f"{units.listing(list(waiver.subjects))} in this regime; remove it",
                        regime.origin.file,
                        regime.origin.line,
                    )


def expired(policy: Policy, applied: Iterable[Waiver], today: date) -> Iterator[InputError]:
    """Waivers of a user's policy whose day has passed, as errors to be raised."""
    for waiver in applied:
        if waiver in policy.strict and waiver.expires is not None and waiver.expires < today:
            yield _fault(waiver, f"expired on {waiver.expires.isoformat()}")


def _is_idle(
    waiver: Waiver, regime: Regime, decided: Sequence[Outcome], case: Case, decider: Decider
) -> bool:
    """Whether the run has configurations of the regime, and what is waived fails in none of them."""
    box = regime.box(case.space)
    if box is None:
        return False
    inside = case.symbolic.inside(box)
    failures = [
        outcome.obligation.bad
        for outcome in decided
        if isinstance(outcome, Fails) and waiver.concerns(waiver.property, outcome.obligation.subjects)
    ]
    return decider.possible(inside) and not decider.possible(term.both(inside, term.either(*failures)))


def _is_of_theorem(waiver: Waiver) -> bool:
    """Whether it is about Xen's own algorithms, of which a run on one layout says nothing."""
    return any(f"{subject}/{waiver.property}" in theorems() for subject in waiver.subjects)


def _fault(waiver: Waiver, what: str) -> InputError:
    subjects = units.listing(list(waiver.subjects))
    return InputError(
        f'waiver of "{waiver.property}" for {subjects} {what}', waiver.origin.file, waiver.origin.line
    )
