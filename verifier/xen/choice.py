"""Which producer makes the extended regions of a domain that Xen itself builds.

Model of make_hypervisor_node (xen/arch/arm/domain_build.c) and domain_use_host_layout
(xen/include/xen/domain-layout.h, 02975cc383). Behaviour `extended-regions`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from verifier.xen.release import Variants, Xen

Producer: TypeAlias = Literal["memory-holes", "unallocated", "domu-holes"]


@dataclass(frozen=True, slots=True)
class Domain:
    """What the choice depends on."""

    hardware: bool
    """dom0, or the dom0less hardware domain."""
    direct_mapped: bool
    iommu: bool
    """Whether this domain uses the IOMMU (is_iommu_enabled): for a guest not the host's, but passthrough."""
    bits: int
    """Of the kernel, 32 or 64."""


def choose(xen: Xen, domain: Domain, *, enabled: bool = True) -> Producer | None:
    """The producer; None where none runs. `enabled` is `ext_regions` of the command line."""
    if not enabled or domain.bits == 32:
        return None
    return _CHOOSE.of(xen)(domain)


def _none(_domain: Domain) -> Producer | None:
    return None


def _dom0_only(domain: Domain) -> Producer | None:
    return _host(domain) if domain.hardware else None


def _direct_mapped(domain: Domain) -> Producer | None:
    return _host(domain) if domain.direct_mapped else "domu-holes"


def _host_layout(domain: Domain) -> Producer | None:
    return _host(domain) if domain.direct_mapped or domain.hardware else "domu-holes"


def _host(domain: Domain) -> Producer:
    return "memory-holes" if domain.iommu else "unallocated"


_CHOOSE: Variants[Callable[[Domain], Producer | None]] = Variants(
    "extended-regions",
    {
        "none": _none,
        "dom0-only": _dom0_only,
        "direct-mapped": _direct_mapped,
        "host-layout": _host_layout,
    },
)
