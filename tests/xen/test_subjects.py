"""Who the domains of a board are, and where guests have RAM: what a release does not have, and edges of what it has."""

from __future__ import annotations

import pytest

from tests.reading.trees import machine, tree
from tests.xen.test_host_regions import CELLS, KERNEL, MEMORY
from verifier.layout.domain_map import Extent
from verifier.reading.host_tree import host_of
from verifier.xen.given_banks import bank_faults
from verifier.xen.release import xen
from verifier.xen.subjects import Given, coloured, is_direct_mapped, windows

BANKS = (Extent(0x60000000, 0x80000000),)
GRANT = Extent(0x40200000, 0x40240000)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        # GUEST_RAM_BASE alone; p2m_setup had page tables of 40 bits for all domains (P2M_FIRST_ORDER).
        ("4.4.0", [(0x80000000, 1 << 40)]),
        ("4.4.1", [(0x80000000, 0xB0000000)]),
        ("4.5.0", [(0x40000000, 0x100000000), (0x200000000, 1 << 40)]),
        ("head", [(0x40000000, 0x100000000), (0x200000000, 1 << 40)]),
    ],
)
def test_ram_windows(tag: str, expected: list[tuple[int, int]]) -> None:
    """By arch-arm.h of each release."""
    assert [(each.start, each.end) for each in windows(tag)] == expected


@pytest.mark.parametrize(
    ("tag", "line", "expected"),
    [
        ("4.19.6", "llc-coloring=on", False),  # 6cdea3444e, of 4.20
        ("4.20.0", "llc-coloring=on", True),
        ("4.20.0", "llc-coloring=off", False),
        ("head", "dom0_mem=512M", False),
        # llc_coloring_init: size and ways are enough, unless it is off.
        ("4.19.6", "llc-size=1M llc-nr-ways=16", False),
        ("4.20.0", "llc-size=1M llc-nr-ways=16", True),
        ("head", "llc-coloring=off llc-size=1M llc-nr-ways=16", False),
        ("head", "llc-size=1M", False),
    ],
)
def test_colours_are_of_releases_that_have_them(tag: str, line: str, *, expected: bool) -> None:
    chosen = {**CELLS, "xen,xen-bootargs": line, "kernel@1": KERNEL}
    host = host_of(tree({**machine(1, 1), "memory@40000000": MEMORY, "chosen": chosen}), tag)
    assert coloured(host) is expected
    assert is_direct_mapped(host, None) is not expected
    # Banks of a coloured dom0 follow from the grant region: without it, or of another dom0, nothing speaks against these.
    given = Given(40, iommu=True, dom0_banks=BANKS)
    assert bank_faults(host, xen(tag), given) == ()
    known = bank_faults(host, xen(tag), Given(40, iommu=True, dom0_banks=BANKS, grant_region=GRANT))
    assert bool(known) is expected
