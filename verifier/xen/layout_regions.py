"""Regions of the guest layout by name, as a domain without host addresses has them (xen/include/public/arch-arm.h)."""

from __future__ import annotations

from verifier.layout.domain_map import Extent, NamedRegion
from verifier.reading.models import PAGE
from verifier.xen.subjects import numbers_of

XENSTORE_PAGE = 1
"""Pages from GUEST_MAGIC_BASE (XENSTORE_PFN_OFFSET)."""


def of_layout(tag: str, name: str, stem: str) -> NamedRegion:
    """The region of `stem`_BASE and `stem`_SIZE. Raises KeyError for a release without them."""
    numbers = numbers_of(tag)
    start = numbers[f"{stem}_BASE"]
    return NamedRegion(name, Extent(start, start + numbers[f"{stem}_SIZE"]), stem)


def gic(tag: str, version: int) -> tuple[NamedRegion, ...]:
    """The registers of a vGIC of version 2 or 3, whatever the number of vCPUs."""
    if version == 2:
        return tuple(of_layout(tag, name, f"GUEST_{name}") for name in ("GICD", "GICC"))
    return of_layout(tag, "GICD", "GUEST_GICV3_GICD"), of_layout(tag, "GICR", "GUEST_GICV3_GICR0")


def vpl011(tag: str) -> NamedRegion:
    """The emulated console."""
    return of_layout(tag, "vPL011", "GUEST_PL011")


def magic_page(tag: str, index: int) -> Extent:
    """One page of the magic region, counting from 0."""
    start = numbers_of(tag)["GUEST_MAGIC_BASE"] + index * PAGE
    return Extent(start, start + PAGE)
