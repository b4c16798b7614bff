"""Regions that share bytes with something else: what `one-to-one-holes` and `no-overlap` have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from verifier.layout import units
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import Obstacle, uncovered
from verifier.layout.offer import Offer
from verifier.rules.boards.facts import obstacles, space, unknown
from verifier.rules.boards.rule import Breach, Judged, listed, obstacle_party, region_party


def judged(offer: Offer) -> Judged:
    """Every region against every obstacle, against every other region, and against the space."""
    found = obstacles(offer)
    allowed = space(offer)
    breaches, more = listed(_all(offer, found, allowed))
    count = len(offer.regions)
    compared = count * (len(found) + len(allowed)) + count * (count - 1) // 2
    return Judged(compared, breaches, () if breaches else tuple(unknown(offer)), more=more)


def _all(offer: Offer, found: tuple[Obstacle, ...], allowed: tuple[Extent, ...]) -> Iterator[Breach]:
    """By region."""
    for index, covered in enumerate(_met(offer.regions, found)):
        yield from _covered(offer, index, covered)
        yield from _twice(offer, index)
        yield from _outside(offer, index, allowed)


def _met(regions: Sequence[Extent], found: Sequence[Obstacle]) -> Iterator[Iterator[Obstacle]]:
    """What each region shares a byte with, by address, as `found` is; each has to be taken before the next one.

    While regions ascend, what ended before one of them is never looked at again; where they do not, it begins anew.
    """
    begun: list[Obstacle] = []
    index, reached = 0, 0
    for region in regions:
        if region.start < reached:
            begun, index = [], 0
        reached = region.start
        while index < len(found) and found[index].extent.start <= region.start:
            begun.append(found[index])
            index += 1
        begun = [each for each in begun if each.extent.end > region.start]
        yield chain(begun, _starting(found, index, region)) if region.size > 0 else iter(())


def _starting(found: Sequence[Obstacle], index: int, region: Extent) -> Iterator[Obstacle]:
    """Those from an index on that start below the region's end."""
    while index < len(found) and found[index].extent.start < region.end:
        yield found[index]
        index += 1


def _covered(offer: Offer, index: int, covered: Iterable[Obstacle]) -> Iterator[Breach]:
    region = offer.regions[index]
    for obstacle in covered:
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
    """What lies above 2^b is within-ipa's to tell; where nobody knows the host's RAM, nothing is known to be outside."""
    region = offer.regions[index]
    if offer.host_layout and not offer.ram:
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
