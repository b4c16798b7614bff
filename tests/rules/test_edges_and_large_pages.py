"""aligned, asked directly: which edges of which kinds, large pages that two devices have in common, and words."""

from __future__ import annotations

from itertools import product

import pytest

from tests.rules.asked import case, conflict, doubted, fails, guest, region, told
from verifier.layout.finding import Witness
from verifier.rules.aligned import RULE, edges

KIB, MIB = 1 << 10, 1 << 20
LARGE = 64 * KIB
UART = "GUEST_PL011"


@pytest.mark.parametrize(
    ("stem", "unit", "at_end"),
    [
        ("FOO", 4096, False),
        ("MAGIC", 4096, False),
        *((each, 2 * MIB, True) for each in ("GNTTAB", "SAFE", "RAM0")),
    ],
)
def test_each_kind_has_its_unit_at_both_ends(stem: str, unit: int, *, at_end: bool) -> None:
    """RAM, grants and extended regions lie in superpages; of others the size is a number of pages, and so is the end."""
    for start, end in product(
        range(62 * MIB - unit, 62 * MIB + 2 * unit, unit // 2), (80 * MIB, 80 * MIB + unit // 2)
    ):
        at = case(region(stem, start, end))
        (part,) = at.layout.parts
        found = [(each.what, each.number, each.unit) for each in edges(at, part)]
        coarse = [("start", start, unit), ("end", end, unit)] if at_end else []
        assert found == [*coarse, ("start", start, 4096), ("size", end - start, 4096)]
        assert fails(RULE, at) == ([(f"GUEST_{stem}",)] if start % unit or end % unit else [])


@pytest.mark.parametrize("size", [MIB, 2 * MIB, 3 * MIB, 4 * MIB, 4 * MIB + 1, 4 * MIB + 4096, 8 * MIB])
def test_an_ecam_begins_at_a_multiple_of_the_power_of_two_that_holds_it(size: int) -> None:
    unit = next(1 << power for power in range(20, 30) if 1 << power >= size)
    for start in range(32 * MIB, 48 * MIB, MIB):
        at = case(region("VPCI_ECAM", start, start + size))
        (part,) = at.layout.regions
        assert [(each.what, each.number, each.unit) for each in edges(at, part)] == [
            ("start", start, unit),
            ("start", start, 4096),
            ("size", size, 4096),
        ]
        assert fails(RULE, at, vpci=1) == ([("GUEST_VPCI_ECAM",)] if start % unit or size % 4096 else [])
        assert fails(RULE, at, vpci=0) == []


def test_no_other_region_is_aligned_to_its_size() -> None:
    assert fails(RULE, case(region("VPCI_MEM", 33 * MIB, 65 * MIB)), vpci=1) == []


def test_an_edge_is_told_with_the_nearest_multiples() -> None:
    at = case(region("GNTTAB", 0x5001800, 0x6000000), base="GUEST_FOO_BASE 0")
    said = told(RULE, at, "GUEST_GNTTAB")
    assert said.message == (
        "GUEST_GNTTAB [0x5001800, 0x6000000): its start 0x5001800 is no multiple of 0x200000 (2 MiB); the nearest are "
        "0x5000000 and 0x5200000"
    )
    assert said.details == (
        "GUEST_GNTTAB [0x5001800, 0x6000000) is 16378 KiB, layout.h:1".replace("16378 KiB", "~16.0 MiB"),
        "start 0x5001800 is 6 KiB past a multiple of 2 MiB: mapped by superpages, which shatter at any other edge",
        "start 0x5001800 is 2 KiB past a multiple of 4 KiB: Xen maps and traps whole pages",
        "size 0xffe800 is 2 KiB past a multiple of 4 KiB: Xen maps and traps whole pages",
    )
    assert said.counterexample.witness == Witness("misaligned", found=0x5001800, needed=2 * MIB)
    assert said.counterexample.regions == at.layout.regions


def test_of_ram_no_region_of_the_map_is_shown() -> None:
    """The map has the part that is used, not the window."""
    at = case(region("RAM0", 0x40001000, 0x50000000))
    said = told(RULE, at, "GUEST_RAM0")
    assert said.counterexample.regions == ()
    assert said.counterexample.witness == Witness("misaligned", found=0x40001000, needed=2 * MIB)


def test_a_bank_without_an_end_is_a_doubt() -> None:
    at = case("GUEST_RAM_BASE 0x80000000ULL", xen="4.4.0")
    assert doubted(RULE, at) == {
        ("GUEST_RAM",): "GUEST_RAM has no size, so where its window ends is not known"
    }
    assert fails(RULE, at) == []
    assert doubted(RULE, case(region("RAM0", 0, MIB))) == {}


def pages(start: int, end: int) -> set[int]:
    return {address // LARGE for address in range(start, end, 4096)}


@pytest.mark.parametrize("end", [MIB - LARGE, MIB - 4096, MIB, MIB + 4096, MIB + LARGE - 4096, MIB + LARGE])
def test_two_devices_in_one_large_page_are_told_for_guests_that_have_such(end: int) -> None:
    """Of a foreign region and the UART behind it, which is no overlap; only if there is a UART."""
    for start in range(end, MIB + 3 * LARGE, 4096):
        at = case(f"{region('FOO', MIB - 2 * LARGE, end)}; {region('PL011', start, start + 4096)}")
        shared = pages(MIB - 2 * LARGE, end) & pages(start, start + 4096)
        for index, name in enumerate(at.facts.guests):
            expected = [("GUEST_FOO", UART)] if shared and name == "aarch64-64k" else []
            assert fails(RULE, at, vuart=1, guest=index) == expected
            assert fails(RULE, at, vuart=0, guest=index) == []
        advice = [each.subjects for each in RULE.obligations(at) if each.advice]
        assert advice == ([("GUEST_FOO", UART)] if shared else [])  # others are not even asked
        if shared:
            (page,) = shared
            large = guest(at.facts, "aarch64-64k")
            assert conflict(RULE, at, "GUEST_FOO", UART, vuart=1, guest=large) == 1
            said = told(RULE, at, "GUEST_FOO", UART, vuart=1, guest=large)
            assert said.counterexample.witness == Witness("same-page", found=page * LARGE, needed=LARGE)
            assert said.counterexample.regions == at.layout.regions
            assert said.details == ()


@pytest.mark.parametrize("start", [MIB - 4096, MIB, MIB + 4096])
def test_of_an_overlap_another_rule_speaks(start: int) -> None:
    """Also of two that begin at one place, one of which grows with the memory size."""
    at = case(f"{region('FOO', MIB, MIB + 8192)}; {region('BAR', start, start + 8192)}")
    for large in (guest(at.facts, "aarch64-64k"), 0):
        assert fails(RULE, at, guest=large) == []
    at = case(f"{region('RAM0', 2 * MIB, 4 * MIB)}; {region('SAFE', 2 * MIB, 66 * MIB)}", xen="4.15")
    assert not [each for each in RULE.obligations(at) if each.advice]


def test_the_order_of_two_is_that_of_their_addresses() -> None:
    """Not of their names, nor of their ends or sizes."""
    at = case(f"{region('A', MIB + 8192, MIB + 12288)}; {region('B', MIB, MIB + 8192)}")
    large = guest(at.facts, "aarch64-64k")
    assert fails(RULE, at, guest=large) == [("GUEST_B", "GUEST_A")]
    assert told(RULE, at, "GUEST_B", "GUEST_A", guest=large).message == (
        "GUEST_B [0x100000, 0x102000) and GUEST_A [0x102000, 0x103000) share the 64 KiB page [0x100000, 0x110000): a "
        "guest with 64 KiB pages cannot map one without the other"
    )


def test_regions_of_one_device_may_have_a_large_page_in_common() -> None:
    """GICD and GICC are there for one reason; GICv2 and GICv3 never together; what is always there is nobody's."""
    at = case(f"{region('GICD', MIB, MIB + 4096)}; {region('GICC', MIB + 4096, MIB + 12288)}")
    large = guest(at.facts, "aarch64-64k")
    assert fails(RULE, at, gic=2, guest=large) == []
    at = case(f"{region('GICD', MIB, MIB + 4096)}; {region('GICV3_GICD', MIB + 4096, MIB + 8192)}")
    assert all(fails(RULE, at, gic=gic, guest=large) == [] for gic in (2, 3))
    at = case(f"{region('FOO', MIB, MIB + 4096)}; {region('BAR', MIB + 4096, MIB + 8192)}")
    assert fails(RULE, at, guest=large) == [("GUEST_FOO", "GUEST_BAR")]


def test_a_release_without_such_guests_is_not_asked() -> None:
    at = case(f"{region('FOO', MIB, MIB + 4096)}; {region('BAR', MIB + 4096, MIB + 8192)}", arch="arm32")
    assert [each.subjects for each in RULE.obligations(at)] == [("GUEST_FOO",), ("GUEST_BAR",)]


RAM = 0x40000000


@pytest.mark.parametrize(("xen", "whole"), [("4.15", False), ("4.22", True)])
@pytest.mark.parametrize("start", [RAM + MIB, RAM + MIB - 4096, RAM + 8192, RAM])
def test_ram_takes_the_pages_that_a_guest_uses(xen: str, start: int, *, whole: bool) -> None:
    """From 4.16 on all of its window, as the rest is offered."""
    at = case(f"{region('RAM0', RAM, RAM + MIB)}; {region('PL011', start, start + 4096)}", xen=xen)
    large = guest(at.facts, "aarch64-64k")
    for memory in (1, 2, 3, 239, 240, 241, 242, 254, 255, 256):
        end = RAM + (MIB if whole else memory * 4096)
        shared = end <= start and pages(RAM, end) & pages(start, start + 4096)
        found = [
            each
            for each in fails(RULE, at, memory=memory, vuart=1, guest=large)
            if each not in (("GUEST_RAM0",),)
        ]
        assert found == ([("GUEST_RAM0", UART)] if shared else [])
        if shared:
            said = told(RULE, at, "GUEST_RAM0", UART, memory=memory, vuart=1, guest=large)
            assert [(each.start, each.end) for each in said.counterexample.regions] == [
                (RAM, end),
                (start, start + 4096),
            ]


def test_a_bank_that_is_not_used_is_nowhere() -> None:
    """A second one behind the UART in one large page, which a small guest has not."""
    banks = f"{region('RAM0', RAM, RAM + 2 * MIB)}; {region('RAM1', RAM + 4 * MIB + 4096, RAM + 6 * MIB)}"
    at = case(f"{banks}; {region('PL011', RAM + 4 * MIB, RAM + 4 * MIB + 4096)}", xen="4.15")
    large = guest(at.facts, "aarch64-64k")
    for memory, expected in ((1, []), (512, []), (513, [(UART, "GUEST_RAM1")])):
        found = fails(RULE, at, memory=memory, vuart=1, guest=large)
        assert [each for each in found if len(each) == 2] == expected
