"""Which counterexample is shown: its rank in integers is that of the terms by which the solver searches."""

from __future__ import annotations

import random

import pytest

from verifier.layout.configuration import FLAGS, Space, space_of
from verifier.logic import term
from verifier.logic.optimum import _better, _levels, rank
from verifier.logic.space import complete, symbolic
from verifier.reading import models
from verifier.reading.source import open_source


def space(tag: str) -> Space:
    return space_of(open_source(f"xen-{tag}").layout(), models.facts(tag, "arm64"))


def guests(one: Space, count: int) -> list[dict[str, int]]:
    chosen = random.Random(count)
    return [
        {
            name: chosen.randint(each.low, each.high) if each.is_count else chosen.choice(each.choices)
            for name, each in one.dimensions.items()
        }
        for _ in range(count)
    ]


@pytest.mark.parametrize("tag", ["4.4.0", "4.12.4", "head"])
def test_integers_and_terms_rank_alike(tag: str) -> None:
    one = space(tag)
    conflict = 5 + 3 * term.variable("memory") - term.variable("vcpus")
    levels = _levels(symbolic(one), conflict)
    some = guests(one, 40)
    ranks = [rank(one, each, conflict) for each in some]
    assert ranks == [tuple(term.evaluate(level, each) for level in levels) for each in some]
    for known in ranks[:8]:
        better = _better(levels, known)
        assert [bool(term.evaluate(better, each)) for each in some] == [each < known for each in ranks]


@pytest.mark.parametrize("tag", ["4.4.0", "head"])
def test_a_guest_without_devices_has_none_and_each_device_counts_once(tag: str) -> None:
    """The second figure: virtio devices, however many, are one; of what a release does not know there is none."""
    one = space(tag)
    plain = complete(one, {})
    assert rank(one, plain, 0)[:2] == (0, 0)
    assert rank(one, plain, 4096)[0] == -4096
    for flag in FLAGS:
        if flag in one.dimensions:
            assert rank(one, {**plain, flag: 1}, 0)[1] == 1
    if "virtio" in one.dimensions:
        assert [rank(one, {**plain, "virtio": many}, 0)[1] for many in (1, 2, 7)] == [1, 1, 1]
