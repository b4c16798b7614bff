"""Where Xen's text is tried in free RAM, and dom0's RAM with it: against every multiple of 2 MiB, and by hand."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import HEAD, NOWHERE, M, board
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Host, Module
from verifier.xen.placements import (
    MOST,
    _beside,
    _ends,
    _heaps,
    _in_one_piece,
    _texts,
    _texts_first,
    grant_most,
    placements,
    text_places,
)
from verifier.xen.subjects import Given

STEP = 2 * M
"""Boot loaders load Xen at its multiples (docs/misc/arm/booting.txt)."""
TEXT = 0x40000
"""Of 64 grant frames."""


def extents(*ranges: tuple[int, int]) -> tuple[Extent, ...]:
    return tuple(Extent(start, end) for start, end in ranges)


def given(text: Extent | None = None, *banks: Extent) -> Given:
    return Given(40, iommu=False, grant_region=text, dom0_banks=banks or None)


def test_the_ends_are_the_first_and_the_last_multiple_of_2_mib_with_room() -> None:
    none = one = 0
    for seed in range(400):
        dice = random.Random(seed)
        edges = sorted(dice.sample(range(40), dice.choice([2, 4])))
        stretches = extents(
            *((first * M // 2, last * M // 2) for first, last in zip(edges[::2], edges[1::2], strict=True))
        )
        size = dice.choice([0x1000, TEXT, M // 2, M, STEP, STEP + 0x1000, 5 * M])
        wanted = set()
        for each in stretches:
            fitting = [
                start
                for start in range(0, 40 * M, STEP)
                if start in range(each.start, each.end) and start + size in range(each.start, each.end + 1)
            ]
            wanted |= {fitting[0], fitting[-1]} if fitting else set()
            none += not fitting
            one += len(fitting) == 1
        found = _ends(stretches, size)
        assert found == [Extent(start, start + size) for start in sorted(wanted)], seed
    assert min(none, one) >= 50


@pytest.mark.parametrize(
    ("amount", "unit"),
    [
        # Below 128 MiB the block that holds all of it, from there on the largest in it (get_allocation_size).
        (0x1000, 0x1000),
        (0x2000, 0x2000),
        (0x3000, 0x4000),
        (3 * M, 4 * M),
        (127 * M, 128 * M),
        (128 * M, 128 * M),
        (129 * M, 128 * M),
        (255 * M, 128 * M),
        (256 * M, 256 * M),
    ],
)
def test_one_bank_is_at_the_first_and_the_last_place_of_each_stretch(amount: int, unit: int) -> None:
    for seed in range(20):
        dice = random.Random(seed)
        first = dice.randrange(8) * unit + dice.choice([0, 0, 0x1000, unit - 0x1000])
        free = Extent(
            first, first + amount + dice.choice([-0x1000, 0, 0x1000, unit - 0x1000, unit, 3 * unit])
        )
        fitting = [each for each in range(0, 16 * unit, unit) if free.start <= each <= free.end - amount]
        ends = [fitting[0], fitting[-1]] if fitting else []
        found = list(_in_one_piece((free, Extent(1 << 40, (1 << 40) + amount)), amount))
        assert found == [Extent(each, each + amount) for each in (*ends, 1 << 40, 1 << 40)], seed


def test_what_is_told_is_not_tried() -> None:
    host = board((0x40000000, 0x60000000), amount=128 * M)
    bank, text = Extent(0x48000000, 0x50000000), Extent(0x58000000, 0x58040000)
    both = given(text, bank)
    assert list(placements(host, HEAD, both)) == [both]
    banked = list(placements(host, HEAD, given(None, bank)))
    assert {each.dom0_banks for each in banked} == {(bank,)}
    assert [each.grant_region and each.grant_region.start for each in banked] == [
        0x40000000,
        0x5FE00000,
        0x50000000,
    ]
    assert {each.grant_region for each in placements(host, HEAD, given(text))} == {text}
    assert len(list(placements(host, HEAD, given()))) <= MOST


def test_no_bank_is_tried_that_no_dom0_can_have() -> None:
    """The only RAM is above 4 GiB, and a kernel of 32 bits needs a block below (allocate_memory_11)."""
    host = board((0x100000000, 0x120000000), amount=128 * M)
    assert list(placements(host, HEAD, given())) != []
    small = Given(40, iommu=False, kernel_bits={"d0": 32})
    assert list(placements(host, HEAD, small)) == []


@pytest.mark.parametrize(
    ("free", "places"),
    [
        # The lowest, the highest, and the middle of the widest.
        ([(0x40000000, 0x50000000)], [0x40000000, 0x4FE00000, 0x48000000]),
        ([(0x40000000, 0x42000000), (0x50000000, 0x60000000)], [0x40000000, 0x5FE00000, 0x58000000]),
        ([(0x40000000, 0x50000000), (0x60000000, 0x62000000)], [0x40000000, 0x61E00000, 0x48000000]),
        # The multiple at the middle is below the begin, and what Xen's text takes there ends above it.
        ([(0x40020000, 0x40250000)], [0x40200000]),
        # In the widest the multiple at the middle has a page less than Xen's text takes.
        ([(0x401FF000, 0x4023F000), (0x50200000, 0x50240000)], [0x50200000]),
        ([(0x40100000, 0x40180000)], []),
    ],
)
def test_what_xens_text_takes_first(free: list[tuple[int, int]], places: list[int]) -> None:
    host = board((0x40000000, 0x70000000), amount=128 * M)
    assert grant_most(host) == TEXT
    wanted = [extents((start, start + TEXT)) for start in places] or [()]
    assert _texts_first(host, given(), extents(*free)) == wanted
    assert _texts_first(host, given(NOWHERE), extents(*free)) == [()]


@pytest.mark.parametrize(
    ("last", "cut"),
    [
        # RAM from 1 GiB to 1.5 GiB: Xen has a 32nd, 16 MiB, and 32 MiB more, from the end of the last stretch with room.
        ((0x5C000000, 0x60000000), [(0x40000000, 0x50000000), (0x5C000000, 0x5D000000)]),
        ((0x5CFFF000, 0x60000000), [(0x40000000, 0x50000000), (0x5CFFF000, 0x5D000000)]),
        ((0x5E000000, 0x60000000), [(0x40000000, 0x4D000000), (0x5E000000, 0x60000000)]),
    ],
)
def test_what_xen_may_leave_of_the_heap(last: tuple[int, int], cut: list[tuple[int, int]]) -> None:
    host, free = board((0x40000000, 0x60000000), amount=128 * M), extents((0x40000000, 0x50000000), last)
    assert list(_heaps(host, given(NOWHERE), free)) == [free, extents(*cut)]


def test_without_room_for_it_xen_takes_none_of_the_heap() -> None:
    host, free = board((0x40000000, 0x60000000), amount=128 * M), extents((0x40000000, 0x42000000))
    assert list(_heaps(host, given(NOWHERE), free)) == [free, free]


def test_the_text_is_out_of_every_heap() -> None:
    """Three places, each without and with 48 MiB of Xen's own at the end: these may hold the place."""
    host, free = board((0x40000000, 0x60000000), amount=128 * M), extents((0x40000000, 0x60000000))
    assert list(_heaps(host, given(), free)) == [
        extents((0x40040000, 0x60000000)),
        extents((0x40040000, 0x5D000000)),
        extents((0x40000000, 0x5FE00000), (0x5FE40000, 0x60000000)),
        extents((0x40000000, 0x5D000000)),
        extents((0x40000000, 0x50000000), (0x50040000, 0x60000000)),
        extents((0x40000000, 0x50000000), (0x50040000, 0x5D000000)),
    ]


@pytest.mark.parametrize(
    ("bank", "nearest"),
    [((10, 20), 7), ((11, 21), 22), ((0, 1), 2), ((30, 40), 26), ((13, 20), 22)],
)
def test_the_place_next_to_a_bank(bank: tuple[int, int], nearest: int) -> None:
    """Of [2, 4), [7, 9), [22, 24) and [26, 28) the one with the least between."""
    places = [Extent(start, start + 2) for start in (2, 7, 22, 26)]
    assert list(_beside(places, given())) == []
    assert list(_beside(places, given(None, *extents(bank)))) == [Extent(nearest, nearest + 2)]


def test_the_text_is_tried_low_high_and_beside_dom0() -> None:
    """Behind a bank there are 16 MiB, and the text at the begin of these is next to it; before the bank it is 2 MiB less."""
    host = board((0x40000000, 0x60000000), amount=128 * M)
    bank = Extent(0x48000000, 0x50000000)
    starts = [each.start for each in _texts(host, given(None, bank))]
    assert starts == [0x40000000, 0x5FE00000, 0x50000000]
    full = given(None, Extent(0x40000000, 0x60000000))
    assert list(_texts(host, full)) == []


LOW, HIGH = (0x80000000, 0x88000000), (0x100000000, 0x110000000)


def test_the_first_block_is_looked_for_below_4_gib() -> None:
    """128 MiB end at 2 GiB and 128 MiB, 256 MiB begin at 4 GiB: the first block is the smaller one, as it is below."""
    host = board(LOW, HIGH, amount=256 * M)
    found = {each.dom0_banks for each in placements(host, HEAD, given(NOWHERE))}
    assert extents(LOW, (0x100000000, 0x108000000)) in found
    wide = replace(host, dma_bits=40)  # 32 bits are the most all the same
    assert {each.dom0_banks for each in placements(wide, HEAD, given(NOWHERE))} == found
    # With 512 MiB from 4 GiB on there is a block of 256 MiB there whatever Xen has of it.
    above = board(LOW, (0x100000000, 0x120000000), amount=256 * M)
    found = {each.dom0_banks for each in placements(above, HEAD, given(NOWHERE))}
    assert extents(LOW, (0x100000000, 0x108000000)) in found


def test_the_text_may_lie_in_all_that_is_free() -> None:
    """With as many frames as the command line has, else 64."""
    host = board((0x40000000, 0x60000000), amount=128 * M)
    assert text_places(host, given()) == extents((0x40000000, 0x60000000))
    bank = Extent(0x48000000, 0x50000000)
    assert text_places(host, given(None, bank)) == extents((0x40000000, 0x48000000), (0x50000000, 0x60000000))
    few = replace(host, options=replace(host.options, gnttab_max_frames=3))
    assert (grant_most(host), grant_most(few)) == (0x40000, 0x3000)


def sizes(host: Host) -> set[int]:
    """Bytes of dom0, or of the hardware domain, in all that is tried."""
    found = [each.dom0_banks or () for each in placements(host, HEAD, given(NOWHERE))]
    return {sum(bank.size for bank in banks) for banks in found}


def test_how_much_is_tried() -> None:
    """As dom0_mem says, 512 MiB where nobody does; what a hardware domain of the tree has, if there is no dom0."""
    host = board((0x40000000, 0x80000000), amount=128 * M)
    hardware = replace(NODE, memory=64 * M, capabilities=2)
    assert sizes(host) == {128 * M}
    unknown = replace(host, options=replace(host.options, line=None, dom0_mem=None))
    assert sizes(unknown) == {512 * M}
    # With a dom0 it is refused, and dom0 has its own all the same.
    assert sizes(replace(host, domains=(hardware,))) == {128 * M}
    kernel = Module("/chosen/a/kernel", "kernel", 0x48000000, 0x1000, of_domain=True)
    alone = replace(host, domains=(hardware,), modules=(kernel,))
    assert alone.dom0less
    assert sizes(replace(alone, domains=(replace(hardware, direct_map=True),))) == {64 * M}
