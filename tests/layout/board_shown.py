"""Small offers made by hand, and whether a finding about one passes the re-check."""

from __future__ import annotations

from typing import Any

from verifier.layout.board_finding import BoardFinding, Party, Placement
from verifier.layout.board_witness import recheck
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.errors import InternalError
from verifier.layout.finding import Verdict, Witness
from verifier.layout.guest_facts import GuestFacts
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import Offer

PAGE = 0x1000
MIB = 1 << 20
GUEST = GuestFacts(memory=0x5000, memory_unit=0x2000, memory_origin="a.cfg:1", vcpus=1, gic=3)
"""Its memory is no multiple of its unit."""


def offer(
    *regions: tuple[int, int],
    bits: int = 32,
    iommu: bool = True,
    banks: tuple[Extent, ...] | None = None,
    grant: Extent | None = None,
    boots: bool | None = True,
    **values: Any,
) -> Offer:
    """Of dom0 with IOMMU on a board that has nothing, but for these."""
    domain = DomainMap("d0", None, bits, iommu, "find_memory_holes", banks, grant, None, None, boots, ())
    plain = {
        "source": "predicted",
        "hardware": True,
        "host_layout": True,
        "cells": (2, 2),
        "board": BoardMap(()),
        "ram": (),
        "ram_origin": "the log",
    }
    return Offer(domain, tuple(Extent(*each) for each in regions), **{**plain, **values})


def thing(start: int, end: int, kind: str = "device", path: str = "/dev") -> Obstacle:
    return Obstacle(Extent(start, end), kind, path, "reg[0]")


def party(start: int, end: int, name: str = "region", origin: str = "here") -> Party:
    return Party(name, Extent(start, end), origin)


def is_shown(
    witness: Witness | None,
    parties: list[Party],
    of: Offer,
    rule: str = "any",
    placement: Placement | None = None,
) -> bool:
    finding = BoardFinding(
        rule, Verdict.REFUTED, "d0", "said", witness=witness, parties=tuple(parties), placement=placement
    )
    try:
        recheck(finding, of)
    except InternalError:
        return False
    return True
