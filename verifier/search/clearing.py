"""The fewest nodes that would have to be elsewhere for one stretch of a wanted size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from verifier.layout.adjacency import FIXED, Clearing
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle, gaps
from verifier.rules.extended_regions import LEAST, SUPERPAGE


def clearing(obstacles: Sequence[Obstacle], space: Iterable[Extent], size: int) -> Clearing | None:
    """The lowest of the stretches with the fewest nodes in the way; None where none fits beside the RAM.

    `obstacles` by address and `space`, both in whole pages. A stretch that starts neither where the room for it begins nor
    where an obstacle ends, rounded up, can be moved down to such a place, and no node gets into its way: so these are all
    that need be looked at, in one pass from the lowest to the highest.
    """
    length = max(LEAST, -(-size // SUPERPAGE) * SUPERPAGE)
    movable = [each for each in obstacles if each.kind not in FIXED]
    room = gaps(space, (each.extent for each in obstacles if each.kind in FIXED))
    starts = _starts(movable, room, length)
    coming, going = iter(movable), iter(sorted(movable, key=lambda each: each.extent.end))
    enters, leaves = next(coming, None), next(going, None)
    here: Counter[str] = Counter()
    best: tuple[int, int] | None = None
    for start in starts:
        while enters is not None and enters.extent.start < start + length:
            here[enters.path] += 1
            enters = next(coming, None)
        while leaves is not None and leaves.extent.end <= start:
            here[leaves.path] -= 1
            if not here[leaves.path]:
                del here[leaves.path]
            leaves = next(going, None)
        if best is None or len(here) < best[0]:
            best = (len(here), start)
    if best is None:
        return None
    extent = Extent(best[1], best[1] + length)
    between = (each for each in movable if each.extent.start < extent.end and extent.start < each.extent.end)
    return Clearing(extent, tuple(dict.fromkeys(each.path for each in between)))


def _starts(movable: Iterable[Obstacle], room: Sequence[Extent], length: int) -> list[int]:
    """Where a stretch can start, and fits into the room, by address."""
    ends = sorted({-(-each.extent.end // SUPERPAGE) * SUPERPAGE for each in movable})
    found, index = [], 0
    for each in room:
        first = -(-each.start // SUPERPAGE) * SUPERPAGE
        candidates = [first]
        while index < len(ends) and ends[index] < each.end:
            if ends[index] > first:
                candidates.append(ends[index])
            index += 1
        found += [start for start in candidates if start + length <= each.end]
    return found
