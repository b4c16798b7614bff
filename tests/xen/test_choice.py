"""Which producer runs for which domain, by release."""

from __future__ import annotations

import pytest

from verifier.xen.choice import Domain, choose
from verifier.xen.release import xen

DOM0 = Domain(hardware=True, direct_mapped=True, iommu=False, bits=64)
COLOURED = Domain(hardware=True, direct_mapped=False, iommu=True, bits=64)
DIRECT = Domain(hardware=False, direct_mapped=True, iommu=True, bits=64)
GUEST = Domain(hardware=False, direct_mapped=False, iommu=True, bits=64)


@pytest.mark.parametrize(
    ("tag", "dom0", "coloured", "direct", "guest"),
    [
        ("4.15.0", None, None, None, None),
        ("4.16.0", "unallocated", "memory-holes", None, None),
        ("4.17.0", "unallocated", "domu-holes", "memory-holes", "domu-holes"),
        ("4.19.6", "unallocated", "domu-holes", "memory-holes", "domu-holes"),
        ("4.20.0", "unallocated", "memory-holes", "memory-holes", "domu-holes"),
        ("head", "unallocated", "memory-holes", "memory-holes", "domu-holes"),
    ],
)
def test_who_makes_them(
    tag: str, dom0: str | None, coloured: str | None, direct: str | None, guest: str | None
) -> None:
    release = xen(tag)
    assert [choose(release, each) for each in (DOM0, COLOURED, DIRECT, GUEST)] == [
        dom0,
        coloured,
        direct,
        guest,
    ]


def test_nobody() -> None:
    assert choose(xen("head"), DOM0, enabled=False) is None
    assert choose(xen("head"), Domain(hardware=True, direct_mapped=True, iommu=True, bits=32)) is None
