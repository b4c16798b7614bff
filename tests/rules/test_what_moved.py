"""stable, asked directly: what a guest sees of two small layouts, what has moved, and what is lost."""

from __future__ import annotations

import pytest

from tests.rules.direct import case, differs, layout
from verifier.layout.finding import Witness
from verifier.layout.region import When
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails
from verifier.rules import stable
from verifier.rules.stable import is_lost, noticed_by, things

Macros = dict[str, str]


def region(name: str, base: int, size: int) -> Macros:
    return {f"{name}_BASE": f"{base:#x}ULL", f"{name}_SIZE": f"{size:#x}ULL"}


A = region("A", 0x1000, 0x300)
RAM = region("RAM0", 0x4000, 0x2000)
V2 = region("GICD", 0x100, 0x10) | region("GICC", 0x200, 0x10)
V3 = region("GICV3_GICD", 0x300, 0x10) | region("GICV3_GICR0", 0x400, 0x10)
UART = region("PL011", 0x500, 0x10) | {"VPL011_SPI": "32"}


def test_what_a_guest_sees() -> None:
    """Of regions and banks both ends, of lists all numbers, and of each the line that defines it."""
    made = layout(
        A | region("RAM0", 0x4000, 0x2000) | {"RAM_BANK_BASES": "{ 0x4000ULL, 7 }", "MAX_VCPUS": "3"} | UART
    )
    assert {
        name: (each.numbers, each.macro, each.origin.line, each.when) for name, each in things(made).items()
    } == {
        "GUEST_A": ((0x1000, 0x1300), "GUEST_A_BASE", 1, None),
        "GUEST_RAM0": ((0x4000, 0x6000), "GUEST_RAM0_BASE", 3, None),
        "GUEST_RAM_BANK_BASES": ((0x4000, 7), "GUEST_RAM_BANK_BASES", 5, None),
        "GUEST_MAX_VCPUS": ((3,), "GUEST_MAX_VCPUS", 6, None),
        "GUEST_PL011": ((0x500, 0x510), "GUEST_PL011_BASE", 7, When("vuart", 1)),
        "GUEST_VPL011_SPI": ((32,), "GUEST_VPL011_SPI", 9, When("vuart", 1)),
    }
    (endless,) = things(layout({"RAM_BASE": "0x4000ULL"})).values()
    assert (endless.name, endless.numbers, endless.is_range) == ("GUEST_RAM", (0x4000,), False)


@pytest.mark.parametrize(
    ("name", "old", "new", "lost"),
    [
        ("A", A | RAM, A | RAM, False),
        ("A", A | RAM, region("A", 0x9000, 1) | RAM, False),
        ("A", A | RAM, RAM, True),
        ("A", A | RAM, RAM | region("B", 0x1000, 0x300), False),
        ("A", A | RAM, RAM | region("B", 0x1000, 0x301), True),
        ("A", A | RAM, RAM | region("B", 0x1001, 0x2FF), True),
        ("A", A, region("C", 0x9000, 1) | region("B", 0x1000, 0x300), False),
        ("A", A, {"RAM_BANK_BASES": "{ 0x1000ULL, 0x1300ULL }"}, True),  # numbers, and no range
        ("B_PPI", {"B_PPI": "20"} | RAM, {"C_PPI": "20"} | RAM, False),
        ("B_PPI", {"B_PPI": "20"}, {"D_PPI": "21", "C_PPI": "20"}, False),
        ("B_PPI", {"B_PPI": "20"}, {"C_PPI": "21"}, True),
        ("B_PPI", {"B_PPI": "20"}, {"C_SPI": "20"}, True),
        ("B_PPI", {"B_PPI": "20"}, {"C_SPI": "21"}, True),
        ("B_SPI", {"B_SPI": "40"}, {}, True),
        ("B_INTR_ID", {"B_INTR_ID": "8"}, {}, True),
        ("B_SPI_FIRST", {"B_SPI_FIRST": "40"}, {}, True),
        ("B_SPI_LAST", {"B_SPI_LAST": "40"}, {}, True),
        ("MAX_VCPUS", {"MAX_VCPUS": "3"}, {}, False),
        ("GICV3_RDIST_STRIDE", {"GICV3_RDIST_STRIDE": "3"}, RAM, False),
    ],
)
def test_what_has_no_successor_is_lost(name: str, old: Macros, new: Macros, *, lost: bool) -> None:
    assert is_lost(f"GUEST_{name}", layout(old), layout(new)) is lost


SIZED, ENDLESS = region("RAM", 0x4000, 0x1000), {"RAM_BASE": "0x4000ULL"}


def named(macros: Macros) -> Macros:
    """The same of a bank of another name that may be without an end: it is the only one that may."""
    return {f"RAM0_{name.removeprefix('RAM_')}": value for name, value in macros.items()}


@pytest.mark.parametrize(
    ("old", "new", "lost"),
    [
        (SIZED, region("RAM0", 0x4000, 0x1000), False),
        (SIZED, region("RAM0", 0x4000, 0xFFF), True),
        (SIZED, region("RAM0", 0x3FFF, 0x1001), False),
        (SIZED, region("RAM0", 0x3FFF, 0x1000), True),
        (SIZED, region("RAM0", 0x4001, 0x1000), True),
        (ENDLESS, region("RAM0", 0x3000, 0x1001), False),  # has the first byte
        (ENDLESS, region("RAM0", 0x3000, 0x1000), True),
        (ENDLESS, region("RAM0", 0x4000, 1), False),
        (ENDLESS, region("RAM0", 0x4001, 0x1000), True),
        (named(SIZED), {"RAM_BASE": "0x4000ULL"}, False),
        (named(SIZED), {"RAM_BASE": "0x3000ULL"}, False),
        (named(SIZED), {"RAM_BASE": "0x4001ULL"}, True),
        (SIZED, region("RAM1", 0x9000, 0x10) | region("RAM0", 0x4000, 0x1000), False),
        (SIZED, region("A", 0x4000, 0x1000), True),
        (SIZED, {}, True),
        (ENDLESS, {}, True),
    ],
)
def test_a_bank_lives_on_where_all_of_it_that_is_known_is_ram(
    old: Macros, new: Macros, *, lost: bool
) -> None:
    before = layout(old)
    assert is_lost(before.banks[0].name, before, layout(new)) is lost


def moved(old: Macros, new: Macros, arch: str = "arm64", **configuration: int) -> set[str]:
    """What a guest of that configuration misses."""
    asked = case(layout(new), layout(old), arch=arch)
    found = stable.obligations(asked)
    assert [each.subjects for each in found] == [(name,) for name in things(asked.baseline)]
    return {
        each.subjects[0].removeprefix("GUEST_") for each in found if term.evaluate(each.bad, configuration)
    }


SAID = {
    "RAM_MAX": "0x2000ULL",
    "RAM_BASE": "0x4000ULL",
    "RAM_BANK_BASES": "{ 0x4000ULL }",
    "RAM_BANK_SIZES": "{ 0x2000ULL }",
}
OTHERWISE = {
    "RAM_MAX": "0x3000ULL",
    "RAM_BASE": "0x5000ULL",
    "RAM_BANK_BASES": "{ 0x4000ULL, 1 }",
    "RAM_BANK_SIZES": "{ 1 }",
}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (A | RAM | SAID, A | RAM | SAID, set()),
        (A, A | RAM | V2, set()),  # what is new is no move
        (A, region("A", 0x1000, 0x301), {"A"}),
        (A, region("A", 0x1001, 0x2FF), {"A"}),
        (A | {"B_PPI": "1"}, {"B_PPI": "2"}, {"A", "B_PPI"}),
        (RAM | SAID, RAM | OTHERWISE, set(SAID)),
        (RAM | SAID, region("RAM0", 0x4000, 0x3000) | OTHERWISE, {"RAM0"}),
        (RAM | SAID | {"B_PPI": "1"}, {"B_PPI": "2"}, {"RAM0", "B_PPI"}),
    ],
)
def test_what_is_elsewhere_or_gone_has_moved(old: Macros, new: Macros, expected: set[str]) -> None:
    """What repeats the banks is told where no bank moves."""
    assert moved(old, new) == expected


def test_nothing_has_moved_from_itself() -> None:
    asked = case(layout(A))
    assert stable.obligations(asked) == []
    assert len(stable.obligations(case(layout(A), layout(A)))) == 1


ACPI = region("ACPI", 0x600, 0x10)


def test_whoever_has_a_thing_misses_it() -> None:
    """In a guest without a UART nothing of it has moved; where nobody can have one any more, it is missed by all."""
    there = UART | {"VPL011_SPI": "33"}
    assert moved(UART, there, vuart=1) == {"VPL011_SPI"}
    assert moved(UART, there, vuart=0) == set()
    assert moved(UART, {}) == {"PL011", "VPL011_SPI"}
    both = {"GICD", "GICC"}
    assert moved(
        V2 | V3, V2 | region("GICV3_GICD", 0x301, 1) | region("GICV3_GICR0", 0x400, 0x10), gic=3
    ) == {"GICV3_GICD"}
    assert moved(V2 | V3, V3, gic=3) == both
    assert moved(V2 | V3, V3 | region("GICD", 0x101, 0x10) | region("GICC", 0x200, 0x10), gic=3) == set()
    assert moved(V2 | V3, V3 | region("GICD", 0x101, 0x10) | region("GICC", 0x200, 0x10), gic=2) == {"GICD"}
    assert moved(V2 | V3, V2, gic=2) == {"GICV3_GICD", "GICV3_GICR0"}
    assert moved(ACPI, region("ACPI", 0x700, 0x10), acpi=1) == {"ACPI"}
    assert moved(ACPI, region("ACPI", 0x700, 0x10), acpi=0) == set()
    assert (
        moved(ACPI, region("ACPI", 0x700, 0x10), arch="arm32", acpi=0) == set()
    )  # 32 bits have never had it


def explained(old: Macros, new: Macros) -> tuple[str, tuple[str, ...], Witness]:
    """Of the first thing of the old layout."""
    asked = case(layout(new, "new.h"), layout(old, "old.h"))
    return said(asked)


def said(asked: Case) -> tuple[str, tuple[str, ...], Witness]:
    found = stable.explain(asked, Fails(stable.obligations(asked)[0], (), True, {"vcpus": 1}))
    assert found.counterexample.configuration == {"vcpus": 1}
    return found.message, found.details, found.counterexample.witness


@pytest.mark.parametrize(
    ("old", "new", "message", "witness"),
    [
        (
            A,
            {},
            "GUEST_A is gone: old.h has it at [0x1000, 0x1300)",
            Witness("missing", macro="GUEST_A_BASE"),
        ),
        (
            A,
            {"A_BASE": "0x1000ULL"},  # which is no region without a size
            "GUEST_A is gone: old.h has it at [0x1000, 0x1300)",
            differs(0, 1),
        ),
        (
            {"B_PPI": "20"},
            {},
            "GUEST_B_PPI is gone: old.h has it at 0x14",
            Witness("missing", macro="GUEST_B_PPI"),
        ),
        ({"B_PPI": "20"}, {"B_PPI": "31"}, "GUEST_B_PPI is 0x1f and was 0x14 in old.h", differs(31, 20)),
        (
            {"RAM_BANK_BASES": "{ 1, 2 }"},
            {"RAM_BANK_BASES": "{ 1, 3 }"},
            "GUEST_RAM_BANK_BASES is { 0x1, 0x3 } and was { 0x1, 0x2 } in old.h",
            differs(3, 2),
        ),
        (
            {"RAM_BANK_BASES": "{ 1, 2 }"},
            {"RAM_BANK_BASES": "{ 3, 4 }"},
            "GUEST_RAM_BANK_BASES is { 0x3, 0x4 } and was { 0x1, 0x2 } in old.h",
            differs(3, 1),
        ),
        (
            {"RAM_BANK_BASES": "{ 1, 2, 3 }"},
            {"RAM_BANK_BASES": "{ 1, 2 }"},
            "GUEST_RAM_BANK_BASES is { 0x1, 0x2 } and was { 0x1, 0x2, 0x3 } in old.h",
            differs(2, 3),
        ),
        (
            A,
            region("A", 0x1400, 0x300),
            "GUEST_A is [0x1400, 0x1700) and was [0x1000, 0x1300) in old.h: its start moved up by 1 KiB and its end moved "
            "up by 1 KiB",
            differs(0x1400, 0x1000),
        ),
        (
            A,
            region("A", 0x0, 0x1300),
            "GUEST_A is [0x0, 0x1300) and was [0x1000, 0x1300) in old.h: its start moved down by 4 KiB",
            differs(0, 0x1000),
        ),
        (
            A,
            region("A", 0x1000, 0x2FF),
            "GUEST_A is [0x1000, 0x12ff) and was [0x1000, 0x1300) in old.h: its end moved down by 1 byte",
            differs(0x12FF, 0x1300),
        ),
        (SIZED, ENDLESS, "GUEST_RAM is 0x4000 and was [0x4000, 0x5000) in old.h", differs(1, 2)),
        (ENDLESS, SIZED, "GUEST_RAM is [0x4000, 0x5000) and was 0x4000 in old.h", differs(2, 1)),
        (ENDLESS, {"RAM_BASE": "1"}, "GUEST_RAM is 0x1 and was 0x4000 in old.h", differs(1, 0x4000)),
    ],
)
def test_a_move_is_told_with_both_places(old: Macros, new: Macros, message: str, witness: Witness) -> None:
    gone = "is gone" in message
    assert explained(old, new) == (
        message,
        ("old.h: old.h:1" if gone else "now new.h:1, before old.h:1",),
        witness,
    )


@pytest.mark.parametrize(
    ("name", "macros", "words"),
    [
        ("RAM0", RAM, "memory is recorded by frame number"),
        ("GNTTAB", region("GNTTAB", 1, 1), "grant table stays mapped"),
        ("PL011", UART, "drivers keep the old address"),
        ("VPCI_MEM", region("VPCI_MEM", 1, 1), "devices keep their BARs"),
        ("MAGIC", region("MAGIC", 1, 1), "console and xenstore rings"),
        ("ACPI", ACPI, "firmware that looks for the tables"),
        *((name, {name: "20"}, "bound to the old interrupt") for name in ("B_PPI", "B_SPI", "B_INTR_ID")),
        *((name, {name: "20"}, "bound to the old interrupt") for name in ("B_SPI_FIRST", "B_SPI_LAST")),
        ("MAX_VCPUS", {"MAX_VCPUS": "3"}, "was started, with the old value"),
        ("A", A, "was started, with the old value"),
    ],
)
def test_who_notices_is_told_by_kind(name: str, macros: Macros, words: str) -> None:
    assert words in noticed_by(f"GUEST_{name}", layout(macros))


def test_what_is_no_part_of_a_layout_is_noticed_by_whoever_knows_it() -> None:
    assert "old value" in noticed_by("GUEST_OTHER", layout(RAM))


def test_it_compares_and_is_advice() -> None:
    """No layout is unsound for it: a comparison tells it apart, and nothing else counts it."""
    assert (stable.RULE.relative, stable.RULE.advice) == (True, True)
