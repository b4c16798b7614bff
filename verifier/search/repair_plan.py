"""Changes of constants that cure several findings at once, cheapest first, each verified before it is offered.

A plan is a candidate of one finding, or of two together; the best is then extended as long as something more can be
cured. A number is made what a comment says of it only where it has to change anyway: else the comment is at fault. What a
plan cures is proved: no configuration has it any more. What it leaves is named; of that, what no plan cures
is told apart, for no constant that was tried cures it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice, product

from verifier.layout.finding import Finding, Verdict
from verifier.layout.policy import Waiver
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.term import Truth
from verifier.rules.comment_groups import Statement
from verifier.rules.judge import Judgement, obligations_of
from verifier.rules.waive import concerned, excused
from verifier.search.candidates import Changes, candidates
from verifier.search.price import Priced, Prices, Rebuild, conflict, summary
from verifier.search.trial import Key, Trial, errors

COMMENTS = "comments-agree"
MOST_PLANS = 6
"""Listed; one more if it cures more."""
MOST_TRIED = 400
"""Changes that are priced; each takes some milliseconds."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Changed macro values, and what becomes of the findings."""

    changes: tuple[tuple[str, int], ...]
    ram: int
    """Bytes of the largest guest's RAM that it costs."""
    other: int
    """Bytes that other regions lose."""
    cured: tuple[Key, ...]
    """Refuted before, proved for every configuration now."""
    remaining: tuple[Key, ...]
    """Refuted now, where no waiver accepts it; nothing of it but comparisons with the baseline is new."""
    summary: str
    order: tuple[object, ...]
    """Cheapest first."""


@dataclass(frozen=True, slots=True)
class Plans:
    """What constants can do for a layout."""

    plans: tuple[Plan, ...]
    """Cheapest first: fewest macros, then least RAM, then least of other regions, then fewest bytes moved."""
    incurable: tuple[Key, ...]
    """Findings that no plan cures."""
    searched_all: bool
    """Whether every candidate was tried, not only the first of very many."""

    @property
    def best(self) -> Plan | None:
        """The plan that cures most findings, of several the cheapest."""
        return max(self.plans, key=lambda plan: len(plan.cured), default=None)


def plans(
    case: Case,
    judgements: Sequence[Judgement],
    rebuild: Rebuild,
    waivers: Sequence[Waiver] = (),
    *,
    properties: Collection[str] = (),
    timeout: float = 30.0,
) -> Plans:
    """The plans for the refuted findings of a case, of the properties named; of all if none are."""
    return _Planner(case, judgements, rebuild, waivers, frozenset(properties), timeout).plans()


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
        self._trial = Trial(case, judgements, timeout=timeout)
        self._prices = Prices(case, rebuild)
        self._findings = [
            each
            for judgement in judgements
            for each in judgement.findings
            if each.verdict is Verdict.REFUTED and each.severity == "error"
            if not properties or each.property in properties
        ]
        self._targets = dict.fromkeys((each.property, each.subjects) for each in self._findings)

    def plans(self) -> Plans:
        changes = list(islice(self._changes(), MOST_TRIED + 1))
        found = list[Plan]()
        for plan in self._verified(changes[:MOST_TRIED], found):
            found.append(plan)
        listed = found[:MOST_PLANS]
        best = max(found, key=lambda plan: len(plan.cured), default=None)
        while best is not None and (more := self._extended(best)) is not None:
            best = self._pruned(more)
        if best is not None and best not in listed:
            listed = sorted([*listed, best], key=lambda plan: plan.order)
        cured = {key for plan in listed for key in plan.cured}
        incurable = tuple(key for key in self._targets if key not in cured)
        return Plans(tuple(listed), incurable, len(changes) <= MOST_TRIED)

    def _verified(self, changes: Iterable[Changes], before: Sequence[Plan]) -> Iterator[Plan]:
        """Those of the changes that are plans, cheapest first; `before` may grow meanwhile."""
        priced = (self._prices.of(each) for each in changes)
        for each in sorted((each for each in priced if each is not None), key=_order):
            plan = self._plan(each, before)
            if plan is not None:
                yield plan

    def _extended(self, plan: Plan) -> Plan | None:
        """The cheapest plan that changes more than this one, and cures more."""
        base = dict(plan.changes)
        left = [each for each in self._findings if (each.property, each.subjects) not in plan.cured]
        more = [
            {**base, **each}
            for finding in left
            for each in self._own(finding)
            if not base.keys() & each.keys()
        ]
        longer = self._verified(more[:MOST_TRIED], ())
        return next((each for each in longer if set(each.cured) > set(plan.cured)), None)

    def _pruned(self, plan: Plan) -> Plan:
        """The plan without changes that it does not need: one that was added later may have made an earlier one idle."""
        for name, _ in plan.changes:
            fewer = {each: value for each, value in plan.changes if each != name}
            found = next(self._verified([fewer], ()), None)
            if found is not None and set(found.cured) >= set(plan.cured):
                return self._pruned(found)
        return plan

    def _own(self, finding: Finding) -> list[Changes]:
        said = _said(self._judgements, finding) if self._is_at_fault(finding.subjects) else ()
        return [*candidates(self._case, finding), *said]

    def _is_at_fault(self, subjects: Collection[str]) -> bool:
        """Whether something but a comment is refuted of one of them, so that its numbers change anyway."""
        return any(set(subjects) & set(each.subjects) for each in self._findings if each.property != COMMENTS)

    def _changes(self) -> Iterator[Changes]:
        """Candidates of one finding, then of two that share a region, each set of values once.

        What shares none is cured by changes that have nothing to do with each other: plans are extended by such.
        """
        own = [self._own(each) for each in self._findings]
        faults = zip(self._findings, own, strict=True)
        single = (each for finding, several in faults if finding.property != COMMENTS for each in several)
        both = (
            {**one, **other}
            for first, second in combinations(range(len(own)), 2)
            if set(self._findings[first].subjects) & set(self._findings[second].subjects)
            for one, other in product(own[first], own[second])
            if not one.keys() & other.keys()
        )
        known = set[tuple[tuple[str, int], ...]]()
        for each in chain(single, both):
            key = tuple(sorted(each.items()))
            if key not in known:
                known.add(key)
                yield each

    def _plan(self, priced: Priced, before: Sequence[Plan]) -> Plan | None:
        """The plan, if it cures something, breaks nothing, and those before it do not make it idle."""
        new = self._trial.new_case(priced.layout)
        broken = self._broken(new)
        cured = tuple(key for key in self._targets if key not in broken)
        if not cured or any(_idle(priced, cured, each) for each in before):
            return None
        worth = sum(conflict(each) for each in self._findings if (each.property, each.subjects) in cured)
        if priced.ram + priced.other > worth and any(set(cured) <= set(each.cured) for each in before):
            return None  # it costs more than the conflict, beside one that does not
        if not self._trial.breaks_nothing(new):
            return None
        names = dict.fromkeys(rule for rule, _ in broken)
        said = summary(priced, self._case.layout, names)
        return Plan(priced.changes, priced.ram, priced.other, cured, tuple(broken), said, _order(priced))

    def _broken(self, new: Case) -> dict[Key, None]:
        """What fails of another layout somewhere and is accepted by no waiver; also what nobody can decide."""
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
        return {key: None for key, fails in bad.items() if not self._trial.impossible(new, fails)}


def _order(priced: Priced) -> tuple[object, ...]:
    return (priced.macros, priced.ram, priced.other, priced.moved, priced.changes)


def _idle(priced: Priced, cured: Iterable[Key], known: Plan) -> bool:
    """Whether a cheaper plan that shares a macro cures as much: only the other way round is worth a line."""
    shared = dict(priced.changes).keys() & dict(known.changes).keys()
    return bool(shared) and set(cured) <= set(known.cured)


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
