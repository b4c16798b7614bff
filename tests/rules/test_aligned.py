"""aligned: one byte or page off an edge is told with the nearest multiples; the edge itself is fine."""

from __future__ import annotations

import pytest

from tests.rules.headers import Checker, of, only, refuted
from verifier.layout.box import Box
from verifier.layout.finding import Verdict

MIB = 1 << 20


def region(base: int, size: int, stem: str = "GUEST_FOO") -> str:
    return f"#define {stem}_BASE {base:#x}ULL\n#define {stem}_SIZE {size:#x}ULL"


@pytest.mark.parametrize(
    ("base", "size", "message"),
    [
        (
            0x5000800,
            0x1000,
            "GUEST_FOO [0x5000800, 0x5001800): its start 0x5000800 is no multiple of 0x1000 (4 KiB); the nearest "
            "are 0x5000000 and 0x5001000",
        ),
        (
            0x5000000,
            0x1001,
            "GUEST_FOO [0x5000000, 0x5001001): its size 0x1001 is no multiple of 0x1000 (4 KiB); the nearest are "
            "0x1000 and 0x2000",
        ),
        (0x5001000, 0x3000, ""),
    ],
)
def test_whole_pages(checked: Checker, base: int, size: int, message: str) -> None:
    report = checked(added=region(base, size))
    assert [finding.message for finding in of(report, "aligned")] == ([message] if message else [])


@pytest.mark.parametrize("stem", ["GUEST_SAFE_RANGE", "GUEST_EXT_REGION"])
@pytest.mark.parametrize(
    ("base", "size", "edge"),
    [
        (0x5000000, 64 * MIB, ""),
        (0x5001000, 64 * MIB, "start 0x5001000"),
        (0x5000000, 64 * MIB + 0x1000, "end 0x9001000"),
        (0x5200000, 66 * MIB, ""),
    ],
)
def test_extended_regions_take_superpages(
    checked: Checker, stem: str, base: int, size: int, edge: str
) -> None:
    found = of(checked(added=region(base, size, stem)), "aligned")
    assert [f"its {edge} is no multiple of 0x200000 (2 MiB)" in finding.message for finding in found] == (
        [True] if edge else []
    )


@pytest.mark.parametrize(
    ("old", "new", "subject"),
    [
        ("GUEST_GNTTAB_SIZE          xen_mk_ullong(0x01000000)", "0x00fff000", "GUEST_GNTTAB"),
        ("GUEST_RAM0_SIZE            xen_mk_ullong(0x80000000)", "0x7ffff000", "GUEST_RAM0"),
        ("GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)", "0xd0001000", "GUEST_RAM1"),
    ],
)
@pytest.mark.parametrize("xen", ["4.15", "4.22"])
def test_grants_and_ram_windows_too(checked: Checker, old: str, new: str, subject: str, xen: str) -> None:
    """A page off at either end, whether or not the release offers the windows' tails."""
    found = of(checked({old: f"{old.split(maxsplit=1)[0]} {new}ULL"}, xen=xen), "aligned")
    assert [(finding.subjects, finding.regimes) for finding in found] == [((subject,), (Box(),))]


def test_the_magic_region_needs_pages_only(checked: Checker) -> None:
    changes = {"GUEST_MAGIC_SIZE           xen_mk_ullong(0x01000000)": "GUEST_MAGIC_SIZE 0x00005000ULL"}
    assert not of(checked(changes), "aligned")


@pytest.mark.parametrize(
    ("base", "size", "fails"),
    [
        (0x10000000, 0x10000000, False),
        (0x10100000, 0x10000000, True),
        (0x18000000, 0x08000000, False),
        (0x14000000, 0x08000000, True),
        (0x10000000, 0x0F000000, False),
        (0x18000000, 0x0F000000, True),  # bus numbers up to 239 take 8 bits: 256 MiB
    ],
)
def test_ecam_is_aligned_to_its_size(checked: Checker, base: int, size: int, fails: bool) -> None:
    changes = {
        "GUEST_VPCI_ECAM_BASE       xen_mk_ullong(0x10000000)": f"GUEST_VPCI_ECAM_BASE {base:#x}ULL",
        "GUEST_VPCI_ECAM_SIZE       xen_mk_ullong(0x10000000)": f"GUEST_VPCI_ECAM_SIZE {size:#x}ULL",
        "GUEST_PL011_BASE           xen_mk_ullong(0x22000000)": "GUEST_PL011_BASE 0x37000000ULL",
    }
    found = of(checked(changes), "aligned")
    assert [finding.regimes for finding in found] == ([(Box({"vpci": (1,)}),)] if fails else [])


def test_only_guests_that_have_the_region(checked: Checker) -> None:
    changes = {"GUEST_GICC_SIZE            xen_mk_ullong(0x00002000)": "GUEST_GICC_SIZE 0x100ULL"}
    finding = only(checked(changes), "aligned", besides=("minimum-size",))
    assert finding.regimes == (Box({"gic": (2,)}),)
    assert [dict(repair.changes) for repair in finding.repairs] == [{"GUEST_GICC_SIZE": 0x1000}]


def test_advice_on_shared_large_pages(checked: Checker) -> None:
    """The UART's 64 KiB page is [0x22000000, 0x22010000); a neighbour in it is advice, no error."""
    report = checked(added=region(0x2200F000, 0x1000))
    assert not refuted(report)
    (finding,) = of(report, "aligned")
    assert finding.severity == "advice"
    assert finding.subjects == ("GUEST_PL011", "GUEST_FOO")
    large = report.space.facts.guests.index("aarch64-64k")
    assert finding.regimes == (Box({"vuart": (1,), "guest": (large,)}),)
    assert "share the 64 KiB page [0x22000000, 0x22010000)" in finding.message
    assert [each.verdict for each in report.findings if each.property == "aligned"] == [
        Verdict.REFUTED,
        Verdict.PROVED,
    ]
    assert not of(checked(added=region(0x22010000, 0x1000)), "aligned")


def test_regions_of_one_device_may_share_one(checked: Checker) -> None:
    """GICD and GICC of vGICv2 lie in [0x3000000, 0x3010000); no other pair of the sound header meets."""
    assert not of(checked(), "aligned")


def test_an_ecam_by_another_name_of_its_base(checked: Checker) -> None:
    changes = {"GUEST_VPCI_ECAM_BASE       xen_mk_ullong(0x10000000)": "GUEST_VPCI_ECAM_ADDR 0x11000000ULL"}
    assert [finding.subjects for finding in of(checked(changes), "aligned")] == [("GUEST_VPCI_ECAM",)]


def test_a_large_page_with_used_ram(checked: Checker) -> None:
    """Before 4.16 the part used counts: only guests whose RAM ends in the UART's page share it."""
    changes = {
        "GUEST_RAM0_SIZE            xen_mk_ullong(0x80000000)": "GUEST_RAM0_SIZE 0x80001000ULL",
        "GUEST_PL011_BASE           xen_mk_ullong(0x22000000)": "GUEST_PL011_BASE 0xc0001000ULL",
    }
    advice = [each for each in of(checked(changes, xen="4.10"), "aligned") if each.severity == "advice"]
    large = checked().space.facts.guests.index("aarch64-64k")
    whole = 0x80001000 // 0x1000
    assert [finding.regimes for finding in advice] == [
        (Box({"vuart": (1,), "guest": (large,)}, {"memory": (whole, whole + 0x20000)}),)
    ]
    assert of(checked(changes, xen="4.16"), "aligned")[-1].regimes == (
        Box({"vuart": (1,), "guest": (large,)}),
    )
