"""The command line as a user types it: streams, exit statuses, options."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from verifier.commands import COMMANDS, cli, run
from verifier.commands.streams import FORMATS
from verifier.rules.catalogue import catalogue
from verifier.theorems.catalogue import theorems


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    path = tmp_path / "sound.h"
    path.write_text(
        "#define GUEST_FOO_BASE 0x1000ULL\n#define GUEST_FOO_SIZE 0x1000ULL\n"
        "#define GUEST_BAR_BASE 0x20000ULL\n#define GUEST_BAR_SIZE 0x1000ULL\n"
    )
    return path


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "broken.h"
    path.write_text("#define GUEST_FOO_BASE 0x1000ULL\n#define GUEST_FOO_SIZE 0x0ULL\n")
    return path


def test_proved_is_zero(sound: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(sound), "--base", str(sound)]) == 0
    out, err = capsys.readouterr()
    assert out.startswith(
        f"{sound}: proved ({len(catalogue())} properties: 6 proved, {len(catalogue()) - 6} not-applicable) for xen "
        "head on arm64, ipa bits "
        "32, 36, 40, 42, 44 and 48\n"
    )
    assert err == ""


def test_refuted_is_one(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["check", str(broken)]) == 1
    out, err = capsys.readouterr()
    assert f"{broken}:1: error: GUEST_FOO has size 0; it needs at least one byte  [well-formed]\n" in out
    assert err == ""


@pytest.mark.parametrize("text", ["", "/* nothing */\n", "int x;\n", "#define FOO_BASE 1\n"])
def test_nothing_to_check_is_three(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "empty.h"
    path.write_text(text)
    assert run(["check", str(path)]) == 3
    assert (
        f"unknown: no layout macro (GUEST_...) in {path}: nothing was checked  [well-formed]"
        in capsys.readouterr().out
    )


def test_unclassified_is_three(tmp_path: Path) -> None:
    path = tmp_path / "odd.h"
    path.write_text("#define GUEST_FOO 7\n")
    assert run(["check", str(path), "--base", str(path)]) == 3


@pytest.mark.parametrize(
    ("expect", "source", "status"),
    [
        ("proved", "sound", 0),
        ("refuted", "sound", 1),
        ("refuted", "broken", 0),
        ("proved", "broken", 1),
    ],
)
def test_expect(expect: str, source: str, status: int, request: pytest.FixtureRequest) -> None:
    path = str(request.getfixturevalue(source))
    assert run(["check", path, "--base", path, "--expect", expect]) == status


def test_expect_does_not_turn_unknown_into_success(tmp_path: Path) -> None:
    path = tmp_path / "odd.h"
    path.write_text("#define GUEST_FOO 7\n")
    assert run(["check", str(path), "--base", str(path), "--expect", "proved"]) == 3
    assert run(["check", str(path), "--base", str(path), "--expect", "unknown"]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check"], "Missing argument 'SOURCE'"),
        (["check", "no-such-file.h"], "no-such-file.h: error: cannot be read: no such file or directory"),
        (["check", "."], ".: error: cannot be read: is a directory"),
        (["check", "xen-4.3"], 'error: release "xen-4.3" has no layout macros'),
        (
            ["check", "xen-4.22", "--ipa-bits", "39"],
            "never runs with 39 ipa bits; it can have 32, 36, 40, 42, 44, 48",
        ),
        (
            ["check", "xen-4.12", "--ipa-bits", "42"],
            "never runs with 42 ipa bits; it can have 32, 36, 40, 44, 48",
        ),
        (["check", "xen-4.22", "--arch", "x86"], "is not one of 'arm64', 'arm32'"),
        (
            ["check", "xen-4.22", "--xen", "nine"],
            'error: "nine" is no release; expected xen-4.22, 4.17.3 or head',
        ),
        (
            ["check", "xen-4.22", "--format", "pdf"],
            "no format 'pdf'; expected text, json, sarif, junit, codeq",
        ),
        (["check", "xen-4.22", "--format", "text", "--format", "text"], "two formats go to the same place"),
        (["check", "xen-4.22", "--timeout", "0"], "Invalid value for '--timeout'"),
        (["check", "xen-4.22", "--with", "no-such.h"], "no-such.h: error: cannot be read"),
        (["check", "xen-4.22", "-o", "no-such-folder/x"], "no-such-folder/x: error: cannot be written"),
        (["explain", "no-overlp"], 'error: no property "no-overlp"; did you mean "no-overlap"'),
        (["explain", "libxl"], 'error: no property "libxl"; theorems of that name are libxl/'),
        (["explain", "libxl/alined"], 'error: no theorem "libxl/alined"; did you mean "libxl/aligned"'),
        (["sweeps"], "No such command 'sweeps'"),
        (["check", "xen-4.22", "--frobnicate"], "--frobnicate"),
    ],
)
def test_wrong_usage_is_two(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert "Traceback" not in err
    assert out == ""


def test_what_is_quoted_of_a_command_line_is_printable_and_told_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """click leaves the escape out of what it prints, and nothing else: a name would be another, and clear the screen."""
    assert run(["find", "a\r\x1b[2Jb\udcad"]) == 2
    *_, line = capsys.readouterr().err.split("\n")[:-1]
    assert line == "Error: Got unexpected extra argument (a \\x1b[2Jb\\xad)"


@pytest.mark.parametrize("spelling", [["--format", "json"], ["--format=json"]])
@pytest.mark.parametrize("arguments", [["no-such-file.h"], [], ["xen-4.22", "--ipa-bits", "39"]])
def test_with_json_errors_are_json_too(
    spelling: list[str], arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", *arguments, *spelling]) == 2
    out, err = capsys.readouterr()
    error = json.loads(out)
    assert error["verdict"] == "error"
    assert error["command"] == "check"
    assert error["error"]["message"]
    assert err


def test_an_internal_error_is_seventy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("verifier.commands.check.check", lambda _: 1 // 0)
    assert run(["check", "xen-4.22"]) == 70
    out, err = capsys.readouterr()
    assert err.startswith("internal error: ZeroDivisionError")
    assert "command: verifier check xen-4.22" in err
    assert out == ""


def test_a_witness_that_does_not_recheck_is_seventy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("verifier.layout.witness._shows", lambda *_: False)
    assert run(["check", "rfc-2021-safe-range"]) == 70
    assert "the witness does not re-check" in capsys.readouterr().err


def test_interrupting_is_neither_proved_nor_refuted(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("verifier.commands.check.check", interrupted)
    assert run(["check", "xen-4.22"]) == 130


def test_formats_into_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.json"
    assert (
        run(["check", "xen-4.6.1", "--ipa-bits", "40", "--format", f"json={target}", "--format", "text"]) == 0
    )
    assert json.loads(target.read_text())["verdict"] == "proved"
    assert capsys.readouterr().out.startswith("xen-4.6.1: proved")
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]


def test_output_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "out.txt"
    assert run(["check", "xen-4.6.1", "--ipa-bits", "40", "-o", str(target), "-q"]) == 0
    text = target.read_text()
    assert text.startswith("xen-4.6.1: proved (")
    assert text.endswith(" for xen 4.6.1 on arm64, ipa bits 40\n")
    assert text.count("\n") == 1
    assert capsys.readouterr().out == ""


def test_times_only_when_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "xen-4.6.1", "--format", "json"])
    plain = json.loads(capsys.readouterr().out)
    run(["check", "xen-4.6.1", "--format", "json", "-v"])
    verbose = json.loads(capsys.readouterr().out)
    assert set(verbose) - set(plain) == {"seconds"}


@pytest.mark.parametrize("seed", [0, 1, 12345])
@pytest.mark.parametrize("kind", FORMATS)
def test_reports_do_not_depend_on_the_seed(seed: int, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["check", "rfc-2021-safe-range", "--format", kind])
    first = capsys.readouterr().out
    run(["check", "rfc-2021-safe-range", "--format", kind, "--seed", str(seed)])
    assert capsys.readouterr().out == first


def test_standard_input(sound: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "verifier", "check", "-", "--base", str(sound)],
        input=sound.read_bytes(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"<stdin>: proved")


def test_a_reader_that_goes_away_changes_nothing() -> None:
    """As in `verifier check ... | head -1` under pipefail."""
    command = f"set -o pipefail; {sys.executable} -m verifier check rfc-2021-safe-range | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr == b""


def test_a_file_named_like_a_release(
    sound: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(sound.parent)
    sound.rename("xen-4.22")
    run(["check", "./xen-4.22", "-q", "--base", "./xen-4.22"])
    assert capsys.readouterr().out.startswith("./xen-4.22: proved")
    run(["check", "xen-4.22", "-q", "--policy", "none"])
    assert capsys.readouterr().out.startswith("xen-4.22.0: refuted")


def test_a_file_named_like_a_proposal_comes_first(
    sound: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(sound.parent)
    sound.rename("rfc-2021-safe-range")
    run(["check", "rfc-2021-safe-range", "-q", "--base", "rfc-2021-safe-range"])
    assert capsys.readouterr().out.startswith("rfc-2021-safe-range: proved (")


def test_the_table_is_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """The one list of commands: each loads, each module that has a command is listed."""
    folder = Path(import_module("verifier.commands").__file__ or "").parent
    found = {path.stem for path in folder.glob("*.py") if "@click.command()" in path.read_text()}
    assert found - {"__init__"} == {"list_all" if name == "list" else name for name in COMMANDS}
    assert run(["--help"]) == 0
    shown = capsys.readouterr().out
    context = cli.make_context("verifier", [], resilient_parsing=True)
    for name, line in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
        assert line in shown


def test_list_has_everything(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [rule["id"] for rule in found["properties"]] == [
        "well-formed",
        "no-overlap",
        "within-ipa",
        "minimum-size",
        "reachable",
        "aligned",
        "banks",
        "pci-window-type",
        "interrupts",
        "comments-agree",
        "capacity",
        "stable",
        "model-current",
    ]
    tags = [tag for model in found["releases"] for tag in model["tags"]]
    assert tags[0] == "4.4.0"
    assert tags[-2:] == ["4.22.0", "head"]
    assert len(tags) == len(set(tags)) == 111
    assert [each["name"] for each in found["theorems"]] == [each.name for each in theorems()]
    assert all(each["statement"] for each in found["theorems"])
    assert [proposal["name"] for proposal in found["proposals"]] == ["rfc-2021-safe-range"]
    assert run(["list"]) == 0
    text = capsys.readouterr().out
    assert all(each["name"] in text and each["statement"] in text for each in found["theorems"])
    assert all(rule["id"] in text and rule["title"] in text for rule in found["properties"])


@pytest.mark.parametrize("name", [rule.id for rule in catalogue() if not rule.example_words])
def test_explain_shows_a_real_refutation(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", name]) == 0
    text = capsys.readouterr().out
    for word in (name, "Why: ", "Sources:", "Refuted by a configuration with: ", "Example: "):
        assert word in text
    assert len(text.split("Example: ")[1].splitlines()) >= 3


def test_explain_shows_a_header_where_no_command_refutes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "comments-agree"]) == 0
    assert capsys.readouterr().out.endswith(
        """
Example: example.h
  | #define GUEST_SAFE_RANGE_BASE xen_mk_ullong(0xDE00000000) /* 128GB */
  | #define GUEST_SAFE_RANGE_SIZE xen_mk_ullong(0x0200000000)
  the comment "128GB" (example.h:1) is neither the base nor the size of GUEST_SAFE_RANGE: its base is """
        """0xde00000000 (888 GiB), its size 0x200000000 (8 GiB)
  GUEST_SAFE_RANGE_BASE xen_mk_ullong(0xDE00000000), example.h:1
  GUEST_SAFE_RANGE_SIZE xen_mk_ullong(0x0200000000), example.h:2
  help: write "8GB" (the size) or "888GB" (the base)
"""
    )


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """/dev/full takes nothing: one clear error, not a defect of the tool."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "verifier", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=tmp_path,
            env={"PYTHONPATH": str(Path(__file__).parents[2])},
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == "<stdout>: error: cannot be written: no space left on device\n"


@pytest.mark.parametrize("arguments", [["check", "xen-4.22"], ["host", "tests/boards/sl28.dtb"], ["prove"]])
def test_quiet_and_verbose_exclude_each_other(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "-q", "-v"]) == 2
    assert "-q and -v exclude each other" in capsys.readouterr().err
