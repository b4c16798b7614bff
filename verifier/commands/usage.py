"""What is told of a command line that is none: click's words, of which values that are quoted may be long."""

from __future__ import annotations

import io

import click

from verifier.layout.errors import InputError


def told(fault: click.ClickException) -> str:
    """How the command is used, and one line that says what is wrong, as long as that of an InputError at most."""
    shown = io.StringIO()
    fault.show(shown)
    message = fault.format_message()
    if isinstance(
        fault, getattr(click.exceptions, "NoArgsIsHelpError", ())
    ):  # of newer clicks; the help itself
        return shown.getvalue()
    line = str(InputError(" ".join(message.split()))).removeprefix("error: ")
    return f"{shown.getvalue().rstrip().removesuffix(message.rstrip())}{line}\n"
