"""Regions on offer without a whole unit: every memory size tried, with a second reading of libxl; widths by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from verifier.layout.consumer import Takes
from verifier.layout.scheme import Widths
from verifier.layout.scheme_report import BREAKS, UNDECIDED
from verifier.reading.consumers import consumers
from verifier.reading.schemes import schemes
from verifier.search import scheme_places
from verifier.search.scheme_places import at_end
from verifier.search.scheme_units import always_fits, trouble, useless
from verifier.search.scheme_widths import narrower
from verifier.search.scheme_widths import trouble as width_trouble

MIB, GIB, PAGE = 1 << 20, 1 << 30, 4096
TAKERS = {each.name: each for each in consumers() if each.takes is not None}
RAM0, RAM1 = (1 * GIB, 4 * GIB), (8 * GIB, 1024 * GIB)
"""Since 4.5.0: 3 GiB at 1 GiB, 1016 GiB at 8 GiB (xen/include/public/arch-arm.h)."""


def takes_of(name: str) -> Takes:
    takes = TAKERS[name].takes
    assert takes is not None
    return takes


def offered(memory: int, bits: int) -> list[tuple[int, int]]:
    """The unused ends of both windows, from a multiple of 2 MiB on, of 64 MiB and more."""
    found = []
    for start, end in (RAM0, RAM1):
        used = min(memory, end - start)
        memory -= used
        first = (start + used + 2 * MIB - 1) // (2 * MIB) * 2 * MIB
        last = min(end, 1 << bits)
        if last - first >= 64 * MIB:
            found.append((first, last))
    return found


def units(regions: list[tuple[int, int]], unit: int) -> int:
    """How many multiples of a unit begin a whole one in a region."""
    return sum(
        address + unit <= end
        for start, end in regions
        for address in range(start // unit * unit, end, unit)
        if start <= address
    )


@pytest.mark.parametrize(("name", "unit"), [("linux-arm64-4k", 128 * MIB), ("linux-arm64-64k", 512 * MIB)])
def test_against_every_memory_size(name: str, unit: int) -> None:
    """At 32 bits, in steps of 2 MiB, and to the page where the answer changes: exactly the sizes that are told fail."""
    assert takes_of(name).unit == unit
    found = useless("head", takes_of(name))
    assert found is not None
    bits, least, most, _ = found
    assert bits == 32
    edges = [edge + step for edge in (least, most) for step in (-PAGE, 0, PAGE)]
    for memory in (*range(2 * MIB, 3 * GIB + 1, 2 * MIB), *edges):
        regions = offered(memory, bits)
        assert (bool(regions) and not units(regions, unit)) == (least <= memory <= most), hex(memory)


def test_the_numbers_by_hand() -> None:
    """3 GiB less 64 MiB leave the least region; one page more than 3 GiB less a unit leaves no whole one at the end."""
    found = useless("head", takes_of("linux-arm64-4k"))
    assert found is not None
    assert found[1:3] == (3 * GIB - 128 * MIB + PAGE, 3 * GIB - 64 * MIB)
    assert [(each.start, each.end) for each in found[3]] == [(4 * GIB - 64 * MIB, 4 * GIB)]


@pytest.mark.parametrize("tag", ["4.16.0", "4.20.4", "head"])
def test_linux_fails_and_zephyr_does_not(tag: str) -> None:
    for name, each in TAKERS.items():
        found = trouble(tag, each)
        assert (found is None) == (name == "zephyr")
        assert found is None or found.word == BREAKS


@pytest.mark.parametrize("unit", [PAGE, 2 * MIB, 32 * MIB, 64 * MIB, 128 * MIB])
def test_a_unit_that_always_fits(unit: int) -> None:
    """The worst start of a region of 64 MiB is one page above a multiple."""
    first = unit + PAGE if unit > PAGE else unit
    assert always_fits(unit) == bool(units([(first, first + 64 * MIB)], unit))


def test_a_unit_that_fits_troubles_nobody() -> None:
    takes = takes_of("linux-arm64-4k")
    small = replace(TAKERS["linux-arm64-4k"], takes=replace(takes, unit=32 * MIB))
    assert trouble("head", small) is None


@pytest.mark.parametrize("count", [2 * MIB, GIB, 3 * GIB])
def test_the_end_of_the_space_against_every_size_near_the_edge(count: int) -> None:
    """Of RAM: from exactly the size that is told on a byte of it is one of the last bytes; below there is none."""
    names = ("top-of-space/sound-if", "top-of-space/only-if")
    found = {
        int(each.example.configuration["ipa_bits"]): each
        for each in at_end("head", count, names)
        if each.example
    }
    assert set(found) == {32, 36, 40}  # from 42 bits on all ends below
    for bits, each in found.items():
        assert each.example is not None
        least = int(each.example.configuration["memory"])
        for memory in (least - PAGE, least, least + PAGE, least + GIB):
            assert _overlaps(memory, bits, count) == (memory >= least), (bits, hex(memory))


def _overlaps(memory: int, bits: int, count: int) -> bool:
    """Whether RAM, or another region at its greatest, has one of the last bytes. Of others only those below 1 GiB count."""
    low, high = (1 << bits) - count, 1 << bits
    if low < 0x3A000000:  # GUEST_MAGIC ends here
        return True
    for start, end in (RAM0, RAM1):
        used = min(memory, end - start)
        memory -= used
        if used and max(start, low) < min(start + used, high):
            return True
    return bits == 36 and low < 8 * GIB  # the prefetchable window


def test_larger_than_the_space_is_no_region() -> None:
    (narrow, *_) = at_end("head", 8 * GIB, ())
    assert narrow.why == "at 32 ipa bits the address space has 4 GiB, and 8 GiB are wanted"


def test_where_the_closed_form_is_not_proved_nothing_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """That no conflict was found is no proof: the theorems are."""
    assert at_end("4.4.1", PAGE, ())[0].word == UNDECIDED
    monkeypatch.setattr(scheme_places, "_at_width", lambda *_: None)
    assert at_end.__wrapped__("head", PAGE, ("top-of-space/sound-if",)) == ()
    (lacking,) = at_end.__wrapped__("head", PAGE, ("top-of-space/any-memory",))
    assert (lacking.word, lacking.why) == (UNDECIDED, "top-of-space/any-memory is not proved")


def test_a_refutation_needs_no_theorem() -> None:
    words = [each.word for each in at_end("head", PAGE, ("top-of-space/any-memory",))]
    assert set(words) == {BREAKS}  # RAM fills 32, 36 and 40 bits to the end


WIDTHS = schemes().widths


@pytest.mark.parametrize(
    ("cpu", "iommu", "expected"),
    [
        ((40,), (48,), None),
        ((44,), (40,), (44, 40, 40)),
        ((48,), (44, 36), (48, 44, 44)),
        ((52,), (48,), (52, 48, 48)),
        ((52,), (52,), (52, 52, 48)),  # PADDR_BITS: no CPU and no IOMMU has Xen go beyond
        ((42,), (42,), None),
        ((44, 36), (32,), (36, 32, 32)),
        ((48,), (39,), None),  # Xen stops: no table for that width
    ],
)
def test_widths(cpu: tuple[int, ...], iommu: tuple[int, ...], expected: tuple[int, int, int] | None) -> None:
    assert narrower(Widths(cpu, iommu), "head") == expected


@pytest.mark.parametrize("tag", ["4.5.0", "4.15.7", "head"])
def test_a_guest_that_trusts_its_cpu(tag: str) -> None:
    (found,) = width_trouble(WIDTHS, tag, GIB)
    assert found.example is not None
    settings, ((_, region),) = found.example.configuration, found.example.regions
    assert region.end == 1 << int(settings["cpu_bits"])
    assert region.start >= 1 << int(settings["ipa_bits"])
    assert int(settings["ipa_bits"]) <= int(settings["iommu_bits"])
