"""A guest of xl as a whole: its map by hand from arch-arm.h of each release, and its regions by brute force."""

from __future__ import annotations

import re
from random import Random

import pytest

from tests.reading.test_xl_guest import guest
from verifier.layout.domain_map import Extent
from verifier.layout.offer import DevicePages, Offer
from verifier.rules.boards.catalogue import judge
from verifier.xen import xl_offer
from verifier.xen.release import xen

MIB, GIB = 1 << 20, 1 << 30
PAGE = 4096
V2_SHORT = {"GICD": (0x3001000, 0x1000), "GICC": (0x3002000, 0x100)}
V2 = {"GICD": (0x3001000, 0x1000), "GICC": (0x3002000, 0x2000)}
V3_EIGHT = {"GICD": (0x3001000, 0x10000), "GICR": (0x3020000, 0x100000)}
V3 = {"GICD": (0x3001000, 0x10000), "GICR": (0x3020000, 0x1000000)}
TWO_PAGES = {"console page": (0x39000000, PAGE), "xenstore page": (0x39001000, PAGE)}
THREE_PAGES = {**TWO_PAGES, "memory access page": (0x39002000, PAGE)}
FOUR_PAGES = {**THREE_PAGES, "vuart page": (0x39003000, PAGE)}
ACPI = {"ACPI tables": (0x20000000, 0x2000000)}
VUART = {"vPL011": (0x22000000, 0x1000)}
VPCI = {
    "vPCI ECAM": (0x10000000, 0x10000000),
    "vPCI window": (0x23000000, 0x10000000),
    "vPCI prefetch window": (0x100000000, 0x100000000),
}
DISK = {"virtio disk xvda": (0x2000000, 0x200)}
VIRTIO = {**DISK, "virtio virtio,device22": (0x2000200, 0x200)}
WITH_ACPI = "acpi=1\n"
WITH_VUART = WITH_ACPI + "vuart='sbsa_uart'\n"
WITH_VPCI = WITH_VUART + "pci=['01:00.0']\n"
WITH_DISK = WITH_VPCI + "disk=['/dev/x,raw,xvda,specification=virtio']\n"
WITH_VIRTIO = WITH_DISK + "virtio=['type=virtio,device22,transport=mmio']\n"
MAPS = [
    ("4.5.0", 2, "", {**V2_SHORT, **TWO_PAGES}),
    ("4.5.0", 3, "", {**V3_EIGHT, **TWO_PAGES}),
    ("4.5.3", 2, "", {**V2, **TWO_PAGES}),
    ("4.6.0", 2, "", {**V2_SHORT, **THREE_PAGES}),
    ("4.6.1", 3, "", {**V3, **THREE_PAGES}),
    ("4.8.0", 2, WITH_ACPI, {**V2, **THREE_PAGES, **ACPI}),
    ("4.10.0", 3, WITH_VUART, {**V3, **FOUR_PAGES, **ACPI, **VUART}),
    ("4.15.0", 2, WITH_VUART, {**V2, **FOUR_PAGES, **ACPI, **VUART}),
    ("4.16.0", 3, WITH_VPCI, {**V3, **FOUR_PAGES, **ACPI, **VUART, **VPCI}),
    ("4.17.7", 2, WITH_DISK, {**V2, **FOUR_PAGES, **ACPI, **VUART, **VPCI, **DISK}),
    ("4.20.0", 3, WITH_VIRTIO, {**V3, **FOUR_PAGES, **ACPI, **VUART, **VPCI, **VIRTIO}),
    ("4.21.2", 2, WITH_VIRTIO, {**V2, **FOUR_PAGES, **ACPI, **VUART, **VPCI, **VIRTIO}),
    ("head", 3, WITH_VIRTIO, {**V3, **FOUR_PAGES, **ACPI, **VUART, **VPCI, **VIRTIO}),
]
"""Name to start and size, as the headers of the releases have them and NR_MAGIC_PAGES counts them."""
RAM0, RAM1 = (0x40000000, 3 * GIB), (0x200000000, 1016 * GIB)
TAGS = ("4.5.3", "4.8.0", "4.10.0", "4.15.0", "4.16.0", "4.17.7", "4.20.0", "4.21.2", "head")


def offer(text: str, tag: str = "head", bits: int = 40, gic: int = 3) -> Offer:
    return xl_offer.offer(guest(f"name='g'\n{text}", tag), xen(tag), bits, gic, "g")


def pairs(extents: tuple[Extent, ...]) -> list[tuple[int, int]]:
    return [(each.start, each.end) for each in extents]


def stops(found: Offer) -> tuple[str, ...]:
    """Why it is not built; empty if it is."""
    return found.domain.reasons if found.domain.boots is False else ()


@pytest.mark.parametrize(("tag", "gic", "text", "expected"), MAPS)
def test_the_map(tag: str, gic: int, text: str, expected: dict[str, tuple[int, int]]) -> None:
    found = offer(f"memory=1024\n{text}", tag, gic=gic)
    assert found.domain.boots is True
    named = {
        each.path: (each.extent.start, each.extent.size) for each in found.given if each.kind == "layout"
    }
    assert named == expected
    others = {
        each.name: (each.extent.start, each.extent.size) for each in found.given if each.kind != "layout"
    }
    assert others == {"RAM bank 0 of g": (RAM0[0], GIB), "grant region of g": (0x38000000, 0x1000000)}
    assert [(each.extent.start, each.extent.size) for each in found.windows] == [RAM0, RAM1]
    assert {(each.name, each.extent) for each in found.domain.regions} == {
        (name, Extent(start, start + size)) for name, (start, size) in expected.items()
    }
    assert (found.hardware, found.host_layout, found.cells) == (False, False, (2, 2))


def test_the_map_of_4_4() -> None:
    """Another layout: one window of 768 MiB, and two magic pages where the RAM ends."""
    found = offer("memory=512", "4.4.1", gic=2)
    assert {each.path: (each.extent.start, each.extent.size) for each in found.given} == {
        "GICD": (0x2C001000, 0x1000),
        "GICC": (0x2C002000, 0x100),
        "RAM bank 0": (0x80000000, 512 * MIB),
        "console page": (0xA0000000, PAGE),
        "xenstore page": (0xA0001000, PAGE),
        "grant region": (0xB0000000, 0x20000),
    }
    assert [(each.name, each.extent.start, each.extent.size) for each in found.windows] == [
        ("GUEST_RAM", 0x80000000, 768 * MIB)
    ]
    assert (found.regions, found.domain.boots, found.grant_frames) == ((), True, 32)


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize(
    ("mib", "bits", "banks", "regions"),
    [
        (1024, 40, [(RAM0[0], 0x80000000)], [(0x80000000, 0x100000000), (0x200000000, 1 << 40)]),
        (1024, 36, [(RAM0[0], 0x80000000)], [(0x80000000, 0x100000000), (0x200000000, 1 << 36)]),
        (1024, 32, [(RAM0[0], 0x80000000)], [(0x80000000, 0x100000000)]),
        # 2 MiB is rounded up to, and 64 MiB are as little as is offered: 3072 - 3008, and less by one MiB.
        (1023, 32, [(RAM0[0], 0x7FF00000)], [(0x80000000, 0x100000000)]),
        (3008, 32, [(RAM0[0], 0xFC000000)], [(0xFC000000, 0x100000000)]),
        (3009, 32, [(RAM0[0], 0xFC100000)], []),
        # 3 GiB in the first window, what is left in the second.
        (4096, 40, [(RAM0[0], 0x100000000), (RAM1[0], 0x240000000)], [(0x240000000, 1 << 40)]),
        (3072 + 56 * 1024, 36, [(RAM0[0], 0x100000000), (RAM1[0], 1 << 36)], []),
    ],
)
def test_ram_and_what_is_offered(
    tag: str, mib: int, bits: int, banks: list[tuple[int, int]], regions: list[tuple[int, int]]
) -> None:
    """Libxl offers regions since 57f87857dc, of 4.16."""
    found = offer(f"memory={mib}", tag, bits)
    assert found.domain.banks is not None
    assert pairs(found.domain.banks) == banks
    has_regions = tag not in ("4.5.3", "4.8.0", "4.10.0", "4.15.0")
    assert pairs(found.regions) == (regions if has_regions else [])
    assert found.domain.producer == ("finalize_hypervisor_node" if has_regions else None)
    assert found.guest is not None
    assert (found.guest.memory, found.guest.memory_unit) == (mib * MIB, MIB)
    grant = Extent(0x38000000, 0x39000000)
    assert found.domain.registers == (grant, *found.regions)


HOLES = re.compile(b"\0{%d,}" % (64 * MIB // PAGE))
"""Pages that hold nothing, 64 MiB or more at a stretch."""


def by_brute_force(
    mib: int, iomem: list[tuple[int, int]], bits: int, *, around: bool
) -> list[tuple[int, int]]:
    """What is left of the windows below 2^b, page by page; RAM is whole 2 MiB here."""
    found = []
    for start, size in (RAM0, RAM1):
        first, last = start // PAGE, min(1 << bits, start + size) // PAGE
        used = min(mib * MIB, size)
        mib -= used // MIB
        pages = bytearray(max(0, last - first))
        taken = [(first, -(-used // (2 * MIB)) * (2 * MIB) // PAGE), *(iomem if around else ())]
        for gfn, count in taken:
            for page in range(max(gfn, first), min(gfn + count, last)):
                pages[page - first] = 1
        found += [
            ((first + each.start()) * PAGE, (first + each.end()) * PAGE) for each in HOLES.finditer(pages)
        ]
    return found


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("tag", ["4.16.0", "4.20.0", "4.21.2", "head"])
def test_regions_by_brute_force(seed: int, tag: str) -> None:
    """108308feef, of 4.21, leaves out iomem; before that what is offered has it in it."""
    random = Random(seed)
    mib, bits = random.randrange(1, 4096), random.choice((32, 36))
    iomem = [
        (random.randrange(0x3F000, 0x110000), random.choice((1, 16, 512, 0x4000, 0x8000)))
        for _ in range(seed % 5)
    ]
    text = ",".join(f"'{gfn:x},{count:x}'" for gfn, count in iomem)
    found = offer(f"memory={mib}\niomem=[{text}]", tag, bits)
    around = tag in ("4.21.2", "head")
    assert pairs(found.regions) == by_brute_force(mib, iomem, bits, around=around)


def test_iomem() -> None:
    """The same frames are permitted and mapped; without `@` they lie at the host's address."""
    found = offer("iomem=['fe200,4','e6060,10@e7000']")
    assert found.devices == (
        DevicePages("iomem[0]", *3 * (Extent(0xFE200000, 0xFE204000),)),
        DevicePages("iomem[1]", *3 * (Extent(0xE6060000, 0xE6070000),)),
    )
    assert [(each.name, str(each.extent)) for each in found.given if each.kind == "passthrough"] == [
        ("iomem[1] (guest.cfg:2)", "[0xe7000000, 0xe7010000)"),
        ("iomem[0] (guest.cfg:2)", "[0xfe200000, 0xfe204000)"),
    ]
    assert found.guest is not None
    assert found.guest.hosts == {
        "iomem[0] (guest.cfg:2)": 0,
        "iomem[1] (guest.cfg:2)": 0xE6060000 - 0xE7000000,
    }


def test_the_ranges_that_are_left_out() -> None:
    text = "memory=4096\niomem=['a0000,1']"
    ram = [("RAM bank 0", 0x40000000, 3 * GIB), ("RAM bank 1", 0x200000000, GIB)]
    passed = ("iomem[0] (guest.cfg:3)", 0xA0000000, PAGE)
    for tag, expected in (("4.15.0", []), ("4.20.0", ram), ("4.21.2", [*ram, passed])):
        assert [(each.name, each.start, each.size) for each in offer(text, tag).operations] == expected


@pytest.mark.parametrize(("tag", "frames"), [("4.5.3", 32), ("4.9.4", 32), ("4.10.0", 64), ("head", 64)])
def test_grant_frames(tag: str, frames: int) -> None:
    """DEFAULT_MAX_NR_GRANT_FRAMES, raised with 18b1be5e32."""
    assert offer("", tag).grant_frames == frames


def test_grant_frames_of_its_own() -> None:
    assert offer("max_grant_frames=4097").grant_frames == 4097
    assert offer("max_grant_frames=0").grant_frames == 0


@pytest.mark.parametrize(
    ("text", "tag", "mib", "expected"),
    [
        ("memory=512\nmaxmem=1024\ntype='pv'", "4.11.4", 512, ()),
        (
            "memory=512\nmaxmem=1024\ntype='pvh'", "4.11.4", 1024,
            ("libxl refuses the guest: libxl populates 0x40000000 (1 GiB) at once, and Xen allows 0x20000000 (512 MiB) and "
             "1 MiB (guest.cfg:3)",),
        ),
        (
            "memory=512\nmaxmem=1024\ntype='pv'", "head", 1024,
            ("libxl refuses the guest: libxl populates 0x40000000 (1 GiB) at once, and Xen allows 0x20000000 (512 MiB) and "
             "1 MiB (guest.cfg:3)",),
        ),
        ("memory=512\nmaxmem=512", "head", 512, ()),
        ("memory=512\nvideoram=8", "head", 504, ()),
    ],
)  # fmt: skip
def test_memory_of_pv_and_pvh(text: str, tag: str, mib: int, expected: tuple[str, ...]) -> None:
    """All are PVH since 2cf113891a, of 4.12, and get all of maxmem at once."""
    found = offer(text, tag)
    assert found.guest is not None
    assert found.guest.memory == mib * MIB
    assert pairs(found.domain.banks or ()) == [(0x40000000, 0x40000000 + mib * MIB)]
    assert stops(found) == expected


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("", "the default of xl"),
        ("memory=512", "guest.cfg:2"),
        ("maxmem=512", "guest.cfg:2"),
        ("memory=512\nmaxmem=512", "guest.cfg:3"),
    ],
)
def test_where_its_memory_is_from(text: str, origin: str) -> None:
    """Libxl populates maxmem, which is memory if it is not there."""
    found = offer(text).guest
    assert found is not None
    assert found.memory_origin == origin


def test_interrupts() -> None:
    """GUEST_TIMER_*_PPI, GUEST_EVTCHN_PPI, GUEST_VPL011_SPI, GUEST_VIRTIO_MMIO_SPI_FIRST; those of the host by number."""
    found = offer(f"{WITH_VIRTIO}irqs=[112,72]").guest
    assert found is not None
    assert {(each.name, each.number, each.kind, each.origin) for each in found.interrupts} == {
        ("secure timer", 29, "ppi", "GUEST_TIMER_PHYS_S_PPI"),
        ("physical timer", 30, "ppi", "GUEST_TIMER_PHYS_NS_PPI"),
        ("virtual timer", 27, "ppi", "GUEST_TIMER_VIRT_PPI"),
        ("event channel", 31, "ppi", "GUEST_EVTCHN_PPI"),
        ("vPL011", 32, "spi", "GUEST_VPL011_SPI"),
        ("virtio disk xvda", 33, "spi", "GUEST_VIRTIO_MMIO_SPI_FIRST"),
        ("virtio virtio,device22", 34, "spi", "GUEST_VIRTIO_MMIO_SPI_FIRST"),
        ("irqs[0]", 112, "spi", "guest.cfg:7"),
        ("irqs[1]", 72, "spi", "guest.cfg:7"),
    }
    assert found.spis == 112 - 31


@pytest.mark.parametrize(
    ("tag", "gic", "vcpus", "need"),
    [
        ("head", 2, 8, ("GICC", 0x2000, True)),
        ("head", 3, 1, ("GICR", 0x20000, False)),
        ("4.6.0", 3, 128, ("GICR", 128 * 0x20000, False)),
        ("4.5.3", 3, 8, ("GICR", 8 * 0x20000, False)),
    ],
)
def test_what_registers_hold(tag: str, gic: int, vcpus: int, need: tuple[str, int, bool]) -> None:
    """A CPU interface of 8 KiB, two frames of 64 KiB for each vCPU."""
    found = offer(f"vcpus={vcpus}", tag, gic=gic)
    assert found.guest is not None
    assert [(each.name, each.amount, each.exact) for each in found.guest.needs] == [need]
    assert (found.guest.vcpus, found.guest.gic, stops(found)) == (vcpus, gic, ())


@pytest.mark.parametrize(
    ("text", "iommu"),
    [("", False), ("pci=['01:00.0']", True), ("dtdev=['/soc/usb']", True), ("passthrough='enabled'", True),
     ("passthrough='share_pt'", True), ("passthrough='disabled'", False), ("iomem=['fe200,1']", False)],
)  # fmt: skip
def test_whether_it_has_the_iommu(text: str, *, iommu: bool) -> None:
    assert offer(text).domain.iommu is iommu


def refuted(found: Offer) -> list[str]:
    return [each.property for each in judge(found) if each.verdict == "refuted"]


@pytest.mark.parametrize(
    ("text", "tag", "gic", "properties"),
    [
        ("memory=1024\niomem=['a0000,1']", "4.15.0", 3, []),
        # 108308feef, not in 4.20; since then the rest begins where the page ends.
        ("memory=1024\niomem=['a0000,1']", "4.20.0", 3, ["no-overlap"]),
        ("memory=1024\niomem=['a0000,1']", "4.21.2", 3, ["aligned"]),
        ("memory=1024\niomem=['a0000,200']", "4.21.2", 3, []),
        ("memory=3072\niomem=['fe201,1']", "head", 3, ["no-overlap"]),
        ("iomem=['38000,8']", "4.8.0", 3, ["no-overlap"]),
        # 0x100 bytes where Xen maps 8 KiB, until 4.5.3 and in 4.6.0.
        ("", "4.5.0", 2, ["minimum-size"]),
        ("", "4.5.3", 2, []),
        ("", "4.6.0", 2, ["minimum-size"]),
        ("max_grant_frames=4097", "head", 3, ["minimum-size"]),
        ("max_grant_frames=4096", "head", 3, []),
        ("", "head", 2, []),
    ],
)
def test_defects_of_the_past(text: str, tag: str, gic: int, properties: list[str]) -> None:
    assert refuted(offer(text, tag, gic=gic)) == properties


@pytest.mark.parametrize("tag", TAGS)
def test_what_libxl_builds_by_itself_is_sound(tag: str) -> None:
    """Its own regions: nobody chose an address. An emulated device more or less changes nothing."""
    text = {"4.5.3": "", "4.8.0": WITH_ACPI, "4.10.0": WITH_VUART, "4.15.0": WITH_VUART, "4.16.0": WITH_VPCI}
    for gic in (2, 3):
        assert refuted(offer(f"memory=4096\n{text.get(tag, WITH_VIRTIO)}", tag, gic=gic)) == []
