"""The oracle against worlds judged by hand, and against a slower restatement of its definition."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from itertools import combinations, product
from random import Random
from typing import Any

import pytest

from tests.oracle.brute_force import (
    Bank,
    Config,
    Need,
    Reg,
    Result,
    World,
    drawn,
    expand,
    judge,
    project,
    random_world,
    space,
)

A64, A32 = "aarch64-4k", "aarch32-short"
RAM = Bank("ram", 16, 8)
ONE = World(  # RAM in [16, 24), memory 4 or 8: two configurations
    page=4, widths=((5, 32),), extended_regions=False, banks=(RAM,), ram_max=8, regions=()
)


def config(bits: int = 5, memory: int = 4, gic: str = "v3", vcpus: int = 1, **rest: Any) -> Config:
    flags = {"vpci": False, "vuart": False, "acpi": False, "virtio": 0, "guest": A64} | rest
    return (bits, memory, gic, vcpus, *flags.values())  # type: ignore[return-value]


def verdicts(result: Result) -> tuple[str, ...]:
    return tuple(result.verdicts.values())


def test_touching_parts_do_not_overlap() -> None:
    # uart [12, 16) ends where RAM starts, tail [24, 32) starts where it ends and ends at 2**5.
    result = judge(replace(ONE, regions=(Reg("uart", 12, 4), Reg("tail", 24, 8))))
    assert verdicts(result) == ("proved", "proved", "proved")
    assert result.configurations == 2
    assert result.empty_widths == ()
    assert not any(result.refutations.values())


def test_one_shared_byte() -> None:
    # uart [12, 17) takes byte 16 of RAM whatever the memory: same conflict, so the smaller memory.
    world = replace(ONE, regions=(Reg("uart", 12, 5),))
    result = judge(world)
    assert verdicts(result) == ("refuted", "proved", "proved")
    (found,) = result.refutations["no-overlap"].values()
    assert (found.subjects, found.need) == (("uart", "ram"), None)
    assert found.failing == {config(memory=4), config(memory=8)}
    assert found.best == (config(memory=4), 16, 1)
    assert project(found.failing, world) == {}


def test_the_unused_tail_of_a_bank() -> None:
    # dev [20, 24): free while 4 bytes of RAM are used ([16, 20)), all of it shared when 8 are.
    world = replace(ONE, regions=(Reg("dev", 20, 4),))
    (found,) = judge(world).refutations["no-overlap"].values()
    assert found.failing == {config(memory=8)}
    assert found.best == (config(memory=8), 20, 4)
    assert project(found.failing, world) == {"memory": {"min": 8, "max": 8}}
    # With extended regions the window counts: both memories fail, the smaller is shown.
    (found,) = judge(replace(world, extended_regions=True)).refutations["no-overlap"].values()
    assert found.failing == {config(memory=4), config(memory=8)}
    assert found.best == (config(memory=4), 20, 4)


def test_the_largest_conflict_comes_before_the_smallest_memory() -> None:
    # dev [18, 23): 2 bytes shared with [16, 20), 5 with [16, 24).
    (found,) = judge(replace(ONE, regions=(Reg("dev", 18, 5),))).refutations["no-overlap"].values()
    assert len(found.failing) == 2
    assert found.best == (config(memory=8), 18, 5)


def test_one_interrupt_controller_at_a_time() -> None:
    # gicv2 [0, 8) and gicv3 [0, 12) never meet.  v3 has vcpus 1..3, v2 only 1..2: (3 + 2) * 2 memories.
    twins = (Reg("gicv3", 0, 12, "gic=v3"), Reg("gicv2", 0, 8, "gic=v2"))
    world = replace(ONE, regions=twins, gics=("v3", "v2"), max_vcpus=3, gicv2_vcpus=2)
    result = judge(world)
    assert verdicts(result) == ("proved", "proved", "proved")
    assert result.configurations == 10
    # gicv3 always present: they meet with v2 only, vcpus 1..2; equal starts are ordered by name.
    world = replace(world, regions=(replace(twins[0], when=None), twins[1]))
    (found,) = judge(world).refutations["no-overlap"].values()
    assert found.subjects == ("gicv2", "gicv3")
    assert found.failing == {config(memory=m, gic="v2", vcpus=v) for m in (4, 8) for v in (1, 2)}
    assert found.best == (config(gic="v2"), 0, 8)
    assert project(found.failing, world) == {"gic": ["v2"], "vcpus": {"min": 1, "max": 2}}
    # Both always present: v3 is preferred, being first.
    world = replace(world, regions=tuple(replace(reg, when=None) for reg in twins))
    (found,) = judge(world).refutations["no-overlap"].values()
    assert found.best[0] == config(gic="v3")


def test_beyond_the_guest_address_space() -> None:
    # b = 4 ends at 16: RAM lies beyond as a whole, dev [14, 18) by 2 bytes.  b = 5 holds both, and
    # dev shares [16, 18) with RAM.  The reach of b = 4 is larger than 2**4, so it has configurations.
    world = replace(ONE, widths=((4, 32), (5, 32)), regions=(Reg("dev", 14, 4),))
    for extended in (False, True):
        result = judge(replace(world, extended_regions=extended))
        assert verdicts(result) == ("refuted", "refuted", "proved")
        found = result.refutations["within-ipa"]
        assert set(found) == {(("ram",), None), (("dev",), None)}
        ram, dev = found[("ram",), None], found[("dev",), None]
        assert ram.failing == dev.failing == {config(bits=4, memory=4), config(bits=4, memory=8)}
        assert ram.best == (config(bits=4, memory=8), 16, 8)  # the used part also with extended regions
        assert dev.best == (config(bits=4, memory=4), 16, 2)
        assert project(ram.failing, world) == {"ipa_bits": [4]}
    # A part wholly beyond: conflict = its size, address = its start, not the limit.
    (far,) = judge(replace(ONE, regions=(Reg("far", 40, 3),))).refutations["within-ipa"].values()
    assert far.best == (config(memory=4), 40, 3)


def test_a_width_without_configurations_is_vacuous() -> None:
    # The P2M of b = 4 reaches 16, RAM starts there: nothing fits, so dev [14, 16) is not judged there.
    world = replace(ONE, widths=((5, 32), (4, 16)), regions=(Reg("dev", 14, 2),))
    result = judge(world)
    assert verdicts(result) == ("vacuous", "vacuous", "vacuous")
    assert (result.empty_widths, result.configurations) == ((4,), 2)
    # One byte more of dev is refuted by b = 5; the other verdicts stay vacuous.
    result = judge(replace(world, regions=(Reg("dev", 14, 3),)))
    assert verdicts(result) == ("refuted", "vacuous", "vacuous")


def test_banks_fill_in_order_up_to_the_reach() -> None:
    # low [0, 4) then high [16, 24).  b = 4 reaches 19: memory 4 only, as 8 would use [16, 20).
    # b = 5: 4, 8, 12, and 16, of which 4 find no place.  1 + 4 configurations.
    banks = (Bank("low", 0, 4), Bank("high", 16, 8))
    world = replace(ONE, widths=((4, 19), (5, 32)), banks=banks, ram_max=16, regions=(Reg("dev", 20, 1),))
    assert [c[:2] for c in space(world)] == [(4, 4), (5, 4), (5, 8), (5, 12), (5, 16)]
    result = judge(world)
    (found,) = result.refutations["no-overlap"].values()
    assert found.subjects == ("high", "dev")
    assert found.failing == {config(memory=12), config(memory=16)}  # [20, 24) is used from 12 on
    # dev lies beyond 2**4 in the one configuration of b = 4; no RAM is used there beyond it.
    (found,) = result.refutations["within-ipa"].values()
    assert (found.subjects, found.best) == (("dev",), (config(bits=4), 20, 1))
    # The other order fills high first: b = 4 cannot place the first page.
    assert judge(replace(world, banks=banks[::-1])).empty_widths == (4,)


def test_two_banks_overlap() -> None:
    # one [8, 16) and two [12, 16): the used parts meet from memory 12 on, the windows always.
    banks = (Bank("one", 8, 8), Bank("two", 12, 4))
    world = replace(ONE, banks=banks, ram_max=12)
    (found,) = judge(world).refutations["no-overlap"].values()
    assert found.failing == {config(memory=12)}
    assert found.best == (config(memory=12), 12, 4)
    (found,) = judge(replace(world, extended_regions=True)).refutations["no-overlap"].values()
    assert (len(found.failing), found.best) == (3, (config(memory=4), 12, 4))


def test_minimum_sizes() -> None:
    # its: 8 bytes.  exactly 9: 1 off in all 24 configurations.  4 per vcpu: 3 vcpus need 12, 4 short.
    # mmio: 5 bytes, present from virtio = 1.  3 each: virtio 2 is 1 short, 3 is 4 short.
    # at-least: 8 and 5 hold.  at-least 7 of mmio: 2 short wherever present, shown with virtio = 1.
    holds = (Need("its", "at-least", 8), Need("mmio", "at-least", 5), Need("its", "exactly", 8))
    fails = (
        Need("its", "exactly", 9),
        Need("its", "per-vcpu", 4),
        Need("mmio", "per-virtio", 3),
        Need("mmio", "at-least", 7),
    )
    regions = (Reg("its", 0, 8), Reg("mmio", 8, 5, "virtio"))
    world = replace(ONE, regions=regions, max_vcpus=3, max_virtio=3, needs=holds + fails)
    result = judge(world)
    assert verdicts(result) == ("proved", "proved", "refuted")
    found = result.refutations["minimum-size"]
    assert set(found) == {((need.name,), need) for need in fails}
    exactly, vcpu, virtio, least = (found[(need.name,), need] for need in fails)
    assert (len(exactly.failing), exactly.best) == (24, (config(), None, 1))
    assert (len(vcpu.failing), vcpu.best) == (8, (config(vcpus=3), None, 4))
    assert (len(virtio.failing), virtio.best) == (12, (config(virtio=3), None, 4))
    assert (len(least.failing), least.best) == (18, (config(virtio=1), None, 2))
    assert project(vcpu.failing, world) == {"vcpus": {"min": 3, "max": 3}}
    assert project(virtio.failing, world) == {"virtio": {"min": 2, "max": 3}}
    assert project(least.failing, world) == {"virtio": {"min": 1, "max": 3}}


def test_flags_guests_and_optional_devices() -> None:
    # acpi needs an aarch64 guest: of 2 guests * acpi, 3 combinations; * vpci 2 * memory 2 = 12.
    # rsdp shares a byte with dev only under acpi; host is never there (vuart is no dimension).
    regions = (Reg("dev", 0, 4), Reg("rsdp", 3, 4, "acpi"), Reg("host", 0, 4, "vuart"))
    world = replace(ONE, regions=regions, flags=("acpi", "vpci"), guests=(A32, A64), max_virtio=1)
    result = judge(replace(world, max_virtio=0))
    assert result.configurations == 12
    (found,) = result.refutations["no-overlap"].values()
    assert found.subjects == ("dev", "rsdp")
    assert found.failing == {config(memory=m, vpci=v, acpi=True) for m in (4, 8) for v in (False, True)}
    # Without the optional vpci and virtio, though all of them fail alike.
    (found,) = judge(world).refutations["no-overlap"].values()
    assert found.best == (config(acpi=True), 3, 1)
    assert project(found.failing, world) == {"acpi": [True], "guest": [A64]}
    # No dimension of flags at all: the first guest of the list, everything optional off.
    (found,) = (
        judge(replace(ONE, regions=(Reg("x", 19, 1),), guests=(A32, A64))).refutations["no-overlap"].values()
    )
    assert found.best[0] == config(guest=A32)


def test_fewest_devices_come_before_the_smallest_width() -> None:
    # The order of preference itself, on a space of 2 widths * 2 memories * vuart * virtio 0..2.
    world = replace(ONE, widths=((6, 64), (5, 32)), flags=("vuart",), max_virtio=2)
    counted = [(c[5] + (c[7] > 0), c[0], c[1], c[7], c[5]) for c in space(world)]
    assert len(counted) == 24
    assert counted == sorted(counted)
    assert space(world)[3] == config(bits=6, memory=8)  # the fourth without a device, before any with one


def test_boxes() -> None:
    world = replace(ONE, widths=((4, 32), (5, 32)), flags=("vpci",), max_vcpus=3, guests=(A64, A32))
    assert len(space(world)) == 2 * 2 * 3 * 2 * 2
    assert expand([], world) == frozenset()
    assert expand([{}], world) == set(space(world))
    assert len(expand([{"memory": {"min": "0x5", "max": "0x8"}}], world)) == 24
    assert len(expand([{"vcpus": {"min": 2, "max": 9}, "ipa_bits": [4], "vpci": [True]}], world)) == 8
    twice = [{"guest": [A32]}, {"guest": [A32, "other"], "gic": ["v3"]}]
    assert len(expand(twice, world)) == 24  # a union, not a sum
    assert expand([{"gic": ["v2"]}], world) == frozenset()
    with pytest.raises(ValueError, match="tuple"):
        expand([{"colour": [1]}], world)


def fill(world: World, memory: int) -> dict[str, set[int]]:
    filled = {}
    for bank in world.banks:
        filled[bank.name] = set(range(bank.base, bank.base + min(memory, bank.size)))
        memory = max(0, memory - bank.size)
    return filled


def legal(world: World, c: Config) -> bool:
    bits, memory, gic, vcpus, vpci, vuart, acpi, _, guest = c
    if (vpci and "vpci" not in world.flags) or (vuart and "vuart" not in world.flags):
        return False
    if acpi and ("acpi" not in world.flags or guest[:7] != "aarch64"):
        return False
    if gic == "v2" and vcpus > world.gicv2_vcpus:
        return False
    return all(byte < dict(world.widths)[bits] for taken in fill(world, memory).values() for byte in taken)


Found = dict[tuple[str, tuple[str, ...], Need | None], tuple[int | None, int]]


def failures(world: World, c: Config) -> Found:
    """What fails in one configuration: (property, subjects, need) -> (address, conflict)."""
    bits, memory, gic, vcpus, vpci, vuart, acpi, virtio, _ = c
    true = {"vpci": vpci, "vuart": vuart, "acpi": acpi, "virtio": virtio > 0, f"gic={gic}": True}
    there = [reg for reg in world.regions if reg.when is None or true.get(reg.when)]
    taken = {reg.name: set(range(reg.base, reg.base + reg.size)) for reg in there}
    ram = fill(world, memory)
    windows = {b.name: set(range(b.base, b.base + b.size)) for b in world.banks}
    starts = {reg.name: reg.base for reg in world.regions} | {bank.name: bank.base for bank in world.banks}
    layout = taken | (windows if world.extended_regions else ram)

    bytes_of: dict[tuple[str, tuple[str, ...]], set[int]] = {}
    for pair in combinations(sorted(layout, key=lambda name: (starts[name], name)), 2):
        bytes_of["no-overlap", pair] = layout[pair[0]] & layout[pair[1]]
    for name, occupied in (taken | ram).items():
        bytes_of["within-ipa", (name,)] = {byte for byte in occupied if byte >= 2**bits}
    found: Found = {(*key, None): (min(shared), len(shared)) for key, shared in bytes_of.items() if shared}
    for need in world.needs:
        if need.name in taken:
            times = {"per-vcpu": vcpus, "per-virtio": virtio}.get(need.kind, 1)
            short = need.amount * times - len(taken[need.name])
            if short > 0 or (short < 0 and need.kind == "exactly"):
                found["minimum-size", (need.name,), need] = (None, abs(short))
    return found


def literal(world: World) -> dict[tuple[str, tuple[str, ...], Need | None], list[tuple[Any, ...]]]:
    """The definition word for word: every combination, every part as a set of bytes, a full sort key."""
    failing: dict[tuple[str, tuple[str, ...], Need | None], list[tuple[Any, ...]]] = {}
    rams = range(world.page, world.ram_max + 1, world.page)
    counts = range(1, world.max_vcpus + 1), *[[False, True]] * 3, range(world.max_virtio + 1)
    every: Any = product([b for b, _ in world.widths], rams, world.gics, *counts, world.guests)
    for c in every:
        if legal(world, c):
            bits, memory, gic, vcpus, vpci, vuart, acpi, virtio, guest = c
            devices = [vpci, vuart, acpi, virtio > 0].count(True)
            order = (devices, bits, memory, world.gics.index(gic), vcpus, virtio)
            key = (*order, world.guests.index(guest), vpci, vuart, acpi)
            for subject, (address, conflict) in failures(world, c).items():
                failing.setdefault(subject, []).append((-conflict, key, c, address))
    return failing


def test_against_the_literal_definition() -> None:
    rng, judged = Random(7), 0
    while judged < 150:
        world = random_world(rng)
        result = judge(world)
        if result.configurations > 400:
            continue
        judged += 1
        expected = literal(world)
        found = {(name, *key): r for name, each in result.refutations.items() for key, r in each.items()}
        assert set(found) == set(expected), world
        for key, hits in expected.items():
            conflict, _, chosen, address = min(hits, key=lambda hit: hit[:2])
            assert found[key].failing == {hit[2] for hit in hits}
            assert len(found[key].failing) == len(hits)
            assert found[key].best == (chosen, address, -conflict)
            assert key[1:] == (found[key].subjects, found[key].need)
            assert found[key].failing <= expand([project(found[key].failing, world)], world)


def test_another_seed_is_another_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every number; and without one each is what it was."""
    worlds = []
    for seed in ("", "7", "8"):
        monkeypatch.setenv("SEED", seed)
        assert random_world(drawn(3)) == random_world(drawn(3)) != random_world(drawn(4))
        worlds.append(random_world(drawn(3)))
    assert worlds[0] == random_world(Random(3))
    assert worlds[0] != worlds[1] != worlds[2] != worlds[0]


def test_random_worlds_are_mixed_and_fast() -> None:
    rng, worlds = Random(2024), 1500
    tally: dict[str, Counter[str]] = {}
    sizes, spent = [], 0.0
    for _ in range(worlds):
        world = random_world(rng)
        start = time.process_time()
        result = judge(world)
        spent += time.process_time() - start
        sizes.append(result.configurations)
        for name, verdict in result.verdicts.items():
            tally.setdefault(name, Counter())[verdict] += 1
    for name, counted in tally.items():
        assert counted["refuted"] > 0.2 * worlds, (name, counted)
        assert counted["proved"] > 0.2 * worlds, (name, counted)
        assert counted["vacuous"] > 0.03 * worlds, (name, counted)
    assert tally["no-overlap"]["refuted"] > 0.35 * worlds
    assert max(sizes) <= 3000
    assert spent / worlds < 0.004  # seconds per world
