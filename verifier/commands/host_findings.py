"""What the specification says of what is predicted of a board, and of what a log has instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from verifier.layout.board_finding import BoardFinding
from verifier.layout.domain_map import Agreement
from verifier.layout.finding import Verdict
from verifier.layout.offer import Offer
from verifier.rules.boards.catalogue import judge
from verifier.xen.host_regions import truncated


def findings(
    offers: Iterable[Offer], agreements: tuple[Agreement, ...] = (), *, any_width: bool = False
) -> tuple[BoardFinding, ...]:
    """Of every domain and setting; the same sentence for several settings is one finding. Raises InternalError.

    Domains whose regions are open are not judged. `any_width`: nobody said how wide the address space is. Then widths at
    which Xen cannot build a domain that it builds at others are those of other machines.
    """
    logged = {each.name: each for each in agreements if each.differences}
    found: list[BoardFinding] = []
    for offer in offers:
        if not offer.is_told:
            continue
        found += judge(offer)
        if offer.name in logged:
            found += judge(_observed(offer, logged[offer.name]))
    return tuple(together(_fitting(found) if any_width else found))


def _fitting(found: list[BoardFinding]) -> Iterator[BoardFinding]:
    built = {(each.domain, iommu) for each in found if each.verdict == "proved" for _, iommu in each.settings}
    for each in found:
        elsewhere = any((each.domain, iommu) in built for _, iommu in each.settings)
        if each.effect == "not built" and elsewhere:
            reason = f"no machine of this width has these devices: {each.message}"
            yield replace(each, verdict=Verdict.NOT_APPLICABLE, message=reason, effect="", witness=None)
        else:
            yield each


def _observed(offer: Offer, agreement: Agreement) -> Offer:
    """The same domain with the regions of the log: whatever stopped Xen, they were handed out."""
    regions = agreement.observed.extended_regions
    grant = agreement.observed.grant_region or offer.domain.grant_region
    written = (*(() if grant is None else (grant,)), *regions)
    domain = replace(
        offer.domain,
        extended_regions=regions,
        grant_region=grant,
        boots=True,
        dropped=(),
        registers=None if grant is None else tuple(truncated(each, offer.cells) for each in written),
    )
    return replace(offer, domain=domain, regions=regions, source="logged")


def together(found: Iterable[BoardFinding]) -> Iterator[BoardFinding]:
    """Findings that say the same of several settings as one, in the order of the first of them."""
    groups: dict[tuple[str, ...], list[BoardFinding]] = {}
    for each in found:
        key = (each.property, str(each.verdict), each.domain, each.source, each.message, *each.details)
        groups.setdefault(key, []).append(each)
    for group in groups.values():
        settings = tuple(dict.fromkeys(setting for each in group for setting in each.settings))
        yield replace(group[0], settings=settings, checked=sum(each.checked for each in group))
