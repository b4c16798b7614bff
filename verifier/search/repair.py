"""The cheapest changes that cure a finding, each verified before it is offered.

One question per candidate (verifier.search.trial) asks the solver for a configuration in which the changed layout
breaks a property that the old one kept there, or still breaks the one at hand.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from verifier.layout import units
from verifier.layout.configuration import space_of
from verifier.layout.define import Comment, Define
from verifier.layout.errors import InputError
from verifier.layout.finding import Finding, Repair, Verdict
from verifier.layout.layout import Layout
from verifier.layout.policy import Waiver
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails
from verifier.logic.term import Truth
from verifier.rules.comment_groups import group_of, statements
from verifier.rules.judge import Judgement, obligations_of
from verifier.rules.waive import concerned, excused
from verifier.search.candidates import TOP, Changes, candidates
from verifier.search.trial import Trial, errors

MOST_REPAIRS = 4
_NEARLY_32_BITS = 1 << 30
"""Two such numbers may add up to more than C's `int` holds."""
MOST_REFUTATIONS = 16
"""With more there is no search: each takes milliseconds, and nobody repairs such a layout one by one."""

Rebuild: TypeAlias = Callable[[Changes], Layout]


@dataclass(frozen=True, slots=True)
class _Priced:
    """A candidate and what it costs, cheapest first."""

    ram: int
    other: int
    macros: int
    moved: int
    changes: tuple[tuple[str, int], ...]
    layout: Layout

    @property
    def order(self) -> tuple[object, ...]:
        return (self.ram, self.other, self.macros, self.moved, self.changes)


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
        self._case, self._judgements, self._rebuild = case, judgements, rebuild
        self._waivers = waivers
        self._changeable = set(case.layout.defines) - {name for name, _, _ in case.layout.differing}
        self._lies = {each.comment for each in statements(case) if not each.holds}
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
            if found and priced.ram + priced.other > _conflict(finding):
                break  # a cure that costs more than the conflict is no help beside one that does not
            new = self._trial.new_case(priced.layout)
            if self._trial.breaks_nothing(new, (finding.property, finding.subjects)):
                found.append(self._repair(finding, priced, new))
            if len(found) == MOST_REPAIRS:
                break
        return replace(finding, repairs=tuple(found))

    def _priced(self, finding: Finding) -> list[_Priced]:
        """All candidates that can be read as a layout, cheapest first."""
        found: dict[tuple[tuple[str, int], ...], _Priced] = {}
        for changes in candidates(self._case, finding):
            key = tuple(sorted(changes.items()))
            possible = all(0 <= value < TOP for value in changes.values())
            if key in found or not possible or not set(changes) <= self._changeable:
                continue
            try:
                layout = self._rebuild(changes)
            except InputError:
                continue
            found[key] = self._price(
                key, replace(layout, comments=unaffected(self._case.layout, layout, self._lies))
            )
        return sorted(found.values(), key=lambda priced: priced.order)

    def _price(self, changes: tuple[tuple[str, int], ...], layout: Layout) -> _Priced:
        old = self._case.layout
        ram = self._ram_lost(layout)
        other = sum(lost for _, lost in _losses(old, layout))
        moved = sum(abs(value - (old.number(name) or 0)) for name, value in changes)
        return _Priced(ram, other, len(changes), moved, changes, layout)

    def _ram_lost(self, layout: Layout) -> int:
        """Bytes that the largest guest loses, at the width where it loses most."""
        old, new = self._case.space, space_of(layout, self._case.facts)
        if "memory" not in old.dimensions or "memory" not in new.dimensions:
            return 0
        lost = (old.pages(width.bits) - new.pages(width.bits) for width in self._case.facts.widths)
        return max(0, *lost) * self._case.facts.page

    def _repair(self, finding: Finding, priced: _Priced, new: Case) -> Repair:
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
            _summary(priced, self._case.layout, remaining),
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


def _change(name: str, value: int, old: Layout) -> str:
    """As it has to be typed: a number that C would take for one of 32 bits, and add so, in 64."""
    narrow = _NEARLY_32_BITS <= value < 1 << 32
    shown = units.hexa(value)
    return f"{name} = xen_mk_ullong({shown})" if narrow or old.number(name) == value else f"{name} = {shown}"


def _conflict(finding: Finding) -> int:
    """Bytes in conflict; where they cannot be told, any price is worth showing."""
    example = finding.counterexample
    if example is None or example.overlap is None:
        return TOP
    return example.overlap[1] - example.overlap[0]


def _losses(old: Layout, new: Layout) -> Iterator[tuple[str, int]]:
    """Every region but RAM that gets smaller, and by how many bytes."""
    sizes = {region.name: region.size for region in new.regions}
    for region in old.regions:
        if sizes.get(region.name, 0) < region.size:
            yield region.name, region.size - sizes.get(region.name, 0)


def _summary(priced: _Priced, old: Layout, remaining: Iterable[str]) -> str:
    what = " and ".join(_change(name, value, old) for name, value in priced.changes)
    costs = [f"costs {units.size(priced.ram)} of RAM"] if priced.ram else []
    costs += [f"{name} loses {units.size(lost)}" for name, lost in _losses(old, priced.layout)]
    left = units.listing(list(remaining))
    still = f"; still refuted: {left}" if left else "; nothing else is refuted then"
    return f"{what} ({' and '.join(costs) or 'nothing lost'}){still}"


def unaffected(old: Layout, new: Layout, lies: Container[Comment]) -> tuple[Comment, ...]:
    """The comments that hold for a changed layout: whoever changes a number changes a true comment as well.

    One that was a lie before stays: nobody is reminded of it by the change.
    """

    def same(define: Define) -> bool:
        other = new.defines.get(define.name)
        return other is not None and other.value == define.value

    return tuple(
        comment
        for comment in old.comments
        if comment in lies or all(same(define) for _, define in group_of(old, comment).macros())
    )
