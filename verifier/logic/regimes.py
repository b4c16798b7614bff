"""Exactly when a condition holds, as boxes of the configuration space.

Candidates come from bisection over plain integers and are worth nothing by themselves; the solver
then looks for a configuration that they classify wrongly, which starts the next round, or proves
that there is none. So the boxes are exact or marked as not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise
from typing import TypeAlias

from verifier.layout.configuration import Configuration
from verifier.layout.finding import Box
from verifier.logic import term
from verifier.logic.solver import Solver
from verifier.logic.space import Symbolic
from verifier.logic.term import Truth

MOST_BOXES = 32
"""More are no explanation; the contract asks for `regimes_exact: false` then."""
MOST_ROUNDS = 400
"""A header property changes its answer at a few sizes; hundreds of rounds mean something is wrong."""

Run: TypeAlias = tuple[int, int]
"""First and last count, inclusive."""
Sets: TypeAlias = tuple[tuple[int, ...], ...]
"""For each choice that matters, its values."""
Samples: TypeAlias = dict[int, bool]


class Regimes:
    """Learns the set where a condition holds; the solver is the teacher."""

    def __init__(self, symbolic: Symbolic, condition: Truth) -> None:
        self.symbolic = symbolic
        self.condition = condition
        self.space = symbolic.space
        names = set(term.variables(condition))
        if "memory" in names:
            names.add("ipa_bits")  # how much memory can be built depends on the width
        dimensions = self.space.dimensions
        self.choices = tuple(name for name in dimensions if name in names and not dimensions[name].is_count)
        self.counts = tuple(name for name in dimensions if name in names and dimensions[name].is_count)
        if len(self.counts) > 1:
            raise NotImplementedError(f"regimes over {self.counts}: one count at a time")
        self._samples: dict[tuple[int, ...], Samples] = {}

    def learn(self, solver: Solver) -> tuple[tuple[Box, ...], str]:
        """All boxes, proved exact, and an empty reason; or what was found and why it is not exact."""
        self._start()
        for _ in range(MOST_ROUNDS):
            boxes = self._boxes()
            union = term.either(*(self.symbolic.inside(box) for box in boxes))
            answer = solver.ask(term.differ(self.condition, union))
            if answer.impossible:
                return boxes, ""
            if not answer.possible:
                return boxes, f"the solver gave up: {answer.reason}"
            self._refine(answer.model)
        return self._boxes(), f"more than {MOST_ROUNDS} rounds"

    def _holds(self, chosen: Configuration, count: int) -> bool:
        values = dict(chosen)
        if self.counts:
            values[self.counts[0]] = count
        return bool(term.evaluate(self.condition, values))

    def _start(self) -> None:
        for chosen in self.space.combinations(self.choices):
            low, high = self._range(chosen)
            self._samples[tuple(chosen.values())] = {
                count: self._holds(chosen, count) for count in (low, high) if low <= high
            }

    def _range(self, chosen: Configuration) -> tuple[int, int]:
        return self.space.bounds(self.counts[0], chosen) if self.counts else (0, 0)

    def _refine(self, model: Mapping[str, int]) -> None:
        """Add the solver's counterexample; the next round bisects between it and its neighbours."""
        key = tuple(model[name] for name in self.choices)
        count = model[self.counts[0]] if self.counts else 0
        chosen = dict(zip(self.choices, key, strict=True))
        self._samples[key][count] = self._holds(chosen, count)

    def cells(self) -> dict[tuple[int, ...], list[Run]]:
        """For every combination of the choices that matter, the runs of the count that hold."""
        found: dict[tuple[int, ...], list[Run]] = {}
        for key, samples in self._samples.items():
            chosen = dict(zip(self.choices, key, strict=True))
            found[key] = _runs(samples, partial(self._holds, chosen))
        return found

    def _boxes(self) -> tuple[Box, ...]:
        return self._merge(self.cells())

    def _merge(self, found: Mapping[tuple[int, ...], list[Run]]) -> tuple[Box, ...]:
        """One box per run of the count and set of choices that share it.

        A run over the whole range counts as "any value": ranges differ from width to width. Then
        choices that differ in one dimension only are united, dimension by dimension.
        """
        listed: list[tuple[Run | None, Sets]] = []
        for key, runs in found.items():
            whole = self._range(dict(zip(self.choices, key, strict=True)))
            listed += [(None if run == whole else run, tuple((value,) for value in key)) for run in runs]
        for index in reversed(range(len(self.choices))):
            groups: dict[tuple[Run | None, Sets, Sets], list[int]] = {}
            for run, sets in listed:
                groups.setdefault((run, sets[:index], sets[index + 1 :]), []).extend(sets[index])
            listed = [
                (run, (*before, tuple(sorted(set(values))), *after))
                for (run, before, after), values in groups.items()
            ]
        return tuple(sorted((self._box(run, sets) for run, sets in listed), key=_order))

    def _box(self, run: Run | None, sets: Sets) -> Box:
        dimensions = self.space.dimensions
        choices = {
            name: values
            for name, values in zip(self.choices, sets, strict=True)
            if len(values) < len(dimensions[name].choices)
        }
        return Box(choices, {self.counts[0]: run} if self.counts and run else {})


def _order(box: Box) -> tuple[object, ...]:
    return (sorted(box.choices.items()), sorted(box.counts.items()))


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


def _runs(samples: Samples, holds: Callable[[int], bool]) -> list[Run]:
    """Bisect between unequal neighbours until they touch; then the maximal runs that hold."""
    points = sorted(samples)
    for left, right in pairwise(points):
        if samples[left] != samples[right]:
            edge = first_change(left, right, holds)
            samples.update({edge - 1: samples[left], edge: samples[right]})
    points = sorted(samples)
    runs: list[Run] = []
    for index, point in enumerate(points):
        if samples[point]:
            if runs and index and samples[points[index - 1]]:
                runs[-1] = (runs[-1][0], point)
            else:
                runs.append((point, point))
    return runs


def projection(boxes: tuple[Box, ...], symbolic: Symbolic) -> Box:
    """What the boxes allow in each dimension: all values of a choice, the hull of a count.

    A dimension in which nothing is excluded is absent.
    """
    dimensions = symbolic.space.dimensions
    choices: dict[str, tuple[int, ...]] = {}
    counts: dict[str, tuple[int, int]] = {}
    for name, dimension in dimensions.items():
        if not dimension.is_count and all(name in box.choices for box in boxes):
            values = {value for box in boxes for value in box.choices[name]}
            if len(values) < len(dimension.choices):
                choices[name] = tuple(value for value in sorted(dimension.choices) if value in values)
        elif dimension.is_count and all(name in box.counts for box in boxes):
            low, high = min(box.counts[name][0] for box in boxes), max(box.counts[name][1] for box in boxes)
            if (low, high) != (dimension.low, dimension.high):
                counts[name] = (low, high)
    return Box(choices, counts)
