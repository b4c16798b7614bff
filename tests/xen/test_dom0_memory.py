"""Banks that dom0 can have: all that real Xen gave and all that its allocator can give; what it cannot is told."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.reading.runs import NEEDS_BOARDS, RELEASES, boards, runs
from tests.xen import allocator, maps
from tests.xen.second_reading import Guide, Numbers
from tests.xen.test_replay import given, pairs
from verifier.layout.domain_map import Extent
from verifier.layout.host import Host
from verifier.logic.word import Word
from verifier.reading.boot_log import read_boot_log
from verifier.reading.dtb import read_dtb
from verifier.reading.host_tree import host_of
from verifier.xen import heap_left
from verifier.xen.dom0_memory import Kept, Memory, most_banks, violations
from verifier.xen.given_banks import bank_faults
from verifier.xen.outcome import Span
from verifier.xen.release import xen
from verifier.xen.subjects import Given, coloured, subjects

HEAD = xen("head")
K, M, G = 1 << 10, 1 << 20, 1 << 30


def spans(*ranges: tuple[int, int]) -> tuple[Span, ...]:
    """Of starts and ends."""
    return tuple(Span(start, end - start) for start, end in ranges)


# What real Xen gave.


def test_the_banks_of_every_run_are_possible_or_predicted() -> None:
    judged: Counter[str] = Counter()
    for name, run in runs().items():
        log = read_boot_log(run.log, name)
        host = host_of(read_dtb(run.blob, name), run.release)
        inputs = given(log)
        if inputs is None or inputs.dom0_banks is None:
            continue
        assert bank_faults(host, xen(host.tag), inputs) == (), name
        few_banks(host, inputs)
        judged["coloured" if coloured(host) else "direct-mapped"] += 1
    assert judged["direct-mapped"] >= 40
    assert judged["coloured"] >= 2


def test_the_banks_of_every_boot_are_possible_or_predicted() -> None:
    judged: Counter[str] = Counter()
    for row, blob in maps.boots():
        host = host_of(read_dtb(blob, row["name"]), row["release"])
        if not (row["banks"] and row["grant"]):  # the first boots without dom0 print those of guests
            continue
        (grant,) = maps.extents([row["grant"]])
        inputs = Given(row["ipa"], row["iommu"], None, maps.extents(row["banks"]), grant)
        assert bank_faults(host, xen(host.tag), inputs) == (), row["name"]
        few_banks(host, inputs)
        judged[row["release"]] += 1
    assert set(judged) >= {"4.16.0", "4.17.7", "4.18.0", "4.19.0", "4.20.0", "4.21.2", "4.22.0", "head"}
    assert sum(judged.values()) >= 280


@NEEDS_BOARDS
@pytest.mark.parametrize("version", ["4.17", "head"])
def test_the_banks_of_every_board_are_possible(version: str) -> None:
    judged = 0
    for name, (content, found) in boards().items():
        seen = found.get(version) or found["4.17=head"]
        if seen["ipa"] is None or not seen["d0"]:
            continue
        host = host_of(read_dtb(content, name), RELEASES[version])
        grant = pairs([seen["gnttab"]])[0] if seen["gnttab"] else None
        inputs = Given(seen["ipa"], True, None, pairs(seen["d0"]), grant)
        assert bank_faults(host, xen(host.tag), inputs) == (), name
        few_banks(host, inputs)
        judged += 1
    assert judged >= 250


def few_banks(host: Host, seen: Given) -> None:
    """No more banks than are said to be possible before boot (`heap-whole`)."""
    before = replace(seen, dom0_banks=None)
    for subject in subjects(host, xen(host.tag), before):
        if subject.path is None and subject.direct_mapped:
            assert len(seen.dom0_banks or ()) <= heap_left.most_banks(host, xen(host.tag), before, subject)


def test_coloured_banks_are_predicted() -> None:
    """Without the log's banks: free host memory from its lowest address on is taken, 256 MiB of it."""
    found = 0
    for name, run in runs().items():
        host = host_of(read_dtb(run.blob, name), run.release)
        inputs = given(read_boot_log(run.log, name))
        if inputs is None or not coloured(host):
            continue
        d0 = subjects(
            host, xen(host.tag), Given(inputs.ipa_bits, inputs.iommu, inputs.ram, None, inputs.grant_region)
        )[0]
        assert d0.banks == inputs.dom0_banks, name
        assert d0.banks == (Extent(0x40000000, 0x50000000),)
        found += 1
    assert found >= 2


# What the allocator can give.


def heap_of(dice: random.Random) -> list[allocator.Run]:
    """Free pages: RAM in up to three pieces, some of them around or above 4 GiB, with holes of all sizes."""
    found: list[allocator.Run] = []
    at = 1
    for _ in range(dice.randint(1, 3)):
        at += dice.choice([0, dice.randrange(1 << 19), 1 << dice.randrange(12, 20)])
        end = at + dice.choice([1 << dice.randrange(14, 20), dice.randrange(1 << 12, 1 << 18)])
        for _ in range(dice.choice([0, 1, 3, 12])):
            cut = dice.randrange(at, end)
            stop = min(end, cut + dice.choice([1, 7, 1 << dice.randrange(13), dice.randrange(1, 1 << 14)]))
            if cut > at:
                found.append((at, cut))
            at = stop
            if at >= end:
                break
        if at < end:
            found.append((at, end))
        at = max(at, end)
    return found


def pages_of(dice: random.Random, heap: Sequence[allocator.Run]) -> int:
    most = max(1, sum(end - first for first, end in heap))
    pages = dice.choice(
        [1 << dice.randrange(10, 19), 256 * dice.randrange(1, 2048), dice.randrange(1, 1 << 18)]
    )
    return min(pages, most)


def simulated(seed: int) -> tuple[Memory, tuple[Span, ...]] | None:
    """A run of the allocator; None where Xen panics."""
    dice = random.Random(seed)
    heap = heap_of(dice)
    pages, bits, low_bits = pages_of(dice, heap), dice.choice([32, 64, 64]), dice.choice([30, 32, 32])
    banks = allocator.dom0(allocator.Heap(heap, dice), pages, bits=bits, low_bits=low_bits)
    if banks is None:
        return None
    ram = spans(*((first << 12, end << 12) for first, end in heap))
    found = spans(*((first << 12, end << 12) for first, end in banks))
    return Memory(pages << 12, ram, (), bits, low_bits), found


SEEDS = range(3000)


def test_what_the_allocator_gives_is_possible() -> None:
    met: Counter[str] = Counter()
    for seed in SEEDS:
        run = simulated(seed)
        if run is None:
            met["panics"] += 1
            continue
        memory, banks = run
        assert violations(HEAD, memory, banks) == (), seed
        met["several banks" if len(banks) > 1 else "one bank"] += 1
        assert isinstance(memory.amount, int)
        met["small blocks"] += bool(memory.amount % (4 * M))
        met["no low bank"] += not any(
            isinstance(bank.start, int) and bank.start < 1 << memory.low_bits for bank in banks
        )
    print(met)
    assert (
        min(met[each] for each in ("panics", "several banks", "one bank", "small blocks", "no low bank"))
        >= 50
    )


def test_the_most_banks_that_an_amount_can_be_in() -> None:
    """No run has more; with each block apart from all others, there are as many."""
    for seed in SEEDS:
        run = simulated(seed)
        if run is not None and isinstance(run[0].amount, int):
            assert len(run[1]) <= most_banks(run[0].amount), seed
    for amount, most in ((8 * M, 2), (8 * M - 4096, 11), (9 * M + 4096, 4), (4096, 1)):
        pages = [1 << order for order in (10, 10, *reversed(range(10)))]
        heap = [(0x40000 + 0x1000 * at, 0x40000 + 0x1000 * at + count) for at, count in enumerate(pages)]
        runs = (
            allocator.dom0(allocator.Heap(heap, random.Random(seed)), amount >> 12, bits=64, low_bits=32)
            for seed in range(200)
        )
        assert max(len(banks) for banks in runs if banks is not None) == most == most_banks(amount)


Change = Callable[[list[Span], random.Random], list[Span]]


def moved(bank: Span, start: int, size: int) -> Span:
    assert isinstance(bank.start, int)
    assert isinstance(bank.size, int)
    return Span(bank.start + start, bank.size + size)


CHANGES: dict[str, Change] = {
    "a page more": lambda banks, _: [*banks[:-1], moved(banks[-1], 0, 4 * K)],
    "a page less": lambda banks, _: [*banks[:-1], moved(banks[-1], 0, -4 * K)],
    "half a page further": lambda banks, _: [*banks[:-1], moved(banks[-1], 2 * K, 0)],
    "without one": lambda banks, dice: [each for each in banks if each is not dice.choice(banks)],
    "one twice": lambda banks, dice: sorted([*banks, dice.choice(banks)], key=str),
    "at page 0": lambda banks, _: [Span(0, banks[0].size), *banks[1:]],
    "beyond RAM": lambda banks, _: [*banks[:-1], moved(banks[-1], 1 << 36, 0)],
    "empty": lambda banks, _: [*banks, Span(1 << 40, 0)],
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_what_it_cannot_give_is_told(name: str) -> None:
    judged = 0
    for seed in SEEDS[:400]:
        run, dice = simulated(seed), random.Random(seed)
        if run is None or (name == "without one" and len(run[1]) == 1):
            continue
        memory, banks = run
        changed = CHANGES[name](list(banks), dice)
        assert changed == list(banks) or violations(HEAD, memory, changed), seed
        judged += changed != list(banks)
    assert judged >= 50


def test_a_bank_of_whole_4_mib_cannot_be_a_page_further() -> None:
    """Its ends would need two blocks of a page."""
    judged = 0
    for seed in SEEDS[:1000]:
        run = simulated(seed)
        if run is None or not isinstance(run[0].amount, int) or run[0].amount % (4 * M):
            continue
        memory, banks = run
        nowhere = Memory(memory.amount, None, (), memory.bits, memory.low_bits)
        for index in range(len(banks)):
            changed = [*banks[:index], moved(banks[index], 4 * K, 0), *banks[index + 1 :]]
            assert violations(HEAD, nowhere, changed), seed
            judged += 1
    assert judged >= 100


# By hand; RAM is [0x40000000, 0x140000000), and dom0 has 512 MiB where nothing else is said.

RAM = spans((0x40000000, 0x140000000))


def told(*ranges: tuple[int, int], **memory: Any) -> tuple[str, ...]:
    asked: dict[str, Any] = {"amount": 512 * M, "ram": RAM} | memory
    return violations(HEAD, Memory(**asked), spans(*ranges))


@pytest.mark.parametrize(
    ("ranges", "memory", "message"),
    [
        (((0x50000000, 0x70000000),), {}, ""),
        ((), {}, "there is no bank"),
        (((0x50000000, 0x60000000),), {}, "the banks have 0x10000000 (256 MiB), dom0_mem is 0x20000000 (512 MiB)"),
        (((0x130000000, 0x150000000),), {}, "bank 0 [0x130000000, 0x150000000) is outside RAM from 0x140000000 on"),
        (((0x20000000, 0x40000000),), {}, "bank 0 [0x20000000, 0x40000000) is outside RAM from 0x20000000 on"),
        (((0x50000000, 0x60000000), (0x58000000, 0x68000000)), {}, "bank 0 [0x50000000, 0x60000000) and bank 1 [0x58000000"),
        (((0x60000000, 0x70000000), (0x50000000, 0x60000000)), {}, "bank 0 [0x60000000, 0x70000000) and bank 1 [0x50000000"),
        (((0x50000000, 0x60000000), (0x60000000, 0x70000000)), {}, ""),
        # The lowest bank: 64 MiB below, where 448 MiB have a block of 128 MiB; the 448 alone; 128 MiB that are not aligned.
        (((0x48000000, 0x4C000000), (0x60000000, 0x7C000000)), {}, "bank 0 [0x48000000, 0x4c000000) is the lowest and has"),
        (((0x60000000, 0x7C000000), (0x80000000, 0x84000000)), {}, ""),
        (((0x4C000000, 0x54000000), (0x60000000, 0x78000000)), {}, "no aligned block of 128 MiB: with one below 0x10000000"),
        # Nothing of 128 MiB below 4 GiB: then the largest block is the first; a 32-bit kernel needs one.
        (((0x44000000, 0x48000000), (0x4C000000, 0x50000000)), {"amount": 128 * M}, ""),
        (((0x44000000, 0x48000000), (0x4C000000, 0x50000000)), {"amount": 128 * M, "bits": 32}, "Unable to allocate first"),
        (((0x44000000, 0x48000000), (0x100000000, 0x11C000000)), {}, "bank 0 [0x44000000, 0x48000000) is the lowest"),
        # 100 MiB have no power of two that is not above them and not below 128 MiB: no bank 0 for a 32-bit kernel.
        (((0x48000000, 0x4E400000),), {"amount": 100 * M}, ""),
        (((0x48000000, 0x4E400000),), {"amount": 100 * M, "bits": 32}, "no bank has an aligned block of 128 MiB below"),
        # 1 GiB of DMA: what is above counts as high.
        (((0x40000000, 0x60000000),), {"low_bits": 30}, ""),
        (((0x40000000, 0x60000000),), {"low_bits": 30, "bits": 32}, "aligned block of 128 MiB below 0x40000000"),
        # 4 KiB once is the rest of 512 MiB and 4 KiB; twice it cannot be.
        (((0x50000000, 0x70001000),), {"amount": 512 * M + 4 * K}, ""),
        (((0x50001000, 0x70001000),), {}, "need two blocks of 4 KiB"),
        (((0x50001000, 0x6FFFF000), (0x80000000, 0x80002000)), {}, "need two blocks of 4 KiB"),
        (((0x50000000, 0x70000000),), {"amount": None, "ram": None}, ""),
        (((0x50000000, 0x70000000),), {"kept": [Kept(Span(0x5FFFFFFF, 1), "boot module /m")]},
         "bank 0 [0x50000000, 0x70000000) overlaps boot module /m [0x5fffffff, 0x60000000)"),
        (((0x50000000, 0x70000000),), {"kept": [Kept(Span(0x70000000, 0), "none"), Kept(Span(0x4FFFFF00, 9), "low")]}, ""),
        (((0x50000000, 0x70000000),), {"kept": [Kept(Span(0x70000800, 16), "beside"), Kept(Span(0x60000800, 0), "empty")]},
         "overlaps empty [0x60000800, 0x60000800)"),
        (((0x50000000, 0x70000000),), {"kept": [Kept(Span(0x4FFFF000, 0x1001), "byte")]},
         "overlaps byte [0x4ffff000, 0x50000001)"),
        (((0, 0x20000000),), {"ram": spans((0, 0x40000000))}, "bank 0 [0x0, 0x20000000) has page 0"),
        (((0x1000, 0x20000000),), {"ram": spans((0, 0x40000000)), "amount": 512 * M - 4 * K}, ""),
    ],
)  # fmt: skip
def test_by_hand(ranges: tuple[tuple[int, int], ...], memory: dict[str, Any], message: str) -> None:
    found = told(*ranges, **memory)
    assert any(message in each for each in found) if message else found == ()


def test_the_most_banks() -> None:
    """NR_MEM_BANKS; 128 pieces of 4 MiB above 4 GiB, the first of 128 MiB."""
    ranges = spans(*((0x100000000 + 8 * M * n, 0x100000000 + 8 * M * n + 4 * M) for n in range(129)))
    memory = Memory(129 * 4 * M, None)
    assert violations(xen("4.16.0"), Memory(128 * 4 * M, None), ranges[1:]) == ()
    assert violations(xen("4.16.1"), memory, ranges) == ()
    assert violations(xen("4.16.0"), memory, ranges) == ("129 banks: insert_11_bank takes 128 at most",)


def test_unknown_words_are_judged_as_integers_are() -> None:
    """The same code over a second reading; its sentences differ only in the numbers they have not."""
    for seed in range(120):
        run = simulated(seed)
        if run is None or len(run[1]) > 6:
            continue
        memory, banks = run
        dice = random.Random(seed)
        for changed in (
            list(banks),
            CHANGES["a page more"](list(banks), dice),
            CHANGES["at page 0"](list(banks), dice),
        ):
            numbers: Numbers = {f"{name}{n}": _known(word) for n, bank in enumerate(changed) for name, word in
                                (("start", bank.start), ("size", bank.size))}  # fmt: skip
            guide = Guide(numbers)
            unknown = [Span(guide.word(f"start{n}"), guide.word(f"size{n}")) for n in range(len(changed))]
            assert len(violations(HEAD, memory, unknown)) == len(violations(HEAD, memory, changed)), seed


def _known(word: Word) -> int:
    assert isinstance(word, int)
    return word
