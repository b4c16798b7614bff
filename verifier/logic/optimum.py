"""The one counterexample that is shown: the largest conflict, on the plainest guest.

A candidate is guessed from the exact regimes; the solver then proves that nothing is better, or the
best is searched level by level. So the choice depends neither on the seed nor on the version.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from verifier.layout.configuration import FLAGS, Configuration, Space
from verifier.logic import term
from verifier.logic.regimes import Cell, Regimes, first_change
from verifier.logic.solver import Solver
from verifier.logic.space import Symbolic, complete
from verifier.logic.term import Number, Truth

ORDER = ("ipa_bits", "memory", "gic", "vcpus", "virtio", "guest", *FLAGS)
"""Where conflicts and devices are equal, the smaller in these, in this order, is shown."""


def best(regimes: Regimes, conflict: Number, solver: Solver, found: Configuration) -> Configuration:
    """The best configuration in which the condition holds; it does in `found`.

    `conflict` is what makes a counterexample worse, in bytes; it may depend on the configuration.
    Where the solver gives up, so that regimes may be wrong, the best that was found.
    """
    symbolic = regimes.symbolic
    guessed = [_candidate(regimes, conflict, cell) for cell in regimes.cells()]
    candidates = [
        guess for guess in guessed if symbolic.space.admits(guess) and term.evaluate(regimes.condition, guess)
    ]
    candidates.append({name: found[name] for name in symbolic.space.dimensions})
    chosen = min(candidates, key=lambda candidate: rank(symbolic.space, candidate, conflict))
    levels = _levels(symbolic, conflict)
    known = rank(symbolic.space, chosen, conflict)
    answer = solver.ask(term.both(regimes.condition, _better(levels, known)))
    if answer.possible:
        return _search(
            regimes, levels, {name: answer.model[name] for name in symbolic.space.dimensions}, solver
        )
    return chosen


def rank(space: Space, configuration: Configuration, conflict: Number) -> tuple[int, ...]:
    """Sorts counterexamples, the best first; the integer twin of `_levels`."""
    numbers = [space.dimensions[name].rank(configuration[name]) for name in ORDER if name in space.dimensions]
    devices = sum(configuration.get(flag, 0) for flag in FLAGS) + (configuration.get("virtio", 0) > 0)
    return (-term.evaluate(conflict, configuration), devices, *numbers)


def _candidate(regimes: Regimes, conflict: Number, cell: Cell) -> Configuration:
    """The end of each run, then for each count the smallest value with the same conflict."""
    ends = {name: high for name, (_, high) in zip(regimes.counts, cell.runs, strict=True)}
    found = complete(regimes.space, {**cell.chosen, **ends})

    def worth(name: str, value: int) -> int:
        return term.evaluate(conflict, {**found, name: value})

    for name, (low, high) in zip(regimes.counts, cell.runs, strict=True):
        found[name] = _plateau(partial(worth, name), low, high)
    return found


def _plateau(worth: Callable[[int], int], low: int, high: int) -> int:
    """The smallest value that is worth as much as the highest, if worth never falls."""
    most = worth(high)
    return low if worth(low) == most else first_change(low, high, lambda value: worth(value) == most)


def _search(regimes: Regimes, levels: list[Number], found: Configuration, solver: Solver) -> Configuration:
    """Bisect each level in turn, those before it held at their best value."""
    fixed: list[Truth] = [regimes.condition]
    for level in levels:
        high = term.evaluate(level, found)
        low = high - 1
        while (answer := solver.ask(term.both(*fixed, level <= low))).possible:
            found, step = answer.model, high - low
            high = term.evaluate(level, found)
            low = high - 2 * step
        while low + 1 < high:
            middle = (low + high) // 2
            answer = solver.ask(term.both(*fixed, level <= middle))
            if answer.possible:
                found, high = answer.model, term.evaluate(level, answer.model)
            else:
                low = middle
        fixed.append(term.equal(level, high))
    return {name: found[name] for name in regimes.space.dimensions}


def _levels(symbolic: Symbolic, conflict: Number) -> list[Number]:
    """What is made as small as can be, in this order: minus the conflict, devices, numbers."""
    names = [name for name in ORDER if name in symbolic.space.dimensions]
    return [0 - conflict, _devices(symbolic), *(_rank(symbolic, name) for name in names)]


def _better(levels: list[Number], known: tuple[int, ...]) -> Truth:
    """Smaller in some level and equal in all before it."""
    better: Truth = False
    for level, value in reversed(list(zip(levels, known, strict=True))):
        better = term.either(level < value, term.both(term.equal(level, value), better))
    return better


def _rank(symbolic: Symbolic, name: str) -> Number:
    dimension, number = symbolic.space.dimensions[name], symbolic.variables[name]
    if dimension.is_count:
        return number
    position: Number = len(dimension.choices) - 1
    for index, choice in reversed(list(enumerate(dimension.choices[:-1]))):
        position = term.choose(term.equal(number, choice), index, position)
    return position


def _devices(symbolic: Symbolic) -> Number:
    total: Number = 0
    for flag in FLAGS:
        total = total + symbolic.variables.get(flag, 0)
    return total + term.choose(symbolic.variables.get("virtio", 0) > 0, 1, 0)
