"""How far each number of a layout may go with nothing newly broken, and what stops it.

The values that arithmetic names (`verifier.search.marks`) are tried one after the other, away from that of the layout, each
with its neighbours, until one breaks something. The last good value is proved for every configuration, the next is
refuted by a configuration in plain integers. Bisection helps out where no named value explains a failure.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial

from verifier.layout import units
from verifier.layout.define import Define
from verifier.layout.errors import InputError
from verifier.layout.headroom import Cost, Headroom, Range, Room, Side, Unmoved, Way
from verifier.layout.placing import exclusive
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Decider
from verifier.logic.solver import solver_name
from verifier.reading.request import Loaded
from verifier.rules.catalogue import catalogue
from verifier.rules.comment_groups import Statement, statements
from verifier.rules.judge import doubts_of, judge
from verifier.search.attempt import Attempts, Outcome
from verifier.search.marks import Part, marks, part_of
from verifier.search.trial import Trial

MOST_QUESTIONS = 400
"""Values tried in one direction; real headers take some ten."""
MOST_STEPS = 64
"""Steps tried one by one where other macros follow, and the arithmetic of one number alone does not speak for them."""
OF_COMMENTS = "comments-agree"
"""A number is changed together with the comment that states it, so this property stops none."""


def headroom(loaded: Loaded, *, timeout: float = 30.0, seed: int = 0, only: Collection[str] = ()) -> Headroom:
    """How far every macro of a layout may go, or those named. Raises InputError for a name that is not defined."""
    started = time.perf_counter()
    for name in only:
        if name not in loaded.layout.defines:
            raise InputError(f"no macro {name} in {loaded.source.subject.name}")
    search = Search(loaded, timeout, seed)
    chosen = [each for name, each in loaded.layout.defines.items() if not only or name in only]
    parts = [(each, part_of(search.case, each)) for each in chosen]
    return Headroom(
        loaded.source.subject,
        loaded.facts.release,
        solver_name(),
        tuple(search.range(part) for _, part in parts if isinstance(part, Part)),
        tuple(Unmoved(each.name, each.origin, why) for each, why in parts if isinstance(why, str)),
        search.doubts,
        time.perf_counter() - started,
    )


def stating(case: Case, define: Define, owners: Collection[str]) -> Iterator[Statement]:
    """The true amounts of comments that are of a macro or of its region, `owners`."""
    value = case.layout.number(define.name)
    for each in statements(case):
        of = [one for one in each.values if one.number == each.amount.value and one.of in owners]
        if of and (
            each.amount.noun != "bytes" or any(one.number == value or one.what == "end" for one in of)
        ):
            yield each


class Search:
    """The search on one layout: its own case, what breaks it as it is, and trials."""

    def __init__(self, loaded: Loaded, timeout: float, seed: int) -> None:
        layout = loaded.layout
        self.case = case_of(layout, loaded.facts, layout)  # by itself: a baseline stops nothing
        decider = Decider(self.case.symbolic, timeout=timeout, seed=seed, explores=False)
        rules = [rule for rule in catalogue() if not rule.advice and not rule.relative]
        judgements = judge(self.case, decider, (), rules)
        rebuild = partial(loaded.source.layout, once=not layout.differing)
        self._trial = Trial(self.case, judgements, timeout=timeout, any_order=True)
        self._attempts = Attempts(self._trial, loaded.baseline, rebuild, timeout)
        told = [] if layout.defines else [("well-formed", f"no layout macro (GUEST_...) in {layout.name}")]
        told += [(rule.id, each.reason) for rule in rules for each in doubts_of(rule, self.case)]
        told += [
            (each.rule.id, finding.message)
            for each in judgements
            for finding in each.findings
            if finding.verdict == "unknown"
        ]
        self.doubts = tuple(dict.fromkeys(each for each in told if each[0] != OF_COMMENTS))

    def range(self, part: Part) -> Range:
        """How far one macro may go, both ways."""
        broken = {rule for (rule, subjects) in self._trial.failing if set(subjects) & set(part.subjects)}
        comments = [each.comment.origin for each in stating(self.case, part.define, part.subjects)]
        down, up = (self._sure(_Walk(self.case, self._attempts, part, side).way()) for side in Side)
        return Range(
            part.define.name,
            part.value,
            part.unit,
            part.in_bytes,
            part.define.origin,
            down,
            up,
            tuple(sorted(broken)),
            tuple(dict.fromkeys(comments)),
        )

    def _sure(self, way: Way) -> Way:
        """No way is open where a property cannot judge the layout."""
        if way.room is not Room.OPEN or not self.doubts:
            return way
        return replace(way, room=Room.UNKNOWN, ends=f"{self.doubts[0][0]} cannot judge the layout")


class _Walk:
    """One macro in one direction."""

    def __init__(self, case: Case, attempts: Attempts, part: Part, side: Side) -> None:
        self._case, self._attempts, self._part, self._side = case, attempts, part, side
        self._sign = 1 if side is Side.UP else -1
        self._end = part.highest if side is Side.UP else 0
        self._tried: dict[int, Outcome] = {}
        self._every = False

    def way(self) -> Way:
        """As far as it goes."""
        _part, good = self._part, self._part.value
        for value in self._values():
            if len(self._tried) >= MOST_QUESTIONS:
                return self._ended(good, Room.UNKNOWN, f"{MOST_QUESTIONS} values were tried, and no more are")
            outcome = self._try(value)
            if outcome.follow:
                return self._every_step(outcome.follow)
            bisected = bool(outcome.stops) and self._next(good) != value
            if bisected:
                good, outcome = self._between(good, value)
            if outcome.stops:
                return self._stopped(good, outcome, bisected=bisected)
            if outcome.unknown:
                return self._ended(good, Room.UNKNOWN, outcome.unknown)
            good = value
        return self._open(good)

    def _every_step(self, follow: Sequence[str]) -> Way:
        """Step by step, for marks are of this number alone."""
        self._every, good = True, self._part.value
        for _ in range(MOST_STEPS):
            value = self._next(good)
            if not 0 <= value <= self._part.highest:
                return self._open(good)
            outcome = self._try(value)
            if outcome.stops:
                return self._stopped(good, outcome, bisected=False)
            if outcome.unknown:
                return self._ended(good, Room.UNKNOWN, outcome.unknown)
            good = value
        names = f"{units.listing(list(follow))} {'follows' if len(follow) == 1 else 'follow'} it"
        return self._ended(
            good, Room.UNKNOWN, f"{names}, so every step has to be tried, and {MOST_STEPS} were"
        )

    def _open(self, good: int) -> Way:
        """There is no next step."""
        if self._part.what in ("base", "size"):
            what = "no address is below 0" if self._side is Side.DOWN else "the end of 64 bits"
        else:
            what = "0 is the least" if self._side is Side.DOWN else "a macro has 64 bits"
        return self._ended(good, Room.OPEN, what)

    def _values(self) -> Iterator[int]:
        """What is to be tried, away from the value: the first step, every mark with its neighbours, the last value."""
        start, unit = self._part.value, self._part.unit
        near = {self._next(start), self._end}
        for mark in marks(self._case, self._part):
            low = mark // unit * unit
            near |= {low - unit, low, low + unit}
        ahead = [
            each for each in near if self._sign * (each - start) > 0 and self._sign * (self._end - each) >= 0
        ]
        yield from sorted(ahead, reverse=self._side is Side.DOWN)

    def _next(self, value: int) -> int:
        """The multiple of the unit after a value."""
        unit = self._part.unit
        return (value // unit + 1) * unit if self._side is Side.UP else (-(-value // unit) - 1) * unit

    def _try(self, value: int) -> Outcome:
        if value not in self._tried:
            self._tried[value] = self._attempts.outcome(self._part.define.name, value)
        return self._tried[value]

    def _between(self, good: int, bad: int) -> tuple[int, Outcome]:
        """A good value and what its next step does, by bisection between a good and a bad one."""
        unit = self._part.unit
        while self._next(good) != bad:
            middle = (good + bad) // 2 // unit * unit
            if middle in (good, bad) or self._sign * (middle - good) <= 0:
                middle = self._next(good)
            outcome = self._try(middle)
            if outcome.unknown:
                return good, outcome
            good, bad = (middle, bad) if outcome.is_good else (good, middle)
        return good, self._try(bad)

    def _stopped(self, good: int, outcome: Outcome, *, bisected: bool) -> Way:
        """Stopped, if nothing lies on the way to the last value that is good in itself."""
        between = self._passed(good)
        if between:
            return self._ended(self._part.value, Room.UNKNOWN, between)
        return Way(
            self._side,
            good,
            Room.STOPPED,
            outcome.stops,
            bisected=bisected,
            questions=len(self._tried),
            costs=self._costs(good),
        )

    def _ended(self, good: int, room: Room, why: str) -> Way:
        between = self._passed(good)
        if between:
            good, room, why = self._part.value, Room.UNKNOWN, between
        return Way(
            self._side,
            good,
            room,
            ends=why,
            questions=len(self._tried),
            costs=self._costs(good),
        )

    def _passed(self, good: int) -> str:
        """A check of the marks: the whole stretch that a region is moved over has nothing that it did not meet before."""
        region = self._part.region
        if self._every or region is None or self._part.what != "base":
            return ""
        low, high = min(good, region.start), max(good, region.start) + region.size
        for other in self._case.layout.parts:
            meets = max(low, other.start) < min(high, other.end)
            met = max(region.start, other.start) < min(region.end, other.end)
            if other.name != region.name and meets and not met and not exclusive(region.when, other.when):
                return f"{other} lies between, and which of the places beside it are good was not found"
        return ""

    def _costs(self, good: int) -> tuple[Cost, ...]:
        """Of the first step, and what the last value adds."""
        if good == self._part.value:
            return ()
        first = self._attempts.costs(self._part.define.name, self._next(self._part.value))
        last = self._attempts.costs(self._part.define.name, good)
        known = {(each.property, each.subjects) for each in first}
        return first + tuple(each for each in last if (each.property, each.subjects) not in known)
