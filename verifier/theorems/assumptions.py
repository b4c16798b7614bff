"""What theorems about the producers take for granted: about words, and about concrete inputs."""

from __future__ import annotations

from collections.abc import Iterator

from verifier.logic.bits import both
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.rules.extended_regions import low_bits, multiple
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Assumed, Assumption
from verifier.xen.ext_regions import SUPERPAGE
from verifier.xen.memory_holes import Described
from verifier.xen.outcome import Span

PAGE = 4096
TOP_PAGE = uint64.top + 1 - PAGE
MOST_BITS = 52


def _lists(setting: Setting) -> Iterator[Pair]:
    for pairs in (
        setting.reg,
        setting.ranges,
        setting.ram,
        setting.domain,
        setting.reserved,
        setting.shared,
        setting.xen_reg,
    ):
        yield from pairs


def windows_fit(setting: Setting) -> bool:
    """Whether windows and what is used of them are as assumption `windows` says."""
    ends = [start + size for start, size in setting.windows]
    starts = [start for start, _ in setting.windows]
    return (
        all(start % SUPERPAGE == 0 and size % SUPERPAGE == 0 and size for start, size in setting.windows)
        and all(end < start for end, start in zip(ends, starts[1:], strict=False))
        and all(end < 1 << 52 for end in ends)
        and all(used <= size for used, (_, size) in zip(setting.used, setting.windows, strict=True))
    )


SENSIBLE = Assumption(
    "sensible-entries",
    "every entry of every list has a size above 0 and ends at least one page below 2^64",
    "who writes the device tree; Xen does not check it",
    lambda setting: all(0 < size and start + size <= TOP_PAGE for start, size in _lists(setting)),
)
SHARED_CHECKED = Assumption(
    "shared-memory-checked",
    "static shared memory has a size above 0 and ends at least one page below 2^64",
    "process_shm_node refuses size 0; what ends beyond the reach of the P2M cannot be mapped, and Xen stops",
    lambda setting: all(0 < size and start + size <= TOP_PAGE for start, size in setting.shared),
)
WIDTH = Assumption(
    "width",
    f"the address space ends with 2^b - 1, b from 21 to {MOST_BITS}",
    "xen/arch/arm/p2m.c setup_virt_paging: 32 to 48",
    lambda setting: 21 <= setting.ipa_bits <= MOST_BITS,
)
WINDOWS = Assumption(
    "windows",
    "the RAM windows of the guest layout begin and end at multiples of 2 MiB, ascend, do not touch and end below 2^52; what "
    "a guest uses of each fits it",
    "xen/include/public/arch-arm.h GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`",
    windows_fit,
)
GRANT = Assumption(
    "grant-region",
    "the grant region is not empty and ends at least one page below 2^64",
    "CONFIG_GRANT_TABLE=y; xen/common/grant_table.c grant_table_init",
    lambda setting: 0 < setting.grant[1] and sum(setting.grant) <= TOP_PAGE,
)


def sensible(span: Span | Described) -> Assumed:
    """Of one entry."""
    return Assumed(SENSIBLE, bounded(span))


def bounded(span: Span | Described) -> Truth:
    """Not empty, and a whole page between its end and 2^64."""
    return both(
        uint64.top >= span.size,
        0 < span.size,
        span.size <= TOP_PAGE,
        span.start <= uint64.subtract(TOP_PAGE, span.size),
    )


def width(last: Word) -> Assumed:
    """Of the last address. Weaker than what it says: only that the space ends at a multiple of 2 MiB."""
    mask = SUPERPAGE - 1
    return Assumed(WIDTH, both(last < 1 << MOST_BITS, equal(low_bits(last, SUPERPAGE), mask)))


def window(space: Span, used: Word) -> Assumed:
    """Of one RAM window and the part of it that is used."""
    return Assumed(
        WINDOWS,
        both(
            multiple(space.start, SUPERPAGE),
            multiple(space.size, SUPERPAGE),
            0 < space.size,
            space.size < 1 << 52,
            space.start < 1 << 52,
            uint64.add(space.start, space.size) < 1 << 52,
            used <= space.size,
        ),
    )
