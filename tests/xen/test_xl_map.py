"""The map of a guest of xl, by hand: the numbers of arch-arm.h and the offsets of xg_dom_arm.c, as addresses."""

from __future__ import annotations

from itertools import combinations

import pytest

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.layout.guest_config import GuestConfig
from verifier.xen.release import xen
from verifier.xen.xl_map import regions as regions_of

MAGIC = {
    "console page": 0x39000,
    "xenstore page": 0x39001,
    "memory access page": 0x39002,
    "vuart page": 0x39003,
}
"""Guest frame numbers: HVM_PARAM_CONSOLE_PFN, STORE_PFN, MONITOR_RING_PFN and the gfn of the vuart."""
V2 = {"GICD": Extent(0x3001000, 0x3002000), "GICC": Extent(0x3002000, 0x3004000)}
V3 = {"GICD": Extent(0x3001000, 0x3011000), "GICR": Extent(0x3020000, 0x4020000)}


def regions(tag: str, *, gic: int, vuart: bool) -> tuple[NamedRegion, ...]:
    config = GuestConfig("a.cfg", "a", None, 1 << 30, 1 << 30, 1, 1, vuart=vuart)
    return tuple(regions_of(config, xen(tag), gic))


@pytest.mark.parametrize("tag", ["4.16.0", "4.18.6", "4.22.0", "head"])
@pytest.mark.parametrize(("gic", "registers"), [(2, V2), (3, V3)])
@pytest.mark.parametrize("vuart", [False, True])
def test_all_regions(tag: str, gic: int, registers: dict[str, Extent], *, vuart: bool) -> None:
    expected = registers | {name: Extent(frame << 12, (frame + 1) << 12) for name, frame in MAGIC.items()}
    if vuart:
        expected["vPL011"] = Extent(0x22000000, 0x22001000)
    found = regions(tag, gic=gic, vuart=vuart)
    assert {each.name: each.extent for each in found} == expected
    extents = [each.extent for each in found if each.extent is not None]
    assert all(a.end <= b.start or b.end <= a.start for a, b in combinations(extents, 2))


@pytest.mark.parametrize(("tag", "pages"), [("4.5.0", 2), ("4.6.0", 3), ("4.9.4", 3), ("4.10.0", 4)])
def test_magic_pages_came_one_after_the_other(tag: str, pages: int) -> None:
    """The ring of memory access with b571f43d84, that of the vuart with 2f39ac0236."""
    found = [each.name for each in regions(tag, gic=3, vuart=False) if each.origin == "GUEST_MAGIC"]
    assert found == list(MAGIC)[:pages]
