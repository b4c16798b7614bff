"""How a concrete outcome breaks a property, found in plain integers by code that shares nothing with its formula."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from verifier.layout.units import size as sized
from verifier.theorems.setting import Pair, Setting
from verifier.xen.outcome import Outcome

SUPERPAGE = 2 << 20
LEAST = 64 << 20


@dataclass(frozen=True, slots=True)
class Violation:
    """One sentence with the numbers, and the regions that it speaks of as `[start, end)`."""

    message: str
    regions: tuple[tuple[str, Pair], ...] = field(default=())
    address: int | None = None
    """One that shows it."""


def regions(outcome: Outcome) -> list[Pair]:
    """Regions as `[start, end)`; of two numbers each, whatever Xen computed."""
    found = []
    for each in outcome.regions:
        assert isinstance(each.start, int)
        assert isinstance(each.size, int)
        found.append((each.start, each.start + each.size))
    return found


def stretches(pairs: Iterable[Pair]) -> list[Pair]:
    """`[start, end)` of pairs of start and size."""
    return [(start, start + size) for start, size in pairs]


def shown(region: Pair) -> str:
    """`[0x40000000, 0x80000000) (1 GiB)`."""
    return f"[{region[0]:#x}, {region[1]:#x}) ({sized(region[1] - region[0])})"


def overlapping(found: Iterable[Pair], what: str, taken: Iterable[Pair]) -> Violation | None:
    """A region that shares an address with something that is taken; the one with the most if there are several."""
    worst: tuple[int, Violation] | None = None
    others = list(taken)
    for region in found:
        for other in others:
            start, end = max(region[0], other[0]), min(region[1], other[1])
            if start < end and (worst is None or end - start > worst[0]):
                message = (
                    f"extended region {shown(region)} and {what} {shown(other)} overlap by "
                    f"{sized(end - start)}, [{start:#x}, {end:#x})"
                )
                named = (("extended region", region), (what, other))
                worst = end - start, Violation(message, named, start)
    return None if worst is None else worst[1]


def outside(found: Iterable[Pair], what: str, allowed: Iterable[Pair]) -> Violation | None:
    """A region that holds an address outside everything that is allowed."""
    for region in found:
        at = region[0]
        for start, end in sorted(allowed):
            if start <= at < end:
                at = end
        if at < region[1]:
            return Violation(
                f"extended region {shown(region)} holds {at:#x}, which is in no {what}",
                (("extended region", region),),
                at,
            )
    return None


def misaligned(found: Iterable[Pair]) -> Violation | None:
    """A region with an end that is no multiple of 2 MiB."""
    for region in found:
        for word, number in zip(("starts", "ends"), region, strict=True):
            if number % SUPERPAGE:
                return Violation(
                    f"extended region {shown(region)} {word} at {number:#x}, {sized(number % SUPERPAGE)} above "
                    "a multiple of 2 MiB",
                    (("extended region", region),),
                    number,
                )
    return None


def small(found: Iterable[Pair]) -> Violation | None:
    """A region of less than 64 MiB."""
    for region in found:
        if region[1] - region[0] < LEAST:
            return Violation(
                f"extended region {shown(region)} is smaller than 64 MiB",
                (("extended region", region),),
                region[0],
            )
    return None


def beyond(found: Iterable[Pair], ipa_bits: int) -> Violation | None:
    """A region that does not end at or below the end of the address space."""
    for region in found:
        if region[1] > 1 << ipa_bits:
            return Violation(
                f"extended region {shown(region)} ends {sized(region[1] - (1 << ipa_bits))} above the "
                f"{1 << ipa_bits:#x} bytes of {ipa_bits} ipa bits",
                (("extended region", region),),
                max(region[0], 1 << ipa_bits),
            )
    return None


def unsorted(found: Iterable[Pair]) -> Violation | None:
    """A region that does not start above the end of the one before, which Linux takes for an overlap."""
    for first, second in pairwise(found):
        if second[0] <= first[1]:
            return Violation(
                f"extended region {shown(second)} follows {shown(first)} in `reg`, and does not start above its end",
                (("extended region", first), ("extended region", second)),
                second[0],
            )
    return None


def stopped(outcome: Outcome) -> Violation | None:
    """Xen stops."""
    fault = outcome.fault
    return (
        None if fault is None else Violation(f"Xen stops in {fault.function} ({fault.kind}): {fault.reason}")
    )


def dropped(outcome: Outcome) -> Violation | None:
    """Regions that the cap leaves out."""
    if not outcome.dropped:
        return None
    first = outcome.dropped[0]
    assert isinstance(first.start, int)
    assert isinstance(first.size, int)
    lost = (first.start, first.start + first.size)
    return Violation(
        f"{len(outcome.regions)} extended regions are advertised and {len(outcome.dropped)} more left out, the first "
        f"of them {shown(lost)}",
        (("left out", lost),),
        lost[0],
    )


def truncated(setting: Setting, outcome: Outcome) -> Violation | None:
    """A region that is read otherwise than it was meant, because its cells are too small."""
    masks = [(1 << 32 * cells) - 1 for cells in setting.cells]
    for start, end in regions(outcome):
        read = start & masks[0], end - start & masks[1]
        if read != (start, end - start):
            return Violation(
                f"extended region {shown((start, end))} is written into {setting.cells[0]} address and "
                f"{setting.cells[1]} size cells, and read as {read[0]:#x} with a size of {read[1]:#x}",
                (("extended region", (start, end)),),
                start,
            )
    return None


def unoffered(outcome: Outcome, space: Iterable[Pair], taken: Iterable[Pair]) -> Violation | None:
    """64 MiB at a multiple of 2 MiB, in the space and off everything taken, all `[start, end)`, that are in no region."""
    if outcome.fault is not None or outcome.error not in ("", "ENOENT") or outcome.dropped:
        return None
    for hole in _holes(space, taken):
        start, end = -(-hole[0] // SUPERPAGE) * SUPERPAGE, hole[1] // SUPERPAGE * SUPERPAGE
        if end - start >= LEAST and not any(low <= start and end <= high for low, high in regions(outcome)):
            return Violation(
                f"{shown((start, end))} is free, and no extended region has all of it",
                (("free", (start, end)),),
                start,
            )
    return None


def _holes(space: Iterable[Pair], taken: Iterable[Pair]) -> list[Pair]:
    holes = []
    others = sorted(taken)
    for start, end in _joined(space):
        at = start
        for low, high in others:
            if low < end and high > at:
                holes.append((at, low))
                at = max(at, high)
        holes.append((at, end))
    return [(start, end) for start, end in holes if start < end]


def _joined(space: Iterable[Pair]) -> list[Pair]:
    found: list[Pair] = []
    for start, end in sorted(space):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
