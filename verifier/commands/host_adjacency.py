"""What of a board's address space is wanted: how the regions of each domain lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.commands.host_predicted import Predicted
from verifier.layout.board_report import Neighbourhood
from verifier.layout.host import Host
from verifier.layout.offer import Offer
from verifier.search.adjacency import of_offer
from verifier.xen.dom0_banks import amount


def neighbourhoods(host: Host, predicted: Sequence[Predicted], need: int) -> tuple[Neighbourhood, ...]:
    """Of every domain and setting whose regions are known; `need` are bytes."""
    return tuple(each for one in predicted for each in _of(host, one.offers, need))


def _of(host: Host, offers: Sequence[Offer], need: int) -> Iterator[Neighbourhood]:
    for offer in offers:
        domain = offer.domain
        if offer.is_told and domain.boots is not False and domain.producer is not None:
            node = next((each for each in host.domains if each.path == domain.path), None)
            # The hardware domain's tables come from no pool (p2m_alloc_page).
            vcpus = None if offer.hardware or node is None else node.cpus
            most = amount(host, node) if offer.hardware else None
            found = of_offer(offer, need=need, vcpus=vcpus, amount=most)
            yield Neighbourhood(offer.name, domain.ipa_bits, domain.iommu, found)
