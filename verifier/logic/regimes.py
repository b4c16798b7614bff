"""Exactly when a condition holds, as boxes of the configuration space.

Candidates come from bisection over plain integers and are worth nothing by themselves; the solver
then looks for a configuration that they classify wrongly, which starts the next round, or proves
that there is none. So the boxes are exact or marked as not.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product
from typing import TypeAlias

from verifier.layout.box import Box
from verifier.layout.configuration import Configuration
from verifier.logic import term
from verifier.logic.solver import Solver
from verifier.logic.space import Symbolic
from verifier.logic.term import Truth

MOST_BOXES = 32
"""More are no explanation; the contract asks for `regimes_exact: false` then."""
MOST_ROUNDS = 400
"""A header property changes its answer at a few sizes; hundreds of rounds mean something is wrong."""

RANGE_DEPENDS_ON = {"memory": "ipa_bits", "vcpus": "gic"}
"""Counts whose range differs with a choice (`Space.bounds`): the choice matters wherever they do."""

Run: TypeAlias = tuple[int, int]
"""First and last value of a count, inclusive."""
Key: TypeAlias = tuple[int, ...]
"""One value for each choice that matters."""
Values: TypeAlias = tuple[tuple[int, ...], ...]
"""For each choice that matters, the values that share an answer."""
Point: TypeAlias = tuple[int, ...]
"""One value for each count that matters."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A block of counts under one combination of choices, in which the condition holds."""

    chosen: Configuration
    runs: tuple[Run, ...]


class Regimes:
    """Learns the set where a condition holds; the solver is the teacher."""

    def __init__(self, symbolic: Symbolic, condition: Truth) -> None:
        self.symbolic = symbolic
        self.condition = condition
        self.space = symbolic.space
        names = set(term.variables(condition))
        names |= {other for count, other in RANGE_DEPENDS_ON.items() if count in names}
        dimensions = self.space.dimensions
        self.choices = tuple(name for name in dimensions if name in names and not dimensions[name].is_count)
        self.counts = tuple(name for name in dimensions if name in names and dimensions[name].is_count)
        self._grids = {grid.key: grid for grid in self._start()}

    def learn(self, solver: Solver) -> tuple[tuple[Box, ...], str]:
        """All boxes, proved exact, and an empty reason; or what was found and why it is not exact."""
        for _ in range(MOST_ROUNDS):
            boxes = self._boxes()
            union = term.either(*(self.symbolic.inside(box) for box in boxes))
            answer = solver.ask(term.differ(self.condition, union))
            if answer.impossible:
                return boxes, ""
            if not answer.possible:
                return boxes, f"the solver gave up: {answer.reason}"
            key = tuple(answer.model[name] for name in self.choices)
            self._grids[key].refine(tuple(answer.model[name] for name in self.counts))
        return self._boxes(), f"more than {MOST_ROUNDS} rounds"

    def cells(self) -> Iterator[Cell]:
        """Blocks that together are the whole set, once it is learnt."""
        for grid in self._grids.values():
            for runs in grid.blocks():
                yield Cell(dict(zip(self.choices, grid.key, strict=True)), runs)

    def _start(self) -> Iterator[_Grid]:
        for chosen in self.space.combinations(self.choices):
            ranges = tuple(self.space.bounds(name, chosen) for name in self.counts)
            if all(low <= high for low, high in ranges):
                yield _Grid(tuple(chosen.values()), ranges, self._holds(chosen))

    def _holds(self, chosen: Configuration) -> Callable[[Point], bool]:
        def holds(point: Point) -> bool:
            return bool(
                term.evaluate(self.condition, {**chosen, **dict(zip(self.counts, point, strict=True))})
            )

        return holds

    def _boxes(self) -> tuple[Box, ...]:
        """One box per block and set of choices that share it.

        A run over the whole range of a count is "any value": ranges differ from width to width. Then
        choices that differ in one dimension only are united, dimension by dimension.
        """
        listed: list[tuple[tuple[Run | None, ...], Values]] = []
        for grid in self._grids.values():
            for runs in grid.blocks():
                shown = tuple(
                    None if run == whole else run for run, whole in zip(runs, grid.ranges, strict=True)
                )
                listed.append((shown, tuple((value,) for value in grid.key)))
        for index in reversed(range(len(self.choices))):
            groups: dict[tuple[object, Values, Values], list[tuple[tuple[Run | None, ...], Values]]] = {}
            for block in listed:
                runs_shown, values = block
                groups.setdefault((runs_shown, values[:index], values[index + 1 :]), []).append(block)
            listed = [_united(blocks, index) for blocks in groups.values()]
        return tuple(sorted((self._box(runs, values) for runs, values in listed), key=_order))

    def _box(self, runs: tuple[Run | None, ...], values: Values) -> Box:
        choices = {
            name: allowed
            for name, allowed in zip(self.choices, values, strict=True)
            if len(allowed) < len(self.space.possible(name))
        }
        counts = {name: run for name, run in zip(self.counts, runs, strict=True) if run is not None}
        return Box(choices, counts)


def _united(
    blocks: list[tuple[tuple[Run | None, ...], Values]], index: int
) -> tuple[tuple[Run | None, ...], Values]:
    """Blocks that differ in one choice only, as one block that allows all their values."""
    runs, values = blocks[0]
    merged = tuple(sorted({value for _, each in blocks for value in each[index]}))
    return runs, (*values[:index], merged, *values[index + 1 :])


def _order(box: Box) -> tuple[object, ...]:
    return (sorted(box.choices.items()), sorted(box.counts.items()))


class _Grid:
    """The counts under one combination of choices, cut into cells that are taken for uniform."""

    def __init__(self, key: Key, ranges: tuple[Run, ...], holds: Callable[[Point], bool]) -> None:
        self.key = key
        self.ranges = ranges
        self._holds = holds
        self._cuts = [[low] for low, _ in ranges]
        highest = tuple(high for _, high in ranges)
        while self._holds(highest) != self._holds(self._corner(highest)):
            self.refine(highest)

    def refine(self, point: Point) -> None:
        """Cut so that `point` no longer shares a cell with a corner that answers differently.

        On the way from the corner to the point, one coordinate at a time, the answer changes: the
        cut goes where it does.
        """
        here = self._corner(point)
        for index, target in enumerate(point):
            there = (*here[:index], target, *here[index + 1 :])
            if self._holds(there) != self._holds(here):
                edge = first_change(here[index], target, partial(self._at, here, index))
                insort(self._cuts[index], edge)
                return
            here = there

    def _at(self, point: Point, index: int, value: int) -> bool:
        return self._holds((*point[:index], value, *point[index + 1 :]))

    def _corner(self, point: Point) -> Point:
        return tuple(
            cuts[bisect_right(cuts, value) - 1] for cuts, value in zip(self._cuts, point, strict=True)
        )

    def blocks(self) -> list[tuple[Run, ...]]:
        """The cells that hold, neighbours united, last count first."""
        found = [cell for cell in product(*self._intervals()) if self._holds(tuple(low for low, _ in cell))]
        for index in reversed(range(len(self.ranges))):
            found = _joined(found, index)
        return found

    def _intervals(self) -> list[list[Run]]:
        return [
            [(first, behind - 1) for first, behind in pairwise([*cuts, high + 1])]
            for cuts, (_, high) in zip(self._cuts, self.ranges, strict=True)
        ]


def _joined(cells: Sequence[tuple[Run, ...]], index: int) -> list[tuple[Run, ...]]:
    """Unite cells that touch along one count and agree in all others."""
    found: list[tuple[Run, ...]] = []
    for cell in sorted(cells, key=lambda each: (each[:index], each[index + 1 :], each[index])):
        if found:
            last = found[-1]
            same = last[:index] == cell[:index] and last[index + 1 :] == cell[index + 1 :]
            if same and last[index][1] + 1 == cell[index][0]:
                found[-1] = (*cell[:index], (last[index][0], cell[index][1]), *cell[index + 1 :])
                continue
        found.append(cell)
    return found


def first_change(low: int, high: int, holds: Callable[[int], bool]) -> int:
    """The smallest count above `low` whose answer is that of `high`, if the answer changes once."""
    was = holds(low)
    while high - low > 1:
        middle = (low + high) // 2
        if holds(middle) == was:
            low = middle
        else:
            high = middle
    return high


def projection(boxes: tuple[Box, ...], symbolic: Symbolic) -> Box:
    """What the boxes allow in each dimension: all values of a choice, the hull of a count.

    A dimension is absent where the boxes exclude nothing of what the others leave open. There is one box at least.
    """
    choices: dict[str, tuple[int, ...]] = {}
    counts: dict[str, Run] = {}
    for name, dimension in symbolic.space.dimensions.items():
        if all(name in box.choices for box in boxes):
            values = {value for box in boxes for value in box.choices[name]}
            if len(values) < len(symbolic.space.possible(name)):
                choices[name] = tuple(value for value in sorted(dimension.choices) if value in values)
        elif all(name in box.counts for box in boxes):
            low = min(box.counts[name][0] for box in boxes)
            high = max(box.counts[name][1] for box in boxes)
            if (low, high) != (dimension.low, dimension.high):
                counts[name] = (low, high)
    return Box(choices, counts)
