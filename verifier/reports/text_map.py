"""A configuration's memory map as lines of text, conflicts marked."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.layout import units
from verifier.layout.configuration import Space
from verifier.layout.finding import Counterexample
from verifier.layout.memory_map import memory_map, occupied_map
from verifier.layout.region import Region

FREE = "(free)"


def lines(example: Counterexample, space: Space) -> Iterator[str]:
    """Every region that the guest of the counterexample has, the gaps, and the end of its space.

    Of RAM the part used; for an overlap whole windows, where a release offers their tails. One line
    each, by address: range (end exclusive), size, name, and `!` with what is wrong.
    """
    overlapping = example.witness.kind == "address-in-two-regions"
    regions = (occupied_map if overlapping else memory_map)(space, example.configuration)
    limit = 1 << example.configuration["ipa_bits"]
    digits = len(f"{max([limit, *(region.end for region in regions)]):x}")
    reached, limit_shown = 0, False
    for region in regions:
        for start, end in _gap(reached, region.start, limit):
            yield _line(start, end, digits, FREE)
        if region.start >= limit and not limit_shown:
            yield _limit(example, digits)
            limit_shown = True
        yield _line(region.start, region.end, digits, region.name, _fault(region, example, regions, limit))
        reached = max(reached, region.end)
    if not limit_shown:
        for start, end in _gap(reached, limit, limit):
            yield _line(start, end, digits, FREE)
        yield _limit(example, digits)


def _gap(start: int, end: int, limit: int) -> Iterator[tuple[int, int]]:
    """Free space between two regions, up to the end of the address space."""
    if start < min(end, limit):
        yield start, min(end, limit)


def _line(start: int, end: int, digits: int, name: str, fault: str = "") -> str:
    shown = units.size(end - start).rjust(11)
    return f"0x{start:0{digits}x}-0x{end:0{digits}x} {shown}  {name}{'  ! ' + fault if fault else ''}"


def _limit(example: Counterexample, digits: int) -> str:
    bits = example.configuration["ipa_bits"]
    return f"0x{1 << bits:0{digits}x} {'':>{digits + 14}}  ===== end of {bits} ipa bits ====="


def _fault(region: Region, example: Counterexample, regions: tuple[Region, ...], limit: int) -> str:
    """What is wrong with this region in this configuration, whether or not it is the finding's."""
    if region.name not in [involved.name for involved in example.regions]:
        return ""
    found = [
        f"overlaps {other.name}"
        for other in regions
        if other.name != region.name and other.start < region.end and region.start < other.end
    ]
    if region.end > limit and example.witness.kind == "address-beyond":
        found.append(f"{units.size(region.end - max(region.start, limit))} beyond the end")
    if example.witness.kind == "address-unreachable" and example.witness.address is not None:
        found.append(f"{units.size(region.end - example.witness.address)} out of reach")
    if example.witness.kind in ("too-small", "differs") and example.witness.needed is not None:
        found.append(f"{units.size(example.witness.needed)} needed")
    return ", ".join(found)
