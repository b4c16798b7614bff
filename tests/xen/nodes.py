"""Hosts and domains of the device tree of a few fields, for what is asked of them one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.xen.test_bank_runs import M, board
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Domain, Host, Module
from verifier.xen.subjects import Subject

GIB = 1 << 30
_OF_DOM0 = Module("/chosen/k", "kernel", 0x48000000, 0x10000, of_domain=False)
_OF_DOMAIN = replace(_OF_DOM0, path="/chosen/a/k", of_domain=True)


def node(number: int = 1, **fields: Any) -> Domain:
    """A guest of 64 MiB, `/chosen/1` if it is the first."""
    return replace(NODE, path=f"/chosen/{number}", number=number, **{"memory": 64 * M, **fields})


def static(*banks: tuple[int, int]) -> tuple[Bank, ...]:
    """Starts and sizes of xen,static-mem."""
    return tuple(
        Bank("/chosen/1", index, start, size, "static-domain") for index, (start, size) in enumerate(banks)
    )


def host(*domains: Domain, dom0less: bool = False, tag: str = "head", **fields: Any) -> Host:
    """With 1 GiB of RAM and a GICv2; a kernel of dom0, or of domains alone."""
    made = board((0x40000000, 0x80000000), amount=256 * M)
    kernels = (_OF_DOMAIN,) if dom0less else (_OF_DOM0, _OF_DOMAIN)
    return replace(made, tag=tag, domains=domains, modules=kernels, **fields)


def subject(domain: Domain | None, **fields: Any) -> Subject:
    """A domain as producers see it, without RAM; dom0, if it is none."""
    of = (
        {"name": "d0", "path": None} if domain is None else {"name": f"d{domain.number}", "path": domain.path}
    )
    seen: dict[str, Any] = {
        "hardware": domain is None or domain.hardware,
        "direct_mapped": domain is None or domain.direct_map,
        "iommu": False,
        "has_node": True,
        "banks": (),
        "grant": None,
        "shared": (),
        "passthrough": (),
        "cells": (2, 2),
    }
    return Subject(**{**of, **seen, **fields})


def extent(start: int, size: int) -> Extent:
    return Extent(start, start + size)
