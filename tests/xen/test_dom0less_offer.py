"""A dom0less guest of options as a whole: its map by hand, and what stops it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from verifier.layout.domain_map import Extent
from verifier.layout.guest_config import GuestConfig, Iomem, Irq
from verifier.layout.offer import DevicePages, Offer
from verifier.layout.origin import Origin
from verifier.rules.boards.catalogue import judge
from verifier.xen import dom0less_offer
from verifier.xen.release import xen

MIB, GIB = 1 << 20, 1 << 30
PAGE = 4096
TAGS = ("4.16.0", "4.17.7", "4.20.0", "4.21.2", "head")
GIC = {
    2: {"GICD": (0x3001000, 0x1000), "GICC": (0x3002000, 0x2000)},
    3: {"GICD": (0x3001000, 0x10000), "GICR": (0x3020000, 0x1000000)},
}
OPTION = Origin("--iomem", 0)


def config(
    memory: int, vcpus: int = 1, *, iomem: tuple[Iomem, ...] = (), irqs: tuple[int, ...] = (),
    vuart: bool = False, frames: int | None = None,
) -> GuestConfig:  # fmt: skip
    return GuestConfig(
        "the options", "guest", None, memory, memory, vcpus, vcpus, iomem=iomem, vuart=vuart,
        irqs=tuple(Irq(each, Origin("--irq", 0)) for each in irqs), max_grant_frames=frames,
        origins={"memory": Origin("--memory", 0)},
    )  # fmt: skip


def offer(asked: GuestConfig, tag: str = "head", bits: int = 40, gic: int = 3) -> Offer:
    return dom0less_offer.offer(asked, xen(tag), bits, gic, "guest")


def pairs(extents: tuple[Extent, ...]) -> list[tuple[int, int]]:
    return [(each.start, each.end) for each in extents]


def stops(found: Offer) -> tuple[str, ...]:
    return found.domain.reasons if found.domain.boots is False else ()


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("gic", [2, 3])
@pytest.mark.parametrize("vuart", [False, True])
def test_the_map(tag: str, gic: int, *, vuart: bool) -> None:
    """No magic pages but that of xenstore, which a domain has since it has a hypervisor node, in 4.17, and regions in it."""
    found = offer(config(GIB, vuart=vuart), tag, gic=gic)
    expected = dict(GIC[gic])
    if vuart:
        expected["vPL011"] = (0x22000000, 0x1000)
    if tag != "4.16.0":
        expected["xenstore page"] = (0x39001000, PAGE)
    assert {
        each.path: (each.extent.start, each.extent.size) for each in found.given if each.kind == "layout"
    } == expected
    assert [
        (each.name, each.extent.start, each.extent.size) for each in found.given if each.kind != "layout"
    ] == [
        ("RAM bank 0 of guest", 0x40000000, GIB),
        *([("grant region of guest", 0x38000000, 0x1000000)] if tag != "4.16.0" else []),
    ]
    assert (found.domain.grant_region is None) == (tag == "4.16.0")
    assert found.guest is not None
    assert (found.guest.memory_unit, found.guest.gic, found.guest.spis) == (PAGE, gic, None)
    assert (found.grant_frames, found.domain.iommu, found.domain.boots) == (64, False, True)
    assert {(each.name, each.number) for each in found.guest.interrupts} == {
        ("secure timer", 29), ("physical timer", 30), ("virtual timer", 27), ("event channel", 31),
        *((("vPL011", 32),) if vuart else ()),
    }  # fmt: skip


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize(
    ("memory", "bits", "regions"),
    [
        (GIB, 40, [(0x80000000, 0x100000000), (0x200000000, 1 << 40)]),
        (GIB, 32, [(0x80000000, 0x100000000)]),
        (GIB + PAGE, 32, [(0x80200000, 0x100000000)]),
        (3008 * MIB, 32, [(0xFC000000, 0x100000000)]),
        (3008 * MIB + PAGE, 32, []),
        (4 * GIB, 36, [(0x240000000, 1 << 36)]),
    ],
)
def test_what_is_offered(tag: str, memory: int, bits: int, regions: list[tuple[int, int]]) -> None:
    """By find_domU_holes, since 4.17."""
    found = offer(config(memory), tag, bits)
    assert pairs(found.regions) == ([] if tag == "4.16.0" else regions)
    assert found.domain.producer == (None if tag == "4.16.0" else "find_domU_holes")


@pytest.mark.parametrize(
    ("tag", "bits", "reasons"),
    [
        ("head", 64, ()),
        ("head", 32, ("its kernel has 32 bits",)),
        ("4.16.0", 64, ("this release offers it none",)),
        ("4.16.0", 32, ("this release offers it none",)),
    ],
)
def test_a_kernel_of_32_bits_is_offered_nothing(tag: str, bits: int, reasons: tuple[str, ...]) -> None:
    """make_hypervisor_node: is_32bit_domain has no extended regions (b6fe410936)."""
    found = offer(replace(config(GIB, iomem=(REG,)), kernel_bits=bits), tag)
    assert found.domain.reasons == reasons
    assert (found.regions == (), found.domain.producer is None, found.operations == ()) == (
        bool(reasons),
    ) * 3


REG = Iomem(0xFE200, 4, 0xA0000, OPTION)


@pytest.mark.parametrize("tag", TAGS)
def test_xen_reg(tag: str) -> None:
    """Left out of what is offered since fba1b0974d, of 4.21, from the next 2 MiB on; a page too many is permitted."""
    found = offer(config(GIB, iomem=(REG,)), tag)
    cut = [(0x80000000, 0xA0000000), (0xA0200000, 0x100000000), (0x200000000, 1 << 40)]
    over = [(0x80000000, 0x100000000), (0x200000000, 1 << 40)]
    assert pairs(found.regions) == {"4.16.0": [], "4.21.2": cut, "head": cut}.get(tag, over)
    host = Extent(0xFE200000, 0xFE204000)
    assert found.devices == (DevicePages("xen,reg[0]", host, host, Extent(0xFE200000, 0xFE205000)),)
    assert found.guest is not None
    assert found.guest.hosts == {"xen,reg[0] (--iomem)": 0xFE200000 - 0xA0000000}
    assert found.domain.iommu is True
    named = [("RAM bank 0", 0x40000000, GIB), ("xen,reg[0] (--iomem)", 0xA0000000, 4 * PAGE)]
    count = {"4.16.0": 0, "4.21.2": 2, "head": 2}.get(tag, 1)
    assert [(each.name, each.start, each.size) for each in found.operations] == named[:count]
    broken = {each.property for each in judge(found) if each.verdict == "refuted"}
    assert broken == {"permissions-match", *(("no-overlap",) if tag in ("4.17.7", "4.20.0") else ())}


def test_interrupts_and_frames() -> None:
    found = offer(config(GIB, irqs=(112, 72), vuart=True, frames=4097))
    assert found.guest is not None
    assert [(each.name, each.number) for each in found.guest.interrupts if each.kind == "spi"] == [
        ("vPL011", 32),
        ("interrupts[0]", 112),
        ("interrupts[1]", 72),
    ]
    assert found.grant_frames == 4097
    assert [each.property for each in judge(found) if each.verdict == "refuted"] == ["minimum-size"]
    shared = offer(config(GIB, irqs=(32,), vuart=True))
    assert [each.property for each in judge(shared) if each.verdict == "refuted"] == ["interrupts"]


@pytest.mark.parametrize(
    ("asked", "bits", "gic", "expected"),
    [
        (config(1025 << 10), 40, 3, ("allocate_bank_memory does not end: 0x100400 bytes are no whole pages",)),
        (config(1024 << 10), 40, 3, ()),
        (
            config(1019 * GIB + PAGE), 48, 3,
            ("allocate_memory panics: 0xfec0001000 bytes are more than GUEST_RAM_BANK_SIZES, 0xfec0000000",),
        ),
        (config(1019 * GIB), 48, 3, ()),
        (config(GIB, 129), 40, 3, ("domain_create fails: 129 vCPUs, and with a GICv3 a domain has 128 at most",)),
        (config(GIB, 128), 40, 3, ()),
        (config(GIB, 9), 40, 2, ("domain_create fails: 9 vCPUs, and with a GICv2 a domain has 8 at most",)),
        (config(GIB, 8), 40, 2, ()),
        (
            config(GIB, iomem=(Iomem(1, 1, 1 << 28, OPTION),)), 40, 3,
            ("at 40 ipa bits p2m_set_entry takes no address from 0x10000000000 on: xen,reg[0] [0x10000000000, "
             "0x10000001000) (--iomem) is not mapped",),
        ),
        (config(GIB, iomem=(Iomem(1, 1, (1 << 28) - 1, OPTION),)), 40, 3, ()),
    ],
)  # fmt: skip
def test_what_stops_it(asked: GuestConfig, bits: int, gic: int, expected: tuple[str, ...]) -> None:
    found = offer(asked, bits=bits, gic=gic)
    assert stops(found) == expected
    assert (found.domain.boots is False) == bool(expected)
    assert (found.domain.extended_regions is None) == bool(expected)


def test_page_tables_in_doubt() -> None:
    """A pool for 1 vCPU and 64 MiB: 256 + 64 + 128, rounded up to 512 pages. 1 GiB page by page takes 512 + 1 + 0 tables of
    the three levels, 64 MiB of RAM 32 + 0 + 0; with two more for each of both at each level, and six of the GIC, 563.
    """
    large = config(64 * MIB, iomem=(Iomem(0x100000, 1 << 18, 0x100000, OPTION),))
    found = offer(large)
    assert found.domain.boots is None
    assert found.domain.reasons[0] == (
        "whether 512 pages for page tables suffice is not decided: p2m_alloc_page can take 563; xen,domain-p2m-mem-mb of "
        "3 is enough"
    )
    fewer = config(64 * MIB, iomem=(Iomem(0x100000, 1 << 17, 0x100000, OPTION),))
    assert offer(fewer).domain.boots is True


@pytest.mark.parametrize(("tag", "boots"), [("4.16.2", True), ("4.16.3", None), ("head", None)])
def test_page_tables_are_of_a_pool_since_xsa_409(tag: str, boots: bool | None) -> None:
    """2 GiB of registers take 1024 tables of 2 MiB more; the pool has 1024 pages for 1 GiB of RAM, 256 and 128."""
    asked = config(GIB, iomem=(Iomem(0x100000, 0x80000, 0x800000, OPTION),))
    assert offer(asked, tag, 44).domain.boots is boots
    assert (dom0less_offer.pool(asked, xen(tag)) is None) == (boots is True)
    assert bool([*dom0less_offer.doubts_of_any_memory(asked, xen(tag))]) == (boots is None)
