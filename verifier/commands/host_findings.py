"""What the specification says of what is predicted of a board, and of what a log has instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from verifier.commands.host_consumers import consumed
from verifier.commands.host_predicted import Predicted
from verifier.commands.host_widths import Widths
from verifier.layout.board_finding import BoardFinding, Placement
from verifier.layout.domain_map import Agreement, Observed
from verifier.layout.finding import Verdict
from verifier.layout.host import Host
from verifier.layout.obstacle import BoardMap
from verifier.layout.offer import Offer
from verifier.rules.boards.catalogue import judge, judged_by
from verifier.rules.boards.consumer_usable import RULE as CONSUMER_USABLE
from verifier.xen.free_ram import ram_of
from verifier.xen.host_regions import truncated
from verifier.xen.release import Xen
from verifier.xen.subjects import Given, subjects

MOST_MENDED = 4096
"""Entries of a tree for which repairs are looked for: each one that is tried is a prediction of the whole board."""


def findings(
    host: Host,
    xen: Xen,
    board: BoardMap,
    predicted: Sequence[Predicted],
    agreements: tuple[Agreement, ...] = (),
    uncompared: Mapping[str, Observed] | None = None,
    *,
    any_width: bool = False,
) -> tuple[BoardFinding, ...]:
    """Of every domain and setting; the same sentence for several settings is one finding. Raises InternalError.

    `uncompared` is what a log says of domains that are open: it is judged by itself. `any_width`: nobody said how wide the
    address space is, and some widths are those of other machines.
    """
    logged = {each.name: each.observed for each in agreements if each.differences} | dict(uncompared or {})
    widths = Widths.of(host, predicted) if any_width else None
    told: list[BoardFinding] = []
    for each in predicted:
        found: list[BoardFinding] = []
        for offer in each.offers:
            found += judge(offer) if offer.is_told else judged_by(CONSUMER_USABLE, offer)
            if offer.name in logged:
                found += judge(_observed(offer, logged[offer.name], each.given))
        found = [*_in_order(_with_places(found, host, xen, board, each), each)]
        told += found if widths is None else map(widths.judged(each.given), found)
    return tuple(together(told))


def with_repairs(
    found: tuple[BoardFinding, ...],
    host: Host,
    xen: Xen,
    board: BoardMap,
    predicted: Sequence[Predicted],
    *,
    whole: bool,
) -> tuple[BoardFinding, ...]:
    """With what would repair it, of the largest refutation of each property of a domain.

    `whole`: guests are judged by their whole maps.
    """
    from verifier.search.board_repair import Case, Repairs, placed

    settings = {
        (each.name, each.ipa_bits, each.iommu): one.given for one in predicted for each in one.maps
    }  # a guest without IOMMU is found under a host that has one
    largest: dict[tuple[str, str], BoardFinding] = {}
    for each in found:
        if each.verdict != Verdict.REFUTED or each.source == "logged" or each.property == CONSUMER_USABLE.id:
            continue
        known = largest.get((each.domain, each.property))
        if known is None or _size(known) < _size(each):
            largest[each.domain, each.property] = each
    cases: dict[tuple[int, Placement | None], tuple[Case, list[BoardFinding]]] = {}
    for each in largest.values():
        given = settings[each.domain, *each.settings[-1]]
        case = placed(Case(host, xen, given, board, whole), each.placement)
        cases.setdefault((id(given), each.placement), (case, []))[1].append(each)
    repairs = [Repairs(case, tuple(same)) for case, same in cases.values()]
    helps = {id(each): one.of(each) for one in repairs for each in one.findings}
    return tuple(replace(each, help=(*each.help, *helps.get(id(each), ()))) for each in found)


def unmended(found: Iterable[BoardFinding], board: Host) -> Iterator[str]:
    """A sentence where repairs are not looked for."""
    if board.places > MOST_MENDED and any(each.verdict == Verdict.REFUTED for each in found):
        yield f"the tree has {board.places} entries: what would repair it is looked for up to {MOST_MENDED}"


def unlisted(found: Iterable[BoardFinding]) -> Iterator[str]:
    """A sentence for each property of a domain that fails in more places than are told."""
    listed: dict[tuple[str, str], Counter[object]] = {}
    for each in found:
        if each.more:
            counts = listed.setdefault((each.domain, each.property), Counter())
            counts.update((each.source, setting) for setting in each.settings)
    for (domain, name), counts in listed.items():
        yield (
            f"{name} of {domain} fails in more places than are listed: {max(counts.values())} of one width and IOMMU "
            "setting are, and the others are not counted"
        )


def _size(finding: BoardFinding) -> int:
    return 0 if finding.overlap is None else finding.overlap.size


def _with_places(
    found: list[BoardFinding], host: Host, xen: Xen, board: BoardMap, predicted: Predicted
) -> list[BoardFinding]:
    """With what the place of dom0's memory, or of Xen's text, does to a domain of which it is open."""
    given = predicted.given
    if not ram_of(host, given):
        return found
    offers = {each.name: each for each in predicted.offers}
    for subject in subjects(host, xen, given):
        offer = offers.get(subject.name)
        if offer is None or offer.domain.boots is False or not (subject.hardware and subject.direct_mapped):
            continue
        from verifier.commands import host_placements  # with it comes the solver

        if offer.domain.extended_regions is None:
            if subject.passthrough is not None:
                found = [*found, *host_placements.judged(host, xen, given, board, subject, offer.domain)]
        elif subject.banks is None:
            changed = host_placements.building(host, xen, given, board, offer)
            found = [each for each in found if not (changed and _is_same(each, changed[0]))] + [*changed]
    return found


def _in_order(found: Iterable[BoardFinding], predicted: Predicted) -> Iterator[BoardFinding]:
    """Domains are built one after the other: of those behind one that may stop Xen it is open whether they are."""
    names = [each.name for each in predicted.maps]
    judged = tuple(found)
    built = [each for each in judged if each.property == "built" and each.source == "predicted"]
    doubted = [names.index(each.domain) for each in built if each.verdict != Verdict.PROVED]
    first = min(doubted, default=len(names))
    for each in judged:
        if each in built and each.verdict == Verdict.PROVED and names.index(each.domain) > first:
            message = f"whether Xen gets so far is open: it may stop at {names[first]}"
            yield replace(each, verdict=Verdict.UNKNOWN, message=message, details=())
        else:
            yield each


def _is_same(one: BoardFinding, other: BoardFinding) -> bool:
    """Whether two findings are of one property of a domain under one setting, as predicted."""
    return (one.property, one.domain, one.settings, one.source) == (
        other.property, other.domain, other.settings, other.source,
    )  # fmt: skip


def _observed(offer: Offer, logged: Observed, given: Given) -> Offer:
    """The same domain with the regions of the log: whatever stopped Xen, they were handed out."""
    regions = logged.extended_regions
    grant = logged.grant_region or offer.domain.grant_region
    written = (*(() if grant is None else (grant,)), *regions)
    domain = replace(
        offer.domain,
        extended_regions=regions,
        grant_region=grant,
        boots=True,
        dropped=(),
        registers=None if grant is None else tuple(truncated(each, offer.cells) for each in written),
    )
    seen = replace(offer, domain=domain, regions=regions, source="logged")
    names = tuple(each.consumer.name for each in offer.uses if each.named)
    return consumed(seen, given, names)


def together(found: Iterable[BoardFinding]) -> Iterator[BoardFinding]:
    """Findings that say the same of several settings as one, in the order of the first of them."""
    groups: dict[tuple[str, ...], list[BoardFinding]] = {}
    for each in found:
        key = (
            each.property,
            str(each.verdict),
            each.domain,
            each.source,
            each.message,
            *each.details,
            str(each.memory),
        )
        groups.setdefault(key, []).append(each)
    for group in groups.values():
        settings = tuple(dict.fromkeys(setting for each in group for setting in each.settings))
        yield replace(
            group[0],
            settings=settings,
            checked=sum(each.checked for each in group),
            more=any(each.more for each in group),
        )
