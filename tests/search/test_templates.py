"""Places that are a function of the configuration: small spaces, every configuration, offset and size tried byte by byte."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count, product

import pytest

from verifier.layout.configuration import Configuration
from verifier.layout.define import Define, Number
from verifier.layout.errors import InternalError
from verifier.layout.facts import Fact, Facts, Width
from verifier.layout.layout import Layout
from verifier.layout.origin import Origin
from verifier.layout.region import Bank, Region, When
from verifier.layout.template import Placement, Reading, Template
from verifier.logic.case import Case, case_of
from verifier.search import fixed_base
from verifier.search.templates import EVERYWHERE, Templates, Where, greatest

BITS = (5, 6)
HERE = Origin("here", 1)
WHENS = (None, None, When("gic", 2), When("gic", 3), When("vpci", 1))
GUESTS = ("aarch64-4k", "aarch32-short")


@dataclass(frozen=True)
class World:
    """Addresses are single bytes, as is a page; a guest uses at least one."""

    case: Case
    template: Template
    reading: Reading

    @property
    def templates(self) -> Templates:
        return Templates(self.case, "NEW", self.template, self.reading)


def world(seed: int, kind: str, *, limited: bool = False) -> World:
    """Where it is `limited`, by the numbers that a user may give, and by who has the region."""
    chance = random.Random(f"{kind} {seed}")
    start, size, gap, more = (
        chance.randint(4, 20),
        chance.randint(1, 10),
        chance.randint(0, 9),
        chance.randint(1, 30),
    )
    second = min(start + size + gap, 63)
    banks = (
        Bank("RAM0", start, size, HERE, "RAM0_BASE", "RAM0_SIZE"),
        Bank("RAM1", second, min(more, 64 - second), HERE, "RAM1_BASE", "RAM1_SIZE"),
    )[: chance.choice((1, 2, 2, 2))]
    regions = []
    for index in range(chance.randint(0, 4)):
        begin = chance.randint(0, 63)
        end = min(begin + chance.randint(1, 6), 70)
        when = chance.choice(WHENS)
        regions.append(Region(f"R{index}", begin, end, "mmio", HERE, "B", "S", when))
    held = sum(bank.size or 0 for bank in banks)
    most = Define("RAM_MAX", Number(chance.choice((held, chance.randint(1, held)))), "", HERE)
    layout = Layout(
        "made up", {most.name: most}, (), tuple(regions), banks, (), {most.name: "ram-maximum"}, ()
    )
    widths = tuple(Width(bits, 1 << chance.choice((bits, 6)), "here") for bits in BITS)
    numbers = {
        "gicv2-vcpus": Fact(1, "here"),
        "max-vcpus": Fact(1, "here"),
        "extended-regions": Fact(0, "here"),
    }
    facts = Facts("test", "arm64", 1, widths, GUESTS, numbers)
    reaches = {GUESTS[1]: chance.randint(20, 70)} if chance.random() < 0.3 else {}
    bank = chance.choice(banks).name if kind == "tail" else ""
    template = Template(kind, chance.choice((1, 1, 2, 4)), bank)
    reading, case = Reading(chance.random() < 0.5, reaches), case_of(layout, facts, layout)
    if limited:
        below, above = (
            chance.choice((None, chance.randint(20, 70))),
            chance.choice((None, chance.randint(0, 40))),
        )
        gic = When("gic", chance.choice(case.space.dimensions["gic"].choices))  # there are such guests
        reading = replace(reading, below=below, above=above, when=chance.choice((gic, gic, When("vpci", 1))))
    return World(case, template, reading)


def configurations(world: World, bits: int | None, pages: int | None) -> Iterator[Configuration]:
    dimensions = world.case.space.dimensions
    ranges = [
        range(each.low, each.high + 1) if each.is_count else each.choices for each in dimensions.values()
    ]
    for values in product(*ranges):
        found = dict(zip(dimensions, values, strict=True))
        right = bits in (None, found["ipa_bits"]) and (pages is None or found["memory"] <= pages)
        if right and world.case.space.admits(found):
            yield found


Guest = tuple[int, int, int, frozenset[int]]
"""Where the address space and what is reached end, memory, and the bytes that are taken."""


def guests(world: World, bits: int | None = None, pages: int | None = None) -> set[Guest]:
    """What of a configuration matters, by the words of the docstrings alone."""
    found = set()
    when = world.reading.when
    for chosen in configurations(world, bits, pages):
        if when is not None and chosen.get(when.dimension, when.value) != when.value:
            continue
        taken: set[int] = set()
        for region in world.case.layout.regions:
            if region.when is None or chosen[region.when.dimension] == region.when.value:
                taken |= set(range(region.start, region.end))
        left = chosen["memory"]
        for bank in world.case.layout.banks:
            assert bank.size is not None
            used = min(left, bank.size)
            taken |= set(range(bank.start, bank.start + (bank.size if world.reading.windows else used)))
            left -= used
        reach = world.reading.reaches.get(GUESTS[chosen["guest"]], 1 << 20)
        limit = 1 << chosen["ipa_bits"]
        found.add((limit, min(limit, reach), chosen["memory"], frozenset(taken)))
    return found


def anchor(world: World, guest: Guest) -> int:
    limit, _, memory, _ = guest
    unit, banks = world.template.unit, world.case.layout.banks
    match world.template.kind:
        case "fixed":
            return 0
        case "top":
            return limit
        case "tail":
            (end,) = (each.window().end for each in banks if each.name == world.template.bank)
            return end - end % unit
    ends, left = [0], memory
    for bank in banks:
        assert bank.size is not None
        if world.reading.windows and bank.start < limit:
            ends.append(bank.start + bank.size)
        if not world.reading.windows and left > 0:
            ends.append(bank.start + min(left, bank.size))
        left -= bank.size
    return next(address for address in count(max(ends)) if address % unit == 0)


def sound(world: World, offset: int, size: int, among: set[Guest]) -> bool:
    unit = world.template.unit
    for guest in among:
        start = anchor(world, guest) + (
            offset if world.template.kind in ("fixed", "after-ram") else -offset - size
        )
        _, end, _, taken = guest
        below, above = world.reading.below, world.reading.above
        if (below is not None and start + size > below) or (above is not None and start < above):
            return False
        if start < unit or start + size > end or any(each in taken for each in range(start, start + size)):
            return False
    return True


def sizes(world: World) -> range:
    return range(world.template.unit, 65, world.template.unit)


KINDS = pytest.mark.parametrize("kind", ["fixed", "top", "after-ram", "tail"])


@pytest.mark.parametrize("limited", [False, True])
@KINDS
def test_every_small_space(kind: str, limited: bool) -> None:
    """Largest sizes, memory and offsets against all there are; each outcome has to occur."""
    seen = {"some room": 0, "no room": 0, "less memory": 0, "moved": 0, "nowhere": 0}
    for seed in range(80 if kind == "after-ram" else 30):  # where room is rare behind RAM
        made = world(seed, kind, limited=limited)
        unit = made.template.unit
        templates, first = made.templates, unit if kind == "fixed" else 0
        for bits in BITS:
            among = guests(made, bits)
            largest = max((size for size in sizes(made) if sound(made, first, size, among)), default=0)
            assert templates.largest(first, Where(bits)) == largest, (seed, bits)
            seen["some room" if largest else "no room"] += 1
            asked = unit * random.Random(seed).randint(1, 4)
            most = made.case.space.pages(bits)
            fits = (
                pages
                for pages in range(1, most + 1)
                if not sound(made, first, asked, {g for g in among if g[2] <= pages})
            )
            memory = next(fits, most + 1) - 1
            assert templates.memory(first, asked, bits) == memory, (seed, bits)
            seen["less memory"] += 0 < memory < most
        every = guests(made)
        offsets = (offset for offset in range(0, 130, unit) if sound(made, offset, asked, every))
        offset = next(offsets, None)
        assert templates.offset(asked) == offset, seed
        seen["nowhere" if offset is None else "moved"] += offset != 0
    if kind == "fixed":
        del seen["less memory"]  # whichever base
        if not limited:
            del seen["no room"]
    assert all(seen.values()), seen


@pytest.mark.parametrize("guesses", [True, False])
def test_every_fixed_base(guesses: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The roomiest stretch, and the memory up to which some base serves, whatever bases are tried first."""
    if not guesses:
        monkeypatch.setattr(fixed_base, "_late", lambda *_: ())
    less = 0
    for seed in range(45):
        made = world(seed, "fixed", limited=seed >= 30)
        unit, templates = made.template.unit, made.templates
        for bits in BITS:
            among = guests(made, bits)
            places = product(sizes(made), range(unit, 64, unit))
            free = [(size, -base) for size, base in places if sound(made, base, size, among)]
            size, base = max(free, default=(0, -unit))
            assert fixed_base.roomiest(templates, Where(bits)) == (-base, size), (seed, bits)
            asked = unit * random.Random(seed).randint(1, 5)
            most = made.case.space.pages(bits)
            memory = 0
            while memory < most and any(
                sound(made, base, asked, {guest for guest in among if guest[2] <= memory + 1})
                for base in range(unit, 64, unit)
            ):
                memory += 1
            assert fixed_base.memory(templates, asked, bits) == memory, (seed, bits)
            less += 0 < memory < most
    assert less >= 3


@KINDS
def test_a_refutation_is_one(kind: str) -> None:
    """The configuration that refutes a candidate does so byte by byte, and what is proved has none."""
    outcomes = set()
    for seed in range(60):
        made = world(seed, kind, limited=seed >= 40)
        unit = made.template.unit
        found = made.templates.refuted(unit, 2 * unit, EVERYWHERE)
        outcomes.add(found is None)
        assert (found is None) == sound(made, unit, 2 * unit, guests(made)), seed
        if found is not None:
            alone = guests(made, found["ipa_bits"], found["memory"])
            assert made.case.space.admits(found)
            assert not sound(made, unit, 2 * unit, alone), seed
    assert outcomes == {True, False}


def test_where_integers_see_no_clash_nothing_is_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    made = next(
        each for each in (world(seed, "top") for seed in count()) if not sound(each, 0, 8, guests(each))
    )
    monkeypatch.setattr(Placement, "clashes", lambda *_: ())
    with pytest.raises(InternalError, match="a clash to the solver and none to integers"):
        made.templates.refuted(0, 8)


def test_the_greatest_number() -> None:
    """Whether bounds are good or bad: the answer is the same, and found soon."""
    for limit, most in product(range(12), range(12)):
        for slow in (True, False):
            asked: list[int] = []

            def bound(
                number: int, limit: int = limit, slow: bool = slow, asked: list[int] = asked
            ) -> int | None:
                asked.append(number)
                return None if number <= limit else number - 1 if slow else limit

            assert greatest(most, bound) == min(limit, most)
    assert greatest(1 << 40, lambda number: None if number <= 12345 else number - 1) == 12345


def test_bounds_that_contradict_each_other_are_a_defect() -> None:
    with pytest.raises(InternalError, match="is refuted, which leaves"):
        greatest(8, lambda number: number)
