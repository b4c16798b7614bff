"""Which RAM banks a direct-mapped dom0 can have: what every run of allocate_memory_11 leaves true.

Model of allocate_memory_11 and insert_11_bank (xen/arch/arm/domain_build.c), for dom0 the same in all releases with
extended regions but for the most banks (behaviour `region-cap`, NR_MEM_BANKS); that the least first bank follows the
domain's memory and no more `dom0_mem` (2f6f9c7ae9) shows only in a hardware domain that the device tree describes. Where
the allocator finds its blocks depends on the heap, which nobody knows beforehand: so this is a predicate over bank
lists, not a prediction.

Blocks come from the heap, naturally aligned and of 2^n pages, and halves that are both free are one free block. It asks

* for bank 0: the largest block there is below 2^lowmem, of 128 MiB at least (of all memory, if less), rounded up to a
  power of two; 100 MiB can have no such block, so then this step finds none. A 32-bit dom0 needs it, another goes on;
* then again and again: the largest power of two that is not above what is missing, and below that only sizes from
  4 MiB on. So each size below 4 MiB is met once at most. A block below 128 MiB never becomes the lowest bank.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from verifier.layout import units
from verifier.logic.word import Word, equal, holds, smaller, uint64
from verifier.xen.ext_regions import PAGE_SHIFT
from verifier.xen.outcome import Span
from verifier.xen.release import Xen

PAGE = 1 << PAGE_SHIFT
DEFAULT = 512 << 20
"""Bytes of dom0 where nobody says (MB(512) in create_dom0; CONFIG_DOM0_MEM is empty)."""
LEAST_BLOCK = 4 << 20
"""Bytes below which the size of a block is never lowered (min_order)."""
_MOST = 1 << 52
"""Bytes that no dom0 has."""
LEAST_FIRST = 128 << 20
"""Bytes of the lowest bank, unless dom0 has less."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Something that is not in the heap while dom0 is built."""

    span: Span
    name: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What dom0's RAM is taken from; None is unknown, and then not compared."""

    amount: Word | None
    """Bytes of dom0 (dom0_mem)."""
    ram: Sequence[Span] | None
    """Where the heap is: boot RAM, or the static heap if there is one; ascending."""
    kept: Sequence[Kept] = ()
    bits: int = 64
    """Of the kernel, 32 or 64."""
    low_bits: int = 32
    """`min(32, arch_get_dma_bitsize())`."""


def violations(xen: Xen, memory: Memory, banks: Sequence[Span]) -> tuple[str, ...]:
    """Why allocate_memory_11 can never have given `banks`, one sentence each; empty where nothing is known against it."""
    wrong = tuple(_ill_formed(banks))
    if wrong:
        return wrong
    return (
        *_out_of_order(banks),
        *_too_many(xen, banks),
        *_outside(memory, banks),
        *kept(memory, banks),
        *_wrong_amount(memory, banks),
        *_repeated_blocks(banks),
        *_lowest(memory, banks),
    )


def _ill_formed(banks: Sequence[Span]) -> Iterator[str]:
    if not banks:
        yield "there is no bank: allocate_memory_11 gives one at least"
    for index, bank in enumerate(banks):
        end = uint64.add(bank.start, bank.size)
        if holds(equal(bank.size, 0)) or not holds(bank.start < end):
            yield f"{_named(index, bank)} is empty or does not end: insert_11_bank takes blocks of 2^n pages"
        elif not (_aligned(bank.start, PAGE) and _aligned(bank.size, PAGE)):
            yield f"{_named(index, bank)} is no whole pages of {units.size(PAGE)}: insert_11_bank takes blocks of 2^n pages"
        elif holds(bank.start < PAGE):
            yield f"{_named(index, bank)} has page 0, which is never in the heap (init_heap_pages)"


def _out_of_order(banks: Sequence[Span]) -> Iterator[str]:
    for index, (bank, after) in enumerate(pairwise(banks)):
        if holds(after.start < uint64.add(bank.start, bank.size)):
            yield (
                f"{_named(index, bank)} and {_named(index + 1, after)} overlap or do not ascend: "
                "insert_11_bank keeps banks apart and by address"
            )


def _too_many(xen: Xen, banks: Sequence[Span]) -> Iterator[str]:
    most = xen.value("region-cap")
    if len(banks) > most:
        yield f"{len(banks)} banks: insert_11_bank takes {most} at most"


def _outside(memory: Memory, banks: Sequence[Span]) -> Iterator[str]:
    """The heap has whole pages only (init_boot_pages), and joins RAM banks that touch."""
    if memory.ram is None:
        return
    for index, bank in enumerate(banks):
        covered, end = bank.start, uint64.add(bank.start, bank.size)
        for each in memory.ram:
            covered = further(covered, each)
        if not holds(end <= covered):
            yield (
                f"{_named(index, bank)} is outside RAM from {_said(covered)} on: "
                "allocate_memory_11 takes dom0's pages from the heap"
            )


def further(covered: Word, ram: Span) -> Word:
    """Up to where a bank is in RAM, given that it is up to `covered` and one more bank of the host."""
    first = uint64.round_up(ram.start, PAGE)
    last = uint64.round_down(uint64.add(ram.start, ram.size), PAGE)
    return last if holds(first <= covered) and holds(covered < last) else covered


def kept(memory: Memory, banks: Sequence[Span]) -> Iterator[str]:
    """Pages that are kept from the heap, in part or as a whole (dt_unreserved_regions, next_module)."""
    for index, bank in enumerate(banks):
        end = uint64.add(bank.start, bank.size)
        for each in memory.kept:
            first = uint64.round_down(each.span.start, PAGE)
            last = uint64.round_up(uint64.add(each.span.start, each.span.size), PAGE)
            if holds(first < end) and holds(bank.start < last):
                yield (
                    f"{_named(index, bank)} overlaps {each.name} {_range(each.span)}, "
                    "which is not in the heap when allocate_memory_11 runs"
                )


def _wrong_amount(memory: Memory, banks: Sequence[Span]) -> Iterator[str]:
    if memory.amount is None:
        return
    total = _total(banks)
    if not holds(equal(total, memory.amount)):
        yield (
            f"the banks have {_sized(total)}, dom0_mem is {_sized(memory.amount)}: "
            "allocate_memory_11 panics if a byte of it is missing"
        )


def _repeated_blocks(banks: Sequence[Span]) -> Iterator[str]:
    seen: dict[int, int] = {}
    for index, bank in enumerate(banks):
        for block in _small_blocks(bank):
            if block in seen:
                yield (
                    f"{_named(seen[block], banks[seen[block]])} and {_named(index, bank)} need two blocks of "
                    f"{units.size(block)}: of sizes below {units.size(LEAST_BLOCK)} "
                    "allocate_memory_11 takes each once at most"
                )
            seen[block] = index


def _small_blocks(bank: Span) -> Iterator[int]:
    """The sizes below 4 MiB of the fewest naturally aligned blocks that make up a bank.

    Sizes that are met once each cannot make up a power of two between them, so no other choice of blocks is possible.
    """
    start, end = bank.start, uint64.add(bank.start, bank.size)
    unit = PAGE
    while unit < LEAST_BLOCK:
        if not _aligned(start, 2 * unit) and holds(uint64.add(start, unit) <= end):
            yield unit
            start = uint64.add(start, unit)
        if not _aligned(end, 2 * unit) and holds(uint64.add(start, unit) <= end):
            yield unit
            end = uint64.subtract(end, unit)
        unit *= 2


def _lowest(memory: Memory, banks: Sequence[Span]) -> Iterator[str]:
    """What the first block and insert_11_bank's refusal make of the lowest bank."""
    amount = _total(banks)
    first = least_first(amount)
    below = 1 << memory.low_bits
    low = searches_low(amount) and any(_has_block(bank, first, below) for bank in banks)
    if not low and memory.bits == 32:
        yield (
            f"no bank has an aligned block of {units.size(first)} below {units.hexa(below)}: "
            'allocate_memory_11 panics with "Unable to allocate first memory bank" for a 32-bit dom0'
        )
    elif low and not _has_block(banks[0], first, 1 << 63):
        yield (
            f"{_named(0, banks[0])} is the lowest and has no aligned block of {units.size(first)}: with one below "
            f"{units.hexa(below)} it is the first that allocate_memory_11 takes, and insert_11_bank refuses less below it"
        )
    elif not low and not _has_block(banks[0], least := _first_high(banks, amount), 1 << 63):
        yield (
            f"{_named(0, banks[0])} is the lowest and has no aligned block of {units.size(least)}: "
            "one that size at least is the first that allocate_memory_11 takes, and insert_11_bank refuses less below it"
        )


def _first_high(banks: Sequence[Span], amount: Word) -> int:
    """The largest block in the banks, which is the first where none was found below 2^lowmem; 128 MiB if it is larger.

    With 4 MiB the search ends, or with the greatest power of two in `amount` if that is less.
    """
    size = LEAST_FIRST
    while size > PAGE and holds(amount < size):
        size //= 2
    while size > LEAST_BLOCK and not any(_has_block(bank, size, 1 << 63) for bank in banks):
        size //= 2
    return size


def most_banks(amount: int) -> int:
    """How many banks `amount` bytes can be in: blocks of 4 MiB, and one for each smaller power of two in what is left."""
    return amount // LEAST_BLOCK + (-(-(amount % LEAST_BLOCK) // PAGE)).bit_count()


def least_first(amount: Word) -> int:
    """The least block that is looked for below 2^lowmem as the first one (min_low_order)."""
    return _power_from(smaller(amount, LEAST_FIRST))


def largest(missing: Word, most: int = _MOST) -> int:
    """The block that is asked for while so many bytes, a page or more, are missing (get_allocation_size); at most `most`."""
    unit = PAGE
    while unit < most and holds(2 * unit <= missing):
        unit *= 2
    return unit


def searches_low(amount: Word) -> bool:
    """Whether any block is looked for below 2^lowmem: sizes are tried from the largest down to the least."""
    return largest(amount, LEAST_FIRST) >= least_first(amount)


def _power_from(amount: Word) -> int:
    """The least power of two, of a page or more, that is not below `amount`, which is 128 MiB at most."""
    unit = PAGE
    while unit < LEAST_FIRST and holds(amount > unit):
        unit *= 2
    return unit


def _has_block(bank: Span, size: int, below: int) -> bool:
    """Whether a naturally aligned block of `size` bytes lies inside a bank and ends at or below `below`."""
    end = uint64.add(uint64.round_up(bank.start, size), size)
    return holds(end <= uint64.add(bank.start, bank.size)) and holds(end <= below)


def _total(banks: Sequence[Span]) -> Word:
    total: Word = 0
    for bank in banks:
        total = uint64.add(total, bank.size)
    return total


def _aligned(word: Word, unit: int) -> bool:
    return holds(equal(uint64.round_down(word, unit), word))


def _named(index: int, bank: Span) -> str:
    return f"bank {index} {_range(bank)}"


def _range(span: Span) -> str:
    if isinstance(span.start, int) and isinstance(span.size, int):
        return units.span(span.start, span.start + span.size)
    return "[unknown words)"


def _said(word: Word) -> str:
    return units.hexa(word) if isinstance(word, int) else "an unknown word"


def _sized(word: Word) -> str:
    return units.sized(word) if isinstance(word, int) else "an unknown number of bytes"
