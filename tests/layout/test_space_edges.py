"""The space at its edges: bounds of counts against what is admitted, and layouts with hardly any guest."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from tests.layout.test_witness_kinds import configuration, space_from
from tests.rules.headers import SOUND
from verifier.layout.configuration import Space, space_of
from verifier.layout.region import Bank
from verifier.reading import models
from verifier.reading.source import open_source

VGICV2_ONLY = "\n".join(line for line in SOUND.splitlines() if "GUEST_GICV3" not in line)


@pytest.fixture(scope="module")
def head() -> Space:
    return space_of(open_source("xen-head").layout(), models.facts("head", "arm64"))


@pytest.mark.parametrize("count", ["memory", "vcpus", "virtio"])
def test_bounds_are_the_last_numbers_that_are_admitted(head: Space, count: str) -> None:
    for bits, gic in product(head.dimensions["ipa_bits"].choices, head.dimensions["gic"].choices):
        chosen = {"ipa_bits": bits, "gic": gic}
        low, high = head.bounds(count, chosen)
        inside = [head.admits(configuration(head, **{**chosen, count: n})) for n in (low, high)]
        outside = [head.admits(configuration(head, **{**chosen, count: n})) for n in (low - 1, high + 1)]
        assert (inside, outside) == ([True, True], [False, False]), (bits, gic)


def test_combinations_are_those_that_are_admitted_in_order(head: Space) -> None:
    names = ("acpi", "guest", "gic")
    possible = [
        dict(zip(names, each, strict=True)) for each in product(*(head.dimensions[n].choices for n in names))
    ]
    admitted = [each for each in possible if head.admits(configuration(head, **each))]
    assert list(head.combinations(names)) == admitted
    assert len(admitted) < len(possible)  # no ACPI for guests of 32 bits


@pytest.mark.parametrize(("pages", "empty"), [(0, True), (1, False), (2, False)])
def test_a_width_has_no_guest_if_not_one_page_lies_below_the_reach(
    head: Space, pages: int, empty: bool
) -> None:
    reach = head.width(32).reach
    bank = Bank("GUEST_RAM0", reach - pages * 4096, 1 << 30, head.layout.banks[0].origin, "A", "B")
    space = replace(head, layout=replace(head.layout, banks=(bank,)))
    assert space.pages(32) == pages
    assert (32 in space.empty_widths()) == empty
    assert (32 in space.possible("ipa_bits")) != empty


def test_without_ram_there_is_no_memory_and_no_width_is_empty(tmp_path: Path) -> None:
    text = "\n".join(line for line in SOUND.splitlines() if "GUEST_RAM" not in line)
    space = space_from(tmp_path / "none.h", text)
    assert "memory" not in space.dimensions
    assert space.pages(40) == 0
    assert space.empty_widths() == ()


@pytest.mark.parametrize(
    ("text", "arch", "vcpus", "gics"),
    [
        (SOUND, "arm64", 128, (3, 2)),
        (SOUND.replace("VCPUS            128", "VCPUS            200"), "arm64", 200, (3, 2)),
        (SOUND.replace("VCPUS            128", "VCPUS            64"), "arm64", 128, (3, 2)),
        (SOUND.replace("VCPUS            128", "VCPUS            200"), "arm32", 8, (3, 2)),
        (VGICV2_ONLY, "arm64", 8, (2,)),
    ],
)
def test_vcpus_are_what_xen_or_the_header_allows(
    tmp_path: Path, text: str, arch: str, vcpus: int, gics: tuple[int, ...]
) -> None:
    """A vGICv2 has 8 interfaces; arm32 has 8 whatever the header says."""
    space = space_from(tmp_path / "vcpus.h", text, arch=arch)
    assert (space.dimensions["vcpus"].low, space.dimensions["vcpus"].high) == (1, vcpus)
    assert space.dimensions["gic"].choices == gics


def test_a_guest_has_at_least_a_page_and_virtio_devices_as_many_as_interrupts(tmp_path: Path) -> None:
    space = space_from(tmp_path / "sound.h", SOUND)
    assert (space.dimensions["memory"].low, space.dimensions["memory"].high) == (1, 0xA0000000 // 4096)
    assert (space.dimensions["virtio"].low, space.dimensions["virtio"].high) == (0, 11)
    lines = [line for line in SOUND.splitlines() if "SPI_LAST" not in line]
    assert space_from(tmp_path / "one.h", "\n".join(lines)).dimensions["virtio"].high == 1


def test_a_list_where_a_number_should_be_allows_nothing_more(tmp_path: Path) -> None:
    first = SOUND.replace("GUEST_VIRTIO_MMIO_SPI_FIRST 33", "GUEST_VIRTIO_MMIO_SPI_FIRST { 33, 34 }")
    assert space_from(tmp_path / "first.h", first).dimensions["virtio"].high == 1
    vcpus = SOUND.replace("GUEST_MAX_VCPUS            128", "GUEST_MAX_VCPUS            { 200, 300 }")
    assert space_from(tmp_path / "vcpus.h", vcpus).dimensions["vcpus"].high == 128
