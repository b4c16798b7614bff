"""What guest kernels make of the regions of each domain, and what the regions cost in page tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.commands.host_predicted import Predicted
from verifier.layout.adjacency import Pool
from verifier.layout.board_report import RegionTables
from verifier.layout.host import Host
from verifier.layout.obstacle import merged
from verifier.layout.offer import Offer
from verifier.reading.consumers import consumers
from verifier.search import table_pages
from verifier.xen import p2m_pool
from verifier.xen.consumers import with_uses
from verifier.xen.p2m_root import ROOTS, Root
from verifier.xen.subjects import Given


def consumed(offer: Offer, given: Given, names: tuple[str, ...]) -> Offer:
    """With what all kernels of the domain's bits make of it, and those that are named."""
    return with_uses(offer, consumers(), names, given.bits(offer.name))


def region_tables(host: Host, predicted: Sequence[Predicted]) -> tuple[RegionTables, ...]:
    """Of every domain and setting that is offered regions."""
    return tuple(each for one in predicted for each in _of(host, one.offers))


def _of(host: Host, offers: Sequence[Offer]) -> Iterator[RegionTables]:
    for offer in offers:
        domain, regions = offer.domain, merged(offer.regions)
        if regions and domain.boots is not False:
            root = ROOTS[domain.ipa_bits]
            pages = table_pages.count(regions, root)
            large = pages - table_pages.blocks(regions, table_pages.LARGE)
            yield RegionTables(
                offer.name, domain.ipa_bits, domain.iommu, pages, large, _pool(host, offer, root)
            )


def _pool(host: Host, offer: Offer, root: Root) -> Pool | None:
    """The hardware domain's tables come from no pool (p2m_alloc_page)."""
    node = next((each for each in host.domains if each.path == offer.domain.path), None)
    if offer.hardware or node is None or node.cpus is None or offer.domain.banks is None:
        return None
    ram = merged(offer.domain.banks)
    return table_pages.pool(merged(offer.regions), ram, node.cpus, root, p2m_pool.pages(node))
