"""Hypothesis on every reader: the choices of its mutator are Hypothesis's, which makes an input that shows a defect small.

A tree is changed as a tree, a configuration by words, a mail by lines: as the harness says.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.fuzz.frame import Harness, defect
from tests.fuzz.readers import HARNESSES


@pytest.mark.hypothesis
@pytest.mark.parametrize("name", HARNESSES)
def test_no_change_of_a_seed_shows_a_defect(name: str) -> None:
    harness = HARNESSES[name]
    count = examples(max(3, harness.runs // 10))

    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def shown(data: st.DataObject) -> None:
        assert defect(harness, _made(harness, data)) is None

    shown()


def _made(harness: Harness, data: st.DataObject) -> bytes:
    """One of the seeds, changed up to three times over."""
    made = data.draw(st.sampled_from([*harness.seeds(), *harness.known()]), "seed")
    for _ in range(data.draw(st.integers(1, 3), "times")):
        chance = data.draw(st.randoms(use_true_random=False), "choices")
        made = harness.mutate(made, chance)[: harness.most_bytes]
    return made
