"""How many pages Xen sets aside for the page tables of a domain that is not the hardware domain.

Model of domain_p2m_pages (xen/arch/arm/dom0less-build.c, later common/device-tree/dom0less-build.c) and of
libxl__arch_get_required_paging_memory, which say to be kept in sync (XSA-409). The hardware domain takes its tables from
Xen's heap, without a limit (p2m_alloc_page), and root tables come from there for every domain (p2m_allocate_root).
"""

from __future__ import annotations

from collections.abc import Sequence

from verifier.layout.host import Domain
from verifier.reading.models import PAGE

EXTRA = 128
"""Pages meant for the extended regions."""
_PER_VCPU = 256
_MIB = 20
_PAGES_PER_MIB = 1 << _MIB - 12
_REACHES = tuple(PAGE << 9 * level for level in (1, 2, 3))
"""Bytes that a table stands for."""
_OF_GIC = 2 * len(_REACHES)
"""Tables for what every guest has at an address beside its RAM: the CPU interface of a GICv2."""


def wanted_pages(memory: int, vcpus: int) -> int:
    """What a domain of so many bytes of RAM is reckoned to need: parts of a MiB do not count."""
    return _PER_VCPU * vcpus + (memory >> _MIB) + EXTRA


def pool_pages(memory: int, vcpus: int) -> int:
    """The default for a domain of the device tree of so many bytes of RAM: the sum is whole MiB."""
    return -(-wanted_pages(memory, vcpus) // _PAGES_PER_MIB) * _PAGES_PER_MIB


def is_enough_for_any(vcpus: int, sizes: Sequence[int]) -> bool:
    """Whether what is reckoned holds the tables for RAM of any size in two banks, and for stretches of so many bytes.

    Each MiB of RAM adds a page to the pool, and at most 1/2 + 1/1024 + 1/524288 to the tables: what the RAM needs beside
    that, the rest of the sum has to have.
    """
    return tables_at_most([0, 0, *sizes]) <= wanted_pages(0, vcpus)


def pages(domain: Domain) -> int:
    """Of a guest of the device tree."""
    if domain.p2m_mib is not None:
        return domain.p2m_mib * _PAGES_PER_MIB
    return pool_pages(domain.memory or 0, domain.cpus or 0)


def mib(count: int) -> int:
    """Whole MiB for so many pages."""
    return -(-count // _PAGES_PER_MIB)


def tables_at_most(sizes: Sequence[int]) -> int:
    """For stretches of so many bytes that are mapped page by page, wherever they lie."""
    return _OF_GIC + sum(size // reach + 2 for size in sizes for reach in _REACHES)
