"""Offers made by hand and at random, below 2^33, sound ones and such as have one thing wrong."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from verifier.layout.consumer import Consumer, Takes
from verifier.layout.domain_map import DomainMap, Extent, NamedRegion
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import DevicePages, Offer, Operation, Window
from verifier.xen.consumers import with_uses

MIB = 1 << 20
BLOCK = 2 * MIB
BITS = 32
TOP = 1 << BITS


def domain(
    *,
    iommu: bool = True,
    banks: tuple[Extent, ...] | None = (),
    grant: Extent | None = None,
    boots: bool | None = True,
    reasons: tuple[str, ...] = (),
    regions: tuple[NamedRegion, ...] = (),
    dropped: tuple[Extent, ...] = (),
    bits: int = BITS,
) -> DomainMap:
    return DomainMap(
        "d0", None, bits, iommu, "find_memory_holes", banks, grant, (), None, boots, reasons,
        regions=regions, dropped=dropped,
    )  # fmt: skip


def obstacle(start: int, end: int, kind: str = "device", path: str = "/dev") -> Obstacle:
    return Obstacle(Extent(start, end), kind, path, "reg[0]")


RAM = Extent(0x40000000, 0x80000000)
GRANT = Extent(0x40200000, 0x40240000)
DEVICE = obstacle(0xC0000000, 0xC0001000, path="/uart")
SOUND = Offer(
    domain(banks=(Extent(0x50000000, 0x60000000),), grant=GRANT),
    (Extent(0, 0x40000000), Extent(0x80000000, 0xC0000000), Extent(0xC0200000, TOP)),
    "predicted",
    True,
    True,
    (2, 2),
    BoardMap((obstacle(RAM.start, RAM.end, "memory", "/memory"), DEVICE)),
    (RAM,),
    "the device tree",
    given=(
        Obstacle(Extent(0x50000000, 0x60000000), "domain-ram", "RAM bank 0", "of d0"),
        Obstacle(GRANT, "grant-region", "grant region", "of d0"),
    ),
    operations=(Operation("/uart reg[0]", 0xC0000000, 0x1000),),
    devices=(DevicePages("/uart reg[0]", DEVICE.extent, DEVICE.extent, DEVICE.extent),),
    grant_frames=64,
)
"""1 GiB of RAM from 1 GiB on and one device, all else of 4 GiB offered: dom0 with IOMMU."""


GUEST = replace(
    SOUND,
    domain=domain(iommu=False, banks=(Extent(0x40000000, 0x50000000),), grant=Extent(0x38000000, 0x39000000)),
    regions=(Extent(0x50000000, 0x80000000),),
    hardware=False,
    host_layout=False,
    windows=(Window("GUEST_RAM0", Extent(0x40000000, 0x80000000)),),
    given=(
        Obstacle(Extent(0x40000000, 0x50000000), "domain-ram", "RAM bank 0", "of d0"),
        Obstacle(Extent(0x38000000, 0x39000000), "grant-region", "grant region", "of d0"),
    ),
    devices=(),
    operations=(Operation("RAM bank 0", 0x40000000, 0x10000000),),
)
"""256 MiB of RAM in a window of 1 GiB; nothing of the host matters to it."""
NO_IOMMU = replace(
    SOUND,
    domain=domain(iommu=False, banks=(Extent(0x50000000, 0x60000000),), grant=GRANT),
    regions=(Extent(0x40400000, 0x50000000), Extent(0x60000000, RAM.end)),
)
"""What dom0 has not of the host's RAM."""


def with_domain(offer: Offer, **changes: object) -> Offer:
    return replace(offer, domain=replace(offer.domain, **changes))  # type: ignore[arg-type]


def holes(taken: list[tuple[int, int]], space: list[tuple[int, int]], top: int) -> tuple[Extent, ...]:
    """What a right producer offers, block by block: 2 MiB blocks that nothing touches, 64 MiB or more at a stretch."""
    found: list[list[int]] = []
    for number in range(top // BLOCK):
        start, end = number * BLOCK, (number + 1) * BLOCK
        inside = any(low <= start and end <= high for low, high in space)
        if not inside or any(low < end and start < high for low, high in taken):
            continue
        if found and found[-1][1] == start:
            found[-1][1] = end
        else:
            found.append([start, end])
    return tuple(Extent(start, end) for start, end in found if end - start >= 64 * MIB)


LINUX = Takes(128 * MIB, True, True, (), None, "fails", "gives up")
ZEPHYR = Takes(4096, False, False, ("zero-start", "parts-of-pages"), None, "fails", "gives up")


def kernel(name: str, takes: Takes | None) -> Consumer:
    return Consumer(name, name.title(), 64, True, takes, "balloons", "stops", (), ("here",))


KERNELS = (kernel("linux", LINUX), kernel("zephyr", ZEPHYR), kernel("u-boot", None))
"""Without linear maps: these have tests of their own."""


def used(offer: Offer, *names: str) -> Offer:
    """With what the kernels make of it; the named ones count."""
    return with_uses(offer, KERNELS, names, 64)


KINDS = ("device", "pci-window", "disabled-memory", "reserved-memory", "memreserve")


def sound(random: Random) -> Offer:
    """An offer that keeps every rule, of one of three kinds: holes, unallocated RAM, a guest's windows."""
    kind = random.choice(("holes", "unallocated", "guest"))
    bits = random.choice((BITS, BITS + 1))
    top = 1 << bits
    things = [_thing(random, KINDS) for _ in range(random.randrange(6))]
    given = [
        _thing(random, ("domain-ram", "shared-memory", "passthrough")) for _ in range(random.randrange(3))
    ]
    low = random.randrange(0, TOP, 128 * MIB)
    ram = Extent(low, min(TOP, low + random.randrange(1, 9) * 256 * MIB))
    frames = random.randrange(1, 64)
    grant = Extent(ram.start, ram.start + 64 * 4096)
    is_guest = kind == "guest"
    if is_guest:
        grant = Extent(0x38000000, 0x38000000 + 16 * MIB)
    given.append(Obstacle(grant, "grant-region", "grant region", "of d0"))
    taken = [each.extent for each in given]
    windows = (Window("GUEST_RAM0", Extent(0x40000000, 0xE0000000)),)
    board = BoardMap(tuple(sorted([*things, obstacle(ram.start, ram.end, "memory", "/memory")])))
    if not is_guest:
        taken += [each.extent for each in things]
    space = [(0, top)]
    if kind == "holes":
        taken.append(ram)
    else:
        part = windows[0].extent if is_guest else ram
        space = [(part.start, part.end)]
    excused: tuple[Obstacle, ...] = ()
    if kind == "unallocated" and random.random() < 0.5:
        excused = (_thing(random, ("reserved-memory",)),)
        taken.append(excused[0].extent)
    devices = tuple(DevicePages(each.name, each.extent, *2 * (_pages(each.extent),)) for each in things)
    return Offer(
        domain(iommu=kind == "holes", grant=grant, banks=(), bits=bits),
        holes([(each.start, each.end) for each in taken if each.size], space, top),
        "predicted",
        not is_guest,
        not is_guest,
        (2, 2),
        board,
        (ram,),
        "the device tree",
        windows if is_guest else (),
        tuple(given),
        excused,
        tuple(Operation(each.name, each.extent.start, each.extent.size) for each in things),
        () if is_guest else devices,
        frames,
    )


def _thing(random: Random, kinds: tuple[str, ...]) -> Obstacle:
    start = random.randrange(0, TOP, random.choice((1, 4096, BLOCK, 64 * MIB)))
    size = random.choice((1, 0x200, 0x1000, 0x1800, BLOCK, BLOCK + 1, 96 * MIB, 512 * MIB))
    return obstacle(start, min(TOP, start + size), random.choice(kinds), f"/dev@{start:x}")


def _pages(extent: Extent) -> Extent:
    return Extent(extent.start // 4096 * 4096, -(-extent.end // 4096) * 4096)


def mutant(offer: Offer, random: Random) -> Offer:
    """With one thing changed, which may break a rule or not: the reference tells."""
    regions = list(offer.regions)
    index = random.randrange(len(regions)) if regions else 0
    step = random.choice((4096, BLOCK, 64 * MIB)) * random.choice((1, -1))
    what = random.choice(
        ("shift", "grow", "drop", "split", "twice", "thing", "cells", "pages", "operation", "cap", "grant")
    )
    if what in ("shift", "grow", "drop", "split", "twice", "cap") and regions:
        each = regions[index]
        middle = each.start + each.size // 2 // BLOCK * BLOCK
        regions[index : index + 1] = {
            "shift": [Extent(max(0, each.start + step), max(0, each.start + step) + each.size)],
            "grow": [Extent(each.start, max(each.start + 4096, each.end + step))],
            "drop": [],
            "cap": [],
            "split": [Extent(each.start, middle), Extent(middle, each.end)],
            "twice": [each, each],
        }[what]
        dropped = (each,) if what == "cap" else ()
        return replace(offer, regions=tuple(regions), domain=replace(offer.domain, dropped=dropped))
    if what == "cells":
        return replace(offer, cells=random.choice(((1, 1), (1, 2), (2, 1))))
    if what == "pages" and offer.devices:
        first, *rest = offer.devices
        moved = Extent(
            first.mapped.start, max(first.mapped.start, first.mapped.end + random.choice((4096, -4096)))
        )
        changed = random.choice((replace(first, mapped=moved), replace(first, permitted=moved)))
        return replace(offer, devices=(changed, *rest))
    if what == "operation":
        operation = random.choice((Operation("x", 0, 0), Operation("x", 4095, 0), Operation("x", 2**64 - 4096, 8192),
                                   Operation("x", 4096, 0), Operation("x", 2**64 - 4096, 4096)))  # fmt: skip
        return replace(offer, operations=(*offer.operations, operation))
    if what == "grant" and offer.domain.grant_region is not None:
        grant = offer.domain.grant_region
        size = random.choice((0, 4096, 63 * 4096, 32 * MIB, grant.size + 1))
        changed_grant = Extent(grant.start, grant.start + size)
        given = tuple(
            replace(each, extent=changed_grant) if each.kind == "grant-region" else each
            for each in offer.given
        )
        return replace(offer, domain=replace(offer.domain, grant_region=changed_grant), given=given)
    return replace(offer, board=BoardMap(tuple(sorted([*offer.board.obstacles, _thing(random, KINDS)]))))
