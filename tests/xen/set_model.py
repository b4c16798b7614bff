"""What the producers should do, as plain sets: a sweep over sorted breakpoints. Shares no code with verifier/xen.

All ranges here are half-open and in bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

PAGE = 4096
MIB = 1 << 20
Stretch = tuple[int, int]


def pages(start: int, size: int) -> Stretch:
    """The whole pages that `size` bytes from `start` touch."""
    return start // PAGE * PAGE, -(-(start + size) // PAGE) * PAGE


def difference(base: Iterable[Stretch], taken: Iterable[Stretch]) -> list[Stretch]:
    """The maximal stretches in some base and in nothing taken."""
    events: dict[int, list[int]] = {}
    for stretches, kind in ((base, 0), (taken, 1)):
        for start, end in stretches:
            events.setdefault(start, [0, 0])[kind] += 1
            events.setdefault(end, [0, 0])[kind] -= 1
    free: list[Stretch] = []
    depth = [0, 0]
    previous = 0
    for point in sorted(events):
        if depth[0] > 0 and depth[1] == 0 and previous < point:
            if free and free[-1][1] == previous:
                free[-1] = (free[-1][0], point)
            else:
                free.append((previous, point))
        depth = [depth[0] + events[point][0], depth[1] + events[point][1]]
        previous = point
    return free


def clip(stretches: Iterable[Stretch], end: int) -> list[Stretch]:
    """The parts below `end`."""
    return [(start, min(stop, end)) for start, stop in stretches if start < end]


def aligned(free: Iterable[Stretch], *, lost: bool = False) -> list[Stretch]:
    """The 2 MiB aligned insides of 64 MiB and more; `lost`: less 2 MiB where the end is aligned already."""
    found = []
    for start, end in free:
        begin = start + -start % (2 * MIB)
        stop = end - end % (2 * MIB)
        if lost and stop == end:
            stop -= 2 * MIB
        if stop - begin >= 64 * MIB:
            found.append((begin, stop))
    return found


def memory_holes(ipa_bits: int, described: Sequence[Stretch]) -> list[Stretch]:
    """All of the address space but the pages of what is described, `(address, size)`."""
    taken = [pages(start, size) for start, size in described]
    return clip(difference([(0, 1 << ipa_bits)], taken), 1 << ipa_bits)


def unallocated(ipa_bits: int, ram: Sequence[Stretch], taken: Sequence[Stretch]) -> list[Stretch]:
    """Pages of RAM, `(address, size)`, of which nothing is taken."""
    free = difference([pages(*bank) for bank in ram], [pages(*each) for each in taken])
    return clip(free, 1 << ipa_bits)


def bank_rests(ipa_bits: int, windows: Sequence[Stretch], used: Sequence[int]) -> list[Stretch]:
    """What is left of each window, `(address, size)`, above the 2 MiB in which its use ends; 64 MiB or more."""
    found = []
    for (start, size), bytes_used in zip(windows, used, strict=True):
        begin = -(-(start + bytes_used) // (2 * MIB)) * 2 * MIB
        end = min(start + size, 1 << ipa_bits)
        if end - begin >= 64 * MIB:
            found.append((begin, end))
    return found
