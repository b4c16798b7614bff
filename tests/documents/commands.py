"""The page of commands: what `--help` says of each."""

from __future__ import annotations

from collections.abc import Iterator

from tests.documents.consoles import output_of
from verifier.commands import COMMANDS

HEAD = """\
# Commands

What `--help` says of each command, and what `verifier list` lists. Exit statuses are the same everywhere: 0 proved,
1 refuted, 2 wrong usage or unreadable input, 3 undecided or nothing checked, 70 internal error.
"""


def page() -> str:
    """commands.md."""
    return "\n".join((HEAD, *_parts()))


def _parts() -> Iterator[str]:
    yield _console("verifier --help")
    for name, line in COMMANDS.items():
        yield f"## {name}\n\n{line}\n\n{_console(f'verifier {name} --help')}"
    yield f"## What there is\n\n{_console('verifier list')}"


def _console(command: str) -> str:
    return f"```console\n$ {command}\n{output_of(command)}```\n"
