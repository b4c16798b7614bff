"""`verifier guest`: the whole map of one guest, whether it is sound, and whether its kernel can use what it is offered."""

from __future__ import annotations

from typing import Any

import click

from verifier.commands.board_options import asked_for, board_options
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.guest_options import SHAPE, guest_options
from verifier.commands.guest_report import guest
from verifier.commands.output import Output, output_options
from verifier.layout.errors import InputError


@click.command()
@click.argument("config", metavar="[CONFIG]", default=None)
@guest_options
@board_options("banks", "grant_table")
@output_options("guest", "Every refutation and setting in full, and what does not apply.")
def command(config: str | None, output: Output, **options: Any) -> None:
    """Predict the whole address map of a guest and verify it.

    CONFIG is a configuration of xl, a host's device tree with domains (--domain), a guest's own device tree, or - for
    standard input; without it options say what the guest is.

    RAM, interrupt controller, devices, grant region, extended regions and what is passed through: each against all
    others, in the address space, large enough, and of use to the kernels that are named. Exit status: 0 sound and
    complete; 1 not so; 3 something is open that matters.
    """
    if config == "":
        raise InputError('"" is no file; expected one, or options alone')
    shape = {name: options.pop(name) for name in SHAPE}
    report = guest(GuestAsked(asked_for(config or "", **options), **shape))
    output.report(report, text="board_text", values="board_json", sheet="host_sheet")
    raise SystemExit(output.status(report.verdict))
