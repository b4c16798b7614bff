"""Options with the same meaning in every command, and where reports go."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from verifier.layout.errors import InputError
from verifier.layout.finding import Report, Verdict

FORMATS = ("text", "json")
EXITS = {Verdict.PROVED: 0, Verdict.REFUTED: 1}
UNDECIDED = 3

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


def targets_of(
    formats: tuple[str, ...], target: str | None, known: tuple[str, ...] = FORMATS
) -> tuple[tuple[str, str], ...]:
    """Format and file name of each `--format F[=FILE]`; `-` is standard output."""
    found = []
    for given in formats or ("text",):
        kind, _, name = given.partition("=")
        if kind not in known:
            raise click.UsageError(f"no format '{kind}'; expected {' or '.join(known)}, perhaps with =FILE")
        found.append((kind, name or target or "-"))
    if len({name for _, name in found}) < len(found):
        raise click.UsageError(
            "two formats go to the same place; give each but one a file: --format json=out.json"
        )
    return tuple(found)


def expected(expect: str | None, report: Report) -> int:
    """The exit status for a verdict, or for whether it is the one expected."""
    if expect is None:
        return EXITS.get(report.verdict, UNDECIDED)
    if report.verdict == expect:
        return 0
    return UNDECIDED if report.verdict is Verdict.UNKNOWN else 1


def deliver(target: str, text: str, *, coloured: bool = False) -> None:
    """Into a file, or for `-` to standard output; `coloured` allows colour on a terminal."""
    if target != "-":
        write_atomically(target, text)
        return
    if coloured:
        from verifier.reports.terminal import for_stream

        text = for_stream(text, sys.stdout)
    print_out(text)


def print_out(text: str) -> None:
    """To standard output; a reader that went away changes neither verdict nor exit status."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as fault:  # a full disk: what follows must not run into it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = fault.strerror or str(fault)
        raise InputError(f"cannot be written: {reason[:1].lower()}{reason[1:]}", "<stdout>") from None


def write_atomically(target: str, text: str) -> None:
    """The whole text or nothing: into a temporary file beside the target, then renamed."""
    from tempfile import NamedTemporaryFile

    path = Path(target)
    try:
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            file.write(text)
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise InputError(f"cannot be written: {reason[:1].lower()}{reason[1:]}", target) from None
