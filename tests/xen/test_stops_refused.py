"""What a domain of the device tree asks for and cannot have: each alone, on a board where nothing else is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.xen.test_stops import (
    BANKS,
    DIRECT,
    GIVEN,
    GUEST,
    STATIC,
    of,
    with_domains,
    with_options,
    without_dom0,
)  # fmt: skip
from verifier.layout.host import Assigned, Entry, Module
from verifier.xen.subjects import Given


def test_a_device_that_cannot_be_assigned() -> None:
    device = Assigned("/p", "/d", forced=False, stops=True)
    given = replace(GIVEN, assigned={"/chosen/a": (device,)})
    assert of(with_domains(GUEST), given) == [
        (),
        ("handle_passthrough_prop fails at /p of its partial device tree: the host's tree has no node /d",),
    ]


TREE = Module("/chosen/a/t", "device-tree", 0x49000000, 0x1000, of_domain=True)


@pytest.mark.parametrize(("tag", "iommu", "refused"), [
    ("4.16.7", False, True), ("4.16.7", True, False), ("head", False, False), ("head", True, False),
])  # fmt: skip
def test_a_partial_tree_may_need_the_iommu(tag: str, *, iommu: bool, refused: bool) -> None:
    said = ("domain_create fails: a domain with a partial device tree needs the IOMMU",) if refused else ()
    given = Given(40, iommu)
    assert of(with_domains(replace(GUEST, device_tree=TREE)), given, tag=tag) == [(), said]
    assert of(with_domains(GUEST), given, tag=tag) == [(), ()]


@pytest.mark.parametrize(("hardware", "direct", "iommu", "refused"), [
    (True, False, False, True), (True, False, True, False), (True, True, False, False), (False, False, False, False),
])  # fmt: skip
def test_a_hardware_domain_needs_the_iommu_or_a_direct_map(
    *, hardware: bool, direct: bool, iommu: bool, refused: bool
) -> None:
    node = replace(DIRECT if direct else GUEST, capabilities=2 * hardware)
    said = "parse_dom0less_node refuses a hardware domain that is not direct-mapped without IOMMU"
    host = without_dom0(node, reserved=node.static_memory)
    assert of(host, Given(40, iommu)) == [(said,) if refused else ()]


@pytest.mark.parametrize(("tag", "coloured", "static", "colours", "said"), [
    ("head", True, True, None, "create_domUs refuses xen,static-mem where the cache is coloured (llc-coloring)"),
    ("head", True, False, None, ""),
    ("head", False, True, None, ""),
    ("head", False, False, "0-3", "create_domUs refuses llc-colors where the cache is not coloured (llc-coloring)"),
    ("head", True, False, "0-3", ""),
    ("4.19.0", False, False, "0-3", ""),  # nobody reads it
    ("4.19.0", True, True, "0-3", ""),
])  # fmt: skip
def test_colours(tag: str, colours: str | None, said: str, *, coloured: bool, static: bool) -> None:
    node = replace(GUEST, static_memory=(STATIC,) if static else (), llc_colors=colours)
    host = with_options(with_domains(node, reserved=node.static_memory, tag=tag), llc_coloring=coloured)
    found = of(host, replace(GIVEN, dom0_banks=BANKS), tag=tag)
    assert found == [(), (said,) if said else ()]


def test_colours_of_a_xen_whose_command_line_nobody_knows() -> None:
    """It may ask for them."""
    host = with_options(with_domains(replace(GUEST, llc_colors="0-3")), line=None)
    assert of(host, replace(GIVEN, dom0_banks=BANKS)) == [(), ()]


def test_more_colours_than_the_cache_has() -> None:
    host = with_options(
        with_domains(replace(GUEST, llc_colors="0-4")), llc_coloring=True, llc_size=16384, llc_ways=1
    )
    assert of(host, replace(GIVEN, dom0_banks=BANKS)) == [
        (),
        ('create_domUs refuses llc-colors "0-4": the cache has 4 colours',),
    ]


@pytest.mark.parametrize(("size", "refused"), [(0, True), (0xFFF, True), (0x1000, False), (0x1001, False)])
def test_the_console_of_a_direct_mapped_guest(size: int, *, refused: bool) -> None:
    """domain_vpl011_init: the registers that it takes from Xen's console are at least GUEST_PL011_SIZE, a page."""
    uart = Entry("/uart", "reg", 0, 0x9000000, size)
    node = replace(DIRECT, vpl011=True)
    said = (f"domain_vpl011_init refuses {uart}: fewer bytes than 0x1000",) if refused else ()
    assert of(with_domains(node, reserved=(STATIC,), uart=uart)) == [(), said]


def test_whose_console_is_not_that_of_the_host() -> None:
    """That of a guest with its own layout; a hardware domain gets none (construct_domU, init_vuart)."""
    uart = Entry("/uart", "reg", 0, 0x9000000, 8)
    for node in (DIRECT, replace(GUEST, vpl011=True)):
        assert of(with_domains(node, reserved=node.static_memory, uart=uart)) == [(), ()]
    assert of(with_domains(replace(DIRECT, vpl011=True), reserved=(STATIC,))) == [(), ()]
    hardware = replace(DIRECT, vpl011=True, capabilities=2)
    assert of(without_dom0(hardware, reserved=(STATIC,), uart=uart)) == [()]
