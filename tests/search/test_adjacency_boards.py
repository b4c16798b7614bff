"""Adjacency of boards whose figures are known, and of a few obstacles worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.timing import least_times, slowness
from verifier.layout.adjacency import Adjacency, Edge
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle
from verifier.search.adjacency import adjacency

MIB, GIB = 1 << 20, 1 << 30


def device(start: int, end: int, path: str = "/device", kind: str = "device", entry: int = 0) -> Obstacle:
    return Obstacle(Extent(start, end), kind, path, f"reg[{entry}]")


def test_what_is_next_to_each_other() -> None:
    """A device 4 KiB above a region's end shares its entry of 1 GiB, and not that of 2 MiB; a pair of devices does."""
    found = adjacency(
        [device(0x10001000, 0x10002000, "/a"), device(0x10003000, 0x10004000, "/b")], [], [Extent(0, GIB)], 40
    )
    assert found.edges == (
        Edge("[0x0, 0x10000000)", "/a", "separated", 0x1000),
        Edge("[0x0, 0x10000000)", "/a", "same 1 GiB entry", 0x1000),
        Edge("/a", "/b", "separated", 0x1000),
        Edge("/a", "/b", "same 2 MiB entry", 0x1000),
        Edge("/b", "[0x10200000, 0x40000000)", "separated", 0x1FC000),
        Edge("/b", "[0x10200000, 0x40000000)", "same 1 GiB entry", 0x1FC000),
    )
    assert [each.paths for each in found.barriers] == [("/a", "/b")]


def test_a_byte_takes_its_page() -> None:
    """Obstacles grow to whole pages, the space shrinks to them; empty obstacles take nothing."""
    found = adjacency(
        [device(0x10000FFF, 0x10001001), device(0x4000, 0x4000)], [], [Extent(1, (256 << 20) + 0x3FFF)], 40
    )
    assert [each.extent for each in found.holes] == [
        Extent(0x1000, 0x10000000),
        Extent(0x10002000, 0x10003000),
    ]


def test_nothing_lies_above_the_width() -> None:
    found = adjacency([device(1 << 32, 1 << 34)], [], [Extent(0, 1 << 40)], 32)
    assert [each.extent for each in found.holes] == [Extent(0, 1 << 32)]
    assert not found.joins


def test_one_node_with_two_entries_joins_three_holes() -> None:
    """Worked out by hand: 64 MiB, 2 MiB of /pcie, 64 MiB, 2 MiB of /pcie, 64 MiB."""
    obstacles = [
        device(64 * MIB, 66 * MIB, "/pcie"),
        Obstacle(Extent(130 * MIB, 132 * MIB), "pci-window", "/pcie", "ranges[0]"),
    ]
    (join,) = adjacency(obstacles, [], [Extent(0, 196 * MIB)], 40).joins
    holes = (Extent(0, 64 * MIB), Extent(66 * MIB, 130 * MIB), Extent(132 * MIB, 196 * MIB))
    assert (join.path, join.gain, join.largest) == ("/pcie", 4 * MIB, 196 * MIB)
    assert join.joined == ((Extent(0, 196 * MIB), holes),)


def test_a_stretch_may_end_where_an_obstacle_begins() -> None:
    """64 MiB between two devices are there for whom 60 MiB are enough; 2 MiB more, and one has to go."""
    obstacles = [device(0, 2 * MIB, "/low"), device(66 * MIB, 70 * MIB, "/high")]
    space = [Extent(0, 70 * MIB)]
    found = [adjacency(obstacles, [], space, 40, need=size * MIB).need for size in (60, 64, 66, 69)]
    assert [each and each.cleared and each.cleared.paths for each in found] == [
        (),
        (),
        ("/low",),
        ("/low", "/high"),
    ]


def test_a_node_is_not_next_to_itself() -> None:
    """Two of its entries touch, and a third one lies behind another node: only pairs of nodes are told."""
    entries = ((0x1000, "/a"), (0x2000, "/a"), (0x3000, "/b"), (0x4000, "/a"))
    obstacles = [device(at, at + 0x1000, path, entry=index) for index, (at, path) in enumerate(entries)]
    found = adjacency(obstacles, [], [Extent(0, MIB)], 40).edges
    assert {(each.first, each.second) for each in found} == {("/a", "/b"), ("/b", "/a")}


THREE = (Extent(2 * MIB, 66 * MIB), Extent(68 * MIB, 132 * MIB), Extent(134 * MIB, 198 * MIB))
CUTS = [device(each * MIB, (each + 2) * MIB, path) for each, path in ((0, "/low"), (66, "/a"), (132, "/b"))]


@pytest.mark.parametrize(
    ("size", "regions", "cuts"),
    [(64, 1, []), (128, 2, ["/a"]), (130, 3, ["/a", "/b"]), (192, 3, ["/a", "/b"]), (193, 3, ["/a", "/b"])],
)
def test_what_cuts_the_regions_that_are_needed(size: int, regions: int, cuts: list[str]) -> None:
    """Three of 64 MiB: of equals the lowest. What lies below the first of them, or above the last, cuts nothing."""
    need = adjacency(CUTS, THREE, [Extent(0, 198 * MIB)], 40, need=size * MIB).need
    assert need is not None
    assert need.regions == THREE[:regions]
    assert sorted(each.path for each in need.cuts) == cuts
    assert need.missing == max(0, size - 192) * MIB


def test_a_node_inside_the_highest_region_is_not_between() -> None:
    """Nor one inside the lowest: an offer may be wrong."""
    space, wrong = [Extent(0, 198 * MIB)], (Extent(2 * MIB, 68 * MIB), Extent(132 * MIB, 198 * MIB))
    need = adjacency(CUTS, wrong, space, 40, need=132 * MIB).need
    assert need is not None
    assert need.regions == wrong
    assert need.cuts == ()
    none = adjacency(CUTS, [], space, 40, need=MIB).need
    assert none is not None
    assert {each.path for each in none.cuts} == {"/low", "/a", "/b"}


def test_what_others_have_already_is_offered_once() -> None:
    """One that ends where another does has nothing left, nor has an empty one; one that reaches further has the rest."""
    whole = Extent(2 * MIB, 66 * MIB)
    inside, beyond = Extent(4 * MIB, 66 * MIB), Extent(64 * MIB, 68 * MIB)
    found = adjacency([], [beyond, inside, whole, Extent(MIB, MIB)], [Extent(0, GIB)], 40).offered
    assert found == (whole, Extent(66 * MIB, 68 * MIB))


def test_of_equals_the_lowest_is_the_largest() -> None:
    """And neighbours are one."""
    assert adjacency([], THREE[::-1], [Extent(0, GIB)], 40).largest == THREE[0]
    pair = (Extent(128 * MIB, 160 * MIB), Extent(160 * MIB, 192 * MIB))
    assert adjacency([], (THREE[0], *pair), [Extent(0, GIB)], 40).largest == THREE[0]


def test_pages_of_others_cost_what_a_mebibyte_costs_unless_more_is_asked_for() -> None:
    """Without RAM of its own the domain's may lie anywhere in the host's, of which only whole pages count."""
    ram = [Extent(GIB + 1, 2 * GIB + 0x1001)]
    found = adjacency([], THREE, [Extent(0, 4 * GIB)], 40, most_ram=ram).superpages
    assert (found.size, found.ram, found.ram_is_known) == (MIB, GIB, False)
    own = device(GIB, GIB + 4 * MIB, "RAM bank 0", "domain-ram")
    found = adjacency([own], THREE, [Extent(0, 4 * GIB)], 40, most_ram=ram, need=2 * MIB).superpages
    assert (found.size, found.ram, found.ram_is_known) == (2 * MIB, 4 * MIB, True)


def test_what_lies_between_two_spaces_is_named_by_no_node() -> None:
    """Of what lies in one space the node is named; in two nobody could join them."""
    low, high = Extent(0, 64 * MIB), Extent(66 * MIB, 130 * MIB)
    node = [device(64 * MIB, 66 * MIB, "/a")]
    for space, paths in (([Extent(0, 130 * MIB)], ("/a",)), ([low, high], None)):
        (found,) = adjacency(node, [], space, 40).barriers
        assert (found.below, found.above, found.paths) == (low, high, paths)


# What real boards printed at boot, and how much of it Linux can plug: figures of others, in whole sections.
ZYNQMP = [
    *((0x81200000, 0xA0000000), (0xB1200000, 0xC0000000), (0xC8000000, 0xE0000000), (0xF0000000, 0xF9000000)),
    *((0x100000000, 0x600000000), (0x880000000, 0x8000000000), (0x8001000000, 0x10000000000)),
]
RCAR = [
    *((0x48000000, 0x54000000), (0x57000000, 0x60000000), (0x70000000, 0x78000000), (0x78200000, 0xC0000000)),
    (0x500000000, 0x580000000),
]
RPI4 = [(0x2200000, 0x20000000), (0x40000000, 0xF8000000)]


@pytest.mark.parametrize(
    ("board", "small", "large"),
    [
        (ZYNQMP, (0, 348 * MIB), (4, 1756 * MIB)),
        (RCAR, (0, 206 * MIB), (3, None)),
        (RPI4, (0, None), (1, 862 * MIB)),
    ],
    ids=["zynqmp", "r-car-h3", "rpi4"],
)
def test_sections_of_linux_on_boards(
    board: list[tuple[int, int]], small: tuple[int, int | None], large: tuple[int, int | None]
) -> None:
    found = adjacency([], [Extent(*each) for each in board], [Extent(0, 1 << 40)], 40)
    for consumer, (unusable, lost) in zip(found.consumers, (small, large), strict=True):
        assert sum(each is None for each in consumer.usable) == unusable
        assert lost in (None, consumer.lost)


def test_sections_are_those_of_linux() -> None:
    """SECTION_SIZE_BITS of arch/arm64/include/asm/sparsemem.h: 27, and 29 with pages of 64 KiB."""
    found = adjacency([], [], [Extent(0, GIB)], 40).consumers
    assert [(each.name, each.section) for each in found] == [
        ("Linux, 4 and 16 KiB pages", 1 << 27),
        ("Linux, 64 KiB pages", 1 << 29),
    ]


def sl28() -> Adjacency:
    """The board of the manual, with IOMMU and 40 bits, as xen 4.22 offers it."""
    from verifier.reading import models
    from verifier.reading.board_map import board_map
    from verifier.reading.device_tree import read_tree
    from verifier.reading.host_tree import host_of
    from verifier.search.adjacency import of_offer
    from verifier.xen.host_regions import predict
    from verifier.xen.offers import offers
    from verifier.xen.release import xen
    from verifier.xen.subjects import Given

    content = (Path(__file__).parent.parent / "boards" / "sl28.dtb").read_bytes()
    tree, tag = read_tree(content, "sl28.dtb"), models.tag_of("4.22")
    host, model, inputs = host_of(tree, tag), xen(tag, "release"), Given(40, iommu=True)
    (offer,) = offers(host, model, inputs, board_map(tree), predict(host, model, inputs))
    return of_offer(offer, need=2 * GIB)


def test_the_board_of_the_manual() -> None:
    """Its seven regions are the holes that qualify; what joins some was read off its device tree by hand.

    /soc/spi@20c0000 has 256 MiB of flash at 0x20000000, which alone cut two holes; /soc/sata@3200000 has a register
    at 0x700100520.
    """
    found = sl28()
    assert tuple(each.qualifies for each in found.holes if each.qualifies is not None) == found.offered
    assert found.need is not None
    assert found.need.regions == (Extent(0x30000000, 0x140000000),)
    joins = {each.path: each for each in found.joins}
    spi = (Extent(0xF200000, 0x140000000), (Extent(0xF200000, 0x20000000), Extent(0x30000000, 0x140000000)))
    assert (joins["/soc/spi@20c0000"].gain, joins["/soc/spi@20c0000"].joined) == (256 * MIB, (spi,))
    assert joins["/soc/sata@3200000"].largest == 0x8000000000 - 0x1FC400000
    assert found.pool is None


def test_two_thousand_obstacles_in_a_second() -> None:
    """Of process time, with networkx loaded."""
    obstacles = [
        device(start, start + size, f"/device{index % 1500}", entry=index)
        for index, start, size in (
            (each, each * 0x9E3779B1 * 64 % (1 << 40), 1 << 12 + each % 12) for each in range(2000)
        )
    ]
    holes = adjacency(obstacles, [], [Extent(0, 1 << 40)], 40).holes
    offered = [each.qualifies for each in holes if each.qualifies is not None]
    assert len(offered) > 1000
    space = [Extent(0, 1 << 40)]
    (least,) = least_times(
        lambda: adjacency(obstacles, offered, space, 40, need=300 * GIB, pool=(4, None)), rounds=3
    )
    assert least < slowness()
