"""no-overlap: each bad header has one conflict, told exactly."""

from __future__ import annotations

import pytest

from tests.rules.headers import Checker, only, refuted
from verifier.layout.box import Box
from verifier.layout.finding import Verdict

PAGE = 4096


def test_two_regions_that_are_always_there(checked: Checker) -> None:
    finding = only(
        checked({"GUEST_MAGIC_BASE           xen_mk_ullong(0x39000000)": "GUEST_MAGIC_BASE 0x38fff000"}),
        "no-overlap",
    )
    assert finding.subjects == ("GUEST_GNTTAB", "GUEST_MAGIC")
    assert finding.message == (
        "GUEST_GNTTAB [0x38000000, 0x39000000) and GUEST_MAGIC [0x38fff000, 0x39fff000) overlap "
        "by 4 KiB, [0x38fff000, 0x39000000)"
    )
    assert finding.regimes == (Box(),)
    assert finding.counterexample is not None
    assert finding.counterexample.witness.address == 0x38FFF000
    assert {"GUEST_MAGIC_BASE": 0x39000000} in [dict(repair.changes) for repair in finding.repairs]


@pytest.mark.parametrize(("base", "conflicts"), [(0x38FFF000, 1), (0x39000000, 0), (0x39001000, 0)])
def test_the_boundary_is_exact(checked: Checker, base: int, conflicts: int) -> None:
    report = checked({"xen_mk_ullong(0x39000000)": f"xen_mk_ullong({base:#x})"})
    assert len(refuted(report)) == conflicts


def test_only_when_both_are_present(checked: Checker) -> None:
    finding = only(checked({"xen_mk_ullong(0x02000000)": "xen_mk_ullong(0x03020000)"}), "no-overlap")
    assert finding.subjects == ("GUEST_GICV3_GICR0", "GUEST_VIRTIO_MMIO")
    assert finding.regimes == (Box({"gic": (3,)}, {"virtio": (1, 11)}),)
    assert finding.counterexample is not None
    assert finding.counterexample.configuration["virtio"] == 1


def test_two_gic_versions_exclude_each_other_but_not_a_third_region(checked: Checker) -> None:
    """GUEST_FOO is unknown to the vocabulary, so it is always present."""
    report = checked(added="#define GUEST_FOO_BASE 0x03001000ULL\n#define GUEST_FOO_SIZE 0x1000ULL")
    assert {finding.subjects: finding.regimes for finding in refuted(report)} == {
        ("GUEST_FOO", "GUEST_GICD"): (Box({"gic": (2,)}),),
        ("GUEST_FOO", "GUEST_GICV3_GICD"): (Box({"gic": (3,)}),),
    }


def test_before_extended_regions_only_the_used_part_counts(checked: Checker) -> None:
    changes = {"xen_mk_ullong(0xd0000000)": "xen_mk_ullong(0xbf000000)"}  # 16 MiB inside RAM0's window
    finding = only(checked(changes, xen="4.15"), "no-overlap", besides=("banks",))
    assert finding.subjects == ("GUEST_RAM0", "GUEST_RAM1")
    # RAM1 is used only once RAM0 is full: every memory above 2 GiB fails, none below
    assert finding.regimes == (
        Box({}, {"memory": ((2 << 30) // PAGE + 1, (2 << 30) // PAGE + (512 << 20) // PAGE)}),
    )


def test_with_extended_regions_the_window_counts_whole(checked: Checker) -> None:
    changes = {"xen_mk_ullong(0xd0000000)": "xen_mk_ullong(0xbf000000)"}
    finding = only(checked(changes, xen="4.16"), "no-overlap", besides=("banks",))
    assert finding.regimes == (Box(),)


def test_a_region_in_the_unused_tail(checked: Checker) -> None:
    """At the very end of RAM0's window: before 4.16 only guests with 2 GiB or nearly so meet it."""
    added = "#define GUEST_FOO_BASE 0xbffff000ULL\n#define GUEST_FOO_SIZE 0x1000ULL"
    before = only(checked(added=added, xen="4.15"), "no-overlap")
    assert before.regimes == (
        Box({}, {"memory": ((2 << 30) // PAGE, (2 << 30) // PAGE + (512 << 20) // PAGE)}),
    )
    assert only(checked(added=added, xen="4.16"), "no-overlap").regimes == (Box(),)


def test_regions_are_not_their_own_conflict(checked: Checker) -> None:
    assert checked().verdict is Verdict.PROVED
