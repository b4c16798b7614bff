"""Regions of the guest layout, with the numbers of arch-arm.h by hand."""

from __future__ import annotations

import pytest

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.xen import layout_regions

DISTRIBUTOR = 0x3001000


@pytest.mark.parametrize(
    ("tag", "version", "expected"),
    [
        ("4.5.0", 2, [("GICD", DISTRIBUTOR, 0x1000, "GUEST_GICD"), ("GICC", 0x3002000, 0x100, "GUEST_GICC")]),
        ("head", 2, [("GICD", DISTRIBUTOR, 0x1000, "GUEST_GICD"), ("GICC", 0x3002000, 0x2000, "GUEST_GICC")]),
        (
            "4.5.0", 3,
            [("GICD", DISTRIBUTOR, 0x10000, "GUEST_GICV3_GICD"), ("GICR", 0x3020000, 0x100000, "GUEST_GICV3_GICR0")],
        ),
        (
            "head", 3,
            [("GICD", DISTRIBUTOR, 0x10000, "GUEST_GICV3_GICD"), ("GICR", 0x3020000, 0x1000000, "GUEST_GICV3_GICR0")],
        ),
    ],
)  # fmt: skip
def test_interrupt_controllers(tag: str, version: int, expected: list[tuple[str, int, int, str]]) -> None:
    assert layout_regions.gic(tag, version) == tuple(
        NamedRegion(name, Extent(start, start + size), stem) for name, start, size, stem in expected
    )


def test_the_console() -> None:
    """Since 4.10."""
    where = Extent(0x22000000, 0x22001000)
    assert layout_regions.vpl011("4.10.0") == NamedRegion("vPL011", where, "GUEST_PL011")
    with pytest.raises(KeyError):
        layout_regions.vpl011("4.9.4")


def test_magic_pages() -> None:
    """XENSTORE_PFN_OFFSET is 1, behind the console's ring."""
    assert layout_regions.magic_page("head", 0) == Extent(0x39000000, 0x39001000)
    assert layout_regions.magic_page("head", layout_regions.XENSTORE_PAGE) == Extent(0x39001000, 0x39002000)
    assert layout_regions.magic_page("head", 3) == Extent(0x39003000, 0x39004000)
