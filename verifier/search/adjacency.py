"""How the free stretches of a domain's address space lie to each other, what regions there give, and what they cost."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from verifier.layout.adjacency import Adjacency, Barrier, Clearing, Consumer, Edge, Hole, Join, Need
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import Obstacle, merged
from verifier.layout.offer import Offer
from verifier.reading.consumers import unit_of
from verifier.rules.boards import facts
from verifier.rules.boards.rule import PAGE
from verifier.search import table_pages
from verifier.search.clearing import clearing
from verifier.search.free_space import holes, joins, pieces, to_pages, usable_space
from verifier.xen.p2m_root import ROOTS

_MIB = 1 << 20
_KERNELS = (("Linux, 4 and 16 KiB pages", "linux-arm64-4k"), ("Linux, 64 KiB pages", "linux-arm64-64k"))
"""Those whose memory sections are told, by their names in `models/consumers.toml`."""
_LARGE, _HUGE = 1 << 21, 1 << 30


def adjacency(
    obstacles: Sequence[Obstacle],
    offered: Sequence[Extent],
    space: Sequence[Extent],
    ipa_bits: int,
    *,
    need: int | None = None,
    pool: tuple[int, int | None] | None = None,
    most_ram: Sequence[Extent] = (),
    amount: int | None = None,
) -> Adjacency:
    """The whole answer for one domain.

    `obstacles` as described, in any order; those of kind `domain-ram` are its RAM. Where there is none, `most_ram` is where
    it can have RAM, and `amount` how many bytes of it, None where that is not known.
    `offered` are its extended regions. `space` is where regions may lie: all of [0, 2**ipa_bits), the host's RAM, the
    windows of a guest's banks. `need` is a wanted size in bytes, at least 1. `pool` is given for a domain with a P2M pool:
    its vCPUs, and how many pages there are, None for the default; the hardware domain has none. `ipa_bits` is a width that
    Xen configures, else KeyError.
    """
    root = ROOTS[ipa_bits]
    within, taken, regions = usable_space(space, ipa_bits), to_pages(obstacles), apart(offered)
    ram = merged(each.extent for each in taken if each.kind == "domain-ram")
    pages = ram or merged(facts.inward(each, PAGE) for each in most_ram)
    most = None if ram else amount
    cut = tuple(pieces(taken, within))
    found, without = holes(cut, taken, regions), joins(cut, taken)
    return Adjacency(
        ipa_bits=ipa_bits,
        offered=regions,
        holes=found,
        edges=tuple(edges(found, taken)),
        largest=max(merged(regions), key=lambda each: each.size, default=None),  # of equals the first
        joins=without,
        barriers=tuple(barriers(found, taken, within)),
        consumers=tuple(_consumer(regions, *each) for each in _KERNELS),
        tables=table_pages.tables(regions, (each.extent for each in taken), root),
        superpages=table_pages.superpages(
            _MIB if need is None else need, regions, pages, root, ram_is_known=bool(ram), most_bytes=most
        ),
        need=None if need is None else fewest(regions, need, without, clearing(taken, within, need)),
        pool=None if pool is None else table_pages.pool(regions, ram, pool[0], root, pool[1]),
    )


def of_offer(
    offer: Offer,
    *,
    need: int | None = None,
    pool: tuple[int, int | None] | None = None,
    amount: int | None = None,
) -> Adjacency:
    """Of a domain whose regions are known, with the obstacles and the space by which the specification judges them.

    `pool` of a domain with a P2M pool: vCPUs, and pages, None for the default.
    """
    return adjacency(
        (*facts.obstacles(offer), *offer.excused),
        offer.regions,
        facts.space(offer),
        offer.domain.ipa_bits,
        need=need,
        pool=pool,
        most_ram=offer.ram if offer.host_layout else (),
        amount=amount,
    )


def apart(extents: Iterable[Extent]) -> tuple[Extent, ...]:
    """By address, each from where those before it end; what has nothing left is dropped. Neighbours stay two."""
    found, end = [], 0
    for each in sorted(extents):
        if max(each.start, end) < each.end:
            found.append(Extent(max(each.start, end), each.end))
            end = each.end
    return tuple(found)


def fewest(
    regions: Sequence[Extent], size: int, without: Iterable[Join], cleared: Clearing | None = None
) -> Need:
    """The fewest regions that have `size` bytes together; `regions` by address and apart from each other.

    No k regions have more than the k largest. So the least k whose k largest have enough is the least number, and the k - 1
    largest may be kept, of equals the lower ones: of the others, the lowest that completes them is taken.
    """
    ranked = sorted(regions, key=lambda each: -each.size)
    sums = [0, *accumulate(each.size for each in ranked)]
    number = bisect_left(sums, size)
    if number == len(sums):
        return Need(size, tuple(regions), size - sums[-1], _between(regions, without), cleared)
    kept = ranked[: number - 1]
    last = min(each for each in ranked[number - 1 :] if sums[number - 1] + each.size >= size)
    chosen = sorted([*kept, last])
    return Need(size, tuple(chosen), 0, _between(chosen, without), cleared)


def _between(regions: Sequence[Extent], without: Iterable[Join]) -> tuple[Join, ...]:
    """Nodes with an entry between the lowest and the highest region."""
    if not regions:
        return tuple(without)
    low, high = regions[0].end, regions[-1].start
    return tuple(
        join
        for join in without
        if any(each.extent.start < high and low < each.extent.end for each in join.entries)
    )


def edges(found: Iterable[Hole], taken: Iterable[Obstacle]) -> Iterator[Edge]:
    """What touches, is next to each other, or shares a table; `taken` in whole pages. Linear in the number of both."""
    named = [(each.extent, each.path) for each in taken]
    named += [(part, str(part)) for part in (each.qualifies for each in found) if part is not None]
    told: dict[Edge, None] = {}
    far: tuple[Extent, str] | None = None
    for extent, name in sorted(named):
        if far is not None and far[1] != name:
            told.update(dict.fromkeys(_edges(*far, extent, name)))
        if far is None or extent.end > far[0].end:
            far = (extent, name)
    yield from told


def _edges(lower: Extent, first: str, upper: Extent, second: str) -> Iterator[Edge]:
    """Of two extents of which the first does not start above the other.

    So they share the block that holds the start of the other, or none.
    """
    size = max(0, upper.start - lower.end)
    yield Edge(first, second, "separated" if size else "touches", size)
    for kind, unit in (("same 2 MiB entry", _LARGE), ("same 1 GiB entry", _HUGE)):
        if (lower.end - 1) // unit >= upper.start // unit:
            yield Edge(first, second, kind, size)
            return


def barriers(found: Iterable[Hole], taken: Iterable[Obstacle], within: Sequence[Extent]) -> Iterator[Barrier]:
    """What lies between each two parts that qualify, next to each other; an obstacle is in one barrier at most.

    `within` is by address and apart.
    """
    parts = [each.qualifies for each in found if each.qualifies is not None]
    ends = [each.end for each in parts]
    between: dict[int, dict[str, None]] = {}
    for each in taken:
        between.setdefault(bisect_left(ends, each.extent.end), {})[each.path] = None
    starts = [each.start for each in within]
    for index, (lower, upper) in enumerate(pairwise(parts), start=1):
        one, other = (bisect_right(starts, each.start) for each in (lower, upper))
        paths = tuple(between.get(index, ()))
        yield Barrier(lower, upper, paths if one == other else None)


def _consumer(regions: Iterable[Extent], name: str, kernel: str) -> Consumer:
    """What of each region is whole sections."""
    section = unit_of(kernel)
    each_offered = tuple(regions)
    usable = [facts.inward(each, section) for each in each_offered]
    lost = sum(each.size for each in each_offered) - sum(each.size for each in usable)
    return Consumer(name, section, tuple(each if each.size else None for each in usable), lost)
