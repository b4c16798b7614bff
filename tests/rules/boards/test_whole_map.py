"""What a guest is given, two by two and byte by byte: who shares what with whom, who is told first, and what it does."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest

from tests.rules.boards.guests import FACTS, GRANT, RAM, WHOLE, given, with_given
from tests.rules.boards.offers import GUEST, with_domain
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import Offer
from verifier.rules.boards import no_overlap, one_to_one_holes, overlaps, whole_map

KINDS = ("passthrough", "shared-memory", "layout", "grant-region", "domain-ram")


def holding(things: list[Obstacle], hosts: dict[str, int]) -> Offer:
    return replace(WHOLE, given=tuple(things), guest=replace(FACTS, hosts=hosts))


def bytes_of(thing: Obstacle, hosts: dict[str, int], number: int) -> dict[int, object]:
    """By the guest's address, what is there: of the host its address, of all else whose it is and which byte."""
    there = range(thing.extent.start, thing.extent.end)
    if thing.name in hosts:
        return {byte: ("host", byte + hosts[thing.name]) for byte in there}
    return {byte: (number, byte) for byte in there}


@pytest.mark.parametrize("seed", range(6))
def test_conflicts_are_those_of_bytes(seed: int) -> None:
    """Up to six things in 16 bytes; some of them pages of the host, whose distance decides whether they are the same."""
    random = Random(seed)
    for _ in range(150):
        things, hosts = [], {}
        for index in range(random.randrange(7)):
            start = random.randrange(16)
            size = random.choice((0, 1, 2, 4, 12))
            things.append(given(start, min(16, start + size), f"t{index}", random.choice(KINDS)))
            if random.random() < 0.6:
                hosts[f"t{index}"] = random.choice((0, 1, 2))
        offer = holding(things, hosts)
        expected: Counter[tuple[frozenset[str], Extent]] = Counter()
        for (one, first), (other, second) in combinations(enumerate(things), 2):
            here, there = bytes_of(first, hosts, one), bytes_of(second, hosts, other)
            shared = [byte for byte in here if byte in there and here[byte] != there[byte]]
            if shared:
                expected[frozenset((first.name, second.name)), Extent(min(shared), max(shared) + 1)] += 1
        judged = whole_map.judged(offer)
        assert expected == Counter(
            (frozenset(party.name for party in each.parties), each.overlap) for each in judged.breaches
        ), offer
        assert [each.witness for each in judged.breaches] == [
            Witness("address-in-two-regions", address=each.overlap.start)
            for each in judged.breaches
            if each.overlap
        ]
        there_are = sum(each.extent.size > 0 for each in things)
        assert (judged.checked, judged.more) == (len([*combinations(range(there_are), 2)]), False)


def test_the_same_thing_twice_is_a_conflict_unless_it_is_of_the_host() -> None:
    """Of a shared name: two pages of Xen's at one place are two; a page of the host is mapped once."""
    page = given(0, 4096, "page")
    assert len(whole_map.judged(holding([page, page], {})).breaches) == 1
    assert len(whole_map.judged(holding([page, page], {"page": 4096})).breaches) == 0
    assert len(whole_map.judged(replace(holding([page, page], {}), guest=None)).breaches) == 1


@pytest.mark.parametrize("lower", KINDS)
@pytest.mark.parametrize("upper", KINDS)
def test_what_somebody_chose_is_told_first_and_ram_last(lower: str, upper: str) -> None:
    """Of two of one sort the lower one; what is said to happen is what happens to the other."""
    things = [given(0, 8192, "low", lower), given(4096, 12288, "high", upper)]
    (breach,) = whole_map.judged(holding(things, {})).breaches
    sorts = {"passthrough": 0, "shared-memory": 0, "domain-ram": 2}
    turned = sorts.get(upper, 1) < sorts.get(lower, 1)
    assert [each.name for each in breach.parties] == (["high", "low"] if turned else ["low", "high"])
    covered = lower if turned else upper
    words = {
        "domain-ram": "loses that RAM",
        "grant-region": "frames of its grant table",
        "layout": "what Xen, or the toolstack, puts there",
        "passthrough": "has the device that is mapped last",
        "shared-memory": "has what is mapped last",
    }
    (detail,) = breach.details
    assert words[covered] in detail


@pytest.mark.parametrize("count", [23, 24])
def test_as_many_conflicts_are_listed_as_anybody_reads(count: int) -> None:
    """Of 23 things 253 pairs, of 24 276; 256 are listed."""
    things = [given(0, 1, f"t{index}") for index in range(count)]
    pairs = count * (count - 1) // 2
    judged = whole_map.judged(holding(things, {}))
    assert (len(judged.breaches), judged.more, judged.checked) == (min(256, pairs), pairs > 256, pairs)


UNKNOWN_RAM = ("where the RAM banks of d0 lie is not known: --dom0-bank or a log tells those of dom0",)


def test_what_is_open_is_told_where_there_is_no_conflict() -> None:
    """Once, though the map and the offer both rest on it."""
    clean, broken = with_domain(WHOLE, banks=None), with_domain(with_given(WHOLE, RAM), banks=None)
    assert (whole_map.judged(clean).doubts, whole_map.judged(broken).doubts) == (UNKNOWN_RAM, ())
    assert no_overlap.RULE.judge(clean).doubts == UNKNOWN_RAM
    assert no_overlap.RULE.judge(broken).doubts == ()
    beside = replace(clean, regions=(Extent(0x4FE00000, 0x80000000),))  # the conflict is of what is offered
    judged = no_overlap.RULE.judge(beside)
    assert (len(judged.breaches), judged.doubts) == (1, ())


def test_the_map_and_what_is_offered_are_judged_together() -> None:
    """Conflicts of the map first; where nothing is offered, or all addresses are the host's, those of the map alone."""
    crowded = replace(with_given(WHOLE, RAM), regions=(Extent(0x4FE00000, 0x80000000),))
    judged = no_overlap.RULE.judge(crowded)
    assert [each.parties[0].name for each in judged.breaches] == [
        "RAM bank 0 of d0",
        "extended region 0 of d0",
        "extended region 0 of d0",
    ]
    assert judged.checked == 15 + 7
    for other in (replace(crowded, regions=()), replace(crowded, host_layout=True)):
        judged = no_overlap.RULE.judge(other)
        assert (len(judged.breaches), judged.checked, judged.silence) == (1, 15, "")


@pytest.mark.parametrize(("things", "regions"), [(24, 1), (2, 24), (2, 1), (24, 24)])
def test_more_are_there_where_either_has_more(things: int, regions: int) -> None:
    offer = holding([given(0x60000000, 0x60000001, f"t{index}") for index in range(things)], {})
    judged = no_overlap.RULE.judge(replace(offer, regions=(Extent(0x60000000, 0x60000001),) * regions))
    assert judged.more == (24 in (things, regions))


NOTHING = "no extended region is offered"


@pytest.mark.parametrize(
    ("offer", "of_guests", "of_hosts"),
    [
        (GUEST, None, "the domain has the guest layout: see no-overlap"),
        (replace(GUEST, regions=()), NOTHING, "the domain has the guest layout: see no-overlap"),
        (replace(GUEST, host_layout=True), "the domain has the host's layout: see one-to-one-holes", None),
        (
            replace(GUEST, host_layout=True, regions=()),
            "the domain has the host's layout: see one-to-one-holes",
            NOTHING,
        ),
    ],
)
def test_of_every_domain_one_rule_of_two_speaks(
    offer: Offer, of_guests: str | None, of_hosts: str | None
) -> None:
    for rule, silence in ((no_overlap.RULE, of_guests), (one_to_one_holes.RULE, of_hosts)):
        judged = rule.judge(offer)
        if silence is None:
            assert judged == overlaps.judged(offer)
            assert judged.checked > 0
        else:
            assert (judged.checked, judged.breaches, judged.doubts, judged.silence) == (0, (), (), silence)
    assert GRANT in GUEST.given
