"""Short calls of the producers, with plain pairs in and out."""

from __future__ import annotations

from collections.abc import Sequence

from verifier.xen import domu_holes, libxl_regions, memory_holes, unallocated
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Outcome, Span
from verifier.xen.release import Xen
from verifier.xen.unallocated import Taken

Pair = tuple[int, int]
WINDOWS = ((0x40000000, 0xC0000000), (0x200000000, 0xFE00000000))
"""GUEST_RAM0 and GUEST_RAM1 of xen/include/public/arch-arm.h, since 4.5.0."""


def spans(pairs: Sequence[Pair]) -> tuple[Span, ...]:
    return tuple(Span(start, size) for start, size in pairs)


def pairs(outcome: Outcome) -> list[Pair]:
    """Regions as `[start, end)`; Xen must not have stopped."""
    assert outcome.fault is None, outcome.fault
    found = []
    for region in outcome.regions:
        assert isinstance(region.start, int)
        assert isinstance(region.size, int)
        found.append((region.start, region.start + region.size))
    return found


def holes(
    xen: Xen,
    reg: Sequence[Pair],
    *,
    ipa_bits: int = 40,
    shared: Sequence[Pair] = (),
    passthrough: Sequence[Pair] = (),
) -> Outcome:
    return memory_holes.find(
        xen,
        ipa_bits=ipa_bits,
        described=[Described(start, size) for start, size in reg],
        shared=spans(shared),
        passthrough=spans(passthrough),
    )


def rest_of_ram(
    xen: Xen,
    ram: Sequence[Pair],
    reserved: Sequence[Pair],
    *,
    ipa_bits: int = 40,
    domain: Sequence[Pair] = (),
    grant: Pair,
    shared: Sequence[Pair] = (),
    passthrough: Sequence[Pair] = (),
) -> Outcome:
    taken = Taken(Span(*grant), spans(domain), spans(reserved), spans(shared), spans(passthrough))
    return unallocated.find(xen, ipa_bits=ipa_bits, ram=spans(ram), taken=taken)


def domu(
    xen: Xen,
    used: Sequence[int],
    *,
    ipa_bits: int = 40,
    shared: Sequence[Pair] = (),
    passthrough: Sequence[Pair] = (),
) -> Outcome:
    guest = domu_holes.Guest(ipa_bits, spans(WINDOWS), used, spans(shared), spans(passthrough))
    return domu_holes.find(xen, guest)


def xl(xen: Xen, used: Sequence[int], iomem: Sequence[Pair] = (), *, ipa_bits: int = 40) -> Outcome:
    """`iomem` in frames: `(gfn, number)`."""
    entries = [libxl_regions.Iomem(gfn, number) for gfn, number in iomem]
    return libxl_regions.find(xen, libxl_regions.Guest(ipa_bits, spans(WINDOWS), used, entries))
