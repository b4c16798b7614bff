"""reachable, asked directly: the last bytes that short, long and 64-bit descriptors output, by guests; and what is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from tests.rules.asked import case, conflict, doubted, fails, guest, region, told
from verifier.layout.finding import Witness
from verifier.logic.reach import Reach, Underived
from verifier.rules import reachable
from verifier.rules.reachable import RULE

GIB, PAGE = 1 << 30, 4096
POWERS = {
    "aarch64-4k": 48,
    "aarch64-16k": 48,
    "aarch64-64k": 48,
    "aarch32-short": 32,
    "aarch32-lpae": 40,
}
"""Arm ARM DDI 0406C B3.5.1 and B3.6.1, DDI 0487 D8.3: without supersections, and without 52 bits."""
EDGES = [(-3, -1), (-3, 0), (-3, 1), (-1, 1), (0, 1), (1, 2)]


@pytest.mark.parametrize("power", sorted({*POWERS.values()}))
@pytest.mark.parametrize(("low", "high"), EDGES)
def test_a_region_is_in_reach_if_its_last_byte_is(power: int, low: int, high: int) -> None:
    """Of every guest that must map it, if it is there."""
    start, end = (1 << power) + low * PAGE, (1 << power) + high * PAGE
    at = case(region("PL011", start, end))
    assert {*at.facts.guests} == {*POWERS}
    for name, vuart in product(POWERS, (0, 1)):
        limit = 1 << POWERS[name]
        chosen = {"guest": guest(at.facts, name), "vuart": vuart, "ipa_bits": 48}
        beyond = vuart and end > limit
        assert fails(RULE, at, **chosen) == ([("GUEST_PL011",)] if beyond else [])
        if beyond:
            first = max(start, limit)
            assert conflict(RULE, at, "GUEST_PL011", **chosen) == end - first
            said = told(RULE, at, "GUEST_PL011", **chosen)
            whole = "" if start >= limit else " whole"
            assert (
                f") cannot be mapped{whole} by {name} guests: {first:#x} is at or above {limit:#x} ("
                in said.message
            )
            assert said.counterexample.witness == Witness("address-unreachable", address=first)
            assert said.counterexample.regions == at.layout.regions
            assert said.details[0].endswith("KiB, layout.h:1")
            assert (" supersections " in said.message) == (name == "aarch32-short")


@pytest.mark.parametrize("xen", ["4.15", "4.22"])
def test_of_ram_the_part_that_is_used_is_in_reach(xen: str) -> None:
    """Three pages below 4 GiB and two above: of bank 0, as guests do without others."""
    at = case(region("RAM0", 4 * GIB - 3 * PAGE, 4 * GIB + 2 * PAGE), xen=xen)
    short = guest(at.facts, "aarch32-short")
    for memory in range(1, 6):
        assert fails(RULE, at, memory=memory, guest=0, ipa_bits=40) == []
        expected = [("GUEST_RAM0",)] if memory > 3 else []
        assert fails(RULE, at, memory=memory, guest=short, ipa_bits=40) == expected
        if memory > 3:
            chosen = {"memory": memory, "guest": short, "ipa_bits": 40}
            assert conflict(RULE, at, "GUEST_RAM0", **chosen) == (memory - 3) * PAGE
            assert (
                told(RULE, at, "GUEST_RAM0", **chosen)
                .details[0]
                .endswith("; the part that this memory size uses")
            )


@pytest.mark.parametrize("stem", ["RAM1", "VPCI_PREFETCH_MEM"])
@pytest.mark.parametrize("power", [32, 40])
def test_guests_with_short_descriptors_do_without_some(stem: str, power: int) -> None:
    """Those with long ones do not: one page below the end of either, and one above."""
    text = f"{region('RAM0', GIB, GIB + PAGE)}; {region(stem, (1 << power) - PAGE, (1 << power) + PAGE)}"
    at = case(text)
    for name in POWERS:
        chosen = {"guest": guest(at.facts, name), "ipa_bits": 48}
        chosen |= {"memory": 3} if stem == "RAM1" else {"vpci": 1}
        out = name == "aarch32-lpae" and power == 40
        assert fails(RULE, at, **chosen) == ([(f"GUEST_{stem}",)] if out else [])


def test_what_all_guests_do_without_is_not_asked() -> None:
    """Here of 32-bit ones those with short descriptors alone have page tables that are known."""
    at = case(f"{region('RAM0', GIB, GIB + PAGE)}; {region('RAM1', 8 * GIB, 9 * GIB)}", arch="arm32")
    known = {"aarch32-short": at.facts.page_tables["aarch32-short"]}
    narrow = replace(at, facts=replace(at.facts, page_tables=known))
    assert [each.subjects for each in RULE.obligations(narrow)] == [("GUEST_RAM0",)]
    assert [each.subjects for each in RULE.obligations(at)] == [("GUEST_RAM0",), ("GUEST_RAM1",)]
    reasons = [each.reason for each in RULE.doubts(narrow)]
    assert reasons == ["the page tables of aarch32-lpae guests are not known"]
    assert doubted(RULE, at) == {}
    nothing = replace(at, facts=replace(at.facts, page_tables={}))
    assert RULE.obligations(nothing) == []
    assert RULE.doubts(nothing) == []


def test_parts_are_in_the_order_of_their_addresses() -> None:
    """Neither by names, nor by ends or sizes."""
    text = f"{region('B', GIB, 4 * GIB)}; {region('A', 2 * GIB, 3 * GIB)}; {region('RAM0', PAGE, 2 * PAGE)}"
    assert [each.subjects for each in RULE.obligations(case(text))] == [
        ("GUEST_RAM0",),
        ("GUEST_B",),
        ("GUEST_A",),
    ]
    text = f"{region('B', GIB, 2 * GIB)}; {region('A', GIB, 2 * GIB)}"
    assert [each.subjects for each in RULE.obligations(case(text))] == [("GUEST_A",), ("GUEST_B",)]


@pytest.mark.parametrize(
    ("reach", "shown"),
    [
        (Reach(1 << 32, gaps=False), "0x100000000 (2^32)"),
        (Reach(1 << 32, gaps=True), "0x100000000 (2^32) and some above"),
        (Reach(3 << 30, gaps=False), "0xc0000000 (3 GiB)"),
        (Reach((1 << 32) + (1 << 30), gaps=True), "0x140000000 (5 GiB) and some above"),
        (Underived("tired"), "not derived: tired"),
    ],
)
def test_the_end_of_a_reach_is_a_power_of_two_where_it_is_one(reach: Reach | Underived, shown: str) -> None:
    assert reachable._end(reach) == shown


def test_notes_have_a_row_for_each_leaf_and_a_line_for_each_format() -> None:
    """In four parts, with an empty line behind each; what does not count is marked, and nothing else."""
    lines = [*RULE.notes()]
    parts: list[list[str]] = [[]]
    for line in lines:
        if line:
            parts[-1].append(line)
        else:
            parts.append([])
    rows, formats, wider, safe, end = parts
    assert end == []
    assert rows[0].startswith("What each leaf reaches")
    assert rows[1].split() == ["format", "leaf", "unit", "first", "out", "of", "reach", "source"]
    marked = [line.split()[:2] for line in rows if line.endswith("; does not count")]
    assert marked == [["aarch32-short", "supersection"]]
    names = [line.partition(":")[0] for line in formats]
    assert {*POWERS} <= {*names}
    assert {row.split()[0] for row in rows[2:]} == {*names}
    short = next(line for line in formats if line.startswith("aarch32-short"))
    assert "reach 0x100000000 (2^32). " in short
    assert [line.partition(" ")[0] for line in wider] == [each for each in names if each.endswith("-52")]
    assert len(safe) == 1
    assert safe[0].startswith(
        "A safe range that aarch32-short guests are to use must end at or below 0x100000000 (2^32)"
    )
