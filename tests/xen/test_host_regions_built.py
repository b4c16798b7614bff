"""Whether each domain of a board is built, may not be, or is not, and what it reads then: one reason at a time, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.reading.trees import Description
from tests.xen.test_domu_tree import guest as with_vcpus
from tests.xen.test_host_regions import BANKS, QUARTER
from tests.xen.test_host_regions_answers import MIB, ONE, answers, board
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Addresses, Assigned, Entry, Fault, Passthrough

SMALL = Extent(0x50000000, 0x50100000)
"""A bank of 1 MiB: 2 MiB are the tree's."""


def one_of(tag: str = "head", *, chosen: Description | None = None, **given: Any) -> DomainMap:
    """A guest of 64 MiB."""
    return answers(board({"one": {**ONE, **(chosen or {})}}, tag), **given)[-1]


def test_what_is_not_sure_to_be_built() -> None:
    """A doubt of each kind by itself: regions are as they are, and whether it is built is open."""
    over = Entry("/d", "reg", 0, 0x50000000, 0x1000)
    (d0,) = answers(replace(board(), mapped=Addresses((over,))))
    large = one_of(chosen={"memory": [0, 0x40000]}, dom0_banks=BANKS)
    version = one_of(chosen={"max_grant_version": [2]})
    device = Assigned("/passthrough/x", "/none", forced=False, stops=False)
    lacking = one_of(assigned={"/chosen/one": (device,)})
    vcpus = with_vcpus("4.17.7", 31)
    for found, begins in (
        (d0, ""),
        (large, "whether allocate_memory finds 0x10000000"),
        (version, "whether"),
        (lacking, "handle_passthrough_prop fails at /passthrough/x of its partial device tree"),
        (vcpus, "prepare_dtb_domU: the device tree may not fit"),
    ):
        (reason,) = found.reasons
        assert reason.startswith(begins), found.reasons
        assert found.boots is None
        assert found.extended_regions
        assert found.registers == (found.grant_region, *found.extended_regions)


def with_room(end: str, spare: int) -> DomainMap:
    """dom0 of 700 of 768 MiB, whose banks are open, where the buffer has so much more than the least tree, or the most."""
    host = board({"xen,xen-bootargs": "dom0_mem=700M"}, "4.18.0")
    (d0,) = answers(host, dom0_banks=None, iommu=True)
    assert d0.tree is not None
    assert d0.tree.least < d0.tree.most
    room = (d0.tree.least if end == "least" else d0.tree.most) + spare
    sized = replace(host, dom0=replace(host.dom0, size=host.dom0.size + room - d0.tree.room))
    return answers(sized, dom0_banks=None, iommu=True)[0]


@pytest.mark.parametrize(
    ("end", "spare", "fits"),
    [("least", -1, False), ("least", 0, None), ("most", -1, None), ("most", 0, True)],
)
def test_a_tree_of_dom0_that_may_not_fit(end: str, spare: int, *, fits: bool | None) -> None:
    """Beside another doubt: whether the heap has 700 MiB. A byte less than the least is too little for sure."""
    found = with_room(end, spare)
    heap, trees = "whether allocate_memory_11 finds", "prepare_dtb_hwdom: the device tree "
    begins = {False: (f"{trees}does not fit",), None: (heap, f"{trees}may not fit"), True: (heap,)}[fits]
    assert len(found.reasons) == len(begins)
    assert all(each.startswith(begin) for each, begin in zip(found.reasons, begins, strict=True))
    assert found.boots is (False if fits is False else None)
    assert found.extended_regions
    assert (found.registers is None) == (fits is False)


def test_a_tree_of_dom0_that_does_not_fit() -> None:
    """It may exceed the host's by 144 bytes (DOM0_FDT_EXTRA_SIZE); 128 regions of two cells are 1 KiB."""
    host = board(tag="4.16.0")
    one = Entry("/low", "reg", 0, 0, 4 << 30)
    ends = [Entry(f"/d{at}", "reg", 0, (4 << 30) + at * 128 * MIB + 64 * MIB, 64 * MIB) for at in range(128)]
    host = replace(host, addresses=Addresses((one, *ends)))
    (d0,) = answers(host, iommu=True)
    assert (d0.boots, d0.registers) == (False, None)
    assert d0.extended_regions is not None
    assert d0.tree is not None
    assert d0.tree.fits is False
    (reason,) = d0.reasons
    assert reason.startswith("prepare_dtb_hwdom: the device tree does not fit")
    # allocate_memory is before that, and place_dtb_initrd: a first bank too small for the kernel ends it there.
    (d0,) = answers(host, iommu=True, dom0_banks=(SMALL,))
    (reason,) = d0.reasons
    assert reason.startswith("place_dtb_initrd needs more than")


def test_what_ends_the_boot_once_regions_are_made() -> None:
    """They are in the log, and no domain reads them."""
    (d0,) = answers(board(), dom0_banks=(SMALL,))
    assert d0.extended_regions == (Extent(0x40400000, 0x50000000), Extent(0x50200000, 0x70000000))
    assert (d0.boots, d0.registers) == (False, None)
    (reason,) = d0.reasons
    assert reason.startswith("place_dtb_initrd needs more than")
    (d0,) = answers(board(), dom0_banks=(SMALL,), grant_region=None)
    assert (d0.boots, d0.extended_regions, d0.open_grant) == (False, None, None)


@pytest.mark.parametrize(
    ("enhanced", "effect", "path", "nests"),
    [
        (True, "nests", "/chosen/one", True),
        (True, "ignored", "/chosen/one", False),
        (True, "nests", "/chosen/two", False),
        (False, "nests", "/chosen/one", False),
    ],
)
def test_a_node_inside_another(*, enhanced: bool, effect: str, path: str, nests: bool) -> None:
    """scan_pfdt_node of 4.17 ends no node where it fails: what follows is inside, and no guest looks there."""
    chosen = {name: value for name, value in ONE.items() if enhanced or name != "xen,enhanced"}
    fault = Fault("/passthrough/x", effect, "no memory")
    d0, d1 = answers(board({"one": chosen}, "4.17.7"), partial_faults={path: (fault,)})
    assert d0.registers
    assert (d1.registers is None) == nests
    said = [each for each in d1.reasons if "stands inside that node" in each]
    assert len(said) == nests
    if nests:
        assert said[0].startswith(
            "handle_passthrough_prop fails at /passthrough/x of its partial device tree: no memory"
        )
        assert d1.boots is True
        assert d1.extended_regions == (Extent(0x44000000, 0x100000000), QUARTER[1])


def test_guest_addresses_of_devices_are_no_holes() -> None:
    """Since fba1b0974d: 4 KiB at 1 GiB and 512 MiB, which the host has elsewhere."""
    entry = Passthrough("/passthrough/x", 0, 0x9000000, 0x60000000, 0x1000)
    d1 = one_of(passthrough={"/chosen/one": (entry,)})
    assert d1.extended_regions == (
        Extent(0x44000000, 0x60000000), Extent(0x60200000, 0x100000000), QUARTER[1],
    )  # fmt: skip
