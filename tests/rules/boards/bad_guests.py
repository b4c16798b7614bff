"""Guests whose whole map is judged with one thing wrong, each with its message in full."""

from __future__ import annotations

from dataclasses import replace

from tests.rules.boards.guests import (
    DEVICE,
    FACTS,
    GICR,
    KIB,
    PAGE,
    WHOLE,
    given,
    with_banks,
    with_facts,
    with_given,
)
from tests.rules.boards.offers import MIB, TOP
from verifier.layout.domain_map import Extent
from verifier.layout.guest_facts import Interrupt, Need
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import Offer


def passed(start: int, end: int) -> Obstacle:
    return given(start, end, "iomem[1]", "passthrough", "(a.cfg:5)")


def with_iomem(start: int, end: int) -> Offer:
    """Pages of the host at the same addresses, as without `@`."""
    return with_given(WHOLE, passed(start, end), **{"iomem[1]": 0})


def with_irq(number: int, kind: str = "spi", name: str = "irqs[1]", **changes: object) -> Offer:
    interrupts = (*FACTS.interrupts, Interrupt(name, number, kind, "a.cfg:5"))
    return with_facts(WHOLE, interrupts=interrupts, **changes)


CONSOLE = Interrupt("vPL011", 32, "spi", "GUEST_VPL011_SPI")
NEIGHBOUR = replace(DEVICE, name="xen,reg[0]", permitted=Extent(0xFE200000, 0xFE205000))
ODD = 256 * MIB + KIB
PAIRS: dict[str, tuple[Offer, str, str]] = {
    "domain-ram": (
        with_iomem(0x4FFFE000, 0x50000000),
        "iomem[1] (a.cfg:5) [0x4fffe000, 0x50000000) and RAM bank 0 of d0 [0x40000000, 0x50000000) share 8 KiB: "
        "[0x4fffe000, 0x50000000)",
        "the guest loses that RAM without a word: what is mapped there last holds",
    ),
    "grant-region": (
        with_iomem(0x38FFF000, 0x39001000),
        "iomem[1] (a.cfg:5) [0x38fff000, 0x39001000) and grant region of d0 [0x38000000, 0x39000000) share 4 KiB: "
        "[0x38fff000, 0x39000000)",
        "the frames of its grant table that the guest maps there replace it, or fail to be mapped",
    ),
    "layout": (
        with_iomem(0x301F000, 0x3021000),
        "iomem[1] (a.cfg:5) [0x301f000, 0x3021000) and GICR (GUEST_GICV3_GICR0) [0x3020000, 0x3060000) share 4 KiB: "
        "[0x3020000, 0x3021000)",
        "what is mapped there last holds: the guest has no longer what Xen, or the toolstack, puts there",
    ),
    "passthrough": (
        with_iomem(0x80003000, 0x80005000),
        "iomem[0] (a.cfg:3) [0x80000000, 0x80004000) and iomem[1] (a.cfg:5) [0x80003000, 0x80005000) share 4 KiB: "
        "[0x80003000, 0x80004000)",
        "the guest has the device that is mapped last, under both of their names",
    ),
    "shared-memory": (
        with_given(
            WHOLE,
            given(0x90000000, 0x90200000, "shared memory", "shared-memory", "id 0"),
            given(0x901FF000, 0x90400000, "shared memory", "shared-memory", "id 1"),
        ),
        "shared memory id 0 [0x90000000, 0x90200000) and shared memory id 1 [0x901ff000, 0x90400000) share 4 KiB: "
        "[0x901ff000, 0x90200000)",
        "the guest has what is mapped last, under both of their names",
    ),
}  # fmt: skip
"""By the kind of what somebody's choice covers: an offer, the message, and what the conflict does."""
BAD_GUESTS: list[tuple[str, Offer, tuple[str, ...]]] = [
    *(("no-overlap", offer, (message,)) for offer, message, _ in PAIRS.values()),
    (
        "no-overlap",
        with_given(WHOLE, given(0x3010FFF, 0x3011FFF, "vPL011", origin="(GUEST_PL011)")),
        (
            "GICD (GUEST_GICV3_GICD) [0x3001000, 0x3011000) and vPL011 (GUEST_PL011) [0x3010fff, 0x3011fff) share 1 byte: "
            "[0x3010fff, 0x3011000)",
        ),
    ),
    (
        "no-overlap",
        with_given(WHOLE, given(0x3FFFF000, 0x40001000, "console page", origin="(GUEST_MAGIC)")),
        (
            "console page (GUEST_MAGIC) [0x3ffff000, 0x40001000) and RAM bank 0 of d0 [0x40000000, 0x50000000) share 4 KiB: "
            "[0x40000000, 0x40001000)",
        ),
    ),
    (
        "within-ipa",
        with_iomem(TOP - PAGE, TOP + PAGE),
        (
            "iomem[1] (a.cfg:5) [0xfffff000, 0x100001000) does not fit 32 ipa bits: 4 KiB lie at or above "
            "0x100000000 (4 GiB)",
        ),
    ),
    (
        "within-ipa",
        with_banks(WHOLE, Extent(0x40000000, 0x50000000), Extent(2 * TOP, 2 * TOP + 256 * MIB)),
        (
            "RAM bank 1 of d0 [0x200000000, 0x210000000) does not fit 32 ipa bits: 256 MiB lie at or above "
            "0x100000000 (4 GiB)",
        ),
    ),
    (
        "minimum-size",
        with_facts(WHOLE, needs=(Need("GICR", 384 * KIB, "3 redistributors of 128 KiB", "vgic-v3.c"),)),
        (
            "GICR of d0 [0x3020000, 0x3060000) has 256 KiB, 128 KiB less than 3 redistributors of 128 KiB (vgic-v3.c)",
        ),
    ),
    (
        "minimum-size",
        with_facts(WHOLE, needs=(Need("GICD", 4 * KIB, "the 4 KiB of a GICv2", "vgic-v2.c", exact=True),)),
        ("GICD of d0 [0x3001000, 0x3011000) has 64 KiB, 60 KiB more than the 4 KiB of a GICv2 (vgic-v2.c)",),
    ),
    (
        "minimum-size",
        with_facts(WHOLE, needs=(Need("GICD", 128 * KIB, "a page of 128 KiB", "vgic-v2.c", exact=True),)),
        ("GICD of d0 [0x3001000, 0x3011000) has 64 KiB, 64 KiB less than a page of 128 KiB (vgic-v2.c)",),
    ),
    (
        "minimum-size",
        replace(WHOLE, grant_frames=4097),
        (
            "the grant region of d0 [0x38000000, 0x39000000) has 16 MiB; its 4097 grant frames need ~16.0 MiB, 4 KiB more",
        ),
    ),
    (
        "banks",
        with_facts(with_banks(WHOLE, Extent(0x40000000, 0x40000000 + ODD)), memory=ODD, memory_unit=PAGE),
        ("d0 asks for 0x10000400 bytes of memory (a.cfg:2), 1 KiB more than whole units of 4 KiB",),
    ),
    (
        "banks",
        with_facts(WHOLE, memory=512 * MIB),
        ("the banks of d0 have 0x10000000 (256 MiB) in all, and 0x20000000 (512 MiB) were asked for (a.cfg:2)",),
    ),
    (
        "banks",
        with_banks(WHOLE, Extent(0x40000000, 0x48000000), Extent(0x44000000, 0x50000000 - PAGE)),
        (
            "the banks of d0 have 0xffff000 (~256 MiB) in all, and 0x10000000 (256 MiB) were asked for (a.cfg:2)",
        ),
    ),
    (
        "banks",
        with_banks(WHOLE, Extent(0x78000000, 0x88000000)),
        (
            "RAM bank 0 of d0 [0x78000000, 0x88000000) has 128 MiB outside the RAM windows of the guest layout: "
            "[0x80000000, 0x88000000)",
        ),
    ),
    (
        "interrupts",
        with_irq(32),
        ("vPL011 and irqs[1] both have interrupt 32 (GUEST_VPL011_SPI; a.cfg:5)",),
    ),
    (
        "interrupts",
        with_irq(20),
        ("interrupt 20 of irqs[1] (a.cfg:5) is none of the SPIs: SPIs of the guest are 32 to 112",),
    ),
    (
        "interrupts",
        with_irq(113),
        ("interrupt 113 of irqs[1] (a.cfg:5) is none of the SPIs: SPIs of the guest are 32 to 112",),
    ),
    (
        "interrupts",
        with_irq(1020, spis=None),
        ("interrupt 1020 of irqs[1] (a.cfg:5) is none of the SPIs: SPIs of the guest are 32 to 1019",),
    ),
    (
        "interrupts",
        with_irq(1020, spis=2000),
        ("interrupt 1020 of irqs[1] (a.cfg:5) is none of the SPIs: SPIs of the guest are 32 to 1019",),
    ),
    (
        "interrupts",
        with_irq(33, "ppi", "third timer"),
        ("interrupt 33 of third timer (a.cfg:5) is none of the PPIs: PPIs of the guest are 16 to 31",),
    ),
    (
        "interrupts",
        with_irq(15, "ppi", "third timer"),
        ("interrupt 15 of third timer (a.cfg:5) is none of the PPIs: PPIs of the guest are 16 to 31",),
    ),
    (
        "interrupts",
        with_irq(16, "sgi", "notification"),
        ("interrupt 16 of notification (a.cfg:5) is none of the SGIs: SGIs of the guest are 0 to 15",),
    ),
    (
        "interrupts",
        with_facts(WHOLE, interrupts=(CONSOLE,), spis=0),
        ("interrupt 32 of vPL011 (GUEST_VPL011_SPI) is none of the SPIs: the guest has no SPIs",),
    ),
    (
        "permissions-match",
        replace(WHOLE, devices=(NEIGHBOUR,)),
        (
            "4 KiB are permitted to d0 that none of its devices has: [0xfe204000, 0xfe205000); iomem_permit_access takes "
            "[0xfe200000, 0xfe205000) for xen,reg[0] [0xfe200000, 0xfe204000)",
        ),
    ),
]  # fmt: skip
GOOD_GUESTS: list[tuple[str, Offer]] = [
    # The page behind a bank is none of it, nor is the one before.
    ("no-overlap", with_iomem(0x3FFFF000, 0x40000000)),
    # Pages of the host where they are already, whole or in part: they are there once.
    ("no-overlap", with_given(WHOLE, passed(0x80003000, 0x80004000), **{"iomem[1]": 0x7E200000})),
    # What has no byte shares none.
    ("no-overlap", with_given(WHOLE, given(0x40001000, 0x40001000, "nothing"))),
    ("within-ipa", with_iomem(TOP - PAGE, TOP)),
    ("within-ipa", with_given(WHOLE, given(2 * TOP, 2 * TOP, "nothing"))),
    # More than is needed is no fault, and regions of one name count together.
    ("minimum-size", with_facts(WHOLE, needs=(replace(FACTS.needs[0], amount=256 * KIB - 1),))),
    ("minimum-size", with_facts(
        with_given(WHOLE, replace(GICR, extent=Extent(0x3060000, 0x3080000))),
        needs=(replace(FACTS.needs[0], amount=384 * KIB, exact=True),),
    )),
    ("minimum-size", replace(WHOLE, grant_frames=4096)),
    ("banks", with_banks(WHOLE, Extent(0x40000000, 0x48000000), Extent(0x60000000, 0x68000000))),
    ("interrupts", with_irq(33)),
    ("interrupts", with_irq(1019, spis=None)),
    ("interrupts", with_irq(1019, spis=988)),
    ("interrupts", with_irq(16, "ppi", "timer")),
    ("interrupts", with_irq(15, "sgi", "notification")),
    ("interrupts", with_irq(0, "sgi", "notification")),
]  # fmt: skip
"""At the bound: what is not wrong, and the rule that has to say so."""
