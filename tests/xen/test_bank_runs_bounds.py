"""Runs of allocate_memory_11 on both sides of what it decides, by hand from its code; how blocks are picked is told."""

from __future__ import annotations

import pytest

from tests.xen.test_bank_runs import M
from verifier.layout.domain_map import Extent
from verifier.xen.bank_runs import _Heap, _lowest, aligned, runs

G = 1 << 30
PAGE = 4096
LIMIT = G << 16
"""Bytes of as many of the largest blocks as runs hold."""


def mib(*ranges: tuple[int, int]) -> tuple[Extent, ...]:
    return tuple(Extent(start * M, end * M) for start, end in ranges)


@pytest.mark.parametrize(("free", "told"), [
    ([Extent(G, G + LIMIT)], True),
    ([Extent(G, G + LIMIT + PAGE)], False),
    ([Extent(G, 2 * G), Extent(LIMIT, 2 * LIMIT - G)], True),
    ([Extent(G, 2 * G), Extent(LIMIT, 2 * LIMIT)], False),
    # Far away is not much.
    ([Extent(2 * LIMIT, 2 * LIMIT + G)], True),
])  # fmt: skip
def test_runs_are_told_of_64_tib_of_ram(free: list[Extent], *, told: bool) -> None:
    assert bool(list(runs(free, 128 * M, 32))) is told


@pytest.mark.parametrize(("start", "end", "expected"), [
    (0, 8, [0, 4]), (1, 8, [4]), (0, 7, [0]), (1, 7, []), (0, 9, [0, 4]), (4, 8, [4]), (5, 8, []), (0, 3, []),
])  # fmt: skip
def test_blocks_lie_in_a_run_and_begin_at_multiples(start: int, end: int, expected: list[int]) -> None:
    assert list(aligned(Extent(start, end), 4)) == expected


def test_behind_a_first_bank_in_low_memory_the_rest_is_looked_for_there() -> None:
    """300 MiB: 256, then 32, 8 and 4 below 2^32, though there is a zone above."""
    assert list(runs(mib((1024, 1536), (4096, 5120)), 300 * M, 32)) == [
        mib((1024, 1324)),
        mib((1236, 1536)),
        mib((1024, 1280), (1472, 1480), (1484, 1488), (1504, 1536)),
    ]


def test_sizes_down_to_the_least_first_one_are_looked_for_in_low_memory() -> None:
    """512 MiB: 256 and 128 are there below 2^32, of which nothing less than 128 is looked for; the rest is above."""
    free = mib((1024, 1280), (1536, 1664), (4096, 4352))
    assert set(runs(free, 512 * M, 32)) == {
        mib((1024, 1280), (1536, 1664), (4096, 4224)),
        mib((1024, 1280), (1536, 1664), (4224, 4352)),
    }
    # Less than that is not: 256 MiB that are four times 64.
    less = mib((1024, 1280), (1536, 1600), (1792, 1856), (4096, 4352))
    assert set(runs(less, 512 * M, 32)) == {mib((1024, 1280), (4096, 4352))}


def test_where_no_first_bank_is_low_none_is_looked_for_there() -> None:
    """Of 100 MiB no power of two is 128 MiB: 64, 32 and 4 come from the highest zone."""
    assert next(runs(mib((1024, 2048), (4096, 5120)), 100 * M, 32)) == mib((4096, 4196))


def test_what_has_no_bound_may_lie_anywhere() -> None:
    """MEMF_bits(0): the last zone is that of addresses of 64 bits."""
    top = Extent(1 << 63, (1 << 63) + G)
    assert set(runs([top], G, 32)) == {(top,)}


@pytest.mark.parametrize(("size", "told"), [(4 * M, True), (2 * M, False)])
def test_blocks_of_4_mib_are_the_last_that_are_looked_for(size: int, *, told: bool) -> None:
    """The second of two below the first one is refused: there are runs where the lower one is taken first."""
    one = 1024 * M
    free = tuple(Extent(start, start + size) for start in (one, one + 2 * size))
    assert list(runs(free, 2 * size, 32)) == ([free, free] if told else [])


def test_a_refused_block_is_free_again() -> None:
    """32 MiB are missing behind 128. From below, the block that was refused is met again, and Xen panics.

    From above it is the one that touches the first bank, which is taken.
    """
    free = mib((1056, 1088), (1120, 1152), (1152, 1280))
    assert list(runs(free, 160 * M, 32)) == [mib((1120, 1280))]


def test_behind_a_refused_block_all_is_looked_for_above() -> None:
    """96 MiB are missing behind 128: 64 below them are refused, though 32 would touch the bank and be taken."""
    free = mib((1024, 1088), (1120, 1152), (1152, 1280), (4096, 4192))
    assert set(runs(free, 224 * M, 32)) == {mib((1152, 1280), (4096, 4192))}


def test_quarters_that_are_free_are_one_block() -> None:
    heap = _Heap(_lowest)
    for start in (1024, 1088, 1120, 1056):
        heap.give(start * M, 32 * M)
    assert {size: starts for size, starts in heap.free.items() if starts} == {128 * M: {1024 * M}}
