"""permissions-match: dom0 may manage, and has mapped, exactly the pages of its devices."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.obstacle import merged, uncovered
from verifier.layout.offer import DevicePages, Offer
from verifier.layout.remembered import remembered
from verifier.rules.boards.rule import PAGE, BoardRule, Breach, Judged, listed


def _judge(offer: Offer) -> Judged:
    if not offer.devices:
        return Judged(0, silence="Xen gives it no devices of the host by their reg")
    breaches, more = _broken(offer.devices, "dom0" if offer.hardware else offer.name)
    return Judged(3 * len(offer.devices), breaches, more=more)


@remembered
def _broken(devices: tuple[DevicePages, ...], whom: str) -> tuple[tuple[Breach, ...], bool]:
    """The first breaches, and whether there are more: the same for all widths."""
    touched = merged(_touched(device) for device in devices)
    mapped = merged(device.mapped for device in devices)
    permitted = merged(device.permitted for device in devices)
    return listed(
        chain(
            (each for device in devices for each in _lacking(whom, device, mapped, permitted)),
            (each for device in devices for each in _beyond(whom, device, touched)),
        )
    )


def _touched(device: DevicePages) -> Extent:
    """The pages of which the device has a byte."""
    return Extent(device.described.start // PAGE * PAGE, -(-device.described.end // PAGE) * PAGE)


def _lacking(
    whom: str, device: DevicePages, mapped: tuple[Extent, ...], permitted: tuple[Extent, ...]
) -> Iterator[Breach]:
    """Pages of a device that come neither with it nor with another one."""
    for verb, others in (("mapped", mapped), ("permitted", permitted)):
        for part in uncovered(_touched(device), others):
            pages, function = _done(device, verb)
            message = (
                f"{units.size(part.size)} of {device.name} {device.described} are not {verb} to {whom}: {part}; {function} "
                f"takes {pages}"
            )
            yield _breach(message, device, part, verb)


def _beyond(whom: str, device: DevicePages, touched: tuple[Extent, ...]) -> Iterator[Breach]:
    """Pages of no device that come with one."""
    for verb in ("mapped", "permitted"):
        pages, function = _done(device, verb)
        for part in uncovered(pages, touched):
            message = (
                f"{units.size(part.size)} are {verb} to {whom} that none of its devices has: {part}; {function} takes "
                f"{pages} for {device.name} {device.described}"
            )
            yield _breach(message, device, part, verb)


def _done(device: DevicePages, verb: str) -> tuple[Extent, str]:
    """The pages that Xen maps or permits, and its function."""
    if verb == "mapped":
        return device.mapped, "map_range_to_domain"
    return device.permitted, "iomem_permit_access"


def _breach(message: str, device: DevicePages, part: Extent, verb: str) -> Breach:
    pages, function = _done(device, verb)
    return Breach(
        message,
        Witness("address-of-one-only", address=part.start),
        (Party(device.name, device.described, "the device tree"), Party(f"pages {verb}", pages, function)),
        part,
    )


RULE = BoardRule(
    id="permissions-match",
    position=9,
    title="pages granted are pages mapped are pages asked for",
    statement=(
        "For every device that Xen gives to dom0, the pages that dom0 may manage and those that are mapped to it are "
        "exactly the pages "
        "that the `reg` entry touches."
    ),
    why=(
        "A page too few is a device whose last registers fault; a page too many is one of a neighbour, which may be "
        "Xen's or another "
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
    example=(
        "/soc/hdmi@7ef00700 of a Raspberry Pi 4 has 0x400 bytes from 0xfef01f00, which touch two pages; PFN_UP(len) "
        "maps one."
    ),
)
