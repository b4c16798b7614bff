"""The worst case that is shown, against all guests of a small space; and what is shown if the solver gives up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

import pytest

from tests.logic.test_regimes_enumerated import configurations, is_, random_condition, small, var
from verifier.layout.configuration import Configuration
from verifier.logic import term
from verifier.logic.optimum import _search, best
from verifier.logic.regimes import Cell, Regimes
from verifier.logic.solver import Answer, Solver
from verifier.logic.term import Number, Truth

ONE = small()
ALL = list(configurations(ONE.space))
VCPUS, VIRTIO = var("vcpus"), var("virtio")


class GivesUp:
    """A solver to which every question is too hard."""

    def ask(self, _condition: Truth) -> Answer:
        return Answer("unknown", {}, "tired")


class Grudging:
    """A solver that of all models gives the one that a search wants least."""

    def __init__(self, models: list[dict[str, int]], wanted: Callable[[dict[str, int]], int]) -> None:
        self.models = sorted(models, key=wanted, reverse=True)
        self.questions = 0

    def ask(self, condition: Truth) -> Answer:
        self.questions += 1
        found = next((each for each in self.models if term.evaluate(condition, each)), None)
        return Answer("unsat", {}) if found is None else Answer("sat", found)


def failing(condition: Truth) -> list[dict[str, int]]:
    return [each for each in ALL if term.evaluate(condition, each)]


def preference(guest: Configuration) -> tuple[int, ...]:
    """Few devices, a narrow guest, a vGICv3, few vCPUs and virtio devices, the first kind of guest, no ACPI."""
    return (
        guest["acpi"] + (1 if guest["virtio"] else 0),
        guest["ipa_bits"],
        0 if guest["gic"] == 3 else 1,
        guest["vcpus"],
        guest["virtio"],
        guest["guest"],
        guest["acpi"],
    )


def worst(guests: list[dict[str, int]], conflict: Callable[[Configuration], int]) -> Configuration:
    """Of the guests with the largest conflict the one that is preferred."""
    most = max(map(conflict, guests))
    return min((each for each in guests if conflict(each) == most), key=preference)


CONFLICTS: Mapping[str, tuple[Number, Callable[[Configuration], int]]] = {
    "the same for all": (3, lambda _: 3),
    "rises": (5 * VCPUS + VIRTIO, lambda at: 5 * at["vcpus"] + at["virtio"]),
    "falls": (100 - 7 * VCPUS - VIRTIO, lambda at: 100 - 7 * at["vcpus"] - at["virtio"]),
    "best in the middle": (
        term.smaller(900 * VCPUS, 6000 - 300 * VCPUS),
        lambda at: min(900 * at["vcpus"], 6000 - 300 * at["vcpus"]),
    ),
    "a plateau": (term.smaller(VCPUS, 4), lambda at: min(at["vcpus"], 4)),
    "of both together": (term.smaller(VCPUS + VIRTIO, 7), lambda at: min(at["vcpus"] + at["virtio"], 7)),
    "one with a choice": (
        term.choose(is_("gic", 2), 1000 * VIRTIO, VCPUS),
        lambda at: 1000 * at["virtio"] if at["gic"] == 2 else at["vcpus"],
    ),
    "best at one number": (term.choose(is_("vcpus", 7), 5000, 2), lambda at: 5000 if at["vcpus"] == 7 else 2),
}


@pytest.mark.parametrize("name", CONFLICTS)
@pytest.mark.parametrize("seed", range(3))
def test_the_best_of_all_guests_is_shown_whatever_was_found(name: str, seed: int) -> None:
    chance = Random(f"{name} {seed}")
    terms, numbers = CONFLICTS[name]
    condition: Truth = False
    while not (guests := failing(condition)):
        condition = random_condition(chance)
    regimes, solver = Regimes(ONE, condition), Solver(ONE.assumptions)
    if seed:
        regimes.learn(solver)
    assert best(regimes, terms, solver, chance.choice(guests)) == worst(guests, numbers)


@pytest.mark.parametrize("seed", range(40))
def test_without_the_solver_the_end_of_a_run_or_of_its_plateau_is_shown(seed: int) -> None:
    """Regimes are exact here, and each count adds to the conflict what never falls as it grows: then this is the best."""
    chance = Random(seed)
    condition: Truth = False
    while not (guests := failing(condition)):
        condition = random_condition(chance)
    regimes = Regimes(ONE, condition)
    assert regimes.learn(Solver(ONE.assumptions))[1] == ""
    most = {name: chance.randrange(10) for name in regimes.counts}
    terms: Number = 1
    for name, bound in most.items():
        terms = terms + term.smaller(var(name), bound)

    def numbers(at: Configuration) -> int:
        return 1 + sum(min(at[name], bound) for name, bound in most.items())

    least = max(guests, key=lambda each: (-numbers(each), preference(each)))
    assert best(regimes, terms, GivesUp(), least) == worst(guests, numbers)  # type: ignore[arg-type]


def guest(**values: int) -> dict[str, int]:
    return {"ipa_bits": 32, "gic": 3, "vcpus": 1, "acpi": 0, "virtio": 0, "guest": 0, **values}


def test_a_guess_in_which_nothing_fails_is_not_shown() -> None:
    """Nobody has told the regimes that 4 vCPUs are none of them, and with 4 the conflict is as large as with 7."""
    regimes = Regimes(ONE, term.negate(is_("vcpus", 4)))
    found = guest(vcpus=7)
    assert best(regimes, term.smaller(VCPUS, 4), GivesUp(), found) == found  # type: ignore[arg-type]


def test_a_guess_that_is_no_guest_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A vGICv2 serves 5 vCPUs, whatever a cell says."""
    regimes = Regimes(ONE, VCPUS >= 2)
    monkeypatch.setattr(regimes, "cells", lambda: iter([Cell({"gic": 2, "ipa_bits": 32}, ((2, 12),))]))
    found = guest(gic=2, vcpus=5)
    assert best(regimes, VCPUS, GivesUp(), found) == found  # type: ignore[arg-type]


@pytest.mark.parametrize("far", [1, 2, 3, 700, 1024])
def test_a_search_asks_some_questions_for_each_digit_whatever_the_models(far: int) -> None:
    """Each model is better by one only, where there is such: leaps double, and so halve what is left."""
    models = [guest(virtio=number) for number in range(far + 1)]
    solver = Grudging(models, lambda each: each["virtio"])
    regimes = Regimes(ONE, VIRTIO >= 0)
    assert _search(regimes, [VIRTIO], guest(virtio=far), solver) == guest()  # type: ignore[arg-type]
    assert solver.questions <= 2 * far.bit_length() + 2
