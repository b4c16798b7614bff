"""no-overlap, of a domain with the guest layout: what is offered is not given to it otherwise."""

from __future__ import annotations

from verifier.layout.finding import Cite
from verifier.layout.offer import Offer
from verifier.rules.boards import overlaps, whole_map
from verifier.rules.boards.rule import NO_REGIONS, BoardRule, Judged


def _judge(offer: Offer) -> Judged:
    offered = _offered(offer)
    if offer.guest is None:
        return offered
    whole = whole_map.judged(offer)
    breaches = (*whole.breaches, *offered.breaches)
    doubts = () if breaches else tuple(dict.fromkeys((*whole.doubts, *offered.doubts)))
    return Judged(whole.checked + offered.checked, breaches, doubts, more=whole.more or offered.more)


def _offered(offer: Offer) -> Judged:
    """What is offered against all else."""
    if offer.host_layout:
        return Judged(0, silence="the domain has the host's layout: see one-to-one-holes")
    if not offer.regions:
        return Judged(0, silence=NO_REGIONS)
    return overlaps.judged(offer)


RULE = BoardRule(
    id="no-overlap",
    position=2,
    title="what a guest is offered lies in the unused part of its RAM windows",
    statement=(
        "Every extended region of a domain with the guest layout lies in one of the RAM windows and has no address of "
        "its RAM, its grant region, its GIC and console, shared memory or passed-through devices. Of a guest whose whole "
        "map is judged (verifier guest) no two of these share an address either."
    ),
    why="A grant or foreign page that the guest maps there replaces its RAM, or a device that it drives.",
    effect="unsound",
    cites=(
        Cite("docs/misc/arm/device-tree/guest.txt", "regions 1..N of reg: unused address space"),
        Cite("xen/include/public/arch-arm.h", "RAM windows also host the extended regions"),
    ),
    judge=_judge,
    example=(
        "A domain with static shared memory at 0x50000000 and 128 MiB of RAM, with Xen 4.18: [0x48000000, "
        "0x100000000) is offered (booted)."
    ),
)
