"""`verifier host --reproduce`: what is left shows the refutation by itself; what no boot shows is said to be so."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.test_host_verdicts import BOARD, HOLES, tree
from verifier.commands import run
from verifier.reading.dtb import read_dtb

SL28 = Path(__file__).parent.parent / "boards" / "sl28.dtb"
FOUR = SL28.parent / "four-domains.dtb"
OF_4_17 = ["host", str(SL28), "--xen", "4.17", "--iommu", "--ipa-bits", "48", "-q"]


def refuted(folder: Path, release: str) -> dict[str, str]:
    """What the verifier says of the tree that is left: domain by property."""
    command = [sys.executable, "-m", "verifier", "host", str(folder / "host.dtb"), "--xen", release]
    done = subprocess.run(
        [*command, "--iommu", "--ipa-bits", "48", "--format", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)["findings"]
    return {each["property"]: each["domain"] for each in found if each["verdict"] == "refuted"}


def test_what_is_left_is_small_and_refuted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*OF_4_17, "--reproduce", str(tmp_path)]) == 1
    assert "one-to-one-holes of d0 in a tree" in capsys.readouterr().err
    assert refuted(tmp_path, "4.17")["one-to-one-holes"] == "d0"
    left, whole = (read_dtb(each.read_bytes(), "x") for each in (tmp_path / "host.dtb", SL28))
    assert len(left.nodes) < 20 < len(whole.nodes)
    expected = (tmp_path / "expected.txt").read_text().splitlines()
    # F1: the region below a hole grows over what is removed last: the window at 0x8000000000 (booted).
    assert any(line.endswith("->0x8800000000") for line in expected)
    assert all(line.startswith("(XEN) d0: extended region ") for line in expected)


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--xen", "4.22", "--iommu", "--ipa-bits", "48"], 0, "nothing to reproduce: nothing is refuted"),
        (
            ["--xen", "4.20", "--iommu", "--ipa-bits", "40", "--grant-table", "0x140200000+256K"],
            1,
            None,
        ),
    ],
)
def test_verdict_and_status_stay(
    arguments: list[str], status: int, said: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["host", str(SL28), *arguments, "-q", "--reproduce", str(tmp_path / "r")]) == status
    told = capsys.readouterr().err
    assert (said or "of d0 in a tree") in told
    assert (tmp_path / "r").exists() == (said is None)


def test_open_places_of_memory_are_not_promised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["host", str(FOUR), "--xen", "4.20", "--no-iommu", "--ipa-bits", "40", "--domain", "d0", "-q"]
    assert run([*command, "--reproduce", str(tmp_path)]) == 1
    assert "where dom0's memory will lie is open" in capsys.readouterr().err


def test_a_folder_with_something_else_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.tex").write_text("x")
    assert run([*OF_4_17, "--reproduce", str(tmp_path)]) == 2
    assert "thesis.tex" in capsys.readouterr().err
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_that_is_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    assert run([*OF_4_17, "--reproduce", str(file)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_again_over_the_first(tmp_path: Path) -> None:
    assert run([*OF_4_17, "--reproduce", str(tmp_path)]) == 1
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert run([*OF_4_17, "--reproduce", str(tmp_path)]) == 1
    after = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert before == after


def test_the_source_is_the_blob(tmp_path: Path) -> None:
    assert run([*OF_4_17, "--reproduce", str(tmp_path)]) == 1
    made = subprocess.run(
        ["dtc", "-q", "-I", "dts", "-O", "dtb", str(tmp_path / "host.dts")], capture_output=True, check=True
    ).stdout
    assert read_dtb(made, "x").nodes == read_dtb((tmp_path / "host.dtb").read_bytes(), "x").nodes


def test_a_folder_that_cannot_be_is_one_error_in_json_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("mine")
    assert run([*OF_4_17, "--format", "json", "--reproduce", str(tmp_path / "file")]) == 2
    said = capsys.readouterr()
    assert said.err == f"{tmp_path}/file: error: cannot be written: it is no folder\n"
    assert json.loads(said.out)["verdict"] == "error"  # one document, not the report before it
    assert (tmp_path / "file").read_text() == "mine"


def test_an_empty_name_is_not_this_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["host", str(SL28.resolve()), *OF_4_17[2:]]
    assert run([*arguments, "--reproduce", ""]) == 2
    assert capsys.readouterr().err == 'error: "" is no folder for --reproduce; . is this one\n'
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "name", ['a"""b@0', '"""', "b\\", "c'", "a\\'b\\", "{x}%s$(id)`id`", '"', "\\N{BULLET}\\x", "plain@0"]
)
def test_names_that_mean_something_in_source(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A blob may have nodes of any printable name: an entry of size 0 at 0 takes all space (Z2), and is named in texts."""
    description = {**BOARD, name: {"compatible": "x", "status": "disabled", "reg": [0, 0, 0, 0]}}
    folder = tmp_path / "left"
    command = ["host", tree(tmp_path, description), "--xen=head", *HOLES, "-q", "--reproduce", str(folder)]
    assert run(command) == 1
    assert "of d0 in a tree of" in capsys.readouterr().err
    assert name in {each.name for each in read_dtb((folder / "host.dtb").read_bytes(), "x").nodes}
    test = (folder / "test_regression.py").read_text()
    compile(test, "test_regression.py", "exec", dont_inherit=True)
    assert (folder / "host.dts").exists() == (name == "plain@0")
    assert ("no host.dts" in " ".join((folder / "README").read_text().split())) == (name != "plain@0")
    assert subprocess.run(["sh", "-n", str(folder / "run.sh")], check=False).returncode == 0
