"""What a build of Xen makes of a tree that asks for more than the build has (CONFIG_STATIC_MEMORY, CONFIG_STATIC_SHM).

Xen 4.17: without static shared memory process_shm_node and process_shm are not there, so that the nodes are not even
reserved. Without static memory xen,static-mem is still reserved (process_domain_node), but allocate_static_memory is
empty and make_memory_node finds no bank; and CDF_staticmem is 0, so that create_domUs refuses direct-map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from verifier.layout.host import Domain, Fault, Host


def as_built(host: Host, drivers: Mapping[str, bool]) -> Host:
    """The host as a build sees it; `drivers` as in `Given`. What is not known there the build is taken to have."""
    if not drivers.get("static-shm", True):
        domains = tuple(replace(each, shared=()) for each in host.domains)
        reserved = tuple(each for each in host.reserved if each.kind != "shared-memory")
        host = replace(host, domains=domains, reserved=reserved, shared=(), dom0_shared=())
    if not drivers.get("static-memory", True):
        host = replace(host, faults=(*host.faults, *_refused(host)))
    return host


def _refused(host: Host) -> Iterator[Fault]:
    for each in host.domains:
        if each.direct_map or each.static_memory:
            yield Fault(each.path, "panics", _reason(each), each.path)


def _reason(domain: Domain) -> str:
    if domain.direct_map:
        return "create_domUs refuses direct-map, for this build is without CONFIG_STATIC_MEMORY"
    return "make_memory_node finds no memory: allocate_static_memory is empty without CONFIG_STATIC_MEMORY"
