"""Devices of the host that a partial device tree hands to a domain: whether Xen can assign them.

Model of handle_passthrough_prop behind its mappings (xen/arch/arm/domain_build.c, later dom0less-build.c and
xen/common/device-tree/dom0less-build.c), and of iommu_assign_dt_device (xen/drivers/passthrough/device_tree.c).
"""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.host import Assigned, Host
from verifier.xen.subjects import Given, Subject


def stops(host: Host, given: Given, subject: Subject) -> Iterator[str]:
    """What ends the building of the domain."""
    for each in given.assigned.get(subject.path or "", ()):
        if each.stops and (reason := _refused(host, subject, each)):
            yield f"handle_passthrough_prop fails at {each.path} of its partial device tree: {reason}"


def doubts(host: Host, given: Given, subject: Subject) -> Iterator[str]:
    """What goes wrong and does not end it: this release goes on inside the node. And interrupts that may not fit."""
    domain = next((each for each in host.domains if each.path == subject.path), None)
    assigned = given.assigned.get(subject.path or "", ())
    for each in assigned:
        if not each.stops and (reason := _refused(host, subject, each)):
            where = f"{each.path} of its partial device tree"
            yield f"handle_passthrough_prop fails at {where}, and this release goes on: {reason}"
    if (
        domain is not None
        and domain.nr_spis is not None
        and any(each.device is not None for each in assigned)
    ):
        which = f"nr_spis of {domain.nr_spis}"
        yield f"whether the interrupts of its devices are among {which} is not decided (vgic_reserve_virq)"


def _refused(host: Host, subject: Subject, each: Assigned) -> str:
    """Why the device cannot be assigned; empty if it can. Memory without a device has xen,force-assign-without-iommu."""
    if each.device is None:
        return ""
    behind = host.devices.get(each.device.lower())
    if behind is None:
        return f"the host's tree has no node {each.device}"
    if each.forced or (behind and subject.iommu):
        return ""
    why = "the domain has no IOMMU" if not subject.iommu else f"no IOMMU is named for {each.device} (iommus)"
    return f"{why}; xen,force-assign-without-iommu lets it have the device all the same"
