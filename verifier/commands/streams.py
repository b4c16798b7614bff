"""Where reports go: formats and files of the options, standard output, exit statuses.

Apart from the other options, as a command that proves nothing needs none of them.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import click

from verifier.layout.errors import InputError
from verifier.layout.units import listing
from verifier.reports import sheets

FORMATS = ("text", "json", *sheets.FORMATS)
"""All of words and values."""
PICTURES = ("svg", "html")
"""Those that draw; a page has the findings as well."""
FORMATS_OF = {
    "check": (*FORMATS, "html"),
    "diff": (*FORMATS, "html"),
    "ci": FORMATS,
    "find": ("text", "json"),
    "host": (*FORMATS, "html"),
    "guest": (*FORMATS, "html"),
    "prove": FORMATS,
    "schemes": ("text", "json"),
    "map": ("text", *PICTURES),
    "sweep": ("text", "json", "csv", "html"),
}
"""Those of each command that has reports."""
UNDECIDED = 3


def targets_of(
    formats: tuple[str, ...], target: str | None, known: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Format and file name of each `--format F[=FILE]`; `-` is standard output."""
    found = []
    for given in formats or ("text",):
        kind, _, name = given.partition("=")
        if kind not in known:
            raise click.UsageError(_no_format(kind, known))
        found.append((kind, name or target or "-"))
    if len({name for _, name in found}) < len(found):
        raise click.UsageError(
            "two formats go to the same place; give each but one a file: --format json=out.json"
        )
    return tuple(found)


def _no_format(kind: str, known: tuple[str, ...]) -> str:
    expected = f"expected {listing(known, 'or')}, perhaps with =FILE"
    others = [name for name, kinds in FORMATS_OF.items() if kind in kinds]
    if others:
        return f"no format '{kind}' here, only of {listing(others)}; {expected}"
    return f"no format '{kind}'; {expected}"


def deliver(target: str, text: str, *, coloured: bool = False) -> None:
    """Into a file, or for `-` to standard output; `coloured` allows colour on a terminal."""
    if target != "-":
        write_atomically(target, text)
        return
    if coloured:
        from verifier.reports.terminal import for_stream

        _there()
        text = for_stream(text, sys.stdout)
    print_out(text)


def print_out(text: str) -> None:
    """To standard output; a reader that went away changes neither verdict nor exit status."""
    _there()
    try:
        sys.stdout.write(_writable(text))
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as fault:  # a full disk: what follows must not run into it again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        reason = fault.strerror or str(fault)
        raise InputError(f"cannot be written: {reason[:1].lower()}{reason[1:]}", "<stdout>") from None


def say(text: str, end: str = "\n") -> None:
    """On standard error; where it cannot be written to, as on a full disk, the exit status has to do."""
    with suppress(OSError):
        click.echo(text + end, err=True, nl=False)


def _writable(text: str) -> str:
    """Without what UTF-8 cannot hold: a byte of a file's name that is no UTF-8 is `\\udcff`, in JSON as well."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _there() -> None:
    if sys.stdout is None:
        raise InputError("cannot be written: it is closed", "<stdout>")


def write_atomically(target: str, text: str) -> None:
    """The whole text or nothing: into a temporary file beside the target, then renamed.

    What is there and is no file (a device, a pipe) is written to, and never replaced.
    """
    from pathlib import Path
    from tempfile import NamedTemporaryFile

    path, made = Path(target), None
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_text(_writable(text), encoding="utf-8")
            return
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            made = Path(file.name)
            file.write(_writable(text))
        made.chmod(0o644)
        made.replace(path)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise InputError(f"cannot be written: {reason[:1].lower()}{reason[1:]}", target) from None
    finally:
        if made is not None:
            made.unlink(missing_ok=True)  # it is there still where something went wrong, Ctrl-C among it
