"""What allocate_memory_11 can give, function by function, on both sides of each bound: by hand from domain_build.c."""

from __future__ import annotations

import pytest

from tests.xen.second_reading import Guide
from verifier.logic.word import Word
from verifier.xen import dom0_memory
from verifier.xen.dom0_memory import (
    Kept,
    Memory,
    further,
    kept,
    largest,
    least_first,
    most_banks,
    searches_low,
    violations,
)
from verifier.xen.outcome import Span
from verifier.xen.release import xen

K, M, G = 1 << 10, 1 << 20, 1 << 30
PAGE = 4 * K
LOW, HIGH = 0x40000000, 0x100000000
TOP = 1 << 64
NOTHING = Memory(None, None)


def test_of_what_nobody_says() -> None:
    """A kernel of 64 bits, whose first bank may lie anywhere, and a bus that reaches 4 GiB."""
    assert (NOTHING.bits, NOTHING.low_bits, tuple(NOTHING.kept)) == (64, 32, ())


@pytest.mark.parametrize(
    ("start", "size", "said"),
    [
        (LOW, 0, "is empty or does not end"),
        (LOW, 1, "is no whole pages"),
        (LOW, PAGE - 1, "is no whole pages"),
        (LOW, PAGE, ""),
        (LOW, PAGE + 2 * K, "is no whole pages"),
        (LOW + 2 * K, PAGE, "is no whole pages"),
        (LOW + 2 * K, PAGE + 2 * K, "is no whole pages"),
        # Up to the end of 64 bits, where the next address is 0, and beyond.
        (TOP - 2 * PAGE, PAGE, ""),
        (TOP - PAGE, PAGE, "is empty or does not end"),
        (TOP - PAGE, 3 * PAGE, "is empty or does not end"),
        (0, PAGE, "has page 0"),
        (PAGE, PAGE, ""),
    ],
)
def test_a_bank_is_whole_pages_that_end(start: int, size: int, said: str) -> None:
    found = list(dom0_memory._ill_formed([Span(start, size)]))
    assert [said in each for each in found] == [True] * bool(said)
    assert violations(xen("head"), NOTHING, [Span(start, size)])[: len(found)] == tuple(found)


@pytest.mark.parametrize(
    ("covered", "ram", "reached"),
    [
        # From the bank's first address, or before it; up to the end.
        (LOW, Span(LOW, M), LOW + M),
        (LOW, Span(LOW - M, 2 * M), LOW + M),
        (LOW, Span(LOW + PAGE, M), LOW),
        (LOW, Span(LOW - M, M), LOW),
        (LOW, Span(LOW - 2 * M, M), LOW),
        # A page of which the host's bank has a part is none of the heap.
        (LOW, Span(LOW + 2 * K, M), LOW),
        (LOW + 2 * K, Span(LOW + 2 * K, M), LOW + 2 * K),
        (LOW + PAGE, Span(LOW + 2 * K, M), LOW + M),
        (LOW, Span(LOW, M + 2 * K), LOW + M),
        (LOW, Span(LOW, M - 1), LOW + M - PAGE),
        (LOW, Span(LOW, 2 * K), LOW),
    ],
)
def test_how_far_a_bank_of_the_host_reaches(covered: int, ram: Span, reached: int) -> None:
    assert further(covered, ram) == reached


@pytest.mark.parametrize(
    ("start", "size", "meets"),
    [
        # Beside [0x40000000, 0x40001000): the page before and the one after it, of which any byte is the whole page.
        (LOW - 1, 1, False),
        (LOW - 1, 2, True),
        (LOW, 1, True),
        (LOW + 2 * K, 16, True),
        (LOW + PAGE - 1, 1, True),
        (LOW + PAGE, 1, False),
    ],
)
def test_a_page_that_is_kept_in_part_is_kept(start: int, size: int, *, meets: bool) -> None:
    memory = Memory(None, None, [Kept(Span(start, size), "it")])
    assert bool(list(kept(memory, [Span(LOW, PAGE)]))) is meets
    # Where a bank is a part of that page only, it is the same page.
    for part in (Span(LOW, 16), Span(LOW + PAGE - 16, 16)):
        assert bool(list(kept(memory, [part]))) is meets


@pytest.mark.parametrize(
    ("first", "end", "blocks"),
    [
        # In pages: a block of 2^n begins at a multiple of 2^n; only those below 4 MiB, 1024 pages, are told.
        (1, 2, [1]),
        (2, 3, [1]),
        (1, 3, [1, 1]),
        (2, 4, [2]),
        (4, 6, [2]),
        (6, 8, [2]),
        (3, 8, [1, 4]),
        (1, 8, [1, 2, 4]),
        (8, 15, [1, 2, 4]),
        (7, 13, [1, 1, 4]),
        (512, 1024, [512]),
        (1024, 1536, [512]),
        (1024, 2048, []),
        (512, 2560, [512, 512]),
        (1023, 2049, [1, 1]),
    ],
)
def test_the_small_blocks_of_a_bank(first: int, end: int, blocks: list[int]) -> None:
    bank = Span(first * PAGE, (end - first) * PAGE)
    assert sorted(dom0_memory._small_blocks(bank)) == [each * PAGE for each in blocks]


def test_a_size_below_4_mib_comes_once() -> None:
    """Also if each block is a bank of its own, at an even or an odd page; 4 MiB come as often as there are."""
    for size, first, second in (
        (PAGE, LOW + PAGE, LOW + 4 * PAGE),
        (PAGE, LOW, LOW + 3 * PAGE),
        (2 * M, LOW, LOW + 6 * M),
        (2 * M, LOW + 2 * M, LOW + 8 * M),
    ):
        found = violations(xen("head"), NOTHING, [Span(first, size), Span(second, size)])
        assert any("need two blocks" in each for each in found)
    two = [Span(LOW, 4 * M), Span(LOW + 8 * M, 4 * M)]
    assert violations(xen("head"), NOTHING, two) == ()


@pytest.mark.parametrize(
    ("amount", "block", "most", "least"),
    [
        # The greatest power of two at or below, also up to 128 MiB; and the least at or above up to 128 MiB.
        (PAGE, PAGE, PAGE, PAGE),
        (2 * PAGE - 1, PAGE, PAGE, 2 * PAGE),
        (2 * PAGE, 2 * PAGE, 2 * PAGE, 2 * PAGE),
        (3 * PAGE, 2 * PAGE, 2 * PAGE, 4 * PAGE),
        (64 * M, 64 * M, 64 * M, 64 * M),
        (64 * M + PAGE, 64 * M, 64 * M, 128 * M),
        (128 * M - PAGE, 64 * M, 64 * M, 128 * M),
        (128 * M, 128 * M, 128 * M, 128 * M),
        (300 * M, 256 * M, 128 * M, 128 * M),
        (512 * G, 512 * G, 128 * M, 128 * M),
        # No dom0 has 4 PiB, where the search ends.
        (1 << 52, 1 << 52, 128 * M, 128 * M),
        (TOP - PAGE, 1 << 52, 128 * M, 128 * M),
    ],
)
def test_the_blocks_that_are_asked_for(amount: int, block: int, most: int, least: int) -> None:
    assert largest(amount) == block
    assert largest(amount, 128 * M) == most
    assert least_first(amount) == least
    assert searches_low(amount) is (most >= least)


@pytest.mark.parametrize(
    ("banks", "amount", "least"),
    [
        # One that all of it fits into is the first; of 128 MiB and more no more than 128 is known.
        ([(HIGH, 4 * M)], 4 * M, 4 * M),
        ([(HIGH, 128 * M)], 128 * M, 128 * M),
        ([(HIGH, 512 * M)], 512 * M, 128 * M),
        # The largest there is: in any bank, if it is aligned to its size.
        ([(HIGH, 64 * M), (HIGH + 128 * M, 64 * M)], 128 * M, 64 * M),
        ([(HIGH, 32 * M), (HIGH + 128 * M, 64 * M), (HIGH + 256 * M, 32 * M)], 128 * M, 64 * M),
        ([(HIGH + 4 * M, 8 * M)], 8 * M, 4 * M),
        # 4 MiB is the end of the search, whatever there is, and the greatest power of two in less is asked for once.
        ([(HIGH + 2 * M, 4 * M), (HIGH + 10 * M, 4 * M)], 8 * M, 4 * M),
        ([(HIGH, 2 * M), (HIGH + 4 * M, 2 * M)], 4 * M, 4 * M),
        ([(HIGH + M, 2 * M)], 2 * M, 2 * M),
        ([(HIGH, 2 * M + PAGE)], 2 * M + PAGE, 2 * M),
        ([(HIGH, PAGE)], PAGE, PAGE),
        # Anywhere, as far as addresses have a sign to spare.
        ([((1 << 63) - 128 * M, 128 * M)], 128 * M, 128 * M),
        # A block is a page at least, even for a number of bytes of which nothing is known.
        ([(HIGH, PAGE)], 1, PAGE),
    ],
)
def test_the_first_block_where_there_is_none_below(
    banks: list[tuple[int, int]], amount: int, least: int
) -> None:
    assert dom0_memory._first_high([Span(*each) for each in banks], amount) == least


def test_the_lowest_bank_has_the_block_that_is_tried_last() -> None:
    """8 MiB in two banks that have no aligned 4 MiB: no step asks for blocks of 2 MiB twice, nor first for one."""
    banks = [Span(HIGH + 2 * M, 4 * M), Span(HIGH + 10 * M, 4 * M)]
    found = violations(xen("head"), NOTHING, banks)
    assert any("bank 0" in each and "has no aligned block of 4 MiB" in each for each in found)


def test_a_bank_may_lie_anywhere() -> None:
    """Where no block is found below 4 GiB, those above are taken from the highest addresses on."""
    for end in (1 << 40, 1 << 52, 1 << 63):
        assert violations(xen("head"), NOTHING, [Span(end - 128 * M, 128 * M)]) == ()


@pytest.mark.parametrize("amount", [PAGE, M - PAGE, 4 * M - PAGE, 4 * M, 4 * M + PAGE, 8 * M + 3 * PAGE])
def test_the_most_banks_are_blocks_apart(amount: int) -> None:
    """4 MiB each, and of the rest one for each binary digit of its pages."""
    whole, rest = divmod(amount, 4 * M)
    assert most_banks(amount) == whole + sum(rest >> bit & 1 for bit in range(12, 22))
    assert most_banks(amount - 1) == most_banks(amount), "a page that is begun is a page"


def test_a_bank_with_an_unknown_end_has_no_numbers() -> None:
    """Neither if only its start is known, nor only its size."""
    guide = Guide({"start": LOW, "size": M})
    words: tuple[tuple[Word, Word], ...] = (
        (guide.word("start"), M),
        (LOW, guide.word("size")),
        (guide.word("start"), guide.word("size")),
    )
    for start, size in words:
        assert dom0_memory._range(Span(start, size)) == "[unknown words)"
    assert dom0_memory._range(Span(LOW, M)) == "[0x40000000, 0x40100000)"
