"""`verifier map`: every layout draws, conflicts are marked, bad input is told as everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from verifier.commands import run
from verifier.reading import models


def drawn(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert run(["map", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


@pytest.mark.parametrize("tag", [model.tags[-1] for model in models.releases()])
def test_every_release_draws(tag: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No release has a conflict but 4.4.0, whose RAM has no end; each region that it defines is there."""
    lines = drawn(capsys, f"xen-{tag}")
    text = "\n".join(lines)
    assert lines[0].startswith(f"xen-{tag}: ")
    assert lines[0].endswith(", 1 overlap") == (tag == "4.4.0")
    assert ("! overlaps" in text) == (tag == "4.4.0")
    assert "?" not in text
    stems = {
        name.removesuffix("_SIZE") for name in models.release(tag).replacements if name.endswith("_SIZE")
    }
    assert stems
    for stem in stems:
        assert any(stem in line.split() for line in lines), stem


def test_widths_that_fall_inside(capsys: pytest.CaptureFixture[str]) -> None:
    """RAM1 of 4.22 ends at 2**40, the prefetchable window starts at 2**32."""
    lines = [line for line in drawn(capsys, "xen-4.22") if "=====" in line]
    assert lines == [
        "0x0000100000000  ===== end of 32 ipa bits; reaching beyond: GUEST_VPCI_PREFETCH_MEM and GUEST_RAM1 =====",
        "0x0001000000000  ===== end of 36 ipa bits; reaching beyond: GUEST_RAM1 =====",
        "0x0010000000000  ===== end of 40 ipa bits =====",
        "0x0040000000000  ===== end of 42 ipa bits =====",
        "0x0100000000000  ===== end of 44 ipa bits =====",
        "0x1000000000000  ===== end of 48 ipa bits =====",
    ]


def test_the_2021_proposal(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 1024 GiB, RAM takes 3 and 888, the safe range lies inside, and all else is some 80 MiB."""
    lines = drawn(capsys, "rfc-2021-safe-range", "--ipa-bits", "40")
    assert lines[0] == (
        "rfc-2021-safe-range: 11 regions for xen 4.15.0 on arm64, ~133 GiB of 1 TiB unused (40 ipa bits), 1 overlap"
    )
    conflict = [line for line in lines if "! overlaps" in line]
    assert len(conflict) == 1
    assert conflict[0].strip() == "GUEST_SAFE_RANGE  ! overlaps GUEST_RAM1 by 8 GiB"


def test_the_file_has_what_standard_output_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = drawn(capsys, "xen-4.15")
    target = tmp_path / "map.txt"
    for arguments in (["-o", str(target)], [f"--format=text={target}"]):
        assert drawn(capsys, "xen-4.15", *arguments) == []
        assert target.read_text().splitlines() == lines
        target.unlink()


def test_nothing_to_draw_is_three(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.h"
    path.write_text("int x;\n")
    assert run(["map", str(path)]) == 3
    out = capsys.readouterr().out
    assert out.startswith(f"{path}: 0 regions for xen head")
    assert f"unknown: no layout macro (GUEST_...) in {path}: nothing was checked\n" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing argument 'SOURCE'"),
        (["no-such-file.h"], "no-such-file.h: error: cannot be read: no such file or directory"),
        (["xen-4.3"], 'error: release "xen-4.3" has no layout macros'),
        (["xen-4.22", "--ipa-bits", "39"], "never runs with 39 ipa bits"),
        (["xen-4.22", "--format", "pdf"], "no format 'pdf'; expected text, svg or html, perhaps with =FILE"),
        (["xen-4.22", "-o", "no-such-folder/x"], "no-such-folder/x: error: cannot be written"),
    ],
)
def test_wrong_usage_is_two(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["map", *arguments]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert "Traceback" not in err
    assert out == ""


def test_piled_up_regions_are_drawn_in_bounds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sixty nested regions: each stretch lists a few and counts the rest."""
    path = tmp_path / "pile.h"
    path.write_text(
        "".join(
            f"#define GUEST_R{n}_BASE {n << 12:#x}ULL\n#define GUEST_R{n}_SIZE {(120 - 2 * n) << 12:#x}ULL\n"
            for n in range(60)
        )
    )
    lines = drawn(capsys, str(path))
    assert lines[0].endswith(f", {60 * 59 // 2} overlaps")
    assert any(line.split() == ["and", "53", "more"] for line in lines)  # all sixty, seven of them shown
    assert len(lines) < 120 * 16
