"""Page tables of regions, counted entry by entry; superpages shattered, by every choice of pages there is."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.small_maps import STEP, all_steps, extents
from verifier.layout.adjacency import Shattered
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle
from verifier.search.adjacency import adjacency
from verifier.search.table_pages import backed, fewest, lowest, most
from verifier.xen.p2m_pool import pool_pages
from verifier.xen.p2m_root import Root

MIB, GIB, TIB = 1 << 20, 1 << 30, 1 << 40
PAGE = 4096
SETTINGS = settings(deadline=None, derandomize=True)
REACHES = {1: 512 * GIB, 2: GIB, 3: 2 * MIB}


def whole(bits: int) -> list[Extent]:
    return [Extent(0, 1 << bits)]


@SETTINGS
@given(
    st.lists(extents(longest=900), max_size=4),
    st.lists(extents(), max_size=4),
    st.sampled_from([0, 3 * GIB // 2, 512 * GIB - GIB // 2]),
    st.sampled_from([40, 42, 48]),
)
def test_tables_are_there_where_a_page_is_mapped(
    offered: list[Extent], taken: list[Extent], shift: int, bits: int
) -> None:
    moved = [Extent(each.start + shift, each.end + shift) for each in offered]
    others = [Obstacle(Extent(each.start + shift, each.end + shift), "device", "/d", "") for each in taken]
    found = adjacency(others, moved, whole(bits), bits).tables
    levels = (1, 2, 3) if bits == 48 else (2, 3)
    assert [each.level for each in found.levels] == list(levels)
    total = 0
    for each in found.levels:
        tables = {(step * STEP + shift) // REACHES[each.level] for step in all_steps(offered)}
        also = {(step * STEP + shift) // REACHES[each.level] for step in all_steps(taken)}
        assert (each.tables, each.shared, each.reach) == (
            len(tables),
            len(tables & also),
            REACHES[each.level],
        )
        total += len(tables)
    assert found.pages == total


@pytest.mark.parametrize(
    ("bits", "root"), [(32, (1, 1)), (36, (1, 1)), (40, (1, 2)), (42, (1, 8)), (44, (0, 1)), (48, (0, 1))]
)
def test_the_root_is_there_from_the_start(bits: int, root: tuple[int, int]) -> None:
    found = adjacency([], [], whole(bits), bits).tables
    assert (found.root_level, found.root_tables, found.pages) == (*root, 0)


def walked(regions: list[Extent], present: list[Extent], pages: int, levels: tuple[int, ...]) -> int:
    """Map page by page, and stop before the first for which there is no table left."""
    tables = {
        (level, address // REACHES[level])
        for each in present
        for address in range(each.start, each.end, PAGE)
        for level in levels
    }
    if len(tables) > pages:
        return 0
    mapped = 0
    for each in regions:
        for address in range(each.start, each.end, PAGE):
            tables |= {(level, address // REACHES[level]) for level in levels}
            if len(tables) > pages:
                return mapped
            mapped += PAGE
    return mapped


@SETTINGS
@given(
    st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 1200)), max_size=4),
    st.integers(0, 12),
    st.sampled_from([0, 1]),
    st.booleans(),
    st.sampled_from([0, GIB - 5 * MIB, 512 * GIB - 5 * MIB]),
)
def test_so_many_tables_back_so_much(
    shape: list[tuple[int, int]], pages: int, level: int, has_ram: bool, shift: int
) -> None:
    regions, at = [], shift
    for gap, size in shape:
        regions.append(Extent(at + gap * PAGE, at + (gap + size) * PAGE))
        at = regions[-1].end + PAGE
    ram = [Extent(at + PAGE, at + 400 * PAGE)] if has_ram else []
    levels = tuple(range(level + 1, 4))
    assert backed(regions, ram, pages, Root(level, 1)) == walked(regions, ram, pages, levels)


@pytest.mark.parametrize(
    ("memory", "vcpus", "pages"),
    [
        (2 * GIB, 2, 2816),  # 512 + 2048 + 128 = 2688 pages, of 256 a MiB: 11 MiB
        (64 * MIB, 1, 512),  # 256 + 64 + 128 = 448: 2 MiB
        (128 * MIB, 1, 512),  # exactly 2 MiB
        (129 * MIB + 4096, 1, 768),
        (129 * MIB - 4096, 1, 512),  # a part of a MiB does not count
    ],
)
def test_pool_by_hand(memory: int, vcpus: int, pages: int) -> None:
    assert pool_pages(memory, vcpus) == pages


def test_the_pool_of_a_guest_against_its_regions() -> None:
    """A guest of 2 GiB at 40 bits: 1017 GiB on offer need about 2 GiB of tables; 128 pages map 256 MiB at most."""
    ram = [Obstacle(Extent(GIB, 3 * GIB), "domain-ram", "RAM bank 0", "of d1")]
    windows = [Extent(GIB, 4 * GIB), Extent(8 * GIB, 1024 * GIB)]
    offered = [Extent(3 * GIB, 4 * GIB), Extent(8 * GIB, 1024 * GIB)]
    found = adjacency(ram, offered, windows, 40, pool=(2, None))
    assert found.tables.pages == 1017 * 512 + 1017
    pool = found.pool
    assert pool is not None
    assert (pool.memory, pool.pages, pool.extra) == (2 * GIB, 2816, 128)
    assert pool.extra_most == 256 * MIB
    assert pool.extra_backs == 127 * 2 * MIB  # one is a table of level 2
    assert pool.ram_tables == 2 * 512 + 2
    left = 2816 - pool.ram_tables
    # A GiB takes 513 tables; three of them are 1539, and 251 of the next are of level 2 and level 3.
    assert left == 3 * 513 + 251
    assert pool.left_backs == 3 * GIB + 250 * 2 * MIB
    assert pool.missing == 1017 * 513 + pool.ram_tables - 2816


def test_the_hardware_domain_has_no_pool() -> None:
    assert adjacency([], [], whole(40), 40).pool is None


def every_choice(pages: int, loose: int, large: int, huge: int, entries: int) -> list[tuple[int, int]]:
    """What each choice of pages hits; a page is known by its large entry and that by its huge one."""
    kept = [(entry, entry // entries if entry < huge * entries else None) for entry in range(large)]
    every = [(None, None)] * loose + [each for each in kept for _ in range(entries)]
    return [
        (
            len({entry for entry, _ in choice if entry is not None}),
            len({top for _, top in choice if top is not None}),
        )
        for choice in combinations(every, pages)
    ]


RAM = [
    (loose, large, huge, entries)
    for entries in (2, 3)
    for large, huge in ((0, 0), (1, 0), (3, 0), (3, 1), (4, 1), (4, 2), (5, 1))
    for loose in (0, 1, 3)
    if huge * entries <= large
]


@pytest.mark.parametrize(("loose", "large", "huge", "entries"), RAM)
def test_shattered_by_every_choice(loose: int, large: int, huge: int, entries: int) -> None:
    total = loose + large * entries
    for pages in range(min(total, 9) + 1):
        found = every_choice(pages, loose, large, huge, entries)
        least = Shattered(min(hit for hit, _ in found), min(top for _, top in found))
        worst = Shattered(max(hit for hit, _ in found), max(top for _, top in found))
        assert fewest(pages, loose, large, huge, entries) == least
        assert most(pages, loose, large, huge, entries) == worst
    assert fewest(total + 1, loose, large, huge, entries) is None
    assert most(total + 1, loose, large, huge, entries) is None


def test_a_mib_in_the_regions_or_in_ram() -> None:
    """The question of 2021: pages in a region cost a table; in RAM they shatter what was one entry.

    The RAM is 1 GiB and 3 MiB from 1 GiB on: one entry of 1 GiB, one of 2 MiB, and 256 pages.
    """
    ram = [Obstacle(Extent(GIB, 2 * GIB + 3 * MIB), "domain-ram", "RAM bank 0", "of d0")]
    found = adjacency(ram, [Extent(4 * GIB, 5 * GIB)], whole(40), 40).superpages
    assert (found.size, found.tables) == (MIB, 2)
    assert (found.ram, found.ram_is_known, found.large, found.huge) == (GIB + 3 * MIB, True, 513, 1)
    assert found.best == Shattered(0, 0)
    assert found.worst == Shattered(256, 1)
    assert found.worst.tables == 257
    more = adjacency(ram, [Extent(4 * GIB, 5 * GIB)], whole(40), 40, need=8 * MIB).superpages
    # 1 MiB of pages, the entry of 2 MiB, and three out of that of 1 GiB, the last one in part.
    assert (more.tables, more.best, more.worst) == (1 + 4, Shattered(4, 1), Shattered(513, 1))
    none = adjacency(ram, [Extent(4 * GIB, 5 * GIB)], whole(40), 40, need=2 * GIB).superpages
    assert (none.tables, none.best, none.worst) == (None, None, None)


def test_the_lowest_so_many_bytes() -> None:
    """No region is begun of which nothing is needed: it would count as a table."""
    regions = [Extent(GIB, 2 * GIB), Extent(4 * GIB + PAGE, 5 * GIB)]
    assert lowest(regions, GIB) == (Extent(GIB, 2 * GIB),)
    assert lowest(regions, GIB + PAGE) == (Extent(GIB, 2 * GIB), Extent(4 * GIB + PAGE, 4 * GIB + 2 * PAGE))
    assert adjacency([], regions, whole(40), 40, need=GIB).superpages.tables == 513


def test_ram_at_most() -> None:
    found = adjacency([], [], whole(40), 40, most_ram=[Extent(GIB + 1, GIB + 64 * MIB)]).superpages
    assert (found.ram, found.ram_is_known, found.large) == (64 * MIB - PAGE, False, 31)


def test_a_given_amount_of_ram_somewhere() -> None:
    """128 MiB (dom0_mem) in a host's 3 GiB: 64 entries of 2 MiB and none of 1 GiB, whatever the host could have."""
    host = [Extent(GIB, 4 * GIB)]
    found = adjacency([], [], whole(40), 40, most_ram=host, amount=128 * MIB).superpages
    assert (found.ram, found.ram_is_known, found.large, found.huge) == (128 * MIB, False, 64, 0)
    more = adjacency([], [], whole(40), 40, most_ram=host, amount=8 * GIB).superpages
    assert (more.ram, more.large, more.huge) == (3 * GIB, 1536, 3)
