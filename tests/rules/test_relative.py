"""capacity and stable: what a change takes away or moves, against the sound header or a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rules.headers import SOUND, Checker, of, verdicts
from verifier.commands.check import check
from verifier.layout.box import Box
from verifier.layout.finding import Verdict
from verifier.layout.layout import Layout
from verifier.reading.models import releases
from verifier.reading.request import Request
from verifier.reading.source import opened
from verifier.rules.stable import is_lost

GIB = 1 << 30
SIZE1 = "GUEST_RAM1_SIZE            xen_mk_ullong(0x20000000)"


def test_the_2021_proposal_costs_128_gib() -> None:
    """Thread row T13. 3 GiB + 1016 GiB before, 3 GiB + 888 GiB after; below 40 bits RAM1 hardly counts."""
    report = check(Request("rfc-2021-safe-range"))
    (finding,) = of(report, "capacity")
    assert finding.subjects == ("GUEST_RAM_MAX",)
    assert finding.regimes == (Box({"ipa_bits": (40, 42, 44, 48)}),)
    assert finding.counterexample is not None
    witness = finding.counterexample.witness
    assert (witness.found, witness.needed) == (891 * GIB, 1019 * GIB)
    assert "from 0xfec0000000 (1019 GiB) to 0xdec0000000 (891 GiB), by 128 GiB" in finding.message


@pytest.mark.parametrize(("size", "lost"), [(0x20000000, 0), (0x1FE00000, 2 << 20), (0x20200000, 0)])
def test_ram(checked: Checker, size: int, lost: int) -> None:
    found = of(checked({SIZE1: f"GUEST_RAM1_SIZE {size:#x}ULL"}), "capacity")
    assert len(found) == bool(lost)
    if found:
        assert found[0].regimes == (Box(),)
        assert found[0].counterexample is not None
        witness = found[0].counterexample.witness
        assert (witness.needed or 0) - (witness.found or 0) == lost


def test_ram_moved_out_of_reach_is_lost(checked: Checker) -> None:
    """The sum stays, but RAM1 at 64 GiB is there for 40 bits and more only."""
    changes = {"GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)": "GUEST_RAM1_BASE 0x1000000000ULL"}
    (finding,) = of(checked(changes), "capacity")
    assert finding.regimes == (Box({"ipa_bits": (32, 36)}),)


def test_the_width_at_which_most_is_lost_is_shown(checked: Checker, tmp_path: Path) -> None:
    """RAM1 from 8 GiB on had 128 GiB and has 32: with 36 bits 24 of the 56 GiB below 64 are lost, with 40 all 96."""
    base = {"GUEST_RAM1_BASE            xen_mk_ullong(0xd0000000)": "GUEST_RAM1_BASE 0x200000000ULL"}
    old = SOUND.replace(*next(iter(base.items()))).replace(SIZE1, "GUEST_RAM1_SIZE 0x2000000000ULL")
    path = tmp_path / "baseline.h"
    path.write_text(old)
    (finding,) = of(checked({**base, SIZE1: "GUEST_RAM1_SIZE 0x800000000ULL"}, base=str(path)), "capacity")
    assert finding.regimes == (Box({"ipa_bits": (36, 40, 42, 44, 48)}),)
    assert finding.counterexample is not None
    assert finding.counterexample.configuration["ipa_bits"] == 40
    assert finding.counterexample.witness.needed == 2 * GIB + 128 * GIB
    assert finding.counterexample.witness.found == 2 * GIB + 32 * GIB


@pytest.mark.parametrize(
    ("old", "new", "subject", "message"),
    [
        (
            "GUEST_GNTTAB_SIZE          xen_mk_ullong(0x01000000)",
            "GUEST_GNTTAB_SIZE 0xfff000ULL",
            "GUEST_GNTTAB",
            "the grant region holds 4095 frames, 1 frame less than the 4096 frames of",
        ),
        (
            "GUEST_MAX_VCPUS            128",
            "GUEST_MAX_VCPUS 127",
            "GUEST_MAX_VCPUS",
            "a guest has up to 127 vCPUs, 1 vCPU less than the 128 vCPUs of",
        ),
        (
            "GUEST_GICV3_GICR0_SIZE     xen_mk_ullong(0x01000000)",
            "GUEST_GICV3_GICR0_SIZE 0xfe0000ULL",
            "GUEST_MAX_VCPUS",
            "a guest has up to 127 vCPUs, 1 vCPU less",
        ),
    ],
)
def test_frames_and_vcpus(checked: Checker, old: str, new: str, subject: str, message: str) -> None:
    (finding,) = of(checked({old: new}), "capacity")
    assert finding.subjects == (subject,)
    assert finding.message.startswith(message)
    assert "waived" in finding.help[0]


def test_more_is_no_loss(checked: Checker) -> None:
    changes = {
        "GUEST_GICV3_GICR0_SIZE     xen_mk_ullong(0x01000000)": "GUEST_GICV3_GICR0_SIZE 0x1100000ULL",
        "GUEST_MAX_VCPUS            128": "GUEST_MAX_VCPUS 136",
        SIZE1: "GUEST_RAM1_SIZE 0x30000000ULL",
    }
    assert verdicts(checked(changes))["capacity"] is Verdict.PROVED


def test_a_release_is_its_own_baseline() -> None:
    found = verdicts(check(Request("xen-4.17")))
    assert (found["capacity"], found["stable"]) == (Verdict.NOT_APPLICABLE, Verdict.NOT_APPLICABLE)


def test_releases_against_each_other() -> None:
    """From 4.17 to 4.19 only a type cell changed its value (232ee07c23); what is new is no move."""
    report = check(Request("4.19", base="4.17"))
    assert [finding.subjects for finding in of(report, "stable")] == [("GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM",)]
    back = check(Request("4.17", base="4.19"))
    assert {finding.subjects[0] for finding in of(back, "stable")} == {
        "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM",
        "GUEST_FFA_NOTIF_PEND_INTR_ID",
        "GUEST_FFA_SCHEDULE_RECV_INTR_ID",
    }


def test_stable_is_advice(checked: Checker) -> None:
    changes = {"GUEST_PL011_BASE           xen_mk_ullong(0x22000000)": "GUEST_PL011_BASE 0x22001000ULL"}
    report = checked(changes)
    assert report.verdict is Verdict.PROVED
    (finding,) = of(report, "stable")
    assert finding.severity == "advice"
    assert finding.regimes == (Box({"vuart": (1,)}),)
    assert finding.message.endswith("its start moved up by 4 KiB and its end moved up by 4 KiB")


def test_a_removed_region_has_moved(checked: Checker) -> None:
    gone = {
        "#define GUEST_PL011_BASE           xen_mk_ullong(0x22000000)\n": "",
        "#define GUEST_PL011_SIZE           xen_mk_ullong(0x00001000)\n": "",
    }
    (finding,) = of(checked(gone), "stable")
    assert finding.message.startswith("GUEST_PL011 is gone: ")
    assert finding.message.endswith("has it at [0x22000000, 0x22001000)")


GNTTAB = "#define GUEST_GNTTAB_SIZE          xen_mk_ullong(0x01000000)\n"


@pytest.mark.parametrize(
    "baseline",
    [
        SOUND.replace(GNTTAB, ""),
        SOUND.replace(
            GNTTAB, f"#ifdef CONFIG_BIG\n{GNTTAB}#else\n#define GUEST_GNTTAB_SIZE 0x400000ULL\n#endif\n"
        ),
        "int x;\n",
    ],
)
def test_a_baseline_that_cannot_be_read_whole_proves_nothing(
    checked: Checker, tmp_path: Path, baseline: str
) -> None:
    """The grant region was 16 MiB, or nobody can tell: 4 MiB must not pass as no loss."""
    path = tmp_path / "baseline.h"
    path.write_text(baseline)
    small = {GNTTAB: "#define GUEST_GNTTAB_SIZE 0x400000ULL\n"}
    report = checked(small, base=str(path))
    found = verdicts(report)
    assert (found["capacity"], found["stable"]) != (Verdict.PROVED, Verdict.PROVED)
    assert found["capacity"] is Verdict.UNKNOWN
    assert report.verdict is not Verdict.PROVED


def test_vcpus_are_those_that_xen_allows(checked: Checker) -> None:
    """arm32 has 8 whatever the header says, and so has a layout without redistributors."""
    fewer = {
        "GUEST_MAX_VCPUS            128": "GUEST_MAX_VCPUS 64",
        "GUEST_GICV3_GICR0_SIZE     xen_mk_ullong(0x01000000)": "GUEST_GICV3_GICR0_SIZE 0x800000ULL",
    }
    assert not of(checked(fewer, arch="arm32"), "capacity")
    assert of(checked(fewer), "capacity")
    (loss,) = [
        each for each in of(check(Request("4.4.4", base="4.10")), "capacity") if "vCPU" in each.message
    ]
    assert loss.message.startswith("a guest has up to 8 vCPUs, 120 vCPUs less")


@pytest.mark.parametrize(
    ("size", "lost"), [("0x30000000ULL", 0), ("0x2fe00000ULL", 2 << 20), ("0x40000000ULL", 0)]
)
def test_ram_without_an_end_was_worth_what_is_below_the_next_region(
    tmp_path: Path, size: str, lost: int
) -> None:
    """4.4.0 bounds no RAM; guests that reach the grant region at 0xb0000000, 768 MiB up, were never sound."""
    path = tmp_path / "header.h"
    model = next(each for each in releases() if "4.4.0" in each.tags)
    lines = [f"#define {name} {text}" for name, (text, _) in model.replacements.items()]
    path.write_text("\n".join((*lines, f"#define GUEST_RAM_SIZE {size}", "")))
    found = of(check(Request(str(path), xen="4.4.1", base="xen-4.4.0")), "capacity")
    assert len(found) == bool(lost)
    if found:
        assert found[0].counterexample is not None
        witness = found[0].counterexample.witness
        assert (witness.needed, witness.found) == (768 << 20, (768 << 20) - lost)


def layout(*macros: tuple[str, int]) -> Layout:
    return opened(
        "".join(f"#define GUEST_{name} {number:#x}ULL\n" for name, number in macros).encode(), "h"
    ).layout()


@pytest.mark.parametrize(
    ("base", "size", "lost"),
    [
        (0x8000_0000, 0x3000_0000, False),
        (0x4000_0000, 0xC000_0000, False),
        (0x8000_1000, 0x3000_0000, True),
        (0x8000_0000, 0x2FFF_F000, True),
        (0x4000_0000, 0x6FFF_F000, True),
        (0x4000_0000, 0x7000_0000, False),
    ],
)
def test_a_bank_lives_on_where_another_has_all_of_it(base: int, size: int, *, lost: bool) -> None:
    """As GUEST_RAM of 4.4 does in GUEST_RAM0 of 4.5; a region that has the range is none of RAM."""
    old = layout(("RAM_BASE", 0x8000_0000), ("RAM_SIZE", 0x3000_0000))
    bank = layout(("RAM0_BASE", base), ("RAM0_SIZE", size))
    assert is_lost("GUEST_RAM", old, bank) is lost
    other = layout(("THING_BASE", 0x4000_0000), ("THING_SIZE", 0xC000_0000))
    assert is_lost("GUEST_RAM", old, other)
