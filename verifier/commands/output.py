"""Options of every command that has a verdict: where its report goes, how much it says, what verdict is expected."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, TypeVar

import click

from verifier.commands.streams import FORMATS_OF, UNDECIDED, deliver, targets_of
from verifier.layout.errors import InputError
from verifier.layout.units import listing

VERDICTS = ("proved", "refuted", "unknown", "not-applicable", "waived")
"""As in `verifier.layout.finding`, which costs more to load than a board."""
_EXITS = {"proved": 0, "refuted": 1}

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Output:
    """Where reports go and how much they say."""

    targets: tuple[tuple[str, str], ...]
    """Format and file name; `-` is standard output."""
    expect: str | None
    quiet: bool
    verbose: bool

    def keeps(self, names: Iterable[str]) -> None:
        """Raise InputError if an output would be written over one of these files."""
        known = {os.path.realpath(each) for each in names}
        for _, target in self.targets:
            if target != "-" and os.path.realpath(target) in known:
                raise InputError("is read by this command, and not written over", target)

    def write(self, render: Callable[[str], str]) -> None:
        """Every format asked for, files atomically and first: a fault of one has standard output for itself.

        `render` makes the text of a format.
        """
        for kind, target in sorted(self.targets, key=lambda each: each[1] == "-"):
            deliver(target, render(kind), coloured=kind == "text")

    def report(self, report: Any, *, text: str, values: str, sheet: str) -> None:
        """A report in every format asked for, by the modules that make them, each loaded when it is needed.

        `text` and `values` (JSON) are in `verifier.reports`; `sheet`, for all other formats, in `verifier.commands`.
        """

        def render(kind: str) -> str:
            if kind == "json":
                return str(_module("reports", values).render(report, verbose=self.verbose))
            if kind == "html":
                return str(_module("commands", "pictures").page(report))
            if kind == "text":
                return str(_module("reports", text).render(report, verbose=self.verbose, quiet=self.quiet))
            return str(_module("reports", "sheets").render(kind, _module("commands", sheet).sheet(report)))

        self.write(render)

    def status(self, verdict: str) -> int:
        """The exit status for a verdict, or for whether it is the one expected."""
        if self.expect is None:
            return _EXITS.get(verdict, UNDECIDED)
        if verdict == self.expect:
            return 0
        return UNDECIDED if verdict == "unknown" else 1


def _module(room: str, name: str) -> ModuleType:
    return import_module(f"verifier.{room}.{name}")


def output_options(command: str, more: str) -> Callable[[Function], Function]:
    """Adds the options and passes them to the command as one `output`; `more` is what --verbose adds."""
    kinds = FORMATS_OF[command]

    def decorate(function: Function) -> Function:
        def wrapped(
            *arguments: Any,
            formats: tuple[str, ...],
            target: str | None,
            expect: str | None,
            quiet: bool,
            verbose: bool,
            **others: Any,
        ) -> Any:
            if quiet and verbose:
                raise click.UsageError(
                    "-q and -v exclude each other: only the first line, or more than the report."
                )
            output = Output(targets_of(formats, target, kinds), expect, quiet, verbose)
            return function(*arguments, output=output, **others)

        wrapped.__name__, wrapped.__doc__ = function.__name__, function.__doc__
        wrapped.__click_params__ = getattr(function, "__click_params__", [])  # type: ignore[attr-defined]
        for option in reversed(_options(kinds, more)):
            wrapped = option(wrapped)
        return wrapped  # type: ignore[return-value]

    return decorate


def _options(kinds: tuple[str, ...], more: str) -> list[Callable[[Callable[..., Any]], Callable[..., Any]]]:
    return [
        click.option(
            "--format",
            "formats",
            multiple=True,
            metavar="F[=FILE]",
            help=f"{listing(kinds, 'or')}; with =FILE into a file; repeatable (default: text).",
        ),
        click.option(
            "-o", "--output", "target", metavar="FILE", help="Write to FILE instead of standard output."
        ),
        click.option(
            "--expect",
            type=click.Choice(VERDICTS),
            metavar="VERDICT",
            help="Exit with 0 if the verdict is this one, 3 if it is unknown, else 1.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="Only the first line."),
        click.option("-v", "--verbose", is_flag=True, help=more),
    ]
