"""What Xen has for itself where RAM is far apart: by whether it leaves bits of addresses out of its table of page frames."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import M, board
from verifier.layout.domain_map import Extent
from verifier.xen.heap_left import own_most
from verifier.xen.subjects import Given

GIB = 1 << 30
APART = board((2 * GIB, 3 * GIB), (64 * GIB, 65 * GIB), amount=128 * M)
GIVEN = Given(40, iommu=False)


@pytest.mark.parametrize(("line", "gib"), [
    # Bits 32 to 35 are in no RAM: 64 GiB come at 4 GiB.
    (None, 3), ("", 3), ("dom0_mem=128M", 3), ("dom0_mem=128M pdx-compress=no", 63), ("no-pdx-compress", 63),
])  # fmt: skip
def test_pages_between_banks_have_entries(line: str | None, gib: int) -> None:
    """`pdx-compress` (docs/misc/xen-command-line): a 32nd of what lies from the first byte to the last, and 32 MiB."""
    host = replace(APART, options=replace(APART.options, line=line))
    assert own_most(host, GIVEN) == gib * GIB // 32 + 32 * M
    assert own_most(replace(host, memory=()), GIVEN) == 32 * M
    told = replace(GIVEN, ram=(Extent(1 * GIB, 2 * GIB),))
    assert own_most(host, told) == GIB // 32 + 32 * M
