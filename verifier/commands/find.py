"""`verifier find`: room for new regions in a layout."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from verifier.commands import find_modes
from verifier.commands.find_placement import NAME, find_placement
from verifier.commands.find_report import Search, find
from verifier.commands.options import layout_options, reading
from verifier.commands.output import Output, output_options
from verifier.layout.errors import InputError
from verifier.layout.find_report import FindReport
from verifier.layout.placement_report import PlacementReport
from verifier.layout.region import When
from verifier.layout.template import KINDS
from verifier.layout.units import listing, plural
from verifier.reading.ranges import size_of
from verifier.reading.request import Request
from verifier.search.wishes import Sought

_SUPERPAGE = 2 << 20
_PRESENT = ("gic=2", "gic=3", "vpci=1", "vuart=1", "acpi=1", "virtio=1")


def _size(text: str) -> int | None:
    return None if text == "max" else size_of(text)


def _address(text: str) -> int:
    return 0 if text in ("0", "0x0") else size_of(text)


def _guests(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(","))


def _when(text: str) -> When:
    if text not in _PRESENT:
        raise InputError(f'"{text}" is no condition; expected {listing(list(_PRESENT), "or")}')
    name, _, value = text.partition("=")
    return When(name, int(value), at_least=name == "virtio")  # the only one that counts devices


def _shrinks(text: str) -> tuple[str, int | None]:
    name, is_told, least = text.partition("=")
    return name, size_of(least) if is_told else None


_GENERAL = ("xen", "base", "arch", "ipa_bits", "companions", "timeout", "seed")
"""Parameters that are of the request."""
_COLUMNS: dict[str, tuple[str, Any]] = {
    "sizes": ("--size", None),
    "aligns": ("--align", _SUPERPAGE),
    "belows": ("--below", None),
    "aboves": ("--above", None),
    "guests": ("--guests", ()),
    "whens": ("--when", None),
}
"""Parameters that regions have a value of each, in the order of `Sought`: the option, and the value without it."""


@click.command()
@click.option("--in", "source", metavar="SOURCE", help="The layout that gets new regions, as for check.")
@click.option("--repair", metavar="SOURCE", help="The least changes of numbers that make this layout sound.")
@click.option("--property", "properties", multiple=True, metavar="NAME",
              help="With --repair: only findings of this property; repeatable.")  # fmt: skip
@click.option("--headroom", metavar="SOURCE", help="How far each number of this layout may go.")
@click.option("--reasons", metavar="SOURCE", help="What pins each number of this layout.")
@click.option("--region", "names", multiple=True, metavar="NAME",
              help="A new region, GUEST_NAME; repeatable; with --placement one, and not needed.")  # fmt: skip
@click.option(
    "--placement", type=click.Choice(KINDS), help="Whether that place serves all guests: see above."
)
@click.option("--size", "sizes", multiple=True, callback=reading(_size), metavar="SIZE|max",
              help="Its bytes, or as many as there is room for.")  # fmt: skip
@click.option("--align", "aligns", multiple=True, callback=reading(size_of), metavar="SIZE",
              help="What its start and size are multiples of (default: 2M).")  # fmt: skip
@click.option("--below", "belows", multiple=True, callback=reading(_address), metavar="ADDRESS",
              help="It ends at or below.")  # fmt: skip
@click.option("--above", "aboves", multiple=True, callback=reading(_address), metavar="ADDRESS",
              help="It starts at or above.")  # fmt: skip
@click.option("--guests", "guests", multiple=True, callback=reading(_guests), metavar="KIND,...",
              help="Kinds of guests whose page tables have to reach it (default: none has to).")  # fmt: skip
@click.option("--when", "whens", multiple=True, callback=reading(_when), metavar="gic=2|...",
              help="It is there in such guests only (default: in all).")  # fmt: skip
@click.option("--may-shrink", "shrinks", multiple=True, callback=reading(_shrinks), metavar="NAME[=LEAST]",
              help="This region may give up bytes at its end, down to LEAST; repeatable.")  # fmt: skip
@click.option("--may-move", "moves", multiple=True, metavar="NAME", help="This region may move; repeatable.")
@layout_options
@output_options("find", "What was in the way.")
def command(source: str | None, output: Output, policy: str | None, **options: Any) -> None:
    """Find room for new regions in a layout, so that all properties hold in every configuration.

    An option of a region that is given once is meant for all regions; else the first is of the first region, and so on.
    The answer is the best in this order: what exists stays, least RAM is lost, the first region is as large as can be, then
    the second, the first lies as low as can be, then the second; address 0 stays free. Exit status 1: it is proved that
    there is no room.

    With --placement, whether a place serves that is a function of the configuration, and how many bytes of it: fixed, the
    same base for all guests; top, the end of the address space; after-ram, behind RAM; tail, the end of a RAM window.
    Exit status 1: a guest has something there.

    --repair, --headroom and --reasons are about the layout as it is. Exit status of --repair: 0 if its first repair leaves
    nothing that numbers can cure, or with --property nothing of these; 1 if no repair does.
    """
    modes = {name: options.pop(name) for name in ("repair", "headroom", "reasons")}
    named = [each for each in (source, *modes.values()) if each is not None]
    if len(named) != 1:
        raise click.UsageError("Expected one of --in, --repair, --headroom and --reasons.")
    general = {name: options.pop(name) for name in _GENERAL}
    request = replace(Request(named[0], policy=policy or "none"), **general)
    if source is None:
        mode = next(name for name, value in modes.items() if value is not None)
        properties = options.pop("properties")
        _refuse_others(mode, options)
        status = find_modes.run(mode, request, properties, output)
        raise SystemExit(status)
    if options.pop("properties"):
        raise click.UsageError("--property is for --repair.")
    report = _placed(request, options)
    output.write(lambda kind: _rendered(report, kind, output))
    raise SystemExit(output.status(report.verdict))


def _placed(request: Request, options: dict[str, Any]) -> FindReport | PlacementReport:
    names, placement = options.pop("names"), options.pop("placement")
    if placement is not None:
        _refuse(names, options)
        names = names or (NAME,)
    elif not names:
        raise click.UsageError("Missing option '--region'.")
    if not options["sizes"]:
        raise click.UsageError("Missing option '--size'.")
    columns = [
        _each(option, options.pop(name) or (without,), names) for name, (option, without) in _COLUMNS.items()
    ]
    sought = tuple(Sought(*row) for row in zip(names, *columns, strict=True))
    if placement is not None:
        return find_placement(request, placement, sought[0])
    return find(Search(request, sought, _once(options["shrinks"]), options["moves"]))


def _refuse_others(mode: str, options: dict[str, Any]) -> None:
    """Raise UsageError for an option that is of new regions."""
    told = {name: option for name, (option, _) in _COLUMNS.items()}
    told |= {
        "names": "--region",
        "placement": "--placement",
        "shrinks": "--may-shrink",
        "moves": "--may-move",
    }
    for name, option in told.items():
        if options[name]:
            raise click.UsageError(f"{option} and --{mode} exclude each other.")


def _refuse(names: tuple[str, ...], options: dict[str, Any]) -> None:
    """Raise UsageError for what says nothing of a place that the configuration gives."""
    if len(names) > 1:
        raise click.UsageError("--placement is of one region.")
    told = {
        "shrinks": "--may-shrink",
        "moves": "--may-move",
    }
    for name, option in told.items():
        if options[name]:
            raise click.UsageError(f"{option} and --placement exclude each other.")


def _once(shrinks: tuple[tuple[str, int | None], ...]) -> dict[str, int | None]:
    """What stays of each region. Raises UsageError for one that is named with two bounds."""
    found = dict(shrinks)
    for name, least in shrinks:
        if found[name] != least:
            raise click.UsageError(f"--may-shrink names {name} twice, with different bounds.")
    return found


def _each(option: str, values: tuple[Any, ...], names: tuple[str, ...]) -> tuple[Any, ...]:
    """One for each region. Raises UsageError."""
    if len(values) == 1:
        return values * len(names)
    if len(values) != len(names):
        raise click.UsageError(
            f"{option} is given {len(values)} times for {len(names)} {plural(len(names), 'region')}: once, or once for each."
        )
    return values


def _rendered(report: FindReport | PlacementReport, kind: str, output: Output) -> str:
    if isinstance(report, PlacementReport):
        from verifier.reports import placement_json, placement_text

        if kind == "json":
            return placement_json.render(report)
        return placement_text.render(report, verbose=output.verbose, quiet=output.quiet)
    from verifier.reports import find_json, find_text

    if kind == "json":
        return find_json.render(report)
    return find_text.render(report, verbose=output.verbose, quiet=output.quiet)
