"""Regions by a log against predicted ones, one by one."""

from __future__ import annotations

import pytest

from verifier.layout.boot import DomainLog, Stretch
from verifier.layout.domain_map import Difference, DomainMap, Extent, Observed
from verifier.xen.log_differences import differences, observed

Pairs = tuple[tuple[int, int], ...]
A, B, C = (0x1000, 0x2000), (0x3000, 0x4000), (0x5000, 0x6000)


def logged(pairs: Pairs, *, complete: bool = True) -> DomainLog:
    return DomainLog("d3", extended=tuple(Stretch(*each, 1) for each in pairs), complete=complete)


@pytest.mark.parametrize(
    ("predicted", "printed", "complete", "expected"),
    [
        ((A, B), (A, B), True, []),
        ((), (), True, []),
        (None, (), True, []),
        (None, (A,), True, [(0, None, A)]),
        ((A, B), (A, C), True, [(1, B, C)]),
        ((A, B), (B, A), True, [(0, A, B), (1, B, A)]),
        ((A, B), (A,), True, [(1, B, None)]),
        ((A,), (A, B, C), True, [(1, None, B), (2, None, C)]),
        ((A, (0x3000, 0x4001)), (A, B), True, [(1, (0x3000, 0x4001), B)]),
        # The log ends with a region: what would follow is not known, what is there counts.
        ((A, B), (A,), False, []),
        ((A, B), (C,), False, [(0, A, C)]),
        ((A,), (A, B), False, [(1, None, B)]),
    ],
)
def test_differences_by_index(
    predicted: Pairs | None,
    printed: Pairs,
    expected: list[tuple[int, tuple[int, int] | None, tuple[int, int] | None]],
    *,
    complete: bool,
) -> None:
    regions = None if predicted is None else tuple(Extent(*each) for each in predicted)
    ours = DomainMap("d1", None, 40, True, "f", None, None, regions, None, True, ())
    assert differences(ours, logged(printed, complete=complete)) == tuple(
        Difference("d1", index, mine and Extent(*mine), theirs and Extent(*theirs))
        for index, mine, theirs in expected
    )


def test_what_a_log_says() -> None:
    grant = Stretch(0x7000, 0x9000, 2)
    printed = DomainLog("d3", grant_table=grant, extended=(Stretch(*A, 1), Stretch(*B, 4)))
    assert observed(printed) == Observed(Extent(0x7000, 0x9000), (Extent(*A), Extent(*B)))
    assert observed(DomainLog("d3")) == Observed(None, ())
