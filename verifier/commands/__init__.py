"""The command line: a table of commands, each loaded only when it runs."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from verifier.commands.streams import say
from verifier.layout.errors import InputError, InternalError
from verifier.version import __version__

COMMANDS = {
    "check": "Prove or refute a layout, for every configuration.",
    "diff": "What a change of a layout breaks, loses or moves.",
    "find": "Room for new regions in a layout, proved; or that there is none.",
    "host": "What Xen gives the domains that it builds on a board.",
    "guest": "The whole map of one guest: xl's, dom0less, or its device tree.",
    "prove": "Prove what Xen's own algorithms do, for every input, or refute it.",
    "schemes": "Ways to tell a guest of free space: sound, taking RAM, or broken.",
    "map": "The picture of a layout or of a board, conflicts marked.",
    "ci": "Every commit of a git range that touches the layout, and the merge.",
    "sweep": "Many boards under many settings, on all processors or on a cluster.",
    "explain": "What a property or theorem says, why it matters, its sources.",
    "list": "Properties, theorems, releases, proposals and formats.",
}
"""Name and help line of each; `verifier.commands.<name>` (`list` in `list_all`) holds it."""
_MODULES = {"list": "list_all"}
_USAGE, _INTERNAL, _INTERRUPTED = 2, 70, 130


HELP_NAMES = ["-h", "--help"]


class Lazy(click.Group):
    """A group that knows its commands' names and help lines without loading them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Load one command."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"verifier.commands.{_MODULES.get(cmd_name, cmd_name)}")
        command: click.Command = module.command
        command.name = cmd_name
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The help lines of the table: click would load every command for them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Lazy, context_settings={"help_option_names": HELP_NAMES, "max_content_width": 100})
@click.version_option(__version__, prog_name="verifier")
def cli() -> None:
    """A formal verifier of guest physical address layouts for Xen on Arm.

    Exit status: 0 proved, 1 refuted, 2 wrong usage or unreadable input, 3 undecided or nothing
    checked, 70 internal error.
    """


def main() -> None:
    """Run the command line and exit with the status of the contract, whether or not anybody can be told why."""
    _open_streams()
    code = _INTERNAL
    try:
        code = run(sys.argv[1:])
        sys.stderr.flush()  # standard output is flushed by who writes to it
    except OSError:  # a full disk
        pass
    finally:
        os._exit(code)  # all is written: taking z3 and 200 modules apart would be a tenth of the run


def _open_streams() -> None:
    """What is closed of the three streams leads nowhere: else the next file that is opened would be taken for it, in this
    process and in those that it starts.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            os.set_inheritable(nowhere, True)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - it ends with the process


def run(arguments: list[str]) -> int:
    """Run one command line; returns its exit status, prints errors on standard error."""
    try:
        code = cli.main(list(arguments), prog_name="verifier", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except click.ClickException as fault:
        from verifier.commands import usage

        say(usage.told(fault).removesuffix("\n"))
        return _unreadable(arguments, InputError(fault.format_message()))
    except InputError as fault:
        say(str(fault))
        return _unreadable(arguments, fault)
    except (KeyboardInterrupt, click.Abort):
        say("interrupted: nothing was decided")
        return _INTERRUPTED
    except Exception as fault:  # noqa: BLE001  # the last resort: an internal error must look like one
        return _broken(arguments, fault)


def _unreadable(arguments: list[str], fault: InputError) -> int:
    """The exit status; who asked for a format other than text on standard output gets the error there as well."""
    kind = _format(arguments)
    if kind is not None:
        from verifier.commands.streams import print_out
        from verifier.reports import json_format, sheets

        command = next((word for word in arguments if word in COMMANDS), "")
        if kind == "json":
            print_out(json_format.render_error(command, fault))
        elif kind in sheets.FORMATS:
            print_out(sheets.render_error(kind, command, fault))
        elif kind == "html":
            from verifier.reports import chart_html

            print_out(chart_html.render_error(command, fault))
    return _USAGE


def _format(arguments: list[str]) -> str | None:
    """The format on standard output, as far as a command line tells that may be wrong."""
    for option, given in zip(["", *arguments], arguments, strict=False):
        if option == "--format":
            kind = given
        elif given.startswith("--format="):
            kind = given.removeprefix("--format=")
        else:
            continue
        if "=" not in kind:
            return kind
    return None


def _broken(arguments: list[str], fault: Exception) -> int:
    import traceback

    kind = "contradiction" if isinstance(fault, InternalError) else type(fault).__name__
    say(
        f"internal error: {kind}: {fault}\n"
        f"This is a defect of verifier {__version__}, not of your layout: no verdict was reached. Please "
        f"report it with the input, this command line and what follows.\n"
        f"command: verifier {' '.join(arguments)}\n{''.join(traceback.format_exception(fault))}"
    )
    return _INTERNAL
