"""banks: order, the end of bank 0, memory inside the windows, and exactly what leaves no room."""

from __future__ import annotations

import pytest

from tests.rules.headers import Checker, of, verdicts
from verifier.commands.check import check
from verifier.layout.box import Box
from verifier.layout.finding import Report, Verdict
from verifier.reading.request import Request

GIB, MIB, PAGE = 1 << 30, 1 << 20, 4096
RAM1 = "GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)"
SIZE1 = "GUEST_RAM1_SIZE            xen_mk_ullong(0x20000000)"
RAM0 = "GUEST_RAM0_BASE            xen_mk_ullong(0x40000000)"
SIZE0 = "GUEST_RAM0_SIZE            xen_mk_ullong(0x80000000)"


def set_to(old: str, number: int) -> dict[str, str]:
    return {old: f"{old.split(maxsplit=1)[0]} {number:#x}ULL"}


@pytest.mark.parametrize(
    ("start", "fails"), [(0xC0000000, False), (0xBFFFF000, True), (0x10000000, True), (0xC0001000, False)]
)
def test_windows_ascend(checked: Checker, start: int, fails: bool) -> None:
    found = of(checked(set_to(RAM1, start)), "banks")
    assert [finding.subjects for finding in found] == ([("GUEST_RAM0", "GUEST_RAM1")] if fails else [])
    windows = [
        "GUEST_RAM0 [0x40000000, 0xc0000000) is 2 GiB",
        f"GUEST_RAM1 [{start:#x}, {start + 512 * MIB:#x}) is 512 MiB",
    ]
    for finding in found:
        assert [each.rpartition(", ")[0] for each in finding.details] == windows


@pytest.mark.parametrize(("end", "fails"), [(1 << 32, False), ((1 << 32) + PAGE, True), (1 << 33, True)])
def test_bank_0_ends_at_4_gib(checked: Checker, end: int, fails: bool) -> None:
    changes = set_to(SIZE0, end - 0x40000000) | set_to(RAM1, 1 << 34)
    found = of(checked(changes), "banks")
    assert [finding.subjects for finding in found] == ([("GUEST_RAM0",)] if fails else [])


def test_memory_beyond_the_windows(checked: Checker) -> None:
    """One page more than 2 GiB + 512 MiB."""
    report = checked({"(GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)": "0xa0001000ULL"})
    (finding,) = of(report, "banks")
    assert finding.subjects == ("GUEST_RAM_MAX",)
    assert finding.regimes == (Box({}, {"memory": (0xA0001, 0xA0001)}),)
    assert finding.message == (
        "a guest may have 0xa0001000 (~2.50 GiB) of RAM, but the windows hold 0xa0000000 (2560 MiB): 4 KiB has no place"
    )
    assert (
        verdicts(checked({"(GUEST_RAM0_SIZE + GUEST_RAM1_SIZE)": "0xa0000000ULL"}))["banks"] is Verdict.PROVED
    )


def listed(report: Report) -> tuple[Box, ...]:
    return next(finding.listing for finding in report.findings if finding.property == "banks")


@pytest.mark.parametrize(
    ("start", "room"),
    [
        (0xFBE00000, True),  # one page of RAM takes 2 MiB of the tail: 64 MiB are left
        (0xFBFFF000, True),  # the page ends where a superpage does
        (0xFC000000, False),
    ],
)
def test_room_for_an_extended_region(checked: Checker, start: int, room: bool) -> None:
    """RAM0 alone, up to 4 GiB: does the smallest guest leave 64 MiB?"""
    changes = set_to(RAM0, start) | set_to(SIZE0, (1 << 32) - start)
    changes |= set_to(RAM1, 1 << 32) | set_to(SIZE1, 2 * MIB)
    report = checked(changes, xen="4.22")
    fails = [finding for finding in of(report, "banks") if len(finding.subjects) == 2]
    assert [finding.regimes for finding in fails] == ([] if room else [(Box(),)])
    assert not of(checked(changes, xen="4.15"), "banks"), "no release before 4.16 offers any"


def test_a_width_that_leaves_no_room(checked: Checker) -> None:
    """RAM from 4 GiB - 2 MiB on: at 32 bits nothing is left below 2^32, at 36 bits much."""
    changes = set_to(RAM0, 0xFFE00000) | set_to(SIZE0, 2 * MIB) | set_to(RAM1, 1 << 32) | set_to(SIZE1, GIB)
    (finding,) = of(checked(changes), "banks")
    assert finding.regimes == (Box({"ipa_bits": (32,)}),)
    assert finding.message.startswith("with 32 ipa bits no memory size leaves room for an extended region")


def test_the_sizes_that_leave_no_room_are_listed_exactly() -> None:
    """Head: a bank's tail of 64 MiB is gone once less than that is left below both its end and 2^b.

    32 bits: RAM0 ends at 4 GiB. 36 bits: RAM1 up to 64 GiB. From 40 on: RAM1 up to 1 TiB.
    """
    report = check(Request("head"))
    most = {32: 507 * GIB, 36: 507 * GIB, 40: 1019 * GIB}
    fits = {32: 3 * GIB, 36: 59 * GIB, 40: 1019 * GIB}
    runs = {bits: ((fits[bits] - 64 * MIB) // PAGE + 1, most[bits] // PAGE) for bits in fits}
    assert listed(report) == (
        Box({"ipa_bits": (32,)}, {"memory": runs[32]}),
        Box({"ipa_bits": (36,)}, {"memory": runs[36]}),
        Box({"ipa_bits": (40, 42, 44, 48)}, {"memory": runs[40]}),
    )


def test_no_list_before_extended_regions() -> None:
    assert listed(check(Request("4.15"))) == ()
