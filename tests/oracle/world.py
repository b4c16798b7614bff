"""A brute-force world as the verifier sees it: the bridge between the oracle and what it judges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.oracle.brute_force import Need, Reg, World
from verifier.layout.configuration import Dimension, Space
from verifier.layout.define import Define, Number
from verifier.layout.facts import Fact, Facts, Width
from verifier.layout.layout import Layout
from verifier.layout.origin import Origin
from verifier.layout.region import Bank, Region, When
from verifier.logic.case import Case
from verifier.logic.space import symbolic

_WHEN = {
    "gic=v2": When("gic", 2),
    "gic=v3": When("gic", 3),
    "vpci": When("vpci", 1),
    "vuart": When("vuart", 1),
    "acpi": When("acpi", 1),
    "virtio": When("virtio", 1, at_least=True),
}
_STEMS = {
    "at-least": "GUEST_GNTTAB",
    "exactly": "GUEST_GICC",
    "per-vcpu": "GUEST_GICV3_GICR0",
    "per-virtio": "GUEST_VIRTIO_MMIO",
}
"""The rule knows regions by name: for each kind of need, a name that has this need and no other."""


def speakable(world: World) -> World:
    """The world with the needs that the rule can have: one of a kind, one a region; regions renamed."""
    kept: dict[str, Need] = {}
    names: set[str] = set()
    regions = {region.name for region in world.regions}
    for need in world.needs:
        if need.kind not in kept and need.name not in names and need.name in regions:
            kept[need.kind] = need
            names.add(need.name)
    renamed = {need.name: _STEMS[kind] for kind, need in kept.items()}
    return replace(
        world,
        regions=tuple(
            replace(region, name=renamed.get(region.name, region.name)) for region in world.regions
        ),
        needs=tuple(replace(need, name=renamed[need.name]) for need in kept.values()),
    )


def case_for(world: World) -> Case:
    """Layout, facts and space with exactly the dimensions that the world has."""
    defines: dict[str, Define] = {}
    regions = tuple(_region(defines, index, region) for index, region in enumerate(world.regions))
    banks = tuple(
        _bank(defines, index, bank.name, bank.base, bank.size) for index, bank in enumerate(world.banks)
    )
    layout = Layout(
        "world",
        defines,
        (),
        tuple(sorted(regions, key=lambda region: (region.start, region.name))),
        banks,
        (),
        {},
        (),
    )
    baseline = Layout("before", _baseline(world), (), (), (), (), {}, ())
    facts = _facts(world)
    return Case(layout, facts, baseline, symbolic(Space(facts, layout, _dimensions(world))))


def _define(defines: dict[str, Define], line: int, name: str, value: int) -> str:
    defines[name] = Define(name, Number(value), str(value), Origin("world", line))
    return name


def _region(defines: dict[str, Define], index: int, region: Reg) -> Region:
    base = _define(defines, 2 * index + 1, f"{region.name}_BASE", region.base)
    size = _define(defines, 2 * index + 2, f"{region.name}_SIZE", region.size)
    when = None if region.when is None else _WHEN[region.when]
    return Region(
        region.name, region.base, region.base + region.size, "other", defines[base].origin, base, size, when
    )


def _bank(defines: dict[str, Define], index: int, name: str, start: int, length: int) -> Bank:
    base = _define(defines, 101 + 2 * index, f"{name}_BASE", start)
    size = _define(defines, 102 + 2 * index, f"{name}_SIZE", length)
    return Bank(name, start, length, defines[base].origin, base, size)


def _baseline(world: World) -> Mapping[str, Define]:
    defines: dict[str, Define] = {}
    for need in world.needs:
        if need.kind == "at-least":
            _define(defines, 1, "GUEST_GNTTAB_SIZE", need.amount)
    return defines


def _facts(world: World) -> Facts:
    amounts = {need.kind: need.amount for need in world.needs}
    numbers = {
        "gicv2-vcpus": world.gicv2_vcpus,
        "extended-regions": int(world.extended_regions),
        "grant-frames": 0,
        "gicc-bytes": amounts.get("exactly", 0),
        "rdist-bytes": amounts.get("per-vcpu", 0),
        "virtio-device-bytes": amounts.get("per-virtio", 0),
    }
    widths = tuple(Width(bits, reach, "world") for bits, reach in sorted(world.widths))
    facts = {name: Fact(value, "world") for name, value in numbers.items()}
    return Facts("world", "arm64", world.page, widths, world.guests, facts)


def _dimensions(world: World) -> dict[str, Dimension]:
    gics = tuple(int(gic.removeprefix("v")) for gic in world.gics)
    found = [Dimension("ipa_bits", choices=tuple(sorted(bits for bits, _ in world.widths)))]
    found.append(Dimension("memory", low=1, high=world.ram_max // world.page, unit=world.page))
    found.append(Dimension("gic", choices=gics, labels=world.gics))
    found.append(Dimension("vcpus", low=1, high=world.max_vcpus))
    found += [
        Dimension(flag, choices=(0, 1) if flag in world.flags else (0,)) for flag in ("vpci", "vuart", "acpi")
    ]
    found.append(Dimension("virtio", low=0, high=world.max_virtio))
    found.append(Dimension("guest", choices=tuple(range(len(world.guests))), labels=world.guests))
    return {dimension.name: dimension for dimension in found}
