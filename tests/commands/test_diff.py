"""`verifier diff`: what a change breaks, loses, moves and cures; both directions, stable branches, odd inputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.rules.headers import SOUND
from tests.schema import valid_document
from verifier.commands import difference, run
from verifier.layout.finding import Verdict
from verifier.layout.origin import Origin
from verifier.layout.policy import Regime, Waiver
from verifier.logic.case import case_of
from verifier.reading import models
from verifier.reading.recorded_verdicts import RecordedVerdict
from verifier.reading.source import header_source
from verifier.rules.compare import Comparison

MAIL = str(Path(__file__).parents[1] / "reading" / "data" / "2021-08-04-safe-range.txt")


def document(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 0) -> dict[str, Any]:
    assert run(["diff", *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    valid_document(found)
    return found


def told(found: dict[str, Any], change: str) -> set[tuple[str, ...]]:
    """Property and subjects of each finding that is changed so."""
    return {
        (each["property"], *sorted(each["subjects"]))
        for each in found["findings"]
        if each["change"] == change
    }


def headers(folder: Path, *changes: tuple[str, str]) -> tuple[str, str]:
    """The sound header of the rules' tests, and the same with texts replaced, each of which is there."""
    new = SOUND
    for before, after in changes:
        assert before in new
        new = new.replace(before, after)
    files = folder / "old.h", folder / "new.h"
    for file, text in zip(files, (SOUND, new), strict=True):
        file.write_text(text)
    return str(files[0]), str(files[1])


def test_forward_is_proved_and_says_what_got_better(capsys: pytest.CaptureFixture[str]) -> None:
    """232ee07c23 (4.19) made the prefetchable window 64-bit; 10b719dc88, c0de43cc2c: see models/behaviours.toml."""
    found = document(capsys, "xen-4.18", "xen-4.22")
    window = ("pci-window-type", "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM", "GUEST_VPCI_PREFETCH_MEM")
    assert told(found, "newly-proved") == {window}
    assert told(found, "newly-refuted") == told(found, "lost") == set()
    better = {
        each["theorem"]
        for each in found["theorems"]
        if each["after"] == "proved" and each["before"] == "refuted"
    }
    assert {"libxl/avoids-iomem", "rangeset/remove", "unallocated/complete"} <= better
    assert found["first_difference"]["before"] == "refuted"
    assert found["first_difference"]["configuration"]["vpci"] is True


def test_backward_is_refuted(capsys: pytest.CaptureFixture[str]) -> None:
    found = document(capsys, "xen-4.22", "xen-4.18", status=1)
    assert len(told(found, "newly-refuted")) == 1
    # ee5f5bd6ba (4.19) gave guests the interrupts of FF-A: 4.18 has none of them
    assert told(found, "lost") == {
        ("stable", "GUEST_FFA_NOTIF_PEND_INTR_ID"),
        ("stable", "GUEST_FFA_SCHEDULE_RECV_INTR_ID"),
    }
    worse = {
        each["theorem"]
        for each in found["theorems"]
        if each["after"] == "refuted" and each["before"] == "proved"
    }
    assert "libxl/avoids-iomem" in worse


def test_the_mail_over_its_release(capsys: pytest.CaptureFixture[str]) -> None:
    """T13: the largest guest shrinks; the patch applies to the old layout where no base is named."""
    found = document(capsys, "xen-4.15", MAIL, status=1)
    assert ("no-overlap", "GUEST_RAM1", "GUEST_SAFE_RANGE") in told(found, "newly-refuted")
    assert told(found, "lost") == {("capacity", "GUEST_RAM_MAX")}
    assert ("stable", "GUEST_RAM1") in told(found, "moved")
    assert ("model-current", "make_hypervisor_node") in told(found, "newly-unknown")
    amounts = {(each["what"], each["where"]): (each["before"], each["after"]) for each in found["amounts"]}
    assert amounts["largest guest", "40 ipa bits"] == (hex(1019 << 30), hex(891 << 30))
    assert amounts["largest guest", "32 ipa bits"] == (hex(3 << 30), hex(3 << 30))


@pytest.mark.parametrize("release", ["xen-4.4.0", "xen-4.15", "head"])
def test_nothing_changes(release: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even what is wrong or open in itself is held against a change that is none."""
    status = run(["diff", release, release, "-q"])
    said = capsys.readouterr().out
    if release == "xen-4.4.0":  # its RAM has no size: what depends on it cannot be told, then or now
        assert (status, "still unknown" in said) == (3, True)
    else:
        assert (status, said.endswith("(no difference)\n")) == (0, True)


def test_moving_is_advice_but_on_a_stable_branch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = headers(
        tmp_path,
        ("GUEST_MAGIC_BASE           xen_mk_ullong(0x39", "GUEST_MAGIC_BASE           xen_mk_ullong(0x3a"),
    )
    found = document(capsys, *files)
    assert told(found, "moved") == {("stable", "GUEST_MAGIC")}
    moved = next(each for each in found["findings"] if each["change"] == "moved")
    assert moved["severity"] == "advice"
    assert any("rings stay where they were" in line for line in moved["details"])
    found = document(capsys, *files, "--baseline", "stable", status=1)
    assert next(each for each in found["findings"] if each["change"] == "moved")["severity"] == "error"


def test_what_is_gone_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gone = [
        line for line in SOUND.splitlines(keepends=True) if "GUEST_PL011" in line or "GUEST_VPL011" in line
    ]
    files = headers(tmp_path, *((line, "") for line in gone))
    assert told(document(capsys, *files, status=1), "lost") == {
        ("stable", "GUEST_PL011"),
        ("stable", "GUEST_VPL011_SPI"),
    }


@pytest.mark.parametrize("regions", [{"GUEST_GICD", "GUEST_GICC"}, {"GUEST_GICV3_GICD", "GUEST_GICV3_GICR0"}])
def test_a_kind_of_guest_that_is_gone_is_lost(
    regions: set[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No guest is left that would miss the regions of its interrupt controller: all those that had it are gone."""
    lines = SOUND.splitlines(keepends=True)
    files = headers(
        tmp_path, *((line, "") for line in lines if any(f" {region}_" in line for region in regions))
    )
    lost = told(document(capsys, *files, status=1), "lost")
    assert {("stable", region) for region in regions} <= lost
    assert told(document(capsys, *reversed(files)), "lost") == set()


def test_fewer_devices_are_a_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Interrupts 33 to 35 instead of 33 to 43: a guest with more than three virtio devices was sound, and is none."""
    files = headers(tmp_path, ("GUEST_VIRTIO_MMIO_SPI_LAST  43", "GUEST_VIRTIO_MMIO_SPI_LAST  35"))
    found = document(capsys, *files, status=1)
    assert told(found, "lost") == {("capacity", "GUEST_VIRTIO_MMIO")}
    (lost,) = (each for each in found["findings"] if each["change"] == "lost")
    assert lost["message"].startswith("a guest has up to 3 virtio-mmio devices, 8 virtio-mmio devices less")
    assert told(document(capsys, *reversed(files)), "lost") == set()


def test_another_name_is_no_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The redistributors by their old name, and a stride that nobody needs any more."""
    assert told(document(capsys, "xen-4.10", "xen-4.11"), "moved") == {("stable", "GUEST_GICV3_RDIST_STRIDE")}
    assert told(document(capsys, *headers(tmp_path, ("GUEST_MAGIC_", "GUEST_MAGICAL_"))), "lost") == set()


def test_a_failure_elsewhere_excuses_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two regions overlapped in guests with GICv2 and vPCI; once the one is there without vPCI, the rest is new."""
    place = "GUEST_GICC_BASE            xen_mk_ullong"
    sound, bad = headers(tmp_path, (f"{place}(0x03002000)", f"{place}(0x10000000)"))
    pair = "no-overlap", "GUEST_GICC", "GUEST_VPCI_ECAM"
    assert pair in told(document(capsys, bad, sound), "newly-proved")
    found = document(capsys, sound, bad, status=1)
    assert told(found, "newly-refuted") == {pair}
    (broken,) = (each for each in found["findings"] if each["change"] == "newly-refuted")
    assert broken["fails_when"] == {"gic": ["v2"], "vpci": [True]}


def test_what_fails_still_is_no_fault_of_the_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A layout that has failed for long, and a change of something else."""
    bad = SOUND.replace(
        "GUEST_MAGIC_BASE           xen_mk_ullong(0x39", "GUEST_MAGIC_BASE           xen_mk_ullong(0x38"
    )
    old, new = tmp_path / "old.h", tmp_path / "new.h"
    old.write_text(bad)
    new.write_text(bad.replace("GUEST_EVTCHN_PPI           31", "GUEST_EVTCHN_PPI           28"))
    found = document(capsys, str(old), str(new))
    assert told(found, "still-refuted") == {("no-overlap", "GUEST_GNTTAB", "GUEST_MAGIC")}
    assert told(found, "moved") == {("stable", "GUEST_EVTCHN_PPI")}
    assert {each["severity"] for each in found["findings"] if each["change"] == "still-refuted"} == {"advice"}


def test_a_baseline_of_two_architectures_is_compared_with_neither(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """32-bit hypervisors had 16 MiB of grants and lose 14, which the numbers of arm64 do not show."""
    large, small = (
        f"#define GUEST_GNTTAB_SIZE          xen_mk_ullong({size})\n" for size in ("0x01000000", "0x00200000")
    )
    assert large in SOUND
    old, new = tmp_path / "old.h", tmp_path / "new.h"
    old.write_text(SOUND.replace(large, f"#ifdef __aarch64__\n{small}#else\n{large}#endif\n"))
    new.write_text(SOUND.replace(large, small))
    found = document(capsys, str(old), str(new), status=3)
    assert ("capacity", "GUEST_GNTTAB_SIZE") in told(found, "newly-unknown")
    lost = document(capsys, str(old), str(new), "--arch", "arm32", status=1)
    assert told(lost, "lost") == {("capacity", "GUEST_GNTTAB")}


def test_an_empty_side(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty, sound = tmp_path / "empty.h", tmp_path / "sound.h"
    empty.write_text("")
    sound.write_text(SOUND)
    assert document(capsys, str(empty), str(empty), status=3)["verdict"] == "unknown"
    assert document(capsys, str(empty), str(sound), status=3)["verdict"] == "unknown"
    assert ("stable", "GUEST_MAGIC") in told(document(capsys, str(sound), str(empty), status=1), "lost")


def test_a_theorem_may_be_waived(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a policy the alignment that 108308feef (4.21) lost is held against it; a policy of one's own may accept it."""
    assert run(["diff", "xen-4.18", "xen-4.22", "--policy", "none", "-q"]) == 1
    assert "2 theorems newly refuted" in capsys.readouterr().out
    policy = tmp_path / "policy.toml"
    entries = "".join(
        f'[[waiver]]\napplies_to = ["*"]\nproperty = "{name}"\nsubjects = ["{producer}"]\neverywhere = true\n'
        'reason = "pages at the edge do"\n'
        for producer, name in (("libxl", "aligned"), ("guest-layout", "producers-agree"))
    )
    policy.write_text('format = "xen-layout-policy/1"\n' + entries)
    found = document(capsys, "xen-4.18", "xen-4.22", "--policy", str(policy))
    waived = {
        each["theorem"]: each["waiver"]["origin"]["line"] for each in found["theorems"] if each["waiver"]
    }
    assert waived == {"guest-layout/producers-agree": 8, "libxl/aligned": 2}
    assert (
        run(["check", "xen-4.15", "--policy", str(policy), "-q"]) == 1
    )  # and it is no idle waiver of a layout
    assert "not needed" not in capsys.readouterr().err


def test_a_waiver_of_some_configurations_accepts_no_theorem(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        'format = "xen-layout-policy/1"\n[[waiver]]\napplies_to = ["*"]\nproperty = "aligned"\n'
        'subjects = ["libxl"]\nregime = [{ ipa_bits = [40] }]\nreason = "pages at the edge do"\n'
    )
    found = document(capsys, "xen-4.18", "xen-4.22", "--policy", str(policy), status=1)
    lost = {each["theorem"]: each["waiver"] for each in found["theorems"] if each["after"] == "refuted"}
    assert lost["libxl/aligned"] is None


def test_a_theorem_that_stays_unknown_is_no_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = RecordedVerdict("Every region is aligned.", "unknown", "the solver gave up")
    monkeypatch.setattr(difference, "recorded_verdicts", lambda _tag: {"libxl/aligned": said})
    found = document(capsys, "xen-4.18", "xen-4.22", status=3)
    assert [(each["before"], each["after"]) for each in found["theorems"]] == [("unknown", "unknown")]


@pytest.mark.parametrize(
    "arguments", [["-", "-"], ["no-such-file", "head"], ["head", "no-such-file"], ["head"]]
)
def test_bad_input(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err


def test_a_patch_has_to_have_a_base(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", MAIL, MAIL]) == 2
    assert "--base" in capsys.readouterr().err
    assert (
        run(["diff", MAIL, MAIL, "--base", "xen-4.15", "-q"]) == 3
    )  # the function that changes is unknown, then as now
    assert "still unknown" in capsys.readouterr().out


def test_all_formats(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = ("json", "sarif", "junit", "codequality", "github", "markdown")
    wanted = [f"--format={kind}={tmp_path / kind}" for kind in kinds]
    texts = []
    for seed in ("0", "7"):
        assert run(["diff", "xen-4.22", "xen-4.18", *wanted, "--format=text", "--seed", seed]) == 1
        texts.append([capsys.readouterr().out, *((tmp_path / kind).read_bytes() for kind in kinds)])
    assert texts[0] == texts[1]
    assert b"newly refuted" in texts[0][-1]


@pytest.mark.parametrize("backward", [False, True])
def test_what_is_accepted_of_the_new_layout_excuses_nothing_of_the_old_one(*, backward: bool) -> None:
    """The UART on the grant region: accepted where it is new, and told where it is gone."""
    there, moved = (
        header_source(text.encode(), "header.h").layout()
        for text in (
            SOUND,
            SOUND.replace(
                "GUEST_PL011_BASE           xen_mk_ullong(0x22", "GUEST_PL011_BASE xen_mk_ullong(0x38"
            ),
        )
    )
    old, new = (moved, there) if backward else (there, moved)
    facts, place = models.facts("head", "arm64"), Origin("policy.toml", 3)
    known = Waiver(
        ("*",), "no-overlap", ("GUEST_GNTTAB", "GUEST_PL011"), (Regime({}, {}, place),), "known", place
    )
    cases = case_of(old, facts, old), case_of(new, facts, old)
    found = Comparison(*cases, [known]).first()
    if backward:
        assert found is not None
        assert (found.property, found.subjects) == ("no-overlap", ("GUEST_GNTTAB", "GUEST_PL011"))
        assert (found.before, found.after) == (Verdict.REFUTED, Verdict.PROVED)
    else:
        assert found is None
