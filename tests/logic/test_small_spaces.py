"""Small spaces as terms, where every configuration is asked one by one: banks of odd sizes, widths that end anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from random import Random

import pytest

from verifier.layout.configuration import Space, space_of
from verifier.layout.define import Define, Number
from verifier.layout.facts import Fact, Facts, Width
from verifier.layout.layout import Layout
from verifier.layout.origin import Origin
from verifier.layout.region import Bank, Region, When
from verifier.logic import term
from verifier.logic.space import complete, most, symbolic

HERE = Origin("here", 1)
PAGE = 4
MEMORY = 40
"""Bytes that a guest may have at most, unless a header sets no bound."""
SERVED = 2

Window = tuple[int, int | None]
"""Start and size."""


def small(banks: Sequence[Window], reaches: Sequence[int], gics: tuple[int, ...] = (2, 3)) -> Space:
    """Widths are 5, 6, ... bits, whatever is reached at each."""
    defines = {"RAM_MAX": Define("RAM_MAX", Number(MEMORY), "", HERE)}
    layout = Layout(
        "test",
        defines,
        (),
        tuple(Region(f"R{gic}", 90, 91, "mmio", HERE, "B", "S", When("gic", gic)) for gic in gics),
        tuple(Bank(f"RAM{index}", *each, HERE, "B", "S") for index, each in enumerate(banks)),
        (),
        {"RAM_MAX": "ram-maximum"},
        (),
    )
    numbers = {
        "gicv2-vcpus": Fact(SERVED, "here"),
        "max-vcpus": Fact(3, "here"),
        "extended-regions": Fact(0, "here"),
    }
    widths = tuple(Width(5 + index, reach, "here") for index, reach in enumerate(reaches))
    return space_of(layout, Facts("test", "arm64", PAGE, widths, ("aarch64-4k",), numbers))


def points(space: Space) -> Iterator[dict[str, int]]:
    """All configurations and those one beyond the bounds of counts."""
    ranges = [
        range(each.low - 1, each.high + 2) if each.is_count else each.choices
        for each in space.dimensions.values()
    ]
    for values in product(*ranges):
        yield dict(zip(space.dimensions, values, strict=True))


def bytes_of(banks: Sequence[Window], memory: int) -> list[int]:
    """How many bytes of each bank have RAM, put there one after the other."""
    used = [0 for _ in banks]
    for _ in range(memory):
        for index, (_, size) in enumerate(banks):
            if size is None or used[index] < size:
                used[index] += 1
                break
    return used


def is_built(banks: Sequence[Window], reach: int, memory: int) -> bool:
    """Whether the last byte of each bank that has any is reached."""
    return all(
        not used or start + used <= reach
        for (start, _), used in zip(banks, bytes_of(banks, memory), strict=True)
    )


BY_HAND: dict[str, tuple[tuple[Window, ...], tuple[int, ...]]] = {
    # Two pages are one byte more than the first bank holds, and nothing of the second is reached at 5 bits.
    "a byte in the second bank": (((4, 7), (32, 16)), (31, 32, 33, 36, 64)),
    "a bank beyond the first width": (((0, 8), (32, 8)), (16, 40)),
    "a bank without a size": (((8, None),), (24, 25, 64)),
    "one without a size before others": (((0, 6), (8, None), (64, 9)), (20, 65, 99)),
    "one width": (((4, 8),), (8,)),
}


def at_random(seed: int) -> tuple[tuple[Window, ...], tuple[int, ...]]:
    chance = Random(seed)
    banks: list[Window] = []
    start = 0
    for _ in range(chance.randint(1, 3)):
        start += chance.randint(0, 9)
        size = chance.randint(1, 14)
        banks.append((start, size))
        start += size
    return tuple(banks), tuple(chance.randint(start // 2, start + 4) for _ in range(chance.randint(1, 3)))


CASES = {**BY_HAND, **{f"seed {seed}": at_random(seed) for seed in range(12)}}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("gics", [(2, 3), (3,), (2,)])
def test_assumptions_admit_what_is_built_and_nothing_else(case: str, gics: tuple[int, ...]) -> None:
    """Whether by bytes put into banks one by one: of memory, of vCPUs that the vGIC serves."""
    banks, reaches = CASES[case]
    space = small(banks, reaches, gics)
    assumptions = symbolic(space).assumptions
    built = {
        (bits, memory)
        for bits, reach in enumerate(reaches, 5)
        for memory in range(1, MEMORY // PAGE + 1)
        if is_built(banks, reach, memory * PAGE)
    }
    few = range(1, SERVED + 1)
    many = range(1, 4)
    for of in points(space):
        admitted = (of["ipa_bits"], of["memory"]) in built and of["vcpus"] in (
            few if of["gic"] == 2 else many
        )
        assert bool(term.evaluate(assumptions, of)) == admitted, of


@pytest.mark.parametrize("case", CASES)
def test_a_bank_is_there_from_its_first_byte(case: str) -> None:
    banks, reaches = CASES[case]
    terms = symbolic(small(banks, reaches))
    for memory in range(MEMORY // PAGE + 1):
        of = {"memory": memory}
        found = [
            (e.start, term.evaluate(e.end, of), bool(term.evaluate(e.present, of)))
            for e in terms.used_banks()
        ]
        assert found == [
            (start, start + used, used > 0)
            for (start, _), used in zip(banks, bytes_of(banks, memory * PAGE), strict=True)
        ]


@pytest.mark.parametrize("case", CASES)
def test_the_most_memory_of_a_width_is_the_last_that_is_built(case: str) -> None:
    banks, reaches = CASES[case]
    found = most(small(banks, reaches), "memory")
    for bits, reach in enumerate(reaches, 5):
        built = [pages for pages in range(MEMORY // PAGE + 1) if is_built(banks, reach, pages * PAGE)]
        assert (found if isinstance(found, int) else term.evaluate(found, {"ipa_bits": bits})) == max(built)


def test_a_dimension_that_is_fixed_is_no_variable_but_is_bounded_as_one() -> None:
    """A vGICv2 serves two vCPUs, however many are given; they may be given by a variable of whoever asks."""
    space = small(((4, 8),), (64,))
    free = {"ipa_bits": 5, "memory": 1, "gic": 2, "guest": 0}
    for count, admitted in ((1, True), (2, True), (3, False)):
        terms = symbolic(space, fixed={"vcpus": count})
        assert terms.variables["vcpus"] == count
        assert "vcpus" not in term.variables(terms.assumptions)
        assert bool(term.evaluate(terms.assumptions, free)) is admitted
    twice = symbolic(space, fixed={"vcpus": 2 * term.variable("virtio")})
    assert bool(term.evaluate(twice.assumptions, {**free, "virtio": 1}))
    assert not term.evaluate(twice.assumptions, {**free, "virtio": 0})


def test_what_is_left_open_is_what_is_preferred_whatever_its_number() -> None:
    space = small(((4, 8),), (64,))
    for preferred in ((1, 0), (0, 1)):
        flag = replace(space.dimensions["gic"], name="vpci", choices=preferred, labels=())
        assert (
            complete(replace(space, dimensions={**space.dimensions, "vpci": flag}), {})["vpci"]
            == preferred[0]
        )
