"""How much of something a layout offers: the numbers that `capacity` compares and `verifier diff` lists."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout.configuration import Space
from verifier.layout.difference import Amount
from verifier.layout.facts import Facts
from verifier.layout.layout import Layout
from verifier.logic.case import Case

GRANT = "GUEST_GNTTAB"


def amounts(old: Case, new: Case) -> Iterator[Amount]:
    """Each side with what its own release of Xen does; what neither has is left out."""
    widths = sorted({width.bits for case in (old, new) for width in case.facts.widths})
    for bits in widths:
        before, after = _largest(old.space, bits), _largest(new.space, bits)
        if before or after:
            yield Amount("largest guest", f"{bits} ipa bits", before, after)
    frames = (grant_bytes(old.layout) // old.facts.page, grant_bytes(new.layout) // new.facts.page)
    vcpus = (most_vcpus(old.facts, old.layout), most_vcpus(new.facts, new.layout))
    for what, (before, after), unit in (("grant frames", frames, "frame"), ("vCPUs", vcpus, "vCPU")):
        if before or after:
            yield Amount(what, "", before, after, unit)


def _largest(space: Space, bits: int) -> int | None:
    return largest_guest(space, bits) if bits in space.dimensions["ipa_bits"].choices else None


def largest_guest(space: Space, bits: int) -> int:
    """Bytes of the largest guest whose RAM lies below `2**bits`, the reach of the P2M, and what bounds it else."""
    limit = min(1 << bits, space.width(bits).reach, *_walls(space.layout))
    return space.pages_below(limit) * space.facts.page


def _walls(layout: Layout) -> Iterator[int]:
    """Where the only bank, if nothing says where it ends, runs into what every guest has."""
    if [bank.size for bank in layout.banks] == [None]:
        start = layout.banks[0].start
        yield from (each.start for each in layout.regions if each.when is None and each.start >= start)


def grant_bytes(layout: Layout) -> int:
    """Bytes of the grant region, 0 without one."""
    return sum(region.size for region in layout.regions if region.name == GRANT)


def most_vcpus(facts: Facts, layout: Layout) -> int:
    """The most that a guest can have: with a redistributor each, or with GICv2; as many as header and Xen allow."""
    stated = [layout.number(define.name) for define in layout.meaning("max-vcpus")]
    allowed = [number for number in stated if number is not None]
    if not allowed or facts.arch == "arm32":
        allowed.append(facts["max-vcpus"])
    names = {region.name for region in layout.regions}
    room = sum(region.size for region in layout.regions if region.name.startswith("GUEST_GICV3_GICR"))
    gicv2 = facts["gicv2-vcpus"] if {"GUEST_GICD", "GUEST_GICC"} <= names else 0
    return max(0, min(*allowed, max(room // facts["rdist-bytes"], gicv2)))
