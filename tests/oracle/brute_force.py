"""Brute-force oracle for small worlds, sharing nothing with the package under test.

Every configuration is listed; every byte is a bit of a plain int (bit n set: byte n is occupied), so
the bytes two parts share are `a & b`, their number a population count, the first one the lowest bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, product
from random import Random
from typing import Any

#       ipa_bits, memory, gic, vcpus, vpci, vuart, acpi, virtio, guest
Config = tuple[int, int, str, int, bool, bool, bool, int, str]
Best = tuple[Config, int | None, int]  # configuration, address, conflict
DIMENSIONS = ("ipa_bits", "memory", "gic", "vcpus", "vpci", "vuart", "acpi", "virtio", "guest")
RANGES = ("memory", "vcpus", "virtio")

PRESENT: dict[str | None, Callable[[Config], bool]] = {
    None: lambda _: True,
    "gic=v2": lambda c: c[2] == "v2",
    "gic=v3": lambda c: c[2] == "v3",
    "vpci": lambda c: c[4],
    "vuart": lambda c: c[5],
    "acpi": lambda c: c[6],
    "virtio": lambda c: c[7] >= 1,
}
NEEDED: dict[str, Callable[[int, Config], int]] = {
    "at-least": lambda amount, _: amount,
    "exactly": lambda amount, _: amount,
    "per-vcpu": lambda amount, c: amount * c[3],
    "per-virtio": lambda amount, c: amount * c[7],
}


@dataclass(frozen=True)
class Bank:
    name: str
    base: int
    size: int


@dataclass(frozen=True)
class Reg:
    name: str
    base: int
    size: int
    when: str | None = None


@dataclass(frozen=True)
class Need:
    name: str
    kind: str
    amount: int


@dataclass(frozen=True)
class World:
    page: int
    widths: tuple[tuple[int, int], ...]
    extended_regions: bool
    banks: tuple[Bank, ...]
    ram_max: int
    regions: tuple[Reg, ...]
    gics: tuple[str, ...] = ("v3",)
    max_vcpus: int = 1
    gicv2_vcpus: int = 1
    flags: tuple[str, ...] = ()
    max_virtio: int = 0
    guests: tuple[str, ...] = ("aarch64-4k",)
    needs: tuple[Need, ...] = ()

    def __post_init__(self) -> None:
        names = tuple(bank.name for bank in self.banks) + tuple(reg.name for reg in self.regions)
        lists = (names, tuple(str(bits) for bits, _ in self.widths), self.gics, self.flags, self.guests)
        assert all(len(set(values)) == len(values) for values in lists), f"something twice in {lists}"
        assert self.ram_max % self.page == 0
        assert all(bank.size > 0 and bank.size % self.page == 0 and bank.base >= 0 for bank in self.banks)
        assert all(reg.size > 0 and reg.base >= 0 and reg.when in PRESENT for reg in self.regions)
        assert all(need.name in names and need.kind in NEEDED for need in self.needs)
        assert set(self.gics) <= {"v3", "v2"} and set(self.flags) <= {"vpci", "vuart", "acpi"}  # noqa: PT018


@dataclass(frozen=True)
class Refutation:
    subjects: tuple[str, ...]
    need: Need | None
    failing: frozenset[Config]
    best: Best


@dataclass(frozen=True)
class Result:
    verdicts: dict[str, str]
    refutations: dict[str, dict[tuple[tuple[str, ...], Need | None], Refutation]]
    empty_widths: tuple[int, ...]
    configurations: int


def memories(world: World) -> range:
    return range(world.page, world.ram_max + 1, world.page)


def used(world: World, memory: int) -> list[int]:
    """Bytes used of each bank, filled in order."""
    filled: list[int] = []
    for bank in world.banks:
        filled.append(min(bank.size, memory - sum(filled)))
    return filled


@lru_cache(maxsize=8)
def space(world: World) -> tuple[Config, ...]:
    """Every configuration, the preferred counterexample first."""
    vpcis, vuarts, acpis = ([False, True][: 1 + (f in world.flags)] for f in ("vpci", "vuart", "acpi"))
    found = [
        (bits, memory, gic, vcpus, vpci, vuart, acpi, virtio, guest)
        for bits, reach in sorted(world.widths)
        for memory in memories(world)
        if all(bank.base + n <= reach for bank, n in zip(world.banks, used(world, memory), strict=True) if n)
        for gic in world.gics
        for vcpus in range(1, world.max_vcpus + 1)
        if gic != "v2" or vcpus <= world.gicv2_vcpus
        for virtio in range(world.max_virtio + 1)
        for guest in world.guests
        for vpci, vuart, acpi in product(vpcis, vuarts, acpis)
        if not acpi or guest.startswith("aarch64")
    ]
    # The loops above run in the order of the last tie-break, and the sort is stable.
    return tuple(sorted(found, key=lambda c: c[4] + c[5] + c[6] + (c[7] > 0)))


def measure(bits: int) -> tuple[int, int]:
    """First byte and number of bytes of a bitmap that is not empty."""
    return (bits & -bits).bit_length() - 1, bits.bit_count()


def refute(subjects: tuple[str, ...], need: Need | None, hits: list[Best]) -> list[Refutation]:
    """None or one.  `hits` in the order of `space`: max() keeps the first of the largest conflicts."""
    failing = frozenset([hit[0] for hit in hits])
    return [Refutation(subjects, need, failing, max(hits, key=lambda hit: hit[2]))] if hits else []


def parts(world: World, windows: bool) -> list[tuple[int, str, str | None, dict[int, int]]]:
    """(start, name, when, memory -> bitmap) by (start, name); of a bank its window or its used part."""
    sizes: list[tuple[int, str, str | None, list[int]]] = []
    for reg in world.regions:
        sizes.append((reg.base, reg.name, reg.when, [reg.size for _ in memories(world)]))
    for i, bank in enumerate(world.banks):
        extents = [bank.size if windows else used(world, memory)[i] for memory in memories(world)]
        sizes.append((bank.base, bank.name, None, extents))
    return [
        (base, name, when, {m: ((1 << n) - 1) << base for m, n in zip(memories(world), each, strict=True)})
        for base, name, when, each in sorted(sizes, key=lambda part: part[:2])
    ]


def overlaps(world: World) -> list[Refutation]:
    out: list[Refutation] = []
    for (_, one, when1, map1), (_, two, when2, map2) in combinations(parts(world, world.extended_regions), 2):
        shared = {m: measure(map1[m] & map2[m]) for m in memories(world) if map1[m] & map2[m]}
        if shared:
            here, there = PRESENT[when1], PRESENT[when2]
            rows = [c for c in space(world) if c[1] in shared and here(c) and there(c)]
            out += refute((one, two), None, [(c, *shared[c[1]]) for c in rows])
    return out


def beyond(world: World) -> list[Refutation]:
    out: list[Refutation] = []
    for _, name, when, occupied in parts(world, windows=False):
        outside = {}
        for bits, memory in product([b for b, _ in world.widths], memories(world)):
            if tail := occupied[memory] >> 2**bits:
                outside[bits, memory] = (2**bits + measure(tail)[0], measure(tail)[1])
        if outside:
            rows = [c for c in space(world) if c[:2] in outside and PRESENT[when](c)]
            out += refute((name,), None, [(c, *outside[c[:2]]) for c in rows])
    return out


def too_small(world: World) -> list[Refutation]:
    regions = {reg.name: reg for reg in world.regions}
    out: list[Refutation] = []
    for need in world.needs:
        size, here = regions[need.name].size, PRESENT[regions[need.name].when]
        hits: list[Best] = []
        for c in space(world):
            wanted = NEEDED[need.kind](need.amount, c)
            if (size != wanted if need.kind == "exactly" else size < wanted) and here(c):
                hits.append((c, None, abs(wanted - size)))
        out += refute((need.name,), need, hits)
    return out


def judge(world: World) -> Result:
    found = {"no-overlap": overlaps(world), "within-ipa": beyond(world), "minimum-size": too_small(world)}
    empty = tuple(sorted({bits for bits, _ in world.widths} - {c[0] for c in space(world)}))
    verdicts = {name: "refuted" if found[name] else "vacuous" if empty else "proved" for name in found}
    keyed = {name: {(r.subjects, r.need): r for r in found[name]} for name in found}
    return Result(verdicts, keyed, empty, len(space(world)))


def expand(boxes: Iterable[Mapping[str, Any]], world: World) -> frozenset[Config]:
    """The configurations of the world's space inside the union of the boxes."""
    inside: set[Config] = set()
    for box in boxes:
        rows: Sequence[Any] = space(world)
        for key, wanted in box.items():
            i = DIMENSIONS.index(key)  # ValueError: no such dimension
            if key in RANGES:
                assert set(wanted) == {"min", "max"}, wanted
                low, high = (int(v, 16) if isinstance(v, str) else v for v in (wanted["min"], wanted["max"]))
                rows = [c for c in rows if low <= c[i] <= high]
            else:
                assert not isinstance(wanted, str), wanted
                rows = [c for c in rows if c[i] in wanted]
        inside.update(rows)
    return frozenset(inside)


def project(failing: Iterable[Config], world: World) -> dict[str, Any]:
    """The projection on each dimension; a key is absent where it leaves nothing out."""
    rows = list(failing)  # at least one
    order = {"gic": world.gics, "guest": world.guests}
    out: dict[str, Any] = {}
    for i, key in enumerate(DIMENSIONS):
        every: set[Any] = {c[i] for c in space(world)}
        values: set[Any] = {c[i] for c in rows}
        hull = {"min": min(values), "max": max(values)}
        spans = hull == {"min": min(every), "max": max(every)}
        if values != every and not (key == "memory" and spans):
            out[key] = hull if key in RANGES else [v for v in order.get(key, sorted(every)) if v in values]
    return out


def layout(rng: Random, room: int) -> tuple[list[Bank], list[Reg]]:
    """Disjoint parts one after the other, most of them touching, ending at or below `room` if they can."""
    kinds = ["ram"] * rng.randint(1, 2) + ["reg"] * rng.choice((1, 2, 3, 4, 4))
    rng.shuffle(kinds)
    banks, regs, end = list[Bank](), list[Reg](), rng.choice((0, 0, 1, 4))
    for i, kind in enumerate(kinds):
        end += rng.choice((0, 0, 0, 1, 3, 4))
        if kind == "ram":
            banks.append(Bank(f"ram{i}", (end + 3) // 4 * 4, 4 * rng.randint(1, min(6, room // 12))))
            end = banks[-1].base + banks[-1].size
        elif end < room or not regs:
            size = min(rng.choice((1, 2, 3, 4, 4, 8, 12)), max(1, room - end))
            regs.append(Reg(f"r{i}", end, size, rng.choice((None, None, None, *PRESENT))))
            end += size
    up = int(max(0, room - end) // 4 * rng.choice((0, 1, rng.random()))) * 4
    if rng.random() < 0.3:  # one region per interrupt controller, at the same place
        regs[0] = replace(regs[0], when="gic=v3")
        regs.append(Reg("twin", regs[0].base, rng.randint(1, 8), rng.choice(("gic=v2", "gic=v2", None))))
    rng.shuffle(banks)
    return [replace(b, base=b.base + up) for b in banks], [replace(r, base=r.base + up) for r in regs]


def drawn(number: int) -> Random:
    """What a test's worlds are made of: the same each time, but for a SEED (`make brute SEED=7`, `make nightly`)."""
    seed = os.environ.get("SEED")
    return Random(f"{seed} {number}" if seed else number)


def random_world(rng: Random) -> World:
    bits = sorted(rng.sample(range(rng.choice((4, 5, 6)), 9), rng.choice((2, 3))))
    banks, regs = layout(rng, 2 ** rng.choice((bits[0], bits[0], bits[-1])))
    for _ in range(rng.choice((0, 1, 2, 3, 4))):  # perturb
        i, step, limit = rng.randrange(len(regs)), rng.choice((-4, -1, 1, 4)), 2 ** rng.choice(bits)
        base, size = rng.choice([*((b.base, b.size) for b in banks), *((r.base, r.size) for r in regs)])
        at, long = regs[i].base, regs[i].size
        near = ((max(0, at + step), long), (at, max(1, long + step)))
        far = ((base, long), (base + size - 1, long), (limit - long // 2, long))
        at, long = rng.choice((*near, *near, *far))
        regs[i] = replace(regs[i], base=at, size=long)
    if rng.random() < 0.2:
        at = banks[0].base
        at = rng.choice((max(0, at - 4), at + 4, banks[-1].base, 2 ** rng.choice(bits[:-1]) - 4))
        banks[0] = replace(banks[0], base=at)
    pages, vcpus, virtio = sum(bank.size for bank in banks) // 4, rng.randint(1, 4), rng.randint(0, 3)
    if (pages + 1) * vcpus * (virtio + 1) > 62:  # times at most 3 widths, 2 gics, 4 of flags, 2 guests
        vcpus, virtio = min(vcpus, 2), min(virtio, 1)
    needs = []
    for reg in rng.choices(regs, k=rng.randint(0, 3)):
        kind, per = rng.choice((*zip(NEEDED, (1, 1, vcpus, virtio or 1), strict=True),))
        needs.append(Need(reg.name, kind, max(1, reg.size // per + rng.choice((-1, 0, 0, 0, 1)))))
    return World(
        page=4,
        widths=tuple((b, 2**b * rng.choice((1, 1, 2, 4, 16))) for b in bits),
        extended_regions=rng.random() < 0.5,
        banks=tuple(banks),
        ram_max=4 * max(rng.choices(range(1, pages + 2), k=2)),
        regions=tuple(regs),
        gics=rng.choice((("v3",), ("v2",), ("v3", "v2"), ("v3", "v2"))),
        max_vcpus=vcpus,
        gicv2_vcpus=rng.randint(1, 4),
        flags=tuple(rng.sample(("vpci", "vuart", "acpi"), rng.choice((0, 1, 2, 2)))),
        max_virtio=virtio,
        guests=rng.choice((("aarch64-4k",), ("aarch32-short",), ("aarch64-4k", "aarch32-short"))),
        needs=tuple(dict.fromkeys(needs)),
    )
