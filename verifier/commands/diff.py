"""`verifier diff`: what a change of a layout breaks, loses or moves, and what gets better."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from verifier.commands.difference import compared
from verifier.commands.options import layout_options
from verifier.commands.output import Output, output_options
from verifier.layout.difference import Difference
from verifier.layout.errors import InputError
from verifier.reading.request import Loaded, Reader, Request
from verifier.reading.source import is_named, is_patch, read_bytes


def diff(old: str, new: str, options: Request, *, stable: bool = False) -> Difference:
    """Read both and compare them; `options` is a request of which the source does not count. Raises InputError."""
    if old == new == "-":
        raise InputError("both layouts are standard input, which can be read once; name a file", "<stdin>")
    before = Reader(_request(old, options)).layouts()[-1]
    request = _request(new, options)
    if request.content is not None and is_patch(request.content) and options.base is None:
        request = replace(request, base=_base(old))
    stages = Reader(request).layouts()
    applications = [each.application for each in stages if each.application is not None]
    return compared(before, _whole(stages), options, stable=stable, applications=applications)


def _request(source: str, options: Request) -> Request:
    return replace(options, source=source, content=None if is_named(source) else read_bytes(source))


def _base(old: str) -> str:
    """What a new patch applies to, where nothing else is named: the old layout. Raises InputError."""
    if old != "-" and (is_named(old) or not is_patch(read_bytes(old))):
        return old
    raise InputError(f"what the patch applies to cannot be told from {old}; name it with --base")


def _whole(stages: tuple[Loaded, ...]) -> Loaded:
    """The layout after the last patch, with what all of them change of Xen's code."""
    last = stages[-1]
    code = tuple(dict.fromkeys(change for each in stages for change in each.layout.code))
    return replace(last, layout=replace(last.layout, code=code))


@click.command()
@click.argument("old")
@click.argument("new")
@layout_options
@click.option(
    "--baseline",
    type=click.Choice(["stable"]),
    help="The rule of stable branches: nothing that a guest can see may move.",
)
@output_options("diff", "Every map, what stayed as it was, and times.")
def command(old: str, new: str, baseline: str | None, output: Output, **options: Any) -> None:
    """Compare two layouts, for every configuration: what NEW breaks, loses or moves, and what got better.

    OLD and NEW are as for `verifier check`; a patch applies to --base, else to OLD. Each is judged with
    what its own release of Xen does, unless --xen names one for both. Exit status: 1 if something is
    newly refuted or lost (with --baseline stable also if it moved), 3 if something cannot be told.
    """
    report = diff(old, new, Request(new, **options), stable=baseline == "stable")
    output.report(report, text="diff_text", values="diff_json", sheet="diff_sheet")
    raise SystemExit(output.status(report.verdict))
