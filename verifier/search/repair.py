"""The cheapest changes that cure a finding, each verified before it is offered.

One question per candidate (verifier.search.trial) asks the solver for a configuration in which the changed layout
breaks a property that the old one kept there, or still breaks the one at hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from verifier.layout.finding import Finding, Repair, Verdict
from verifier.layout.policy import Waiver
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails
from verifier.logic.term import Truth
from verifier.rules.judge import Judgement, obligations_of
from verifier.rules.waive import concerned, excused
from verifier.search.candidates import candidates
from verifier.search.price import Priced, Prices, Rebuild, conflict, summary
from verifier.search.trial import Trial, errors

MOST_REPAIRS = 4
MOST_REFUTATIONS = 16
"""With more there is no search: each takes milliseconds, and nobody repairs such a layout one by one."""


class Repairer:
    """Looks for repairs of the findings of one case."""

    def __init__(
        self,
        case: Case,
        judgements: Sequence[Judgement],
        rebuild: Rebuild,
        waivers: Sequence[Waiver] = (),
        *,
        timeout: float = 30.0,
    ) -> None:
        self._case, self._judgements = case, judgements
        self._waivers = waivers
        self._prices = Prices(case, rebuild)
        self._trial = Trial(case, judgements, timeout=timeout)
        refuted = [
            each
            for judgement in judgements
            for each in judgement.findings
            if each.verdict is Verdict.REFUTED and each.severity == "error"
        ]
        self._searches = len(refuted) <= MOST_REFUTATIONS

    def repaired(self, finding: Finding) -> Finding:
        """The finding, with the repairs that were found and verified."""
        if finding.verdict is not Verdict.REFUTED or finding.severity != "error":
            return finding
        if not self._searches:
            return replace(finding, repairs_searched=False)
        found: list[Repair] = []
        for priced in self._priced(finding):
            if any(set(repair.changes) < set(dict(priced.changes)) for repair in found):
                continue  # a cure with fewer changes is known
            if found and priced.ram + priced.other > conflict(finding):
                break  # a cure that costs more than the conflict is no help beside one that does not
            new = self._trial.new_case(priced.layout)
            if self._trial.breaks_nothing(new, (finding.property, finding.subjects)):
                found.append(self._repair(finding, priced, new))
            if len(found) == MOST_REPAIRS:
                break
        return replace(finding, repairs=tuple(found))

    def _priced(self, finding: Finding) -> list[Priced]:
        """All candidates that can be read as a layout, cheapest first."""
        changes = {tuple(sorted(each.items())): each for each in candidates(self._case, finding)}
        found = (self._prices.of(each) for each in changes.values())
        return sorted((each for each in found if each is not None), key=lambda priced: priced.order)

    def _repair(self, finding: Finding, priced: Priced, new: Case) -> Repair:
        """A cure with its price and what it leaves broken: of what it was asked about nothing but what
        failed before.
        """
        others = {
            rule
            for rule, subjects in self._trial.failing
            if (rule, subjects) != (finding.property, finding.subjects)
        }
        remaining = tuple(
            judgement.rule.id
            for judgement in self._judgements
            if not judgement.rule.advice
            and (judgement.rule.relative or judgement.rule.id in others)
            and self._still_broken(new, judgement)
        )
        return Repair(
            dict(priced.changes),
            priced.ram,
            priced.other,
            remaining,
            summary(priced, self._case.layout, remaining),
        )

    def _still_broken(self, case: Case, judgement: Judgement) -> bool:
        """Whether something of the rule fails where no waiver accepts it; first where it failed before."""
        rule = judgement.rule
        parts: list[Truth] = []
        for obligation in errors(obligations_of(rule, case)):
            waivers = concerned(self._waivers, rule.id, obligation.subjects)
            parts.append(term.both(obligation.bad, term.negate(excused(case, waivers))))
        broken = term.either(*parts)
        known = [outcome.worst for outcome in judgement.outcomes if isinstance(outcome, Fails)]
        if any(case.space.admits(each) and term.evaluate(broken, each) for each in known):
            return True
        return not self._trial.impossible(case, broken)
