"""Places that are a function of the configuration, for the solver; the twin of `verifier.layout.template`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verifier.layout.template import BELOW, BEYOND, TOO_HIGH, TOO_LOW, UNREACHED, Reading, Template
from verifier.logic import term
from verifier.logic.decide import Obligation
from verifier.logic.space import Extent, Symbolic
from verifier.logic.term import Number, Truth


class PlacementTerms:
    """What must not be of a region that a template places, as obligations."""

    def __init__(self, symbolic: Symbolic, template: Template, reading: Reading) -> None:
        self.symbolic = symbolic
        self._template, self._reading = template, reading
        self._anchor = _anchor(symbolic, template, windows=reading.windows)
        banks = _windows(symbolic) if reading.windows else symbolic.used_banks()
        self._taken = (*symbolic.regions(), *banks)

    def place(self, offset: int, size: int) -> tuple[Number, Number]:
        """`[start, end)` in bytes."""
        if self._template.is_upward:
            return self._anchor + offset, self._anchor + (offset + size)
        return self._anchor - (offset + size), self._anchor - offset

    def obligations(self, name: str, offset: int, size: int) -> list[Obligation]:
        """That the region, called `name`, meets nothing in guests that have it: one for each thing that it could meet."""
        start, end = self.place(offset, size)
        met = (_meets(name, start, end, each, self.symbolic.limit) for each in self._taken)
        every = (*met, *self._limits(name, start, end), *self._asked(name, start, end))
        there = (replace(each, bad=term.both(self.is_there, each.bad)) for each in every)
        return [each for each in there if each.bad is not False]

    @property
    def is_there(self) -> Truth:
        """That a guest has the region."""
        return self.symbolic.holds(self._reading.when)

    def unreached(self, guest: str, reach: int, offset: int, size: int) -> Truth:
        """Guests of a kind that do not reach all of the region."""
        space = self.symbolic.space
        number = space.facts.guests.index(guest)
        _, end = self.place(offset, size)
        is_it = term.equal(self.symbolic.variables["guest"], number)
        return term.both(self.is_there, is_it, end > reach)

    def _limits(self, name: str, start: Number, end: Number) -> Iterator[Obligation]:
        limit, unit = self.symbolic.limit, self._template.unit
        yield Obligation((name, BEYOND), end > limit, end - term.larger(start, limit))
        yield Obligation((name, BELOW), start < unit, term.smaller(end, unit) - start)
        kinds = self.symbolic.space.facts.guests
        for guest, reach in self._reading.reaches.items():
            is_it = term.equal(self.symbolic.variables["guest"], kinds.index(guest))
            beyond = end - term.larger(start, reach)
            yield Obligation((name, f"{UNREACHED} {guest} guests"), term.both(is_it, end > reach), beyond)

    def _asked(self, name: str, start: Number, end: Number) -> Iterator[Obligation]:
        below, above = self._reading.below, self._reading.above
        if below is not None:
            yield Obligation((name, TOO_HIGH), end > below, end - term.larger(start, below))
        if above is not None:
            yield Obligation((name, TOO_LOW), start < above, term.smaller(end, above) - start)


def _meets(name: str, start: Number, end: Number, other: Extent, limit: Number) -> Obligation:
    """In the address space: beyond its end a guest has nothing that could be met."""
    low = term.larger(start, other.start)
    bad = term.both(other.present, start < other.end, other.start < end, low < limit)
    shared = term.smaller(term.smaller(end, other.end), limit) - low
    return Obligation((name, other.name), bad, shared)


def _windows(symbolic: Symbolic) -> tuple[Extent, ...]:
    windows = (bank.window() for bank in symbolic.space.layout.banks)
    return tuple(Extent(each.name, each.kind, each.start, each.end, True) for each in windows)


def _anchor(symbolic: Symbolic, template: Template, *, windows: bool) -> Number:
    unit, space = template.unit, symbolic.space
    match template.kind:
        case "top":  # a power of two, and of the unit a multiple: `verifier.search.templates` refuses others
            return symbolic.limit
        case "tail":
            return template.end_of_bank(space) // unit * unit
        case "after-ram":
            end: Number = 0
            if windows:
                for window in (bank.window() for bank in space.layout.banks):
                    rounded = -(-window.end // unit) * unit
                    end = term.larger(end, term.choose(window.start < symbolic.limit, rounded, 0))
                return term.named(f"{symbolic.prefix}after_windows", end)
            for bank in symbolic.used_banks():
                end = term.larger(end, term.choose(bank.present, bank.end, 0))
            return term.named(f"{symbolic.prefix}after_ram", (end + (unit - 1)) // unit * unit)
    return 0
