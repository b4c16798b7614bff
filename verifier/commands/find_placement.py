"""Places that are a function of the configuration: sound or not, and how large a region there can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verifier.commands.find_doubt import doubt_of_room
from verifier.layout.errors import InputError, InternalError
from verifier.layout.placement_report import Failure, PlacementReport, Row, Table, Tried
from verifier.layout.template import Reading, Template
from verifier.layout.units import sized
from verifier.logic import term
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Decider, Fails, Holds
from verifier.logic.optimum import rank
from verifier.logic.reach import limits
from verifier.reading.request import Request, load
from verifier.rules import well_formed
from verifier.search import fixed_base
from verifier.search.packing import UndecidedError
from verifier.search.templates import EVERYWHERE, Templates, Where
from verifier.search.wishes import Sought, wish

NAME = "GUEST_NEW_REGION"
"""What a region is called that has no name."""
_GIB = 1 << 30
_MEMORY = tuple(_GIB << shift for shift in range(0, 13, 2))
"""For which sizes of memory the greatest size is told."""


def find_placement(request: Request, kind: str, sought: Sought) -> PlacementReport:
    """Raises InputError for a request that cannot be understood."""
    loaded = load(request)
    case = case_of(loaded.layout, loaded.facts, loaded.baseline)
    wish(case, sought)
    report = PlacementReport(
        loaded.source.subject, loaded.facts.release, case.space, sought.name, kind, sought.align, sought.size,
        bool(case.facts["extended-regions"]), (), loaded.assumptions, sought.below, sought.above, sought.when,
    )  # fmt: skip
    if doubt := doubt_of_room(case, request):
        return replace(report, undecided=doubt)
    try:
        tried = tuple(_Trial(case, request, each, sought).tried() for each in _templates(case, kind, sought))
    except UndecidedError as fault:
        return replace(report, undecided=f"the solver gave up: {fault}")
    faults = [each.notes["check"].message for each in well_formed.obligations(case) if each.bad is not False]
    if faults and any(each.failure is None for each in tried):
        return replace(report, undecided=f"{faults[0]}: so what is free may not be")
    return replace(report, tried=tried)


def _templates(case: Case, kind: str, sought: Sought) -> Iterator[Template]:
    """Of the tails of banks the last bank first. Raises InputError."""
    narrowest = min(case.space.possible("ipa_bits"))
    if sought.align > 1 << narrowest:
        raise InputError(f"an alignment of {sized(sought.align)} is more than {narrowest} ipa bits have")
    if kind != "tail":
        yield Template(kind, sought.align)
        return
    banks = [bank.name for bank in case.layout.banks if bank.size is not None]
    if not banks:
        raise InputError(f"{case.layout.name} has no RAM window whose end is known, so none with a tail")
    for name in reversed(banks):
        yield Template(kind, sought.align, name)


class _Trial:
    """One template under both readings."""

    def __init__(self, case: Case, request: Request, template: Template, sought: Sought) -> None:
        self._case, self._template, self._sought = case, template, sought
        reach = limits(case.facts)
        reaches = {guest: reach[guest] for guest in sought.guests}
        self._others = {guest: end for guest, end in reach.items() if guest not in sought.guests}
        self._decides = bool(case.facts["extended-regions"])
        self._decider = Decider(case.symbolic, timeout=request.timeout, seed=request.seed)
        known = all(bank.size is not None for bank in case.layout.banks)
        self._readings = {
            windows: Templates(
                case, sought.name, template, Reading(windows, reaches, sought.below, sought.above, sought.when),
                timeout=request.timeout, seed=request.seed,
            )
            for windows in (self._decides, not self._decides)
            if known or not windows
        }  # fmt: skip
        """Where a window has no end, only that of the part that is used. The first decides."""

    def tried(self) -> Tried:
        """Raises UndecidedError, and InputError where no guest of some width has the region: nothing is to be judged."""
        templates = self._readings[self._decides]
        if (bits := templates.width_without()) is not None:
            raise InputError(f"no guest with {bits} ipa bits has what --when asks for")
        offset, size = self._candidate(templates)
        failure = self._worst(templates, offset, size, EVERYWHERE)
        bad = term.either(*(each.bad for each in templates.obligations(offset, size)))
        regimes, exact = self._decider.regimes(bad) if failure else ((), True)
        moves = failure is not None and not self._is_fixed
        unreached = [
            guest
            for guest, reach in self._others.items()
            if failure is None and templates.unreached(guest, reach, offset, size)
        ]
        return Tried(
            self._template, offset, size, failure, regimes, exact,
            templates.offset(size) if moves else None, templates.rounds, tuple(unreached),
            tuple(self._table(windows, size) for windows in self._readings),
        )  # fmt: skip

    @property
    def _is_fixed(self) -> bool:
        return self._template.kind == "fixed"

    def _candidate(self, templates: Templates) -> tuple[int, int]:
        """Offset and size to be judged: of a fixed place the lowest base that serves, else the one with most room."""
        unit, size = self._template.unit, self._sought.size
        if not self._is_fixed:
            return 0, size or max(templates.largest(0), unit)
        base = None if size is None else templates.offset(size)
        if base is not None and size is not None:
            return base, size
        base, most = fixed_base.roomiest(templates)
        return base, size or max(most, unit)

    def _table(self, windows: bool, size: int) -> Table:
        widths = self._case.space.possible("ipa_bits")
        return Table(windows, tuple(self._row(windows, bits, size) for bits in widths))

    def _row(self, windows: bool, bits: int, size: int) -> Row:
        templates, where, space = self._readings[windows], Where(bits), self._case.space
        offset, most = self._most(templates, where)
        page, pages = space.facts.page, space.pages(bits)
        failure = self._worst(templates, offset, size, where)
        memory = self._memory(templates, size, bits) if failure and pages else pages
        by_memory = [
            (each, self._most(templates, Where(bits, each // page))[1])
            for each in _MEMORY
            if not windows and each < pages * page
        ]
        stopped_by = templates.stopped_by(offset, most + self._template.unit, where)
        return Row(bits, offset, most, stopped_by, failure, memory * page, pages * page, tuple(by_memory))

    def _most(self, templates: Templates, where: Where) -> tuple[int, int]:
        """Offset and bytes of the greatest size."""
        return fixed_base.roomiest(templates, where) if self._is_fixed else (0, templates.largest(0, where))

    def _memory(self, templates: Templates, size: int, bits: int) -> int:
        return fixed_base.memory(templates, size, bits) if self._is_fixed else templates.memory(0, size, bits)

    def _worst(self, templates: Templates, offset: int, size: int, where: Where) -> Failure | None:
        """The worst configuration, by integers; None where the solver proves that there is none."""
        asked = [
            replace(each, bad=term.both(each.bad, templates.inside(where)))
            for each in templates.obligations(offset, size)
        ]
        found: list[Fails] = []
        for outcome in self._decider.decide(asked):
            if isinstance(outcome, Fails):
                found.append(outcome)
            elif not isinstance(outcome, Holds):
                raise UndecidedError(outcome.reason)
        if not found:
            return None
        worst = min(found, key=lambda each: rank(self._case.space, each.worst, each.obligation.conflict))
        return _failure(templates, offset, size, worst)


def _failure(templates: Templates, offset: int, size: int, fails: Fails) -> Failure:
    """As plain integers see it. Raises InternalError if they do not."""
    start, end = templates.placement.place(fails.worst, offset, size)
    shared = term.evaluate(fails.obligation.conflict, fails.worst)
    for clash in templates.placement.clashes(fails.worst, offset, size):
        if clash.name == fails.obligation.subjects[1] and clash.end - clash.start == shared:
            return Failure(fails.worst, start, end, clash)
    raise InternalError(
        f"{fails.worst}: {fails.obligation.subjects} share {shared:#x} bytes to the solver alone"
    )
