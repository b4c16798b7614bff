"""What a rule about the regions of a domain on a board is, and what it says of one offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice

from verifier.layout.board_finding import Party, Placement
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import Offer


@dataclass(frozen=True, slots=True)
class Breach:
    """One refutation, in words and numbers."""

    message: str
    """One sentence: all parties, their ranges, the size of the conflict."""
    witness: Witness
    parties: tuple[Party, ...]
    overlap: Extent | None = None
    details: tuple[str, ...] = ()
    help: tuple[str, ...] = ()
    placement: Placement | None = None
    """Of what is open, the case that breaks it."""
    effect: str = ""
    """Where it is not that of the rule."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What a rule says: proved only if something was checked and there is neither breach nor doubt."""

    checked: int
    breaches: tuple[Breach, ...] = ()
    doubts: tuple[str, ...] = ()
    silence: str = ""
    """Why it does not apply; then nothing was checked."""
    more: bool = False
    """Whether there are breaches beside those that are listed."""


@dataclass(frozen=True, slots=True)
class BoardRule:
    """A named rule that what a domain is offered must satisfy, with everything that is to be said about it."""

    id: str
    position: int
    title: str
    statement: str
    why: str
    effect: str
    """Of a refutation: `unsound`, `not built`, `unusable` or `space lost`."""
    cites: tuple[Cite, ...]
    judge: Callable[[Offer], Judged]
    example: str
    """A real refutation in words."""
    of_guests: bool = False
    """It is asked of guests whose whole map is judged alone (verifier guest)."""
    asked: Callable[[Offer], bool] = lambda _: True
    """Whether anybody asked: else nothing is said, not even that it does not apply."""


def listed(breaches: Iterable[Breach]) -> tuple[tuple[Breach, ...], bool]:
    """The first breaches, no more than anybody reads, and whether there are others.

    There can be one for every two entries of a tree or a configuration: no more of them are made than are listed.
    """
    coming = iter(breaches)
    return tuple(islice(coming, MOST)), next(coming, None) is not None


def region_party(offer: Offer, index: int) -> Party:
    """An extended region as a side of a finding."""
    origin = _ORIGINS.get(offer.source, offer.domain.producer or "Xen")
    return Party(offer.called(index), offer.regions[index], origin)


def grant_party(offer: Offer, region: Extent) -> Party:
    """The grant region as a side of a finding."""
    if offer.tree is not None:
        return Party(f"{offer.tree.path} reg[0]", region, "the grant region")
    origin = "Xen's text" if offer.hardware else "the guest layout"
    return Party(f"grant region of {offer.name}", region, origin)


def grant_regions(offer: Offer) -> tuple[tuple[Extent, Placement | None], ...]:
    """The grant region; while it is open, the highest page of each stretch in which it may lie, as a case to look at.

    What holds of the start and of the end of that page, being bounds from above, holds of all regions in the stretch.
    """
    region = offer.domain.grant_region
    if region is not None:
        return ((region, None),)
    pages = (Extent(each.end - PAGE, each.end) for each in offer.grant_places)
    return tuple((page, Placement(offer.domain.banks or (), page)) for page in pages)


def parties(offer: Offer) -> list[tuple[Party, Placement | None]]:
    """The grant region, or each case of an open one, and every extended region, in the order of `reg`."""
    grants = [(grant_party(offer, region), place) for region, place in grant_regions(offer)]
    return [*grants, *((region_party(offer, index), None) for index in range(len(offer.regions)))]


def of_each_party(
    breaches: Callable[[Offer, Party, Placement | None], Iterable[Breach]], offer: Offer
) -> Judged:
    """What is said of the grant region and of every extended region alike, each by itself."""
    found = parties(offer)
    if not found:
        return Judged(0, doubts=grant_doubts(offer), silence=NO_REGIONS)
    broken, more = listed(each for party, place in found for each in breaches(offer, party, place))
    return Judged(len(found), broken, grant_doubts(offer), more=more)


def grant_doubts(offer: Offer) -> tuple[str, ...]:
    """Where nobody told dom0's grant region, nor RAM in which it lies."""
    if not offer.hardware or offer.domain.grant_region is not None or offer.grant_places:
        return ()
    return (f"where the grant region of {offer.name} lies is not known: --grant-table or a log tells it",)


def obstacle_party(obstacle: Obstacle) -> Party:
    """What the domain has already as a side of a finding."""
    return Party(obstacle.name, obstacle.extent, KINDS[obstacle.kind])


KINDS = {
    "device": "registers of a device",
    "pci-window": "window of a PCI host bridge",
    "memory": "RAM of the host",
    "disabled-memory": "memory that is disabled",
    "reserved-memory": "reserved memory",
    "memreserve": "the memory reserve map",
    "domain-ram": "RAM of the domain",
    "grant-region": "grant region of the domain",
    "shared-memory": "static shared memory",
    "passthrough": "passed through to the domain",
    "layout": "the guest layout",
}
"""What each kind of obstacle is called."""
_ORIGINS = {"logged": "the log", "read": "the guest's device tree"}
"""Where regions come from that are not predicted, by source."""
PAGE = 4096
MOST = 256
"""Breaches of one property that are listed, for one domain and setting; no board of Debian's kernel has 100."""
NO_REGIONS = "no extended region is offered"
