"""When to trust what is advertised: each heuristic by hand, and against every release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from verifier.layout.domain_map import Extent
from verifier.layout.scheme_report import HeuristicFound
from verifier.search.scheme_costs import cost
from verifier.search.scheme_heuristics import heuristics
from verifier.search.scheme_world import World, world

WORLD = world()
PROVED = (("one", "proved"), ("two", "proved"))
MIB, GIB, PAGE = 1 << 20, 1 << 30, 4096


def found(facts: World, name: str, obligations: tuple[tuple[str, str], ...] = PROVED) -> HeuristicFound:
    return next(each for each in heuristics(facts, obligations) if each.heuristic.name == name)


BY_HAND = {
    "at-least-original": "refuted",  # 4.5.0 to head have exactly 16 MiB, for grant frames
    "above-all-old": "proved",  # none has more
    "presence": "proved",  # -ENOSYS, one region, no property, no string
    "any-region": "refuted",  # 64 MiB on offer, sections of 128
    "whole-unit": "proved",
    "own-width": "refuted",  # the IOMMU limits Xen, and no guest sees that
}


@pytest.mark.parametrize("name", BY_HAND)
def test_verdicts_by_hand(name: str) -> None:
    assert found(WORLD, name).verdict == BY_HAND[name]


def test_each_refutation_has_an_example() -> None:
    for each in heuristics(WORLD, PROVED):
        assert (each.example is not None) == (each.verdict == "refuted")


def test_every_threshold() -> None:
    """Of pages around those that any release has: refuted exactly if some release is at or above it."""
    kind = next(each for each in WORLD.schemes.heuristics if each.name == "at-least-original")
    for size in (PAGE, 128 << 10, (128 << 10) + PAGE, 16 * MIB - PAGE, 16 * MIB, 16 * MIB + PAGE, GIB):
        schemes = replace(WORLD.schemes, heuristics=(replace(kind, size=size),))
        (one,) = heuristics(replace(WORLD, schemes=schemes), PROVED)
        trusted = [tag for tag in WORLD.releases if WORLD.grant[tag].size >= size]
        assert (one.verdict == "refuted") == bool(trusted)
        if one.example is not None:
            assert one.example.configuration["release"] == trusted[0]
            assert f"{len(trusted)} releases" in one.message


def test_the_least_threshold_is_a_page_more() -> None:
    assert "0x1001000 (~16.0 MiB)" in found(WORLD, "above-all-old").statement
    grant = {**WORLD.grant, "4.9.0": Extent(0x38000000, 0x38000000 + 256 * MIB)}
    larger = found(replace(WORLD, grant=grant), "above-all-old")
    assert (larger.verdict, "0x10001000 (~256 MiB)" in larger.statement) == ("proved", True)


def test_a_release_that_holds_enough_is_no_counterexample() -> None:
    grant = {tag: Extent(0x38000000, 0x38000000 + 2 * GIB) for tag in WORLD.releases}
    assert found(replace(WORLD, grant=grant), "at-least-original").verdict == "proved"


def test_a_sign_that_an_old_xen_has_as_well() -> None:
    first, *rest = WORLD.schemes.schemes
    schemes = replace(WORLD.schemes, schemes=(replace(first, old="silent"), *rest))
    one = found(replace(WORLD, schemes=schemes), "presence")
    assert (one.verdict, one.message.startswith("hypercall: a guest cannot tell")) == ("refuted", True)


def test_the_kernel_of_the_counterexample_is_told() -> None:
    one = found(WORLD, "any-region")
    assert one.message.startswith(
        "linux-arm64-4k at 32 ipa bits, with 0xb8001000 (~2.88 GiB) to 0xbc000000 (3008 MiB)"
    )
    small = tuple(
        replace(each, takes=replace(each.takes, unit=PAGE)) if each.takes is not None else each
        for each in WORLD.consumers
    )
    assert found(replace(WORLD, consumers=small), "any-region").verdict == "proved"
    deaf = tuple(replace(each, takes=None) for each in WORLD.consumers)
    assert found(replace(WORLD, consumers=deaf), "any-region").verdict == "unknown"


@pytest.mark.parametrize("obligations", [(), (("one", "proved"), ("two", "unknown")), (("one", "fails"),)])
def test_whole_unit_is_proved_only_if_all_is(obligations: tuple[tuple[str, str], ...]) -> None:
    assert found(WORLD, "whole-unit", obligations).verdict == "unknown"


def test_machines_that_cannot_be_narrower() -> None:
    widths = replace(WORLD.schemes.widths, cpu=(40,), iommu=(40, 48))
    facts = replace(WORLD, schemes=replace(WORLD.schemes, widths=widths))
    assert found(facts, "own-width").verdict == "proved"


def test_costs_by_hand() -> None:
    """1 GiB of pages is 512 tables of level 3, and one of level 2 where it is aligned to 1 GiB, else two.

    In a guest of 4 GiB the pages shatter 512 superpages at best, all 2048 at worst, inside of 1 or all 4 of 1 GiB.
    """
    costs = {each.name: cost(WORLD, each.place, in_grant=each.in_grant) for each in WORLD.schemes.schemes}
    for name, each in costs.items():
        assert each is not None
        assert each.grant.tables == 8 + 1
        aligned = each.where.start % GIB == 0
        assert each.foreign.tables == 512 + (1 if aligned else 2), name
        best, worst = each.foreign.best, each.foreign.worst
        assert best is not None
        assert worst is not None
        assert (best.large, best.huge) == (512, 1)
        assert (worst.large, worst.huge) == (2048, 4)
    fixed = costs["larger-region-0"]
    assert fixed is not None
    assert fixed.where == Extent(0xDE01000000, 0xDE41000000)  # behind 16 MiB of grant frames
    assert costs["hypercall"] == costs["new-property"] == costs["extra-regions"]


def test_where_the_space_is_too_small_there_is_no_cost() -> None:
    need = replace(WORLD.schemes.need, foreign=16 * GIB)
    facts = replace(WORLD, schemes=replace(WORLD.schemes, need=need))
    fixed = next(each for each in WORLD.schemes.schemes if each.name == "larger-region-0")
    assert cost(facts, fixed.place, in_grant=True) is None
