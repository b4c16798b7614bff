"""interrupts, asked directly: who has which number in a configuration, against sets of numbers; its bounds and its words."""

from __future__ import annotations

from itertools import combinations, product

import pytest

from tests.rules.asked import case, doubted, fails, region, told
from verifier.layout.finding import Witness
from verifier.rules.interrupts import RULE

DEVICES = region("VIRTIO_MMIO", 0x2000000, 0x2100000)
UART = region("PL011", 0x22000000, 0x22001000)
FIRST, LAST = "GUEST_VIRTIO_MMIO_SPI_FIRST", "GUEST_VIRTIO_MMIO_SPI_LAST"


@pytest.mark.parametrize("uart", [39, 40, 41, 42, 43])
@pytest.mark.parametrize(("low", "high"), [(38, 41), (40, 40), (42, 44), (43, 43)])
def test_who_meets_whom_is_what_sets_of_numbers_have_in_common(uart: int, low: int, high: int) -> None:
    """Three virtio devices from 40 on, a UART, a range of nobody's, and two numbers beside it."""
    numbers = f"{FIRST} 40; {LAST} 42; GUEST_VPL011_SPI {uart}"
    others = f"GUEST_FOO_SPI_FIRST {low}; GUEST_FOO_SPI_LAST {high}; GUEST_BAR_SPI 41; GUEST_ZOO_SPI 43; GUEST_RAM_BANKS 41"
    at = case(f"{DEVICES}; {UART}; {numbers}; {others}")
    for devices, vuart in product(range(4), (0, 1)):
        taken = {
            FIRST: set(range(40, 40 + devices)),
            "GUEST_VPL011_SPI": {uart} if vuart else set(),
            "GUEST_FOO_SPI_FIRST": set(range(low, high + 1)),
            "GUEST_BAR_SPI": {41},
            "GUEST_ZOO_SPI": {43},
        }
        expected = {frozenset(pair) for pair in combinations(taken, 2) if taken[pair[0]] & taken[pair[1]]}
        found = fails(RULE, at, virtio=devices, vuart=vuart)
        assert len(found) == len(expected)
        assert {frozenset(each) for each in found} == expected


def test_where_nothing_counts_devices_all_of_the_range_is_taken() -> None:
    """Without a region of virtio devices no dimension is theirs."""
    at = case(f"{FIRST} 40; {LAST} 42; GUEST_FOO_SPI 42; GUEST_BAR_SPI 43")
    assert fails(RULE, at) == [(FIRST, "GUEST_FOO_SPI")]


def test_the_uart_has_its_number_where_no_region_says_when() -> None:
    assert fails(RULE, case("GUEST_VPL011_SPI 40; GUEST_FOO_SPI 40")) == [
        ("GUEST_FOO_SPI", "GUEST_VPL011_SPI")
    ]


@pytest.mark.parametrize("name", [f"GUEST_{stem}_SPI_FIRST" for stem in ("FOO", "VIRTIO_MMIO")])
def test_without_its_end_a_range_has_one_number(name: str) -> None:
    """At least that one is in use, and the end is in doubt."""
    missing = f"{name.removesuffix('FIRST')}LAST"
    at = case(f"{DEVICES}; {name} 40; GUEST_BAR_SPI 40; GUEST_BAZ_SPI 41")
    assert ("GUEST_BAR_SPI", name) in fails(RULE, at, virtio=1)
    assert ("GUEST_BAZ_SPI", name) not in fails(RULE, at, virtio=1)
    assert (name, "GUEST_BAZ_SPI") not in fails(RULE, at, virtio=1)
    assert doubted(RULE, at) == {
        (name,): f"{missing} is not defined, so how many interrupts {name} begins is unknown"
    }


def test_the_end_of_a_range_is_no_user_of_its_own() -> None:
    at = case("GUEST_FOO_SPI_LAST 40; GUEST_BAR_SPI 40")
    assert fails(RULE, at) == []
    assert doubted(RULE, at) == {
        (
            "GUEST_FOO_SPI_LAST",
        ): "GUEST_FOO_SPI_FIRST is not defined, so how many interrupts GUEST_FOO_SPI_LAST begins is unknown"
    }


def test_one_number_is_in_use_whatever_the_name_of_another_number_begins_with() -> None:
    at = case("GUEST_FOO_SPI 60; GUEST_FOO_SPI_LAST 50; GUEST_BAR_SPI 60")
    assert fails(RULE, at) == [("GUEST_BAR_SPI", "GUEST_FOO_SPI")]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (40, 39, [("GUEST_FOO_SPI_FIRST", "GUEST_FOO_SPI_LAST")]),
        (40, 40, [("GUEST_BAR_SPI", "GUEST_FOO_SPI_FIRST")]),
        (39, 40, [("GUEST_FOO_SPI_FIRST", "GUEST_BAR_SPI")]),
    ],
)
def test_a_range_has_one_number_at_least(first: int, last: int, expected: list[tuple[str, str]]) -> None:
    at = case(f"GUEST_FOO_SPI_FIRST {first}; GUEST_FOO_SPI_LAST {last}; GUEST_BAR_SPI 40")
    assert fails(RULE, at) == expected
    assert doubted(RULE, at) == {}


def test_an_empty_range_is_told_with_both_macros() -> None:
    at = case("GUEST_FOO_SPI_FIRST 40; GUEST_FOO_SPI_LAST 38")
    said = told(RULE, at, "GUEST_FOO_SPI_FIRST", "GUEST_FOO_SPI_LAST")
    assert said.message == (
        "GUEST_FOO_SPI_FIRST is 40 and GUEST_FOO_SPI_LAST is 38: no interrupt is set aside"
    )
    assert said.details == ("GUEST_FOO_SPI_FIRST 40, layout.h:1", "GUEST_FOO_SPI_LAST 38, layout.h:2")
    assert said.counterexample.witness == Witness("too-small", found=38, needed=40)


KINDS = {
    "INTR_ID": (0, 15),
    "PPI": (16, 31),
    "SPI": (32, 1019),
    "SPI_FIRST": (32, 1019),
    "SPI_LAST": (32, 1019),
}
"""Arm IHI 0069 2.2.1, by the ends of names."""
WORDS = {
    "INTR_ID": "a software-generated interrupt has a number from 0 to 15",
    "PPI": "a private peripheral interrupt has a number from 16 to 31",
    "SPI": "a shared peripheral interrupt has a number from 32 to 1019",
    "SPI_FIRST": "a shared peripheral interrupt has a number from 32 to 1019",
    "SPI_LAST": "a shared peripheral interrupt has a number from 32 to 1019",
}


@pytest.mark.parametrize("end", KINDS)
def test_a_number_is_in_the_range_of_its_kind(end: str) -> None:
    name, (low, high) = f"GUEST_FOO_{end}", KINDS[end]
    for number in (low, low + 1, high - 1, high):
        assert fails(RULE, case(f"{name} {number}")) == []
    below, above = (
        Witness("too-small", found=low - 1, needed=low),
        Witness("too-small", found=high, needed=high + 1),
    )
    for number, witness in ((low - 1, below), (high + 1, above)):
        if number < 0:
            continue
        at = case(f"GUEST_BAR_CELLS 1; {name} {number}")
        assert fails(RULE, at) == [(name,)]
        said = told(RULE, at, name)
        assert said.message == f"{name} is {number}, but {WORDS[end]}"
        assert said.details == (f"{name} {number}, layout.h:2",)
        assert (said.counterexample.witness, said.help) == (witness, ())


def test_a_clash_is_told_with_both_users_and_a_number_that_is_free() -> None:
    """The second device of the range; 32, 33 and 34 to 36 are taken, a list and other numbers take none."""
    at = case(
        "GUEST_FOO_SPI_FIRST 34; GUEST_FOO_SPI_LAST 36; GUEST_BAR_SPI 35; GUEST_BAZ_SPI 32; GUEST_QUX_SPI 33; "
        "GUEST_LST_SPI {37, 38}; GUEST_RAM_BANKS 37"
    )
    said = told(RULE, at, "GUEST_FOO_SPI_FIRST", "GUEST_BAR_SPI")
    assert said.message == "GUEST_FOO_SPI_FIRST with device 2 and GUEST_BAR_SPI are both interrupt 35"
    assert said.details == ("GUEST_FOO_SPI_FIRST 34, layout.h:1", "GUEST_BAR_SPI 35, layout.h:3")
    assert said.counterexample.witness == Witness("same-interrupt", found=35)
    assert said.help == ("interrupt 37 is the lowest shared one that nothing uses",)


@pytest.mark.parametrize(
    ("last", "free"),
    [(1017, "1018"), (1018, "1019"), (1019, "")],
)
def test_where_all_are_taken_none_is_free(last: int, free: str) -> None:
    at = case(f"GUEST_FOO_SPI_FIRST 32; GUEST_FOO_SPI_LAST {last}; GUEST_BAR_SPI 50")
    said = told(RULE, at, "GUEST_FOO_SPI_FIRST", "GUEST_BAR_SPI")
    assert said.help == ((f"interrupt {free} is the lowest shared one that nothing uses",) if free else ())


def test_of_what_has_no_end_one_number_is_not_free() -> None:
    """Nor is there an end of what is no range, whatever another macro is called."""
    at = case("GUEST_FOO_SPI_FIRST 32; GUEST_BAR_SPI 32; GUEST_BAR_SPI_LAST 40")
    said = told(RULE, at, "GUEST_BAR_SPI", "GUEST_FOO_SPI_FIRST")
    assert said.help == ("interrupt 33 is the lowest shared one that nothing uses",)


def test_a_device_has_its_interrupts() -> None:
    """Both ends of the virtio devices' range; a list defines it, but is in doubt."""
    for given in (f"{FIRST} 40; {LAST} 42", f"{FIRST} {{ 40, 41 }}; {LAST} 42"):
        assert fails(RULE, case(f"{DEVICES}; {given}"), virtio=1) == []
    at = case(f"{DEVICES}; {LAST} 42")
    assert fails(RULE, at, virtio=0) == []
    assert fails(RULE, at, virtio=1) == [("GUEST_VIRTIO_MMIO", FIRST)]
    said = told(RULE, at, "GUEST_VIRTIO_MMIO", FIRST, virtio=1)
    assert (
        said.message == f"GUEST_VIRTIO_MMIO [0x2000000, 0x2100000) has no interrupt: {FIRST} is not defined"
    )
    assert said.details == ("GUEST_VIRTIO_MMIO [0x2000000, 0x2100000) is at layout.h:1",)
    assert said.counterexample.witness == Witness("missing", macro=FIRST)


@pytest.mark.parametrize(
    ("first", "last", "named"),
    [("{ 40, 41 }", "42", {"FIRST"}), ("40", "{ 41, 42 }", {"LAST"}), ("{ 1 }", "{ 2 }", {"FIRST", "LAST"})],
)
def test_a_list_is_a_doubt_and_nothing_else(first: str, last: str, named: set[str]) -> None:
    at = case(f"GUEST_FOO_SPI_FIRST {first}; GUEST_FOO_SPI_LAST {last}; GUEST_RAM_BANK_BASES {{ 1, 2 }}")
    assert fails(RULE, at) == []
    assert doubted(RULE, at) == {
        (f"GUEST_FOO_SPI_{end}",): f"GUEST_FOO_SPI_{end} is a list, not the number of an interrupt"
        for end in named
    }
