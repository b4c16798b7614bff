"""`verifier host`: what Xen gives the domains that it builds on a board, whether it is sound, and whether a log agrees."""

from __future__ import annotations

from typing import Any

import click

from verifier.commands.board_options import asked_for, board_options
from verifier.commands.host_report import host
from verifier.commands.output import Output, output_options
from verifier.layout.board_report import BoardReport
from verifier.layout.errors import InputError


@click.command()
@click.argument("tree", metavar="HOST")
@board_options()
@click.option(
    "--reproduce",
    "folder",
    metavar="DIR",
    help="Leave a refutation as a minimal device tree that real Xen boots with, and what it prints.",
)
@output_options(
    "host", "Every refutation and setting in full, what does not apply, every place of an open grant region."
)
@click.pass_context
def command(context: click.Context, /, tree: str, folder: str | None, output: Output, **options: Any) -> None:
    """Predict what Xen gives to dom0 and to the domains of a host device tree, and verify it.

    HOST is its blob, its source (compiled with dtc), or - for standard input.

    Extended regions, grant region, what the domain reads of them, and whether Xen gets so far; whether
    the regions are free, fit, and all there are; with --log, whether Xen did so. Exit status: 0 sound and
    complete, and as logged; 1 not so; 3 an input is open that matters.
    """
    report = host(asked_for(tree, **options))
    left = (
        "" if folder is None else _reproduce(report, folder, context)
    )  # first: a fault of it has the output
    output.report(report, text="board_text", values="board_json", sheet="host_sheet")
    if left:
        click.echo(left, err=True)
    raise SystemExit(output.status(report.verdict))


def _reproduce(report: BoardReport, folder: str, context: click.Context) -> str:
    """What was left. Raises InputError."""
    import shlex
    import sys
    from pathlib import Path

    from verifier.commands.host_inputs import tree_of
    from verifier.commands.host_reproduce import reproduce

    said = shlex.join(["verifier", *sys.argv[1:]]) if context.info_name == "host" else ""
    if not folder:
        raise InputError('"" is no folder for --reproduce; . is this one')
    return reproduce(report, tree_of(report.content, report.file), Path(folder), said)
