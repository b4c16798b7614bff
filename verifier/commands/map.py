"""`verifier map`: the picture of a layout, of two, or of what a domain on a board has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from verifier.commands.board_options import asked_for, board_options
from verifier.commands.files import called, read
from verifier.commands.options import layout_options
from verifier.commands.streams import FORMATS_OF, UNDECIDED, deliver, targets_of
from verifier.layout.errors import InputError
from verifier.layout.units import listing

if TYPE_CHECKING:
    from verifier.commands.pictures import Pictured
    from verifier.layout.offer import Offer

FORMATS = FORMATS_OF["map"]
_OF_BOTH = ("xen", "ipa_bits")
_OF_BOARDS = (
    *("build", "iommu", "banks", "grant_table", "ram", "log", "partials", "kernel_bits", "domain"),
    "verbose",
)
_OF_LAYOUTS = ("base", "arch", "companions", "policy", "timeout", "seed")


@click.command()
@click.argument("source")
@click.argument("new", required=False)
@layout_options
@board_options("release", "ipa_bits", "iommu", "domain", "need", "consumers")
@click.option("--iommu/--no-iommu", default=None, help="I/O virtualisation (default: the log's, else with).")
@click.option("--domain", metavar="dN|NAME", help="The domain to draw (default: d0, else the first).")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="F[=FILE]",
    help=f"{listing(FORMATS, 'or')}; with =FILE into a file; repeatable (default: text).",
)
@click.option("-o", "--output", "target", metavar="FILE", help="Write to FILE instead of standard output.")
@click.option(
    "--scale",
    type=click.Choice(["edges", "linear"]),
    default="edges",
    show_default=True,
    help="Of svg and html: stretches between edges by the logarithm of their length, or plain.",
)
@click.option("-v", "--verbose", is_flag=True, help="Every device and other obstacle of a board.")
@click.pass_context
def command(
    context: click.Context,
    /,
    source: str,
    new: str | None,
    formats: tuple[str, ...],
    target: str | None,
    scale: str,
    **options: Any,
) -> None:
    """Draw a layout: regions and when they are present, unused space, conflicts.

    SOURCE is as for `verifier check`; with NEW, which is too, both are drawn side by side. Or SOURCE is a host
    device tree, blob or source: then what one domain has of the board's address space is drawn, and what Xen
    offers to it. What SOURCE is, its content tells; each of the two has options of its own. An html page has the
    findings as well. Exit status: 0 drawn, whatever the verdict; 3 if there is nothing to draw.
    """
    targets = targets_of(formats, target, FORMATS)
    if source == new == "-":
        raise InputError("both layouts are standard input, which can be read once; name a file", "<stdin>")
    content = _content(source)
    is_board = content is not None and _is_board(content)
    kept = _only(context, source, options, _OF_BOARDS if is_board else _OF_LAYOUTS, is_board=is_board)
    if is_board and new is not None:
        raise InputError("two maps side by side are for layouts, and this is a device tree", called(source))
    kinds = {kind for kind, _ in targets}
    drawn = (
        _board(source, content, kept, kinds, scale)
        if is_board
        else _layouts(
            [(source, content), *([(new, _content(new))] if new is not None else [])], kept, kinds, scale
        )
    )
    for kind, name in sorted(targets, key=lambda each: each[1] == "-"):
        deliver(name, drawn.texts[kind], coloured=kind == "text")
    raise SystemExit(0 if drawn.is_any else UNDECIDED)


@dataclass(frozen=True, slots=True)
class _Drawn:
    texts: dict[str, str]
    """By format."""
    is_any: bool
    """Whether there is anything on it."""


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


def _layouts(
    sources: list[tuple[str, bytes | None]], options: dict[str, Any], kinds: set[str], scale: str
) -> _Drawn:
    from verifier.commands.check import check
    from verifier.reading.request import Request
    from verifier.reports import text_map

    requests = [replace(Request(source, content=content), **options) for source, content in sources]
    reports = [check(each, repairs="html" in kinds) for each in requests]
    texts = {}
    if "text" in kinds:
        texts["text"] = "\n".join(map(text_map.render, reports))
    if kinds - {"text"}:
        texts |= _pictures(reports[0] if len(reports) == 1 else (reports[0], reports[1]), None, kinds, scale)
    return _Drawn(texts, any(each.space.layout.regions or each.space.layout.banks for each in reports))


def _board(
    source: str, content: bytes | None, options: dict[str, Any], kinds: set[str], scale: str
) -> _Drawn:
    from verifier.commands.board_map import drawing, reported
    from verifier.reports import board_map_text

    verbose, release = options.pop("verbose"), options.pop("xen")
    asked = asked_for(source, release=release, content=content, **options)
    report, offer = reported(asked)
    shown = drawing(asked, report, offer, folded=not verbose)
    texts = {"text": board_map_text.render(shown, verbose=verbose)} if "text" in kinds else {}
    if kinds - {"text"}:
        texts |= _pictures(report, offer, kinds, scale)
    scene = shown.picture.scene
    return _Drawn(texts, bool(scene.regions or scene.obstacles))


def _pictures(report: Pictured, first: Offer | None, kinds: set[str], scale: str) -> dict[str, str]:
    from verifier.commands import pictures

    makers = {"svg": pictures.svg, "html": pictures.page}
    return {kind: makers[kind](report, first=first, is_linear=scale == "linear") for kind in kinds - {"text"}}
