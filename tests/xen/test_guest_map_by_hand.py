"""Regions of guests by hand: xenstore pages by release, redistributors that nobody counted, and devices of no tree."""

from __future__ import annotations

import pytest

from tests.reading.trees import Description
from tests.xen.nodes import host, node, subject
from tests.xen.test_guest_map import FIRST, GUEST, SECOND, STATIC, maps, named, placed
from verifier.layout.domain_map import Extent
from verifier.layout.host import Entry, Gic, Passthrough
from verifier.xen import guest_map
from verifier.xen.release import xen
from verifier.xen.subjects import Given

MAGIC = Extent(0x39001000, 0x39002000)
"""GUEST_MAGIC_BASE, and XENSTORE_PFN_OFFSET pages on."""
ENHANCED: Description = {"xen,enhanced": "enabled"}
LATE, LATE_DIRECT = "GUEST_MAGIC, by init-dom0less in dom0", "init-dom0less populates one page"
EARLY, EARLY_DIRECT = "GUEST_MAGIC, by alloc_xenstore_page", "a page of Xen's heap, at its host address"


@pytest.mark.parametrize(
    ("tag", "more", "place", "origin"),
    [
        ("4.17.0", ENHANCED, MAGIC, LATE),
        ("4.20.0", ENHANCED, MAGIC, LATE),
        ("4.20.0", {**ENHANCED, **STATIC}, None, LATE_DIRECT),
        ("4.21.0", ENHANCED, MAGIC, EARLY),
        ("4.21.0", {**ENHANCED, **STATIC}, None, EARLY_DIRECT),
        ("head", ENHANCED, MAGIC, EARLY),
        ("head", {**ENHANCED, **STATIC}, None, EARLY_DIRECT),
    ],
)
def test_xenstore_pages(tag: str, more: Description, place: Extent | None, origin: str) -> None:
    """A direct-mapped domain has no magic region: its page is one of the host's, which nobody knows beforehand."""
    (page,) = named(maps(tag=tag, guest={**GUEST, **more})[1], "xenstore page")
    assert page.extent == place
    assert page.origin.startswith(origin)


@pytest.mark.parametrize(
    ("tag", "more"),
    [
        ("4.16.0", ENHANCED),  # 79eb2871f2, of 4.17
        *((tag, more) for tag in ("4.17.0", "4.21.0", "head") for more in ({}, {"xen,enhanced": "no-xenstore"})),
    ],
)  # fmt: skip
def test_who_has_no_xenstore_page(tag: str, more: Description) -> None:
    assert named(maps(tag=tag, guest={**GUEST, **more})[1], "xenstore page") == ()


@pytest.mark.parametrize(("cpus", "regions"), [
    (1, (FIRST,)), (2, (FIRST,)), (3, (FIRST, SECOND)), (4, (FIRST, SECOND)), (5, (None,)), (None, (None,)),
])  # fmt: skip
def test_redistributors_of_a_direct_mapped_guest(
    cpus: int | None, regions: tuple[Extent | None, ...]
) -> None:
    """Two of 128 KiB in each region of the host; for want of `cpus` nobody knows how many it needs."""
    node = {key: value for key, value in {**GUEST, **STATIC}.items() if key != "cpus"}
    d1 = maps(guest=node if cpus is None else {**node, "cpus": [cpus]})[1]
    assert placed(d1, "GICR") == regions
    if regions == (None,):
        (found,) = named(d1, "GICR")
        assert found.origin == "how many redistributor regions of /gic the vCPUs need is not known"


def test_a_redistributor_has_all_of_its_bytes() -> None:
    """128 KiB, of two frames of 64 KiB: what is one byte short of two has one."""
    first, second = Entry("/gic", "reg", 1, 0x8000000, 0x3FFFF), Entry("/gic", "reg", 2, 0x9000000, 0x20000)
    gic = Gic("/gic", 3, Entry("/gic", "reg", 0, 0x7000000, 0x10000), (first, second))
    assert [each.name for each in guest_map._host_interfaces(gic, (1, 1))] == ["GICR0"]
    assert [each.name for each in guest_map._host_interfaces(gic, (2, 2))] == ["GICR0", "GICR1"]


def test_before_there_were_xenstore_pages_nobody_had_one() -> None:
    """Whatever a domain asks for."""
    domain = node(enhanced="enabled")
    for tag, count in {"4.16.7": 0, "4.17.0": 1}.items():
        found = guest_map.regions(host(domain, tag=tag), xen(tag), Given(40, iommu=False), subject(domain))
        assert sum(each.name == "xenstore page" for each in found) == count


def test_who_has_no_device_tree_of_its_own_has_no_devices() -> None:
    assert named(maps(guest=GUEST)[1], "xen,reg") == ()
    entry = Passthrough("/passthrough/x", 1, 0x9000000, 0x60000000, 0x1000)
    elsewhere = maps(guest=GUEST, given={"passthrough": {"/chosen/two": (entry,)}})[1]
    assert named(elsewhere, "xen,reg") == ()
