"""Colour is for terminals only, and is all that a terminal gets more than a file."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from io import StringIO
from pathlib import Path

import pytest

from verifier.commands import run
from verifier.reports import terminal

ROOT = Path(__file__).parents[2]
RUN = "import sys; from verifier.commands import run; sys.exit(run(sys.argv[1:]))"
WITHOUT_RICH = f"import sys; sys.modules['rich'] = None; {RUN}"
CHECK = ["check", "rfc-2021-safe-range", "--ipa-bits", "40"]
MAP = ["map", "rfc-2021-safe-range", "--ipa-bits", "40"]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Terminal(StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def on_a_terminal(
    arguments: list[str], environment: Mapping[str, str] | None = None, program: str = RUN
) -> str:
    """What a person of a narrow terminal sees."""
    settings = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM")}
    settings |= {"TERM": "xterm", "COLUMNS": "40", "PYTHONPATH": str(ROOT), **(environment or {})}
    ours, theirs = pty.openpty()
    with subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=theirs, env=settings):
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(ours, 1 << 16):
                seen += piece
        except OSError:
            pass  # Linux says so when the other end is closed
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def plain(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    run(arguments)
    return capsys.readouterr().out


@pytest.mark.parametrize("arguments", [CHECK, MAP])
def test_a_terminal_gets_the_same_text_in_colour(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No line is wrapped at its 40 columns, none cut, none padded."""
    expected = plain(arguments, capsys)
    assert "\x1b" not in expected
    seen = on_a_terminal(arguments)
    assert ESCAPE.sub("", seen) == expected
    assert "\x1b[1;31m! overlaps GUEST_RAM1 by 8 GiB\x1b[0m" in seen
    assert "\x1b[1;31m!!!!!!!!!!!!\x1b[0m" in seen


def test_verdicts_have_their_colours() -> None:
    seen = on_a_terminal(CHECK)
    assert "rfc-2021-safe-range: \x1b[1;31mrefuted\x1b[0m (" in seen
    assert ".toml:10: \x1b[1;31merror\x1b[0m: GUEST_RAM1" in seen
    assert "\n\x1b[32mproved\x1b[0m: well-formed: " in seen
    assert "\n  \x1b[36mhelp\x1b[0m: GUEST_SAFE_RANGE_BASE = " in seen


@pytest.mark.parametrize(
    ("environment", "program"), [({"NO_COLOR": "1"}, RUN), ({"TERM": "dumb"}, RUN), ({}, WITHOUT_RICH)]
)
def test_no_colour(environment: dict[str, str], program: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert on_a_terminal(MAP, environment, program) == plain(MAP, capsys)


def test_json_is_never_coloured(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [*CHECK, "--format", "json"]
    assert on_a_terminal(arguments) == plain(arguments, capsys)


def test_a_stream_that_is_no_terminal_loads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "_coloured", lambda _: pytest.fail("coloured"))
    assert terminal.for_stream("refuted", StringIO()) == "refuted"


@pytest.mark.parametrize(
    "text", ["", "\n", "a\tb\n\n", "no line end", f"{'x' * 500}  \n", "[bold]text[/bold] ü 漢\n"]
)
def test_nothing_but_colour_is_added(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert ESCAPE.sub("", terminal.for_stream(text, Terminal())) == text


@pytest.mark.parametrize(
    ("line", "coloured"),
    [
        (
            "x: unknown (1 property: 1 unknown) for xen",
            "x: \x1b[33munknown\x1b[0m (1 property: 1 unknown) for xen",
        ),
        ("unknown: GUEST_FOO", "\x1b[33munknown\x1b[0m: GUEST_FOO"),
        ("waived: no-overlap: GUEST_FOO", "\x1b[33mwaived\x1b[0m: no-overlap: GUEST_FOO"),
        ("a.h:1: advice: GUEST_FOO", "a.h:1: \x1b[33madvice\x1b[0m: GUEST_FOO"),
        ("  an error: of its own! No mark", "  an error: of its own! No mark"),
        (
            "0x00-0x10  16 bytes  ??  A  ? may overlap B by 1 byte",
            "\x1b[2m0x00-0x10\x1b[0m  16 bytes  \x1b[33m??\x1b[0m  A  \x1b[33m? may overlap B by 1 byte\x1b[0m",
        ),
        (
            "0x00-0x10  16 bytes  ..  (free)",
            "\x1b[2m0x00-0x10\x1b[0m  16 bytes  \x1b[2m..  (free)\x1b[0m",
        ),
        ("0x10  ===== end of 4 ipa bits =====", "0x10  \x1b[1m===== end of 4 ipa bits =====\x1b[0m"),
    ],
)
def test_what_is_coloured(line: str, coloured: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert terminal.for_stream(line, Terminal()) == coloured
