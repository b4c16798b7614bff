"""minimum-size, of a board: regions hold what they are for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from verifier.layout import units
from verifier.layout.finding import Cite, Witness
from verifier.layout.guest_facts import Need
from verifier.layout.offer import Offer
from verifier.rules.boards.rule import (
    NO_REGIONS,
    PAGE,
    BoardRule,
    Breach,
    Judged,
    grant_doubts,
    grant_party,
    listed,
    obstacle_party,
    region_party,
)
from verifier.rules.extended_regions import LEAST, PROPERTIES


def _judge(offer: Offer) -> Judged:
    count = len(offer.regions) + (offer.domain.grant_region is not None or bool(offer.grant_places))
    needs = () if offer.guest is None else offer.guest.needs
    if not count and not needs:
        return Judged(0, doubts=grant_doubts(offer), silence=NO_REGIONS)
    short = (each for need in needs for each in _short(offer, need))
    breaches, more = listed(chain(_grant(offer), short, _slivers(offer)))
    doubts = (*grant_doubts(offer), *_open(offer), *_missing(offer, needs))
    return Judged(count + len(needs), breaches, doubts, more=more)


def _short(offer: Offer, need: Need) -> Iterator[Breach]:
    """A region of a guest that does not hold what it is for, or that says more than there is."""
    found = [each for each in offer.given if each.path == need.name]
    size = sum(each.extent.size for each in found)
    is_less = size < need.amount
    is_more = need.exact and size > need.amount
    if not found or not (is_less or is_more):
        return  # of one that is nowhere it is not known
    party = obstacle_party(found[0])
    relation = "less" if is_less else "more"
    yield Breach(
        f"{need.name} of {offer.name} {found[0].extent} has {units.size(size)}, {units.size(abs(size - need.amount))} "
        f"{relation} than {need.reason} ({need.source})",
        Witness("too-small" if is_less else "other-size", found=size, needed=need.amount),
        (party,),
    )


def _missing(offer: Offer, needs: tuple[Need, ...]) -> Iterator[str]:
    """Needs that nothing which the guest is given is for."""
    given = {each.path for each in offer.given}
    for need in needs:
        if need.name not in given:
            yield f"where {need.name} of {offer.name} lies is not known: it has to hold {need.reason} ({need.source})"


def _slivers(offer: Offer) -> Iterator[Breach]:
    for index, region in enumerate(offer.regions):
        if region.size < LEAST:
            yield Breach(
                f"{offer.called(index)} {region} has {units.size(region.size)}, {units.size(LEAST - region.size)} "
                "less than the "
                f"{units.size(LEAST)} that a region has at least",
                Witness("too-small", found=region.size, needed=LEAST),
                (region_party(offer, index),),
            )


def _open(offer: Offer) -> Iterator[str]:
    """The grant region has min(frames, pages of Xen's text), so it holds all frames if the text has as many pages."""
    if offer.grant_places and offer.grant_frames > offer.text_pages:
        yield (
            f"{offer.grant_frames} grant frames need {units.size(offer.grant_frames * PAGE)} of Xen's text, which is "
            "known to have "
            f"{units.size(offer.text_pages * PAGE)}; --grant-table or a log tells how large the grant region is"
        )


def _grant(offer: Offer) -> Iterator[Breach]:
    """An empty one is that of a Xen without grant tables."""
    region = offer.domain.grant_region
    needed = offer.grant_frames * PAGE
    if region is None or not region.size or region.size >= needed:
        return
    frames = f"{offer.grant_frames} grant frames"
    option = "gnttab_max_frames" if offer.guest is None else "max_grant_frames"
    helps = [f"{region.size // PAGE} frames fit: {option}={region.size // PAGE}"]
    if offer.hardware:
        helps.append("dom0's is a piece of Xen's own text, as large as the text at most (find_gnttab_region)")
    yield Breach(
        f"the grant region of {offer.name} {region} has {units.size(region.size)}; its {frames} need {units.size(needed)}, "
        f"{units.size(needed - region.size)} more",
        Witness("too-small", found=region.size, needed=needed),
        (grant_party(offer, region),),
        help=tuple(helps),
    )


RULE = BoardRule(
    id="minimum-size",
    position=5,
    title="regions hold what they are for",
    statement=(
        "Every extended region has 64 MiB or more, and the grant region holds as many frames as the domain's grant "
        "table may have."
    ),
    why=(
        "Smaller regions are slivers that no guest can plug as memory. Where the grant region is short, the guest "
        "maps the frames "
        "that do not fit onto whatever lies behind it."
    ),
    effect="unsound",
    cites=(
        *PROPERTIES["minimum-size"].cites,
        Cite(
            "docs/misc/arm/device-tree/guest.txt", "region 0 holds the whole grant table (gnttab_max_frames)"
        ),
        Cite("xen/arch/arm/domain_build.c", "find_gnttab_region (7e02c88160)"),
    ),
    judge=_judge,
    example=(
        "gnttab_max_frames=1024 with Xen 4.17: dom0's grant region is Xen's text, 0x74000 bytes, and 1024 frames need "
        "0x400000 (booted)."
    ),
)
