"""Console blocks: commands, and the output that is shown for them.

In a block marked `console`, a line `$ verifier ...` is run and what follows is its output; a line of three dots stands for
any lines. The commands of the tutorial are run one after the other in a clone of Xen, all others each by itself at the top
of this repository.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.documents import MANUAL, ROOT
from tests.documents.clone import clone
from tests.reading.git_repositories import ENVIRONMENT
from verifier.commands import run

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TUTORIAL = MANUAL / "tutorial.md"
_JUDGED, _UNREADABLE = (0, 1, 3), (2,)
"""Exit statuses."""


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """Each command of each block, and the output shown for it."""
    for block in BLOCK.findall(text):
        yield from _split(block)


def _split(block: str) -> Iterator[tuple[str, str]]:
    for session in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, _, output = session.partition("\n")
        yield command, output


def outputs(path: Path) -> list[str]:
    """What each command of a page prints."""
    commands = tuple(command for command, _ in sessions(path.read_text(encoding="utf-8")))
    return list(_in_a_clone(commands)) if path == TUTORIAL else [output_of(each) for each in commands]


def output(path: Path, position: int) -> str:
    """What one command of a page prints."""
    if path == TUTORIAL:
        return outputs(path)[position]
    return output_of(list(sessions(path.read_text(encoding="utf-8")))[position][0])


@cache
def output_of(command: str) -> str:
    """Both streams of a command of the tool; one behind a pipe runs in a shell, as a user types it."""
    assert "|" in command or command.startswith("verifier "), command
    return _piped(command, ROOT) if "|" in command else _run(command)


@cache
def _in_a_clone(commands: tuple[str, ...]) -> tuple[str, ...]:
    with TemporaryDirectory() as folder, chdir(clone(Path(folder))):
        return tuple(_run(each) if _is_plain(each) else _piped(each, Path()) for each in commands)


def _is_plain(command: str) -> bool:
    return command.startswith("verifier ") and "|" not in command


def _run(command: str) -> str:
    """Of one that runs here: a process of its own would load z3 anew."""
    stream = StringIO()
    with redirect_stdout(stream):
        status = run(shlex.split(command)[1:])
    assert status in _JUDGED, f"{command} ended with {status}"
    return stream.getvalue()


def _piped(command: str, folder: Path) -> str:
    tool = f"{shlex.quote(sys.executable)} -m verifier"
    done = subprocess.run(
        ["bash", "-c", re.sub(r"(^|\| )verifier ", rf"\g<1>{tool} ", command)],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode in _JUDGED + _UNREADABLE, done.stdout
    return done.stdout


def comparable(output: str) -> str:
    """Without what differs between versions of z3 and of click: a number, and where help texts wrap."""
    output = re.sub(r"\bz3 \d+\.\d+\.\d+", "z3", output)
    return " ".join(output.split()) if output.startswith("Usage:") else output


def agrees(shown: str, real: str) -> bool:
    """Whether the output that is shown is the real one, but for what its dots stand for."""
    parts = re.split(r"^\.\.\.\n", comparable(shown), flags=re.MULTILINE)
    pattern = r"(?:.*\n)*?".join(re.escape(part) for part in parts)
    return re.fullmatch(pattern, comparable(real)) is not None


def renewed(path: Path) -> str:
    """The text of a page with the real outputs; one with dots stays, as nobody knows what they are to stand for."""
    real = iter(outputs(path))

    def block(found: re.Match[str]) -> str:
        anew = (
            f"$ {command}\n{shown if '...' in shown.splitlines() else output}"
            for (command, shown), output in zip(_split(found[1]), real, strict=False)
        )
        return "```console\n" + "".join(anew) + "```"

    return BLOCK.sub(block, path.read_text(encoding="utf-8"))


def stale(path: Path) -> list[str]:
    """Commands whose shown output, with its dots, is no longer the real one: a person has to say what is left out of it."""
    shown = sessions(path.read_text(encoding="utf-8"))
    return [
        command for (command, text), real in zip(shown, outputs(path), strict=True) if not agrees(text, real)
    ]
