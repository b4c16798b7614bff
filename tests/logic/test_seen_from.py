"""A guest of one layout seen as one of another: what of each dimension it has there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.logic.test_small_spaces import small
from verifier.layout.configuration import Dimension
from verifier.logic import term
from verifier.logic.case import Case, seen_from
from verifier.logic.space import symbolic

BANKS = ((0, 64),)
FLAG = Dimension("vpci", choices=(5, 3))
"""The least is not the preferred one, and none of both is the bound of a count."""


def case(*more: Dimension) -> Case:
    space = small(BANKS, (32, 64))
    space = replace(space, dimensions={**space.dimensions, **{each.name: each for each in more}})
    return Case(space.layout, space.facts, space.layout, symbolic(space))


def test_of_what_another_space_lacks_a_guest_has_the_least() -> None:
    """Of a count, and of a choice its smallest value, whichever is preferred."""
    virtio = Dimension("virtio", low=2, high=9)
    seen = seen_from(case(FLAG, virtio), case().space, "new_").symbolic
    assert (seen.variables["vpci"], seen.variables["virtio"]) == (3, 2)


@pytest.mark.parametrize("at_most", [False, True])
def test_a_choice_that_both_have_is_seen_as_it_is(*, at_most: bool) -> None:
    one = case(FLAG)
    seen = seen_from(one, one.space, "old_", at_most=at_most).symbolic
    for name, dimension in one.space.dimensions.items():
        if not dimension.is_count:
            for value in dimension.choices:
                assert term.evaluate(seen.variables[name], {name: value}) == value


@pytest.mark.parametrize(("at_most", "expected"), [(False, [1, 2, 3, 8]), (True, [1, 2, 2, 2])])
def test_more_vcpus_than_a_vgic_v2_serves_count_as_those_that_it_serves(
    *, at_most: bool, expected: list[int]
) -> None:
    """Two here; a vGICv3 serves the three that the release allows."""
    one = case()
    vcpus = seen_from(one, one.space, "old_", at_most=at_most).symbolic.variables["vcpus"]
    assert [term.evaluate(vcpus, {"gic": 2, "vcpus": count}) for count in (1, 2, 3, 8)] == expected
    assert term.evaluate(vcpus, {"gic": 3, "vcpus": 8}) == (3 if at_most else 8)


def test_kinds_of_guests_that_are_not_counted_alike_cannot_be_compared() -> None:
    """The second kind of the one would be taken for the second of the other."""
    one, other = case(), case().space
    facts = replace(other.facts, arch="arm32", guests=("aarch32-lpae",))
    with pytest.raises(ValueError, match=r"^guests of arm64 and arm32 cannot be compared$"):
        seen_from(one, replace(other, facts=facts), "old_")
