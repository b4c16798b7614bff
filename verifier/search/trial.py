"""Whether a changed layout breaks what the layout before it kept: one question to the solver for all configurations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from verifier.layout.layout import Layout
from verifier.logic import term
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Holds, Obligation
from verifier.logic.solver import Answer, Solver
from verifier.logic.term import Truth
from verifier.rules import within_ipa
from verifier.rules.catalogue import Doubt, Rule
from verifier.rules.judge import Judgement, doubts_of, obligations_of

Key = tuple[str, tuple[str, ...]]
"""A property and its subjects."""


class Trial:
    """Layouts tried in place of one that is judged."""

    def __init__(
        self,
        case: Case,
        judgements: Sequence[Judgement],
        *,
        timeout: float = 30.0,
        any_order: bool = False,
    ) -> None:
        """`any_order`: two that overlapped and do so the other way round are no new failure."""
        self.case, self.judgements = case, judgements
        self._key = key_of if any_order else _as_told
        self.failing = failing(judgements, self._key)
        self._solver: Solver | None = None
        self._timeout = timeout
        self._tried = 0
        self._beyond: dict[Key, frozenset[int]] = {}

    def new_case(self, layout: Layout) -> Case:
        """Another layout under the same facts and baseline."""
        self._tried += 1
        return case_of(layout, self.case.facts, self.case.baseline, prefix=f"try{self._tried}_")

    def breaks_nothing(self, new: Case, cured: Key | None = None) -> bool:
        """Whether nothing is newly broken in any configuration, nor newly in doubt, and `cured` is broken in none.

        What the change costs against the baseline is its price, told apart: relative rules are not asked.
        """
        if new.space.empty_widths() or any(True for _ in self.more_doubts(new)):
            return False
        return self.impossible(
            new, term.either(*(condition for _, condition in self.newly_broken(new, cured)))
        )

    def newly_broken(self, new: Case, cured: Key | None = None) -> list[tuple[Key, Truth]]:
        """Every obligation, and when it is broken where it was not before; of `cured`, when it is broken at all."""
        return [((rule.id, each.subjects), bad) for rule, each, bad in self.broken_by(new, cured)]

    def broken_by(self, new: Case, cured: Key | None = None) -> Iterator[tuple[Rule, Obligation, Truth]]:
        """As `newly_broken`, each with its rule."""
        free = None if cured is None else self._key(*cured)
        for judgement in self.judgements:
            if judgement.rule.relative:
                continue
            for obligation in errors(obligations_of(judgement.rule, new)):
                key = self._key(judgement.rule.id, obligation.subjects)
                before = False if key == free else self._before(key, new)
                yield judgement.rule, obligation, term.both(obligation.bad, term.negate(before))

    def _before(self, key: Key, new: Case) -> Truth:
        """When the layout before is excused to have failed: where it did, and where memory is only lost.

        RAM that is cut ends earlier, so the banks behind it begin to be used earlier. At a width at which a bank could not
        be used whole before either, a guest with more memory than fits is no new fault, but part of the price.
        """
        known = self.failing.get(key, False)
        if key[0] != within_ipa.RULE.id or known is False or not self._only_cuts(new):
            return known
        bits = new.symbolic.variables["ipa_bits"]
        return term.either(known, *(term.equal(bits, width) for width in self._narrow(key)))

    def _narrow(self, key: Key) -> frozenset[int]:
        """The widths at which something is beyond the address space, as far as the solver shows it."""
        if key not in self._beyond:
            bits = self.case.symbolic.variables["ipa_bits"]
            self._beyond[key] = frozenset(
                width
                for width in self.case.space.dimensions["ipa_bits"].choices
                if self._shown(term.both(self.failing[key], term.equal(bits, width)))
            )
        return self._beyond[key]

    def _shown(self, condition: Truth) -> bool:
        """Whether some configuration of the layout before has it for sure."""
        if not isinstance(condition, term.Term):
            return condition
        return self.ask(self.case, condition).possible

    def _only_cuts(self, new: Case) -> bool:
        """Whether RAM differs by nothing but shorter banks."""
        pairs = [*zip(self.case.layout.banks, new.layout.banks, strict=False)]
        return len(pairs) == len(self.case.layout.banks) == len(new.layout.banks) and all(
            (one.name, one.start) == (other.name, other.start)
            and one.size is not None
            and other.size is not None
            and other.size <= one.size
            for one, other in pairs
        )

    def more_doubts(self, new: Case) -> Iterator[tuple[Rule, Doubt]]:
        """Of each rule that is in more doubt than it was, the last doubt."""
        for rule in (each.rule for each in self.judgements if not each.rule.relative):
            doubts = doubts_of(rule, new)
            if len(doubts) > len(doubts_of(rule, self.case)):
                yield rule, doubts[-1]

    def impossible(self, case: Case, condition: Truth) -> bool:
        """Whether no configuration has it; what the solver does not decide is not."""
        if not isinstance(condition, term.Term):
            return not condition
        return self.ask(case, condition).impossible

    def ask(self, case: Case, condition: Truth) -> Answer:
        """Whether a configuration of the case has it; a model names each dimension."""
        if self._solver is None:
            self._solver = Solver(True, timeout=self._timeout)
        return self._solver.ask(term.both(case.symbolic.assumptions, condition))


def key_of(rule: str, subjects: Iterable[str]) -> Key:
    """Of an obligation of a rule, or of a finding, by name: which of two starts first may change."""
    return rule, tuple(sorted(subjects))


def _as_told(rule: str, subjects: Iterable[str]) -> Key:
    return rule, tuple(subjects)


def failing(
    judgements: Iterable[Judgement], key_by: Callable[[str, Iterable[str]], Key]
) -> Mapping[Key, Truth]:
    """When each obligation that is not shown to hold is broken, by property and subjects.

    One that holds is broken nowhere, and may not be in configurations that only the changed layout has.
    """
    found: dict[Key, Truth] = {}
    for judgement in judgements:
        for outcome in judgement.outcomes:
            if not isinstance(outcome, Holds) and not outcome.obligation.advice:
                key = key_by(judgement.rule.id, outcome.obligation.subjects)
                found[key] = term.either(found.get(key, False), outcome.obligation.bad)
    return found


def errors(obligations: Iterable[Obligation]) -> list[Obligation]:
    """Without advice."""
    return [obligation for obligation in obligations if not obligation.advice]
