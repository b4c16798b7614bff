"""Each known defect, met at least 50 times, against models written from its description."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests.xen import asked, set_model
from tests.xen.asked import WINDOWS, Pair, pairs
from tests.xen.cases import PAGE
from tests.xen.page_list import Pages, Stopped, overlapping
from verifier.xen.release import xen

BITS = 29
UNIT = 1 << 20
UNITS = (1 << BITS) // UNIT


def _described(rng: random.Random) -> list[Pair]:
    """`(first, count)` in units, inside the space, in no order; many touch."""
    found: list[Pair] = []
    for _ in range(rng.randrange(1, 7)):
        first = rng.randrange(UNITS)
        if found and rng.random() < 0.4:
            other, count = rng.choice(found)
            first = min(rng.choice((other, other + count, other + count - 1, max(other - 2, 0))), UNITS - 1)
        found.append((first, min(rng.choice((1, 2, 5, 64, 130)), UNITS - first)))
    return found


def _bytes(units: list[Pair]) -> list[Pair]:
    return [(first * UNIT, second * UNIT) for first, second in units]


def _pages(described: list[Pair], *, grows: bool) -> Pages:
    pages = Pages([True] * UNITS, grows)
    for first, count in described:
        pages.remove(first, first + count - 1)
    return pages


@pytest.mark.parametrize(
    ("tag", "grows", "loses"),
    [
        ("4.16.0", True, False),
        ("4.17.7", True, False),
        ("4.18.6", True, True),
        ("4.19.2", True, True),
        ("4.19.3", False, True),
        ("4.20.0", True, True),
        ("4.20.1", False, True),
        ("4.20.4", False, True),
        ("4.21.0", False, False),
        ("head", False, False),
    ],
)
def test_a_grown_neighbour_and_the_lost_end(tag: str, *, grows: bool, loses: bool) -> None:
    """Subtraction that gives back what was taken (F1), and 2 MiB lost at an aligned end (F2), by release."""
    rng, release, met = random.Random(tag), xen(tag), Counter[str]()
    for _ in range(600):
        described = _described(rng)
        pages = _pages(described, grows=grows)
        free = _bytes(pages.runs())
        wanted = set_model.aligned(free, lost=loses)
        assert pairs(asked.holes(release, _bytes(described), ipa_bits=BITS)) == wanted, described
        exact = _pages(described, grows=False)
        met.update(
            grown=set_model.aligned(free) != set_model.aligned(_bytes(exact.runs())),
            lost=wanted != set_model.aligned(free),
        )
    assert (met["grown"] >= 50) == grows, met
    assert (met["lost"] >= 50) == loses, met


@pytest.mark.parametrize("tag", ["4.17.7", "4.20.0", "4.20.4"])
def test_the_same_without_iommu(tag: str) -> None:
    rng, release, met = random.Random(tag), xen(tag), Counter[str]()
    grows, loses = tag in ("4.17.7", "4.20.0"), tag != "4.17.7"
    for _ in range(600):
        described = _described(rng)
        pages = _pages(described, grows=grows)
        got = asked.rest_of_ram(
            release, [(0, 1 << BITS)], _bytes(described), ipa_bits=BITS, grant=(1 << 40, PAGE)
        )
        assert pairs(got) == set_model.aligned(_bytes(pages.runs()), lost=loses), described
        met.update(grown=pages.grown > 0)
    assert (met["grown"] >= 50) == grows, met


@pytest.mark.parametrize("tag", ["4.19.0", "4.20.4"])
def test_the_end_lost_to_guests_with_shared_memory(tag: str) -> None:
    """F2 for domUs: of every region, and only if the guest has static shared memory."""
    rng, release, met = random.Random(tag), xen(tag), 0
    for _ in range(500):
        used = (rng.randrange(1, WINDOWS[0][1]) // PAGE * PAGE, 0)
        shared = [
            (rng.randrange(1 << 33) // PAGE * PAGE, rng.choice((1, 512, 5000)) * PAGE)
            for _ in range(rng.randrange(3))
        ]
        rests = set_model.bank_rests(40, WINDOWS, used)
        free = set_model.difference(rests, [(start, start + size) for start, size in shared])
        wanted = set_model.aligned(free, lost=bool(shared))
        assert pairs(asked.domu(release, used, shared=shared)) == wanted
        met += wanted != set_model.aligned(free)
    assert met >= 50


@pytest.mark.parametrize("tag", ["4.17.7", "4.20.4", "head"])
def test_an_empty_range(tag: str) -> None:
    """Z1: a release build splits a run or follows a null pointer, a debug build stops in any case."""
    rng, release, debug, met = random.Random(tag), xen(tag), xen(tag, "debug"), Counter[str]()
    while min((met[each] for each in ("split", "stopped", "nothing")), default=0) < 50:
        described = _described(rng)
        empty = rng.choice((*(first + count for first, count in described), rng.randrange(1, UNITS)))
        pages = _pages(described, grows=tag == "4.17.7")
        reg = [*_bytes(described), (empty * UNIT, 0)]
        stop = asked.holes(debug, reg, ipa_bits=BITS).fault
        assert stop is not None
        assert (stop.kind, stop.function) == ("assertion", "rangeset_remove_range")
        before = pages.runs()
        try:
            if empty < UNITS:
                pages.remove_nothing_at(empty)
        except Stopped:
            fault = asked.holes(release, reg, ipa_bits=BITS).fault
            assert fault is not None
            assert fault.kind == "null-dereference"
            met["stopped"] += 1
            continue
        wanted = set_model.aligned(_bytes(pages.runs()), lost=tag == "4.20.4")
        assert pairs(asked.holes(release, reg, ipa_bits=BITS)) == wanted, reg
        met["split" if pages.runs() != before else "nothing"] += 1


@pytest.mark.parametrize("tag", ["4.17.7", "head"])
def test_a_range_that_wraps(tag: str) -> None:
    """`reg` whose end wraps to a small address: a release build leaves two pieces that overlap."""
    rng, release, debug, met = random.Random(tag), xen(tag), xen(tag, "debug"), Counter[str]()
    while min((met[each] for each in ("overlap", "stopped", "nothing")), default=0) < 50:
        described = _described(rng)
        last = rng.randrange(rng.choice((8, UNITS - 2)))
        first = rng.randrange(last + 2, UNITS)
        size = (1 << 64) - first * UNIT + (last + 1) * UNIT
        reg = [*_bytes(described), (first * UNIT, size)]
        assert getattr(asked.holes(debug, reg, ipa_bits=BITS).fault, "kind", "") == "assertion"
        runs = _pages(described, grows=tag == "4.17.7").runs()
        try:
            left = overlapping(runs, first, last)
        except Stopped:
            assert getattr(asked.holes(release, reg, ipa_bits=BITS).fault, "kind", "") == "null-dereference"
            met["stopped"] += 1
            continue
        wanted = set_model.aligned(_bytes(left))
        assert pairs(asked.holes(release, reg, ipa_bits=BITS)) == wanted, reg
        met["overlap" if left != runs else "nothing"] += 1


def test_iomem_that_is_not_aligned() -> None:
    """L1: libxl's regions are as misaligned as iomem, and else as they should be."""
    rng, head, met = random.Random(8), xen("head"), 0
    for _ in range(500):
        iomem = [(rng.randrange(1 << 20), rng.choice((1, 3, 512))) for _ in range(rng.randrange(1, 4))]
        used = (rng.randrange(1, 1 << 31) // PAGE * PAGE, 0)
        got = pairs(asked.xl(head, used, iomem))
        taken = [(gfn * PAGE, (gfn + number) * PAGE) for gfn, number in iomem]
        free = set_model.difference(set_model.bank_rests(40, WINDOWS, used), taken)
        assert set_model.aligned(got) == set_model.aligned(free)
        met += any(start % (2 << 20) or end % (2 << 20) for start, end in got)
    assert met >= 50


def test_shared_memory_and_xen_reg_that_are_not_removed() -> None:
    """F4 until 4.19 and F5 until 4.21: what the guest has there is offered again."""
    taken = (0x50000000, 0x10000000)
    for tag, shared, passthrough in (
        ("4.18.0", False, False),
        ("4.19.0", True, False),
        ("4.20.4", True, False),
        ("4.21.0", True, True),
    ):
        release = xen(tag)
        for removed, outcome in (
            (shared, asked.domu(release, (128 << 20, 0), shared=[taken])),
            (passthrough, asked.domu(release, (128 << 20, 0), passthrough=[taken])),
            (shared, asked.holes(release, [], shared=[taken])),
            (passthrough, asked.holes(release, [], passthrough=[taken])),
        ):
            covered = any(start < sum(taken) and taken[0] < end for start, end in pairs(outcome))
            assert covered is not removed, tag
