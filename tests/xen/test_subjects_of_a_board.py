"""The domains of a board as producers see them: dom0, a hardware domain and guests, field by field, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.reading.trees import Description
from tests.xen.test_host_regions import BANKS, GRANT, inputs
from tests.xen.test_host_regions_answers import ONE, board, shared
from tests.xen.test_refused_domains import NODE
from verifier.layout.domain_map import Extent
from verifier.layout.host import Bank, Domain, Host, Module, Passthrough, SharedMemory
from verifier.xen.outcome import Span
from verifier.xen.release import xen
from verifier.xen.subjects import Given, Subject, guest_banks, is_direct_mapped, subjects

GIB = 1 << 30
OWN = Extent(0x38000000, 0x39000000)
"""GUEST_GNTTAB of arch-arm.h."""
STATIC = (
    Bank("/chosen/a", 0, 0x60000000, 0x3000000, "static-domain"),
    Bank("/chosen/a", 1, 0x68000000, 0x1000000, "static-domain"),
)
"""48 and 16 MiB."""
COLOURS: Description = {"xen,xen-bootargs": "llc-coloring=on llc-size=1M llc-nr-ways=16 dom0_mem=128M"}


def seen(host: Host, **given: Any) -> tuple[Subject, ...]:
    return subjects(host, xen(host.tag), inputs(**given))


def one(domain: Domain, tag: str = "head", **given: Any) -> Subject:
    """Of a board with this domain behind dom0."""
    return seen(replace(board(tag=tag), domains=(domain,)), **given)[-1]


def test_bits_of_a_kernel_are_64_unless_somebody_tells() -> None:
    given = Given(40, iommu=False, kernel_bits={"d1": 32})
    assert (given.bits("d0"), given.bits("d1")) == (64, 32)


def test_dom0_comes_first_if_there_is_one() -> None:
    """A tree with kernels of domains alone has none (is_dom0less_mode)."""
    assert [(each.name, each.path) for each in seen(board({"one": ONE, "two": ONE}))] == [
        ("d0", None), ("d1", "/chosen/one"), ("d2", "/chosen/two"),
    ]  # fmt: skip
    without: Description = {"kernel@1": {"no": "kernel"}, "one": ONE}
    assert [each.name for each in seen(board(without))] == ["d1"]
    assert [each.name for each in seen(board())] == ["d0"]


@pytest.mark.parametrize("iommu", [True, False])
def test_dom0(*, iommu: bool) -> None:
    chosen = {"xen,xen-bootargs": "dom0_mem=128M", "a": shared("a", 0x62000000, 0x62000000, 0x1000)}
    host = replace(board(chosen), address_cells=2)
    (d0,) = seen(host, iommu=iommu)
    assert (d0.hardware, d0.direct_mapped, d0.iommu, d0.has_node) == (True, True, iommu, True)
    assert (d0.banks, d0.grant, d0.passthrough, d0.cells) == (BANKS, GRANT, (), (2, 1))
    assert [each.host for each in d0.shared] == [0x62000000]
    (d0,) = seen(host, dom0_banks=None)
    assert (d0.banks, d0.grant) == (None, GRANT)  # which RAM of the heap it gets nobody knows beforehand
    (d0,) = seen(host, dom0_banks=None, grant_region=None)
    assert (d0.banks, d0.grant) == (None, None)


def test_banks_of_a_coloured_dom0_follow_from_the_rest() -> None:
    """128 MiB behind the grant region, below which are 2 MiB, too few for a first bank; unless somebody tells."""
    host = board(COLOURS)
    (told,) = seen(host)
    assert (told.direct_mapped, told.banks) == (False, BANKS)
    (d0,) = seen(host, dom0_banks=None)
    assert (d0.direct_mapped, d0.banks) == (False, (Extent(0x40400000, 0x48400000),))


def test_who_is_direct_mapped() -> None:
    """dom0 unless it is coloured; a domain of the tree if it asks for it, whatever dom0 is."""
    for chosen, dom0 in ((COLOURS, False), ({}, True)):
        host = board(chosen)
        assert is_direct_mapped(host, None) is dom0
        assert is_direct_mapped(host, NODE) is False
        assert is_direct_mapped(host, replace(NODE, direct_map=True)) is True


def test_a_guest() -> None:
    window = SharedMemory("/chosen/a/s", "s", 0x62000000, 0x20000000, 0x1000, None)
    guest = one(replace(NODE, number=3, memory=GIB, enhanced="legacy", shared=(window,)))
    assert (guest.name, guest.path, guest.hardware, guest.direct_mapped) == ("d3", "/chosen/a", False, False)
    assert (guest.banks, guest.grant, guest.cells) == ((Extent(GIB, 2 * GIB),), OWN, (2, 2))
    assert (guest.shared, guest.passthrough, guest.has_node) == ((window,), (), True)
    assert one(NODE).has_node is False


@pytest.mark.parametrize("host", [True, False])
@pytest.mark.parametrize("wants", [True, False])
def test_a_guest_has_the_iommu_if_it_wants_it_and_it_is_there(*, host: bool, wants: bool) -> None:
    assert one(replace(NODE, wants_iommu=wants), iommu=host).iommu is (host and wants)


def test_a_hardware_domain_of_the_tree_is_as_dom0() -> None:
    """DOMAIN_CAPS_HARDWARE: the host's cells, banks and grant region of dom0, and a node without xen,enhanced."""
    hardware = replace(NODE, capabilities=2, memory=GIB)
    found = one(hardware)
    assert (found.hardware, found.has_node, found.cells) == (True, True, (1, 1))
    assert (found.banks, found.grant, found.direct_mapped) == (BANKS, GRANT, False)
    direct = one(replace(hardware, direct_map=True, static_memory=STATIC), dom0_banks=None, grant_region=None)
    assert (direct.banks, direct.grant, direct.direct_mapped) == (None, None, True)


@pytest.mark.parametrize(
    ("tag", "region", "own"),
    [
        # `#ifdef CONFIG_GRANT_TABLE` of construct_domU: a build without has none for any domain.
        ("head", Extent(0x40200000, 0x40200000), Extent(0, 0)),
        ("4.20.4", Extent(0x40200000, 0x40200000), OWN),
        ("head", Extent(0x40200000, 0x40240000), OWN),
        ("head", Extent(0, 0x40000), OWN),
        ("head", None, OWN),
    ],
)
def test_the_grant_region_of_a_guest(tag: str, region: Extent | None, own: Extent) -> None:
    assert one(NODE, tag, grant_region=region).grant == own


@pytest.mark.parametrize(
    ("tag", "partial", "known", "found"),
    [
        ("head", True, True, (Span(0x60000000, 0x1000),)),
        ("head", True, False, None),
        ("head", False, False, ()),
        ("4.20.4", True, True, (Span(0x60000000, 0x1000),)),
        ("4.20.4", True, False, ()),  # xen,reg is no hole there
        ("4.20.4", False, False, ()),
    ],
)
def test_what_is_passed_through(
    tag: str, found: tuple[Span, ...] | None, *, partial: bool, known: bool
) -> None:
    """Guest addresses of xen,reg, as far as they matter and somebody has read them."""
    module = Module("/chosen/a/t", "device-tree", 0x49000000, 0x1000, of_domain=True)
    entry = Passthrough("/passthrough/x", 0, 0x9000000, 0x60000000, 0x1000)
    domain = replace(NODE, device_tree=module if partial else None)
    path = "/chosen/a" if known else "/chosen/b"
    assert one(domain, tag, passthrough={path: (entry,)}).passthrough == found


@pytest.mark.parametrize(
    ("memory", "static", "direct", "banks"),
    [
        (None, (), False, None),
        (0, (), False, ()),
        (4096, (), False, (Extent(GIB, GIB + 4096),)),
        (3 * GIB, (), False, (Extent(GIB, 4 * GIB),)),
        (4 * GIB, (), False, (Extent(GIB, 4 * GIB), Extent(8 * GIB, 9 * GIB))),
        # Of static memory all is mapped, in the windows of a guest, whatever `memory` says.
        (GIB, STATIC, False, (Extent(GIB, GIB + 0x4000000),)),
        (None, STATIC, False, (Extent(GIB, GIB + 0x4000000),)),
        (GIB, STATIC, True, (Extent(0x60000000, 0x63000000), Extent(0x68000000, 0x69000000))),
        (None, STATIC[1:], True, (Extent(0x68000000, 0x69000000),)),
    ],
)
def test_ram_of_a_guest(
    memory: int | None, static: tuple[Bank, ...], banks: tuple[Extent, ...] | None, *, direct: bool
) -> None:
    """GUEST_RAM0 has 3 GiB from 1 GiB on, GUEST_RAM1 begins at 8 GiB; what is direct-mapped is where the host has it."""
    domain = replace(NODE, memory=memory, static_memory=static, direct_map=direct)
    assert guest_banks("head", domain) == banks
    assert one(domain).banks == banks
