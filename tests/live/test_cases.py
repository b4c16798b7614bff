"""Boots of real Xen by hand: it does what its code says, and what `verifier host` says."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.live.boot import boot
from tests.live.cases import CASES, Case
from tests.live.compare import compare
from tests.live.packages import Tools
from tests.live.source import scene
from tests.live.stop_cases import STOPS

ALL = (*CASES, *STOPS)


def test_there_are_enough() -> None:
    assert len(ALL) >= 80
    assert max(Counter(case.name for case in ALL).values()) == 1
    assert max(Counter(case.why for case in ALL).values()) == 1


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_real_xen_agrees(case: Case, tools: Tools) -> None:
    """With what was worked out by hand, and with what is predicted; whatever a domain can read is compared as well."""
    made = scene(case.board)
    booted = boot(tools, made)
    found = compare(made.blob(), booted)
    log = booted.log.decode("utf-8", "replace")
    assert not found.mismatches, log
    assert found.starved == case.starves
    assert found.built == case.built, log
    assert [line for line in case.prints if line not in log] == []
    assert [line for line in case.lacks if line in log] == []
    if case.built:
        assert found.open == ()
        assert found.domains == found.read == made.kernels
