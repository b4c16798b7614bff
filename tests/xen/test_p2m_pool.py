"""Pages for page tables: off domain_p2m_pages, and tables counted one by one for stretches at the worst places."""

from __future__ import annotations

import pytest

from tests.xen.nodes import GIB, node
from tests.xen.test_bank_runs import M
from verifier.xen.p2m_pool import is_enough_for_any, mib, pages, pool_pages, tables_at_most, wanted_pages

PAGE = 4096


@pytest.mark.parametrize(
    ("memory", "vcpus", "wanted", "pool"),
    [
        # 256 for each vCPU, one for each whole MiB, 128 more; a pool is whole MiB, of 256 pages.
        (0, 0, 128, 256),
        (M - 1, 0, 128, 256),
        (M, 0, 129, 256),
        (128 * M, 0, 256, 256),
        (129 * M, 0, 257, 512),
        (0, 1, 384, 512),
        (128 * M, 1, 512, 512),
        (129 * M, 2, 769, 1024),
        (GIB, 3, 1920, 2048),
    ],
)
def test_what_a_domain_is_reckoned_to_need(memory: int, vcpus: int, wanted: int, pool: int) -> None:
    assert (wanted_pages(memory, vcpus), pool_pages(memory, vcpus)) == (wanted, pool)
    assert pages(node(memory=memory, cpus=vcpus)) == pool
    assert pages(node(memory=memory, cpus=vcpus, p2m_mib=3)) == 768
    assert pages(node(memory=memory, cpus=vcpus, p2m_mib=0)) == 0


def test_a_node_that_does_not_say() -> None:
    """A vCPU would make 512 of 256."""
    assert pages(node(memory=None, cpus=None)) == 256
    assert pages(node(memory=129 * M, cpus=None)) == 512
    assert pages(node(memory=None, cpus=2)) == 768


@pytest.mark.parametrize(("count", "expected"), [(0, 0), (1, 1), (256, 1), (257, 2), (512, 2), (513, 3)])
def test_whole_mib(count: int, expected: int) -> None:
    assert mib(count) == expected


def tables(start: int, size: int) -> int:
    """Tables of the three levels below the root that have an entry of the pages of a stretch."""
    last = start + size - PAGE
    return sum((last >> shift) - (start >> shift) + 1 for shift in (21, 30, 39))


@pytest.mark.parametrize(
    "size",
    [PAGE, 2 * PAGE, 2 * M - PAGE, 2 * M, 2 * M + PAGE, 4 * M, GIB, GIB + PAGE, 512 * GIB, 512 * GIB + PAGE],
)
def test_tables_of_a_stretch_wherever_it_lies(size: int) -> None:
    """Whole tables, and at each level one in part on either side at most: never more than the bound."""
    middle = 1 << 41
    starts = [middle + offset - page for offset in (0, 2 * M, GIB) for page in (0, PAGE, 2 * M - PAGE)]
    assert max(tables(start, size) for start in starts) <= tables_at_most([size]) - tables_at_most([])


def test_the_bound_is_met() -> None:
    """Two pages on both sides of a bound of all three levels have a table of each on either side."""
    assert tables((1 << 41) - PAGE, 2 * PAGE) == 6 == tables_at_most([2 * PAGE]) - tables_at_most([])
    assert tables_at_most([]) == 6
    assert tables_at_most([PAGE, GIB]) == 6 + 6 + 512 + 1 + 6


@pytest.mark.parametrize(
    ("vcpus", "sizes", "enough"),
    [
        # 384 pages for a vCPU: 6 of the GIC, 12 of two banks, 6 for each stretch, and one for each 2 MiB of it.
        (1, [], True),
        (0, [], True),
        (1, [2 * M * 360], True),
        (1, [2 * M * 361], False),
        (1, [2 * M * 177, 2 * M * 177], True),
        (1, [2 * M * 177, 2 * M * 178], False),
        (0, [2 * M * 104], True),
        (0, [2 * M * 105], False),
    ],
)
def test_whether_the_rest_is_enough(vcpus: int, sizes: list[int], *, enough: bool) -> None:
    assert is_enough_for_any(vcpus, sizes) is enough


def test_a_stretch_of_512_gib_fills_a_table_of_each_level() -> None:
    """512 entries a table: 2 MiB, 1 GiB and 512 GiB. Two more of each, as it may begin and end anywhere."""
    filled = (1 << 39) // (1 << 21) + (1 << 39) // (1 << 30) + 1
    assert tables_at_most([1 << 39]) - tables_at_most([]) == filled + 3 * 2
