"""`verifier map`: the picture of a layout, or of what a domain on a board has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click
from click.core import ParameterSource

from verifier.commands.board_options import asked_for, board_options
from verifier.commands.host_inputs import called, read
from verifier.commands.options import layout_options
from verifier.commands.streams import FORMATS_OF, UNDECIDED, deliver, targets_of
from verifier.layout.errors import InputError

FORMATS = FORMATS_OF["map"]
_OF_BOTH = ("xen", "ipa_bits")
_OF_BOARDS = (
    *("build", "iommu", "banks", "grant_table", "ram", "log", "partials", "kernel_bits", "domain"),
    "verbose",
)
_OF_LAYOUTS = ("base", "arch", "companions", "policy", "timeout", "seed")


@click.command()
@click.argument("source")
@layout_options
@board_options("release", "ipa_bits", "iommu", "domain", "need", "consumers")
@click.option("--iommu/--no-iommu", default=None, help="I/O virtualisation (default: the log's, else with).")
@click.option("--domain", metavar="dN|NAME", help="The domain to draw (default: d0, else the first).")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=FILE]",
    help=f"{' or '.join(FORMATS)}; with =FILE into a file; repeatable (default: text).",
)
@click.option("-o", "--output", "target", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option("-v", "--verbose", is_flag=True, help="Every device and other obstacle of a board.")
@click.pass_context
def command(
    context: click.Context, /, source: str, formats: tuple[str, ...], target: str | None, **options: Any
) -> None:
    """Draw a layout: regions and when they are present, unused space, conflicts.

    SOURCE is as for `verifier check`; or a host device tree, blob or source: then what one domain
    has of the board's address space is drawn, and what Xen offers to it. What SOURCE is, its content
    tells; each of the two has options of its own. Exit status: 0 drawn, whatever the verdict; 3 if
    there is nothing to draw.
    """
    targets = targets_of(formats, target, FORMATS)
    content = _content(source)
    is_board = content is not None and _is_board(content)
    kept = _only(context, source, options, _OF_BOARDS if is_board else _OF_LAYOUTS, is_board=is_board)
    text, is_drawn = _board(source, content, kept) if is_board else _layout(source, content, kept)
    for _, name in targets:
        deliver(name, text, coloured=True)
    raise SystemExit(0 if is_drawn else UNDECIDED)


def _content(source: str) -> bytes | None:
    """Of SOURCE if it is a file; read once, as it may be standard input."""
    from verifier.reading.source import is_named

    return None if is_named(source) else read(source)


def _is_board(content: bytes) -> bool:
    from verifier.reading.device_tree import is_source
    from verifier.reading.dtb import is_dtb

    return is_dtb(content) or is_source(content)


def _only(
    context: click.Context, source: str, options: dict[str, Any], own: tuple[str, ...], *, is_board: bool
) -> dict[str, Any]:
    """The options of one kind of SOURCE. Raises InputError for one of the other kind that is given."""
    for parameter in context.command.params:
        name = parameter.name or ""
        if name not in options or name in (*own, *_OF_BOTH):
            continue
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT:
            kinds = ("layouts", "a device tree") if is_board else ("device trees", "a layout")
            names = "/".join((parameter.opts[-1], *parameter.secondary_opts))
            raise InputError(f"{names} is for {kinds[0]}, and this is {kinds[1]}", called(source))
    return {name: value for name, value in options.items() if name in (*own, *_OF_BOTH)}


def _layout(source: str, content: bytes | None, options: dict[str, Any]) -> tuple[str, bool]:
    from verifier.commands.check import check
    from verifier.reading.request import Request
    from verifier.reports import text_map

    report = check(replace(Request(source, content=content), **options), repairs=False)
    layout = report.space.layout
    return text_map.render(report), bool(layout.regions or layout.banks)


def _board(source: str, content: bytes | None, options: dict[str, Any]) -> tuple[str, bool]:
    from verifier.commands.board_map import draw
    from verifier.reports import board_map_text

    verbose, release = options.pop("verbose"), options.pop("xen")
    drawing = draw(asked_for(source, release=release, content=content, **options), folded=not verbose)
    scene = drawing.picture.scene
    return board_map_text.render(drawing, verbose=verbose), bool(scene.regions or scene.obstacles)
