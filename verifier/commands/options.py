"""Options with the same meaning in every command that proves something."""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import Any, TypeVar

import click

from verifier.layout.errors import InputError
from verifier.layout.units import printable

Function = TypeVar("Function", bound=Callable[..., Any])


class Seconds(click.FloatRange):
    """A time limit. "nan" is a float to Python, and in no range; it is refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number. Raises BadParameter."""
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number


def reading(reader: Callable[[str], Any]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """A callback that reads a value, or each of several; an InputError becomes click's, which names the option."""

    def callback(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
        try:
            if isinstance(value, tuple):
                return tuple(map(reader, value))
            return None if value is None else reader(value)
        except InputError as fault:
            raise click.BadParameter(printable(fault.message), context, parameter) from None

    return callback


def solver_options(function: Function) -> Function:
    """Limits of the solver."""
    for option in reversed(
        [
            click.option(
                "--timeout",
                type=Seconds(min=0.001, max=1e9),
                default=30.0,
                show_default=True,
                metavar="S",
                help="Seconds for one question to the solver; a safety net, past it the answer is unknown.",
            ),
            click.option(
                "--seed",
                type=click.IntRange(min=0),
                default=0,
                show_default=True,
                metavar="N",
                help="Seed of the solver; reports do not depend on it.",
            ),
        ]
    ):
        function = option(function)
    return function


def layout_options(function: Function) -> Function:
    """What is assumed of Xen, and what a layout is compared with; the limits of the solver."""
    function = solver_options(function)
    for option in reversed(
        [
            click.option(
                "--xen",
                metavar="RELEASE",
                help="Behaviour of this release (default: SOURCE's own, else head).",
            ),
            click.option(
                "--base",
                metavar="SOURCE",
                help="Baseline to compare with (default: SOURCE itself if it is a release, else --xen).",
            ),
            click.option(
                "--arch",
                type=click.Choice(["arm64", "arm32"]),
                help="Only this architecture (default: arm64, which covers both if the header is the same).",
            ),
            click.option(
                "--ipa-bits",
                type=int,
                multiple=True,
                metavar="N",
                help="Only this width of the address space; repeatable (default: all that the release has).",
            ),
            click.option(
                "--with",
                "companions",
                multiple=True,
                metavar="FILE",
                help="A header that SOURCE includes, such as xen.h; repeatable.",
            ),
            click.option(
                "--policy",
                metavar="FILE|none",
                help="Waivers to apply (default: what upstream has at head and accepts; for find, none).",
            ),
        ]
    ):
        function = option(function)
    return function
