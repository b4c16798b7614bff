"""Options with the same meaning in every command that proves something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from verifier.commands.streams import FORMATS, UNDECIDED, deliver, targets_of
from verifier.layout.finding import Report, Verdict

EXITS = {Verdict.PROVED: 0, Verdict.REFUTED: 1}

Function = TypeVar("Function", bound=Callable[..., Any])


def layout_options(function: Function) -> Function:
    """What is assumed of Xen, and what a layout is compared with."""
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
                help="Waivers to apply (default: what upstream has at head and accepts).",
            ),
            click.option(
                "--timeout",
                type=click.FloatRange(min=0.001),
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


@dataclass(frozen=True, slots=True)
class Output:
    """Where reports go and how much they say."""

    targets: tuple[tuple[str, str], ...]
    """Format and file name; `-` is standard output."""
    expect: str | None
    quiet: bool
    verbose: bool

    def write(self, report: Report) -> None:
        """Every format asked for, files atomically."""
        for kind, target in self.targets:
            deliver(target, self._render(kind, report), coloured=kind == "text")

    def _render(self, kind: str, report: Report) -> str:
        if kind == "json":
            from verifier.reports import json_format

            return json_format.render(report, verbose=self.verbose)
        from verifier.reports import text

        return text.render(report, verbose=self.verbose, quiet=self.quiet)


def output_options(function: Function) -> Function:
    """Adds the options and passes them to the command as one `output`."""

    def wrapped(
        *arguments: Any,
        formats: tuple[str, ...],
        target: str | None,
        expect: str | None,
        quiet: bool,
        verbose: bool,
        **others: Any,
    ) -> Any:
        output = Output(targets_of(formats, target), expect, quiet, verbose)
        return function(*arguments, output=output, **others)

    wrapped.__name__, wrapped.__doc__ = function.__name__, function.__doc__
    wrapped.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
    for option in reversed(
        [
            click.option(
                "--format",
                "formats",
                multiple=True,
                metavar="F[=FILE]",
                help=f"{' or '.join(FORMATS)}; with =FILE into a file; repeatable (default: text).",
            ),
            click.option(
                "-o", "--output", "target", metavar="FILE", help="Write to FILE instead of standard output."
            ),
            click.option(
                "--expect",
                type=click.Choice([str(verdict) for verdict in Verdict]),
                metavar="VERDICT",
                help="Exit with 0 if the verdict is this one, 3 if it is unknown, else 1.",
            ),
            click.option("-q", "--quiet", is_flag=True, help="Only the first line."),
            click.option("-v", "--verbose", is_flag=True, help="Every map, and times."),
        ]
    ):
        wrapped = option(wrapped)
    return wrapped  # type: ignore[return-value]


def expected(expect: str | None, report: Report) -> int:
    """The exit status for a verdict, or for whether it is the one expected."""
    if expect is None:
        return EXITS.get(report.verdict, UNDECIDED)
    if report.verdict == expect:
        return 0
    return UNDECIDED if report.verdict is Verdict.UNKNOWN else 1
