"""Changes of constants that cure several findings at once, cheapest first, each verified before it is offered.

A plan is a candidate of one finding, or of two together; where none cures all that can be cured, plans are extended
by what cures the next finding, the cheapest first. A number is made what a comment says of it only where it has to change
anyway: else the comment is at fault. What a plan cures is proved: no configuration has it any more. What it leaves is named;
of that, what no plan cures is told apart, for no constant that was tried cures it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain, combinations, islice, product

from verifier.layout.finding import Finding, Verdict
from verifier.layout.policy import Waiver
from verifier.layout.repair_report import aims as goal
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.term import Truth
from verifier.rules.comment_groups import Statement
from verifier.rules.judge import Judgement, obligations_of
from verifier.rules.waive import concerned, excused
from verifier.search.candidates import Changes, candidates
from verifier.search.plan import Plan, Plans
from verifier.search.price import Priced, Prices, Rebuild, change_and_cost, conflict, losses
from verifier.search.trial import Key, Trial, errors

COMMENTS = "comments-agree"
MOST_PLANS = 6
"""Listed; one more if it cures more."""
MOST_TRIED = 400
"""Changes that are tried of a few findings; each takes some milliseconds, and with every finding more."""
LEAST_TRIED = 8
"""However many findings there are."""
MOST_EXTENDED = 24
"""Plans that are extended at a time: all there are for two conflicts, as a rule."""
MOST_LEFT = 64
"""Findings that a plan leaves of which the widths are told."""
MOST_TOGETHER = 12
"""Findings that one plan is looked for; each takes a change more. A series has one or two."""


def plans(
    case: Case,
    judgements: Sequence[Judgement],
    rebuild: Rebuild,
    waivers: Sequence[Waiver] = (),
    *,
    properties: Collection[str] = (),
    by_words: Collection[Key] = (),
    timeout: float = 30.0,
) -> Plans:
    """The plans for the refuted findings of a case, of the properties named; of all if none are.

    For what other words of a comment cure, `by_words`, no number has to change.
    """
    return _Planner(case, judgements, rebuild, waivers, frozenset(properties), timeout).plans(by_words)


class _Planner:
    def __init__(
        self,
        case: Case,
        judgements: Sequence[Judgement],
        rebuild: Rebuild,
        waivers: Sequence[Waiver],
        properties: frozenset[str],
        timeout: float,
    ) -> None:
        self._case, self._judgements, self._waivers = case, judgements, waivers
        self._asked = bool(properties)
        self._trial = Trial(case, judgements, timeout=timeout)
        self._prices = Prices(case, rebuild)
        self._findings = [
            each
            for judgement in judgements
            for each in judgement.findings
            if each.verdict is Verdict.REFUTED and each.severity == "error"
            if not properties or each.property in properties
        ]
        self._targets = dict.fromkeys(map(_key, self._findings))
        self._at_fault = {
            each for finding in self._findings if finding.property != COMMENTS for each in finding.subjects
        }

    def plans(self, by_words: Collection[Key]) -> Plans:
        """As `plans` says."""
        most = max(LEAST_TRIED, MOST_TRIED * MOST_TOGETHER // max(MOST_TOGETHER, len(self._findings)))
        changes = list(islice(self._changes(), most + 1))
        found = list(self._verified(changes[:most]))
        listed = self._worth_a_line(found)[:MOST_PLANS]
        aims = (goal(found) if not self._asked else {key for plan in found for key in plan.cured}) - set(
            by_words
        )
        few = len(aims) <= MOST_TOGETHER
        if few and found and not any(plan.is_one_for(aims) for plan in listed):
            more = self._pruned(self._together(found, aims))
            if not any(set(plan.cured) >= set(more.cured) and plan.order <= more.order for plan in listed):
                listed = sorted([*listed, more], key=lambda plan: plan.order)
        cured = {key for plan in listed for key in plan.cured}
        incurable = tuple(key for key in self._targets if key not in cured)
        return Plans(tuple(map(self._with_widths, listed)), incurable, few and len(changes) <= most)

    def _verified(self, changes: Iterable[Changes]) -> Iterator[Plan]:
        """Those of the changes that cure something and break nothing, cheapest first."""
        priced = (self._prices.of(each) for each in changes)
        for each in sorted((each for each in priced if each is not None), key=self._order):
            plan = self._plan(each)
            if plan is not None:
                yield plan

    def _worth_a_line(self, found: Iterable[Plan]) -> list[Plan]:
        """Without what those before it make idle, and what costs more than the conflict beside one that does not."""
        listed = list[Plan]()
        for plan in found:
            worth = sum(conflict(each) for each in self._findings if _key(each) in plan.cured)
            costly = plan.ram + plan.other > worth and any(
                set(plan.cured) <= set(each.cured) for each in listed
            )
            if not costly and not any(plan.is_idle_beside(each) for each in listed):
                listed.append(plan)
        return [plan for plan in listed if not any(plan.is_outdone_by(each) for each in listed)]

    def _together(self, found: Sequence[Plan], aims: Collection[Key]) -> Plan:
        """The cheapest plan that cures all of `aims`; else one that cures most of it.

        Each of the cheapest plans so far is extended by what cures the first finding that it leaves, as the layout is
        then; so of two findings each may be cured first.
        """
        pair = self._pair(aims)
        if pair is not None:
            return pair
        beam, best = list(found), found[0]
        while beam:
            whole = [plan for plan in beam if set(plan.cured) >= set(aims)]
            if whole:
                return min(whole, key=lambda plan: plan.order)
            best = min(beam, key=lambda plan: (-len(set(plan.cured) & set(aims)), plan.order))
            longer = {
                each.changes: each for plan in beam[:MOST_EXTENDED] for each in self._extended(plan, aims)
            }
            beam = sorted(longer.values(), key=lambda plan: plan.order)
        return best

    def _pair(self, aims: Collection[Key]) -> Plan | None:
        """The cheapest plan for two findings, by a change for each; None if there are more, or none cures both.

        The first to move heeds all but one region of the other finding, which moves next: it may have to make room.
        """
        both = [each for each in self._findings if _key(each) in aims]
        if len(both) != 2:
            return None
        changes = dict[tuple[tuple[str, int], ...], Changes]()
        for first, second in (both, both[::-1]):
            for one in self._making_room(first, second):
                priced = self._prices.of(one)
                after = self._trial.new_case(priced.layout) if priced is not None else None
                for other in self._own(second, after) if after is not None else ():
                    each = {**one, **other}
                    changes[tuple(sorted(each.items()))] = each
        whole = (plan for plan in self._verified(changes.values()) if set(plan.cured) >= set(aims))
        return next(whole, None)

    def _making_room(self, first: Finding, second: Finding) -> Iterator[Changes]:
        known = set[tuple[tuple[str, int], ...]]()
        for absent in ("", *second.subjects):
            for each in candidates(self._case, first, absent):
                key = tuple(sorted(each.items()))
                if key not in known:
                    known.add(key)
                    yield each

    def _extended(self, plan: Plan, aims: Collection[Key]) -> Iterator[Plan]:
        """Plans that change more than this one, and cure the first finding that it leaves as well."""
        left = (each for each in self._findings if _key(each) in aims and _key(each) not in plan.cured)
        finding = next(left)
        base = dict(plan.changes)
        priced = self._prices.of(base)
        if priced is None:
            return
        after = self._trial.new_case(priced.layout)
        more = [{**base, **each} for each in self._own(finding, after)]
        for each in self._verified(more):
            if set(each.cured) > set(plan.cured):
                yield each

    def _pruned(self, plan: Plan) -> Plan:
        """The plan without changes that it does not need: one that was added later may have made an earlier one idle."""
        for name, _ in plan.changes:
            fewer = {each: value for each, value in plan.changes if each != name}
            found = next(self._verified([fewer]), None)
            if found is not None and set(found.cured) >= set(plan.cured):
                return self._pruned(found)
        return plan

    def _own(self, finding: Finding, case: Case) -> list[Changes]:
        """What may cure a finding in a layout that is changed already, or is not."""
        said = _said(self._judgements, finding) if self._is_at_fault(finding.subjects) else ()
        return [*candidates(case, finding), *said]

    def _is_at_fault(self, subjects: Collection[str]) -> bool:
        """Whether something but a comment is refuted of one of them, so that its numbers change anyway."""
        return not self._at_fault.isdisjoint(subjects)

    def _changes(self) -> Iterator[Changes]:
        """Candidates of one finding, then of two that share a region, each set of values once.

        What shares none is cured by changes that have nothing to do with each other: plans are extended by such.
        """
        found = self._findings
        own = cache(lambda index: self._own(found[index], self._case))
        single = (
            each for index, finding in enumerate(found) if finding.property != COMMENTS for each in own(index)
        )
        both = (
            {**one, **other}
            for first, second in combinations(range(len(found)), 2)
            if set(found[first].subjects) & set(found[second].subjects)
            for one, other in product(own(first), own(second))
            if not one.keys() & other.keys()
        )
        known = set[tuple[tuple[str, int], ...]]()
        for each in chain(single, both):
            key = tuple(sorted(each.items()))
            if key not in known:
                known.add(key)
                yield each

    def _plan(self, priced: Priced) -> Plan | None:
        """The plan, if it cures something and breaks nothing."""
        new = self._trial.new_case(priced.layout)
        broken = self._broken(new)
        cured = tuple(key for key in self._targets if key not in broken)
        if not cured or not self._trial.breaks_nothing(new):
            return None
        said = change_and_cost(priced, self._case.layout)
        return Plan(
            priced.changes, priced.ram, priced.other, cured, tuple(broken), said,
            self._gives_up(priced), self._order(priced),
        )  # fmt: skip

    def _order(self, priced: Priced) -> tuple[object, ...]:
        """Cheapest first, but last what gives a region up."""
        cost = (priced.macros, priced.ram, priced.other, priced.moved, priced.changes)
        return (self._gives_up(priced), *cost)

    def _gives_up(self, priced: Priced) -> bool:
        space, old = self._case.space, self._case.layout
        most = max(space.pages(bits) for bits in space.possible("ipa_bits")) * space.facts.page
        sizes = {region.name: region.size for region in old.regions}
        return 2 * priced.ram > most or any(
            2 * lost > sizes[name] for name, lost in losses(old, priced.layout)
        )

    def _with_widths(self, plan: Plan) -> Plan:
        """The plan, with the widths at which what it leaves fails, or may; of very many findings they are not looked for."""
        if len(plan.remaining) > MOST_LEFT:
            return plan
        priced = self._prices.of(dict(plan.changes))
        assert priced is not None
        new = self._trial.new_case(priced.layout)
        fails, bits = self._fails(new), new.symbolic.variables["ipa_bits"]
        every = new.space.possible("ipa_bits")
        found = []
        for key in plan.remaining:
            at = tuple(
                width
                for width in every
                if not self._trial.impossible(new, term.both(fails.get(key, True), term.equal(bits, width)))
            )
            if at != every:
                found.append((key, at))
        return replace(plan, widths=tuple(found))

    def _broken(self, new: Case) -> dict[Key, None]:
        """What fails of another layout somewhere and is accepted by no waiver; also what nobody can decide."""
        fails = self._fails(new)
        return {key: None for key, bad in fails.items() if not self._trial.impossible(new, bad)}

    def _fails(self, new: Case) -> dict[Key, Truth]:
        """When each obligation of another layout fails, and no waiver accepts that."""
        bad = dict[Key, Truth]()
        for judgement in self._judgements:
            rule = judgement.rule
            if rule.advice:
                continue
            for obligation in errors(obligations_of(rule, new)):
                waivers = concerned(self._waivers, rule.id, obligation.subjects)
                fails = term.both(obligation.bad, term.negate(excused(new, waivers)))
                key = (rule.id, obligation.subjects)
                bad[key] = term.either(bad.get(key, False), fails)
        return bad


def _key(finding: Finding) -> Key:
    return finding.property, finding.subjects


def _said(judgements: Iterable[Judgement], finding: Finding) -> Iterator[Changes]:
    """What the numbers would be if a comment that is refuted were right: its author may have meant it."""
    if finding.property != COMMENTS:
        return
    for outcome in (each for judgement in judgements for each in judgement.outcomes):
        statement = outcome.obligation.notes.get("statement")
        if not isinstance(statement, Statement) or outcome.obligation.subjects != finding.subjects:
            continue
        amount = statement.amount
        if statement.holds or amount.noun != "bytes" or amount.value.denominator != 1:
            continue
        for stem in statement.group.stems:
            parts = {"size": stem.sizes, "base": stem.bases}
            for value in statement.values:
                if value.of == stem.name and len(parts.get(value.what, ())) == 1:
                    yield {parts[value.what][0].name: int(amount.value)}
