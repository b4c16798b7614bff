"""The space as terms against its plain-integer twin: limits, banks, regions, bounds and boxes, guest by guest."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from verifier.layout.box import Box
from verifier.layout.configuration import Space, space_of
from verifier.layout.region import fill
from verifier.logic import term
from verifier.logic.regimes import projection
from verifier.logic.space import complete, most, symbolic
from verifier.logic.term import Number, Truth
from verifier.reading import models
from verifier.reading.source import open_source

TAGS = ("4.4.0", "4.5.0", "4.12.4", "head")


def space(tag: str) -> Space:
    return space_of(open_source(f"xen-{tag}").layout(), models.facts(tag, "arm64"))


def value(term_: Number | Truth, of: Mapping[str, int]) -> int:
    return int(term_) if isinstance(term_, int) else term.evaluate(term_, of)


def guests(one: Space, count: int = 60) -> Iterator[dict[str, int]]:
    """At random, at the ends of each count, and where a bank is full."""
    chosen = random.Random(one.facts.release)
    edges = [bank.size // one.facts.page for bank in one.layout.banks if bank.size is not None]
    while count:
        of = {}
        for name, each in one.dimensions.items():
            ends = (
                (each.low, each.high, chosen.randint(each.low, each.high)) if each.is_count else each.choices
            )
            of[name] = chosen.choice(ends)
        if edges and chosen.random() < 0.4:
            of["memory"] = chosen.choice(edges) + chosen.choice((-1, 0, 1))
        if one.admits(of):
            count -= 1
            yield of


@pytest.mark.parametrize("tag", TAGS)
def test_limit_banks_and_regions_are_those_of_integers(tag: str) -> None:
    one = space(tag)
    terms = symbolic(one)
    for of in guests(one):
        assert value(terms.limit, of) == 2 ** of["ipa_bits"]
        used = fill(one.layout.banks, of["memory"] * one.facts.page)
        assert tuple(value(each, of) for each in terms.used) == used
        extents = [
            (e.name, e.kind, e.start, value(e.end, of), bool(value(e.present, of)))
            for e in terms.used_banks()
        ]
        assert extents == [
            (bank.name, "ram", bank.start, bank.start + part, part > 0)
            for bank, part in zip(one.layout.banks, used, strict=True)
        ]
        regions = [(e.name, e.start, value(e.end, of), bool(value(e.present, of))) for e in terms.regions()]
        assert regions == [
            (each.name, each.start, each.end, each.when is None or each.when.holds(of[each.when.dimension]))
            for each in one.layout.regions
        ]


def test_windows_are_occupied_where_their_tails_are_offered() -> None:
    """3 GiB of RAM from 1 GiB on and 1016 GiB from 8 GiB on; before 4.16 only what a guest of two pages uses of them."""
    windows = [(e.name, e.kind, e.start, e.end, e.present) for e in symbolic(space("head")).occupied_banks()]
    assert windows == [
        ("GUEST_RAM0", "ram", 1 << 30, 4 << 30, True),
        ("GUEST_RAM1", "ram", 8 << 30, 1024 << 30, True),
    ]
    of = {"ipa_bits": 40, "memory": 2}
    before = symbolic(space("4.12.4")).occupied_banks()
    assert [(value(e.end, of) - e.start, bool(value(e.present, of))) for e in before] == [
        (8192, True),
        (0, False),
    ]


@pytest.mark.parametrize("tag", TAGS)
def test_the_most_of_a_count_is_its_bound(tag: str) -> None:
    one = space(tag)
    for name, dimension in one.dimensions.items():
        if dimension.is_count:
            for of in guests(one, 20):
                assert value(most(one, name), of) == one.bounds(name, of)[1], name


def test_a_box_holds_what_its_numbers_say() -> None:
    terms = symbolic(space("head"))
    box = Box({"ipa_bits": (36, 40), "gic": (3,)}, {"memory": (0x1000, 0x80000), "vcpus": (2, 8)})
    edges = {"ipa_bits": 36, "gic": 3, "memory": 0x1000, "vcpus": 2}
    for change, inside in (
        ({}, True),
        ({"memory": 0xFFF}, False),
        ({"memory": 0x80000}, True),
        ({"memory": 0x80001}, False),
        ({"vcpus": 1}, False),
        ({"vcpus": 8}, True),
        ({"vcpus": 9}, False),
        ({"gic": 2}, False),
        ({"ipa_bits": 40}, True),
        ({"ipa_bits": 42}, False),
    ):
        assert bool(value(terms.inside(box), {**edges, **change})) == inside, change
        assert box.holds({**edges, **change}) == inside, change


def test_what_is_left_open_is_completed_to_the_plainest_guest() -> None:
    """Lowest counts and first choices; a choice that does not go with the rest is exchanged for one that does."""
    head = space("head")
    plain = complete(head, {})
    assert head.admits(plain)
    assert (plain["memory"], plain["vcpus"], plain["gic"], plain["guest"]) == (1, 1, 3, 0)
    assert complete(head, {"acpi": 1, "guest": 0})["acpi"] == 1
    many = complete(head, {"vcpus": 100})
    assert (many["vcpus"], many["gic"]) == (100, 3)
    large = head.pages(40)
    wide = complete(head, {"memory": large})
    assert head.admits(wide)
    assert wide["memory"] == large
    few = replace(
        head, dimensions={**head.dimensions, "gic": replace(head.dimensions["gic"], choices=(2, 3))}
    )
    assert complete(few, {"vcpus": 100})["gic"] == 3


def test_the_hull_of_boxes_is_what_all_of_them_restrict() -> None:
    """The gic is free in one of them; a hull of everything restricts nothing."""
    one = space("head")
    terms, memory = symbolic(one), one.dimensions["memory"]
    some = (
        Box({"ipa_bits": (36, 40)}, {"memory": (5, 9)}),
        Box({"ipa_bits": (44, 40), "gic": (3,)}, {"memory": (2, 7)}),
    )
    assert projection(some, terms) == Box({"ipa_bits": (36, 40, 44)}, {"memory": (2, 9)})
    widths = one.dimensions["ipa_bits"].choices
    ends = (
        Box({"ipa_bits": widths[:2]}, {"memory": (memory.low, 7)}),
        Box({"ipa_bits": widths[2:]}, {"memory": (7, memory.high)}),
    )
    assert projection(ends, terms) == Box()
    almost = Box({"ipa_bits": widths[1:]}, {"memory": (memory.low + 1, memory.high)})
    assert projection((almost,), terms) == almost
