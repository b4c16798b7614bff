"""Command lines: one argument a line, the first a command; those that need no solver are run to their end."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from functools import cache

import click

from tests.fuzz.frame import ROOT
from tests.fuzz.whole import told_of_board
from verifier.commands import COMMANDS, cli, guest_report, host_report
from verifier.commands.board_options import asked_for
from verifier.commands.guest_inputs import GuestAsked
from verifier.commands.guest_options import SHAPE
from verifier.layout.errors import InputError

RUN = ("explain", "list")
BOARD = ROOT / "tests" / "boards" / "four-domains.dtb"
_OUTPUT = ("output", "folder", "config", "tree")


def read(data: bytes) -> None:
    """Parsed; the options of boards and guests are what a board and a guest are judged with."""
    name, *arguments = (line.decode("utf-8", "surrogateescape") for line in data.split(b"\n"))
    if name not in COMMANDS:
        raise InputError("no command")
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(click.exceptions.Exit):
        try:
            with command.make_context(name, arguments) as context:
                _run(name, command, context)
        except click.ClickException as fault:
            raise InputError(" ".join(fault.format_message().split())) from None


def _run(name: str, command: click.Command, context: click.Context) -> None:
    options = {key: value for key, value in context.params.items() if key not in _options_of_output()}
    if name in RUN:
        command.invoke(context)
    elif name == "host":
        told_of_board(host_report.host(asked_for("t.dtb", content=_board(), **options)))
    elif name == "guest":
        shape = {key: options.pop(key) for key in SHAPE}
        told_of_board(guest_report.guest(GuestAsked(asked_for("", **options), **shape)))


@cache
def _options_of_output() -> frozenset[str]:
    return frozenset((*_OUTPUT, "formats", "target", "expect", "quiet", "verbose"))


@cache
def _board() -> bytes:
    return BOARD.read_bytes()


def _lines(name: str, *arguments: str) -> bytes:
    return "\n".join((name, *arguments)).encode()


def seeds() -> Iterable[bytes]:
    """Each command with its options."""
    yield _lines(
        "check", "xen-4.18", "--xen", "4.17", "--ipa-bits", "40", "--timeout", "3", "--format", "json"
    )
    yield _lines("diff", "xen-4.17", "xen-4.18", "--baseline", "stable", "--arch", "arm32", "--seed", "7")
    yield _lines("find", "--in", "head", "--region", "A", "--size", "max", "--align", "2M", "--below", "1G")
    yield _lines("find", "--in", "head", "--region", "B", "--size", "4K", "--guests", "arm64-48,arm32-lpae",
                 "--when", "gic=2", "--may-shrink", "GUEST_RAM0=1G", "--may-move", "GUEST_GNTTAB")  # fmt: skip
    yield _lines("find", "--repair", "head", "--property", "aligned", "--policy", "none")
    yield _lines(
        "host", "t.dtb", "--xen", "4.18", "--kernel-bits", "d1=32", "--domain", "d1", "--ipa-bits", "40"
    )
    yield _lines("host", "t.dtb", "--ram", "0x40000000+2G", "--dom0-ram", "0x50000000+512M", "--need", "1G",
                 "--grant-table", "0x48000000+0x40000", "--no-iommu", "--build", "debug")  # fmt: skip
    log, tree = BOARD.parent / "sl28-4.17.log", BOARD.parent / "sl28.dtb"
    yield _lines("host", "t.dtb", "--log", str(log), "--partial", f"d1={tree}", "--kernel-bits", "64")
    yield _lines("guest", "--toolstack", "xl", "--memory", "2G", "--vcpus", "4", "--gic", "v3", "--xen", "4.20",
                 "--iomem", "0xff000,1@0x100", "--irq", "88", "--vuart", "--virtio", "2", "--ipa-bits", "40")  # fmt: skip
    yield _lines("guest", "--toolstack", "dom0less", "--max-grant-frames", "64", "--consumer", "linux-arm64")
    yield _lines("map", "head", "--scale", "linear", "--domain", "d0", "--format", "svg")
    yield _lines("prove", "--xen", "4.18", "--cross-check", "--export-proof", "folder")
    yield _lines("schemes", "--foreign", "2G", "--grants", "64M")
    yield _lines("ci", "--repo", ".", "--range", "a..b", "--event", "github", "--header", "a/b.h")
    yield _lines("sweep", "a", "--jobs", "2", "--task-timeout", "3", "--task-memory", "1G", "--top", "5")
    yield _lines("explain", "aligned")
    yield _lines("list")
