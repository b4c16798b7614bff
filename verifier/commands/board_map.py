"""The map of one domain on a board, put together from what is predicted of it and what the specification says."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.commands.host_inputs import Asked
from verifier.commands.host_report import host
from verifier.layout.board_picture import BoardDrawing, Drawn, Scene, board_picture
from verifier.layout.board_report import BoardReport
from verifier.layout.errors import InputError
from verifier.layout.obstacle import Obstacle
from verifier.layout.offer import Offer
from verifier.layout.units import listing
from verifier.rules.boards.facts import obstacles

_OPEN_GRANT = "less what the grant region touches, wherever it lies"


def draw(asked: Asked, *, folded: bool = True) -> BoardDrawing:
    """One domain under one width and IOMMU setting: of those asked for, else as `chosen_of` says. Raises InputError."""
    report, offer = reported(asked)
    return drawing(asked, report, offer, folded=folded)


def reported(asked: Asked) -> tuple[BoardReport, Offer]:
    """The report, and what of it is drawn. Raises InputError."""
    report = host(asked)
    if not report.offers:
        raise InputError("no domain is built from this device tree", report.file)
    name = report.offers[0].name
    return report, chosen_of(asked, [each for each in report.offers if each.name == name])


def drawing(asked: Asked, report: BoardReport, offer: Offer, *, folded: bool = True) -> BoardDrawing:
    """What of a report is drawn."""
    others = list(dict.fromkeys(each.name for each in report.offers if each.name != offer.name))
    return BoardDrawing(
        report.file,
        report.release,
        report.build,
        offer.domain,
        board_picture(scene(report, offer), folded=folded),
        (*_choices(asked, report, offer, others), *doubts(report, offer)),
        tuple(undrawn(offer)),
    )


def chosen_of(asked: Asked, found: list[Offer]) -> Offer:
    """Of the widths the first given, else as `widest` has it."""
    if asked.ipa_bits:
        found = [each for each in found if each.domain.ipa_bits == asked.ipa_bits[0]]
    return widest(found)


def widest(found: list[Offer]) -> Offer:
    """With IOMMU, where nobody tells; of widths the widest at which Xen builds the domain, or may."""
    return max(
        found, key=lambda each: (each.domain.iommu, each.domain.boots is not False, each.domain.ipa_bits)
    )


def _choices(asked: Asked, report: BoardReport, offer: Offer, others: list[str]) -> Iterator[str]:
    """What else could have been drawn."""
    mine = [each.domain for each in report.offers if each.name == offer.name]
    widths = sorted({each.ipa_bits for each in mine})
    if len(widths) > 1:
        chosen = "the first given" if asked.ipa_bits else _widest(offer)
        yield f"{chosen} of {listing([str(each) for each in widths])} ipa bits (--ipa-bits N: another)"
    if any(each.iommu != offer.domain.iommu for each in mine):
        yield "with IOMMU, for nobody says whether there is one (--no-iommu: without)"
    if others:
        yield f"the first of {1 + len(others)} domains (--domain: {listing(others, 'or')})"


def _widest(offer: Offer) -> str:
    return "the widest" if offer.domain.boots is False else "the widest that Xen can build it with"


def doubts(report: BoardReport, offer: Offer) -> Iterator[str]:
    """Why it may not be as it is drawn, and the notes of the report."""
    if offer.domain.boots is False:
        yield "Xen does not build this domain"
    elif offer.domain.extended_regions is None and offer.domain.open_grant is not None:
        yield "extended regions are drawn as they were without the grant region, whose place is open"
    elif offer.domain.extended_regions is None and not offer.domain.sizes:
        yield "no extended region is drawn: they are open"
    yield from offer.domain.reasons
    yield from (f"note: {each}" for each in report.notes)


def scene(report: BoardReport, offer: Offer) -> Scene:
    """What there is to draw of one domain under one width and IOMMU setting."""
    setting = (offer.domain.ipa_bits, offer.domain.iommu)
    lost = [
        each.overlap
        for each in report.findings
        if (each.property, each.domain, each.source) == ("complete", offer.name, "predicted")
        and setting in each.settings
    ]
    return Scene(
        offer.domain.ipa_bits,
        tuple(_regions(report, offer)),
        obstacles(offer),
        tuple(_grounds(offer)),
        _inside(offer),
        tuple(each for each in lost if each is not None),
        offer.domain.dropped,
    )


def _inside(offer: Offer) -> str:
    if not offer.host_layout:
        return "window"
    return "" if offer.domain.iommu else "memory"


def _regions(report: BoardReport, offer: Offer) -> Iterator[Drawn]:
    """Those predicted, and those of a log where they are others."""
    differences = [
        each
        for agreement in report.agreements
        for each in agreement.differences
        if agreement.name == offer.name
    ]
    differing = {each.index for each in differences}
    open_ones = offer.domain.open_grant.whole if offer.domain.open_grant is not None else ()
    for index, each in enumerate(offer.regions):
        yield Drawn(f"extended region {index}{' as predicted' if index in differing else ''}", each)
    if offer.domain.extended_regions is None:
        yield from (
            Drawn(f"extended region {index}", each, doubt=_OPEN_GRANT) for index, each in enumerate(open_ones)
        )
    for difference in differences:
        if difference.observed is not None:
            yield Drawn(f"extended region {difference.index} of the log", difference.observed, is_logged=True)


def _grounds(offer: Offer) -> Iterator[Obstacle]:
    """Where regions may lie, if not everywhere, and what need not be offered."""
    yield from (Obstacle(each.extent, "window", each.name, "") for each in offer.windows)
    if _inside(offer) == "memory":
        nodes = {each.extent: each for each in offer.board.of_kind("memory")}
        for extent in offer.ram:
            yield nodes.get(extent) or Obstacle(extent, "memory", "RAM", f"of {offer.ram_origin}")
    yield from offer.excused


def undrawn(offer: Offer) -> Iterator[str]:
    """What has no place, and why."""
    domain = offer.domain
    if domain.banks is None and not domain.sizes:
        yield f"the RAM of {domain.name}, which is not known (--dom0-bank or a log tells it)"
    if domain.grant_region is None and offer.hardware:
        yield f"the grant region of {domain.name}, which is not known (--grant-table or a log tells it)"
    for each in domain.regions:
        if each.extent is None:
            yield f"{each.name}, whose place is not known: {each.origin}"
    if offer.host_layout:
        yield from map(str, offer.board.unplaced)
        yield from (f"{each}, which is empty" for each in offer.board.obstacles if each.extent.size <= 0)
