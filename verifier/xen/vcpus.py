"""How many vCPUs a domain has that Xen itself builds (dom0_max_vcpus, xen/arch/arm/domain_build.c; `cpus` of a node)."""

from __future__ import annotations

from verifier.layout.host import Host
from verifier.xen.subjects import Given, Subject

MOST = 128
"""MAX_VIRT_CPUS of arm64."""


def vcpus(host: Host, given: Given, subject: Subject) -> tuple[int, int] | None:
    """The least and the most; None for a domain that Xen does not build for want of `cpus` or of processors.

    dom0 has one for each CPU that Xen has brought up, at most all of the tree, unless dom0_max_vcpus tells; with
    pools of processors it may have fewer.
    """
    if subject.path is not None:
        own = next((each.cpus for each in host.domains if each.path == subject.path), None)
        return None if own is None else (min(own, MOST), min(own, MOST))
    processors = host.dom0.processors
    if processors is None:
        return None
    known = host.options.dom0_max_vcpus or (None if processors.pooled else given.cpus)
    if known is not None:
        return min(known, MOST), min(known, MOST)
    return 1, min(processors.count, MOST)
