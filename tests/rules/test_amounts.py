"""How much a layout offers, by hand: guests, grants and vCPUs, on both sides of what bounds them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.direct import layout
from verifier.layout.configuration import space_of
from verifier.layout.difference import Amount
from verifier.layout.facts import Facts, Width
from verifier.logic.case import case_of
from verifier.reading import models
from verifier.rules.amounts import amounts, grant_bytes, largest_guest, most_vcpus

Macros = dict[str, str]
MIB = 1 << 20
FACTS = models.facts("head", "arm64")
WIDTHS = (Width(32, 1 << 39, "wider than it"), Width(40, 1 << 38, "narrower"))
"""One whose addresses end first, and one whose page tables do."""
BOUNDED = replace(FACTS, widths=WIDTHS)


def region(name: str, base: int, size: int) -> Macros:
    return {f"{name}_BASE": f"{base:#x}ULL", f"{name}_SIZE": f"{size:#x}ULL"}


def largest(macros: Macros, bits: int, facts: Facts = BOUNDED) -> int:
    return largest_guest(space_of(layout(macros), facts), bits)


@pytest.mark.parametrize(
    ("macros", "narrow", "wide"),
    [
        ({}, 0, 0),
        (region("RAM0", 0, 3 * MIB), 3 * MIB, 3 * MIB),
        (region("RAM0", (1 << 32) - 2 * MIB, 3 * MIB), 2 * MIB, 3 * MIB),
        (region("RAM0", (1 << 32) - 2 * MIB, 2 * MIB), 2 * MIB, 2 * MIB),
        (region("RAM0", (1 << 38) - 2 * MIB, 3 * MIB), 0, 2 * MIB),
        (region("RAM0", MIB, MIB) | region("RAM1", (1 << 38) - 2 * MIB, 3 * MIB), MIB, 3 * MIB),
        (region("RAM0", MIB, 4 * MIB) | region("A", 2 * MIB, MIB), 4 * MIB, 4 * MIB),  # an end is an end
        ({"RAM_BASE": "0x100000ULL"}, (1 << 32) - MIB, (1 << 38) - MIB),
        ({"RAM_BASE": "0x100000ULL"} | region("A", 5 * MIB, MIB), 4 * MIB, 4 * MIB),
        ({"RAM_BASE": "0x100000ULL"} | region("A", 5 * MIB, MIB) | region("B", 3 * MIB, 1), 2 * MIB, 2 * MIB),
        ({"RAM_BASE": "0x100000ULL"} | region("A", MIB, MIB), 0, 0),
        ({"RAM_BASE": "0x100000ULL"} | region("A", MIB + 4096, MIB), 4096, 4096),
        ({"RAM_BASE": "0x100000ULL"} | region("A", 0, MIB), (1 << 32) - MIB, (1 << 38) - MIB),
        ({"RAM_BASE": "0x100000ULL"} | region("A", 0, MIB + 1), (1 << 32) - MIB, (1 << 38) - MIB),
        ({"RAM_BASE": "0x100000ULL"} | region("PL011", 5 * MIB, MIB), (1 << 32) - MIB, (1 << 38) - MIB),
    ],
)
def test_the_largest_guest_ends_at_what_comes_first(macros: Macros, narrow: int, wide: int) -> None:
    """The width, what page tables reach, the window; RAM without an end at what every guest has from its start on."""
    assert (largest(macros, 32), largest(macros, 40)) == (narrow, wide)


def test_the_grant_region_has_its_bytes() -> None:
    assert grant_bytes(layout(region("GNTTAB", 0x5000, 0x3000) | region("A", 0x10000, 0x1000))) == 0x3000
    assert grant_bytes(layout(region("A", 0x10000, 0x1000))) == 0


V2 = region("GICD", 0x1000, 0x1000) | region("GICC", 0x2000, 0x2000)
HALF, ONE = region("GICV3_GICR0", 1 << 30, 0x1FFFF), region("GICV3_GICR0", 1 << 30, 0x20000)
TEN = region("GICV3_GICR0", 1 << 30, 0x100000) | region("GICV3_GICR1", 1 << 31, 0x40000)


@pytest.mark.parametrize(
    ("macros", "arm64", "arm32"),
    [
        ({}, 0, 0),
        (HALF, 0, 0),  # a redistributor has 128 KiB
        (ONE, 1, 1),
        (TEN, 10, 8),
        (V2, 8, 8),
        (V2 | ONE, 8, 8),
        (V2 | TEN, 10, 8),
        (region("GICD", 0x1000, 0x1000), 0, 0),
        (region("GICC", 0x1000, 0x1000) | ONE, 1, 1),
        (V2 | {"MAX_VCPUS": "7"}, 7, 7),
        (V2 | {"MAX_VCPUS": "9"}, 8, 8),
        (TEN | {"MAX_VCPUS": "9"}, 9, 8),
        (TEN | {"MAX_VCPUS": "{ 1, 2 }"}, 10, 8),
        (TEN | {"MAX_VCPUS": "0"}, 0, 0),
        (TEN | {"MAX_VCPUS": "-1"}, 0, 0),
        (region("GICV3_GICR0", 1 << 30, 0x2000000), 128, 8),  # room for 256: Xen has 128, and 8 with 32 bits
        (region("GICV3_GICR0", 1 << 30, 0x2000000) | {"MAX_VCPUS": "200"}, 200, 8),
    ],
)
def test_vcpus_are_as_many_as_controller_header_and_xen_have(macros: Macros, arm64: int, arm32: int) -> None:
    found = [most_vcpus(models.facts("head", arch), layout(macros)) for arch in ("arm64", "arm32")]
    assert found == [arm64, arm32]


OLD = region("RAM0", 0, 3 * MIB) | region("GNTTAB", 1 << 30, 0x8000) | TEN
NEW = region("RAM0", 0, 2 * MIB) | region("GNTTAB", 1 << 30, 0x10000) | V2
WIDE = replace(
    FACTS,
    widths=WIDTHS[1:],
    page=0x4000,
    numbers={**FACTS.numbers, "rdist-bytes": replace(FACTS.numbers["rdist-bytes"], value=0x40000)},
)
"""Another release: one width, pages of 16 KiB, larger redistributors."""


def told(old: Macros, new: Macros) -> list[Amount]:
    before, after = layout(old), layout(new)
    return list(amounts(case_of(before, BOUNDED, before), case_of(after, WIDE, after)))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {}, []),
        (
            OLD,
            NEW,
            [
                Amount("largest guest", "32 ipa bits", 3 * MIB, None),
                Amount("largest guest", "40 ipa bits", 3 * MIB, 2 * MIB),
                Amount("grant frames", "", 8, 4, "frame"),
                Amount("vCPUs", "", 10, 8, "vCPU"),
            ],
        ),
        (
            NEW,
            OLD,
            [
                Amount("largest guest", "32 ipa bits", 2 * MIB, None),
                Amount("largest guest", "40 ipa bits", 2 * MIB, 3 * MIB),
                Amount("grant frames", "", 16, 2, "frame"),
                Amount("vCPUs", "", 8, 5, "vCPU"),
            ],
        ),
        (
            {},
            OLD,
            [
                Amount("largest guest", "40 ipa bits", 0, 3 * MIB),
                Amount("grant frames", "", 0, 2, "frame"),
                Amount("vCPUs", "", 0, 5, "vCPU"),
            ],
        ),
        (
            OLD,
            {},
            [
                Amount("largest guest", "32 ipa bits", 3 * MIB, None),
                Amount("largest guest", "40 ipa bits", 3 * MIB, 0),
                Amount("grant frames", "", 8, 0, "frame"),
                Amount("vCPUs", "", 10, 0, "vCPU"),
            ],
        ),
    ],
)
def test_each_side_is_told_with_its_own_release(old: Macros, new: Macros, expected: list[Amount]) -> None:
    """And what neither has is left out."""
    assert told(old, new) == expected


def test_a_width_that_only_the_new_release_has_is_told() -> None:
    before, after = layout(region("RAM0", 0, 3 * MIB)), layout(region("RAM0", 0, 2 * MIB))
    assert list(amounts(case_of(before, WIDE, before), case_of(after, BOUNDED, after))) == [
        Amount("largest guest", "32 ipa bits", None, 2 * MIB),
        Amount("largest guest", "40 ipa bits", 3 * MIB, 2 * MIB),
    ]
