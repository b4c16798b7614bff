"""Many regions in one space by the solver: what does not fit one after the other, and what may move and shrink.

Every number is an integer variable in units; two that can be there together are one before the other. Whether a block
stays as it is, is a variable too: so one question is of all sets of blocks that may give way. A goal is made as small as it
can be, then kept, then the next. What z3 finds is checked in plain integers before it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import gcd

from verifier.layout.errors import InternalError
from verifier.layout.placing import Block, Limit, Placed, Places, Wish, exclusive
from verifier.layout.region import When
from verifier.logic import term
from verifier.logic.solver import Answer, Solver
from verifier.logic.term import Number, Term, Truth
from verifier.search.gaps import Gap, gaps


class UndecidedError(Exception):
    """The solver gave up; the text is its reason."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A wish, or a block that may change."""

    name: str
    start: Number
    end: Number
    when: When | None
    at: Number
    """In its own units: where a wish starts, how far up a block moves."""
    units: Number
    """In its own units: the size of a wish, what a block gives up."""


@dataclass(frozen=True, slots=True)
class _Goal:
    """What is made as small as it can be."""

    value: Number
    least: int
    """It is no smaller than this."""


class Packing:
    """One question: fixed blocks, blocks that may change, wishes."""

    def __init__(
        self, fixed: Sequence[Block], bent: Sequence[Block], wishes: Sequence[Wish], timeout: float
    ) -> None:
        self._fixed, self._bent, self._wishes = fixed, bent, wishes
        self._rules: list[Truth] = []
        self._wished = [self._wish(index, each) for index, each in enumerate(wishes)]
        self._shapes = [self._shape(index, each) for index, each in enumerate(bent)]
        self._rules += self._apart()
        self._solver = Solver(term.both(*self._rules), timeout=timeout)

    def possible(self) -> bool:
        """Whether everything fits. Raises UndecidedError."""
        return self._ask(True).possible

    def best(self) -> Places | None:
        """The best by the order of `verifier.search.place`; None where nothing fits. Raises UndecidedError."""
        answer = self._ask(True)
        if not answer.possible:
            return None
        for goal in self._goals():
            answer = self._least(goal, answer)
        return self._checked(answer)

    def _wish(self, index: int, wish: Wish) -> _Item:
        at = term.variable(f"w{index}")
        units: Number = term.variable(f"s{index}") if wish.size is None else wish.size // wish.unit
        if wish.size is None:
            self._rules.append(units >= 1)
        start, end = at * wish.unit, (at + units) * wish.unit
        self._rules.append(_inside(start, end, gaps(self._fixed, wish)))
        return _Item(wish.name, start, end, wish.when, at, units)

    def _shape(self, index: int, block: Block) -> _Item:
        """It keeps its place and its size, but for what it may change; elsewhere it is beside all fixed blocks."""
        at: Number = term.variable(f"b{index}") if block.moves else 0
        cut: Number = term.variable(f"c{index}") if block.shrinks else 0
        start = block.start + at * block.unit
        end = start + (block.size - cut * block.unit)
        if block.moves:
            place = Wish(block.name, None, 1, (Limit(block.high, "asked"),), (), block.when)
            self._rules.append(term.either(term.equal(at, 0), _inside(start, end, gaps(self._fixed, place))))
        if block.shrinks:
            least = min(block.size, max(block.least, block.unit))
            self._rules += [cut >= 0, cut <= (block.size - least) // block.unit]
        gives_way = _gives_way(index)
        as_it_is = term.both(term.equal(at, 0), term.equal(cut, 0))
        self._rules += [gives_way >= 0, gives_way <= 1, term.either(gives_way >= 1, as_it_is)]
        return _Item(block.name, start, end, block.when, at, cut)

    def _apart(self) -> Iterator[Truth]:
        """Each two are apart, but for blocks that overlap as they are, while neither moves."""
        wished = (*combinations(self._wished, 2), *product(self._wished, self._shapes))
        for one, other in wished:
            if not exclusive(one.when, other.when):
                yield _beside(one, other)
        for (block, item), (second, its) in combinations(self._pairs, 2):
            if not exclusive(block.when, second.when):
                stay = term.both(term.equal(item.at, 0), term.equal(its.at, 0))
                yield term.either(_meet(block, second) and stay, _beside(item, its))

    def _goals(self) -> Iterator[_Goal]:
        """In this order: blocks changed, RAM lost, other bytes lost, minus free sizes, starts; then of each block what it
        gives up and how far it moves, down rather than up.
        """
        yield _Goal(_sum(_gives_way(index) for index, _ in enumerate(self._bent)), 0)
        for ram in (True, False):
            lost = [(item.units, block.unit) for block, item in self._pairs if block.is_ram is ram]
            common = gcd(*(unit for _, unit in lost))
            yield _Goal(_sum(cut * (unit // common) for cut, unit in lost), 0)
        for wish, item in zip(self._wishes, self._wished, strict=True):
            if wish.size is None:
                yield _Goal(0 - item.units, -(wish.high // wish.unit))
        for wish, item in zip(self._wishes, self._wished, strict=True):
            yield _Goal(item.at, wish.low // wish.unit)
        for item in self._shapes:
            yield _Goal(item.units, 0)
            yield _Goal(term.choose(item.at <= 0, item.at * -2, item.at * 2 + 1), 0)

    @property
    def _pairs(self) -> list[tuple[Block, _Item]]:
        return list(zip(self._bent, self._shapes, strict=True))

    def _ask(self, condition: Truth) -> Answer:
        answer = self._solver.ask(condition)
        if not answer.possible and not answer.impossible:
            raise UndecidedError(answer.reason or "no reason given")
        return answer

    def _least(self, goal: _Goal, found: Answer) -> Answer:
        """An answer in which the goal is as small as it can be, and it stays so: a step down, larger ones, then halves."""
        high = term.evaluate(goal.value, found.model)
        low, step = goal.least - 1, 1
        while low + 1 < high:
            middle = max(high - step, (low + high) // 2)
            answer = self._ask(goal.value <= middle)
            if answer.possible:
                found, high, step = answer, term.evaluate(goal.value, answer.model), 4 * step
            else:
                low = middle
        self._solver.keep(term.equal(goal.value, high))
        return found

    def _checked(self, answer: Answer) -> Places:
        """The answer in integers. Raises InternalError where it breaks a rule."""
        wished = [_put(each, answer) for each in self._wished]
        for wish, region in zip(self._wishes, wished, strict=True):
            whole = region.start % wish.unit == 0 and region.size % wish.unit == 0 and region.size > 0
            sized = wish.size is None or wish.size == region.size
            if not (whole and sized and wish.low <= region.start and region.end <= wish.high):
                raise InternalError(f"{region} is not what was wished")
        shapes = [_put(each, answer) for each in self._shapes]
        changed, lost = list[Placed](), dict[str, int]()
        for block, shape in zip(self._bent, shapes, strict=True):
            if (block.start, block.end) != (shape.start, shape.end):
                changed.append(shape)
                lost[block.name] = block.size - shape.size
        self._check_apart(wished, shapes)
        return Places(tuple(wished), tuple(changed), lost)

    def _check_apart(self, wished: Sequence[Placed], shapes: Sequence[Placed]) -> None:
        blocks = (*self._bent, *self._fixed)
        after = [*wished, *shapes, *(Placed(each.name, each.start, each.end) for each in self._fixed)]
        whens = [*(each.when for each in self._wishes), *(each.when for each in blocks)]
        before = [*(None for _ in wished), *blocks]
        for one, other in combinations(range(len(after)), 2):
            if not _meet(after[one], after[other]) or exclusive(whens[one], whens[other]):
                continue
            first, second = before[one], before[other]
            if first is None or second is None or not _meet(first, second):
                raise InternalError(f"{after[one]} and {after[other]} overlap")
            if (first.start, second.start) != (after[one].start, after[other].start):
                raise InternalError(f"{after[one]} and {after[other]} overlap otherwise than they did")


def _gives_way(index: int) -> Term:
    """1 where a block changes; 0 only where it does not."""
    return term.variable(f"k{index}")


def _sum(parts: Iterable[Number]) -> Number:
    total: Number = 0
    for each in parts:
        total = total + each
    return total


def _beside(one: _Item, other: _Item) -> Truth:
    return term.either(one.end <= other.start, other.end <= one.start)


def _inside(start: Number, end: Number, rooms: Iterable[Gap]) -> Truth:
    return term.either(*(term.both(start >= low, end <= high) for low, high in rooms))


def _meet(one: Block | Placed, other: Block | Placed) -> bool:
    return max(one.start, other.start) < min(one.end, other.end)


def _put(item: _Item, answer: Answer) -> Placed:
    start, end = (term.evaluate(each, answer.model) for each in (item.start, item.end))
    return Placed(item.name, start, end)
