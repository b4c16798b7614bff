"""What would repair a refutation of a guest: another guest address, less memory, or a later behaviour of Xen.

Each is tried before it is said: the refutation must be gone, and after a change of the guest no other be there that was
not before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from verifier.layout import units
from verifier.layout.board_finding import BoardFinding
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Verdict
from verifier.layout.guest_config import GuestConfig, Iomem
from verifier.layout.obstacle import gaps
from verifier.layout.offer import Offer
from verifier.reading.behaviours import of_release
from verifier.rules.boards.catalogue import judge
from verifier.rules.boards.rule import PAGE
from verifier.search.every_memory import key_of
from verifier.search.guest_shapes import Key
from verifier.search.mended import mended
from verifier.xen.release import Xen

_TRIED = 4
"""Places, the nearest of so many gaps."""


@dataclass(frozen=True)
class Guest:
    """What a refutation was found of."""

    config: GuestConfig
    xen: Xen
    unit: int
    """Bytes that its memory is counted in."""
    make: Callable[[GuestConfig, Xen], Offer]

    @cached_property
    def offer(self) -> Offer:
        """As it is."""
        return self.make(self.config, self.xen)

    @cached_property
    def refuted(self) -> frozenset[Key] | None:
        """What is wrong with it; None if not all of that is listed."""
        return _keys(judge(self.offer))

    def is_cured_by(self, config: GuestConfig, key: Key) -> bool:
        """Whether another configuration takes one refutation away and brings none."""
        before, after = self.refuted, _keys(judge(self.make(config, self.xen)))
        return before is not None and after is not None and key not in after and after <= before

    def is_cured_in(self, xen: Xen, key: Key) -> bool:
        """Whether another Xen takes one refutation away; what it has no behaviour for yet it does as head."""
        whole = replace(xen, behaviours={**of_release("head"), **xen.behaviours})
        after = _keys(judge(self.make(self.config, whole)))
        return after is not None and key not in after


def repairs(finding: BoardFinding, guest: Guest) -> tuple[str, ...]:
    """One sentence for each change that helps, the smallest of each kind; none where more is wrong than is listed."""
    if guest.refuted is None:
        return ()
    key = key_of(finding)
    return (
        *_moved(finding, guest, key),
        *_smaller(finding, guest, key),
        *mended(guest.xen, lambda other: guest.is_cured_in(other, key)),
    )


def _keys(found: Sequence[BoardFinding]) -> frozenset[Key] | None:
    """Of all refutations; None if not all are listed."""
    if any(each.more for each in found):
        return None
    return frozenset(key_of(each) for each in found if each.verdict == Verdict.REFUTED)


def _moved(finding: BoardFinding, guest: Guest, key: Key) -> Iterator[str]:
    """What is passed through at the nearest guest address that is free, of everything that the finding names."""
    names = {each.name for each in finding.parties}
    for index, entry in enumerate(guest.config.iomem):
        if not any(name.startswith((f"iomem[{index}] ", f"xen,reg[{index}] ")) for name in names):
            continue
        for first in _nearest(guest.offer, entry):
            iomem = (*guest.config.iomem[:index], replace(entry, gfn=first), *guest.config.iomem[index + 1 :])
            if guest.is_cured_by(replace(guest.config, iomem=iomem), key):
                yield (
                    f"{entry.start:x},{entry.count:x}@{first:x} ({entry.origin}): the nearest free guest address is "
                    f"{units.hexa(first * PAGE)}"
                )
                break


def _nearest(offer: Offer, entry: Iomem) -> Iterator[int]:
    """Frames at which an entry fits between all else, the nearest first; not in RAM windows, where memory may grow."""
    taken = [*(each.extent for each in offer.given), *(each.extent for each in offer.windows), *offer.regions]
    found = []
    for gap in gaps([Extent(0, offer.top)], taken):
        low, high = -(-gap.start // PAGE), gap.end // PAGE - entry.count
        if low <= high:
            found.append(min(max(entry.gfn, low), high))
    yield from sorted(found, key=lambda first: abs(first - entry.gfn))[:_TRIED]


def _smaller(finding: BoardFinding, guest: Guest, key: Key) -> Iterator[str]:
    """The most memory, less than there is, with which RAM ends below what it meets, or below the address space's end."""
    ram = [each for each in finding.parties if each.name.startswith("RAM bank")]
    if not ram or finding.witness is None or finding.witness.address is None:
        return
    known = guest.offer.guest
    memory = 0 if known is None else known.memory
    banks = [each for each in guest.offer.domain.banks or () if each.start <= finding.witness.address]
    most = (
        sum(min(each.end, finding.witness.address) - each.start for each in banks) // guest.unit * guest.unit
    )
    if 0 < most < memory:
        config = replace(guest.config, memory=most, maxmem=most + guest.config.videoram)
        if guest.is_cured_by(config, key):
            yield f"memory of {units.sized(most)} at most"
