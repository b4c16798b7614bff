"""Where dom0's grant region lies: `reg[0]` of its hypervisor node.

Model of find_gnttab_region (xen/arch/arm/domain_build.c, 7e02c88160) and gnttab_dom0_frames (18b1be5e32), before
of platform_dom0_gnttab (xen/arch/arm/platform.c, b490724477). Behaviour `dom0-grant-region`. The region of every other
domain is GUEST_GNTTAB of the header, direct-mapped or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verifier.logic.word import Word, holds, smaller, uint64
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.outcome import Fault, FaultError, Span
from verifier.xen.release import Variants, Xen

_NO_PLATFORM = Span(0xB0000000, 0x20000)
_SHORT_DESCRIPTOR_END = 4 << 30


@dataclass(frozen=True, slots=True)
class Host:
    """What the place depends on."""

    text: Span
    """Physical address of `_stext`, page aligned, and the bytes up to `_etext`."""
    max_frames: Word
    """Grant frames at most (command line, else the default); 0 where grant tables are compiled out."""
    arch: str = "arm64"
    platform: Span | None = None
    """The constant of a platform that has one."""


def find(xen: Xen, host: Host) -> Span:
    """The grant region. Raises FaultError where Xen stops."""
    return _FIND.of(xen)(host)


def _platform(host: Host) -> Span:
    return host.platform or _NO_PLATFORM


def _text(host: Host) -> Span:
    pages = uint64.shift_right(host.text.size, PAGE_SHIFT)
    if holds(pages < host.max_frames):
        raise FaultError(
            Fault("panic", "find_gnttab_region", "Xen's text has fewer pages than the grant table frames")
        )
    return _below_4g(host, pages)


def _frames_in_text(host: Host) -> Span:
    return _below_4g(
        host,
        smaller(host.max_frames, uint64.shift_right(host.text.size, PAGE_SHIFT)),
    )


def _below_4g(host: Host, pages: Word) -> Span:
    region = Span(host.text.start, uint64.shift_left(pages, PAGE_SHIFT))
    if host.arch == "arm32" and holds(uint64.add(region.start, region.size) > _SHORT_DESCRIPTOR_END):
        raise FaultError(Fault("bug", "find_gnttab_region", "the grant region ends above 4 GiB"))
    return region


_FIND: Variants[Callable[[Host], Span]] = Variants(
    "dom0-grant-region",
    {
        "platform": _platform,
        "text": _text,
        "frames-in-text": _frames_in_text,
    },
)
