"""interrupts, of a guest: each device has a number of its own, of its kind, that the guest's GIC has."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, groupby

from verifier.layout.board_finding import Party
from verifier.layout.domain_map import Extent
from verifier.layout.finding import Cite, Witness
from verifier.layout.guest_facts import GuestFacts, Interrupt
from verifier.layout.offer import Offer
from verifier.rules.boards.rule import BoardRule, Breach, Judged, listed

_KINDS = {"sgi": (0, 15), "ppi": (16, 31), "spi": (32, 1019)}
"""First and last number of each, inclusive: Arm IHI 0048B 2.2.1, Arm IHI 0069 2.2.1."""


def _judge(offer: Offer) -> Judged:
    guest = offer.guest
    if guest is None or not guest.interrupts:
        return Judged(0, silence="no interrupt of it is known")
    breaches, more = listed(
        chain(_shared(guest), (each for one in guest.interrupts for each in _of_kind(one, guest)))
    )
    return Judged(2 * len(guest.interrupts), breaches, guest.untold, more=more)


def _shared(guest: GuestFacts) -> Iterator[Breach]:
    """Two that have the same number."""
    found = sorted(guest.interrupts, key=lambda each: each.number)
    for number, group in groupby(found, key=lambda each: each.number):
        first, *others = group
        for other in others:
            yield Breach(
                f"{first.name} and {other.name} both have interrupt {number} ({first.origin}; {other.origin})",
                Witness("number-of-two", found=number),
                (_party(first), _party(other)),
                details=("the guest cannot tell which of the two devices wants it",),
            )


def _of_kind(each: Interrupt, guest: GuestFacts) -> Iterator[Breach]:
    """A number that is not of its kind, or beyond the last that the GIC of the guest has."""
    low, high = _KINDS[each.kind]
    if each.kind == "spi" and guest.spis is not None:
        high = min(high, low + guest.spis - 1)
    if not low <= each.number <= high:
        what = (
            f"{each.kind.upper()}s of the guest are {low} to {high}"
            if high >= low
            else "the guest has no SPIs"
        )
        yield Breach(
            f"interrupt {each.number} of {each.name} ({each.origin}) is none of the {each.kind.upper()}s: {what}",
            Witness("number-beyond", found=each.number, needed=high if each.number > high else low),
            (_party(each),),
        )


def _party(each: Interrupt) -> Party:
    """Interrupts have numbers, not addresses: an empty stretch stands for one."""
    return Party(each.name, Extent(each.number, each.number), each.origin)


RULE = BoardRule(
    id="interrupts",
    position=12,
    title="every device has an interrupt of its own that the guest has",
    statement=(
        "No two devices of a guest have the same interrupt, each number is of its kind (SGI below 16, PPI below 32, SPI "
        "from 32 on), and the guest's GIC has as many SPIs as its devices need."
    ),
    why="A device whose interrupt is another's, or none, hangs in its driver: it waits for what never comes.",
    effect="unsound",
    cites=(
        Cite("Arm IHI 0048B", "2.2.1 interrupt types"),
        Cite("tools/libs/light/libxl_arm.c", "libxl__arch_domain_prepare_config: nr_spis, conflicts of irqs"),
        Cite(
            "xen/include/public/arch-arm.h",
            "GUEST_TIMER_*_PPI, GUEST_EVTCHN_PPI, GUEST_VPL011_SPI, GUEST_VIRTIO_MMIO_SPI_FIRST",
        ),
    ),
    judge=_judge,
    example='irqs = [32] with vuart = "sbsa_uart": 32 is the interrupt of the emulated PL011.',
    of_guests=True,
    asked=lambda offer: offer.guest is not None,
)
