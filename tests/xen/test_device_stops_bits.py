"""Devices over RAM of dom0 where only a kernel of 32 bits is copied to (kernel_zimage_place)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_bank_runs import M, board
from verifier.layout.domain_map import Extent
from verifier.layout.host import Addresses, Entry, Module
from verifier.xen.device_stops import doubts
from verifier.xen.release import xen
from verifier.xen.subjects import Given, subjects

START = 0x50000000


@pytest.mark.parametrize(
    ("at", "of_64", "of_32"),
    [
        # A kernel of 1 MiB, which may be 16 unpacked, or begin 2 MiB further; below 128 MiB; the tree; nothing; the tree.
        (17, True, True),
        (18, False, True),
        (127, False, True),
        (128, True, True),
        (130, False, False),
        (253, False, False),
        (254, True, True),
        (256, False, False),
    ],
)
def test_a_kernel_of_32_bits_is_as_high_as_it_fits(at: int, *, of_64: bool, of_32: bool) -> None:
    """At so many MiB of a bank of 256; where nobody says, a kernel has 64 bits."""
    kernel = Module("/chosen/k", "kernel", 0x70000000, 1 * M, of_domain=False)
    host = replace(
        board((0x40000000, 0x80000000), amount=256 * M),
        mapped=Addresses((Entry("/d", "reg", 0, START + at * M, 1 * M),)),
        modules=(kernel,),
    )
    for bits, doubtful in (({}, of_64), ({"d0": 64, "d1": 32}, of_64), ({"d0": 32}, of_32)):
        given = Given(40, iommu=False, dom0_banks=(Extent(START, START + 256 * M),), kernel_bits=bits)
        (dom0,) = subjects(host, xen("head"), given)
        found = [each for each in doubts(host, xen("head"), given, dom0) if "copy_to_guest_phys" in each]
        assert bool(found) is doubtful
