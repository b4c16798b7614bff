"""Formats of every command: several in one run, into files and standard output, errors in each, and which there are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.rules.headers import SOUND
from verifier.commands import COMMANDS, run
from verifier.commands.streams import FORMATS, FORMATS_OF
from verifier.reports import sheets

MAIL = "tests/reading/data/2021-08-04-safe-range.txt"
RUNS = {
    "check": (["check", MAIL, "--base", "xen-4.15"], 1),
    "host": (["host", "tests/boards/four-domains.dtb", "--xen", "4.22", "--ipa-bits", "40"], 0),
    "guest": (["guest", "--iomem", "38000,8", "--xen", "4.22", "--ipa-bits", "40"], 1),
    "prove": (["prove", "libxl/aligned", "--xen", "4.22"], 1),
}


def test_all_in_one_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Seven reports of one list of findings, one of them on standard output."""
    arguments, status = RUNS["check"]
    files = {kind: tmp_path / f"out.{kind}" for kind in FORMATS if kind != "text"}
    options = [f"--format={kind}={path}" for kind, path in files.items()]
    assert run([*arguments, *options, "--format", "text"]) == status
    assert capsys.readouterr().out.startswith(f"{MAIL}: refuted")
    assert sorted(tmp_path.iterdir()) == sorted(files.values())
    for kind, path in files.items():
        run([*arguments, "--format", kind])
        assert capsys.readouterr().out == path.read_text(encoding="utf-8")


def test_all_say_the_same(tmp_path: Path) -> None:
    arguments, _ = RUNS["check"]
    files = {kind: tmp_path / kind for kind in ("json", "sarif", "junit", "codequality")}
    run([*arguments, *(f"--format={kind}={path}" for kind, path in files.items())])
    found = json.loads(files["json"].read_text())["findings"]
    results = json.loads(files["sarif"].read_text())["runs"][0]["results"]
    refuted = sorted(each["message"] for each in found if each["verdict"] == "refuted")
    failed = [each for each in results if each["kind"] == "fail" and "suppressions" not in each]
    assert sorted(each["message"]["text"].split("\n")[0] for each in failed) == refuted
    suites = ElementTree.parse(files["junit"]).getroot()
    errors = {
        each["property"] for each in found if (each["verdict"], each["severity"]) == ("refuted", "error")
    }
    assert {
        case.get("name") for case in suites.iter("testcase") if case.find("failure") is not None
    } == errors
    issues = json.loads(files["codequality"].read_text())
    assert len(issues) == sum(each["verdict"] in ("refuted", "unknown") for each in found)


@pytest.mark.parametrize("command", RUNS)
@pytest.mark.parametrize("kind", sheets.FORMATS)
def test_of_each_command(command: str, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same input gives the same bytes, whatever the seed, and the status is that of the text."""
    arguments, status = RUNS[command]
    assert run([*arguments, "--format", kind]) == status
    first, said = capsys.readouterr()
    assert said == ""
    assert first.endswith("\n")
    seed = [] if command in ("host", "guest") else ["--seed", "7"]
    assert run([*arguments, "--format", kind, *seed]) == status
    assert capsys.readouterr().out == first


def test_equal_bytes_in_another_process(tmp_path: Path) -> None:
    """Sets and dictionaries of strings have another order there."""
    arguments, _ = RUNS["check"]
    found = []
    for seed in ("1", "2"):
        files = [f"--format={kind}={tmp_path / kind}" for kind in sheets.FORMATS]
        subprocess.run(
            [sys.executable, "-m", "verifier", *arguments, *files],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=False,
        )
        found.append([(tmp_path / kind).read_bytes() for kind in sheets.FORMATS])
    assert found[0] == found[1]


@pytest.mark.parametrize("second", ["sarif=same", "junit=same"])
def test_no_two_into_one_file(second: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    same = tmp_path / "same"
    arguments = [
        "check",
        "xen-4.22",
        f"--format=sarif={same}",
        f"--format={second.replace('same', str(same))}",
    ]
    assert run(arguments) == 2
    assert "two formats go to the same place" in capsys.readouterr().err
    assert not same.exists()


def test_a_fault_of_one_leaves_no_half_of_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = tmp_path / "missing" / "out.xml"
    assert run(["check", "xen-4.22", f"--format=junit={missing}", "--format=sarif"]) == 2
    out, err = capsys.readouterr()
    assert err == f"{missing}: error: cannot be written: no such file or directory\n"
    (log,) = json.loads(out)["runs"]
    assert log["invocations"][0]["executionSuccessful"] is False
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", sheets.FORMATS)
@pytest.mark.parametrize("command", RUNS)
def test_errors_are_told_in_the_format(kind: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What there is to read is a document of the format, not the empty file of a run that found nothing."""
    name = "no-such-theorem" if command == "prove" else "/nonexistent/file"
    for option in (["--format", kind], [f"--format={kind}"]):
        assert run([command, name, *option]) == 2
        out, err = capsys.readouterr()
        assert name in err
        assert name in out
    assert run([command, name, "--format", f"{kind}=/nonexistent/out"]) == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", ["find", "map"])
def test_what_a_command_does_not_have_is_refused(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = ["--repair", "xen-4.22"] if command == "find" else ["xen-4.22"]
    assert run([command, *source, "--format", "junit"]) == 2
    known = "text or json" if command == "find" else "text, svg or html"
    assert capsys.readouterr().err.endswith(
        f"no format 'junit' here, only of check, diff, ci, host, guest and prove; expected {known}, perhaps with =FILE\n"
    )
    assert run([command, *source, "--format", "yaml"]) == 2
    assert f"no format 'yaml'; expected {known}, perhaps" in capsys.readouterr().err


def test_list_and_help_name_them(capsys: pytest.CaptureFixture[str]) -> None:
    run(["list", "--format", "json"])
    found = json.loads(capsys.readouterr().out)
    assert found["formats"] == [
        *("text", "json", "sarif", "junit", "codequality", "github", "markdown"),
        *("svg", "html"),
    ]
    assert set(found["formats_of"]) <= set(COMMANDS)
    run(["list"])
    lines = capsys.readouterr().out.splitlines()
    for command, kinds in FORMATS_OF.items():
        assert f"  {command:<6} {', '.join(kinds)}" in lines
        run([command, "--help"])
        shown = " ".join(capsys.readouterr().out.split())
        told = shown.split("--format F[=FILE] ")[1].split(";")[0]
        assert sorted(told.replace(",", "").replace(" or", "").split()) == sorted(kinds)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_name_that_is_no_utf_8(kind: str, tmp_path: Path) -> None:
    """Such files exist, and a report about one is read by others: it is UTF-8."""
    header = os.fsencode(tmp_path) + b"/a\xff.h"
    Path(os.fsdecode(header)).write_text(SOUND)
    target = tmp_path / "out"
    for where in (f"--format={kind}", f"--format={kind}={target}"):
        done = subprocess.run(
            [
                os.fsencode(sys.executable),
                b"-m",
                b"verifier",
                b"check",
                header,
                b"--base",
                header,
                where.encode(),
            ],
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        text = (target.read_bytes() if not done.stdout else done.stdout).decode("utf-8")
        assert "ff.h" in text or kind in ("codequality",)
        if kind in ("json", "sarif"):
            json.loads(text)
