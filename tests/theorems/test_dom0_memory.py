"""Dom0's allocator: the low bank that is never looked for, and what each accepted list of banks satisfies."""

from __future__ import annotations

import random

import pytest

from tests.theorems.by_hand import LATER, broken, examples_break_nothing, named, proved_in, proves
from tests.xen.allocator import Heap, dom0
from verifier.logic.word import Word, larger, uint64
from verifier.theorems.setting import Setting
from verifier.theorems.statements.dom0_memory import THEOREMS
from verifier.xen import dom0_memory
from verifier.xen.outcome import Span
from verifier.xen.release import xen

MIB = 1 << 20
NAMES = tuple(each.name for each in THEOREMS)

COUNTEREXAMPLES: tuple[tuple[str, Setting], ...] = (
    ("dom0-memory/low-bank", Setting(amount=96 * MIB)),  # the largest block is 64 MiB, the least 128 MiB
)


@pytest.mark.parametrize("name", NAMES)
def test_all_but_one_are_proved_in_all_releases(name: str) -> None:
    expected = [] if name == "dom0-memory/low-bank" else list(LATER)
    assert proved_in(name, LATER) == expected
    assert not named(name).applies(xen("4.13.0")), "the model speaks of releases with extended regions"


@pytest.mark.parametrize("tag", LATER)
def test_counterexample_and_examples(tag: str) -> None:
    for name, setting in COUNTEREXAMPLES:
        assert broken(name, tag, setting) is not None
    for name in NAMES:
        examples_break_nothing(name, tag)


def test_what_is_never_tried_is_said_with_numbers() -> None:
    found = broken("dom0-memory/low-bank", "head", Setting(amount=100 * MIB))
    assert found is not None
    assert found.message == (
        "of 100 MiB the largest block is 64 MiB, the least that is looked for below 2^lowmem 128 MiB: none is"
    )


@pytest.mark.parametrize("mib", [*range(1, 20), 63, 64, 65, 96, 100, 127, 128, 129, 200, 256, 300])
def test_xens_allocator_played_agrees(mib: int) -> None:
    """A 32-bit dom0 on 1 GiB of free low memory can be built iff some size is tried.

    Whether it is hangs on the halves that the heap takes: what comes after the first bank may be refused below it.
    """
    heaps = [Heap([(0x40000, 0x80000)], random.Random(seed)) for seed in range(20)]
    built = any(dom0(heap, mib << 8, bits=32) is not None for heap in heaps)
    assert (broken("dom0-memory/low-bank", "head", Setting(amount=mib * MIB)) is None) is built
    assert dom0_memory.searches_low(mib * MIB) is built


@pytest.mark.parametrize("tag", ["4.16.0", "4.18.0", "4.21.2", "head"])
@pytest.mark.parametrize(("mib", "said"), [(32, 0), (48, 1), (64, 0), (96, 1), (100, 1), (128, 0)])
def test_real_xen_says_so(tag: str, mib: int, said: int) -> None:
    """Booted with dom0_mem and 1 GiB of free RAM: whether it printed "No bank has been allocated below 32-bit."."""
    found = broken("dom0-memory/low-bank", tag, Setting(amount=mib * MIB))
    assert (found is not None) is bool(said)


def test_sizes_one_by_one() -> None:
    """Orders of pages: the largest with 2^n pages not above, the least with 2^n pages not below."""
    for pages in range(1, 300):
        amount = pages * 4096
        assert dom0_memory.largest(amount) == max(4096 << n for n in range(20) if 1 << n <= pages)
        assert dom0_memory.least_first(amount) == min(4096 << n for n in range(20) if 1 << n >= pages)
    assert dom0_memory.least_first(1 << 40) == 128 * MIB


def test_banks_beyond_ram_and_over_what_is_kept_are_not_accepted() -> None:
    """Every list of one bank, of whole MiB, in and around a host of two banks that touch and a hole of 1 MiB."""
    ram = ((16 * MIB, 4 * MIB), (20 * MIB, 4 * MIB), (25 * MIB, 3 * MIB))
    kept = ((18 * MIB + 0x800, 0x100),)
    accepted = 0
    for first in range(14, 30):
        for end in range(first + 1, 31):
            bank = (first * MIB, (end - first) * MIB)
            setting = Setting(amount=bank[1], ram=ram, domain=(bank,), reserved=kept)
            for name in ("inside-ram", "avoids-kept", "sum"):
                assert broken(f"dom0-memory/{name}", "head", setting) is None
            memory = dom0_memory.Memory(
                bank[1], [Span(*each) for each in ram], [dom0_memory.Kept(Span(*kept[0]), "kept")]
            )
            found = not dom0_memory.violations(xen("head"), memory, [Span(*bank)])
            inside = (16 <= first and end <= 24) or (25 <= first and end <= 28)
            assert not found or (inside and not first <= 18 < end)
            accepted += found
    assert accepted


def test_a_floor_that_is_too_high_breaks_the_sum(monkeypatch: pytest.MonkeyPatch) -> None:
    largest = dom0_memory.largest
    monkeypatch.setattr(dom0_memory, "largest", lambda missing: 2 * largest(missing))
    assert not proves("dom0-memory/sum", "head")


def test_a_least_block_above_128_mib_breaks_round_amounts(monkeypatch: pytest.MonkeyPatch) -> None:
    least = dom0_memory.least_first
    monkeypatch.setattr(dom0_memory, "least_first", lambda amount: 2 * least(amount))
    assert not proves("dom0-memory/low-bank-if-round", "head")


def test_a_gap_between_banks_of_the_host_breaks_inside_ram(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(covered: Word, ram: Span) -> Word:
        return larger(covered, uint64.add(ram.start, ram.size))

    monkeypatch.setattr(dom0_memory, "further", careless)
    assert not proves("dom0-memory/inside-ram", "head")


def test_rounding_what_is_kept_inwards_breaks_avoids_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Inwards:
        add = staticmethod(uint64.add)
        round_up = staticmethod(uint64.round_down)
        round_down = staticmethod(uint64.round_up)

    monkeypatch.setattr(dom0_memory, "uint64", Inwards)
    assert not proves("dom0-memory/avoids-kept", "head")
