"""What a comment's text says: each amount, its span, its value, what it claims to be, and how plainly.

Expected values are worked out by hand: 1K = 1 << 10, 1M = 1 << 20, 1G = 1 << 30, 1T = 1 << 40.
"""

from __future__ import annotations

import time
from fractions import Fraction

import pytest

from verifier.rules.quantities import Amount, amounts
from verifier.rules.quantity_words import Role, spelled

K, M, G, T = 1 << 10, 1 << 20, 1 << 30, 1 << 40
ANY, SIZE, BASE, END = Role.ANY, Role.SIZE, Role.BASE, Role.END

PLAIN: dict[str, list[tuple[str, int, Role]]] = {
    "128GB": [("128GB", 128 * G, ANY)],
    "768M @ 2GB": [("768M", 768 * M, SIZE), ("2GB", 2 * G, BASE)],
    "3GB of low RAM @ 1GB": [("3GB", 3 * G, SIZE), ("1GB", G, BASE)],
    "4GB @ 4GB Prefetch Memory for VPCI": [("4GB", 4 * G, SIZE), ("4GB", 4 * G, BASE)],
    "8GB of RAM at 0x200000000": [("8GB", 8 * G, SIZE), ("0x200000000", 8 * G, BASE)],
    "RAM0 3GB @ 1GB, RAM1 8GB @ 8GB": [
        ("3GB", 3 * G, SIZE),
        ("1GB", G, BASE),
        ("8GB", 8 * G, SIZE),
        ("8GB", 8 * G, BASE),
    ],
    "16MB == 4096 pages reserved for guest": [("16MB", 16 * M, ANY), ("4096 pages", 16 * M, ANY)],
    "256 MB is reserved: 256 buses x 32 devices x 8 functions x 4 KB = 256 MB": [
        ("256 MB", 256 * M, ANY),
        ("256 buses x 32 devices x 8 functions x 4 KB", 256 * M, ANY),
        ("256 MB", 256 * M, ANY),
    ],
    "256x32x8x4KB": [("256x32x8x4KB", 256 * M, ANY)],
    "2 * 16 MiB": [("2 * 16 MiB", 32 * M, ANY)],
    "1 TiB": [("1 TiB", T, ANY)],
    "1.5GB": [("1.5GB", 1536 * M, ANY)],
    "1,024 KB": [("1,024 KB", M, ANY)],
    "64 bytes": [("64 bytes", 64, ANY)],
    "8 gigabytes": [("8 gigabytes", 8 * G, ANY)],
    "4-KB": [("4-KB", 4 * K, ANY)],
    "size: 16 MB": [("16 MB", 16 * M, SIZE)],
    "The size is 16 MB, the base is 1GB.": [("16 MB", 16 * M, SIZE), ("1GB", G, BASE)],
    "a region of 16MB at 896MB": [("16MB", 16 * M, SIZE), ("896MB", 896 * M, BASE)],
    "ends at 4GB": [("4GB", 4 * G, END)],
    "RAM at 1GB": [("1GB", G, BASE)],
    "the region (16MB)": [("16MB", 16 * M, ANY)],
    "the RAM is 3GB": [("3GB", 3 * G, ANY)],
    "This region has 3GB": [("3GB", 3 * G, ANY)],
    "GUEST_RAM1: 8GB": [("8GB", 8 * G, ANY)],
    "Some words. 8GB of RAM": [("8GB", 8 * G, ANY)],
    "1GB-4GB": [("1GB", G, BASE), ("4GB", 4 * G, END)],
    "1-4GB": [("1", G, BASE), ("4GB", 4 * G, END)],
    "0-4GB": [("0", 0, BASE), ("4GB", 4 * G, END)],
    "1GB..4GB": [("1GB", G, BASE), ("4GB", 4 * G, END)],
    "[1GB, 4GB)": [("1GB", G, BASE), ("4GB", 4 * G, END)],
    "from 1GB to 4GB": [("1GB", G, BASE), ("4GB", 4 * G, END)],
    "between 1GB and 4GB": [("1GB", G, BASE), ("4GB", 4 * G, END)],
    "3GB + 1016GB of RAM": [("3GB + 1016GB", 1019 * G, ANY)],
    "8GB - 64KB": [("8GB - 64KB", 8 * G - 64 * K, ANY)],
    "128 vCPUs x 128KB": [("128 vCPUs x 128KB", 16 * M, ANY)],
    "aligned to 2MB, size 8GB": [("8GB", 8 * G, SIZE)],
    "below 4GB; 8GB of RAM": [("8GB", 8 * G, ANY)],
}
"""Texts whose amounts are bytes and plain."""

NOTHING = [
    "",
    "Interrupts",
    "SGI is preferred. SGIs 8-15 are normally not used by a guest.",
    "See Arm Base System Architecture v1.0C, https://developer.arm.com/documentation/4GB/den0094/",
    "Suitable for e.g. const uint64_t ramfoo[] = GUEST_RAM_BANK_FOOS;",
    "a 64-bit number, 32 bits, 40-bit IPA",
    "0x1000, 0XFF, 0x10000000ULL",
    "Xen 4.17.3 of 2021-08-04, version 4.22, 1.2.3.4",
    "SZ_2M and GUEST_RAM0 and x86_64 and GICv3 and r0p1",
    "43 - 33 + 1",
    "2M aligned, 2MB-aligned, aligned to 2MB, on a 2MB boundary, a multiple of 2MB",
    "4 KiB page, 4KB, 16KB or 64KB pages, 4K/16K/64K granules",
    "below 4GB, the first 4GB, above the low 3GB, within 4GB, below 4GB or 8GB",
    "64KB each, 128KB per vCPU, 128 KB for every vCPU",
    "32MHz, 10Gbit, 4Gbps, 3 Minutes, 16Mx, 99999999999999999999999GB, 12ab GB",
    "4 magic pages, 4 page tables, 16 GICs",
    "vCPU7 .. vCPU0, vCPU0",
    "below 1GB-4GB, 4KB-64KB pages",
    "4KB x 4KB",
]

NOT_PLAIN = {
    "up to 8GB of RAM": 8 * G,
    "at most 8GB": 8 * G,
    "about 8GB": 8 * G,
    "~8GB": 8 * G,
    "> 8GB": 8 * G,
    "size >= 256KB": 256 * K,
    "minimum: 256KB": 256 * K,
    "size: 256KB or more": 256 * K,
    "128KB before 4.5": 128 * K,
    "32MB / 2": 32 * M,
    "Leave 64KB for the device tree": 64 * K,
    "64KB hole": 64 * K,
    "capped at 4GB": 4 * G,
    "instead of 1016GB": 1016 * G,
    "was 8GB": 8 * G,
    "the minimum is 64MB": 64 * M,
    "the default is 128MB": 128 * M,
    "There are 64KB of padding": 64 * K,
    "Is 2GB enough?": 2 * G,
    "Guests with less than 3GB": 3 * G,
    "Increased from 768MB": 768 * M,
    "RAM is limited to 1019GB": 1019 * G,
}

COUNTS = {
    "vCPU0 - vCPU7": (8, "vcpus", True),
    "vCPU0..127": (128, "vcpus", True),
    "vCPU128..255": (128, "vcpus", True),
    "vCPUs 0 to 7": (8, "vcpus", True),
    "up to 128 vCPUs": (128, "vcpus", False),
    "1 vCPU": (1, "vcpus", True),
    "8 guest vCPUs": (8, "vcpus", True),
    "11 devices": (11, "devices", True),
    "11 virtio devices": (11, "devices", True),
    "2 banks": (2, "banks", True),
    "2 RAM banks": (2, "banks", True),
    "256 buses": (256, "buses", True),
    "11 SPIs": (11, "interrupts", True),
}


@pytest.mark.parametrize("text", PLAIN)
def test_plain_amounts(text: str) -> None:
    found = amounts(text)
    assert [(each.text, int(each.value), each.role) for each in found] == PLAIN[text]
    assert all(each.plain and each.noun == "bytes" and each.value.denominator == 1 for each in found)
    assert all(text[each.start : each.end] == each.text for each in found)


@pytest.mark.parametrize("text", NOTHING)
def test_no_amounts(text: str) -> None:
    assert amounts(text) == []


@pytest.mark.parametrize("text", NOT_PLAIN)
def test_amounts_that_may_be_about_something_else(text: str) -> None:
    assert [(int(each.value), each.plain) for each in amounts(text)] == [(NOT_PLAIN[text], False)]


@pytest.mark.parametrize("text", COUNTS)
def test_counts(text: str) -> None:
    assert [(int(each.value), each.noun, each.plain) for each in amounts(text)] == [COUNTS[text]]


def only(text: str) -> Amount:
    (found,) = amounts(text)
    return found


@pytest.mark.parametrize("letter", "KMGT")
@pytest.mark.parametrize("spelling", ["{}", "{}B", "{}iB", " {}", " {}B", " {}iB"])
def test_every_unit_is_binary(letter: str, spelling: str) -> None:
    unit = spelling.format(letter)
    assert only(f"3{unit}").value == 3 << {"K": 10, "M": 20, "G": 30, "T": 40}[letter]
    assert only(f"3{unit}").unit == unit


def test_decimals_are_exact() -> None:
    assert only("0.3GB").value == Fraction(3, 10) * G


def test_a_size_knows_its_base() -> None:
    assert [each.at for each in amounts("3GB @ 1GB and 8GB")] == [G, None, None]
    assert [each.at for each in amounts("[1GB, 4GB)")] == [None, G]


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (8 * G, "GB", "8GB"),
        (888 * G, "GB", "888GB"),
        (8 * G, " GiB", "8 GiB"),
        (512 * M, "G", "512M"),
        (512 * M, "GiB", "512MiB"),
        (2 * T, "MB", "2TB"),
        (16 * M, " pages", "4096 pages"),
        (0x1001, "GB", "0x1001"),
        (4 * K, "", "0x1000"),
    ],
)
def test_numbers_are_spelled_as_the_comment_does(number: int, unit: str, text: str) -> None:
    assert spelled(number, unit) == text


@pytest.mark.parametrize(
    "piece", ["1K ", "1K@", "a.", "1.", "1x", "9", "1K - ", "1K, ", "vCPU0 ", "0x", "@ at ", "1 a "]
)
def test_long_comments_take_linear_time(piece: str) -> None:
    """A header has at most 1 MiB, and may be one comment."""
    started = time.process_time()
    amounts(piece * (100_000 // len(piece)))
    assert time.process_time() - started < 5
