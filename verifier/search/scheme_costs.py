"""What a scheme costs in stage 2 tables, against RAM that the guest gives up instead (question T9 of the thread).

The guest has `need.guest` bytes of RAM at 40 bits under the newest release, mapped by the largest pages that its windows
allow; grant and foreign pages are mapped one by one, as Xen does.
"""

from __future__ import annotations

from verifier.layout.domain_map import Extent
from verifier.layout.scheme import Need, Place
from verifier.layout.scheme_report import Cost
from verifier.search.scheme_places import extent_of
from verifier.search.scheme_units import offered, windows_of
from verifier.search.scheme_world import World
from verifier.search.table_pages import lowest, superpages
from verifier.xen.bank_fill import filled
from verifier.xen.p2m_root import ROOTS

BITS = 40
"""The width whose root is counted with: the layout's RAM windows end there."""


def cost(world: World, place: Place, *, in_grant: bool) -> Cost | None:
    """None where the place is too small, or not inside of the address space."""
    need, tag = world.schemes.need, world.new[-1]
    space = _space(place, tag, need)
    if space is None or space.end > 1 << BITS or space.size < need.foreign + (need.grant if in_grant else 0):
        return None
    ram = tuple(_extents(tag, need.guest))
    root = ROOTS[BITS]
    own = (space if in_grant else world.grant[tag],)
    rest = (Extent(space.start + need.grant, space.end) if in_grant else space,)
    grant = superpages(need.grant, own, ram, root, ram_is_known=True)
    foreign = superpages(need.foreign, rest, ram, root, ram_is_known=True)
    return Cost(foreign, grant, lowest(rest, need.foreign)[0])


def _space(place: Place, tag: str, need: Need) -> Extent | None:
    if place.kind == "proposal":
        return extent_of(place)
    if place.kind == "end":
        return Extent(max(0, (1 << BITS) - need.foreign), 1 << BITS)
    found = offered(tag, BITS, need.guest)
    return max(found, key=lambda each: each.size, default=None)


def _extents(tag: str, memory: int) -> list[Extent]:
    return [each.extent for each in filled(windows_of(tag), memory) if each.size]
