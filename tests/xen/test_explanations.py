"""What explains a log, where releases behave differently in builds without assertions: regions by hand."""

from __future__ import annotations

import pytest

from tests.commands.test_host_verdicts import BOARD
from tests.reading.trees import blob
from verifier.layout.boot import DomainLog, Stretch
from verifier.layout.domain_map import Extent
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen.explanations import Case, explanations
from verifier.xen.release import Build, xen
from verifier.xen.subjects import Given

GIVEN = Given(
    40,
    iommu=False,
    dom0_banks=(Extent(0x50000000, 0x60000000),),
    grant_region=Extent(0x40200000, 0x40200000),
)
RESERVED = {
    "reserved-memory": {
        "#address-cells": [2],
        "#size-cells": [2],
        "ranges": b"",
        "a": {"reg": [0, 0x58000000, 0, 0xA000000]},
    }
}
PRINTED = DomainLog("d0", extended=(Stretch(0x40200000, 0x57E00000, 1), Stretch(0x62000000, 0x7FE00000, 2)))


@pytest.mark.parametrize(("build", "expected"), [("release", ("xen 4.20.0",)), ("debug", ())])
def test_a_release_is_asked_in_the_build_of_the_log(build: Build, expected: tuple[str, ...]) -> None:
    """4.20.0 does three things that 4.21.0 does not, and each of its neighbours one less.

    Reserved memory from inside dom0's RAM on: what is below grows up to 0x58000000 (until 4.20.1, e118fc98e7). The empty
    grant region is removed, start above end, which cuts there (not in 4.18 and 4.19, 21ec0c4226 and 89dca886ac), and the
    first 2 MiB are too small. Ends lose 2 MiB (from 4.18, f37a598139, until 4.21, 9b21841fd1). With ASSERT,
    rangeset_remove_range stops at the empty region.
    """
    tree = read_dtb(blob({**BOARD, **RESERVED}), "t.dtb")
    host = host_of(tree, "4.21.0")
    case = Case(
        host,
        xen("4.21.0", build),
        GIVEN,
        "d0",
        PRINTED,
        lambda rules: host_of(tree, rules.tag, rules=rules),
    )
    assert explanations(case) == expected
