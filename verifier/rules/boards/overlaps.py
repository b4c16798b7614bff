"""Regions that share bytes with something else: what `one-to-one-holes` and `no-overlap` have in common."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from verifier.layout import units
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import Obstacle, uncovered
from verifier.layout.offer import Offer
from verifier.rules.boards.facts import obstacles, space, unknown
from verifier.rules.boards.rule import Breach, Judged, obstacle_party, region_party


def judged(offer: Offer) -> Judged:
    """Every region against every obstacle, against every other region, and against the space."""
    found = obstacles(offer)
    allowed = space(offer)
    breaches: list[Breach] = []
    reach = list(accumulate((each.extent.end for each in found), max))
    for index in range(len(offer.regions)):
        breaches += _covered(offer, index, found, reach)
        breaches += _twice(offer, index)
        breaches += _outside(offer, index, allowed)
    count = len(offer.regions)
    compared = count * (len(found) + len(allowed)) + count * (count - 1) // 2
    return Judged(compared, tuple(breaches), () if breaches else tuple(unknown(offer)))


def _covered(offer: Offer, index: int, found: tuple[Obstacle, ...], reach: list[int]) -> Iterator[Breach]:
    """`found` is by address; nothing up to each of them ends above its `reach`, so that those before are looked up."""
    region = offer.regions[index]
    for each in range(bisect_right(reach, region.start), len(found)):
        obstacle = found[each]
        if obstacle.extent.start >= region.end:
            break
        if obstacle.extent.end <= region.start:
            continue
        shared = _shared(region, obstacle.extent)
        party = obstacle_party(obstacle)
        yield Breach(
            f"{offer.called(index)} {region} covers {units.size(shared.size)} of {obstacle.name} {obstacle.extent}, "
            f"{party.origin}: {shared}",
            Witness("address-in-two-regions", address=shared.start),
            (region_party(offer, index), party),
            shared,
        )


def _twice(offer: Offer, index: int) -> Iterator[Breach]:
    region = offer.regions[index]
    for other in range(index):
        shared = _shared(region, offer.regions[other])
        if shared.size > 0:
            yield Breach(
                f"{offer.called(other)} {offer.regions[other]} and {offer.called(index)} {region} overlap by "
                f"{units.size(shared.size)}: {shared}",
                Witness("address-in-two-regions", address=shared.start),
                (region_party(offer, other), region_party(offer, index)),
                shared,
            )


def _outside(offer: Offer, index: int, allowed: tuple[Extent, ...]) -> Iterator[Breach]:
    """What lies above 2^b is within-ipa's to tell."""
    region = offer.regions[index]
    if offer.host_layout and (offer.domain.iommu or not offer.ram):
        return
    below = Extent(region.start, max(region.start, min(region.end, offer.top)))
    for part in uncovered(below, allowed):
        where = "the host's RAM" if offer.host_layout else "the RAM windows of the guest layout"
        yield Breach(
            f"{offer.called(index)} {region} has {units.size(part.size)} outside {where}: {part}",
            Witness("address-outside", address=part.start),
            (region_party(offer, index),),
            part,
        )


def _shared(one: Extent, other: Extent) -> Extent:
    return Extent(max(one.start, other.start), min(one.end, other.end))
