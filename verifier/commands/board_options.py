"""Options of every command about a board: what is predicted from, beside its device tree."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from verifier.commands.options import reading
from verifier.reading.ranges import range_of, size_of

if TYPE_CHECKING:
    from verifier.commands.host_inputs import Asked
    from verifier.layout.domain_map import Extent

Function = TypeVar("Function", bound=Callable[..., Any])


def board_options(*left_out: str) -> Callable[[Function], Function]:
    """Adds the options but those whose parameters are `left_out`; `asked_for` takes them all."""

    def decorate(function: Function) -> Function:
        for name, option in reversed(_OPTIONS.items()):
            if name not in left_out:
                function = option(function)
        return function

    return decorate


def asked_for(tree: str, *, banks: tuple[Extent, ...] = (), **others: Any) -> Asked:
    """The options as what is asked of the board in the file `tree`."""
    from verifier.commands.host_inputs import Asked  # a board alone needs it

    return Asked(tree, dom0_banks=banks, **others)


_OPTIONS: dict[str, Any] = {
    "release": click.option(
        "--xen", "release", metavar="RELEASE", help="Release of Xen (default: the log's, else head)."
    ),
    "build": click.option(
        "--build",
        type=click.Choice(["release", "debug"]),
        help="A debug build stops at failed assertions (default: the log's, else release).",
    ),
    "iommu": click.option(
        "--iommu/--no-iommu", default=None, help="I/O virtualisation (default: the log's, else both)."
    ),
    "ipa_bits": click.option(
        "--ipa-bits",
        type=int,
        multiple=True,
        metavar="N",
        help="Width of the address space; repeatable (default: the log's, else all of the release).",
    ),
    "banks": click.option(
        "--dom0-bank",
        "banks",
        callback=reading(range_of),
        multiple=True,
        metavar="RANGE",
        help="A RAM bank of dom0, START-END or START+SIZE; repeatable (default: the log's).",
    ),
    "grant_table": click.option(
        "--grant-table",
        callback=reading(partial(range_of, empty=True)),
        metavar="RANGE",
        help="dom0's grant region, START+0 where grant tables are compiled out (default: the log's).",
    ),
    "ram": click.option(
        "--ram",
        callback=reading(range_of),
        multiple=True,
        metavar="RANGE",
        help="A bank of host memory; repeatable (default: the log's, else the device tree's).",
    ),
    "log": click.option(
        "--log", metavar="FILE", help="Boot log of Xen (serial or xl dmesg) to compare with."
    ),
    "partials": click.option(
        "--partial",
        "partials",
        multiple=True,
        metavar="[dN|NAME=]FILE",
        help="The partial device tree in a domain's module, blob or source; repeatable.",
    ),
    "kernel_bits": click.option(
        "--kernel-bits",
        multiple=True,
        metavar="[dN|NAME=]N",
        help="32 or 64, of a domain's kernel, else of all; repeatable (default: the log's, else 64).",
    ),
    "domain": click.option("--domain", metavar="dN|NAME", help="Only this domain (default: all)."),
    "need": click.option(
        "--need",
        callback=reading(size_of),
        metavar="SIZE",
        help="The fewest regions that give so much, and what cuts the space.",
    ),
    "consumers": click.option(
        "--consumer",
        "consumers",
        multiple=True,
        metavar="NAME",
        help="A guest kernel for which the regions must be of use (verifier list); repeatable.",
    ),
}
"""By the names of their parameters, in the order of the help text."""
