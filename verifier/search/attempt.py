"""One macro set to one value: what breaks, shown again in plain integers, and what it costs against the baseline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from verifier.layout.configuration import Configuration
from verifier.layout.errors import InputError, InternalError
from verifier.layout.finding import Finding, Verdict
from verifier.layout.headroom import Cost, Stop
from verifier.layout.layout import Layout
from verifier.layout.origin import Origin
from verifier.layout.witness import recheck
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Decider, Fails, Obligation
from verifier.logic.space import complete
from verifier.logic.term import Truth
from verifier.rules import minimum_size
from verifier.rules.catalogue import Rule, catalogue
from verifier.rules.comment_groups import statements
from verifier.rules.judge import obligations_of
from verifier.rules.stable import DERIVED
from verifier.search.price import Rebuild, unaffected
from verifier.search.trial import Trial, errors, key_of

MOST_JUDGED = 1 << 20
"""Obligations of all layouts that are tried, some 4,000 layouts of a release; with many regions there are more of each."""
LEAST_TRIED = 16
"""Layouts, however many obligations they have."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a value does; nothing known only where `unknown` says why."""

    stops: tuple[Stop, ...] = ()
    unknown: str = ""
    follow: tuple[str, ...] = ()
    """Macros that changed with it, but for those that only repeat what the RAM banks say."""

    @property
    def is_good(self) -> bool:
        """Whether it is proved that nothing is newly broken in any configuration."""
        return not self.stops and not self.unknown


class Attempts:
    """Tries values of single macros; `trial` judges the layout by itself, `baseline` is what changes are told against."""

    def __init__(self, trial: Trial, baseline: Layout, rebuild: Rebuild, timeout: float) -> None:
        self._trial, self._baseline, self._rebuild, self._timeout = trial, baseline, rebuild, timeout
        self._old = trial.case.layout
        self._lies = {each.comment for each in statements(trial.case) if not each.holds}
        count = sum(len(errors(obligations_of(each.rule, trial.case))) for each in trial.judgements)
        self._most = max(LEAST_TRIED, MOST_JUDGED // max(1, count))
        self._tried = 0
        self._known = {key_of(each.property, each.subjects) for each in self._relative(self._old)}

    def outcome(self, name: str, value: int) -> Outcome:
        """Whether the layout with that value newly breaks anything: as many questions as there are things broken."""
        if self._tried == self._most:
            return Outcome(unknown=f"{self._most} layouts were tried in all, and no more are")
        self._tried += 1
        try:
            layout = self._layout(name, value)
        except InputError as fault:
            return Outcome(unknown=f"with {value:#x} the layout cannot be read: {fault.message}")
        new = replace(self._trial.new_case(layout), baseline=layout)
        nobody = len(new.space.empty_widths()) == len(new.facts.widths)
        asked = [
            each for each in self._trial.broken_by(new) if not (nobody and each[0].about_regions)
        ]  # where there is no guest nothing of one can be shown
        broken = [each for each in asked if each[2] is True]
        waiting = [each for each in asked if isinstance(each[2], term.Term)]
        reason = ""
        while waiting:
            answer = self._ask(new, term.either(*(condition for _, _, condition in waiting)))
            if not isinstance(answer, dict):
                reason = answer
                break
            broken += [each for each in waiting if term.evaluate(each[2], answer)]
            waiting = [each for each in waiting if not term.evaluate(each[2], answer)]
        stops = [self._stop(new, rule, replace(each, bad=bad), name, value) for rule, each, bad in broken]
        if stops:
            places = {rule.id: rule.position for rule in catalogue()}
            stops.sort(key=lambda each: (places[each.property], each.subjects))
        unknown = "" if stops else reason or self._doubt(new)
        return Outcome(tuple(stops), unknown, tuple(self._followers(layout, name)))

    def _followers(self, layout: Layout, name: str) -> Iterator[str]:
        """What else is not as it was."""
        old = self._old.defines
        for other in dict.fromkeys([*old, *layout.defines]):
            one, two = old.get(other), layout.defines.get(other)
            same = one is not None and two is not None and one.value == two.value
            if other != name and not same and layout.scalars.get(other) not in DERIVED:
                yield other

    def costs(self, name: str, value: int) -> tuple[Cost, ...]:
        """What relative properties say of the value that they do not say of the layout as it is."""
        return tuple(
            Cost(failure.property, failure.subjects, value, failure.message)
            for failure in self._relative(self._layout(name, value))
            if key_of(failure.property, failure.subjects) not in self._known
        )

    def _layout(self, name: str, value: int) -> Layout:
        """The layout with the value, without the comments that whoever changes it has to change."""
        layout = self._rebuild({name: value})
        return replace(layout, comments=unaffected(self._old, layout, self._lies))

    def _ask(self, new: Case, condition: Truth) -> dict[str, int] | str:
        """A whole configuration with the condition; empty if there is none; the reason if nobody knows."""
        if not isinstance(condition, term.Term):
            return complete(new.space, {}) if condition else ""
        answer = self._trial.ask(new, condition)
        if answer.impossible:
            return ""
        return dict(answer.model) if answer.possible else f"the solver gave up: {answer.reason}"

    def _doubt(self, new: Case) -> str:
        """What cannot be judged any more, although nothing is shown to be broken."""
        empty = set(new.space.empty_widths()) - set(self._trial.case.space.empty_widths())
        if empty:
            return f"no guest is left with {min(empty)} ipa bits, so nothing can be said of any"
        doubt = next(((rule.id, each.reason) for rule, each in self._trial.more_doubts(new)), None)
        return "" if doubt is None else f"{doubt[0]} cannot judge it: {doubt[1]}"

    def _relative(self, layout: Layout) -> Iterator[Finding]:
        """What the layout breaks only because there is a baseline."""
        if layout is self._baseline:
            return
        case = replace(self._trial.new_case(layout), baseline=self._baseline)
        for rule in catalogue():
            if rule.relative or rule is minimum_size.RULE:
                alone = [] if rule.relative else self._refuted(rule, replace(case, baseline=layout))
                known = {each.subjects for each in alone}
                yield from (each for each in self._refuted(rule, case) if each.subjects not in known)

    def _refuted(self, rule: Rule, case: Case) -> list[Finding]:
        """Every obligation of a rule that some configuration breaks."""
        found = []
        for each in errors(obligations_of(rule, case)):
            if isinstance(self._ask(case, each.bad), dict):
                found.append(self._finding(case, rule, each)[0])
        return found

    def _finding(self, case: Case, rule: Rule, broken: Obligation) -> tuple[Finding, Configuration]:
        """A failure that was found, in words, where it is worst: whatever the solver came upon.

        Raises InternalError where plain integers do not show it.
        """
        (outcome,) = Decider(case.symbolic, timeout=self._timeout).decide([broken])
        if not isinstance(outcome, Fails):
            raise InternalError(f"{rule.id} of {', '.join(broken.subjects)} was broken before and is not now")
        said = rule.explain(case, outcome)
        finding = Finding(
            rule.id, Verdict.REFUTED, broken.subjects, said.message, counterexample=said.counterexample
        )
        recheck(finding, case.space)
        return finding, outcome.worst

    def _stop(self, new: Case, rule: Rule, broken: Obligation, name: str, value: int) -> Stop:
        """What breaks, where, and how it is seen."""
        finding, worst = self._finding(new, rule, broken)
        shown = {key: dimension.show(worst[key]) for key, dimension in new.space.dimensions.items()}
        source = _source(new, rule, broken, worst, name)
        return Stop(rule.id, broken.subjects, value, finding.message, source, shown)


def _source(new: Case, rule: Rule, obligation: Obligation, found: Configuration, name: str) -> str:
    """Where the other party stands, or what the limit is from."""
    origins = {each.name: each.origin for each in new.layout.parts}
    own = {name} | {each.name for each in new.layout.parts if name in (each.base_macro, each.size_macro)}
    origins |= {key: define.origin for key, define in new.layout.defines.items()}
    others = [str(origins[each]) for each in obligation.subjects if each not in own and each in origins]
    if others:
        return ", ".join(dict.fromkeys(others))
    match rule.id:
        case "within-ipa":
            return new.space.width(found["ipa_bits"]).source
        case "reachable":
            guest = str(new.space.dimensions["guest"].show(found["guest"]))
            return f"Arm ARM {new.facts.page_tables[guest].counted[0].source}"
        case "minimum-size":
            return str(obligation.notes["need"].source)
        case "well-formed":
            return ", ".join(str(each) for each in parts_of(new.layout, name))
    return f"{rule.cites[0].document}, {rule.cites[0].clause}"


def parts_of(layout: Layout, name: str) -> tuple[Origin, ...]:
    """What a number that repeats others has to agree with; of any other its own place."""
    meaning = layout.scalars.get(name, "")
    banks = [stem for stem in layout.stems if stem.kind == "ram"]
    if meaning == "rdist-regions":
        banks = [stem for stem in layout.stems if stem.name.startswith("GUEST_GICV3_GICR")]
    if meaning in ("ram-maximum", "bank-sizes"):
        return tuple(each.origin for stem in banks for each in stem.sizes)
    if meaning in ("ram-base", "bank-bases", "bank-count", "rdist-regions"):
        return tuple(each.origin for stem in banks for each in stem.bases)
    return (layout.defines[name].origin,)
