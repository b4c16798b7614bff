"""complete, of a board: all free space that qualifies is offered."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import Obstacle, merged, uncovered
from verifier.layout.offer import Offer
from verifier.rules.boards.facts import free, obstacles, qualifying, unknown
from verifier.rules.boards.rule import BoardRule, Breach, Judged
from verifier.rules.extended_regions import PROPERTIES, SUPERPAGE


def _judge(offer: Offer) -> Judged:
    if offer.domain.producer is None:
        return Judged(0, silence="no regions are meant for it")
    doubts = tuple(unknown(offer))
    if doubts:
        return Judged(0, doubts=(f"which space is free hangs on what is open: {doubts[0]}", *doubts[1:]))
    holes = qualifying(free(offer))
    offered = merged((*offer.regions, *offer.domain.dropped))
    breaches = [each for hole in holes for each in _lost(offer, hole, offered)]
    return Judged(len(holes) or 1, tuple(breaches))


def _lost(offer: Offer, hole: Extent, offered: tuple[Extent, ...]) -> Iterator[Breach]:
    for part in uncovered(hole, offered):
        below, above = _beside(offer, hole)
        reasons = "; ".join(offer.domain.reasons)
        yield Breach(
            f"{units.size(part.size)} of free space are not offered to {offer.name}: {part} of the hole {hole} "
            f"({units.size(hole.size)}), {below} and {above}",
            Witness("address-not-offered", address=part.start),
            (Party("hole", hole, "what no node describes"),),
            part,
            details=(reasons,) if reasons else (),
        )


def _beside(offer: Offer, hole: Extent) -> tuple[str, str]:
    """What the hole lies between: what ends or begins at the pages that were rounded away, else an edge of the space."""
    found = obstacles(offer)
    near = Extent(hole.start - SUPERPAGE, hole.end + SUPERPAGE)
    below = max(
        (each for each in found if near.start < each.extent.end <= hole.start), key=_end, default=None
    )
    above = min((each for each in found if hole.end <= each.extent.start < near.end), default=None)
    where = "the address space" if offer.domain.iommu and offer.host_layout else "the RAM"
    if not offer.host_layout:
        where = "the RAM window"
    return (
        f"above {below}" if below else f"from the start of {where}",
        f"below {above}" if above else f"up to the end of {where}",
    )


def _end(obstacle: Obstacle) -> int:
    return obstacle.extent.end


RULE = BoardRule(
    id="complete",
    position=8,
    title="all free space that qualifies is offered",
    statement=(
        "Every 2 MiB block of a free stretch that has 64 MiB or more at multiples of 2 MiB lies in an extended "
        "region, up to the most "
        "regions that Xen takes."
    ),
    why=PROPERTIES["complete"].why,
    effect="space lost",
    cites=PROPERTIES["complete"].cites,
    judge=_judge,
    example=(
        "64 MiB between two devices with Xen 4.18 to 4.20: their region would have 62 MiB, for 2 MiB are lost at its "
        "end, and is dropped (booted)."
    ),
)
