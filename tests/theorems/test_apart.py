"""Entries that lie apart: the assumption by itself, what falls without it, and the set model on inputs made at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest

from tests.theorems.by_hand import SHARED_PROVER, broken, named
from tests.theorems.wanted import FREE
from tests.xen import set_model
from verifier.theorems import violation
from verifier.theorems.families import families
from verifier.theorems.recorded import recorded
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Theorem
from verifier.theorems.statements.apart import APART
from verifier.theorems.statements.removals import FIRST_THERE
from verifier.theorems.statements.unallocated import PRODUCER
from verifier.xen import rangeset
from verifier.xen.rangeset import Range, Rangeset
from verifier.xen.release import xen

PAGE, MIB, GIB = 1 << 12, 1 << 20, 1 << 30
GROWN = ("4.16.0", "4.17.7", "4.18.0", "4.19.2", "4.20.0")
"""With the rangeset defect."""
LOSING = ("4.18.0", "4.19.2", "4.20.0")
"""Where a region whose end is aligned loses 2 MiB besides: no theorem about `complete` holds."""
BANKS: tuple[Pair, ...] = ((GIB, 512 * MIB), (GIB + 512 * MIB, 512 * MIB), (3 * GIB, GIB))
"""Two that touch, one apart."""
NAMES = (
    "inside-host-ram",
    "avoids-domain-ram",
    "avoids-reserved-memory",
    "avoids-shared-memory",
    "avoids-grant-region",
)


def theorem(name: str) -> Theorem:
    return named(f"unallocated/{name}-if-apart")


def entries(*pairs: Pair, grant: Pair = (8 * GIB, PAGE)) -> Setting:
    return Setting(ram=BANKS, reserved=pairs, grant=grant)


@pytest.mark.parametrize(
    ("setting", "apart"),
    [
        (entries((GIB, PAGE), (GIB + PAGE, PAGE)), True),
        (entries((GIB + 256 * MIB, 512 * MIB)), True),  # over the seam of two banks
        (entries((0, GIB)), True),
        (entries((0, 256 * MIB), (0, 512 * MIB)), True),  # no RAM is near
        (entries((2 * GIB, GIB)), True),
        (entries((GIB, GIB + MIB)), True),  # begins in RAM, ends beyond
        (entries((2 * GIB - PAGE, 2 * GIB)), True),
        (entries((0, GIB + 1)), False),  # begins below RAM, ends in it
        (entries((2 * GIB, GIB + 1)), False),
        (entries((GIB, PAGE), (GIB, PAGE)), False),
        (entries((GIB, PAGE), (GIB + PAGE - 1, 2)), False),  # the page where the second begins
        (entries((GIB + 8, 8), (GIB, 8)), False),
        (entries((GIB, 2 * PAGE), (GIB + PAGE, 2 * PAGE)), False),
        (entries((GIB, MIB), grant=(GIB + MIB - 1, 1)), False),
        (entries((GIB, MIB), grant=(GIB + MIB, 1)), True),
        (entries(grant=(GIB - 1, 2)), False),
        (replace(entries((GIB, MIB)), domain=((GIB + MIB, MIB),)), True),
        (replace(entries((GIB, MIB)), domain=((GIB + MIB - PAGE, MIB),)), False),
        (replace(entries((GIB, MIB)), shared=((GIB, PAGE),)), False),
        (replace(entries((GIB, MIB)), xen_reg=((GIB, MIB), (2 * GIB, 2 * GIB))), True),  # xen,reg is none of them
    ],
)  # fmt: skip
def test_what_lies_apart(setting: Setting, apart: bool) -> None:
    assert APART.admits(setting) is apart


@pytest.mark.parametrize("name", NAMES)
def test_what_refutes_the_theorem_in_general_does_not_lie_apart(name: str) -> None:
    """And satisfies all else: the assumption cannot be spared."""
    general = f"unallocated/{name}" if name != "inside-host-ram" else f"unallocated/{name}-if-whole-pages"
    weaker = replace(
        theorem(name), assumptions=tuple(each for each in theorem(name).assumptions if each is not APART)
    )
    assert len(weaker.assumptions) < len(theorem(name).assumptions)
    refuting = [
        each.setting for each in recorded(general)
        if all(known.admits(each.setting) for known in weaker.assumptions)
        and any(_breaks(weaker, tag, each.setting) for tag in GROWN)
    ]  # fmt: skip
    assert refuting
    assert not any(APART.admits(each) for each in refuting)


def _breaks(weaker: Theorem, tag: str, setting: Setting) -> bool:
    assert weaker.violation is not None
    return weaker.applies(xen(tag)) and weaker.violation(xen(tag), setting) is not None


def test_each_half_of_the_assumption_is_needed() -> None:
    """Taken away below the hole: what ends at it, or what made it."""
    domain = replace(entries((2 * GIB + 512 * MIB, GIB)), domain=((2 * GIB - 256 * MIB, 256 * MIB),))
    shadowed = replace(entries((GIB + 512 * MIB, 512 * MIB)), domain=((GIB + 256 * MIB, 512 * MIB),))
    lemma = named("unallocated/first-there-if-apart")
    for setting, tag in product((domain, shadowed), GROWN):
        assert not APART.admits(setting)
        assert _breaks(theorem("avoids-domain-ram"), tag, setting)
        assert _breaks(lemma, tag, setting)


@pytest.mark.parametrize("given", [APART, FIRST_THERE])
def test_obligations_that_assume_it_fail_without(given: object) -> None:
    name = "unallocated/first-there-if-apart" if given is APART else "rangeset/remove-if-first-there"
    found = named(name).obligations(xen("4.17.7")) or ()
    assuming = [each for each in found if any(known.what is given for known in each.assumed)]
    assert len(assuming) == (8 if given is APART else 1)
    for each in assuming:
        without = replace(each, assumed=tuple(known for known in each.assumed if known.what is not given))
        assert SHARED_PROVER.decide(each).outcome == "proved"
        assert SHARED_PROVER.decide(without).outcome == "fails", each.name


def test_all_small_sets_and_removals() -> None:
    """Number by number: what begins in the set, or shares nothing with it, is removed exactly; not so all the rest."""
    wrong = 0
    old, size = xen("4.17.7"), 8
    for members in range(1 << size):
        there = {number for number in range(size) if members >> number & 1}
        held = Rangeset(tuple(Range(low, high - 1) for low, high in stretches(there)))
        for start, end in ((low, high) for low in range(size) for high in range(low, size)):
            removed = set(range(start, end + 1))
            left = {n for each in rangeset.remove(old, held, start, end).ranges for n in numbers(each)}
            pairs = tuple((low, high - low) for low, high in stretches(there))
            first_there = start in there or not removed & there
            assert FIRST_THERE.admits(Setting(ram=pairs, reserved=((start, end + 1 - start),))) is first_there
            assert left == there - removed or not first_there
            wrong += left != there - removed
    assert wrong > 100


def stretches(there: set[int]) -> list[Pair]:
    return set_model.difference([(number, number + 1) for number in there], [])


def numbers(each: Range) -> range:
    assert isinstance(each.start, int)
    assert isinstance(each.end, int)
    return range(each.start, each.end + 1)


def made_at_random() -> Iterator[Setting]:
    """Banks with and without a gap; entries at whole MiB, beside, over and in each other, in RAM and off it."""
    chance = random.Random("apart")
    while True:
        at, ram = 1024, []
        for _ in range(chance.randint(1, 3)):
            ram.append((at * MIB, (length := chance.choice((128, 256, 512))) * MIB))
            at += length + chance.choice((0, 1, 64, 256))
        taken = [
            (chance.randrange(960, at + 64, 16) * MIB, chance.choice((1, 2, 16, 48, 96, 256)) * MIB)
            for _ in range(chance.randint(1, 5))
        ]
        lists: tuple[list[Pair], ...] = ([], [], [])
        for each in taken[1:]:
            chance.choice(lists).append(each)
        chance.shuffle(ram)
        domain, reserved, shared = map(tuple, lists)
        yield Setting(ram=tuple(ram), grant=taken[0], domain=domain, reserved=reserved, shared=shared)


def test_regions_are_those_of_the_set_model_where_entries_lie_apart() -> None:
    """In every release with the defect; elsewhere they often are not, and some theorem is broken."""
    admitted, wrong = 0, 0
    for setting, _ in zip(made_at_random(), range(400), strict=False):
        apart = APART.admits(setting)
        admitted += apart
        for tag in GROWN:
            offered = violation.regions(PRODUCER.outcome(xen(tag), setting))
            right = offered == set_model.aligned(FREE["unallocated"](setting), lost=tag in LOSING)
            assert right or not apart, (tag, setting)
            wrong += not right
            if apart:
                assert not any(broken(f"unallocated/{name}-if-apart", tag, setting) for name in NAMES)
    assert admitted > 50
    assert wrong > 50


def test_proved_in_every_release_that_has_such_regions() -> None:
    """And no theorem says that all is offered where 2 MiB are lost."""
    for family in families():
        if not PRODUCER.applies(family.xen):
            continue
        for name in (*NAMES, "first-there"):
            found = theorem(name)
            if found.applies(family.xen):
                assert SHARED_PROVER.verdict(found, family.xen).word == "proved", (name, family.name)
        complete = SHARED_PROVER.verdict(named("unallocated/complete"), family.xen).word
        assert (complete == "refuted") == (family.xen.behaviours["region-end"].name == "last-page-lost")
