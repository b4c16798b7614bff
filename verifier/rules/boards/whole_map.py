"""Everything that a guest is given, two by two: what `no-overlap` says of a guest whose whole map is judged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.layout import units
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Witness
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import Offer
from verifier.rules.boards.facts import unknown
from verifier.rules.boards.rule import Breach, Judged, listed, obstacle_party

_CHOSEN = ("passthrough", "shared-memory")
"""Kinds whose guest addresses a user chooses; whoever builds the guest maps them last, over what is there."""
_EFFECTS = {
    "domain-ram": "the guest loses that RAM without a word: what is mapped there last holds",
    "grant-region": "the frames of its grant table that the guest maps there replace it, or fail to be mapped",
    "layout": "what is mapped there last holds: the guest has no longer what Xen, or the toolstack, puts there",
    "passthrough": "the guest has the device that is mapped last, under both of their names",
    "shared-memory": "the guest has what is mapped last, under both of their names",
}
"""What a conflict does, by the kind of what somebody's choice covers."""


def judged(offer: Offer) -> Judged:
    """Every two regions that the guest is given, one breach for each conflict."""
    found = sorted(each for each in offer.given if each.extent.size > 0)
    breaches, more = listed(_all(offer, found))
    compared = len(found) * (len(found) - 1) // 2
    return Judged(compared, breaches, () if breaches else tuple(unknown(offer)), more=more)


def _all(offer: Offer, found: Sequence[Obstacle]) -> Iterator[Breach]:
    """By the upper one of two, in the order of their addresses, which `found` has.

    Two entries that map the same pages of the host to the same pages of the guest are no conflict: what has one distance
    from the host is never held against each other, however much of it there is.
    """
    hosts = {} if offer.guest is None else offer.guest.hosts
    below: dict[tuple[bool, int], list[Obstacle]] = {}
    for index, each in enumerate(found):
        own = (each.name in hosts, hosts.get(each.name, index))
        for other in [key for key in below if key != own]:
            below[other] = [one for one in below[other] if one.extent.end > each.extent.start]
            yield from (_conflict(one, each) for one in below[other])
        below = {key: reaching for key, reaching in below.items() if reaching}
        below.setdefault(own, []).append(each)


def _conflict(lower: Obstacle, upper: Obstacle) -> Breach:
    one, other = (upper, lower) if _rank(upper) < _rank(lower) else (lower, upper)
    shared = Extent(upper.extent.start, min(lower.extent.end, upper.extent.end))
    return Breach(
        f"{one.name} {one.extent} and {other.name} {other.extent} share {units.size(shared.size)}: {shared}",
        Witness("address-in-two-regions", address=shared.start),
        (obstacle_party(one), obstacle_party(other)),
        shared,
        details=(_EFFECTS.get(other.kind, _EFFECTS["layout"]),),
    )


def _rank(obstacle: Obstacle) -> int:
    """What somebody chose is told first, as it is what can be changed; RAM last."""
    if obstacle.kind in _CHOSEN:
        return 0
    return 2 if obstacle.kind == "domain-ram" else 1
