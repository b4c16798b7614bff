"""What theorems about the producers take for granted: about words, and about concrete inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from verifier.logic.bits import Bits, both, either, word
from verifier.logic.word import Truth, Word, equal, uint64
from verifier.rules.extended_regions import multiple
from verifier.theorems.setting import Pair, Setting
from verifier.theorems.statement import Assumed, Assumption
from verifier.xen.ext_regions import LEAST, SUPERPAGE
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
        len(starts) == len(setting.used) <= 2
        and all(start % SUPERPAGE == 0 and size % SUPERPAGE == 0 and size for start, size in setting.windows)
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
    "the guest layout has two RAM windows or fewer; they begin and end at multiples of 2 MiB, ascend, do not touch and end "
    "below 2^52; what a guest uses of each fits it",
    "xen/include/public/arch-arm.h GUEST_RAM0 and GUEST_RAM1: properties aligned and banks of `verifier check`",
    windows_fit,
)
GUEST_CELLS = Assumption(
    "guest-cells",
    "the root of the guest's device tree has 2 address cells and 2 size cells",
    "libxl and Xen write the guest's tree, with GUEST_ROOT_ADDRESS_CELLS and GUEST_ROOT_SIZE_CELLS",
    lambda setting: setting.cells == (2, 2),
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


BLOCK_SHIFT = 21
"""A block is 2 MiB."""
_MOST_BLOCKS = 1 << (MOST_BITS - BLOCK_SHIFT)
SPACE = word("space_blocks")
LAST = uint64.subtract(uint64.shift_left(SPACE, BLOCK_SHIFT), 1)
"""The last address of an arbitrary space of whole blocks: weaker than assumption `width`, which says a power of two."""
IN_SPACE = Assumed(WIDTH, both(0 < SPACE, SPACE <= _MOST_BLOCKS))


@dataclass(frozen=True, slots=True)
class Blocks:
    """An arbitrary number of 2 MiB blocks from the start of an arbitrary one."""

    first: Bits
    count: Bits

    @property
    def span(self) -> Span:
        """In bytes."""
        return Span(uint64.shift_left(self.first, BLOCK_SHIFT), uint64.shift_left(self.count, BLOCK_SHIFT))

    @property
    def bounded(self) -> Truth:
        """At least one block, and the end below 2^52: the bytes do not wrap."""
        blocks = both(self.first < _MOST_BLOCKS, 0 < self.count, self.count < _MOST_BLOCKS)
        return both(blocks, uint64.add(self.first, self.count) < _MOST_BLOCKS)


def blocks(name: str) -> Blocks:
    """Arbitrary ones."""
    return Blocks(word(f"{name}_block"), word(f"{name}_blocks"))


@dataclass(frozen=True, slots=True)
class Window:
    """An arbitrary RAM window of the guest layout, and what a guest uses of it."""

    blocks: Blocks
    used: Bits

    @property
    def span(self) -> Span:
        """The window, in bytes."""
        return self.blocks.span

    @property
    def start(self) -> Word:
        """Its first byte."""
        return self.span.start

    @property
    def end(self) -> Word:
        """The first byte above it."""
        return uint64.add(self.span.start, self.span.size)

    @property
    def top(self) -> Word:
        """The first byte that is not used."""
        return uint64.add(self.span.start, self.used)

    @property
    def fits(self) -> Assumed:
        """Assumption `windows` of this one."""
        return Assumed(WINDOWS, both(self.blocks.bounded, self.used <= self.span.size))

    def unused(self, address: Word) -> Truth:
        """Whether an address lies in the part that is not used."""
        return both(self.top <= address, address < self.end)

    def same(self, other: Window) -> Truth:
        """Whether the two are one window with one use."""
        mine, others = self.blocks, other.blocks
        return both(
            equal(mine.first, others.first), equal(mine.count, others.count), equal(self.used, other.used)
        )

    def same_or_apart(self, other: Window) -> Assumed:
        """That the two are one window with one use, or share no address."""
        return Assumed(WINDOWS, either(self.same(other), self.below(other).truth, other.below(self).truth))

    def below(self, other: Window) -> Assumed:
        """That the other window begins above this one, apart."""
        return Assumed(WINDOWS, uint64.add(self.blocks.first, self.blocks.count) < other.blocks.first)


def an_arbitrary_window(name: str) -> Window:
    """With words of that name."""
    return Window(blocks(name), word(f"{name}_used"))


CHUNK = word("chunk")
CHUNK_LAST = uint64.add(CHUNK, LEAST - 1)
"""First and last byte of an arbitrary 64 MiB."""
CHUNK_FITS = both(multiple(CHUNK, SUPERPAGE), CHUNK < 1 << MOST_BITS, CHUNK_LAST <= LAST)
"""They begin at a multiple of 2 MiB and lie in the address space."""


def free_chunk(window: Window) -> tuple[Word, Word, Assumed]:
    """First and last byte of 64 MiB that begin at an arbitrary block, in the space and in the unused part of a window."""
    block = word("chunk_block")
    first = uint64.shift_left(block, BLOCK_SHIFT)
    last = uint64.add(first, LEAST - 1)
    fits = both(block < _MOST_BLOCKS, last <= LAST, window.unused(first), window.unused(last))
    return first, last, Assumed("`chunk_block` begins 64 MiB of the unused part, in the address space.", fits)
