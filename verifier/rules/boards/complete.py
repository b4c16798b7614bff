"""complete, of a board: all free space that qualifies is offered."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import Obstacle, merged, uncovered
from verifier.layout.offer import Offer
from verifier.rules.boards.facts import free, obstacles, qualifying, unknown
from verifier.rules.boards.rule import BoardRule, Breach, Judged, listed
from verifier.rules.extended_regions import PROPERTIES, SUPERPAGE


def _judge(offer: Offer) -> Judged:
    if offer.domain.producer is None:
        return Judged(0, silence="no regions are meant for it")
    doubts = tuple(unknown(offer))
    if doubts:
        return Judged(0, doubts=(f"which space is free hangs on what is open: {doubts[0]}", *doubts[1:]))
    holes = qualifying(free(offer))
    offered = merged((*offer.regions, *offer.domain.dropped))
    beside = _Beside(offer)
    breaches, more = listed(each for hole in holes for each in _lost(offer, hole, offered, beside))
    return Judged(len(holes) or 1, breaches, more=more)


def _lost(offer: Offer, hole: Extent, offered: tuple[Extent, ...], beside: _Beside) -> Iterator[Breach]:
    for part in uncovered(hole, offered):
        below, above = beside.of(hole)
        reasons = "; ".join(offer.domain.reasons)
        yield Breach(
            f"{units.size(part.size)} of free space are not offered to {offer.name}: {part} of the hole {hole} "
            f"({units.size(hole.size)}), {below} and {above}",
            Witness("address-not-offered", address=part.start),
            (Party("hole", hole, "what no node describes"),),
            part,
            details=(reasons,) if reasons else (),
        )


class _Beside:
    """What holes lie between: what ends or begins at the pages that were rounded away, else an edge of the space."""

    def __init__(self, offer: Offer) -> None:
        self._offer = offer

    @cached_property
    def _by_start(self) -> tuple[Obstacle, ...]:
        return obstacles(self._offer)

    @cached_property
    def _by_end(self) -> list[Obstacle]:
        return sorted(self._by_start, key=_end)

    def of(self, hole: Extent) -> tuple[str, str]:
        """Below and above it: of several that end, or begin, at the same address the first."""
        where = "the RAM window"
        if self._offer.host_layout:
            where = "the address space" if self._offer.domain.iommu else "the RAM"
        last = bisect_right(self._by_end, hole.start, key=_end) - 1
        below = (
            None if last < 0 else self._by_end[bisect_left(self._by_end, _end(self._by_end[last]), key=_end)]
        )
        next_one = bisect_left(self._by_start, hole.end, key=_start)
        above = None if next_one == len(self._by_start) else self._by_start[next_one]
        is_below = below is not None and below.extent.end > hole.start - SUPERPAGE
        is_above = above is not None and above.extent.start < hole.end + SUPERPAGE
        return (
            f"above {below}" if is_below else f"from the start of {where}",
            f"below {above}" if is_above else f"up to the end of {where}",
        )


def _start(obstacle: Obstacle) -> int:
    return obstacle.extent.start


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
