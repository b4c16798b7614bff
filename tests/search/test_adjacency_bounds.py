"""Adjacency on both sides of its bounds, by hand: entries of tables, spaces that begin high, what is known of a domain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import GUEST, NO_IOMMU, SOUND, obstacle
from verifier.layout.adjacency import Edge
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle
from verifier.search.adjacency import adjacency, of_offer

PAGE, MIB, GIB = 1 << 12, 1 << 20, 1 << 30


@pytest.mark.parametrize(
    ("start", "shared"),
    [
        (2 * MIB - PAGE, ["same 2 MiB entry"]),
        (2 * MIB, ["same 1 GiB entry"]),
        (GIB - PAGE, ["same 1 GiB entry"]),
        (GIB, []),
    ],
)
@pytest.mark.parametrize("base", [0, 7 * GIB])
def test_an_entry_ends_where_the_next_one_begins(start: int, shared: list[str], base: int) -> None:
    """Entries of 4 KiB granules: 512 pages, and 512 times as much; of two pages, the lower one begins an entry."""
    pair = [
        obstacle(base + at, base + at + PAGE, path=path) for at, path in ((PAGE, "/low"), (start, "/high"))
    ]
    found = adjacency(pair, [], [], 40).edges
    size = start - 2 * PAGE
    assert found == tuple(Edge("/low", "/high", kind, size) for kind in ("separated", *shared))


def test_of_two_that_reach_equally_far_the_first_is_told() -> None:
    """Both end 8 KiB below the third."""
    entries = ((0, 3, "/a"), (1, 3, "/b"), (5, 6, "/c"))
    found = adjacency(
        [obstacle(low * PAGE, high * PAGE, path=path) for low, high, path in entries], [], [], 40
    )
    assert [(each.first, each.second, each.size) for each in found.edges if "same" not in each.kind] == [
        ("/a", "/b", 0),
        ("/a", "/c", 2 * PAGE),
    ]


@pytest.mark.parametrize(
    ("space", "paths"),
    [
        ([Extent(GIB, 3 * GIB)], ("/a",)),
        ([Extent(GIB, 2 * GIB), Extent(2 * GIB + 4 * MIB, 3 * GIB)], None),
        ([Extent(GIB, 2 * GIB), Extent(2 * GIB + 4 * MIB, 20 * GIB)], None),
        ([Extent(0, MIB), Extent(GIB, 3 * GIB)], ("/a",)),
    ],
    ids=["one", "two", "two, one of them larger than its address", "one above another"],
)
def test_what_divides_spaces_that_begin_high(space: list[Extent], paths: tuple[str, ...] | None) -> None:
    """A node at 2 GiB is all that lies between two parts of one space. Between two spaces there is no node to move."""
    node = [obstacle(2 * GIB, 2 * GIB + 4 * MIB, path="/a")]
    (found,) = adjacency(node, [], space, 40).barriers
    assert (found.below.end, found.above.start, found.paths) == (2 * GIB, 2 * GIB + 4 * MIB, paths)


def test_how_much_ram_there_is_counts_where_nobody_tells_which() -> None:
    """2 GiB and a page somewhere in 3 GiB have no more than two entries of 1 GiB; RAM that is known is what it is."""
    place, amount = [Extent(GIB, 4 * GIB)], 2 * GIB + PAGE
    found = adjacency([], [], [], 40, most_ram=place, amount=amount).superpages
    assert (found.ram, found.huge, found.ram_is_known) == (amount, 2, False)
    found = adjacency([], [], [], 40, most_ram=place).superpages
    assert (found.ram, found.huge, found.ram_is_known) == (3 * GIB, 3, False)
    own = obstacle(8 * GIB, 12 * GIB, "domain-ram", "RAM bank 0")
    found = adjacency([own], [], [], 40, most_ram=place, amount=amount).superpages
    assert (found.ram, found.huge, found.ram_is_known) == (4 * GIB, 4, True)


def test_a_pool_of_so_many_pages_has_no_more() -> None:
    """64 MiB of RAM take 32 tables of level 3 and one of level 2; each of 67 more maps 2 MiB of the same GiB.

    All of the GiB takes 512 and one. The default for two vCPUs and 64 MiB is 512 + 64 + 128 pages, in whole MiB.
    """
    ram, rest = obstacle(GIB, GIB + 64 * MIB, "domain-ram", "RAM"), Extent(GIB + 64 * MIB, 2 * GIB)
    found = adjacency([ram], [rest], [Extent(GIB, 2 * GIB)], 40, pool=(2, 100)).pool
    assert found is not None
    assert (found.vcpus, found.pages, found.ram_tables) == (2, 100, 33)
    assert (found.left_backs, found.missing) == (67 * 2 * MIB, 513 - 100)
    default = adjacency([ram], [rest], [Extent(GIB, 2 * GIB)], 40, pool=(2, None)).pool
    assert default is not None
    assert (default.vcpus, default.pages, default.missing) == (2, 768, 0)


def test_what_is_promised_to_others_is_not_free() -> None:
    """Without IOMMU dom0 is offered RAM that nobody has: of the last 128 MiB the first 64 are another domain's module."""
    promised = Obstacle(Extent(0x78000000, 0x7C000000), "reserved-memory", "/module", "of d1")
    found = of_offer(replace(NO_IOMMU, excused=(promised,)))
    assert [each.extent for each in found.holes] == [
        Extent(0x40000000, 0x40200000),
        Extent(0x40240000, 0x50000000),
        Extent(0x60000000, 0x78000000),
        Extent(0x7C000000, 0x80000000),
    ]
    assert found.holes[2].above.obstacles == (promised,)
    assert of_offer(NO_IOMMU).holes[2].extent == Extent(0x60000000, 0x80000000)


def test_ram_of_the_host_is_that_of_a_domain_with_its_addresses_at_most() -> None:
    """dom0 has its RAM somewhere in the board's GiB; a guest's addresses say nothing of that."""
    dom0 = replace(SOUND, given=())
    found = of_offer(dom0).superpages
    assert (found.ram, found.ram_is_known) == (GIB, False)
    assert of_offer(dom0, amount=256 * MIB).superpages.ram == 256 * MIB
    found = of_offer(replace(GUEST, given=())).superpages
    assert (found.ram, found.ram_is_known) == (0, False)
