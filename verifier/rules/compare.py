"""Two layouts, property by property: what the change broke, cured, left as it was, or made uncertain.

For every configuration of the new layout: an obligation that is broken there counts as newly broken unless the old
layout, in the same configuration as far as it knows it, broke that property of the same subjects as well: without
devices that it does not know, and with as much memory, vCPUs and virtio devices as it can have. So nothing is excused
by a failure elsewhere: at another width, if widths matter, with less than it can have, or of other regions. The
solver decides it for all configurations at once; each answer is explained and re-checked as those of `check` are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from verifier.layout.difference import Delta, Effect, First
from verifier.layout.finding import Finding, Verdict
from verifier.layout.policy import Waiver
from verifier.logic import term
from verifier.logic.case import Case, seen_from
from verifier.logic.decide import Decider, Fails, Obligation
from verifier.logic.term import Truth
from verifier.rules.catalogue import Rule, catalogue
from verifier.rules.judge import doubts_of, judge, obligations_of
from verifier.rules.stable import is_lost, noticed_by
from verifier.rules.waive import concerned, excused

Key = tuple[str, frozenset[str]]
"""A rule and the subjects of an obligation: which of two regions starts first may change."""
Findings = Mapping[str, tuple[Finding, ...]]
"""By rule."""
_FAILS = (Verdict.REFUTED, Verdict.WAIVED)


class Comparison:
    """An old and a new layout, each with what its own release of Xen does; waivers are of the new one."""

    def __init__(
        self,
        old: Case,
        new: Case,
        waivers: Sequence[Waiver] = (),
        *,
        rules: Sequence[Rule] | None = None,
        stable: bool = False,
        timeout: float = 30.0,
        seed: int = 0,
    ) -> None:
        """`new` has the layout of `old` as its baseline. `rules`: all, if none are given.

        `stable`: what moves is an error, not advice.
        """
        self.old, self.new = old, new
        self._waivers, self._stable = waivers, stable
        self.forward = Decider(new.symbolic, timeout=timeout, seed=seed)
        self.backward = Decider(old.symbolic, timeout=timeout, seed=seed)
        was = seen_from(old, new.space, "old_", at_most=True)
        becomes = seen_from(new, old.space, "new_")
        self._rules = catalogue() if rules is None else tuple(rules)
        self._sound = [rule for rule in self._rules if not (rule.relative or rule.advice)]
        self._before, self._after = _broken(self._sound, was), _broken(self._sound, becomes)
        self._had, self._has = _news(self.forward, was), _news(self.backward, becomes)
        """What makes a configuration of the one layout one of the other, too."""

    def deltas(self) -> tuple[Delta, ...]:
        """Of every rule at least one, in the order of the catalogue."""
        relative = [self._firm(rule) for rule in self._rules if rule.relative]
        broken = self._judged([*self._asking(self._newly), *relative], self.new, self.forward)
        still = self._judged(self._asking(self._still), self.new, self.forward)
        cured = self._judged(self._asking(self._no_more), self.old, self.backward, ())
        found: list[Delta] = []
        for rule in self._rules:
            if rule.relative:
                found += (self._moved(rule, each) for each in broken[rule.id])
            elif not rule.advice:
                found += self._of(rule, broken[rule.id], still[rule.id], cured[rule.id])
        return tuple(found)

    def _of(
        self, rule: Rule, broken: Sequence[Finding], still: Sequence[Finding], cured: Sequence[Finding]
    ) -> list[Delta]:
        """What the three questions about one rule say together."""
        known = {(each.subjects, each.reason) for each in doubts_of(rule, self.old)}
        failing = [each for each in still if each.verdict in _FAILS]
        found = []
        for finding in broken:
            if finding.verdict is Verdict.UNKNOWN:
                same = (finding.subjects, finding.message) in known
                found.append(Delta(Effect.STILL_DOUBTED if same else Effect.DOUBTED, finding))
            elif finding.verdict in _FAILS or not failing:
                found.append(Delta(_EFFECTS[finding.verdict], finding))
        found += [
            Delta(Effect.STILL_BROKEN if each.verdict is Verdict.REFUTED else Effect.ACCEPTED, _advice(each))
            for each in failing
        ]
        found += [
            Delta(Effect.DOUBTED, each)
            for each in still
            if each.verdict is Verdict.UNKNOWN and each not in broken
        ]
        if not doubts_of(rule, self.new):
            left = {
                frozenset(each.subjects) for each in (*broken, *failing) if each.verdict is Verdict.REFUTED
            }
            found += [
                Delta(Effect.EASED if frozenset(each.subjects) in left else Effect.CURED, _advice(each))
                for each in cured
                if each.verdict is Verdict.REFUTED
            ]
        return found

    def _moved(self, rule: Rule, finding: Finding) -> Delta:
        """A finding of a rule that compares by itself: something is less, gone, or elsewhere; what is unknown may be."""
        if finding.verdict is Verdict.UNKNOWN:
            return Delta(Effect.DOUBTED, replace(finding, severity="error"))
        if finding.verdict is not Verdict.REFUTED:
            return Delta(_EFFECTS[finding.verdict], finding)
        if rule.advice and not is_lost(finding.subjects[0], self.old.layout, self.new.layout):
            noticed = f"noticed by {noticed_by(finding.subjects[0], self.old.layout)}"
            return Delta(Effect.MOVED, replace(finding, details=(*finding.details, noticed)))
        return Delta(Effect.LOST, replace(finding, severity="error"))

    # The three questions. Each is about the configurations of one of the two layouts, as terms over its dimensions.

    def _newly(self, key: Key, bad: Truth) -> Truth:
        return term.both(bad, term.negate(self._was_bad(key)))

    def _still(self, key: Key, bad: Truth) -> Truth:
        return term.both(bad, self._was_bad(key))

    def _no_more(self, key: Key, bad: Truth) -> Truth:
        return term.both(bad, *self._has, term.negate(self._after.get(key, False)))

    def _was_bad(self, key: Key) -> Truth:
        """Whether the old layout broke the same; of what that does not depend on, any value will do.

        A region that was too small was so at widths, too, that only the new release has.
        """
        bad = self._before.get(key, False)
        names = set(term.variables(bad))
        return term.both(
            bad, *(each for each in self._had if names & set(term.variables(each)) or each is False)
        )

    def _asking(self, question: Callable[[Key, Truth], Truth]) -> list[Rule]:
        return [_asking(rule, question) for rule in self._sound]

    def _firm(self, rule: Rule) -> Rule:
        """What moved is no advice on a stable branch."""
        return replace(rule, advice=rule.advice and not self._stable)

    def _judged(
        self, rules: Sequence[Rule], case: Case, decider: Decider, waivers: Sequence[Waiver] | None = None
    ) -> Findings:
        given = self._waivers if waivers is None else waivers
        return {each.rule.id: each.findings for each in judge(case, decider, given, rules)}

    def first(self) -> First | None:
        """The plainest configuration in which one of the two is broken and the other is not; None if it is not known."""
        worse = self._first(self.new, self.forward, self._newly, Verdict.PROVED, Verdict.REFUTED)
        return worse or self._first(self.old, self.backward, self._no_more, Verdict.REFUTED, Verdict.PROVED)

    def _first(
        self,
        case: Case,
        decider: Decider,
        question: Callable[[Key, Truth], Truth],
        before: Verdict,
        after: Verdict,
    ) -> First | None:
        accepted = self._waivers if case is self.new else ()
        asked = {
            key: term.both(
                question(key, bad), term.negate(excused(case, concerned(accepted, key[0], tuple(key[1]))))
            )
            for key, bad in _broken(self._sound, case).items()
        }
        (outcome,) = decider.decide([Obligation((), term.either(*asked.values()))])
        if not isinstance(outcome, Fails):
            return None
        rule, subjects = next(key for key, bad in asked.items() if term.evaluate(bad, outcome.worst))
        return First(outcome.worst, case.space, rule, tuple(sorted(subjects)), before, after)


_EFFECTS = {
    Verdict.REFUTED: Effect.BROKEN,
    Verdict.WAIVED: Effect.ACCEPTED,
    Verdict.PROVED: Effect.KEPT,
    Verdict.NOT_APPLICABLE: Effect.SILENT,
}
"""Of what is not unknown."""


def _advice(finding: Finding) -> Finding:
    return replace(finding, severity="advice")


def _asking(rule: Rule, question: Callable[[Key, Truth], Truth]) -> Rule:
    """The rule with another condition in each of its obligations that are errors."""

    def obligations(case: Case) -> list[Obligation]:
        return [
            replace(each, bad=question((rule.id, frozenset(each.subjects)), each.bad))
            for each in rule.obligations(case)
            if not each.advice
        ]

    return replace(rule, obligations=obligations)


def _news(decider: Decider, other: Case) -> tuple[Truth, ...]:
    """What the other layout asks of a configuration and this one does not: regimes are to show no more."""
    asked = term.conjuncts(other.symbolic.assumptions)
    return tuple(each for each in asked if decider.possible(term.negate(each)))


def _broken(rules: Iterable[Rule], case: Case) -> Mapping[Key, Truth]:
    """When an obligation is broken, by rule and subjects."""
    found = dict[Key, Truth]()
    for rule in rules:
        for each in obligations_of(rule, case):
            if not each.advice:
                key = rule.id, frozenset(each.subjects)
                found[key] = term.either(found.get(key, False), each.bad)
    return found
