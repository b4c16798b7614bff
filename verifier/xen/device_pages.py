"""Which pages of a device of the host dom0 may manage, and which are mapped to it.

Model of map_range_to_domain (xen/arch/arm/device.c, before in domain_build.c) and, as far as frames go, of
iomem_permit_access (33233c2758) and map_regions_p2mt. Behaviour `device-permission`. Numbers are page frames. A
reg entry that does not end below 2^64 is refused before either by later releases; that is not looked at here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from verifier.logic.word import Word, uint64
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.outcome import Span
from verifier.xen.rangeset import Range
from verifier.xen.release import Variants, Xen

Last: TypeAlias = Callable[[Word], Word]
"""The byte in whose page permissions end, of the last byte of a device."""
_PAGE = 1 << PAGE_SHIFT


def permitted(xen: Xen, device: Span) -> Range:
    """The frames, ends inclusive; start above end if a device of size 0 begins with a page, where that is `exact`."""
    return permitted_by(rule(xen), device)


def rule(xen: Xen) -> Last:
    """What a release makes of the last byte of a device."""
    return _LAST.of(xen)


def permitted_by(rule: Last, device: Span) -> Range:
    """The frames by the rule of a release."""
    last = uint64.subtract(uint64.add(device.start, device.size), 1)
    return Range(uint64.shift_right(device.start, PAGE_SHIFT), uint64.shift_right(rule(last), PAGE_SHIFT))


def mapped(device: Span) -> Span:
    """The bytes: `PFN_UP(len)` pages from the one that the address lies in."""
    return Span(uint64.round_down(device.start, _PAGE), uint64.round_up(device.size, _PAGE))


def _page_after(last: Word) -> Word:
    """`PAGE_ALIGN(addr + len - 1)`: the page after the last one, unless that ends with its first byte."""
    return uint64.round_up(last, _PAGE)


def _itself(last: Word) -> Word:
    return last


_LAST: Variants[Last] = Variants("device-permission", {"one-page-more": _page_after, "exact": _itself})
EMPTY_IS_DISORDERED = Variants("device-permission", {"one-page-more": False, "exact": True})
"""Whether a device of size 0 at the start of a page, other than the first, asks for a range out of order."""
