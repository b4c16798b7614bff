"""Guests whose whole map is judged, by hand and at random: sound ones, and such as have one thing wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.rules.boards.offers import BITS, GUEST, MIB, TOP, domain, holes
from verifier.layout.domain_map import Extent
from verifier.layout.guest_facts import GuestFacts, Interrupt, Need
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import DevicePages, Offer, Operation, Window

KIB = 1 << 10
PAGE = 4096
PPIS = (
    Interrupt("virtual timer", 27, "ppi", "GUEST_TIMER_VIRT_PPI"),
    Interrupt("event channel", 31, "ppi", "GUEST_EVTCHN_PPI"),
)


def given(start: int, end: int, name: str, kind: str = "layout", origin: str = "") -> Obstacle:
    return Obstacle(Extent(start, end), kind, name, origin)


RAM = Obstacle(Extent(0x40000000, 0x50000000), "domain-ram", "RAM bank 0", "of d0")
GRANT = Obstacle(Extent(0x38000000, 0x39000000), "grant-region", "grant region", "of d0")
GICD = given(0x3001000, 0x3011000, "GICD", origin="(GUEST_GICV3_GICD)")
GICR = given(0x3020000, 0x3060000, "GICR", origin="(GUEST_GICV3_GICR0)")
IOMEM = given(0x80000000, 0x80004000, "iomem[0]", "passthrough", "(a.cfg:3)")
DEVICE = DevicePages("iomem[0]", *3 * (Extent(0xFE200000, 0xFE204000),))
FACTS = GuestFacts(
    memory=256 * MIB,
    memory_unit=MIB,
    memory_origin="a.cfg:2",
    vcpus=2,
    gic=3,
    interrupts=(*PPIS, Interrupt("vPL011", 32, "spi", "GUEST_VPL011_SPI"), Interrupt("irqs[0]", 112, "spi", "a.cfg:4")),
    spis=81,
    needs=(Need("GICR", 256 * KIB, "2 redistributors of 128 KiB", "vgic-v3.c"),),
    hosts={"iomem[0] (a.cfg:3)": 0x7E200000},
)  # fmt: skip
"""SPIs are 32 to 112."""
WHOLE = replace(GUEST, given=(RAM, GRANT, GICD, GICR, IOMEM), devices=(DEVICE,), guest=FACTS)
"""`GUEST` with two redistributors, and 16 KiB of the host's where its RAM window ends."""


def with_given(offer: Offer, *more: Obstacle, **hosts: int) -> Offer:
    """With more that it is given; `hosts`: how far the host's address is above, by path."""
    assert offer.guest is not None
    known = {each.name: hosts[each.path] for each in more if each.path in hosts}
    facts = replace(offer.guest, hosts={**offer.guest.hosts, **known})
    return replace(offer, given=(*offer.given, *more), guest=facts)


def with_facts(offer: Offer, **changes: object) -> Offer:
    assert offer.guest is not None
    return replace(offer, guest=replace(offer.guest, **changes))  # type: ignore[arg-type]


def with_banks(offer: Offer, *banks: Extent) -> Offer:
    """With other RAM, asked for or not."""
    others = tuple(each for each in offer.given if each.kind != "domain-ram")
    ram = tuple(
        Obstacle(bank, "domain-ram", f"RAM bank {index}", "of d0") for index, bank in enumerate(banks)
    )
    return replace(offer, given=(*ram, *others), domain=replace(offer.domain, banks=banks))


_WINDOWS = (Extent(0x40000000, 0xC0000000), Extent(0x100000000, 0x180000000))
_VIRTIO = 0x200


def sound(random: Random) -> Offer:
    """A guest that keeps every rule: one or two windows, vGIC, virtio, and pages of the host between and in them."""
    bits = random.choice((BITS, BITS + 1))
    windows = _WINDOWS[: bits - BITS + 1]
    memory = random.randrange(1, sum(each.size for each in windows) // MIB + 1) * MIB
    banks, rest = [], memory
    for window in windows:
        if rest:
            banks.append(Extent(window.start, window.start + min(rest, window.size)))
            rest -= banks[-1].size
    vcpus, count = random.randrange(1, 9), random.randrange(4)
    layout = [
        GRANT,
        GICD,
        given(0x3020000, 0x3020000 + vcpus * 128 * KIB + random.choice((0, MIB)), "GICR"),
        given(0x39000000, 0x39001000, "console page"),
        *(given(0x2000000 + at * _VIRTIO, 0x2000000 + (at + 1) * _VIRTIO, f"virtio {at}") for at in range(count)),
    ]  # fmt: skip
    ram = [Obstacle(bank, "domain-ram", f"RAM bank {index}", "of d0") for index, bank in enumerate(banks)]
    passed, hosts = _passed(random, [*ram, *layout], 1 << bits)
    taken = [*ram, *layout, *passed]
    numbers = random.sample(range(32, 1020), random.randrange(6))
    facts = GuestFacts(
        memory, random.choice((PAGE, MIB)), "a.cfg:2", vcpus, 3,
        (*PPIS, *(Interrupt(f"irqs[{index}]", number, "spi", "a.cfg:4") for index, number in enumerate(numbers))),
        random.choice((None, max(numbers, default=31) - 31)),
        (Need("GICR", vcpus * 128 * KIB, f"{vcpus} redistributors of 128 KiB", "vgic-v3.c"),),
        hosts,
    )  # fmt: skip
    touched = [
        Extent(each.extent.start + hosts[each.name], each.extent.end + hosts[each.name]) for each in passed
    ]
    return Offer(
        domain(iommu=False, banks=tuple(banks), grant=GRANT.extent, bits=bits),
        holes([(each.extent.start, each.extent.end) for each in taken],
              [(each.start, each.end) for each in windows], 1 << bits),
        "predicted",
        hardware=False,
        host_layout=False,
        cells=(2, 2),
        board=BoardMap(()),
        ram=(),
        ram_origin="",
        windows=tuple(Window(f"GUEST_RAM{index}", each) for index, each in enumerate(windows)),
        given=tuple(taken),
        operations=tuple(Operation(each.name, each.extent.start, each.extent.size) for each in ram),
        devices=tuple(DevicePages(each.name, *3 * (host,)) for each, host in zip(passed, touched, strict=True)),
        grant_frames=random.randrange(1, 4097),
        guest=facts,
    )  # fmt: skip


def _passed(random: Random, there: list[Obstacle], top: int) -> tuple[list[Obstacle], dict[str, int]]:
    """Pages of the host where nothing is; now and then the same ones twice, in part."""
    found: list[Obstacle] = []
    hosts: dict[str, int] = {}
    for index in range(random.randrange(4)):
        start = random.randrange(0, top, random.choice((PAGE, 2 * MIB)))
        end = min(top, start + random.choice((PAGE, 3 * PAGE, 2 * MIB, 96 * MIB)))
        if any(each.extent.start < end and start < each.extent.end for each in (*there, *found)):
            continue
        above = random.randrange(0, TOP, PAGE)
        for part, begin in enumerate(random.choice(([start], [start, end - PAGE]))):
            found.append(given(begin, end, f"iomem[{index}.{part}]", "passthrough", "(a.cfg:3)"))
            hosts[found[-1].name] = above
    return found, hosts


Change = Callable[[Offer, Random], Offer]


def _facts(offer: Offer) -> GuestFacts:
    assert offer.guest is not None
    return offer.guest


def _moved(offer: Offer, random: Random) -> Offer:
    """Something other than RAM and grant region onto the begin or the end of something else."""
    movable = [each for each in offer.given if each.kind in ("layout", "passthrough")]
    what, onto = random.choice(movable), random.choice(offer.given)
    start = max(
        0,
        random.choice(
            (onto.extent.start, onto.extent.end - 1, onto.extent.end, onto.extent.start - what.extent.size)
        ),
    )
    moved = replace(what, extent=Extent(start, start + what.extent.size))
    return replace(offer, given=tuple(moved if each == what else each for each in offer.given))  # fmt: skip


def _again(offer: Offer, random: Random) -> Offer:
    """Pages of the host that it has, once more, at the same place or with another page of the host there."""
    passed = [each for each in offer.given if each.kind == "passthrough"] or [IOMEM]
    what = random.choice(passed)
    above = {IOMEM.name: 0x7E200000, **_facts(offer).hosts}[what.name] + random.choice((0, PAGE))
    more = [each for each in (what, replace(what, path="iomem[9]")) if each not in offer.given]
    return with_given(offer, *more, **{"iomem[9]": above, "iomem[0]": 0x7E200000})


def _high(offer: Offer, random: Random) -> Offer:
    start = (1 << offer.domain.ipa_bits) + random.choice((-PAGE, -PAGE // 2, 0, PAGE))
    return with_given(offer, given(start, start + PAGE, "high page"))


def _need(offer: Offer, random: Random) -> Offer:
    (need,) = _facts(offer).needs
    changed = replace(need, amount=need.amount + random.choice((-1, 0, 1, MIB)), exact=random.random() < 0.5)
    return with_facts(offer, needs=(changed,))


def _memory(offer: Offer, random: Random) -> Offer:
    """Asked for and given, so that only its unit is wrong."""
    unit = random.choice((PAGE, MIB))
    last = (offer.domain.banks or ())[-1]
    rest = random.choice((0, 1 * KIB, PAGE))
    if last.size <= rest:
        return offer
    banks = (*(offer.domain.banks or ())[:-1], Extent(last.start, last.end - rest))
    return with_facts(with_banks(offer, *banks), memory=sum(each.size for each in banks), memory_unit=unit)


def _asked(offer: Offer, random: Random) -> Offer:
    facts = _facts(offer)
    return with_facts(offer, memory=facts.memory + random.choice((-1, 1)) * facts.memory_unit)


def _bank(offer: Offer, random: Random) -> Offer:
    """The last bank elsewhere: up to and beyond the end of its window, or onto the first."""
    *others, last = offer.domain.banks or ()
    end = random.choice([each.extent.end for each in offer.windows]) + random.choice((0, 2 * MIB, -2 * MIB))
    start = max(0, end - last.size)
    return with_banks(offer, *others, Extent(start, start + last.size))


def _irq(offer: Offer, random: Random) -> Offer:
    facts = _facts(offer)
    numbers = [each.number for each in facts.interrupts]
    kind = random.choice(("sgi", "ppi", "spi"))
    number = random.choice((*numbers, 0, 15, 16, 26, 31, 32, 33, 1018, 1019, 1020))
    return with_facts(offer, interrupts=(*facts.interrupts, Interrupt("one more", number, kind, "a.cfg:5")))


def _spis(offer: Offer, random: Random) -> Offer:
    last = max(each.number for each in _facts(offer).interrupts)
    return with_facts(offer, spis=max(0, last - 31 + random.choice((-1, 0, 1))))


def _permit(offer: Offer, random: Random) -> Offer:
    host = Extent(0xFE200000, 0xFE204000)
    other = Extent(host.start, host.end + random.choice((-PAGE, 0, PAGE)))
    device = DevicePages("xen,reg[9]", host, *random.sample((host, other), 2))
    return replace(offer, devices=(*offer.devices, device))


CHANGES: dict[str, tuple[Change, str]] = {
    "moved": (_moved, "no-overlap"),
    "passed through again": (_again, "no-overlap"),
    "above the address space": (_high, "within-ipa"),
    "another need": (_need, "minimum-size"),
    "parts of a unit": (_memory, "banks"),
    "more or less asked for": (_asked, "banks"),
    "another bank": (_bank, "banks"),
    "one more interrupt": (_irq, "interrupts"),
    "fewer SPIs": (_spis, "interrupts"),
    "pages permitted": (_permit, "permissions-match"),
}
"""What may be changed, by name, and a rule that it may break: the reference tells."""


def mutant(offer: Offer, random: Random) -> Offer:
    change, _rule = CHANGES[random.choice(tuple(CHANGES))]
    return change(offer, random)
