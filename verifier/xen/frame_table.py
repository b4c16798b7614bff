"""For how many bytes Xen's table of page frames has entries: pages between banks of RAM have theirs as well.

Model of init_pdx, setup_frametable_mappings and init_frametable (xen/arch/arm/setup.c, mm.c, mmu/mm.c; xen/common/pdx.c,
pfn_pdx_hole_setup): the longest run of address bits that are 0 in all RAM is left out of the index, the lowest of those that
are as long. Arm has the bits below its first bank among them: it passes 0 to pdx_init_mask, later to
pfn_pdx_compression_setup. Behaviour `frame-table`.
"""

from __future__ import annotations

from collections.abc import Sequence

from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import merged
from verifier.reading.models import PAGE
from verifier.xen.release import Variants, Xen

_KEPT = 1 << 30
"""Bits below are never left out (MAX_ORDER of Arm, and the size of a page)."""
_GROUP = 1 << 30
"""Bytes of RAM of a group (PDX_GROUP_COUNT): their entries, of 56 bytes each, are whole 2 MiB."""
_BY_GROUP = Variants("frame-table", {"whole": False, "by-group": True})


def spanned(ram: Sequence[Extent]) -> int:
    """Bytes from the first of some banks, which ascend, to the last one."""
    if not ram:
        return 0
    shift, width = _hole(_bits(ram))
    first, last = (_without(address, shift, width) for address in (ram[0].start, ram[-1].end - 1))
    return last - first + 1


def entries(xen: Xen, ram: Sequence[Extent]) -> tuple[Extent, ...]:
    """The pages that have an entry, or may have, of banks that ascend.

    Where bits are left out pages of the gaps between banks share entries with others, and count as if they had their own.
    """
    if not ram:
        return ()
    first, last = ram[0].start // PAGE * PAGE, max(each.end for each in ram) // PAGE * PAGE
    if not _BY_GROUP.of(xen):
        return merged([Extent(first, last)])
    groups = [Extent(each.start // _GROUP * _GROUP, -(-each.end // _GROUP) * _GROUP) for each in ram]
    _, width = _hole(_bits(ram))
    if width:
        groups = [Extent(groups[0].start, last)]
    return merged(Extent(each.start, min(each.end, last)) for each in groups)


def _bits(ram: Sequence[Extent]) -> int:
    """Those that are not 0 in all RAM, or are never left out (pdx_init_mask, pdx_region_mask)."""
    mask = _KEPT - 1
    for each in ram:
        mask |= each.start | _filled(each.start ^ (each.end - 1))
    return mask


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
