"""pci-window-type: every wrong bit of the cell, and the window's exact boundary at 4 GiB."""

from __future__ import annotations

import pytest

from tests.rules.headers import Checker, of, only, verdicts
from verifier.layout.box import Box
from verifier.layout.finding import Verdict

TYPE = "GUEST_VPCI_ADDR_TYPE_MEM   0x02000000"
PREFETCH_TYPE = "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM xen_mk_ullong(0x42000000)"
ADDR = "GUEST_VPCI_MEM_ADDR        xen_mk_ullong(0x23000000)"


@pytest.mark.parametrize("bit", range(32))
def test_any_wrong_bit(checked: Checker, bit: int) -> None:
    cell = 0x02000000 ^ (1 << bit)
    finding = only(checked({TYPE: f"GUEST_VPCI_ADDR_TYPE_MEM {cell:#x}U"}), "pci-window-type")
    assert finding.subjects == ("GUEST_VPCI_ADDR_TYPE_MEM", "GUEST_VPCI_MEM")
    assert finding.regimes == (Box({"vpci": (1,)}),)
    assert [dict(repair.changes) for repair in finding.repairs] == [{"GUEST_VPCI_ADDR_TYPE_MEM": 0x02000000}]


@pytest.mark.parametrize(
    ("end", "cell"),
    [(1 << 32, 0x02000000), ((1 << 32) + 0x1000, 0x03000000), (1 << 36, 0x03000000)],
)
def test_64_bit_iff_it_ends_above_4_gib(checked: Checker, end: int, cell: int) -> None:
    """IEEE 1275: ss is 10 for 32-bit and 11 for 64-bit memory. The last 32-bit address is 0xffffffff."""
    for given in (0x02000000, 0x03000000):
        changes = {
            TYPE: f"GUEST_VPCI_ADDR_TYPE_MEM {given:#x}",
            ADDR: f"GUEST_VPCI_MEM_ADDR {end - 0x10000000:#x}ULL",
        }
        assert bool(of(checked(changes), "pci-window-type")) == (given != cell)


@pytest.mark.parametrize(("cell", "fails"), [(0x42000000, False), (0x02000000, True), (0x43000000, True)])
def test_prefetchable_iff_it_is(checked: Checker, cell: int, fails: bool) -> None:
    report = checked({PREFETCH_TYPE: f"GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM {cell:#x}"})
    assert bool(of(report, "pci-window-type")) == fails


def test_a_window_without_a_type(checked: Checker) -> None:
    finding = only(checked({f"#define {TYPE}\n": ""}), "pci-window-type")
    assert finding.message == (
        "GUEST_VPCI_MEM [0x23000000, 0x33000000) is 32-bit memory, but nothing says so: "
        "GUEST_VPCI_ADDR_TYPE_MEM is not defined"
    )


def test_a_type_without_a_window(checked: Checker) -> None:
    report = checked(added="#define GUEST_VPCI_ADDR_TYPE_OTHER 0x02000000")
    assert only(report, "pci-window-type").message.endswith(
        "is the type of GUEST_VPCI_OTHER, which is not defined"
    )


def test_a_type_whose_window_is_on_no_map_is_a_doubt(checked: Checker) -> None:
    report = checked(
        added="#define GUEST_VPCI_ADDR_TYPE_OTHER 0x02000000\n#define GUEST_VPCI_OTHER_ADDR 0x1000ULL"
    )
    assert verdicts(report)["pci-window-type"] is Verdict.UNKNOWN


def test_a_list_is_no_cell(checked: Checker) -> None:
    report = checked({TYPE: "GUEST_VPCI_ADDR_TYPE_MEM { 1, 2 }"})
    assert verdicts(report)["pci-window-type"] is Verdict.UNKNOWN
    assert verdicts(report)["well-formed"] is Verdict.REFUTED


def test_every_type_cell_of_a_window_counts(checked: Checker) -> None:
    changes = {PREFETCH_TYPE: "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM 0x7"}
    finding = only(
        checked(changes, "#define GUEST_VPCI_PREFETCH_ADDR_TYPE_MEM 0x42000000"), "pci-window-type"
    )
    assert finding.subjects == ("GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM", "GUEST_VPCI_PREFETCH_MEM")
