"""Cases worked out by hand from the code and the commit messages of Xen."""

from __future__ import annotations

import pytest

from tests.xen import asked
from tests.xen.asked import Pair, pairs
from verifier.xen import grant_region, memory_holes
from verifier.xen.grant_region import Host
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import FaultError, Span
from verifier.xen.release import Build, xen

MIB = 1 << 20
GIB = 1 << 30


def test_iomem_below_4g() -> None:
    """108308feef: 1 GiB of memory and one page of iomem at 0xa0000000."""
    used, iomem = (GIB, 0), [(0xA0000, 1)]
    assert pairs(asked.xl(xen("4.20.4"), used, iomem)) == [
        (0x80000000, 0x100000000),
        (0x200000000, 0x10000000000),
    ]
    regions = asked.xl(xen("4.21.0"), used, iomem).regions
    assert regions == (
        Span(0x80000000, 0x20000000),
        Span(0xA0001000, 0x5FFFF000),
        Span(0x200000000, 0xFE00000000),
    )


def test_a_piece_whose_aligned_part_is_62_mib() -> None:
    regions = asked.xl(xen("head"), (GIB, 0), [(0xA4001, 1), (0xA0000, 1)]).regions
    assert Span(0xA0001000, 0x4000000) in regions


def test_iomem_from_an_odd_frame() -> None:
    """256 MiB of memory, iomem 60123,1: seen with libxl's own code."""
    assert pairs(asked.xl(xen("head"), (256 * MIB, 0), [(0x60123, 1)]))[:2] == [
        (0x50000000, 0x60123000),
        (0x60124000, 0x100000000),
    ]


def test_iomem_up_to_the_last_frame() -> None:
    """gfn + number of 2^52 wraps to an end of all ones: the rest then starts at 0, over everything."""
    assert pairs(asked.xl(xen("head"), (GIB, 0), [(0x90000, 2**52 - 0x90000)]))[:2] == [
        (0x80000000, 0x90000000),
        (0, 0x100000000),
    ]


def test_iomem_up_to_the_last_frame_where_a_bank_has_no_rest() -> None:
    """Less than 64 MiB are left of bank 0, so it is not looked at; bank 1 is as above."""
    used = (3 * GIB - 62 * MIB, 0)
    iomem = [(0xFE000, 2**52 - 0xFE000)]
    assert pairs(asked.xl(xen("head"), used, iomem)) == [(0, 0x10000000000)]


def test_xen_reg_of_the_documentation() -> None:
    """fba1b0974d: docs/misc/arm/passthrough.txt maps 0xff0e0000, with 256 MiB of memory."""
    xen_reg = [(0xFF0E0000, 0x1000)]
    above = (0x200000000, 0x10000000000)
    assert pairs(asked.domu(xen("4.20.0"), (256 * MIB, 0), passthrough=xen_reg)) == [
        (0x50000000, 0x100000000),
        above,
    ]
    assert pairs(asked.domu(xen("4.21.0"), (256 * MIB, 0), passthrough=xen_reg)) == [
        (0x50000000, 0xFF000000),
        above,
    ]


def test_an_exact_hole_of_64_mib() -> None:
    """9b21841fd1: the hole [1 GiB, 1 GiB + 64 MiB) in between, dropped where 2 MiB are lost."""
    reg = [(0, GIB), (GIB + 64 * MIB, (1 << 40) - GIB - 64 * MIB)]
    hole = [(GIB, GIB + 64 * MIB)]
    for tag, wanted in (("4.17.0", hole), ("4.18.0", []), ("4.20.4", []), ("4.21.0", hole)):
        outcome = asked.holes(xen(tag), reg)
        assert pairs(outcome) == wanted
        assert outcome.error == ("" if wanted else "ENOENT")


def test_the_shared_memory_of_the_documentation() -> None:
    """a0fee882c1: docs/misc/arm/device-tree/booting.txt, domU1 with 128 MiB."""
    shared = [(0x50000000, 0x10000000), (0x60000000, 0x20000000)]
    low = {
        "4.18.0": [(0x48000000, 0x100000000)],
        "4.19.0": [(0x48000000, 0x4FE00000), (0x80000000, 0xFFE00000)],
        "4.21.0": [(0x48000000, 0x50000000), (0x80000000, 0x100000000)],
    }
    for tag, wanted in low.items():
        got = pairs(asked.domu(xen(tag), (128 * MIB, 0), shared=shared))
        assert [each for each in got if each[1] <= 4 * GIB] == wanted


EMPTY: list[tuple[list[Pair], Build, str, str]] = [
    ([(0x80000000, GIB), (0x880000000, 0)], "debug", "assertion", ""),
    ([(0x80000000, GIB), (0xC0000000, 0)], "release", "null-dereference", ""),
    ([(0, 0)], "release", "", "ENOENT"),
]


@pytest.mark.parametrize(("reg", "build", "kind", "error"), EMPTY)
def test_an_empty_reg_at_head(reg: list[Pair], build: Build, kind: str, error: str) -> None:
    outcome = asked.holes(xen("head", build), reg)
    assert (outcome.fault.kind if outcome.fault else "") == kind
    assert outcome.error == error
    assert not outcome.regions


def test_an_empty_reg_in_a_free_range_splits_it() -> None:
    got = pairs(asked.holes(xen("head"), [(0x80000000, GIB), (0x880000000, 0)]))
    assert got == [(0, 0x80000000), (0xC0000000, 0x880000000), (0x880000000, 1 << 40)]


def test_an_empty_reg_at_zero_in_bytes_offers_everything() -> None:
    """[0, 2^64 - 1] is removed from more than one range: the last then starts at 2^64, which is 0."""
    first, second = (0x80000000, GIB), (0, 0)
    assert pairs(asked.holes(xen("4.17.7"), [first, second])) == [(0, 1 << 40)]
    assert pairs(asked.holes(xen("4.17.7"), [second, first])) == []
    assert pairs(asked.holes(xen("4.18.0"), [first, second])) == []


def test_a_reg_into_the_last_page_in_bytes_offers_everything() -> None:
    """PAGE_ALIGN(2^64 - 0x800) is 0, and `end - 1` is 2^64 - 1, though no byte of the entry is beyond 2^64 - 0x801.

    That is removed from more than one range, so the last one starts at 2^64, which is 0; without PAGE_ALIGN it would
    start at 2^64 - 0x800, behind its own end, and go. Nothing starts again where only one range is cut, or where the
    set holds frames: the last frame is 2^52 - 1, and what follows it does not wrap.
    """
    page, last = (0x40000000, 0x1000), (0x10000000, 2**64 - 0x10000000 - 0x800)
    for tag in ("4.16.0", "4.17.7"):
        assert pairs(asked.holes(xen(tag), [page, last])) == [(0, 0x10000000), (0, 1 << 40)]
        assert pairs(asked.holes(xen(tag), [last])) == [(0, 0x10000000)]
    assert pairs(asked.holes(xen("head"), [page, last])) == [(0, 0x10000000)]


def test_a_wrapping_reg_leaves_the_ram_in_two_regions() -> None:
    outcome = asked.holes(xen("head"), [(0x80000000, 0xFFFFFFFF80001000)])
    assert pairs(outcome) == [(0, 0x80000000), (0x200000, 1 << 40)]
    assert asked.holes(xen("head", "debug"), [(0x80000000, 0xFFFFFFFF80001000)]).fault is not None


def test_a_window_that_grows_back() -> None:
    """The shape of the LS1028A: a window from inside a removed one into the next free range."""
    reg = [(0x8000000000, 0x800000000), (0x8800000000 - 0x1000, 0x801000)]
    right = [(0, 0x8000000000), (0x8800800000, 1 << 40)]
    assert pairs(asked.holes(xen("4.17.7"), reg)) == [(0, 0x87FFE00000), right[1]]
    assert pairs(asked.holes(xen("head"), reg)) == right


def test_the_order_of_removal_shows_where_a_neighbour_grows() -> None:
    """Shared memory [256, 384) MiB and a grant region [320, 448) MiB in 1 GiB of RAM."""
    shared, grant = [(256 * MIB, 128 * MIB)], (320 * MIB, 128 * MIB)
    for tag, wanted in (
        ("4.17.7", [(0, 320 * MIB), (448 * MIB, GIB)]),
        ("4.19.2", [(0, 318 * MIB), (448 * MIB, GIB - 2 * MIB)]),
        ("4.20.0", [(0, 254 * MIB), (448 * MIB, GIB - 2 * MIB)]),
        ("head", [(0, 256 * MIB), (448 * MIB, GIB)]),
    ):
        assert pairs(asked.rest_of_ram(xen(tag), [(0, GIB)], [], shared=shared, grant=grant)) == wanted, tag


def test_an_empty_xen_reg_above_the_width() -> None:
    """It is not among the banks that are removed, else it would be a null pointer: RAM begins just there."""
    ram = [(0, GIB), (1 << 40, GIB)]
    outcome = asked.rest_of_ram(xen("head"), ram, [], passthrough=[(1 << 40, 0)], grant=(0, 0x1000))
    assert pairs(outcome) == [(2 * MIB, GIB)]


@pytest.mark.parametrize(
    ("tag", "stops"),
    [
        ("4.16.0", True),
        ("4.17.7", True),
        ("4.18.0", False),
        ("4.19.6", False),
        ("4.20.4", True),
        ("4.21.0", False),
    ],
)
def test_no_grant_tables_in_a_debug_build(tag: str, *, stops: bool) -> None:
    """21ec0c4226 and c9205a01f7: an empty grant region, without IOMMU."""
    outcome = asked.rest_of_ram(xen(tag, "debug"), [(0x40000000, GIB)], [], grant=(0x40200000, 0))
    assert (outcome.fault is not None) is stops
    assert bool(outcome.regions) is not stops


def test_pci_windows() -> None:
    wrapping = Described(0x80000000, 2**64 - 0x80000000, pci_window=True)
    assert memory_holes.find(xen("4.18.0"), ipa_bits=40, described=[wrapping]).error == "ERANGE"
    assert memory_holes.find(xen("4.17.7"), ipa_bits=40, described=[wrapping]).error == ""
    for size in (2**64 - 0x80000000 - 1, 2**64 - 0x80001000):
        below = Described(0x80000000, size, pci_window=True)
        assert pairs(memory_holes.find(xen("head"), ipa_bits=40, described=[below])) == [(0, 0x80000000)]


def test_one_untranslatable_entry_ends_it() -> None:
    outcome = memory_holes.find(xen("head"), ipa_bits=40, described=[], untranslatable=True)
    assert (outcome.regions, outcome.error) == ((), "EINVAL")


@pytest.mark.parametrize(("tag", "cap"), [("4.16.0", 128), ("4.16.1", 256), ("4.17.0", 256), ("head", 256)])
def test_the_cap_drops_in_silence(tag: str, cap: int) -> None:
    """300 holes of 128 MiB less a page, between single pages."""
    reg = [(n * 128 * MIB, 0x1000) for n in range(1, 301)]
    outcome = asked.holes(xen(tag), reg)
    assert len(outcome.regions) == cap
    assert len(outcome.dropped) == 301 - cap
    assert outcome.error == ""


def test_the_cap_of_libxl() -> None:
    iomem = [(0x240000 + n * 0x8000, 1) for n in range(300)]
    outcome = asked.xl(xen("head"), (GIB, 0), iomem)
    assert (len(outcome.regions), len(outcome.dropped)) == (256, 46)


def test_no_rest_of_64_mib() -> None:
    """A guest up to the last 63 MiB of RAM0, 32 bits: hypervisor and libxl, of every release."""
    used = (0xC0000000 - 63 * MIB, 0)
    for tag in ("4.17.0", "4.19.0", "4.21.0"):
        assert asked.domu(xen(tag), used, ipa_bits=32).error == "ENOENT"
        assert asked.xl(xen(tag), used, ipa_bits=32).regions == ()


def test_before_there_were_any() -> None:
    assert asked.xl(xen("4.15.0"), (GIB, 0)).regions == ()
    assert asked.domu(xen("4.16.7"), (GIB, 0)).regions == ()


TEXT = Span(0x40200000, 0x8E123)


@pytest.mark.parametrize(
    ("tag", "frames", "region"),
    [
        ("4.5.0", 32, Span(0xB0000000, 0x20000)),
        ("4.6.0", 32, Span(0x40200000, 0x8E000)),
        ("4.6.0", 142, Span(0x40200000, 0x8E000)),
        ("4.10.0", 64, Span(0x40200000, 0x40000)),
        ("head", 64, Span(0x40200000, 0x40000)),
        ("head", 1024, Span(0x40200000, 0x8E000)),
        ("head", 0, Span(0x40200000, 0)),
    ],
)
def test_grant_region_of_dom0(tag: str, frames: int, region: Span) -> None:
    """The default of 0x40000, and 0x8e000 of text with gnttab_max_frames=1024, were seen at head."""
    assert grant_region.find(xen(tag), Host(TEXT, frames)) == region


def test_grant_region_stops() -> None:
    with pytest.raises(FaultError, match="fewer pages"):
        grant_region.find(xen("4.6.0"), Host(TEXT, 143))
    high = Span(0xFFFF0000, 0x20000)
    with pytest.raises(FaultError, match="above 4 GiB"):
        grant_region.find(xen("head"), Host(high, 32, "arm32"))
    assert grant_region.find(xen("head"), Host(high, 32)) == high
    last = Span(0xFFFE0000, 0x20000)  # up to 4 GiB, and no further
    assert grant_region.find(xen("head"), Host(last, 32, "arm32")) == last


def test_grant_region_of_a_platform() -> None:
    sunxi = Span(0x01D00000, 0x20000)
    assert grant_region.find(xen("4.4.0"), Host(TEXT, 32, platform=sunxi)) == sunxi
    assert grant_region.find(xen("4.6.0"), Host(TEXT, 32, platform=sunxi)) == Span(0x40200000, 0x8E000)
