"""What is known of a guest of the device tree beside its regions: each fact by itself, of domains of a few fields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.rules.boards.offers import SOUND
from tests.xen.nodes import GIB, extent, host, node, static
from tests.xen.test_bank_runs import HEAD, M
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.guest_facts import Interrupt
from verifier.layout.host import Domain, Entry, Gic, Module, Passthrough
from verifier.layout.offer import DevicePages, Offer
from verifier.xen.dom0less_facts import permitted, with_facts
from verifier.xen.subjects import Given

GIVEN = Given(40, iommu=True)
GUEST = replace(SOUND, hardware=False, host_layout=False, devices=())
FRAME = Entry("/intc", "reg", 0, 0x8000000, 0x10000)
VPL011 = Interrupt("vPL011", 32, "spi", "GUEST_VPL011_SPI")
PARTIAL = Module("/chosen/1/t", "device-tree", 0x49000000, 0x1000, of_domain=True)


def domain(**fields: Any) -> DomainMap:
    return replace(SOUND.domain, path="/chosen/1", producer="find_domU_holes", extended_regions=(), **fields)


def told(
    one: Domain,
    *,
    gic: int | None = 3,
    host_layout: bool = False,
    entries: tuple[Passthrough, ...] | None = None,
    seen: DomainMap | None = None,
) -> Offer:
    """Of the first of two domains."""
    other = node(2, cpus=7, memory=GIB, static_memory=static((0x50000000, GIB)))
    found = None if gic is None else Gic("/intc", gic, FRAME, ())
    given = GIVEN if entries is None else replace(GIVEN, passthrough={one.path: entries})
    offer = replace(GUEST, domain=seen or domain(), host_layout=host_layout)
    return with_facts(offer, host(one, other, gic=found), HEAD, given)


@pytest.mark.parametrize(("path", "hardware"), [("/chosen/1", True), ("/chosen/3", False), (None, True)])
def test_of_whom_there_are_none(path: str | None, *, hardware: bool) -> None:
    """Hardware domains, dom0 among them, and one that no node describes."""
    offer = replace(SOUND, hardware=hardware, domain=replace(domain(), path=path))
    assert with_facts(offer, host(node(1)), HEAD, GIVEN) is offer


@pytest.mark.parametrize(
    ("memory", "banks", "expected", "origin"),
    [
        (64 * M, (), 64 * M, "memory"),
        (None, (), 0, "memory"),
        (0, (), 0, "memory"),
        (64 * M, ((0x50000000, 4 * M), (0x60000000, 8 * M)), 12 * M, "xen,static-mem"),
        (None, ((0x50000000, 4 * M),), 4 * M, "xen,static-mem"),
    ],
)
def test_memory(memory: int | None, banks: tuple[tuple[int, int], ...], expected: int, origin: str) -> None:
    """Static banks count as they are; whether `memory` says the same is asked elsewhere."""
    facts = told(node(memory=memory, static_memory=static(*banks))).guest
    assert facts is not None
    assert (facts.memory, facts.memory_unit, facts.memory_origin) == (expected, 4096, f"/chosen/1 {origin}")


@pytest.mark.parametrize(
    ("gic", "cpus", "version", "needs"),
    [
        # GICC has 8 KiB, exactly; each vCPU a redistributor of two frames of 64 KiB.
        (2, 3, 2, [("GICC", 0x2000)]),
        (3, 3, 3, [("GICR", 0x60000)]),
        (3, 0, 3, [("GICR", 0)]),
        (3, None, 3, [("GICR", 0)]),
        (None, 1, 3, [("GICR", 0x20000)]),
    ],
)
def test_the_interrupt_controller(
    gic: int | None, cpus: int | None, version: int, needs: list[tuple[str, int]]
) -> None:
    """Of the version of the host's; without one Xen panics, and a GICv3 is taken."""
    facts = told(node(cpus=cpus), gic=gic).guest
    assert facts is not None
    assert (facts.gic, facts.vcpus) == (version, cpus or 0)
    assert [(each.name, each.amount) for each in facts.needs] == needs
    direct = told(node(cpus=cpus), gic=gic, host_layout=True).guest
    assert direct is not None
    assert direct.needs == ()  # it has the host's


@pytest.mark.parametrize(
    ("vpl011", "host_layout", "has"),
    [(False, False, False), (True, False, True), (True, True, False), (False, True, False)],
)
def test_interrupts(*, vpl011: bool, host_layout: bool, has: bool) -> None:
    """The PPIs of arch-arm.h, and the console's; a direct-mapped domain's has the number of the host's."""
    facts = told(node(vpl011=vpl011), host_layout=host_layout).guest
    assert facts is not None
    ppis = [each for each in facts.interrupts if each.kind == "ppi"]
    assert sorted((each.number, each.origin) for each in ppis) == [
        (27, "GUEST_TIMER_VIRT_PPI"),
        (29, "GUEST_TIMER_PHYS_S_PPI"),
        (30, "GUEST_TIMER_PHYS_NS_PPI"),
        (31, "GUEST_EVTCHN_PPI"),
    ]
    assert [each for each in facts.interrupts if each.kind != "ppi"] == [VPL011] * has


ENTRY = Passthrough("/passthrough/uart", 3, 0x9000000, 0x60000000, 0x2000)
OTHER = Passthrough("/passthrough/rtc", 0, 0x9010000, 0x9010000, 0x1000)


@pytest.mark.parametrize(
    ("vpl011", "tree", "entries", "untold"),
    [
        (True, PARTIAL, None, True),  # nobody read the partial tree
        (True, PARTIAL, (ENTRY,), True),
        (True, PARTIAL, (), False),  # it passes nothing through
        (False, PARTIAL, (ENTRY,), False),
        (False, PARTIAL, None, False),
        (True, None, None, False),
        (True, None, (ENTRY,), False),
    ],
)
def test_interrupts_that_nobody_tells(
    tree: Module | None, entries: tuple[Passthrough, ...] | None, *, vpl011: bool, untold: bool
) -> None:
    facts = told(node(vpl011=vpl011, device_tree=tree), entries=entries).guest
    assert facts is not None
    assert len(facts.untold) == untold


def test_devices() -> None:
    """Mapped are the bytes that are asked for, permitted the page behind them as well (PAGE_ALIGN of the last byte)."""
    found = told(node(), entries=(ENTRY, OTHER))
    uart, rtc = extent(0x9000000, 0x2000), extent(0x9010000, 0x1000)
    assert found.devices == (
        DevicePages("xen,reg /passthrough/uart xen,reg[3]", uart, uart, Extent(0x9000000, 0x9003000)),
        DevicePages("xen,reg /passthrough/rtc xen,reg[0]", rtc, rtc, Extent(0x9010000, 0x9012000)),
    )
    assert found.guest is not None
    assert found.guest.hosts == {
        "xen,reg /passthrough/uart xen,reg[3]": 0x9000000 - 0x60000000,
        "xen,reg /passthrough/rtc xen,reg[0]": 0,
    }
    nothing = told(node())
    assert (nothing.devices, nothing.guest is not None and nothing.guest.hosts) == ((), {})
    assert permitted(extent(0x3000, 0x5000)) == Extent(0x3000, 0x9000)


@pytest.mark.parametrize(
    ("regions", "producer"), [((), "find_domU_holes"), (None, None), ((extent(GIB, GIB),), "find_domU_holes")]
)
def test_where_xen_stops_no_regions_are_missed(
    regions: tuple[Extent, ...] | None, producer: str | None
) -> None:
    seen = replace(domain(), extended_regions=regions)
    found = told(node(), seen=seen)
    assert found.domain == replace(seen, producer=producer)
