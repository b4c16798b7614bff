"""Which pages have an entry in Xen's table of page frames, by hand from setup_frametable_mappings and init_frametable."""

from __future__ import annotations

import pytest

from verifier.layout.domain_map import Extent
from verifier.xen.frame_table import entries
from verifier.xen.release import xen

GIB = 1 << 30
PAGE = 0x1000
Ranges = list[tuple[int, int]]


@pytest.mark.parametrize(
    ("ram", "whole", "groups"),
    [
        ([], [], []),
        # Since 4.22 from the GiB of the first page on, up to the last page.
        ([(GIB, 2 * GIB)], [(GIB, 2 * GIB)], [(GIB, 2 * GIB)]),
        ([(GIB + PAGE, 2 * GIB - PAGE)], [(GIB + PAGE, 2 * GIB - PAGE)], [(GIB, 2 * GIB - PAGE)]),
        ([(0x48000000, 0x48002000)], [(0x48000000, 0x48002000)], [(0x40000000, 0x48002000)]),
        # Pages are those that begin in RAM, and the first one.
        ([(0x48000800, 0x48002800)], [(0x48000000, 0x48002000)], [(0x40000000, 0x48002000)]),
        ([(0x48000800, 0x48000900)], [], [(0x40000000, 0x48000000)]),
        # A GiB between banks has none then, but one with any page of RAM does.
        ([(GIB, 2 * GIB), (3 * GIB, 4 * GIB)], [(GIB, 4 * GIB)], [(GIB, 2 * GIB), (3 * GIB, 4 * GIB)]),
        ([(GIB, 2 * GIB + 1), (3 * GIB, 4 * GIB)], [(GIB, 4 * GIB)], [(GIB, 4 * GIB)]),
        ([(GIB, 2 * GIB), (3 * GIB - 1, 4 * GIB)], [(GIB, 4 * GIB)], [(GIB, 4 * GIB)]),
        (
            [(GIB, GIB + PAGE), (3 * GIB + PAGE, 3 * GIB + 2 * PAGE)],
            [(GIB, 3 * GIB + 2 * PAGE)],
            [(GIB, 2 * GIB), (3 * GIB, 3 * GIB + 2 * PAGE)],
        ),
        ([(GIB, 2 * GIB), (2 * GIB, 3 * GIB)], [(GIB, 3 * GIB)], [(GIB, 3 * GIB)]),
        # A bank may end before an earlier one does.
        ([(GIB, 3 * GIB), (2 * GIB, 2 * GIB + PAGE)], [(GIB, 3 * GIB)], [(GIB, 3 * GIB)]),
        # Bit 31 is in no RAM: 3 to 4 GiB have the entries of 1 to 2, so nothing is told apart.
        ([(GIB + PAGE, 2 * GIB), (4 * GIB, 5 * GIB)], [(GIB + PAGE, 5 * GIB)], [(GIB, 5 * GIB)]),
        ([(2 * GIB + PAGE, 3 * GIB), (8 * GIB, 9 * GIB)], [(2 * GIB + PAGE, 9 * GIB)], [(2 * GIB, 9 * GIB)]),
    ],
)
def test_pages_with_an_entry(ram: Ranges, whole: Ranges, groups: Ranges) -> None:
    banks = [Extent(*each) for each in ram]
    for tag, expected in (("4.16.0", whole), ("4.21.2", whole), ("4.22.0", groups), ("head", groups)):
        assert entries(xen(tag), banks) == tuple(Extent(*each) for each in expected)
