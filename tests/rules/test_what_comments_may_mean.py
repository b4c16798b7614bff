"""What an amount in a comment can be of, by hand: each kind of region and number, sums, bases that are given, and doubts."""

from __future__ import annotations

import pytest

from verifier.logic.case import case_of
from verifier.reading import models
from verifier.reading.source import header_source
from verifier.rules.comment_groups import LONGEST, MOST_AMOUNTS, statements, unread

K, M, G = 1 << 10, 1 << 20, 1 << 30
FOO, BAR = "GUEST_FOO", "GUEST_BAR"


def region(stem: str, base: int, size: int, comment: str = "") -> str:
    behind = f" /* {comment} */" if comment else ""
    return f"#define GUEST_{stem}_BASE {base:#x}ULL{behind}\n#define GUEST_{stem}_SIZE {size:#x}ULL\n"


ONE = region("FOO", G, 8 * G)
TWO = ONE + region("BAR", 16 * G, 2 * G)
BASE = "#define GUEST_BAZ_BASE 0x1000ULL\n"
VIRTIO = "#define GUEST_VIRTIO_MMIO_SPI_FIRST 33\n#define GUEST_VIRTIO_MMIO_SPI_LAST 43\n"
LINES = (11, "count", "GUEST_VIRTIO_MMIO_SPI_FIRST to GUEST_VIRTIO_MMIO_SPI_LAST")
NOTHING = "nothing beside it is known to compare it with"
PART = "GUEST_BAZ does not have one base and one size"
OTHER = "it may speak of something else"
BOTH = [(G, "base", FOO), (8 * G, "size", FOO)]
ALL = [*BOTH, (16 * G, "base", BAR), (2 * G, "size", BAR)]
SIZES = [(8 * G, "size", FOO), (2 * G, "size", BAR)]
BASES = [(G, "base", FOO), (16 * G, "base", BAR)]

CASES = [
    ("/* 3GB */\n" + ONE, BOTH, ""),
    ("/* size: 3GB */\n" + ONE, [(8 * G, "size", FOO)], ""),
    ("/* base 3GB */\n" + ONE, [(G, "base", FOO)], ""),
    ("/* ends at 3GB */\n" + ONE, [(9 * G, "end", FOO)], ""),
    ("/* about 3GB */\n" + ONE, BOTH, OTHER),
    ("/* 0.3GB */\n" + ONE, BOTH, "it is no whole number of bytes"),
    ("/* 0.5 bytes */\n" + ONE, BOTH, "it is no whole number of bytes"),
    ("/* 3GB */\n" + TWO, ALL, ""),
    ("/* size: 3GB in total */\n" + TWO, [*SIZES, (10 * G, "size", "GUEST_FOO and GUEST_BAR")], ""),
    ("/* size: 3GB + 1GB */\n" + TWO, [*SIZES, (10 * G, "size", "GUEST_FOO and GUEST_BAR")], ""),
    ("/* size: 3GB */\n" + TWO, SIZES, ""),
    ("/* size: 3GB in total */\n" + ONE, [(8 * G, "size", FOO)], ""),
    ("/* size: 3GB in total */\n" + TWO + BASE, [*SIZES, (10 * G, "size", "GUEST_FOO and GUEST_BAR")], PART),
    ("/* 3GB */\n" + BASE, [(4096, "base", "GUEST_BAZ")], PART),
    ("/* 3GB */\n#define GUEST_BAZ_SIZE 0x1000ULL\n", [(4096, "size", "GUEST_BAZ")], PART),
    ("/* ends at 3GB */\n" + BASE, [], NOTHING),
    ("/* 3GB */\n#define GUEST_RAM_MAX 0x1000\n", [(4096, "size", "GUEST_RAM_MAX")], ""),
    (
        "/* 3GB */\n#define GUEST_RAM_BANK_BASES { 0x1000, 0x2000 }\n",
        [(4096, "base", "GUEST_RAM_BANK_BASES"), (8192, "base", "GUEST_RAM_BANK_BASES")],
        "",
    ),
    (
        "/* 3GB */\n#define GUEST_RAM_BANK_SIZES { 0x1000, 0x2000 }\n",
        [(4096, "size", "GUEST_RAM_BANK_SIZES"), (8192, "size", "GUEST_RAM_BANK_SIZES")],
        "",
    ),
    (
        "/* 3GB */\n#define GUEST_GICV3_RDIST_STRIDE 0x20000\n",
        [(128 * K, "size", "GUEST_GICV3_RDIST_STRIDE")],
        "",
    ),
    ("/* 3GB */\n#define GUEST_QUX 0x1000\n", [(4096, "base", "GUEST_QUX"), (4096, "size", "GUEST_QUX")], ""),
    ("/* 3GB */\n#define GUEST_FOO_PPI 20\n", [], NOTHING),
    ("/* 3 vCPUs */\n" + region("GICV3_GICR0", G, 5 * 128 * K), [(5, "count", "GUEST_GICV3_GICR0")], ""),
    ("/* 3 vCPUs */\n#define GUEST_MAX_VCPUS 8\n", [(8, "count", "GUEST_MAX_VCPUS")], ""),
    ("/* up to 3 vCPUs */\n#define GUEST_MAX_VCPUS 8\n", [(8, "count", "GUEST_MAX_VCPUS")], OTHER),
    ("/* 3 vCPUs */\n#define GUEST_RAM_BANKS 8\n", [], NOTHING),
    ("/* 3 vCPUs */\n#define GUEST_FOO_PPI 20\n\n#define GUEST_MAX_VCPUS 8\n", [], NOTHING),
    ("/* 3 vCPUs */\n" + ONE, [], NOTHING),
    ("/* 3 vCPUs */\n#define GUEST_GICV3_GICR0_BASE 0x1000\n", [], NOTHING),
    ("/* 3 banks */\n#define GUEST_RAM_BANKS 8\n", [(8, "count", "GUEST_RAM_BANKS")], ""),
    ("/* 3 banks */\n#define GUEST_MAX_VCPUS 8\n", [], NOTHING),
    (
        "/* 3 banks */\n" + region("RAM0", G, G) + "\n" + region("RAM1", 8 * G, G),
        [(2, "count", "GUEST_RAM0 and GUEST_RAM1")],
        "",
    ),
    ("/* 3 banks */\n" + ONE + "\n" + region("RAM0", 16 * G, G), [], NOTHING),
    ("/* 3 devices */\n" + region("RAM0", 16 * G, G), [], NOTHING),
    ("/* 3 buses */\n" + region("VPCI_ECAM", G, 4 * M), [(4, "count", "GUEST_VPCI_ECAM")], ""),
    ("/* 3 devices */\n" + region("VIRTIO_MMIO", G, 2048), [(4, "count", "GUEST_VIRTIO_MMIO")], ""),
    (
        "/* 3 devices */\n" + region("VIRTIO_MMIO", G, 2048) + "\n" + VIRTIO,
        [(4, "count", "GUEST_VIRTIO_MMIO"), LINES],
        "",
    ),
    ("/* 3 interrupts */\n" + region("VIRTIO_MMIO", G, 2048) + "\n" + VIRTIO, [LINES], ""),
    ("/* 3 SPIs */\n" + VIRTIO, [LINES], ""),
    ("/* 3 devices */\n" + VIRTIO, [LINES], ""),
    ("/* 3 banks */\n" + VIRTIO, [], NOTHING),
    ("/* 3 SPIs */\n" + ONE + "\n" + VIRTIO, [], NOTHING),
    ("/* 3 SPIs */\n" + VIRTIO + "#define GUEST_A_SPI_FIRST 50\n#define GUEST_A_SPI_LAST 51\n", [], NOTHING),
    ("/* 3 SPIs */\n" + VIRTIO.replace("33", "{ 1, 2 }"), [], NOTHING),
    ("/* 3 SPIs */\n" + VIRTIO.replace("43", "{ 1, 2 }"), [], NOTHING),
    ("/* 3 SPIs */\n#define GUEST_A_SPI_FIRST 50\n", [], NOTHING),
    (region("FOO", G, 8 * G, "3GB") + region("BAR", 16 * G, 2 * G), BOTH, ""),
    (
        region("FOO", G, 8 * G, "2GB") + region("BAR", 16 * G, 2 * G),
        BOTH,
        "it is the size of GUEST_BAR, on whose line it does not stand",
    ),
    (region("FOO", G, 8 * G, "about 3GB") + BASE, BOTH, PART),
    ("/* 3 vCPUs */\n#define GUEST_MAX_VCPUS { 1, 2 }\n", [], NOTHING),
    (
        "/* size: 3GB */\n" + ONE + "#define GUEST_BAZ_SIZE 0x1000ULL\n",
        [(8 * G, "size", FOO), (4096, "size", "GUEST_BAZ")],
        PART,
    ),
    ("/* 3 devices */\n" + region("VIRTIO_MMIO", G, 2048) + BASE, [(4, "count", "GUEST_VIRTIO_MMIO")], ""),
]


def said(header: str) -> list[tuple[list[tuple[int, str, str]], str]]:
    layout = header_source(header.encode(), "header.h").layout()
    case = case_of(layout, models.facts("head", "arm64"), layout)
    return [
        ([(value.number, value.what, value.of) for value in each.values], each.doubt)
        for each in statements(case)
    ]


@pytest.mark.parametrize(("header", "values", "doubt"), CASES)
def test_an_amount_is_compared_with_these(
    header: str, values: list[tuple[int, str, str]], doubt: str
) -> None:
    assert said(header) == [(values, doubt)]


@pytest.mark.parametrize(
    ("comment", "size", "base"),
    [
        ("3GB @ 1GB", [(8 * G, "size", FOO)], BASES),
        ("3GB @ 16GB", [(2 * G, "size", BAR)], BASES),
        ("3GB @ 4GB", SIZES, BASES),
    ],
)
def test_a_size_with_a_base_is_that_of_the_region_there(
    comment: str, size: list[tuple[int, str, str]], base: list[tuple[int, str, str]]
) -> None:
    assert said(f"/* {comment} */\n{TWO}") == [(size, ""), (base, "")]


@pytest.mark.parametrize(
    ("header", "subjects", "holds"),
    [
        ("/* 8GB */\n" + ONE + "#define GUEST_FOO_PPI 20\n", (FOO,), True),
        ("/* 3GB */\n" + ONE + "#define GUEST_FOO_PPI 20\n", (FOO,), False),
        ("/* ends at 3GB */\n" + BASE + "#define GUEST_FOO_PPI 20\n", ("GUEST_BAZ", "GUEST_FOO_PPI"), False),
        ("/* ends at 3GB */\n#define GUEST_BAZ_SIZE 0x1000ULL\n", ("GUEST_BAZ",), False),
    ],
)
def test_it_is_said_of_what_it_is_compared_with_or_of_all_beside_it(
    header: str, subjects: tuple[str, ...], *, holds: bool
) -> None:
    layout = header_source(header.encode(), "header.h").layout()
    (found,) = statements(case_of(layout, models.facts("head", "arm64"), layout))
    assert (found.subjects, found.holds) == (subjects, holds)


def test_what_is_not_plain_and_has_nothing_beside_it_says_nothing() -> None:
    assert said("/* about 3GB */\n#define GUEST_FOO_PPI 20\n") == []


@pytest.mark.parametrize(("length", "read"), [(LONGEST - 1, 1), (LONGEST, 1), (LONGEST + 1, 0)])
def test_the_longest_comment_is_read(length: int, read: int) -> None:
    assert LONGEST == 10_000
    header = f"/* 3GB{'.' * (length - 3)} */\n{ONE}"
    layout = header_source(header.encode(), "header.h").layout()
    assert [len(each.text) for each in layout.comments] == [length]
    assert len(said(header)) == read
    told = [] if read else ["it has more than 10000 characters"]
    assert [reason for _, reason in unread(layout)] == told


@pytest.mark.parametrize(("count", "beyond"), [(999, 0), (1000, 0), (1001, 1)])
def test_so_many_amounts_are_read(count: int, beyond: int) -> None:
    assert MOST_AMOUNTS == 1000
    comments = (
        "".join(f"/* {'3GB. ' * 100}*/\n" for _ in range(count // 100)) + f"/* {'3GB. ' * (count % 100)}*/\n"
    )
    layout = header_source((comments + ONE).encode(), "header.h").layout()
    case = case_of(layout, models.facts("head", "arm64"), layout)
    assert len([*statements(case)]) == count - beyond
    told = [(layout.comments[-1], "it and all after it follow 1000 amounts")] * beyond
    assert [*unread(layout)] == told
