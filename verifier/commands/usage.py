"""What is told of a command line that is none: click's words, of which values that are quoted may be long."""

from __future__ import annotations

import io

import click

from verifier.layout.errors import InputError


def told(fault: click.ClickException) -> str:
    """How the command is used, and one line that says what is wrong, as long as that of an InputError at most."""
    shown = io.StringIO()
    asks_for_help = getattr(click.exceptions, "NoArgsIsHelpError", ())  # newer clicks have it
    if not isinstance(fault, asks_for_help):
        line = str(InputError(" ".join(fault.format_message().split()))).removeprefix("error: ")
        fault.format_message = lambda: line  # type: ignore[method-assign]  # what show() prints
    fault.show(shown)
    return shown.getvalue()
