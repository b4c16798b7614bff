"""permissions-match: dom0 may manage, and has mapped, exactly the pages of its devices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.obstacle import merged, uncovered
from verifier.layout.offer import DevicePages, Offer
from verifier.layout.remembered import remembered
from verifier.rules.boards.rule import MOST, PAGE, BoardRule, Breach, Judged


def _judge(offer: Offer) -> Judged:
    if not offer.devices:
        return Judged(0, silence="Xen gives it no devices of the host by their reg")
    breaches, more = _broken(offer.devices, "dom0" if offer.hardware else offer.name)
    return Judged(3 * len(offer.devices), breaches, more=more)


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Pages of a device that do not come with it, or pages that come with it and are those of none."""

    device: DevicePages
    verb: str
    """`mapped` or `permitted`."""
    part: Extent
    is_beyond: bool
    """They are those of no device."""

    def breach(self, whom: str) -> Breach:
        """In words and numbers."""
        device, part = self.device, self.part
        pages, function = _done(device, self.verb)
        message = (
            f"{units.size(part.size)} are {self.verb} to {whom} that none of its devices has: {part}; {function} takes "
            f"{pages} for {device.name} {device.described}"
            if self.is_beyond
            else f"{units.size(part.size)} of {device.name} {device.described} are not {self.verb} to {whom}: {part}; "
            f"{function} takes {pages}"
        )
        return Breach(
            message,
            Witness("address-of-one-only", address=part.start),
            (
                Party(device.name, device.described, "the device tree"),
                Party(f"pages {self.verb}", pages, function),
            ),
            part,
        )


@remembered
def _broken(devices: tuple[DevicePages, ...], whom: str) -> tuple[tuple[Breach, ...], bool]:
    """The first breaches of each kind, and whether there are more: the same for all widths.

    Each kind has a limit of its own: pages too many are a neighbour's, and no number of pages too few may hide them.
    """
    counts: Counter[tuple[bool, str]] = Counter()
    told: list[Breach] = []
    for each in chain(_lacking(devices), _beyond(devices)):
        kind = each.is_beyond, each.verb
        counts[kind] += 1
        if counts[kind] <= MOST:
            told.append(each.breach(whom))
    return tuple(told), any(count > MOST for count in counts.values())


def _touched(device: DevicePages) -> Extent:
    """The pages of which the device has a byte."""
    return Extent(device.described.start // PAGE * PAGE, -(-device.described.end // PAGE) * PAGE)


def _lacking(devices: Sequence[DevicePages]) -> Iterator[_Wrong]:
    """Pages of a device that come neither with it nor with another one."""
    mapped = merged(device.mapped for device in devices)
    permitted = merged(device.permitted for device in devices)
    for device in devices:
        for verb, others in (("mapped", mapped), ("permitted", permitted)):
            for part in uncovered(_touched(device), others):
                yield _Wrong(device, verb, part, is_beyond=False)


def _beyond(devices: Sequence[DevicePages]) -> Iterator[_Wrong]:
    """Pages of no device that come with one."""
    touched = merged(_touched(device) for device in devices)
    for device in devices:
        for verb in ("mapped", "permitted"):
            for part in uncovered(_done(device, verb)[0], touched):
                yield _Wrong(device, verb, part, is_beyond=True)


def _done(device: DevicePages, verb: str) -> tuple[Extent, str]:
    """The pages that Xen maps or permits, and its function."""
    if verb == "mapped":
        return device.mapped, "map_range_to_domain"
    return device.permitted, "iomem_permit_access"


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
