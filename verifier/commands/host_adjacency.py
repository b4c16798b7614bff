"""What of a board's address space is wanted: how the regions of each domain lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.commands.host_predicted import Predicted
from verifier.layout.board_report import Neighbourhood
from verifier.layout.host import Host
from verifier.layout.offer import Offer
from verifier.search.adjacency import of_offer


def neighbourhoods(host: Host, predicted: Sequence[Predicted], need: int) -> tuple[Neighbourhood, ...]:
    """Of every domain and setting whose regions are known; `need` are bytes."""
    return tuple(each for one in predicted for each in _of(host, one.offers, need))


def _of(host: Host, offers: Sequence[Offer], need: int) -> Iterator[Neighbourhood]:
    for offer in offers:
        domain = offer.domain
        if offer.is_told and domain.boots is not False and domain.producer is not None:
            found = of_offer(offer, need=need, vcpus=_vcpus(host, offer))
            yield Neighbourhood(offer.name, domain.ipa_bits, domain.iommu, found)


def _vcpus(host: Host, offer: Offer) -> int | None:
    """Of a domain whose page tables come from a pool; the hardware domain's do not (p2m_alloc_page)."""
    if offer.hardware:
        return None
    return next((each.cpus for each in host.domains if each.path == offer.domain.path), None)
