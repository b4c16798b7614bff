"""Parameters of a template, by counterexamples: there are parameters such that in all configurations nothing is met.

The solver refutes a candidate with a configuration; in plain integers that configuration refutes more than
the candidate, and the next one is what it leaves. So what is found is proved, and what is not found is refuted candidate by
candidate: neither rests on how the next candidate is guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from verifier.layout.configuration import Configuration
from verifier.layout.errors import InternalError
from verifier.layout.template import Placement, Reading, Template
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Obligation
from verifier.logic.regimes import first_change
from verifier.logic.solver import Solver
from verifier.logic.term import Truth
from verifier.search.packing import UndecidedError
from verifier.search.placement_terms import PlacementTerms

MOST_ROUNDS = 2000
"""Offsets before the search is given up; each obstacle costs a few."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which configurations are meant."""

    bits: int | None = None
    """Of this width only."""
    pages: int | None = None
    """With no more memory than this."""


EVERYWHERE = Where()


class Templates:
    """Candidates for one template under one reading, tried on every configuration."""

    def __init__(
        self,
        case: Case,
        name: str,
        template: Template,
        reading: Reading,
        *,
        timeout: float = 30.0,
        seed: int = 0,
    ) -> None:
        self.case, self.name = case, name
        self.placement = Placement(case.space, template, reading)
        self.terms = PlacementTerms(case.symbolic, template, reading)
        self.rounds = 0
        """Questions to the solver."""
        self._unit = template.unit
        self._solver = Solver(case.symbolic.assumptions, timeout=timeout, seed=seed)

    def obligations(self, offset: int, size: int) -> list[Obligation]:
        """What must be impossible."""
        return self.terms.obligations(self.name, offset, size)

    def inside(self, where: Where) -> Truth:
        """That a configuration is meant."""
        variables = self.case.symbolic.variables
        width = where.bits is None or term.equal(variables["ipa_bits"], where.bits)
        return term.both(width, where.pages is None or variables["memory"] <= where.pages)

    def width_without(self) -> int | None:
        """A width of which no guest has the region, whatever is found of it; None if there is none.

        Raises UndecidedError.
        """
        if self.terms.is_there is True:
            return None
        for bits in self.case.space.possible("ipa_bits"):
            if self._possible(term.both(self.terms.is_there, self.inside(Where(bits)))) is None:
                return bits
        return None

    def refuted(self, offset: int, size: int, where: Where = EVERYWHERE) -> Configuration | None:
        """A configuration in which the region meets something, also by plain integers; None if there is none: proved.

        Raises UndecidedError if the solver gives up.
        """
        bad = term.either(*(each.bad for each in self.obligations(offset, size)))
        found = self._possible(term.both(bad, self.inside(where)))
        if found is not None and not self.placement.clashes(found, offset, size):
            raise InternalError(f"{found}: a clash to the solver and none to integers")
        return found

    def stopped_by(self, offset: int, size: int, where: Where) -> tuple[str, ...]:
        """Everything that the region meets in some configuration, by name."""
        inside = self.inside(where)
        found = (
            each.subjects[1]
            for each in self.obligations(offset, size)
            if self._possible(term.both(each.bad, inside)) is not None
        )
        return tuple(found)

    def unreached(self, guest: str, reach: int, offset: int, size: int) -> bool:
        """Whether some guest of a kind does not reach all of the region."""
        return self._possible(self.terms.unreached(guest, reach, offset, size)) is not None

    def largest(self, offset: int, where: Where = EVERYWHERE) -> int:
        """The greatest size at this offset, in bytes: proved, and each greater one refuted; 0 if there is none.

        A region that is smaller lies in one that is larger, so what serves the larger serves it.
        """

        def bound(units: int) -> int | None:
            found = self.refuted(offset, units * self._unit, where)
            if found is None:
                return None
            return min(self.placement.room(each, offset) for each in self._like(found, where)) // self._unit

        widest = max(self.case.space.possible("ipa_bits"))
        return greatest((1 << widest) // self._unit, bound) * self._unit

    def memory(self, offset: int, size: int, bits: int) -> int:
        """The greatest number of pages up to which every guest of a width may have the region: 0 if none may."""

        def bound(pages: int) -> int | None:
            where = Where(bits, pages)
            found = self.refuted(offset, size, where)
            return None if found is None else self._least_memory(found, offset, size) - 1

        return greatest(self.case.space.pages(bits), bound)

    def offset(self, size: int, first: int = 0, where: Where = EVERYWHERE) -> int | None:
        """The least offset from `first` on at which the region meets nothing: proved; None: each is refuted."""
        offset = first
        for _ in range(MOST_ROUNDS):
            found = self.refuted(offset, size, where)
            if found is None:
                return offset
            after = self._next_offset(found, offset, size, where)
            if after is None:
                return None
            offset = after
        raise UndecidedError(f"no end of offsets after {MOST_ROUNDS} of them")

    def stretches(self, where: Where = EVERYWHERE) -> Iterator[tuple[int, int]]:
        """Of a template that goes upwards all stretches that are free in every configuration: offset and bytes, in order."""
        offset = self.offset(self._unit, where=where)
        while offset is not None:
            size = self.largest(offset, where)
            yield offset, size
            offset = self.offset(self._unit, offset + size + self._unit, where)

    def _next_offset(self, found: Configuration, offset: int, size: int, where: Where) -> int | None:
        """Past all offsets that one of these configurations refutes without a gap."""
        furthest = offset
        for each in self._like(found, where):
            if not self.placement.clashes(each, offset, size):
                continue
            after = self.placement.next_offset(each, offset, size)
            if after is None:
                return None
            furthest = max(furthest, after)
        if furthest <= offset:
            raise InternalError(f"{found}: refutes offset {offset:#x} and leads nowhere")
        return furthest

    def _like(self, found: Configuration, where: Where) -> Iterator[Configuration]:
        """The configuration, and those with the least and the most memory else like it: they often refute more."""
        yield found
        if "memory" not in found:
            return
        low, high = self.case.space.bounds("memory", found)
        for pages in (low, high if where.pages is None else min(high, where.pages)):
            like = {**found, "memory": pages}
            if self.case.space.admits(like):
                yield like

    def _least_memory(self, found: Configuration, offset: int, size: int) -> int:
        """The pages of a guest else like this one that has little memory, and meets something as well."""

        def clashes(pages: int) -> bool:
            return bool(self.placement.clashes({**found, "memory": pages}, offset, size))

        low, _ = self.case.space.bounds("memory", found)
        return low if clashes(low) else first_change(low, found["memory"], clashes)

    def _possible(self, condition: Truth) -> Configuration | None:
        self.rounds += 1
        answer = self._solver.ask(condition)
        if answer.impossible:
            return None
        if not answer.possible:
            raise UndecidedError(answer.reason or "no reason given")
        found = {name: answer.model[name] for name in self.case.space.dimensions}
        if not self.case.space.admits(found):
            raise InternalError(f"{found} is a configuration to the solver and none to integers")
        return found


def greatest(most: int, bound: Callable[[int], int | None]) -> int:
    """The greatest number from 0 to `most` that is not refuted.

    `bound` gives None for what is proved, with all that is smaller, and for what is refuted a smaller number above
    which all is. 0 holds without a proof. Bounds are followed; halving between them keeps slow ones cheap.
    """
    low, high = 0, most
    while low < high:
        for number in (high, (low + high) // 2):
            if not low < number <= high:
                continue
            less = bound(number)
            if less is None:
                low = number
            elif low <= less < number:
                high = less
            else:
                raise InternalError(f"{number} is refuted, which leaves {less}; {low} is proved")
    return low
