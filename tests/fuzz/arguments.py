"""Command lines: one argument a line, the first a command; those that need no solver are run to their end."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import click

from tests.fuzz.frame import MOST_OF_MESSAGE, ROOT
from tests.fuzz.whole import told_of_board
from verifier.commands import COMMANDS, cli, guest_report, host_report, usage
from verifier.commands.board_options import asked_for
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.guest_options import SHAPE
from verifier.layout.errors import InputError

RUN = ("explain", "list")
BOARD = ROOT / "tests" / "history" / "boards" / "passthrough.dts"
"""One domain, which has a partial device tree."""
USAGE = 3
"""Lines above the message of a command line that is none: its usage, where there is help, and a blank one."""
_LOGGED = ROOT / "tests" / "boards" / "sl28-4.17.log"
_OUTPUT = ("output", "folder", "config", "tree")


def read(data: bytes) -> None:
    """Parsed; the options of boards and guests are what a board and a guest are judged with."""
    name, *arguments = (line.decode("utf-8", "surrogateescape") for line in data.split(b"\n"))
    if name not in COMMANDS or b"\0" in data:
        raise InputError("no command")
    group = click.Context(cli, **cli.context_settings)  # what help there is a command asks once, and keeps
    command = cli.get_command(group, name)
    assert command is not None
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(click.exceptions.Exit):
        try:
            with command.make_context(name, arguments, parent=group) as context:
                _run(name, command, context)
        except click.ClickException as fault:
            raise InputError(_message(usage.told(fault))) from None


def _message(told: str) -> str:
    """The last line. Raises AssertionError where it is not one, or is long: an InputError of it would be cut."""
    *usage_of, line = told.splitlines()
    assert line.startswith("Error: "), told[:300]
    assert len(usage_of) <= USAGE, told[:300]
    assert len(told) <= MOST_OF_MESSAGE, told[:300]
    return line


def _run(name: str, command: click.Command, context: click.Context) -> None:
    options = {key: value for key, value in context.params.items() if key not in _options_of_output()}
    if name in RUN:
        command.invoke(context)
    elif name == "host":
        options["ipa_bits"] = options["ipa_bits"] or (40,)
        asked = replace(asked_for("t.dtb", **options), content=BOARD.read_bytes(), repairs=False)
        told_of_board(host_report.host(asked))
    elif name == "guest":
        shape = {key: options.pop(key) for key in SHAPE}
        shape["memory"] = shape["memory"] or 1 << 30  # of any memory an answer takes a second
        options["ipa_bits"] = options["ipa_bits"] or (40,)
        told_of_board(guest_report.guest(GuestAsked(asked_for("", **options), **shape)))


@cache
def _options_of_output() -> frozenset[str]:
    return frozenset((*_OUTPUT, "formats", "target", "expect", "quiet", "verbose"))


VALUES = {
    "--xen": "4.18",
    "--base": "head",
    "--arch": "arm64",
    "--ipa-bits": "40",
    "--with": "t.h",
    "--policy": "none",
    "--timeout": "3",
    "--seed": "7",
    "--format": "json",
    "--output": "t.out",
    "--expect": "proved",
    "--baseline": "stable",
    "--in": "head",
    "--repair": "head",
    "--property": "aligned",
    "--headroom": "head",
    "--reasons": "head",
    "--region": "A",
    "--placement": "top",
    "--size": "max",
    "--align": "2M",
    "--below": "1G",
    "--above": "0x1000",
    "--guests": "arm64-48,arm32-lpae",
    "--when": "gic=2",
    "--may-shrink": "GUEST_RAM0=1G",
    "--may-move": "GUEST_GNTTAB",
    "--build": "debug",
    "--dom0-bank": "0x50000000+512M",
    "--need": "1G",
    "--grant-table": "0x48000000+0x40000",
    "--ram": "0x40000000+2G",
    "--log": str(_LOGGED),
    "--partial": f"d1={BOARD}",
    "--kernel-bits": "d1=32",
    "--domain": "d1",
    "--consumer": "linux-arm64-4k",
    "--reproduce": "t",
    "--toolstack": "xl",
    "--memory": "2G",
    "--vcpus": "4",
    "--gic": "v3",
    "--irq": "88",
    "--iomem": "0xff000,1@0x100",
    "--virtio": "2",
    "--max-grant-frames": "64",
    "--export-proof": "t",
    "--foreign": "2G",
    "--grants": "64M",
    "--scale": "linear",
    "--repo": ".",
    "--range": "a..b",
    "--event": "github",
    "--header": "a/b.h",
    "--jobs": "2",
    "--scheduler": "tcp://a:1",
    "--task-timeout": "3",
    "--task-memory": "1G",
    "--resume": "t.sqlite",
    "--top": "5",
}
"""A value of each option."""
SUBJECTS = {"check": ["head"], "diff": ["xen-4.17", "head"], "host": ["t.dtb"], "map": ["head"], "sweep": ["a", "b"],
            "explain": ["aligned"], "prove": ["rangeset"]}  # fmt: skip
"""Arguments without which a command is none."""


def _lines(name: str, *arguments: str) -> bytes:
    return "\n".join((name, *arguments)).encode()


def _each() -> Iterable[bytes]:
    """Each command with nothing, and with each of its options. Raises KeyError for one that has no value here."""
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        subjects = SUBJECTS.get(name, [])
        yield _lines(name, *subjects)
        for option in command.params:
            if isinstance(option, click.Option):
                for word in (option.opts[-1], *option.secondary_opts):
                    yield _lines(name, *subjects, word, *([] if option.is_flag else [VALUES[word]]))


def seeds() -> Iterable[bytes]:
    """Each command with each option, and some with several."""
    yield from _each()
    yield _lines(
        "find",
        "--in",
        "head",
        "--region",
        "A",
        "--size",
        "4K",
        "--region",
        "B",
        "--size",
        "max",
        "--when",
        "vpci",
    )
    yield _lines(
        "host", "t.dtb", "--log", VALUES["--log"], "--partial", VALUES["--partial"], "--kernel-bits", "64"
    )
    yield _lines(
        "host",
        "t.dtb",
        "--no-iommu",
        "--build",
        "debug",
        "--ipa-bits",
        "40",
        "--domain",
        "d2",
        "--xen",
        "4.16",
    )
    yield _lines(
        "guest",
        "--vpci",
        "--acpi",
        "--vuart",
        "--iomem",
        "8,1",
        "--irq",
        "99",
        "--xen",
        "4.20",
        "--memory",
        "1G",
    )
    yield _lines(
        "guest", "--toolstack", "dom0less", "--max-grant-frames", "64", "--consumer", "linux-arm64-4k"
    )
    yield _lines("prove", "--recheck", "--cross-check")
