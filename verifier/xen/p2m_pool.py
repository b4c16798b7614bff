"""How many pages Xen sets aside for the page tables of a domain that is not the hardware domain.

Model of domain_p2m_pages (xen/arch/arm/dom0less-build.c, later common/device-tree/dom0less-build.c) and of
libxl__arch_get_required_paging_memory, which say to be kept in sync (XSA-409). The hardware domain takes its tables from
Xen's heap, without a limit (p2m_alloc_page), and root tables come from there for every domain (p2m_allocate_root).
"""

from __future__ import annotations

EXTRA = 128
"""Pages meant for the extended regions."""
_PER_VCPU = 256
_MIB = 20
_PAGES_PER_MIB = 1 << _MIB - 12


def pool_pages(memory: int, vcpus: int) -> int:
    """The default for a domain of so many bytes of RAM: parts of a MiB do not count, and the sum is whole MiB."""
    wanted = _PER_VCPU * vcpus + (memory >> _MIB) + EXTRA
    return -(-wanted // _PAGES_PER_MIB) * _PAGES_PER_MIB
