"""What regions must avoid and where they may lie, page by page in a space of 16 pages; and what nobody tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise, product
from random import Random

import pytest

from tests.rules.boards import reference
from tests.rules.boards.offers import GUEST, MIB, SOUND, domain
from verifier.layout.domain_map import Extent, NamedRegion
from verifier.layout.guest_tree import TreeFacts
from verifier.layout.obstacle import BoardMap, Obstacle, gaps, merged
from verifier.layout.offer import Offer, Window
from verifier.rules.boards.facts import free, inward, obstacles, outward, qualifying, space, unknown

BITS = 16
TOP = 1 << BITS
PAGE = 4096
BLOCK = 2 * MIB
HOST = ("device", "pci-window", "disabled-memory", "reserved-memory", "memreserve")
LAYOUTS = ("guest", "dom0", "iommu")


def things(random: Random, kinds: Sequence[str], count: int) -> tuple[Obstacle, ...]:
    found = []
    for index in range(random.randrange(count + 1)):
        start = random.randrange(0, TOP, random.choice((1, 512, PAGE)))
        size = random.choice((0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE))
        found.append(Obstacle(Extent(start, start + size), random.choice(kinds), f"/{index}", ""))
    return tuple(found)


def some(random: Random, layout: str) -> Offer:
    board = BoardMap(tuple(sorted(things(random, (*HOST, "memory"), 4))))
    ram = tuple(each.extent for each in things(random, ("memory",), 2))
    windows = tuple(Window("", each.extent) for each in things(random, ("x",), 2))
    return replace(
        GUEST if layout == "guest" else SOUND,
        domain=domain(iommu=layout == "iommu", bits=BITS),
        regions=(),
        board=board,
        ram=ram,
        windows=windows,
        given=things(random, ("domain-ram", "passthrough"), 2),
        excused=things(random, ("reserved-memory",), 1),
    )


def in_the_way(offer: Offer) -> Iterator[tuple[Extent, str]]:
    """By the documents: all that it is given; of the host, if it has its layout, all but RAM; with IOMMU RAM too."""
    for each in offer.given:
        yield each.extent, each.name
    for each in offer.board.obstacles if offer.host_layout else ():
        if each.kind != "memory" or offer.domain.iommu:
            yield each.extent, each.name
    if offer.host_layout and offer.domain.iommu:
        described = [each.extent for each in offer.board.obstacles if each.kind == "memory"]
        for extent in gaps(offer.ram, described):
            yield extent, "RAM of the device tree"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_obstacles_are_what_is_there_by_address(layout: str) -> None:
    """Only what has a byte; RAM that the boot loader tells is that which no node describes."""
    random = Random(layout)
    for _ in range(150):
        offer = some(random, layout)
        found = [(each.extent, each.name) for each in obstacles(offer)]
        assert sorted(found) == sorted(each for each in in_the_way(offer) if each[0].start < each[0].end)
        assert [each for each, _ in found] == sorted(each for each, _ in found)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_free_are_the_whole_pages_of_the_space_that_hold_no_byte_of_anything(layout: str) -> None:
    random = Random(f"{layout} free")
    for _ in range(200):
        offer = some(random, layout)
        everything = (1 << TOP // PAGE) - 1
        stretches = [Extent(0, TOP)] if layout == "iommu" else [each.extent for each in offer.windows]
        if layout == "dom0":
            stretches = list(offer.ram)
        cut = merged(Extent(each.start, min(each.end, TOP)) for each in stretches)
        assert space(offer) == cut
        allowed = reference.union(reference.whole(each.start, each.end) for each in cut)
        taken = [extent for extent, _ in in_the_way(offer)] + [each.extent for each in offer.excused]
        left = (
            everything & allowed & ~reference.union(reference.pages(each.start, each.end) for each in taken)
        )
        parts = free(offer)
        assert all(not (each.start % PAGE or each.end % PAGE) for each in parts), offer
        assert reference.union(reference.pages(each.start, each.end) for each in parts) == left, offer
        assert all(one.end <= other.start for one, other in pairwise(parts))


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (0, 64 * MIB, (0, 64 * MIB)),
        (0, 64 * MIB - 1, None),
        (1, 64 * MIB + 1, None),
        (1, 66 * MIB, (BLOCK, 66 * MIB)),
        (BLOCK - 1, 67 * MIB, (BLOCK, 66 * MIB)),
        (BLOCK + 1, 68 * MIB - 1, None),
        (BLOCK, 68 * MIB - 1, (BLOCK, 66 * MIB)),
        (PAGE, PAGE, None),
    ],
)
def test_64_mib_at_multiples_of_2_mib_qualify(start: int, end: int, found: tuple[int, int] | None) -> None:
    """b6fe410936: "2MB aligned", "at least 64MB"."""
    assert qualifying((Extent(start, end),)) == (() if found is None else (Extent(*found),))
    other = Extent(1 << 40, (1 << 40) + 64 * MIB)
    assert qualifying((Extent(start, end), other))[-1] == other


@pytest.mark.parametrize("unit", [1, 4, 8])
def test_whole_units_inside(unit: int) -> None:
    """Of all stretches of 20 bytes."""
    for start, end in product(range(20), range(20)):
        if start <= end:
            whole = [at for at in range(0, 24, unit) if start <= at and at + unit <= end]
            found = inward(Extent(start, end), unit)
            assert found.size == unit * len(whole)
            assert not whole or found.start == whole[0]


@pytest.mark.parametrize("start", [0, 1, PAGE - 1, PAGE, PAGE + 1])
@pytest.mark.parametrize("size", [1, PAGE - 1, PAGE, PAGE + 1])
def test_pages_that_are_touched(start: int, size: int) -> None:
    touched = [at for at in range(0, 4 * PAGE, PAGE) if at < start + size and start < at + PAGE]
    assert outward(Extent(start, start + size)) == Extent(touched[0], touched[-1] + PAGE)


HEAP = NamedRegion("xenstore page", None, "a page of Xen's heap")
OTHER = NamedRegion("xen,reg", None, "no partial tree")
PLACED = NamedRegion("xen,reg", Extent(0, PAGE), "the partial tree")
SOMEWHERE = Extent(0x40000000, 0x40001000)


def topics(offer: Offer) -> set[str]:
    words = {
        "RAM of the host": "the host's RAM is not known",
        "banks": "where the RAM banks of d0 lie is not known",
        "grant region": "where the grant region of d0 lies is not known",
        "page": "where its xenstore page lies is not known: a page of Xen's heap",
        "xen,reg": "where its xen,reg lies is not known: no partial tree",
    }
    told = list(unknown(offer))
    found = {topic for topic, begin in words.items() for each in told if each.startswith(begin)}
    assert len(told) == len(found)
    return found


@pytest.mark.parametrize(
    ("layout", "ram", "hardware", "expected"),
    [
        # Where no RAM of the host is offered, what lies in it is avoided with it: whole pages of Xen's heap too.
        ("iommu", True, True, set()),
        ("iommu", True, False, {"xen,reg"}),
        # Where it is not known, or is offered, places in it have to be.
        ("iommu", False, True, {"RAM of the host", "banks", "grant region"}),
        ("iommu", False, False, {"RAM of the host", "banks", "page", "xen,reg"}),
        ("dom0", True, True, {"banks", "grant region"}),
        ("dom0", True, False, {"banks", "page", "xen,reg"}),
        ("dom0", False, True, {"RAM of the host", "banks", "grant region"}),
        # A guest has its grant region where the layout says, or none, and nothing of the host's.
        ("guest", True, False, {"banks", "page", "xen,reg"}),
        ("guest", False, False, {"banks", "page", "xen,reg"}),
        ("with IOMMU a guest", True, False, {"banks", "page", "xen,reg"}),
    ],
)
def test_what_nobody_tells_is_open(layout: str, ram: bool, hardware: bool, expected: set[str]) -> None:
    is_guest = "guest" in layout
    nothing = domain(
        iommu="iommu" in layout.lower(), banks=None, grant=None, regions=(HEAP, OTHER, PLACED), bits=BITS
    )
    offer = replace(
        GUEST if is_guest else SOUND, domain=nothing, hardware=hardware, ram=(Extent(0, TOP),) if ram else ()
    )
    assert topics(offer) == expected
    told = replace(
        nothing, banks=(), grant_region=SOMEWHERE, regions=(replace(HEAP, extent=SOMEWHERE), PLACED)
    )
    assert topics(replace(offer, domain=told)) == expected & {"RAM of the host"}


@pytest.mark.parametrize("host_layout", [False, True])
def test_of_a_guest_s_own_tree_all_has_to_stand_in_it(host_layout: bool) -> None:
    """It knows no RAM of the host."""
    tree = TreeFacts("/hypervisor", "4.20.4", None, (2, 2), (), (), (), ())
    nothing = domain(iommu=True, banks=None, grant=None, regions=(HEAP, PLACED))
    offer = replace(GUEST, tree=tree, domain=nothing, host_layout=host_layout, ram=(Extent(0, TOP),))
    assert [each.partition(":")[0] for each in unknown(offer)] == [
        *["its addresses are, or may be, those of the host, whose device tree verifier host judges them by"]
        * host_layout,
        "where its RAM lies is not known",
        "where its grant region lies is not known",
        "where its xenstore page lies is not known",
    ]
    told = replace(nothing, banks=(), grant_region=SOMEWHERE, regions=(PLACED,))
    assert len([*unknown(replace(offer, domain=told))]) == host_layout
