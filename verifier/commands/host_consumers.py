"""What guest kernels make of the regions of each domain, and what the regions cost in page tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.commands.host_predicted import Predicted
from verifier.layout.board_report import RegionTables
from verifier.layout.host import Host
from verifier.layout.obstacle import merged
from verifier.layout.offer import Offer
from verifier.reading.consumers import consumers
from verifier.search import table_pages
from verifier.xen import p2m_pool
from verifier.xen.consumers import with_uses
from verifier.xen.p2m_root import ROOTS
from verifier.xen.subjects import Given


def consumed(offer: Offer, given: Given, names: tuple[str, ...]) -> Offer:
    """With what all kernels of the domain's bits make of it, and those that are named."""
    return with_uses(offer, consumers(), names, given.bits(offer.name))


def region_tables(host: Host, predicted: Sequence[Predicted]) -> tuple[RegionTables, ...]:
    """Of every domain and setting that is offered regions."""
    offers = (each for one in predicted for each in one.offers)
    return tuple(told for each in offers for told in tables_of(each, _pages(host, each)))


def tables_of(offer: Offer, pool: tuple[int, int] | None) -> Iterator[RegionTables]:
    """Of one domain, if it is offered regions; `pool` is its vCPUs and the pages for its tables, where there is a limit."""
    domain, regions = offer.domain, merged(offer.regions)
    if not regions or domain.boots is False:
        return
    root = ROOTS[domain.ipa_bits]
    pages = table_pages.count(regions, root)
    large = pages - table_pages.blocks(regions, table_pages.LARGE)
    found = None
    if pool is not None and domain.banks is not None:
        found = table_pages.pool(regions, merged(domain.banks), pool[0], root, pool[1])
    yield RegionTables(offer.name, domain.ipa_bits, domain.iommu, pages, large, found)


def _pages(host: Host, offer: Offer) -> tuple[int, int] | None:
    """The hardware domain's tables come from no pool (p2m_alloc_page)."""
    node = next((each for each in host.domains if each.path == offer.domain.path), None)
    if offer.hardware or node is None or node.cpus is None:
        return None
    return node.cpus, p2m_pool.pages(node)
