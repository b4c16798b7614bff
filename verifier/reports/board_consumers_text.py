"""What guest kernels make of the regions of each domain, and what these cost, as text: a short table a domain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.layout import units
from verifier.layout.board_report import BoardReport, RegionTables
from verifier.layout.consumer import Use
from verifier.layout.offer import Offer
from verifier.layout.units import listing, plural

_PAGE = 1 << 12


def lines(report: BoardReport, *, verbose: bool) -> Iterator[str]:
    """Of each domain and IOMMU setting the widest address space, which has all that others have.

    `verbose` tells what is usable of each region.
    """
    tables = {(each.domain, each.ipa_bits, each.iommu): each for each in report.tables}
    for offer in _widest([each for each in report.offers if each.domain.boots is not False]):
        domain = offer.domain
        used = [each for each in offer.uses if each.consumer.takes is not None]
        idle = [each.consumer.name for each in offer.uses if each.consumer.takes is None]
        answered = [each for each in used if verbose or each.verdict != "not-applicable"]
        if not (answered if used else idle and offer.regions):
            continue
        yield ""
        iommu = "with" if domain.iommu else "without"
        yield f"consumers of the regions of {offer.name}, {domain.ipa_bits} ipa bits, {iommu} IOMMU:"
        yield from (f"  {line}" for line in _rows(used, verbose=verbose))
        if idle:
            yield f"  {'' if used else 'none: they are '}not taken by {listing(idle)}"
        cost = tables.get((offer.name, domain.ipa_bits, domain.iommu))
        if cost is not None:
            yield from (f"  {line}" for line in _tables(cost))


def _widest(offers: Sequence[Offer]) -> Iterator[Offer]:
    best: dict[tuple[str, bool], Offer] = {}
    for each in offers:
        key = (each.name, each.domain.iommu)
        if key not in best or best[key].domain.ipa_bits < each.domain.ipa_bits:
            best[key] = each
    yield from best.values()


def _rows(uses: Sequence[Use], *, verbose: bool) -> Iterator[str]:
    """Kernels with the same answer in one row."""
    answers: dict[tuple[str, ...], list[str]] = {}
    for each in uses:
        answers.setdefault(tuple(_answer(each, verbose=verbose)), []).append(each.consumer.name)
    for (first, *more), names in answers.items():
        yield f"{listing(names)}: {first}"
        yield from (f"  {line}" for line in more)


def _answer(use: Use, *, verbose: bool) -> Iterator[str]:
    if use.verdict == "not-applicable" or use.usable is None:
        yield f"{'open: ' if use.usable is None else ''}{use.reason}"
        return
    count = len(use.read)
    without = f"in {use.empty} of {count} {plural(count, 'region')}" if use.empty else ""
    if use.usable and use.at_least:
        total = units.size(sum(each.size for each in use.read))
        none = f", nothing certain {without}" if without else ""
        yield f"{units.size(use.usable)} or more of {total} can be used{none}"
    elif use.usable:
        lost = f", {units.size(use.lost)} can not" if use.lost else ""
        yield f"{units.size(use.usable)} can be used{lost}{f', none {without}' if without else ''}"
    else:
        yield f"none of {count} {plural(count, 'region')} can be used: {use.reason}"
    if verbose:
        for region, part in zip(use.read, use.parts, strict=True):
            yield f"of {region} {units.size(region.size)}: {units.size(part) if part else 'none'}"


def _tables(found: RegionTables) -> Iterator[str]:
    yield (
        f"page tables for all regions: {_pages(found.pages)} in pages of 4 KiB, {_pages(found.large)} in superpages of 2 MiB"
    )
    if found.pool is not None:
        pool = found.pool
        yield (
            f"P2M pool: {_pages(pool.pages)}; with its RAM in pages of 4 KiB, {_pages(pool.ram_tables)}, what is left maps "
            f"{units.size(pool.left_backs)} of the regions"
        )


def _pages(count: int) -> str:
    return f"{count} {plural(count, 'page')} ({units.size(count * _PAGE)})" if count else "no page"
