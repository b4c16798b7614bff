"""Where dom0's RAM and Xen's text are tried while nobody says: the extremes, by hand from allocate_memory_11."""

from __future__ import annotations

import pytest

from tests.xen.test_bank_runs import HEAD, M, board
from verifier.layout.domain_map import Extent
from verifier.xen.placements import placements
from verifier.xen.subjects import Given

TEXT = Extent(0x5BE00000, 0x5BE40000)
"""Beside everything that is tried: it takes the last 2 MiB of the RAM."""


@pytest.mark.parametrize(
    ("amount", "lowest", "highest"),
    [
        # A block of 64 MiB is at a multiple of 64 MiB.
        (64 * M, 0x44000000, 0x54000000),
        # With a page more it is the block of 128 MiB that would hold all that is at a multiple of it.
        (64 * M + 4096, 0x48000000, 0x50000000),
        (128 * M, 0x48000000, 0x50000000),
        # From 128 MiB on the largest block that is taken is aligned: 128 MiB of 192.
        (192 * M, 0x48000000, 0x48000000),
    ],
)
def test_one_bank_is_tried_as_low_and_as_high_as_its_largest_block_can_lie(
    amount: int, lowest: int, highest: int
) -> None:
    """RAM of 384 MiB from 1088 MiB on."""
    given = Given(40, iommu=False, grant_region=TEXT)
    host = board((0x44000000, 0x5C000000), amount=amount)
    first, *others = [each.dom0_banks for each in placements(host, HEAD, given)]
    assert first == (Extent(lowest, lowest + amount),)
    assert (Extent(highest, highest + amount),) in (first, *others)


@pytest.mark.parametrize(
    ("start", "lowest"), [(0x44000000, 0x44000000), (0x44001000, 0x44200000), (0x441FF000, 0x44200000)]
)
def test_xens_text_is_tried_at_the_first_2_mib_of_the_ram(start: int, lowest: int) -> None:
    """Boot loaders load it at a multiple of 2 MiB, the first one too (docs/misc/arm/booting.txt); 64 frames are 256 KiB."""
    host = board((start, 0x5C000000), amount=128 * M)
    given = Given(40, iommu=False, dom0_banks=(Extent(0x48000000, 0x50000000),))
    first = next(placements(host, HEAD, given))
    assert first.grant_region == Extent(lowest, lowest + 0x40000)
