"""`ranges` put in order say of every address what the walk of `dt_translate_one` says, entry by entry."""

from __future__ import annotations

import random

import pytest

from tests.timing import growth
from verifier.reading.dt_ranges import WORD, FirstOf, Number, Step

CELL = (1 << 32) - 1
_SPACES = (0, 1, 2, 2)


def low(value: bytes) -> int:
    """`dt_read_number` up to 4.21.1."""
    return int.from_bytes(value, "big") & WORD


def first(value: bytes) -> int:
    """And since c65ff27d71."""
    return low(value if len(value) in (4, 8) else value[:4])


def walked(step: Step, address: bytes) -> int | None:
    """The entry that counts: `dt_bus_default_map` and `dt_bus_pci_map` of each in turn."""
    ranges, inner, outer = step.ranges or b"", 4 * step.addresses, 4 * step.outer_addresses
    one, skipped = inner + outer + 4 * step.sizes, 4 if step.kind == "pci" else 0
    for index in range(len(ranges) // one):
        entry = ranges[index * one : (index + 1) * one]
        if skipped and _SPACES[entry[0] & 3] != _SPACES[address[0] & 3]:
            continue
        if not skipped and step.addresses > 2 and entry[:inner] != address:
            continue
        start, size = step.number(entry[skipped:inner]), step.number(entry[inner + outer :])
        if start <= step.number(address[skipped:]) < (start + size) & WORD:
            return index
    return None


def moved(step: Step, address: bytes, index: int | None) -> bytes | None:
    """The address on the parent by that entry (`translate`)."""
    if index is None:
        return None
    assert step.ranges is not None
    inner, outer = 4 * step.addresses, 4 * step.outer_addresses
    entry = step.ranges[index * (inner + outer + 4 * step.sizes) :]
    skipped = 4 if step.kind == "pci" else 0
    offset = step.number(address[skipped:]) - step.number(entry[skipped:inner])
    kept = 4 if step.outer == "pci" else 0
    number, width = step.number(entry[inner + kept : inner + outer]) + offset, outer - kept
    return entry[inner : inner + kept] + (number % (1 << min(64, 8 * width))).to_bytes(width, "big")


def cells(chance: random.Random, count: int, *, pci: bool) -> bytes:
    """A number near others, or near the ends of its words, behind a first cell that tells the space."""
    near = chance.choice((0, 0, 0, CELL - 16, WORD - 16))
    number = (near + chance.randrange(24)) % (1 << 32 * count)
    plain = number.to_bytes(4 * count, "big")
    return bytes([chance.randrange(4), 0, 0, chance.randrange(2)]) + plain[4:] if pci else plain


def random_step(chance: random.Random, kind: str, number: Number) -> Step:
    outer = chance.choice(("default", "default", "pci"))
    addresses, sizes = (3, 2) if kind == "pci" else (chance.randrange(1, 5), chance.randrange(1, 4))
    outer_addresses = 3 if outer == "pci" else chance.randrange(1, 5)
    ranges = b"".join(
        cells(chance, addresses, pci=kind == "pci")
        + cells(chance, outer_addresses, pci=outer == "pci")
        + cells(chance, sizes, pci=False)
        for _ in range(chance.randrange(1, 9))
    )
    rest = bytes(4 * chance.randrange(2))
    return Step(ranges + rest, kind, outer, addresses, sizes, outer_addresses, number)


@pytest.mark.parametrize("number", [low, first])
@pytest.mark.parametrize("kind", ["default", "pci"])
def test_as_the_walk(kind: str, number: Number) -> None:
    """Overlapping, empty, wrapping and equal entries; found or not."""
    chance, met = random.Random(f"{kind} {number.__name__}"), set[int | None]()
    for _ in range(400):
        step = random_step(chance, kind, number)
        for _ in range(25):
            address = cells(chance, step.addresses, pci=kind == "pci")
            index = walked(step, address)
            met.add(index)
            assert step.through(address, number) == moved(step, address, index)
    assert {None, 0, 1, 2, 3} <= met


def test_the_first_of_the_list_counts_whatever_is_nearer() -> None:
    entries = [(0, 10, 20), (1, 0, 40), (2, 15, 30), (3, 5, 5), (4, 38, 50)]
    found = FirstOf(entries)
    expected = {0: 1, 9: 1, 10: 0, 15: 0, 19: 0, 20: 1, 39: 1, 40: 4, 49: 4, 50: None, -1: None}
    assert {at: found.at(at) for at in expected} == expected


@pytest.mark.parametrize("kind", ["default", "pci"])
def test_widths_are_read_as_often_as_it_matters(kind: str) -> None:
    """What is read is told: of an entry its start and its size, then the address, then the start on the parent."""
    widths = list[int]()

    def told(value: bytes) -> None:
        widths.append(len(value))

    addresses, sizes = (3, 2) if kind == "pci" else (2, 3)
    one = bytes(4 * (addresses + 2)) + (1).to_bytes(4 * sizes, "big")
    step = Step(one, kind, "default", addresses, sizes, 2, low)
    assert step.through(bytes(4 * addresses), told) == bytes(8)
    assert widths == [8, 4 * sizes, 8, 8]


def test_time_grows_with_the_addresses() -> None:
    """Of as many entries as addresses: 4 where time is linear, 16 where each is looked for in all."""

    def translate(count: int) -> None:
        starts = [(index << 12).to_bytes(8, "big") for index in range(count)]
        ranges = b"".join(each + each + (0x1000).to_bytes(8, "big") for each in starts)
        step = Step(ranges, "default", "default", 2, 2, 2, low)
        assert [step.through(each, low) for each in starts] == starts

    assert growth(lambda: translate(1000), lambda: translate(4000)) < 8
