"""within-ipa: the first byte that does not fit, for exactly the widths where it does not."""

from __future__ import annotations

import pytest

from tests.rules.headers import Checker, only, refuted
from verifier.layout.box import Box

PAGE = 4096


@pytest.mark.parametrize(
    ("end", "widths"),
    [
        (1 << 32, ()),
        ((1 << 32) + PAGE, (32,)),
        (1 << 36, (32,)),
        ((1 << 36) + 1, (32, 36)),
        (1 << 40, (32, 36)),
        ((1 << 40) + PAGE, (32, 36, 40)),
        ((1 << 42) + PAGE, (32, 36, 40, 42)),
        ((1 << 48), (32, 36, 40, 42, 44)),
        ((1 << 48) + PAGE, (32, 36, 40, 42, 44, 48)),
    ],
)
def test_the_boundary_is_exact(checked: Checker, end: int, widths: tuple[int, ...]) -> None:
    report = checked(added=f"#define GUEST_FOO_BASE {end - PAGE:#x}ULL\n#define GUEST_FOO_SIZE 0x1000ULL")
    if not widths:
        assert not refuted(report)
        return
    everywhere = len(widths) == 6
    assert only(report, "within-ipa", besides=("aligned", "reachable")).regimes == (
        Box() if everywhere else Box({"ipa_bits": widths}),
    )


def test_of_ram_the_part_used(checked: Checker) -> None:
    """RAM1 up to 0x1_2000_0000: guests that use it beyond 4 GiB fail at 32 bits, others nowhere."""
    changes = {"GUEST_RAM1_SIZE            xen_mk_ullong(0x20000000)": "GUEST_RAM1_SIZE 0x50000000ULL"}
    finding = only(checked(changes), "within-ipa")
    assert finding.message == (
        "GUEST_RAM1 [0xd0000000, 0x120000000) does not fit 32 ipa bits: 512 MiB of it lies at or "
        "above 0x100000000 (4 GiB)"
    )
    fits = (2 << 30) + (0x100000000 - 0xD0000000)
    assert finding.regimes == (
        Box({"ipa_bits": (32,)}, {"memory": (fits // PAGE + 1, (0x80000000 + 0x50000000) // PAGE)}),
    )
    assert finding.counterexample is not None
    assert finding.counterexample.witness.address == 1 << 32
    assert [dict(repair.changes) for repair in finding.repairs] == [{"GUEST_RAM1_SIZE": 0x30000000}]
    assert finding.repairs[0].ram == 512 << 20


def test_where_the_region_is_optional_so_is_the_finding(checked: Checker) -> None:
    finding = only(
        checked(
            {
                "GUEST_VIRTIO_MMIO_BASE     xen_mk_ullong(0x02000000)": "GUEST_VIRTIO_MMIO_BASE xen_mk_ullong(0x1000000000)"
            }
        ),
        "within-ipa",
        besides=("reachable",),
    )
    assert finding.regimes == (Box({"ipa_bits": (32, 36)}, {"virtio": (1, 11)}),)
    assert finding.message.startswith(
        "GUEST_VIRTIO_MMIO [0x1000000000, 0x1000100000) does not fit 32 ipa bits: all of it"
    )


def test_only_the_widths_asked_for(checked: Checker) -> None:
    changes = {
        "GUEST_VIRTIO_MMIO_BASE     xen_mk_ullong(0x02000000)": "GUEST_VIRTIO_MMIO_BASE xen_mk_ullong(0x1000000000)"
    }
    assert {finding.property for finding in refuted(checked(changes, ipa_bits=(40, 44)))} == {"reachable"}
    assert only(checked(changes, ipa_bits=(36,)), "within-ipa", besides=("reachable",)).regimes == (
        Box({}, {"virtio": (1, 11)}),
    )


def test_ram_beyond_the_root_is_vacuous_not_proved(checked: Checker) -> None:
    """No guest can be built with RAM0 at 2^39 and one root table, so nothing is proved for it."""
    report = checked({"xen_mk_ullong(0x40000000)": "xen_mk_ullong(0x8000000000)"}, xen="4.15")
    assert not report.trust.assumptions_satisfiable
    assert all(
        finding.verdict != "proved" or finding.property in ("well-formed", "comments-agree")
        for finding in report.findings
    )
    messages = [finding.message for finding in report.findings if finding.verdict == "unknown"]
    assert messages
    assert all("no guest can be built with ipa bits 32, 36" in message for message in messages)
