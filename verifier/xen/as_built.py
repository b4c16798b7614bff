"""What a build of Xen makes of a tree that asks for more than the build has (CONFIG_STATIC_MEMORY, CONFIG_STATIC_SHM).

Without static shared memory process_shm_node refuses the node, and the early scan ends there: modules and memory behind
it are not seen. Without static memory xen,static-mem is still reserved (process_domain_node), but allocate_static_memory is
empty and make_memory_node finds no bank; and CDF_staticmem is 0, so that create_domUs refuses direct-map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from verifier.layout.host import Domain, Fault, Host
from verifier.reading.dt_rules import Rules
from verifier.reading.shared_memory import LACKS_SHARED


def read_by(rules: Rules, drivers: Mapping[str, bool]) -> Rules:
    """The rules by which a build reads a tree; `drivers` as in `Given`. What is not known there it is taken to have."""
    return (
        rules if drivers.get("static-shm", True) else replace(rules, holding=rules.holding | {LACKS_SHARED})
    )


def as_built(host: Host, drivers: Mapping[str, bool]) -> Host:
    """The host as a build sees it, read by the rules of `read_by`."""
    if drivers.get("static-memory", True):
        return host
    return replace(host, faults=(*host.faults, *_refused(host)))


def asked_for(host: Host, drivers: Mapping[str, bool]) -> Iterator[str]:
    """The options that a tree asks for, if nobody says whether the build has them: it is taken to."""
    if "static-memory" not in drivers and any(each.direct_map or each.static_memory for each in host.domains):
        yield "CONFIG_STATIC_MEMORY"
    if "static-shm" not in drivers and (host.shared or any(each.shared for each in host.domains)):
        yield "CONFIG_STATIC_SHM"


def _refused(host: Host) -> Iterator[Fault]:
    for each in host.domains:
        if each.direct_map or each.static_memory:
            yield Fault(each.path, "panics", _reason(each), each.path)


def _reason(domain: Domain) -> str:
    if domain.direct_map:
        return "create_domUs refuses direct-map, for this build is without CONFIG_STATIC_MEMORY"
    return "make_memory_node finds no memory: allocate_static_memory is empty without CONFIG_STATIC_MEMORY"
