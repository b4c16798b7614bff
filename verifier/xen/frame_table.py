"""For how many bytes Xen's table of page frames has entries: pages between banks of RAM have theirs as well.

Model of init_pdx and setup_frametable_mappings (xen/arch/arm/setup.c, mm.c; xen/common/pdx.c, pfn_pdx_hole_setup): the
longest run of address bits that are 0 in all RAM is left out of the index, the lowest of those that are as long. Arm has the
bits below its first bank among them: it passes 0 to pdx_init_mask, later to pfn_pdx_compression_setup.
"""

from __future__ import annotations

from collections.abc import Sequence

from verifier.layout.domain_map import Extent

_KEPT = 1 << 30
"""Bits below are never left out (MAX_ORDER of Arm, and the size of a page)."""


def spanned(ram: Sequence[Extent]) -> int:
    """Bytes from the first of some banks, which ascend, to the last one."""
    if not ram:
        return 0
    mask = _KEPT - 1
    for each in ram:
        mask |= each.start | _filled(each.start ^ (each.end - 1))
    shift, width = _hole(mask)
    first, last = (_without(address, shift, width) for address in (ram[0].start, ram[-1].end - 1))
    return last - first + 1


def _filled(mask: int) -> int:
    """All bits up to its highest."""
    return (1 << mask.bit_length()) - 1


def _hole(mask: int) -> tuple[int, int]:
    """The lowest bit of the longest run of zeros with a one above it, and how many they are."""
    best = (0, 0)
    start = None
    for bit in range(mask.bit_length()):
        if mask >> bit & 1:
            start = None
            continue
        start = bit if start is None else start
        if bit - start + 1 > best[1]:
            best = (start, bit - start + 1)
    return best


def _without(address: int, shift: int, width: int) -> int:
    return address & ((1 << shift) - 1) | address >> shift + width << shift
