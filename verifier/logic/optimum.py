"""The one counterexample that is shown: the largest conflict, on the plainest guest.

A candidate is guessed from the exact regimes; the solver then improves on it until it proves that
nothing is better. So the choice depends neither on the seed nor on the solver's version.
"""

from __future__ import annotations

from verifier.layout.configuration import FLAGS, Configuration, Space
from verifier.layout.errors import InternalError
from verifier.logic import term
from verifier.logic.regimes import Regimes, first_change
from verifier.logic.solver import Solver
from verifier.logic.space import Symbolic, complete
from verifier.logic.term import Number, Truth

ORDER = ("ipa_bits", "memory", "gic", "vcpus", "virtio", "guest", *FLAGS)
"""Where conflicts and devices are equal, the smaller in these, in this order, is shown."""


def best(regimes: Regimes, conflict: Number, solver: Solver) -> tuple[Configuration, bool]:
    """The best configuration in which the condition holds, and whether that is proved.

    `conflict` is what makes a counterexample worse, in bytes; it may depend on the configuration.
    Raises InternalError if the regimes are empty.
    """
    symbolic, condition = regimes.symbolic, regimes.condition
    candidates = _candidates(regimes, conflict)
    if not candidates:
        raise InternalError("a condition that holds somewhere has no regime")
    chosen = min(candidates, key=lambda candidate: rank(symbolic.space, candidate, conflict))
    while True:
        answer = solver.ask(term.both(condition, _better(symbolic, conflict, chosen)))
        if not answer.possible:
            return chosen, answer.impossible
        chosen = {name: answer.model[name] for name in symbolic.space.dimensions}


def rank(space: Space, configuration: Configuration, conflict: Number) -> tuple[int, ...]:
    """Sorts counterexamples, the best first."""
    numbers = [space.dimensions[name].rank(configuration[name]) for name in ORDER if name in space.dimensions]
    devices = sum(configuration.get(flag, 0) for flag in FLAGS) + (configuration.get("virtio", 0) > 0)
    return (-term.evaluate(conflict, configuration), devices, *numbers)


def _candidates(regimes: Regimes, conflict: Number) -> list[Configuration]:
    """The end of each run, and the smallest count in it with the same conflict."""
    found: list[Configuration] = []
    for key, runs in regimes.cells().items():
        chosen = dict(zip(regimes.choices, key, strict=True))
        for low, high in runs:
            found.append(
                complete(
                    regimes.space, chosen | _count(regimes, _plateau(regimes, conflict, chosen, low, high))
                )
            )
    return found


def _plateau(regimes: Regimes, conflict: Number, chosen: dict[str, int], low: int, high: int) -> int:
    """The smallest count in the run whose conflict is that at its end, if it never falls."""

    def value(count: int) -> int:
        return term.evaluate(conflict, chosen | _count(regimes, count))

    if not regimes.counts or value(low) == value(high):
        return low
    return first_change(low, high, lambda count: value(count) == value(high))


def _count(regimes: Regimes, count: int) -> dict[str, int]:
    return {regimes.counts[0]: count} if regimes.counts else {}


def _better(symbolic: Symbolic, conflict: Number, chosen: Configuration) -> Truth:
    """Larger conflict; or the same and fewer devices; or those too and smaller numbers."""
    dimensions = symbolic.space.dimensions
    known = rank(symbolic.space, chosen, conflict)
    names = [name for name in ORDER if name in dimensions]
    numbers = [_rank_term(symbolic, name) for name in names]
    levels: list[Number] = [0 - conflict, _devices(symbolic), *numbers]
    better: Truth = False
    for level, value in reversed(list(zip(levels, known, strict=True))):
        better = term.either(level < value, term.both(term.equal(level, value), better))
    return better


def _rank_term(symbolic: Symbolic, name: str) -> Number:
    dimension, number = symbolic.space.dimensions[name], symbolic.variables[name]
    if dimension.is_count:
        return number
    rank: Number = len(dimension.choices) - 1
    for index, choice in reversed(list(enumerate(dimension.choices[:-1]))):
        rank = term.choose(term.equal(number, choice), index, rank)
    return rank


def _devices(symbolic: Symbolic) -> Number:
    total: Number = 0
    for flag in FLAGS:
        total = total + symbolic.variables.get(flag, 0)
    virtio = symbolic.variables.get("virtio", 0)
    return total + term.choose(virtio > 0, 1, 0)
