"""`verifier map`: the picture of a layout."""

from __future__ import annotations

from dataclasses import replace

import click

from verifier.commands.check import check
from verifier.commands.options import layout_options
from verifier.commands.streams import UNDECIDED, deliver, targets_of
from verifier.reading.request import Request
from verifier.reports import text_map

RENDERERS = {"text": text_map.render}
FORMATS = tuple(RENDERERS)


@click.command()
@click.argument("source")
@layout_options
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=FILE]",
    help=f"{' or '.join(FORMATS)}; with =FILE into a file; repeatable (default: text).",
)
@click.option("-o", "--output", "target", metavar="FILE", help="Write to FILE instead of standard output.")
def command(source: str, formats: tuple[str, ...], target: str | None, **options: object) -> None:
    """Draw a layout: regions and when they are present, unused space, conflicts.

    SOURCE is as for `verifier check`. Exit status: 0 drawn, whatever the verdict; 3 if there is
    nothing to draw.
    """
    targets = targets_of(formats, target, FORMATS)
    request = replace(Request(source), **options)  # type: ignore[arg-type]  # click gives the fields' types
    report = check(request, repairs=False)
    for kind, name in targets:
        deliver(name, RENDERERS[kind](report), coloured=kind == "text")
    drawn = report.space.layout.regions or report.space.layout.banks
    raise SystemExit(0 if drawn else UNDECIDED)
