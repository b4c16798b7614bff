"""permissions-match: dom0 may manage, and has mapped, exactly the pages of its devices."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.obstacle import gaps
from verifier.layout.offer import DevicePages, Offer
from verifier.rules.boards.facts import PAGE
from verifier.rules.boards.rule import BoardRule, Breach, Judged


def _judge(offer: Offer) -> Judged:
    if not offer.devices:
        return Judged(0, silence="Xen gives it no devices of the host by their reg")
    breaches = [each for device in offer.devices for each in _of(device)]
    return Judged(2 * len(offer.devices), tuple(breaches))


def _of(device: DevicePages) -> Iterator[Breach]:
    asked = Extent(device.described.start // PAGE * PAGE, -(-device.described.end // PAGE) * PAGE)
    if not device.described.size:
        asked = Extent(asked.start, asked.start)
    for verb, pages, function in (
        ("mapped", device.mapped, "map_range_to_domain"),
        ("permitted", device.permitted, "iomem_permit_access"),
    ):
        for word, parts in (
            (f"is not {verb}", gaps((asked,), (pages,))),
            (f"is {verb} and not asked for", gaps((pages,), (asked,))),
        ):
            for part in parts:
                yield Breach(
                    f"{units.size(part.size)} of {device.name} {device.described} {word}: {part}; its pages are {asked}, those "
                    f"{verb} {pages} ({function})",
                    Witness("address-of-one-only", address=part.start),
                    (
                        Party(device.name, device.described, "the device tree"),
                        Party(f"pages {verb}", pages, function),
                    ),
                    part,
                )


RULE = BoardRule(
    id="permissions-match",
    position=9,
    title="pages granted are pages mapped are pages asked for",
    statement=(
        "For every device that Xen gives to dom0, the pages that dom0 may manage and those that are mapped to it are exactly the pages "
        "that the `reg` entry touches."
    ),
    why=(
        "A page too few is a device whose last registers fault; a page too many is one of a neighbour, which may be Xen's or another "
        "domain's."
    ),
    effect="unsound",
    cites=(
        Cite(
            "xen/arch/arm/device.c",
            "map_range_to_domain (33233c2758); iomem_permit_access before and after 9568ceb287",
        ),
    ),
    judge=_judge,
    example=(),
)
