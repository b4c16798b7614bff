"""What re-checks look up, against the pages of the reference."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from tests.rules.boards import guests, reference
from tests.rules.boards.offers import GUEST, NO_IOMMU, SOUND, mutant, obstacle, sound
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import BoardMap, Obstacle
from verifier.layout.offer import Offer
from verifier.layout.offer_index import OfferIndex

PAGE = 4096


def extents(offer: Offer) -> list[Extent]:
    obstacles = (*offer.given, *offer.excused, *offer.board.obstacles)
    windows = (each.extent for each in offer.windows)
    return [*(each.extent for each in obstacles), *windows, *offer.ram, *offer.regions]


def agree(offer: Offer) -> None:
    """At the pages on both sides of every bound."""
    index = OfferIndex(offer)
    taken = reference.taken(offer) | reference.union(
        reference.pages(each.extent.start, each.extent.end) for each in offer.excused
    )
    allowed, anywhere = reference.allowed(offer), offer.host_layout and offer.domain.iommu
    near = {
        edge // PAGE + step
        for each in extents(offer)
        for edge in (each.start, each.end)
        for step in (-2, -1, 0, 1, 2)
    }
    for page in near:
        if 0 <= page < (1 << offer.domain.ipa_bits) // PAGE:
            start, end = page * PAGE, (page + 1) * PAGE
            assert index.pages_taken.meets(start, end) == bool(taken >> page & 1), (page, offer)
            assert anywhere or index.allowed.reached(start, end) == bool(allowed >> page & 1), (page, offer)


@pytest.mark.parametrize("seed", range(12))
def test_pages_that_are_taken_and_allowed(seed: int) -> None:
    random = Random(seed)
    for offer in (sound(random), mutant(sound(random), random), guests.sound(random)):
        agree(offer)


def test_bytes_take_their_pages_and_empty_stretches_none() -> None:
    byte = obstacle(0x20000FFF, 0x20001001, "reserved-memory")
    empty = obstacle(0x30000800, 0x30000800)
    given = Obstacle(Extent(0x22000FFF, 0x22001001), "layout", "x", "")
    for offer in (SOUND, NO_IOMMU, GUEST):
        board = BoardMap((*offer.board.obstacles, byte, empty))
        agree(replace(offer, board=board, given=(*offer.given, given)))
        agree(replace(offer, board=board, excused=(byte, empty, given)))


def test_things_are_found_by_name_and_place() -> None:
    """Of two with one name and place both."""
    again = replace(SOUND.devices[0], mapped=Extent(0, PAGE))
    index = OfferIndex(replace(SOUND, devices=(*SOUND.devices, again)))
    assert index.devices == {(again.name, again.described): [SOUND.devices[0], again]}
    assert index.operations == {("/uart reg[0]", 0xC0000000, 0x1000)}
    assert index.obstacles == {
        ("/memory reg[0]", Extent(0x40000000, 0x80000000)),
        ("/uart reg[0]", Extent(0xC0000000, 0xC0001000)),
        ("RAM bank 0 of d0", Extent(0x50000000, 0x60000000)),
        ("grant region of d0", Extent(0x40200000, 0x40240000)),
    }
