"""Boxes and cells of regimes in small spaces, where every configuration is asked one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from random import Random

import pytest

from verifier.layout.box import Box
from verifier.layout.configuration import Configuration, Dimension, Space
from verifier.layout.facts import Fact, Facts, Width
from verifier.layout.layout import Layout
from verifier.logic import term
from verifier.logic.regimes import Cell, Regimes, _Grid
from verifier.logic.solver import Solver
from verifier.logic.space import Symbolic, symbolic
from verifier.logic.term import Truth

VCPUS, VIRTIO = 12, 6
GRID = 1 << 40


def small(served: int = 5) -> Symbolic:
    """A vGICv2 serves so many vCPUs; there is no RAM."""
    facts = Facts(
        "test",
        "arm64",
        4096,
        (Width(32, 1 << 39, "here"), Width(40, 1 << 40, "here")),
        ("aarch64-4k", "aarch32-short"),
        {"gicv2-vcpus": Fact(served, "here"), "extended-regions": Fact(0, "here")},
    )
    dimensions = (
        Dimension("ipa_bits", choices=(32, 40)),
        Dimension("gic", choices=(3, 2), labels=("v3", "v2")),
        Dimension("vcpus", low=1, high=VCPUS),
        Dimension("acpi", choices=(0, 1)),
        Dimension("virtio", low=0, high=VIRTIO),
        Dimension("guest", choices=(0, 1), labels=facts.guests),
    )
    layout = Layout("test", {}, (), (), (), (), {}, ())
    return symbolic(Space(facts, layout, {each.name: each for each in dimensions}))


def var(name: str) -> term.Term:
    return term.variable(name)


def is_(name: str, value: int) -> Truth:
    return term.equal(var(name), value)


def configurations(space: Space) -> Iterator[dict[str, int]]:
    """All guests, by the words of the space: few vCPUs with a vGICv2, ACPI for 64 bits only."""
    for values in product((32, 40), (3, 2), range(1, VCPUS + 1), (0, 1), range(VIRTIO + 1), (0, 1)):
        found = dict(zip(("ipa_bits", "gic", "vcpus", "acpi", "virtio", "guest"), values, strict=True))
        served = VCPUS if found["gic"] == 3 else space.facts["gicv2-vcpus"]
        if found["vcpus"] <= served and not (found["acpi"] and found["guest"] == 1):
            yield found


def random_condition(chance: Random, depth: int = 2) -> Truth:
    if depth:
        parts = [random_condition(chance, depth - 1) for _ in range(chance.randrange(1, 4))]
        made = chance.choice((term.both, term.either))(*parts)
        return term.negate(made) if chance.random() < 0.3 else made
    name, values = chance.choice(
        (
            ("ipa_bits", (32, 40)),
            ("gic", (3, 2)),
            ("acpi", (0, 1)),
            ("guest", (0, 1)),
            ("virtio", range(VIRTIO + 1)),
            ("virtio", range(VIRTIO + 1)),
            ("vcpus", range(VCPUS + 1)),
            ("vcpus", range(VCPUS + 1)),
        )
    )
    number = var("vcpus") + var("virtio") if chance.random() < 0.2 else var(name)
    value = chance.choice(values)
    return chance.choice((term.equal(number, value), number <= value, number >= value))


def inside(cell: Cell, counts: tuple[str, ...], of: Configuration) -> bool:
    return all(of[name] == value for name, value in cell.chosen.items()) and all(
        low <= of[name] <= high for name, (low, high) in zip(counts, cell.runs, strict=True)
    )


AGREE: Mapping[str, Truth] = {
    "two choices that are alike": term.either(
        term.both(is_("gic", 2), is_("acpi", 1)), term.both(is_("gic", 3), is_("acpi", 0))
    ),
    "three choices": term.either(
        term.both(is_("ipa_bits", 32), is_("gic", 2), is_("guest", 1)),
        term.both(is_("ipa_bits", 40), is_("gic", 2), is_("guest", 0)),
        term.both(is_("ipa_bits", 40), is_("gic", 3), is_("guest", 1)),
    ),
}


@pytest.mark.parametrize("made", [*AGREE, *(str(seed) for seed in range(25))])
def test_boxes_and_cells_are_what_each_configuration_says(made: str) -> None:
    """Cells do not meet: each guest in whom the condition holds lies in one, and no other guest in any."""
    one = small()
    condition = AGREE.get(made)
    if condition is None:
        condition = random_condition(Random(int(made)))
    regimes = Regimes(one, condition)
    boxes, doubt = regimes.learn(Solver(one.assumptions))
    assert doubt == ""
    cells = list(regimes.cells())
    for of in configurations(one.space):
        holds = bool(term.evaluate(condition, of))
        assert any(box.holds(of) for box in boxes) == holds, of
        assert sum(inside(cell, regimes.counts, of) for cell in cells) == holds, of
    for cell in cells:
        for name, (low, high) in zip(regimes.counts, cell.runs, strict=True):
            least, most = one.space.bounds(name, cell.chosen)
            assert least <= low <= high <= most


def test_a_column_beside_a_shorter_one_is_one_box() -> None:
    """Where the corner ends, virtio is cut for all vCPUs; that makes no two boxes of the column of many vCPUs.

    A vGICv2 has no guest in the column, so the box says that it is of vGICv3.
    """
    one = small()
    condition = term.either(var("vcpus") > 8, term.both(var("vcpus") < 3, var("virtio") < 2))
    regimes = Regimes(one, condition)
    boxes, doubt = regimes.learn(Solver(one.assumptions))
    assert doubt == ""
    assert boxes == (
        Box({}, {"vcpus": (1, 2), "virtio": (0, 1)}),
        Box({"gic": (3,)}, {"vcpus": (9, VCPUS)}),
    )
    cells = sorted((cell.chosen["gic"], cell.runs) for cell in regimes.cells())
    assert cells == [(2, ((1, 2), (0, 1))), (3, ((1, 2), (0, 1))), (3, ((9, VCPUS), (0, VIRTIO)))]


@pytest.mark.parametrize(
    ("served", "boxes"),
    [
        (0, (Box({"gic": (3,)}, {"vcpus": (1, 1)}),)),
        (1, (Box({"gic": (2,)}), Box({"gic": (3,)}, {"vcpus": (1, 1)}))),
        (2, (Box({}, {"vcpus": (1, 1)}),)),
    ],
)
def test_a_choice_may_leave_one_value_of_a_count_or_none(served: int, boxes: tuple[Box, ...]) -> None:
    """One vCPU is all that a vGICv2 may serve, and then each of its guests has one; if it serves none, no guest has it."""
    one = small(served)
    regimes = Regimes(one, var("vcpus") <= 1)
    assert regimes.learn(Solver(one.assumptions)) == (boxes, "")
    gics = [cell.chosen["gic"] for cell in regimes.cells()]
    assert sorted(gics) == ([2, 3] if served else [3])


@pytest.mark.parametrize("border", [1, 2, 77, GRID // 2, GRID - 1, GRID])
def test_a_border_in_a_large_range_is_bisected(border: int) -> None:
    """Of 2**40 values in some hundred questions to plain integers, of both counts, before any solver is asked."""
    asked: list[tuple[int, ...]] = []

    def holds(point: tuple[int, ...]) -> bool:
        asked.append(point)
        return point[0] >= border and point[1] >= 3

    assert _Grid((), ((0, GRID), (0, 9)), holds).blocks() == [((border, GRID), (3, 9))]
    assert len(asked) < 200
    assert all(0 <= first <= GRID and 0 <= second <= 9 for first, second in asked)
