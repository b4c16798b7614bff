"""Each producer against plain sets on 10,000 random inputs, where no known defect applies.

Those of head, for inputs without an empty or wrapping range, and the domU and xl ones of before, which
take nothing away.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.xen import asked, set_model
from tests.xen.asked import WINDOWS, Pair, pairs
from tests.xen.cases import PAGE, agree, length, spread
from verifier.xen.release import xen

MANY = 10_000
WIDTHS = (32, 36, 40, 42, 44, 48)
CAP = 256


def _used(rng: random.Random, unit: int = PAGE) -> tuple[int, int]:
    """Bytes of the two windows that some guest uses."""
    first = rng.choice(
        (rng.randrange(1, WINDOWS[0][1]), WINDOWS[0][1], WINDOWS[0][1] - rng.choice((1, 70)) * (1 << 20))
    )
    second = (
        0
        if first < WINDOWS[0][1]
        else rng.choice((0, rng.randrange(WINDOWS[1][1]), WINDOWS[1][1] - (64 << 20)))
    )
    return first // unit * unit, second // unit * unit


def test_memory_holes() -> None:
    rng, head, met = random.Random(1), xen("head"), Counter[str]()

    def check(bits: int, reg: list[Pair]) -> None:
        free = set_model.memory_holes(bits, reg)
        met.update(capped=len(set_model.aligned(free)) > CAP, long=len(reg) > 100)
        agree(
            reg,
            lambda items: pairs(asked.holes(head, items, ipa_bits=bits)),
            lambda items: set_model.aligned(set_model.memory_holes(bits, items))[:CAP],
        )

    for _ in range(MANY):
        bits = rng.choice(WIDTHS)
        check(bits, spread(rng, 1 << min(bits + 1, 48), length(rng)))
    assert min(met.values()) >= 50, met


def test_memory_holes_with_shared_memory_and_xen_reg() -> None:
    rng, head = random.Random(2), xen("head")

    def check(bits: int, shared: list[Pair], xen_reg: list[Pair]) -> None:
        agree(
            spread(rng, 1 << bits, length(rng)),
            lambda items: pairs(asked.holes(head, items, ipa_bits=bits, shared=shared, passthrough=xen_reg)),
            lambda items: set_model.aligned(set_model.memory_holes(bits, [*items, *shared, *xen_reg]))[:CAP],
        )

    for _ in range(MANY // 10):
        bits = rng.choice(WIDTHS)
        check(bits, *(spread(rng, 1 << bits, rng.randrange(4), PAGE) for _ in range(2)))


def test_unallocated() -> None:
    rng, head = random.Random(3), xen("head")

    def check(
        bits: int, ram: list[Pair], domain: list[Pair], shared: list[Pair], xen_reg: list[Pair]
    ) -> None:
        grant = (rng.randrange(1 << 20) * PAGE, rng.choice((0, 1, 64)) * PAGE)
        more = [*domain, *shared, *xen_reg, *([grant] if grant[1] else [])]
        agree(
            spread(rng, 1 << bits, length(rng)),
            lambda items: pairs(
                asked.rest_of_ram(
                    head,
                    ram,
                    items,
                    ipa_bits=bits,
                    domain=domain,
                    shared=shared,
                    passthrough=xen_reg,
                    grant=grant,
                )
            ),
            lambda items: set_model.aligned(set_model.unallocated(bits, ram, [*items, *more]))[:CAP],
        )

    for _ in range(MANY):
        bits = rng.choice(WIDTHS)
        banks = spread(rng, 1 << bits, rng.randrange(1, 6))
        ram = [(start, size + rng.choice((0, 1 << 30))) for start, size in banks]
        check(bits, ram, *(spread(rng, 1 << bits, rng.randrange(4), unit) for unit in (1, 1, PAGE)))


def test_domu_holes() -> None:
    rng, head = random.Random(4), xen("head")

    def check(bits: int, used: tuple[int, int], shared: list[Pair]) -> None:
        rests = set_model.bank_rests(bits, WINDOWS, used)
        agree(
            spread(rng, 1 << rng.choice((33, 41)), length(rng), PAGE),
            lambda items: pairs(asked.domu(head, used, ipa_bits=bits, shared=shared, passthrough=items)),
            lambda items: set_model.aligned(_without(rests, [*items, *shared]))[:CAP],
        )

    for _ in range(MANY):
        check(rng.choice(WIDTHS), _used(rng), spread(rng, 1 << 36, rng.randrange(4), PAGE))


def _without(rests: Sequence[Pair], taken: Sequence[Pair]) -> list[Pair]:
    return set_model.difference(rests, [(start, start + size) for start, size in taken])


@pytest.mark.parametrize("tag", ["4.17.7", "4.18.0", "4.19.0", "4.20.4"])
def test_domu_holes_when_nothing_is_taken(tag: str) -> None:
    """Where nothing passes through add_ext_regions, 2 MiB are not lost either."""
    rng, old = random.Random(5), xen(tag)
    for _ in range(MANY // 4):
        bits, used = rng.choice(WIDTHS), _used(rng)
        xen_reg = spread(rng, 1 << 33, rng.randrange(3), PAGE)
        wanted = set_model.bank_rests(bits, WINDOWS, used)
        assert pairs(asked.domu(old, used, ipa_bits=bits, passthrough=xen_reg)) == wanted


def test_xl() -> None:
    """libxl does not align what iomem cuts: a set model that does not either."""
    rng, head, met = random.Random(6), xen("head"), Counter[str]()

    def check(bits: int, used: tuple[int, int], iomem: list[Pair], *, even: bool) -> None:
        parts = _parts(bits, used, iomem)
        unaligned = any(start % (2 << 20) or end % (2 << 20) for start, end in parts)
        met.update(unaligned=unaligned, even=even, capped=len(parts) > CAP)
        assert not (unaligned and even)
        agree(
            iomem,
            lambda items: pairs(
                asked.xl(head, used, [(start >> 12, size >> 12) for start, size in items], ipa_bits=bits)
            ),
            lambda items: _parts(bits, used, items)[:CAP],
        )

    for _ in range(MANY):
        unit = rng.choice((PAGE, PAGE, 2 << 20))
        iomem = spread(rng, 1 << rng.choice((33, 40)), length(rng), unit)
        check(rng.choice(WIDTHS), _used(rng), iomem, even=unit != PAGE)
    assert min(met.values()) >= 50, met


def _parts(bits: int, used: tuple[int, int], taken: Sequence[Pair]) -> list[Pair]:
    free = _without(set_model.bank_rests(bits, WINDOWS, used), taken)
    return [(start, end) for start, end in free if end - start >= 64 << 20]


@pytest.mark.parametrize("tag", ["4.16.0", "4.20.4"])
def test_xl_before_iomem_counted(tag: str) -> None:
    rng, old = random.Random(7), xen(tag)
    for _ in range(MANY // 4):
        bits, used = rng.choice(WIDTHS), _used(rng)
        iomem = [(start >> 12, size >> 12) for start, size in spread(rng, 1 << 33, rng.randrange(3), PAGE)]
        assert pairs(asked.xl(old, used, iomem, ipa_bits=bits)) == set_model.bank_rests(bits, WINDOWS, used)
