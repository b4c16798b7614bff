"""What a change breaks, leaves as it was and cures, against enumeration of both layouts.

The oracle lists the failing configurations of either world; what the comparison has to say are differences of these
sets, where a configuration of one world is that of the other without the devices that this one does not know, and with
no more memory, vCPUs and virtio devices than it can have.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.oracle.brute_force import DIMENSIONS, Config, World, drawn, expand, judge, random_world, space
from tests.oracle.test_agreement import ORACLED
from tests.oracle.world import case_for, speakable
from verifier.layout.configuration import Space
from verifier.layout.difference import Delta, Effect
from verifier.layout.finding import Verdict
from verifier.logic.case import Case
from verifier.logic.space import symbolic
from verifier.reports import json_format
from verifier.rules.compare import Comparison

PAIRS = int(os.environ.get("LAYOUTS", "10000")) // 10
CHUNK = 50
ABSENT = {"vpci": False, "vuart": False, "acpi": False, "virtio": 0}
Key = tuple[str, frozenset[str]]
Sets = dict[Key, frozenset[Config]]


def known(world: World) -> frozenset[str]:
    """The devices that a world has at all, as a layout has a dimension for each that a region belongs to."""
    found = set[str](world.flags)
    found |= {str(region.when) for region in world.regions} & set(ABSENT)
    virtio = world.max_virtio or any(need.kind == "per-virtio" for need in world.needs)
    return frozenset(found | ({"virtio"} if virtio else set()))


def case(world: World) -> Case:
    """As `case_for`, without the dimensions of devices that the world does not know."""
    whole = case_for(world)
    dropped = set(ABSENT) - known(world)
    kept = {name: each for name, each in whole.space.dimensions.items() if name not in dropped}
    return replace(whole, symbolic=symbolic(Space(whole.facts, whole.layout, kept)))


def changed(world: World, source: random.Random) -> World:
    """Regions moved, grown or gone, and now and then other memory, widths, windows or devices."""
    regions = list(world.regions)
    for _ in range(source.choice((0, 1, 1, 2, 3))):
        index = source.randrange(len(regions))
        each, step = regions[index], source.choice((-4, -1, 1, 4))
        regions[index] = source.choice(
            (
                replace(each, base=max(0, each.base + step)),
                replace(each, size=max(1, each.size + step)),
                replace(each, when=source.choice((None, "vpci", "gic=v2"))),
            )
        )
    other = random_world(source)
    new = replace(world, regions=tuple(regions))
    for name in ("ram_max", "widths", "extended_regions", "flags", "max_virtio", "max_vcpus", "gics"):
        if source.random() < 0.15:
            new = replace(new, **{name: getattr(other, name)})
    return replace(new, ram_max=min(new.ram_max, 4 * sum(bank.size for bank in new.banks)))


def failing(world: World) -> Sets:
    found: Sets = {}
    for rule, refutations in judge(world).refutations.items():
        for (subjects, _), each in refutations.items():
            key = rule, frozenset(subjects)
            found[key] = found.get(key, frozenset()) | each.failing
    return found


def seen(configuration: Config, world: World) -> Config:
    """The configuration as a world sees it that does not know some devices."""
    values = dict(zip(DIMENSIONS, configuration, strict=True))
    return tuple({**values, **{name: ABSENT[name] for name in set(ABSENT) - known(world)}}.values())  # type: ignore[return-value]


def most(configuration: Config, world: World) -> Config:
    """The same with no more memory, vCPUs and virtio devices than a world can have, at that width, with that GIC."""
    values: dict[str, Any] = dict(zip(DIMENSIONS, seen(configuration, world), strict=True))
    few = world.gicv2_vcpus if values["gic"] == "v2" else world.max_vcpus
    room = [each[1] for each in space(world) if each[0] == values["ipa_bits"]]
    values["memory"] = min(values["memory"], max(room, default=0))
    values["vcpus"] = min(values["vcpus"], few, world.max_vcpus)
    values["virtio"] = min(values["virtio"], world.max_virtio)
    return tuple(values.values())


def matters(key: Key, world: World) -> set[str]:
    """What it can depend on that these regions break this rule."""
    rule, subjects = key
    regions = [region for region in world.regions if region.name in subjects]
    found = {str(region.when).partition("=")[0] for region in regions if region.when}
    kinds = {need.kind for need in world.needs if need.name in subjects and rule == "minimum-size"}
    found |= {"per-vcpu": {"vcpus", "gic"}, "per-virtio": {"virtio"}}.get(
        "".join(kinds & {"per-vcpu", "per-virtio"}), set()
    )
    banks = any(bank.name in subjects for bank in world.banks)
    if rule == "within-ipa":
        found.add("ipa_bits")
    if banks and (rule == "within-ipa" or not world.extended_regions):
        found |= {"ipa_bits", "memory"}
    return found


def excused(configuration: Config, key: Key, world: World, was: frozenset[Config]) -> bool:
    """Whether the same was broken in a world: in a configuration that is alike in all that matters."""
    names, values = matters(key, world), dict(zip(DIMENSIONS, most(configuration, world), strict=True))
    return any(
        all(each[name] == values[name] for name in names)
        for each in (dict(zip(DIMENSIONS, known, strict=True)) for known in was)
    )


@pytest.mark.parametrize("seed", range((PAIRS + CHUNK - 1) // CHUNK))
def test_comparison_agrees_with_enumeration(seed: int) -> None:
    source = drawn(seed)
    effects = Counter[Effect]()
    for _ in range(CHUNK):
        old = speakable(random_world(source))
        effects += compare(old, changed(old, source))
    assert min(effects[each] for each in (Effect.BROKEN, Effect.STILL_BROKEN, Effect.KEPT)) > 0, effects


def compare(old: World, new: World) -> Counter[Effect]:
    before, after = case(old), case(new)
    deltas = Comparison(before, after, rules=ORACLED).deltas()
    if judge(new).empty_widths:
        assert not any(each.effect is Effect.KEPT for each in deltas), (old, new)
    was, now, there = failing(old), failing(new), frozenset(space(new))
    broken: Sets = {}
    still: Sets = {}
    cured: Sets = {}
    for key, configurations in now.items():
        bad = {each for each in configurations if excused(each, key, old, was.get(key, frozenset()))}
        broken[key], still[key] = configurations - bad, frozenset(bad)
    for key, configurations in was.items():
        good = {each for each in configurations if seen(each, new) in there}
        cured[key] = frozenset(each for each in good if seen(each, new) not in now.get(key, frozenset()))
    told = [each for each in deltas if each.finding.verdict is Verdict.REFUTED]
    assert regimes(told, (Effect.BROKEN,), after, new) == filled(broken), (old, new)
    assert regimes(told, (Effect.STILL_BROKEN,), after, new) == filled(still), (old, new)
    if not judge(old).empty_widths:
        assert regimes(told, (Effect.CURED, Effect.EASED), before, old) == filled(cured), (old, new)
        eased = {key for key, each in filled(cured).items() if key in now}
        assert {key_of(each) for each in told if each.effect is Effect.EASED} == eased, (old, new)
    for rule in ("no-overlap", "within-ipa", "minimum-size"):
        kept = any(each.effect is Effect.KEPT and each.finding.property == rule for each in deltas)
        assert not (kept and any(key[0] == rule for key in now)), (old, new)
    return Counter(each.effect for each in deltas)


def key_of(delta: Delta) -> Key:
    return delta.finding.property, frozenset(delta.finding.subjects)


def filled(sets: Sets) -> Sets:
    return {key: each for key, each in sets.items() if each}


def regimes(told: list[Delta], effects: tuple[Effect, ...], case: Case, world: World) -> Sets:
    found: Sets = {}
    for delta in told:
        if delta.effect in effects:
            assert delta.finding.regimes_exact
            assert key_of(delta) not in found
            boxes = [json_format.box(regime, case.space) for regime in delta.finding.regimes]
            found[key_of(delta)] = expand(boxes, world)
    return found
