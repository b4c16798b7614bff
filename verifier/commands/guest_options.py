"""Options that say what a guest is, beside its configuration or without one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from verifier.commands.options import reading
from verifier.reading.ranges import size_of

Function = TypeVar("Function", bound=Callable[..., Any])
_GICS = {"v2": 2, "v3": 3}


def guest_options(function: Function) -> Function:
    """Adds the options; their parameters are those of `GuestAsked`, by name."""
    for option in reversed(_OPTIONS.values()):
        function = option(function)
    return function


def _gic(_context: click.Context, _parameter: click.Parameter, value: str | None) -> int | None:
    return None if value is None else _GICS[value]


_OPTIONS: dict[str, Any] = {
    "toolstack": click.option(
        "--toolstack",
        type=click.Choice(["xl", "dom0less"]),
        help="Who builds a guest without CONFIG (default: xl).",
    ),
    "memory": click.option(
        "--memory",
        callback=reading(size_of),
        metavar="SIZE",
        help="RAM of the guest, such as 1G (default: CONFIG's; without CONFIG every size).",
    ),
    "vcpus": click.option(
        "--vcpus", type=click.IntRange(min=1), metavar="N", help="vCPUs (default: CONFIG's, else 1)."
    ),
    "gic": click.option(
        "--gic",
        type=click.Choice(list(_GICS)),
        callback=_gic,
        help="Version of the vGIC (default: CONFIG's, else both).",
    ),
    "iomem": click.option(
        "--iomem",
        multiple=True,
        metavar="START,COUNT[@GFN]",
        help="Page frames of the host that it gets, hexadecimal as for xl; repeatable.",
    ),
    "irqs": click.option(
        "--irq",
        "irqs",
        multiple=True,
        metavar="N",
        help="An interrupt of the host that it gets; repeatable.",
    ),
    "vuart": click.option("--vuart", is_flag=True, help="It has an emulated PL011."),
    "vpci": click.option("--vpci", is_flag=True, help="It has a PCI device, and so a virtual host bridge."),
    "acpi": click.option("--acpi", is_flag=True, help="It has ACPI tables."),
    "virtio": click.option(
        "--virtio", type=click.IntRange(min=0), default=0, metavar="N", help="virtio-mmio devices."
    ),
    "max_grant_frames": click.option(
        "--max-grant-frames",
        type=click.IntRange(min=1),
        metavar="N",
        help="Frames that its grant table may have.",
    ),
}
SHAPE = tuple(_OPTIONS)
"""The names of their parameters, in the order of the help text."""
