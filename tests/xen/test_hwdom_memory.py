"""RAM of a hardware domain that is not direct-mapped, by hand; the boots of real Xen are in test_guest_map."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from tests.xen.second_reading import Guide, Numbers, value
from verifier.logic.word import Word
from verifier.xen.hwdom_memory import Demand, find
from verifier.xen.outcome import FaultError, Span
from verifier.xen.release import xen

M = 1 << 20
GRANT = Span(0x40200000, 0x40000)
Ranges = tuple[tuple[int, int], ...]


def spans(ranges: Ranges) -> list[Span]:
    return [Span(start, end - start) for start, end in ranges]


def banks(
    tag: str, ram: Ranges, amount: int, *, reserved: Ranges = (), kernel: int | None = M, initrd: int = 0
) -> Any:
    """Starts and ends; a string where an input is not known."""
    found = find(
        xen(tag),
        ipa_bits=40,
        ram=spans(ram),
        reserved=spans(reserved),
        grant=GRANT,
        demand=Demand(amount, kernel, initrd),
    )
    if found.open:
        return found.open
    return tuple(
        (value(each.start, {}), value(each.start, {}) + value(each.size, {})) for each in found.banks
    )


# Beside the grant region there are 2 MiB below it and [0x40400000, 0x60000000) above, and after 64 MiB reserved
# [0x64000000, 0x80000000) of 448 MiB.
RAM: Ranges = ((0x40000000, 0x80000000),)
CUT: Ranges = ((0x60000000, 0x64000000),)


@pytest.mark.parametrize(("tag", "amount", "expected"), [
    ("4.21.2", 256, ((0x40400000, 0x50400000),)),
    ("4.22.0", 256, ((0x40400000, 0x50400000),)),
    ("4.21.2", 600, ((0x40400000, 0x60000000), (0x64000000, 0x69C00000))),
    ("4.21.2", 956, ((0x40400000, 0x60000000), (0x64000000, 0x80000000))),
    ("4.22.0", 956, ((0x40400000, 0x60000000), (0x64000000, 0x80000000))),
])  # fmt: skip
def test_free_memory_in_turn(tag: str, amount: int, expected: Ranges) -> None:
    assert banks(tag, RAM, amount * M, reserved=CUT) == expected


def test_the_last_2_mib_were_lost_at_first() -> None:
    """add_hwdom_free_regions as add_ext_regions (245e47cf8d): the largest piece is 506 MiB, then the next is taken."""
    assert banks("4.20.4", RAM, 508 * M, reserved=CUT) == ((0x40400000, 0x5FE00000), (0x64000000, 0x64200000))
    assert banks("4.21.0", RAM, 508 * M, reserved=CUT) == ((0x40400000, 0x60000000),)


def test_the_largest_first_and_the_earlier_of_equals() -> None:
    ram: Ranges = ((0x50000000, 0x58000000), (0x60000000, 0x70000000), (0x80000000, 0x90000000))
    assert banks("4.21.0", ram, 520 * M) == (
        (0x60000000, 0x70000000),
        (0x80000000, 0x90000000),
        (0x50000000, 0x50800000),
    )


def test_the_first_has_128_mib_and_what_is_below_is_skipped() -> None:
    ram: Ranges = ((0x50000000, 0x57E00000), (0x60000000, 0x70000000))
    assert banks("4.22.0", ram, 200 * M) == ((0x60000000, 0x6C800000),)
    assert banks("4.22.0", ram, 100 * M) == ((0x50000000, 0x56400000),)


def test_the_first_has_room_for_the_kernel() -> None:
    """128 MiB have none for modules of 128 MiB and a tree; for 122 MiB it depends on tree and offset."""
    ram: Ranges = ((0x50000000, 0x58000000), (0x60000000, 0x70000000))
    assert banks("4.22.0", ram, 160 * M, kernel=100 * M, initrd=28 * M) == ((0x60000000, 0x6A000000),)
    assert "0x8000000 bytes is not known" in banks("4.22.0", ram, 160 * M, kernel=100 * M, initrd=22 * M)
    assert banks("4.22.0", ram, 160 * M, kernel=80 * M, initrd=22 * M) == (
        (0x50000000, 0x58000000),
        (0x60000000, 0x62000000),
    )
    # Of 256 MiB the bank has 129: with 82 MiB of kernel and 8 beside it, 39 for an initrd of whole 2 MiB.
    large: Ranges = ((0x50000000, 0x60000000),)
    assert banks("4.22.0", large, 129 * M, kernel=82 * M, initrd=38 * M) == ((0x50000000, 0x58100000),)
    assert "0x8100000 bytes is not known" in banks(
        "4.22.0", large, 129 * M, kernel=82 * M, initrd=38 * M + 4096
    )
    # All but the kernel is whole 2 MiB: 101, 24 and 2 MiB may do, 101, 26 and 2 do not.
    assert "not known" in banks("4.22.0", ram, 160 * M, kernel=101 * M, initrd=24 * M)
    assert banks("4.22.0", ram, 160 * M, kernel=101 * M, initrd=24 * M + 4096) == ((0x60000000, 0x6A000000),)
    assert "not known" in banks("4.22.0", ram, 160 * M, kernel=None)
    assert banks("4.21.0", ram, 160 * M, kernel=None) == ((0x60000000, 0x6A000000),)


def test_too_little_memory_ends_xen() -> None:
    """2 and 1020 MiB are free: 4.20 loses 2 MiB of each, 4.22 skips what is no first bank."""
    for tag, free in (("4.20.0", "0x3fa00000 (1018 MiB)"), ("4.22.0", "0x3fc00000 (1020 MiB)")):
        said = re.escape(f"free host addresses have {free}, the domain is to have 0x40000000 (1 GiB)")
        with pytest.raises(FaultError, match=said):
            banks(tag, RAM, 1024 * M)
    with pytest.raises(FaultError, match="no free host memory can be the first bank"):
        banks("4.22.0", ((0x50000000, 0x54000000),), 128 * M)


@pytest.mark.parametrize("tag", ["4.20.0", "4.21.0", "4.22.0", "head"])
def test_unknown_words_give_what_integers_give(tag: str) -> None:
    dice = random.Random(7)
    for _ in range(60):
        ends = sorted(dice.randrange(1 << 14, 1 << 20) << 12 for _ in range(6))
        numbers: Numbers = {f"{name}{n}": number for n in range(3) for name, number in
                            (("start", ends[2 * n]), ("size", ends[2 * n + 1] - ends[2 * n] + 4096))}  # fmt: skip
        amount = dice.choice([M, 64 * M, 300 * M])
        guide = Guide(numbers)
        assert _found(tag, [_word(guide, n) for n in range(3)], amount, numbers) == _found(
            tag, [Span(numbers[f"start{n}"], numbers[f"size{n}"]) for n in range(3)], amount, numbers
        )


def _word(guide: Guide, number: int) -> Span:
    return Span(guide.word(f"start{number}"), guide.word(f"size{number}"))


def _found(tag: str, pieces: list[Span], amount: Word, numbers: Numbers) -> Any:
    try:
        found = find(
            xen(tag), ipa_bits=40, ram=pieces[:2], reserved=pieces[2:], grant=GRANT, demand=Demand(amount, M)
        )
    except FaultError as fault:
        return fault.fault.function
    return bool(found.open), [(value(each.start, numbers), value(each.size, numbers)) for each in found.banks]
