"""Hostile command lines: names and values of any length, standard streams that are closed or full."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from tests.fuzz import arguments
from tests.fuzz.frame import ROOT, defect
from tests.fuzz.hostile import Run, refused
from tests.fuzz.readers import HARNESSES
from verifier.commands import COMMANDS, cli

TOO_LONG = "a" * 300


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", TOO_LONG], "file name too long"),
        (["map", TOO_LONG], "file name too long"),
        (["diff", "xen-4.18", TOO_LONG], "file name too long"),
        (["check", f"4.{'9' * 300}"], "file name too long"),
        (["check", "xen-4.18", "--xen", f"4.{'9' * 5000}"], "is no release"),
    ],
)
def test_names_that_no_file_has(arguments: list[str], words: str, run: Run) -> None:
    refused(run(*arguments), words)


BOARD = ROOT / "tests" / "boards" / "a64.dts"
LONG = {"digits": "9" * 5000, "letters": "a" * 5000, "lines": "1\n" * 2000, "escapes": "\x1b[1m" * 1000}


@pytest.mark.parametrize("value", LONG.values(), ids=LONG)
@pytest.mark.parametrize(
    ("line", "above"),
    [
        (f"sweep {BOARD} --scheduler", 0),
        (f"sweep {BOARD} --resume", 0),
        (f"sweep {BOARD} --top", arguments.USAGE),
        ("check xen-4.18 --ipa-bits", arguments.USAGE),
        ("find --in head --region A --size", arguments.USAGE),
        ("check", 0),
        ("check xen-4.18 xen-4.19", arguments.USAGE),
        ("", arguments.USAGE),
    ],
)
def test_values_of_thousands_of_characters_are_told_in_one_line(
    line: str, above: int, value: str, run: Run
) -> None:
    done = run(*line.split(), value)
    assert done.status == 2
    *usage, message = done.err.splitlines()
    assert len(usage) == above
    assert "rror: " in message
    assert len(done.err) < 1500


def long_values() -> Iterator[bytes]:
    """Of each option of each command, behind what the command needs."""
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        for option in command.params:
            if isinstance(option, click.Option) and not option.is_flag:
                for value in LONG.values():
                    words = (name, *arguments.SUBJECTS.get(name, []), option.opts[-1], value)
                    yield "\n".join(words).encode()


def test_no_option_has_an_error_of_thousands_of_characters() -> None:
    """Their readers alone: no command is run. A value of several lines is several arguments here."""
    made = list(long_values())
    assert len(made) > 300
    assert [found for found in (defect(HARNESSES["arguments"], data) for data in made) if found] == []


@pytest.mark.parametrize(
    "command", ["check", "map", "host", "guest", "diff xen-4.18", "check xen-4.18 --with"]
)
def test_a_closed_standard_input_is_told(command: str) -> None:
    status, said = shell(f"{command} - <&-")
    assert (status, said) == (2, "<stdin>: error: cannot be read: it is closed\n")


@pytest.mark.parametrize("place", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("command", "status"), [("check nothing", 2), ("check --nothing", 2), ("check xen-4.18 -q", 1)]
)
def test_the_status_is_right_where_nobody_can_be_told_why(command: str, status: int, place: str) -> None:
    """1 is that a layout is refuted, and what Python ends with after an exception."""
    assert shell(f"{command} {place}")[0] == status


def shell(words: str) -> tuple[int, str]:
    """The status of the tool as a shell starts it, and what it says on standard error."""
    done = subprocess.run(
        f"{sys.executable} -m verifier {words}",
        shell=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr
