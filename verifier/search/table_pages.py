"""What regions cost in stage 2 tables, for a domain whose foreign and grant pages are mapped one by one.

A table of level n stands for an aligned 2**(12 + 9 * (4 - n)) bytes, and is there iff a page in its reach is mapped; the
root is always there. So the number of tables is a count of aligned blocks that some extents touch: arithmetic.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

from verifier.layout.adjacency import Pool, Shattered, Superpages, TableLevel, Tables
from verifier.layout.domain_map import Extent
from verifier.layout.obstacle import merged
from verifier.rules.boards.facts import inward
from verifier.rules.boards.rule import PAGE
from verifier.xen.p2m_pool import EXTRA, pool_pages
from verifier.xen.p2m_root import Root

_PAGE_LEVEL = 3
_ENTRIES = 512
LARGE = PAGE * _ENTRIES
"""Bytes of a superpage of level 2, for which a table of level 3 stands."""
_HUGE = LARGE * _ENTRIES


def blocks(extents: Sequence[Extent], unit: int) -> int:
    """How many aligned blocks of `unit` bytes some extents, by address and apart from each other, have bytes of."""
    each_alone = sum((each.end - 1) // unit - each.start // unit + 1 for each in extents)
    twice = sum((lower.end - 1) // unit == upper.start // unit for lower, upper in pairwise(extents))
    return each_alone - twice


def reaches(root: Root) -> dict[int, int]:
    """Bytes for which a table stands, by level, of the levels below the root; the upper ones first."""
    return {
        level: PAGE * _ENTRIES ** (_PAGE_LEVEL + 1 - level)
        for level in range(root.level + 1, _PAGE_LEVEL + 1)
    }


def tables(regions: Sequence[Extent], others: Iterable[Extent], root: Root) -> Tables:
    """For all pages of the regions; `others` is what else may have tables. Regions by address and apart."""
    taken = merged(others)
    either = merged(chain(regions, taken))
    found = []
    for level, reach in reaches(root).items():
        own = blocks(regions, reach)
        found.append(TableLevel(level, reach, own, own + blocks(taken, reach) - blocks(either, reach)))
    return Tables(root.level, root.tables, tuple(found))


def count(extents: Sequence[Extent], root: Root) -> int:
    """Tables below the root for all pages of some extents, by address and apart from each other."""
    return sum(blocks(extents, reach) for reach in reaches(root).values())


def lowest(regions: Iterable[Extent], size: int) -> tuple[Extent, ...]:
    """The first `size` bytes of the regions by address, or all: what a guest gets that asks for the lowest free address."""
    found = []
    for each in regions:
        if size <= 0:
            break
        found.append(Extent(each.start, min(each.end, each.start + size)))
        size -= each.size
    return tuple(found)


def backed(regions: Sequence[Extent], present: Sequence[Extent], pages: int, root: Root) -> int:
    """Bytes of the regions, from the lowest address up in 4 KiB pages, for which so many tables are enough.

    `present` has its tables first, out of the same pages. More bytes never need fewer tables, so a bisection finds the most.
    """
    if pages < count(present, root):
        return 0
    total = sum(each.size for each in regions) // PAGE
    enough = bisect_right(
        range(total + 1),
        pages,
        key=lambda number: count(merged(chain(present, lowest(regions, number * PAGE))), root),
    )
    return (enough - 1) * PAGE


def pool(
    regions: Sequence[Extent], ram: Sequence[Extent], vcpus: int, root: Root, pages: int | None = None
) -> Pool:
    """The pool of a domain with this RAM, against its RAM and its regions; devices are not counted.

    It has so many pages, else those of the default.
    """
    memory = sum(each.size for each in ram)
    pages = pool_pages(memory, vcpus) if pages is None else pages
    return Pool(
        memory=memory,
        vcpus=vcpus,
        pages=pages,
        extra=EXTRA,
        extra_backs=backed(regions, (), EXTRA, root),
        extra_most=min(EXTRA * LARGE, sum(each.size for each in regions)),
        ram_tables=count(ram, root),
        left_backs=backed(regions, ram, pages, root),
        missing=max(0, count(merged(chain(ram, regions)), root) - pages),
    )


def superpages(
    size: int,
    regions: Sequence[Extent],
    ram: Sequence[Extent],
    root: Root,
    *,
    ram_is_known: bool,
    most_bytes: int | None = None,
) -> Superpages:
    """What `size` bytes of foreign pages cost. Regions and RAM by address and apart from each other.

    `most_bytes` is how much of `ram` the domain has, somewhere in it; None where it may have all.
    """
    wanted = -(-size // PAGE)
    fits = wanted * PAGE <= sum(each.size for each in regions)
    new = count(lowest(regions, wanted * PAGE), root) if fits else None
    total, large, huge = sum(each.size for each in ram), _whole(ram, LARGE), _whole(ram, _HUGE)
    if most_bytes is not None and most_bytes < total:
        total = most_bytes // PAGE * PAGE
        large, huge = min(large, total // LARGE), min(huge, total // _HUGE)
    loose = (total - large * LARGE) // PAGE
    best, worst = (how(wanted, loose, large, huge) for how in (fewest, most))
    return Superpages(size, new, total, ram_is_known, large, huge, best, worst)


def _whole(ram: Iterable[Extent], unit: int) -> int:
    """Aligned blocks of `unit` bytes that lie in one extent: what can be one entry."""
    return sum(inward(each, unit).size for each in ram) // unit


def fewest(pages: int, loose: int, large: int, huge: int, entries: int = _ENTRIES) -> Shattered | None:
    """The fewest superpages that `pages` pages of RAM shatter; None where there are not so many.

    `loose` pages are mapped one by one already, `large` entries of the next size have `entries` pages each, and `huge` ones
    of the size after it consist of `entries` of the large. Loose pages are taken first, then large entries that are in no
    huge one, then one huge one after the other, each large entry to its last page. p pages touch p / entries large entries
    or more, and n large entries n / entries huge ones or more: neither number can be smaller, and one choice has both.
    """
    if pages > loose + large * entries:
        return None
    hit = -(-max(0, pages - loose) // entries)
    inside = max(0, hit - (large - huge * entries))
    return Shattered(hit, -(-inside // entries))


def most(pages: int, loose: int, large: int, huge: int, entries: int = _ENTRIES) -> Shattered | None:
    """The most superpages that `pages` pages of RAM shatter; None where there are not so many pages.

    Each page can be in another large entry, and the first ones in huge entries of their own, as long as there are any.
    """
    if pages > loose + large * entries:
        return None
    return Shattered(min(pages, large), min(pages, huge))
