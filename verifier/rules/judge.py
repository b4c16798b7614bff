"""All rules on one case: every rule gives at least one finding, whatever happens."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from verifier.layout import units
from verifier.layout.finding import Box, Finding, Verdict
from verifier.layout.witness import recheck
from verifier.logic.case import Case
from verifier.logic.decide import Decider, Fails, Holds, Obligation, Outcome, Undecided
from verifier.logic.regimes import projection
from verifier.rules.catalogue import Doubt, Rule, catalogue


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one rule."""

    rule: Rule
    obligations: tuple[Obligation, ...]
    findings: tuple[Finding, ...]


def judge(case: Case, decider: Decider) -> list[Judgement]:
    """Decide every rule of the catalogue. Raises InternalError if a refutation does not re-check."""
    vacuous = decider.vacuity()
    if len(case.space.empty_widths()) == len(case.facts.widths):
        return [
            _judge(rule, case, decider, vacuous) if not rule.about_regions else _nobody(rule, vacuous)
            for rule in catalogue()
        ]
    return [_judge(rule, case, decider, vacuous) for rule in catalogue()]


def _nobody(rule: Rule, vacuous: str) -> Judgement:
    """There is no guest at all, so nothing about one can be told."""
    return Judgement(rule, (), (_unknown(rule, (), f"vacuous: {vacuous}"),))


def obligations_of(rule: Rule, case: Case) -> list[Obligation]:
    """What a rule asks of a case; nothing where it cannot be told what the regions are."""
    return [] if rule.about_regions and _ram_doubts(case) else rule.obligations(case)


def doubts_of(rule: Rule, case: Case) -> list[Doubt]:
    """What keeps a rule from speaking for the whole layout."""
    if not rule.about_regions:
        return rule.doubts(case)
    left_out = [
        Doubt((each.stem.name,), f"{each.reason}, so it is on no map") for each in case.layout.unplaced
    ]
    return _ram_doubts(case) or (left_out + rule.doubts(case))


def _ram_doubts(case: Case) -> list[Doubt]:
    """Without all RAM windows nobody knows how memory is spread, so nothing else can be judged."""
    unplaced = [each for each in case.layout.unplaced if each.stem.kind == "ram"]
    found = [
        Doubt((each.stem.name,), f"{each.reason}, so how memory fills the banks is not known")
        for each in unplaced
    ]
    if case.facts["extended-regions"]:
        found += [
            Doubt(
                (bank.name,),
                f"{bank.name} has no size, so the window that holds extended regions is not known",
            )
            for bank in case.layout.banks
            if bank.size is None
        ]
    return found


def _judge(rule: Rule, case: Case, decider: Decider, vacuous: str) -> Judgement:
    obligations = obligations_of(rule, case)
    outcomes = decider.decide(obligations)
    doubts = doubts_of(rule, case)
    findings = [_refutation(rule, case, outcome) for outcome in outcomes if isinstance(outcome, Fails)]
    findings += [_unknown(rule, doubt.subjects, doubt.reason) for doubt in doubts]
    findings += [
        _unknown(rule, outcome.obligation.subjects, outcome.reason)
        for outcome in outcomes
        if isinstance(outcome, Undecided)
    ]
    findings.sort(key=_order)
    if not findings:
        findings = [_conclusion(rule, outcomes, vacuous if rule.about_regions else "")]
    return Judgement(rule, tuple(obligations), tuple(findings))


def _order(finding: Finding) -> tuple[object, ...]:
    """Refutations first; among them by address of the first region, then by name."""
    regions = finding.counterexample.regions if finding.counterexample else ()
    return (finding.verdict is not Verdict.REFUTED, [region.start for region in regions], finding.subjects)


def _refutation(rule: Rule, case: Case, failure: Fails) -> Finding:
    said = rule.explain(case, failure)
    finding = Finding(
        rule.id,
        Verdict.REFUTED,
        failure.obligation.subjects,
        said.message,
        details=said.details,
        regimes=failure.regimes,
        regimes_exact=failure.exact,
        fails_when=projection(failure.regimes, case.symbolic) if failure.regimes else Box(),
        counterexample=said.counterexample,
        cites=rule.cites,
        why=rule.why,
        help=said.help,
    )
    recheck(finding, case.space)
    return finding


def _unknown(rule: Rule, subjects: tuple[str, ...], reason: str) -> Finding:
    return Finding(rule.id, Verdict.UNKNOWN, subjects, reason, cites=rule.cites)


def _conclusion(rule: Rule, outcomes: Iterable[Outcome], vacuous: str) -> Finding:
    """Nothing failed and nothing is in doubt: proved, if anything was asked and could be asked."""
    held = [outcome for outcome in outcomes if isinstance(outcome, Holds)]
    subjects = tuple(dict.fromkeys(name for outcome in held for name in outcome.obligation.subjects))
    if not held:
        return Finding(
            rule.id,
            Verdict.NOT_APPLICABLE,
            (),
            "nothing in this layout that it speaks about",
            cites=rule.cites,
        )
    if vacuous:
        return Finding(rule.id, Verdict.UNKNOWN, subjects, f"vacuous: {vacuous}", cites=rule.cites)
    count = f"{len(held)} {units.plural(len(held), 'obligation')}"
    message = f"{rule.title}: {count} on {len(subjects)} {units.plural(len(subjects), 'subject')}, for every configuration"
    return Finding(rule.id, Verdict.PROVED, subjects, message, cites=rule.cites)
