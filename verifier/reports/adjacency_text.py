"""Adjacency as text: what a wanted size takes, what cuts the space, and what regions cost in page tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from verifier.layout import units
from verifier.layout.adjacency import Adjacency, Consumer, Join, Need, Pool, Shattered, Superpages, Tables
from verifier.layout.domain_map import Extent
from verifier.layout.units import listing, plural

_MOST_CUTS = 5
_PAGE = 1 << 12


def lines(found: Adjacency, *, verbose: bool = False) -> Iterator[str]:
    """The answer, one statement a line; `verbose` has every node that cuts the space, and every region's sections."""
    if found.need is not None:
        yield from _need(found.need, len(found.offered), found.ipa_bits)
    yield _largest(found)
    yield from _lost(found)
    yield from _cuts(found, verbose=verbose)
    yield from _consumers(found, verbose=verbose)
    yield from _tables(found.tables)
    yield from _pool(found.pool, _total(found.offered))
    yield from _superpages(found.superpages)


def _total(extents: Iterable[Extent]) -> int:
    return sum(each.size for each in extents)


def _need(need: Need, offered: int, ipa_bits: int) -> Iterator[str]:
    wanted, total, count = units.size(need.size), units.size(_total(need.regions)), len(need.regions)
    if need.size > 1 << ipa_bits:
        yield f"{wanted} cannot be had: the address space of {ipa_bits} ipa bits has {units.size(1 << ipa_bits)} in all"
        return
    if need.missing:
        what = "the one region on offer has" if count == 1 else f"the {count} regions on offer together have"
        have = f"{what} {total}" if count else "nothing is on offer"
        yield f"{wanted} cannot be had: {have}, {units.size(need.missing)} too little"
    elif count == 1:
        yield f"{wanted} need 1 region: {need.regions[0]} has {total}"
    else:
        yield f"{wanted} need {count} regions of {offered}: together they have {total}, {units.size(need.left)} more"
        yield from (f"  {each} {units.size(each.size)}" for each in need.regions)
    if need.missing or count > 1:
        yield f"  {_cleared(need)}"


def _cleared(need: Need) -> str:
    if need.cleared is None:
        return "in one stretch: nowhere, whatever node is moved; RAM stays where it is"
    extent, paths = need.cleared.extent, need.cleared.paths
    if not paths:
        return f"{extent} is free and has this size in one, but is not on offer in one"
    some = listing(
        list(paths[:_MOST_CUTS]) + ([f"{len(paths) - _MOST_CUTS} more"] if len(paths) > _MOST_CUTS else [])
    )
    return f"in one stretch: {extent}, without {len(paths)} {plural(len(paths), 'node')} at least: {some}"


def _largest(found: Adjacency) -> str:
    if found.largest is None:
        return "largest stretch: none is on offer"
    count = len(found.offered)
    return (
        f"largest stretch: {found.largest} {units.size(found.largest.size)}, of {units.size(_total(found.offered))} "
        f"on offer in {count} {plural(count, 'region')}"
    )


def _lost(found: Adjacency) -> Iterator[str]:
    small = sum(each.qualifies is None for each in found.holes)
    parts = []
    if small:
        parts.append(f"{units.size(found.minimum)} in {small} {plural(small, 'hole')} too small for a region")
    if found.rounding:
        parts.append(f"{units.size(found.rounding)} beside multiples of 2 MiB")
    if parts:
        yield f"free and of no use: {listing(parts)}"
    for each in found.holes:
        inside = _total(each.offered)
        if each.qualifies is not None and inside < each.qualifies.size:
            yield f"free and not on offer: {units.size(each.qualifies.size - inside)} of {each.qualifies}"


def _cuts(found: Adjacency, *, verbose: bool) -> Iterator[str]:
    every = found.joins if found.need is None or len(found.need.regions) == 1 else found.need.cuts
    cuts = every if verbose else tuple(each for each in every if not each.fixed)
    yield f"what cuts the space{', one node at a time:' if cuts else ': no node by itself'}"
    shown = cuts if verbose else cuts[:_MOST_CUTS]
    for join in shown:
        yield from (f"  {line}" for line in _join(join))
    if len(shown) < len(cuts):
        more = len(cuts) - len(shown)
        yield f"  {more} more {plural(more, 'node')} (-v: all)"
    for each in found.barriers if verbose else ():
        if each.paths is None:
            yield f"  between {each.below} and {each.above}: {units.size(each.size)}, not all of it is for regions"
        elif len(each.paths) > 1:
            count = len(each.paths)
            yield f"  between {each.below} and {each.above}: {count} nodes in {units.size(each.size)}, no single one"


def _join(join: Join) -> Iterator[str]:
    more = f"{units.size(join.gain)} more could be on offer{', but RAM stays' if join.fixed else ''}"
    if len(join.entries) == 1:
        entry = join.entries[0]
        yield f"{entry} {units.size(entry.extent.size)}: without it {more}"
    else:
        yield f"{join.path}, {len(join.entries)} entries: without it {more}"
    for whole, parts in join.joined:
        if not parts:
            yield f"  {whole} {units.size(whole.size)} would be new"
        else:
            what = listing([str(each) for each in parts])
            yield f"  {what} would be {'one, ' if len(parts) > 1 else ''}{whole} {units.size(whole.size)}"


def _consumers(found: Adjacency, *, verbose: bool) -> Iterator[str]:
    for each in found.consumers if found.offered else ():
        count = sum(part is None for part in each.usable)
        none = (
            f"; none in {count} of {len(each.usable)} {plural(len(each.usable), 'region')}" if count else ""
        )
        lost = units.size(each.lost) if each.lost else "nothing"
        yield f"in sections of {units.size(each.section)} ({each.name}): {lost} of what is on offer is lost{none}"
        if verbose:
            yield from _sections(found.offered, each)


def _sections(offered: Sequence[Extent], consumer: Consumer) -> Iterator[str]:
    for region, part in zip(offered, consumer.usable, strict=True):
        if part != region:
            yield f"  {region}: {'nothing' if part is None else f'{part} {units.size(part.size)}'}"


def _tables(tables: Tables) -> Iterator[str]:
    each_level = [f"{each.tables} of level {each.level}" for each in tables.levels]
    shared = sum(each.shared for each in tables.levels)
    root = f"{tables.root_tables} {plural(tables.root_tables, 'table')} of level {tables.root_level}"
    yield f"page tables: {_pages(tables.pages)} for all that is on offer in 4 KiB pages: {listing(each_level)}"
    yield f"  the root, {root}, is there; so may be {shared} of these, for what lies near"


def _pages(count: int) -> str:
    return f"{count} {plural(count, 'page')} ({units.size(count * _PAGE)})" if count else "0 pages"


def _pool(pool: Pool | None, offered: int) -> Iterator[str]:
    if pool is None:
        yield "P2M pool: none, tables come out of Xen's heap without a limit (hardware domain)"
        return
    sizes = f"{pool.vcpus} {plural(pool.vcpus, 'vCPU')} and {units.size(pool.memory)} of RAM"
    yield (
        f"P2M pool: {_pages(pool.pages)} for {sizes}; the {pool.extra} meant for regions map "
        f"{units.size(pool.extra_backs)} of {units.size(offered)} in 4 KiB pages, {units.size(pool.extra_most)} at most"
    )
    left = units.size(pool.left_backs)
    yield f"  RAM in 4 KiB pages takes {_pages(pool.ram_tables)}; what is left maps {left} of the regions"
    if pool.missing:
        wanted = -(-(pool.pages + pool.missing) * _PAGE >> 20)
        yield (
            f"  for all of it {_pages(pool.missing)} are missing: shadow_memory or xen,domain-p2m-mem-mb of {wanted} MiB or "
            "more, devices not counted"
        )


def _superpages(found: Superpages) -> Iterator[str]:
    yield f"superpages, for {units.size(found.size)} of grant and foreign pages:"
    if found.tables is None:
        yield "  in the regions: they have too little"
    else:
        yield (
            f"  in the regions: {found.tables} new {plural(found.tables, 'table')}, and no superpage of the RAM is touched"
        )
    whose = "it has" if found.ram_is_known else "it has at most"
    yield "  in RAM given up for them (Linux since 4.7, without regions):"
    yield (
        f"    {whose} {units.size(found.ram)}, in up to {found.large} superpages of 2 MiB and {found.huge} of 1 GiB"
    )
    if found.best is None or found.worst is None:
        yield "    that is not enough"
        return
    yield f"    side by side: {_shattered(found.best)}"
    yield f"    scattered: {_shattered(found.worst)}"


def _shattered(found: Shattered) -> str:
    if not found.tables:
        return "no superpage is shattered"
    huge = f" and {found.huge} of 1 GiB" if found.huge else ""
    return (
        f"{found.large} {plural(found.large, 'superpage')} of 2 MiB{huge} shattered, "
        f"{found.tables} new {plural(found.tables, 'table')}"
    )
