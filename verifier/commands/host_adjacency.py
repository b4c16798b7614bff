"""What of a board's address space is wanted: how the regions of each domain lie in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from verifier.commands.host_predicted import Predicted
from verifier.layout.board_report import Neighbourhood
from verifier.layout.host import Host
from verifier.layout.offer import Offer
from verifier.search.adjacency import of_offer
from verifier.xen import p2m_pool
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
            pool = None
            if not offer.hardware and node is not None and node.cpus is not None:
                pool = (node.cpus, p2m_pool.pages(node))
            most = amount(host, node) if offer.hardware else None
            found = of_offer(offer, need=need, pool=pool, amount=most)
            yield Neighbourhood(offer.name, domain.ipa_bits, domain.iommu, found)


def unanswered(predicted: Sequence[Predicted], found: Sequence[Neighbourhood]) -> tuple[str, ...]:
    """Why `--need` has no answer for a domain under an IOMMU setting: of the widest address space."""
    answered = {(each.domain, each.iommu) for each in found}
    offers = sorted((each for one in predicted for each in one.offers), key=lambda each: each.domain.ipa_bits)
    reasons = {(each.name, each.domain.iommu): _reason(each) for each in offers}
    return tuple(
        f"--need has no answer for {name} {'with' if iommu else 'without'} IOMMU: {reason}"
        for (name, iommu), reason in reasons.items()
        if (name, iommu) not in answered
    )


def _reason(offer: Offer) -> str:
    if offer.domain.boots is False:
        return "it is not built"
    if offer.domain.producer is None:
        return "Xen makes no extended regions for it"
    return "its extended regions are open: --dom0-bank and --grant-table, or a log, tell what they depend on"
