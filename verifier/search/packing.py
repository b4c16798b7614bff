"""Many regions in one space by the solver: what does not fit one after the other, and what may move and shrink.

Every number is an integer variable in units; two that can be there together are one before the other. A goal is made as
small as it can be by bisection, then kept, then the next. What z3 finds is checked in plain integers before it is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from verifier.layout.errors import InternalError
from verifier.layout.placing import TOP, Block, Limit, Placed, Places, Wish, exclusive
from verifier.layout.region import When
from verifier.logic import term
from verifier.logic.solver import Answer, Solver
from verifier.logic.term import Number, Truth
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


class Packing:
    """One question: fixed blocks, blocks that change, wishes."""

    def __init__(
        self, fixed: Sequence[Block], bent: Sequence[Block], wishes: Sequence[Wish], timeout: float
    ) -> None:
        self._fixed, self._bent, self._wishes = fixed, bent, wishes
        self._rules: list[Truth] = []
        self._wished = [self._wish(index, each) for index, each in enumerate(wishes)]
        self._changed = [self._change(index, each) for index, each in enumerate(bent)]
        for one, other in combinations((*self._wished, *self._changed), 2):
            if not exclusive(one.when, other.when):
                self._rules.append(term.either(one.end <= other.start, other.end <= one.start))
        self._solver = Solver(term.both(*self._rules), timeout=timeout)

    def possible(self) -> bool:
        """Whether everything fits. Raises UndecidedError."""
        return self._ask(True).possible

    def best(self) -> Places | None:
        """The best by the order of `verifier.search.place`; None where nothing fits. Raises UndecidedError."""
        answer = self._ask(True)
        if not answer.possible:
            return None
        fixed: list[Truth] = []
        for goal in self._goals():
            answer, least = self._least(goal, answer, fixed)
            fixed.append(term.equal(goal, least))
        return self._checked(answer)

    def _wish(self, index: int, wish: Wish) -> _Item:
        start = term.variable(f"w{index}") * wish.unit
        size: Number = wish.size if wish.size is not None else term.variable(f"s{index}") * wish.unit
        if wish.size is None:
            self._rules.append(size >= wish.unit)
        end = start + size
        self._rules.append(_inside(start, end, gaps(self._fixed, wish)))
        return _Item(wish.name, start, end, wish.when)

    def _change(self, index: int, block: Block) -> _Item:
        """It keeps its place and its size, but for what it may change, and stays beside all fixed blocks."""
        start: Number = block.start
        if block.moves:
            start = term.variable(f"b{index}") * block.unit + block.start % block.unit
        size: Number = block.size
        if block.shrinks:
            cut = term.variable(f"c{index}") * block.unit
            least = min(block.size, max(block.least, block.unit))
            self._rules += [cut >= 0, block.size - cut >= least]
            size = block.size - cut
        end = start + size
        if block.moves:
            place = Wish(block.name, None, 1, (Limit(block.high, "asked"),), (), block.when)
            self._rules.append(_inside(start, end, gaps(self._fixed, place)))
        return _Item(block.name, start, end, block.when)

    def _goals(self) -> Iterator[Number]:
        """What is made small, in this order: RAM lost, other bytes lost, minus free sizes, starts, moves."""
        lost = [(block, block.size - (item.end - item.start)) for block, item in self._pairs]
        for ram in (True, False):
            parts = [each for block, each in lost if block.is_ram is ram and block.shrinks]
            if parts:
                total: Number = 0
                for part in parts:
                    total = total + part
                yield total
        for wish, item in zip(self._wishes, self._wished, strict=True):
            if wish.size is None:
                yield item.start - item.end
        yield from (item.start for item in self._wished)
        for block, item in self._pairs:
            if block.moves:
                yield term.choose(
                    item.start <= block.start, block.start - item.start, item.start - block.start
                )

    @property
    def _pairs(self) -> list[tuple[Block, _Item]]:
        return list(zip(self._bent, self._changed, strict=True))

    def _ask(self, condition: Truth) -> Answer:
        answer = self._solver.ask(condition)
        if not answer.possible and not answer.impossible:
            raise UndecidedError(answer.reason or "no reason given")
        return answer

    def _least(self, goal: Number, found: Answer, fixed: list[Truth]) -> tuple[Answer, int]:
        """An answer in which the goal is as small as it can be: steps that double, then bisection."""
        high = term.evaluate(goal, found.model)
        low, step = high - 1, 1
        while low > -TOP and (answer := self._ask(term.both(*fixed, goal <= low))).possible:
            found, step = answer, 4 * step
            high = term.evaluate(goal, answer.model)
            low = high - step
        while low + 1 < high:
            middle = (low + high) // 2
            answer = self._ask(term.both(*fixed, goal <= middle))
            if answer.possible:
                found, high = answer, term.evaluate(goal, answer.model)
            else:
                low = middle
        return found, high

    def _checked(self, answer: Answer) -> Places:
        """The answer in integers. Raises InternalError where it breaks a rule."""
        wished = [_put(each, answer) for each in self._wished]
        changed = [_put(each, answer) for each in self._changed]
        for wish, region in zip(self._wishes, wished, strict=True):
            whole = region.start % wish.unit == 0 and region.size % wish.unit == 0 and region.size > 0
            sized = wish.size is None or wish.size == region.size
            if not (whole and sized and wish.low <= region.start and region.end <= wish.high):
                raise InternalError(f"{region} is not what was wished")
        before = [*wished, *(Placed(each.name, each.start, each.end) for each in (*self._bent, *self._fixed))]
        after = [*wished, *changed, *before[len(wished) + len(changed) :]]
        whens = [*(each.when for each in self._wishes), *(each.when for each in (*self._bent, *self._fixed))]
        mine = len(wished) + len(changed)
        for one, other in combinations(range(len(after)), 2):
            known = one >= len(wished) and _meet(before[one], before[other])  # the layout's own fault
            if (
                one < mine
                and not known
                and _meet(after[one], after[other])
                and not exclusive(whens[one], whens[other])
            ):
                raise InternalError(f"{after[one]} and {after[other]} overlap")
        lost = {block.name: block.size - each.size for block, each in zip(self._bent, changed, strict=True)}
        return Places(tuple(wished), tuple(changed), lost)


def _inside(start: Number, end: Number, rooms: Iterable[Gap]) -> Truth:
    return term.either(*(term.both(start >= low, end <= high) for low, high in rooms))


def _meet(one: Placed, other: Placed) -> bool:
    return max(one.start, other.start) < min(one.end, other.end)


def _put(item: _Item, answer: Answer) -> Placed:
    start, end = (term.evaluate(each, answer.model) for each in (item.start, item.end))
    return Placed(item.name, start, end)
