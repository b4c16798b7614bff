"""What `verifier host` says to people: the worst first, nothing twice, nothing hidden without a count."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.test_host_verdicts import BOARD, HOLES, tree
from tests.reading.trees import Description
from verifier.commands import run
from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.domain_map import DomainMap
from verifier.layout.finding import Verdict
from verifier.reports.board_headline import headline, settings_text

EVERY = tuple((bits, iommu) for bits in (32, 36, 40, 42) for iommu in (False, True))


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    run(["host", *arguments])
    return capsys.readouterr().out.splitlines()


def test_a_region_that_all_widths_have_is_said_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The holes below RAM are the same for all six widths, that above it ends with each."""
    command = [tree(tmp_path, BOARD), "--xen=4.22", "--iommu", HOLES[2]]
    lines = said(capsys, *command)
    below = [line for line in lines if line.startswith("    [0x8200000, 0x40000000)")]
    above = [line.split(")")[0] for line in lines if line.startswith("    [0x80000000, ")]
    assert len(below) == 1
    assert above == [f"    [0x80000000, {1 << bits:#x}" for bits in (32, 36, 40, 42, 44, 48)]
    assert sum(line.endswith("; the rest as with 32 ipa bits") for line in lines) == 5
    assert lines.count("  extended regions by find_memory_holes, from number 2 on:") == 5
    every = said(capsys, *command, "-v")
    assert sum(line.startswith("    [0x8200000, 0x40000000)") for line in every) == 6


DEVICES: Description = {
    **BOARD,
    **{f"d{n}": {"compatible": "x", "reg": [0, 0x10000000 + 0x10000 * n, 0, 0x1000]} for n in range(5)},
}


def test_pages_permitted_are_one_line_and_the_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """4.20 permits a page behind each of five devices; 2 MiB of each hole are lost as well, which is worse (F2)."""
    command = [tree(tmp_path, DEVICES), "--xen=4.20", *HOLES]
    lines = [line for line in said(capsys, *command) if line.startswith(("d0: unsound", "d0: space lost"))]
    assert lines[-1] == (
        "d0: unsound: pages that d0 gets are not those of its devices: 20 KiB too many are permitted to it, at /d0 reg[0], "
        "/d1 reg[0] and 3 more (-v: each)  [permissions-match]"
    )
    assert [line.startswith("d0: space lost") for line in lines] == [True] * (len(lines) - 1) + [False]
    each = [line for line in said(capsys, *command, "-v") if "[permissions-match]" in line]
    assert len(each) == 5


def test_what_does_not_apply_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """dom0 has the host's layout, so the property of the guests' is not its own."""
    command = [tree(tmp_path, BOARD), "--xen=4.22", *HOLES]
    told = [line for line in said(capsys, *command) if "not applicable" in line]
    assert [line.endswith("(-v: each)") and "no-overlap: the domain has" in line for line in told] == [True]
    assert not [line for line in said(capsys, *command, "-v") if "(-v" in line]


def test_a_refutation_of_several_widths_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last 2 MiB below 2^b, of each width b; two holes below RAM lose theirs whatever the width."""
    command = [tree(tmp_path, BOARD), "--xen=4.20", "--iommu", HOLES[2]]
    lines = said(capsys, *command)
    assert sum(line.startswith("d0: space lost") for line in lines) == 3
    assert sum(line.startswith("  and alike: ") for line in lines) == 1
    assert "  when: all widths, with IOMMU" in lines or "  when: all settings" in lines
    lines = said(capsys, *command, "-v")
    assert sum(line.startswith("d0: space lost") for line in lines) == 2 + 6


def finding(domain: str, rule: str, effect: str, *settings: tuple[int, bool]) -> BoardFinding:
    return BoardFinding(rule, Verdict.REFUTED, domain, "x", effect, settings=settings)


def report(*findings: BoardFinding) -> BoardReport:
    names = dict.fromkeys(each.domain for each in findings)
    maps = [DomainMap(each, None, 40, True, None, (), None, (), (), True, ()) for each in (*names, "dz")]
    return BoardReport("x", b"", "4.22", "release", tuple(maps), findings=findings)


def test_headlines() -> None:
    both = ((40, True), (48, True))
    few = report(
        finding("d0", "permissions-match", "unsound", *both),
        finding("d0", "complete", "space lost", *both),
        finding("d0", "one-to-one-holes", "unsound", *both),
        finding("d1", "built", "not built", (48, True)),
        finding("d1", "complete", "space lost", *both),
    )
    assert headline(few) == (
        "refuted: d0 is unsound (one-to-one-holes, permissions-match); d0 loses space (complete); d1 is not built for 48 "
        "ipa bits, with IOMMU (built); d1 loses space (complete)"
    )
    many = report(
        *(finding(f"d{n}", "no-overlap", "unsound", *both) for n in range(4)),
        finding("d0", "complete", "space lost", *both),
    )
    assert headline(many) == ("refuted: 4 of 5 domains: 4 unsound, 1 losing space (no-overlap, complete)")


def test_a_width_of_other_machines_is_no_exception() -> None:
    """No processor of 32 bits has this board: where there is one it fails always."""
    left = BoardFinding("built", Verdict.NOT_APPLICABLE, "d0", "x", settings=((32, False),), checked=1)
    found = report(finding("d0", "complete", "space lost", (40, False), (48, False)), left)
    assert headline(found) == "refuted: d0 loses space (complete)"


def test_settings() -> None:
    assert settings_text([(32, True), (36, True)], EVERY) == "32 or 36 ipa bits, with IOMMU"
    assert settings_text([each for each in EVERY if each[1]], EVERY) == "all widths, with IOMMU"
    assert settings_text(EVERY, EVERY) == "all settings"
    assert settings_text([(40, True)], ((40, True),)) == "40 ipa bits, with IOMMU"
