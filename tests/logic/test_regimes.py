"""Regimes are exact, or say that they are not; the shown counterexample is the best there is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from verifier.layout.box import Box
from verifier.layout.configuration import Dimension, Space
from verifier.layout.facts import Fact, Facts, Width
from verifier.layout.layout import Layout
from verifier.logic import regimes as regimes_module
from verifier.logic import term
from verifier.logic.case import case_of
from verifier.logic.decide import Decider, Fails, Holds, Obligation, Undecided
from verifier.logic.regimes import Regimes, first_change
from verifier.logic.solver import Answer, Solver
from verifier.logic.space import Symbolic, symbolic
from verifier.logic.term import Truth
from verifier.reading.request import Request, load

VCPUS, VIRTIO = 40, 30


@pytest.fixture
def space() -> Symbolic:
    facts = Facts(
        "test",
        "arm64",
        4096,
        (Width(32, 1 << 39, "here"), Width(40, 1 << 40, "here")),
        ("aarch64-4k",),
        {"gicv2-vcpus": Fact(8, "here"), "extended-regions": Fact(0, "here")},
    )
    dimensions = [
        Dimension("ipa_bits", choices=(32, 40)),
        Dimension("gic", choices=(3, 2), labels=("v3", "v2")),
        Dimension("vcpus", low=1, high=VCPUS),
        Dimension("vpci", choices=(0, 1)),
        Dimension("virtio", low=0, high=VIRTIO),
        Dimension("guest", choices=(0,), labels=("aarch64-4k",)),
    ]
    layout = Layout("test", {}, (), (), (), (), {}, ())
    return symbolic(Space(facts, layout, {dimension.name: dimension for dimension in dimensions}))


def var(name: str) -> term.Term:
    return term.variable(name)


SHAPES: dict[str, Callable[[], Truth]] = {
    "an interval inside": lambda: term.both(var("vcpus") >= 10, var("vcpus") <= 12),
    "two intervals": lambda: term.either(term.equal(var("vcpus"), 5), var("vcpus") > 30),
    "a choice": lambda: term.equal(var("vpci"), 1),
    "a rectangle of two counts": lambda: term.both(var("vcpus") > 3, var("virtio") >= 1, var("virtio") < 9),
    "two rectangles": lambda: term.either(
        term.both(var("vcpus") > 20, var("virtio") > 20), term.both(var("vcpus") < 5, var("virtio") < 5)
    ),
    "a choice and a count": lambda: term.either(
        term.both(term.equal(var("ipa_bits"), 32), var("virtio") > 3),
        term.both(term.equal(var("vpci"), 1), var("virtio") > 10),
    ),
    "a count whose range a choice cuts": lambda: var("vcpus") >= 2,
    "staircase": lambda: term.both(var("vcpus") + var("virtio") >= 66, var("vpci") >= 0),
    "isolated points": lambda: term.either(*(term.equal(var("virtio"), value) for value in (3, 7, 11, 29))),
    "no device at the wider width": lambda: term.either(
        term.both(term.equal(var("ipa_bits"), 32), var("virtio") >= 1),
        term.both(term.equal(var("ipa_bits"), 40), term.equal(var("virtio"), 0)),
    ),
    "all but one": lambda: term.negate(term.equal(var("virtio"), 17)),
}


def points(space: Symbolic) -> list[dict[str, int]]:
    dimensions = space.space.dimensions
    ranges = [
        range(each.low, each.high + 1) if each.is_count else each.choices for each in dimensions.values()
    ]
    found = [dict(zip(dimensions, values, strict=True)) for values in product(*ranges)]
    return [point for point in found if space.space.admits(point)]


@pytest.mark.parametrize("shape", SHAPES)
def test_boxes_are_exactly_the_failing_set(space: Symbolic, shape: str) -> None:
    condition = SHAPES[shape]()
    boxes, doubt = Regimes(space, condition).learn(Solver(space.assumptions))
    assert doubt == ""
    for point in points(space):
        assert any(box.holds(point) for box in boxes) == bool(term.evaluate(condition, point)), point


def test_equal_answers_are_united(space: Symbolic) -> None:
    boxes, _ = Regimes(space, term.both(var("vcpus") >= 0, term.equal(var("gic"), 2))).learn(
        Solver(space.assumptions)
    )
    assert boxes == (Box({"gic": (2,)}),)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("worth", ["one", "count", "falling", "peak"])
def test_the_counterexample_is_the_best(space: Symbolic, shape: str, worth: str) -> None:
    """Also where the conflict does not grow with the counts, which the guess counts on."""
    condition = SHAPES[shape]()
    conflict = {
        "one": 1,
        "count": 5 + var("vcpus"),
        "falling": 100 - var("virtio"),
        "peak": term.choose(var("virtio") < 10, 50 + var("virtio"), 69 - var("virtio")),
    }[worth]
    outcome = Decider(space).decide([Obligation(("subject",), condition, conflict)])[0]
    assert isinstance(outcome, Fails)

    def key(point: dict[str, int]) -> tuple[int, ...]:
        gic = {3: 0, 2: 1}[point["gic"]]
        return (
            -term.evaluate(conflict, point),
            point["vpci"] + (point["virtio"] > 0),
            point["ipa_bits"],
            gic,
            point["vcpus"],
            point["virtio"],
            point["guest"],
            point["vpci"],
        )

    wanted = min((point for point in points(space) if term.evaluate(condition, point)), key=key)
    assert outcome.worst == wanted


def test_too_many_boxes_are_not_exact(space: Symbolic) -> None:
    comb = term.either(
        *(term.equal(var("vcpus"), value) for value in range(1, VCPUS, 2)),
        *(term.equal(var("virtio"), value) for value in range(1, VIRTIO, 2)),
    )
    outcome = Decider(space).decide([Obligation(("subject",), comb)])[0]
    assert isinstance(outcome, Fails)
    assert not outcome.exact
    assert len(outcome.regimes) == 32


def test_a_learner_that_runs_out_of_rounds_says_so(space: Symbolic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regimes_module, "MOST_ROUNDS", 1)
    _, doubt = Regimes(space, SHAPES["isolated points"]()).learn(Solver(space.assumptions))
    assert doubt == "more than 1 rounds"


def test_outcomes_keep_their_order_and_are_counted(space: Symbolic) -> None:
    decider = Decider(space)
    outcomes = decider.decide(
        [
            Obligation(("a",), var("vcpus") > VCPUS),
            Obligation(("b",), False),
            Obligation(("c",), var("virtio") > 2),
            Obligation(("d",), True),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [Holds, Holds, Fails, Fails]
    assert [outcome.obligation.subjects for outcome in outcomes] == [("a",), ("b",), ("c",), ("d",)]
    assert (decider.arithmetic, decider.z3) == (2, 2)


def test_a_solver_that_gives_up_leaves_it_undecided(space: Symbolic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.logic.solver.RESOURCE_LIMIT", 1)
    sum_, difference = 3 * var("vcpus") + 5 * var("virtio"), 7 * var("vcpus") - 2 * var("virtio")
    hard = term.both(
        sum_ > 60, difference < 90, term.either(difference > 80, sum_ < 62), term.equal(sum_ + 3, difference)
    )
    outcomes = Decider(space).decide([Obligation(("a",), hard)])
    assert isinstance(outcomes[0], Undecided)
    assert outcomes[0].reason.startswith("the solver gave up")


class Tired:
    """A solver that answers the first questions and then gives up."""

    def __init__(self, solver: Solver, answers: int) -> None:
        self._solver, self._answers = solver, answers

    def ask(self, condition: Truth) -> Answer:
        self._answers -= 1
        return self._solver.ask(condition) if self._answers >= 0 else Answer("unknown", {}, "tired")


@pytest.mark.parametrize("answers", range(12))
def test_a_solver_that_gives_up_leaves_the_counterexample_it_found(answers: int) -> None:
    """A band in the middle of memory, which no corner of the space meets."""
    case = case_of(*_loaded("xen-4.22"))
    memory = case.symbolic.variables["memory"]
    band = term.both(memory >= 1000, memory <= 1003)
    decider = Decider(case.symbolic)
    found = decider.solver.ask(band).model
    decider._solver = Tired(decider.solver, answers)  # type: ignore[assignment]
    failure = decider._fails(Obligation(("GUEST_RAM0",), band), found)
    assert 1000 <= failure.worst["memory"] <= 1003
    assert failure.exact <= (answers > 1)


def _loaded(name: str) -> tuple[Layout, Facts, Layout]:
    loaded = load(Request(name))
    return loaded.layout, loaded.facts, loaded.baseline


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 2), (0, 7), (5, 1 << 40)])
def test_the_first_change_is_found_in_as_many_steps_as_it_has_bits(low: int, high: int) -> None:
    """Wherever it is: at the next number, at the last one, and in the middle."""
    for edge in {low + 1, high, (low + high + 1) // 2}:
        asked: list[int] = []

        def holds(value: int, edge: int = edge, asked: list[int] = asked) -> bool:
            asked.append(value)
            return value >= edge

        assert first_change(low, high, holds) == edge
        assert all(low <= value < high for value in asked)
        assert len(asked) <= (high - low).bit_length() + 1
