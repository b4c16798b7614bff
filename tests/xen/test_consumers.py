"""What guest kernels make of regions: real boards by hand, and what is particular to one kernel."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import GUEST, MIB, SOUND, with_domain
from verifier.layout.consumer import Consumer, LinearMap, Takes, Use
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import Offer
from verifier.layout.open_grant import Bounds, OpenGrant
from verifier.reading.consumers import consumers
from verifier.xen.consumers import faults, use, windows, with_uses
from verifier.xen.outcome import Span

GIB = 1 << 30
KERNELS = {each.name: each for each in consumers()}
SECTIONS = {"linux-arm64-4k": 128, "linux-arm64-16k": 128, "linux-arm64-64k": 512}
"""MiB."""


def offered(*regions: Extent, banks: tuple[Extent, ...] = (), bits: int = 40) -> Offer:
    """dom0 with these regions and RAM."""
    domain = replace(SOUND.domain, banks=banks, ipa_bits=bits, grant_region=None)
    return replace(SOUND, domain=domain, regions=regions, given=(), board=BoardMap(()))


def small(unit: int, linear: LinearMap | None = None) -> Consumer:
    takes = Takes(unit, True, True, (), linear, "fails", "gives up")
    return Consumer("small", "Small", 64, True, takes, "balloons", "stops", (), ("here",))


def starting(*numbers: int) -> tuple[Extent, ...]:
    """Starts and ends by turns."""
    return tuple(Extent(start, end) for start, end in zip(numbers[::2], numbers[1::2], strict=True))


# Lines "Extended region N: START->END" of boot logs on xen-devel. RAM of dom0: a gap between them, as without IOMMU.
ZYNQMP = offered(
    *starting(
        *(0x81200000, 0xA0000000, 0xB1200000, 0xC0000000, 0xC8000000, 0xE0000000, 0xF0000000, 0xF9000000),
        *(0x100000000, 0x600000000, 0x880000000, 0x8000000000, 0x8001000000, 0x10000000000),
    ),
    banks=(Extent(0x20000000, 0x80000000),),
)
R_CAR = offered(
    *starting(
        *(0x48000000, 0x54000000, 0x57000000, 0x60000000, 0x70000000, 0x78000000, 0x78200000, 0xC0000000),
        *(0x500000000, 0x580000000),
    ),
    banks=(Extent(0x60000000, 0x70000000),),
)
PI_4 = offered(
    *starting(0x2200000, 0x20000000, 0x40000000, 0xF8000000), banks=(Extent(0x20000000, 0x40000000),)
)


@pytest.mark.parametrize(
    ("board", "kernel", "none", "lost"),
    [
        # What lies between the ends of regions and the next multiples of 0x8000000, in MiB: 0x81200000 to 0x88000000,
        # 0xb1200000 to 0xb8000000, 0xf8000000 to 0xf9000000, 0x8001000000 to 0x8008000000.
        (ZYNQMP, "linux-arm64-4k", 0, 110 + 110 + 16 + 112),
        # The four below 4 GiB have 494, 238, 384 and 144, and no whole 0x20000000; 0x8001000000 to 0x8020000000.
        (ZYNQMP, "linux-arm64-64k", 4, 494 + 238 + 384 + 144 + 496),
        # 0x50000000 to 0x54000000, 0x57000000 to 0x58000000, 0x78200000 to 0x80000000.
        (R_CAR, "linux-arm64-4k", 0, 64 + 16 + 126),
        # The first three have 192, 144 and 128; 0x78200000 to 0x80000000.
        (R_CAR, "linux-arm64-64k", 3, 192 + 144 + 128 + 126),
        # 0x2200000 to 0x8000000.
        (PI_4, "linux-arm64-4k", 0, 94),
        # All of the first, and 0xe0000000 to 0xf8000000.
        (PI_4, "linux-arm64-64k", 1, 478 + 384),
    ],
)
def test_real_boards(board: Offer, kernel: str, none: int, lost: int) -> None:
    found = use(KERNELS[kernel], board, 64)
    total = sum(each.size for each in board.regions)
    assert (str(found.verdict), found.empty, found.lost, found.usable) == (
        "proved", none, lost * MIB, total - lost * MIB,
    )  # fmt: skip
    assert sum(found.parts) == found.usable


def test_published_figures() -> None:
    """Of these boards: 348 and 1756 MiB, 206 MiB, 862 MiB."""
    lost = [
        use(KERNELS[kernel], board, 64).lost // MIB
        for board, kernel in (
            (ZYNQMP, "linux-arm64-4k"), (ZYNQMP, "linux-arm64-64k"), (R_CAR, "linux-arm64-16k"), (PI_4, "linux-arm64-64k"),
        )
    ]  # fmt: skip
    assert lost == [348, 1756, 206, 862]


def test_regions_that_touch_are_one_to_linux_alone() -> None:
    """[0x4000000, 0xc000000) and [0xc000000, 0x14000000): 0x8000000 to 0x10000000 lies in both."""
    offer = offered(Extent(64 * MIB, 192 * MIB), Extent(192 * MIB, 320 * MIB))
    kernel = KERNELS["linux-arm64-4k"]
    assert kernel.takes is not None
    no_limit = replace(kernel, takes=replace(kernel.takes, linear=None))
    assert use(no_limit, offer, 64).parts == (64 * MIB, 64 * MIB)
    apart = replace(kernel, takes=replace(kernel.takes, linear=None, joins=False))
    found = use(apart, offer, 64)
    assert (str(found.verdict), found.usable, found.bound) == ("refuted", 0, 1 << 64)


def test_the_linear_map() -> None:
    """256 GiB of 39 bits, from the GiB in which the first RAM lies on."""
    kernel = KERNELS["linux-arm64-4k-39"]
    assert kernel.takes is not None
    ram = (Extent(5 * GIB + MIB, 6 * GIB),)
    plain = offered(banks=ram)
    assert windows(kernel.takes.linear, plain) == (Extent(5 * GIB, 261 * GIB), Extent(0, 261 * GIB))
    above = replace(plain, regions=(Extent(261 * GIB, 600 * GIB),))
    found = use(kernel, above, 64)
    assert (str(found.verdict), found.bound) == ("refuted", 261 * GIB)
    inside = replace(plain, regions=(Extent(260 * GIB, 600 * GIB),))
    assert use(kernel, inside, 64).usable == GIB
    # Below it lies what the kernel has if it moves its linear map at random.
    below = replace(plain, regions=(Extent(0, 5 * GIB),))
    found = use(kernel, below, 64)
    assert (str(found.verdict), found.usable) == ("unknown", None)
    both = use(kernel, replace(plain, regions=(Extent(0, 7 * GIB),)), 64)
    assert (both.usable, both.at_least) == (2 * GIB, True)
    # RAM farther apart than the linear map is long: it begins where the last of it fits.
    far = offered(banks=(*ram, Extent(400 * GIB, 401 * GIB)))
    assert windows(kernel.takes.linear, far)[1] == Extent(0, 401 * GIB)


def test_where_the_ram_is_open() -> None:
    """Anywhere in [1 GiB, 2 GiB): certain is what all places have, and nothing where no RAM is told."""
    kernel = KERNELS["linux-arm64-4k"]
    assert kernel.takes is not None
    offer = with_domain(replace(SOUND, given=()), banks=None)
    sure, most = windows(kernel.takes.linear, offer)
    assert (sure, most) == (Extent(2 * GIB, GIB + (1 << 47)), Extent(0, 2 * GIB + (1 << 47)))
    assert windows(kernel.takes.linear, replace(offer, ram=()))[0].size == 0
    guest = with_domain(GUEST, banks=None)
    assert windows(kernel.takes.linear, guest)[0].size == 0
    assert str(use(kernel, guest, 64).verdict) == "unknown"


def test_an_empty_region_at_zero_is_everything_to_linux() -> None:
    """regs[i].end = 0 + 0 - 1: nothing is proved of it."""
    cut = replace(offered(Extent(0, 1 << 32), Extent(1 << 33, 3 << 32)), cells=(2, 1))
    found = use(KERNELS["linux-arm64-4k"], cut, 64)
    assert (str(found.verdict), found.usable) == ("unknown", None)
    assert "2^64" in found.reason


def test_what_is_read_counts() -> None:
    """[4 GiB, 8 GiB) in one cell of size: nothing of it is left."""
    cut = replace(offered(Extent(1 << 32, 2 << 32), banks=(Extent(GIB, 2 * GIB),)), cells=(2, 1))
    found = use(KERNELS["linux-arm64-4k"], cut, 64)
    assert (str(found.verdict), found.read) == ("refuted", (Extent(1 << 32, 1 << 32),))


def test_zephyr() -> None:
    """In any order, page by page; not from 0 on, and no part of a page."""
    kernel = KERNELS["zephyr"]
    assert use(kernel, offered(Extent(0x5000, 0x9000), Extent(0x1000, 0x2000)), 64).usable == 0x5000
    takes = kernel.takes
    assert takes is not None
    for start, size, kind in (
        (0, 0x1000, "zero-start"),
        (0x1800, 0x1000, "parts-of-pages"),
        (0x1000, 1, "parts-of-pages"),
    ):
        (found, *_) = faults(takes, [Span(start, size)])
        assert (found.kind, found.regions) == (kind, (0,))
    assert list(faults(takes, [Span(0x1000, 0x3000)])) == []


def test_what_does_not_apply() -> None:
    none = use(KERNELS["linux-arm64-4k"], offered(), 64)
    assert (str(none.verdict), none.reason) == (
        "not-applicable",
        "no region is on offer: it gives up its own RAM for each grant or foreign page (xen_alloc_ballooned_pages)",
    )
    for name in ("u-boot", "linux-arm64-4.8", "linux-arm64-3.12"):
        assert str(use(KERNELS[name], ZYNQMP, 64).verdict) == "not-applicable"
    other = use(KERNELS["mini-os"], ZYNQMP, 64)
    assert (str(other.verdict), "--kernel-bits" in other.reason) == ("not-applicable", True)
    stopped = use(KERNELS["zephyr"], with_domain(ZYNQMP, boots=False), 64)
    assert str(stopped.verdict) == "not-applicable"


def test_kernels_of_the_bits_and_those_that_are_named() -> None:
    found = with_uses(ZYNQMP, consumers(), ("mini-os", "zephyr"), 64).uses
    assert {each.consumer.bits for each in found if not each.named} == {64}
    assert [each.consumer.name for each in found if each.named] == ["zephyr", "mini-os"]
    names = {each.consumer.name for each in with_uses(ZYNQMP, consumers(), (), 32).uses}
    assert names == {"linux-arm32", "linux-arm32-4.8", "linux-arm32-3.7", "mini-os"}


def test_an_open_grant_region() -> None:
    """What is in a region wherever it lies is of use for certain; more is open, and nothing is refuted."""
    whole = (Extent(GIB, 2 * GIB),)
    size = Bounds(0x40000, 0x40000)

    def found(*certain: Extent, cells: tuple[int, int] = (2, 2)) -> Use:
        grant = OpenGrant(size, whole, (), certain, 0, 0)
        offer = with_domain(
            offered(banks=(Extent(3 * GIB, 4 * GIB),)), extended_regions=None, open_grant=grant
        )
        kernel = KERNELS["linux-arm64-4k"]
        assert kernel.takes is not None
        return use(replace(kernel, takes=replace(kernel.takes, linear=None)), replace(offer, cells=cells), 64)

    part = Extent(GIB, GIB + 256 * MIB)
    assert (str(found(part).verdict), found(part).usable, found(part).at_least) == ("proved", 256 * MIB, True)
    assert str(found(Extent(GIB, GIB + 64 * MIB)).verdict) == "unknown"
    whole = (Extent(GIB, 6 * GIB),)
    assert str(found(part, cells=(1, 1)).verdict) == "unknown"


def test_the_models_say_what_the_kernels_are() -> None:
    """Section sizes of arm64 sparsemem.h, by hand."""
    units = {each.name: each.takes.unit for each in consumers() if each.takes is not None}
    assert units == {
        **{name: size * MIB for name, size in SECTIONS.items()},
        "linux-arm64-4k-39": 128 * MIB,
        "zephyr": 4096,
    }
    assert {each.name for each in consumers() if not each.grant} == {"linux-arm64-4.8", "linux-arm32-4.8"}


@pytest.mark.parametrize(
    ("region", "cells", "fits"),
    [
        (Extent(0, 1 << 32), (1, 2), True),
        (Extent(0, (1 << 32) + 4096), (1, 2), False),
        (Extent(1 << 32, (1 << 32) + 4096), (1, 2), False),
        (Extent(1 << 33, (3 << 32) - 4096), (2, 1), True),
        (Extent(1 << 33, 3 << 32), (2, 1), False),
        (Extent(4096, (1 << 32) + 4096), (2, 1), False),
    ],
)
def test_a_region_that_may_be_cut_is_certain_for_no_place(
    region: Extent, cells: tuple[int, int], fits: bool
) -> None:
    """Any part of it may be what is on offer: its start, or its size, may need more than the cells have."""
    grant = OpenGrant(Bounds(4096, 4096), (region,), (), (region,), 0, 0)
    offer = with_domain(offered(), extended_regions=None, open_grant=grant)
    found = use(small(4096), replace(offer, cells=cells), 64)
    assert (str(found.verdict), found.usable) == (("proved", region.size) if fits else ("unknown", None))


def test_regions_that_are_open_for_another_reason() -> None:
    found = use(small(4096), with_domain(offered(), extended_regions=None, open_grant=None), 64)
    assert (str(found.verdict), found.usable) == ("unknown", None)


def test_what_a_use_says_beside_its_verdict() -> None:
    assert small(4).takes is not None
    whole = use(small(4), offered(Extent(4, 8)), 64)
    assert (whole.usable, whole.at_least, whole.bound) == (4, False, None)
    for offer, kernel in (
        (with_domain(ZYNQMP, boots=False), "zephyr"), (ZYNQMP, "mini-os"), (ZYNQMP, "u-boot"), (offered(), "zephyr"),
    ):  # fmt: skip
        assert use(KERNELS[kernel], offer, 64).usable == 0
    late = use(small(4), offered(Extent(0, 4), Extent(8, 16), Extent(12, 20)), 64)
    assert late.fault is not None
    assert (late.fault.regions, late.fault.found, late.fault.needed) == ((1, 2), 12, 16)


def test_an_empty_region_at_zero_is_nothing_to_a_kernel_that_joins_none() -> None:
    kernel = small(4)
    assert kernel.takes is not None
    apart = replace(kernel, takes=replace(kernel.takes, joins=False))
    offer = replace(offered(Extent(0, 1 << 32), Extent(1 << 33, (1 << 33) + 8)), cells=(2, 1))
    assert use(apart, offer, 64).usable == 8
    assert use(kernel, offer, 64).usable is None


def test_reserved_memory_is_ram_to_dom0() -> None:
    """It moves the end of what the linear map has for certain, and not its begin, which RAM above can only move up."""
    reserved = Obstacle(Extent(3 * GIB, 3 * GIB + MIB), "reserved-memory", "/r", "reg[0]")
    linear = LinearMap(38, GIB)
    offer = replace(offered(banks=(Extent(5 * GIB, 6 * GIB),)), board=BoardMap((reserved,)))
    assert windows(linear, offer) == (Extent(5 * GIB, 259 * GIB), Extent(0, 261 * GIB))
    device = replace(reserved, kind="device")
    assert windows(linear, replace(offer, board=BoardMap((device,))))[0] == Extent(5 * GIB, 261 * GIB)
    guest = replace(offer, host_layout=False)
    assert windows(linear, guest)[0] == Extent(5 * GIB, 261 * GIB)
    for kind, end in (("shared-memory", 259), ("layout", 261)):
        given = replace(guest, given=(replace(reserved, kind=kind),))
        assert windows(linear, given)[0] == Extent(5 * GIB, end * GIB)
