"""All rules on one case: every rule gives at least one finding, whatever happens."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from verifier.layout import units
from verifier.layout.finding import Finding, Verdict
from verifier.layout.policy import Waiver
from verifier.layout.witness import recheck
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Decider, Fails, Holds, Obligation, Outcome, Undecided
from verifier.rules.catalogue import Doubt, Rule, catalogue, endless_banks
from verifier.rules.waive import concerned, excused


@dataclass(frozen=True, slots=True)
class Judgement:
    """What came of one rule."""

    rule: Rule
    obligations: tuple[Obligation, ...]
    outcomes: tuple[Outcome, ...]
    findings: tuple[Finding, ...]

    @property
    def is_open(self) -> bool:
        """Whether something is unknown."""
        return any(finding.verdict is Verdict.UNKNOWN for finding in self.findings)


def judge(
    case: Case, decider: Decider, waivers: Sequence[Waiver] = (), rules: Sequence[Rule] | None = None
) -> list[Judgement]:
    """Decide every rule (of the catalogue, if none are given); what `waivers` accept is waived.

    Raises InternalError if a refutation does not re-check.
    """
    chosen = catalogue() if rules is None else rules
    vacuous = decider.vacuity()
    nobody = len(case.space.empty_widths()) == len(case.facts.widths)
    return [
        _nobody(rule, vacuous)
        if nobody and rule.about_regions
        else _Judge(rule, case, decider, concerned_with(waivers, rule)).judgement(vacuous)
        for rule in chosen
    ]


def concerned_with(waivers: Sequence[Waiver], rule: Rule) -> tuple[Waiver, ...]:
    """The waivers of one property."""
    return tuple(waiver for waiver in waivers if waiver.property == rule.id)


def _nobody(rule: Rule, vacuous: str) -> Judgement:
    """There is no guest at all, so nothing about one can be told."""
    return Judgement(rule, (), (), (_unknown(rule, (), f"vacuous: {vacuous}"),))


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
        found += endless_banks(case, "the window that holds extended regions is not known")
    return found


class _Judge:
    """One rule on one case."""

    def __init__(self, rule: Rule, case: Case, decider: Decider, waivers: Sequence[Waiver]) -> None:
        self._rule, self._case, self._decider, self._waivers = rule, case, decider, waivers

    def judgement(self, vacuous: str) -> Judgement:
        """Every outcome and every doubt as a finding; at least one."""
        obligations = obligations_of(self._rule, self._case)
        outcomes = self._decider.decide(obligations)
        findings = [
            replace(_unknown(self._rule, doubt.subjects, doubt.reason), place=doubt.place)
            for doubt in doubts_of(self._rule, self._case)
        ]
        findings += [self._finding(outcome) for outcome in outcomes if not isinstance(outcome, Holds)]
        findings.sort(key=_order)
        own = [finding for finding in findings if finding.severity == _severity(self._rule)]
        vacuous = vacuous if self._rule.about_regions else ""
        if not own:
            findings.append(self._conclusion(outcomes, vacuous))
        elif vacuous and all(finding.verdict is Verdict.WAIVED for finding in own):
            findings.append(_unknown(self._rule, (), f"vacuous: {vacuous}"))
        return Judgement(self._rule, tuple(obligations), tuple(outcomes), tuple(findings))

    def _finding(self, outcome: Fails | Undecided) -> Finding:
        if isinstance(outcome, Undecided):
            severity = _severity(self._rule, outcome.obligation)
            return replace(
                _unknown(self._rule, outcome.obligation.subjects, outcome.reason), severity=severity
            )
        waivers = concerned(self._waivers, self._rule.id, outcome.obligation.subjects)
        return self._refutation(outcome) if not waivers else self._waived(outcome, waivers)

    def _waived(self, failure: Fails, waivers: Sequence[Waiver]) -> Finding:
        """Waived if all of the failing set lies in waived regimes; else what lies outside is refuted."""
        bad = failure.obligation.bad
        used = [
            each for each in waivers if self._decider.possible(term.both(bad, excused(self._case, [each])))
        ]
        outside = replace(failure.obligation, bad=term.both(bad, term.negate(excused(self._case, used))))
        rest = self._decider.decide([outside])[0]
        if isinstance(rest, Undecided):
            return self._finding(replace(rest, reason=f"whether all of it is waived: {rest.reason}"))
        said = self._refutation(failure if isinstance(rest, Holds) else rest)
        if not used:
            return said
        places = units.listing([str(each.origin) for each in used])
        if isinstance(rest, Fails):
            part = f"only a part is waived, by {places}; this is the rest"
            return replace(said, details=(*said.details, part), partly_waived=True)
        details = said.details if len(used) == 1 else (*said.details, f"waived by {places} together")
        return replace(said, verdict=Verdict.WAIVED, waiver=used[0], details=details)

    def _refutation(self, failure: Fails) -> Finding:
        said = self._rule.explain(self._case, failure)
        finding = Finding(
            self._rule.id,
            Verdict.REFUTED,
            failure.obligation.subjects,
            said.message,
            severity=_severity(self._rule, failure.obligation),
            details=said.details,
            regimes=failure.regimes,
            regimes_exact=failure.exact,
            fails_when=failure.hull,
            counterexample=said.counterexample,
            cites=self._rule.cites,
            why=self._rule.why,
            help=said.help,
            place=said.place,
        )
        recheck(finding, self._case.space)
        return finding

    def _conclusion(self, outcomes: Iterable[Outcome], vacuous: str) -> Finding:
        """Nothing failed and nothing is in doubt: proved, if anything was asked and could be asked."""
        rule = self._rule
        held = [
            outcome for outcome in outcomes if isinstance(outcome, Holds) and not outcome.obligation.advice
        ]
        subjects = tuple(dict.fromkeys(name for outcome in held for name in outcome.obligation.subjects))
        finding = Finding(
            rule.id, Verdict.NOT_APPLICABLE, (), rule.silence, severity=_severity(rule), cites=rule.cites
        )
        if not held:
            return finding
        if vacuous:
            return replace(finding, verdict=Verdict.UNKNOWN, subjects=subjects, message=f"vacuous: {vacuous}")
        asked = f"{len(held)} {units.plural(len(held), 'obligation')} on {len(subjects)}"
        message = f"{rule.title}: {asked} {units.plural(len(subjects), 'subject')}, for every configuration"
        return self._listed(replace(finding, verdict=Verdict.PROVED, subjects=subjects, message=message))

    def _listed(self, finding: Finding) -> Finding:
        listing = self._rule.listing(self._case)
        if listing is None:
            return finding
        boxes, exact = self._decider.regimes(listing.condition)
        return replace(finding, listed=listing.what, listing=boxes, listing_exact=exact)


def _severity(rule: Rule, obligation: Obligation | None = None) -> str:
    return "advice" if rule.advice or (obligation is not None and obligation.advice) else "error"


def _order(finding: Finding) -> tuple[object, ...]:
    """Refutations first; among them by address of the first region, then by name."""
    regions = finding.counterexample.regions if finding.counterexample else ()
    return (finding.verdict is not Verdict.REFUTED, [region.start for region in regions], finding.subjects)


def _unknown(rule: Rule, subjects: tuple[str, ...], reason: str) -> Finding:
    return Finding(rule.id, Verdict.UNKNOWN, subjects, reason, severity=_severity(rule), cites=rule.cites)
