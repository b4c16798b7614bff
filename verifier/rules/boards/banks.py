"""banks, of a guest: its RAM is what was asked for, in whole units, inside the RAM windows of the guest layout."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.guest_facts import GuestFacts
from verifier.layout.obstacle import merged, uncovered
from verifier.layout.offer import Offer
from verifier.rules.boards.rule import BoardRule, Breach, Judged


def _judge(offer: Offer) -> Judged:
    guest, banks = offer.guest, offer.domain.banks
    if guest is None or banks is None:
        return Judged(0, doubts=(f"the RAM banks of {offer.name} are not known",))
    breaches = [*_unit(offer, guest, banks), *_sum(offer, guest, banks)]
    if not offer.host_layout:
        breaches += _outside(offer, banks)
    return Judged(2 + len(banks), tuple(breaches))


def _unit(offer: Offer, guest: GuestFacts, banks: tuple[Extent, ...]) -> Iterator[Breach]:
    """Memory that is no whole number of units."""
    rest = guest.memory % guest.memory_unit
    if rest:
        whole = guest.memory - rest or guest.memory_unit
        yield Breach(
            f"{offer.name} asks for {units.hexa(guest.memory)} bytes of memory ({guest.memory_origin}), "
            f"{units.size(rest)} more than whole units of {units.size(guest.memory_unit)}",
            Witness("misaligned", found=guest.memory, needed=guest.memory_unit),
            (_ram(offer, guest, banks),),
            help=(f"{units.size(whole)} of memory",),
        )


def _sum(offer: Offer, guest: GuestFacts, banks: tuple[Extent, ...]) -> Iterator[Breach]:
    """Banks that together are not what was asked for."""
    total = sum(each.size for each in merged(banks))
    if total != guest.memory:
        yield Breach(
            f"the banks of {offer.name} have {units.sized(total)} in all, and {units.sized(guest.memory)} were asked for "
            f"({guest.memory_origin})",
            Witness("other-size", found=total, needed=guest.memory),
            (_ram(offer, guest, banks),),
        )


def _outside(offer: Offer, banks: tuple[Extent, ...]) -> Iterator[Breach]:
    """RAM in no window."""
    windows = merged(each.extent for each in offer.windows)
    for index, bank in enumerate(banks):
        for part in uncovered(bank, windows):
            yield Breach(
                f"RAM bank {index} of {offer.name} {bank} has {units.size(part.size)} outside the RAM windows of the guest "
                f"layout: {part}",
                Witness("address-outside", address=part.start),
                (Party(f"RAM bank {index} of {offer.name}", bank, "RAM of the domain"),),
                part,
            )


def _ram(offer: Offer, guest: GuestFacts, banks: tuple[Extent, ...]) -> Party:
    """All of the RAM, as if it lay in one piece from the first bank on."""
    start = min((each.start for each in banks), default=0)
    return Party(f"RAM of {offer.name}", Extent(start, start + guest.memory), guest.memory_origin)


RULE = BoardRule(
    id="banks",
    position=10,
    title="RAM is what was asked for and lies in the RAM windows",
    statement=(
        "The RAM banks of a guest have the memory that was asked for, which is a whole number of the units that its "
        "builder counts in, and with the guest layout they lie inside its RAM windows."
    ),
    why=(
        "Part of a page cannot be mapped: Xen panics or goes on with less. RAM outside the windows lies where extended "
        "regions, devices and PCI windows are."
    ),
    effect="unsound",
    cites=(
        Cite("tools/libs/guest/xg_dom_arm.c", "meminit: banks are filled in order (45d9867837)"),
        Cite("xen/arch/arm/dom0less-build.c", "allocate_memory"),
        Cite("xen/include/public/arch-arm.h", "GUEST_RAM_BANK_BASES, GUEST_RAM_BANK_SIZES"),
    ),
    judge=_judge,
    example="memory = <0 1025> of a dom0less domain is 1 MiB and a quarter of a page.",
    of_guests=True,
    asked=lambda offer: offer.guest is not None,
)
