"""`verifier sweep`: many boards under many settings, on all processors or on a cluster."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from verifier.commands.options import Seconds, reading
from verifier.commands.output import Output, output_options
from verifier.commands.streams import say
from verifier.layout.sweep import Setting, SweepReport
from verifier.layout.units import one_line
from verifier.reading.ranges import size_of

if TYPE_CHECKING:
    from verifier.commands.sweep_inputs import Inputs
    from verifier.commands.sweep_run import Workers

_MEMORY = 1 << 30
_BROKEN, _SIGNALLED = 70, 128
"""Exit statuses: of a tool that contradicts itself, and what is added to the number of a signal."""


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--xen", "releases", multiple=True, metavar="RELEASE", help="Release of Xen; repeatable (default: head)."
)
@click.option(
    "--build",
    type=click.Choice(["release", "debug"]),
    default="release",
    show_default=True,
    help="A debug build stops at failed assertions.",
)
@click.option("--iommu", "iommu_on", is_flag=True, help="With IOMMU (default: with and without).")
@click.option("--no-iommu", "iommu_off", is_flag=True, help="Without IOMMU; with --iommu both.")
@click.option(
    "--ipa-bits",
    type=int,
    multiple=True,
    metavar="N",
    help="Width of the address space; repeatable (default: all of the release).",
)
@click.option(
    "--consumer",
    "consumers",
    multiple=True,
    metavar="NAME",
    help="A guest kernel for which the regions must be of use (verifier list); repeatable.",
)
@click.option(
    "--as-shipped",
    is_flag=True,
    help="Trees are those of a kernel package: RAM without a size is left to the boot loader.",
)
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes (default: one a processor).")
@click.option("--scheduler", metavar="ADDRESS", help="Work on this Dask cluster, as tcp://host:8786.")
@click.option(
    "--task-timeout",
    "timeout",
    type=Seconds(min=0.001, max=1e6),
    default=120.0,
    show_default=True,
    metavar="S",
    help="Seconds for a board, then for each of its settings; past it the answer is an error.",
)
@click.option(
    "--task-memory",
    "memory",
    callback=reading(size_of),
    metavar="SIZE",
    help="The most address space of a process of this machine (default: 1G).",
)
@click.option(
    "--resume", "file", metavar="FILE", help="Keep results in FILE, and ask for none that it has already."
)
@click.option(
    "--top",
    type=click.IntRange(min=0),
    default=20,
    show_default=True,
    metavar="N",
    help="Boards that are told one by one in text, the worst first.",
)
@output_options("sweep", "Every board with every setting, every file that is skipped, and times.")
def command(
    paths: tuple[str, ...],
    file: str | None,
    jobs: int | None,
    scheduler: str | None,
    timeout: float,
    memory: int | None,
    top: int,
    output: Output,
    **options: Any,
) -> None:
    """Verify many boards under many settings, as `verifier host` does each.

    PATH is a host device tree, or a folder with some at any depth; files with the same content count once. Each
    board is judged with each release, with and without IOMMU. One that crashes, hangs or takes too much memory
    is an error of its own and stops nothing. Exit status: 0 all sound and complete; 1 one is not; 3 something
    has no answer, or there is no board.
    """
    from verifier.commands.sweep_inputs import inputs

    settings = settings_of(**options)
    workers = _workers(jobs, scheduler, timeout, memory)
    found = inputs(paths)
    output.keeps(({file} if file else set()).union(*(each.names for each in found.boards)))
    with _stoppable(file):
        report = _swept(found, settings, workers, file, is_quiet=output.quiet)
    if file is not None and not Path(file).exists():
        say(f"{one_line(file)} was removed while the sweep ran: no result is kept")
    write(replace(report, top=top), output)
    raise SystemExit(_BROKEN if report.is_contradicted else output.status(report.verdict))


def settings_of(
    releases: tuple[str, ...],
    build: str,
    iommu_on: bool,
    iommu_off: bool,
    ipa_bits: tuple[int, ...],
    consumers: tuple[str, ...],
    as_shipped: bool,
) -> tuple[Setting, ...]:
    """What the options ask of each board. Raises InputError for a release, width or kernel that there is not."""
    from verifier.commands.host_inputs import widths_of
    from verifier.reading import models
    from verifier.reading.consumers import named
    from verifier.reading.dt_rules import rules_of

    tags = tuple(dict.fromkeys(models.tag_of(each) for each in releases or ("head",)))
    for tag in tags:
        rules_of(tag)
        widths_of(tag, ipa_bits)
    asked = [has for has, given in ((True, iommu_on), (False, iommu_off)) if given or iommu_on == iommu_off]
    widths, names = tuple(sorted(set(ipa_bits))), named(consumers)
    return tuple(
        Setting(tag, build, has, widths, names, as_shipped=as_shipped) for tag, has in product(tags, asked)
    )


def _workers(jobs: int | None, scheduler: str | None, seconds: float, memory: int | None) -> Workers:
    """Raises InputError where Dask is not installed."""
    if scheduler is None:
        from verifier.commands.sweep_run import processes

        return processes(jobs, seconds, _MEMORY if memory is None else memory)
    if jobs is not None or memory is not None:
        raise click.UsageError(
            "--jobs and --task-memory are for this machine: a cluster has its own, see --scheduler"
        )
    from verifier.commands.sweep_cluster import cluster

    return cluster(scheduler, seconds)


def _swept(
    found: Inputs, settings: tuple[Setting, ...], workers: Workers, file: str | None, *, is_quiet: bool
) -> SweepReport:
    from verifier.commands.sweep_progress import Progress
    from verifier.commands.sweep_results import results
    from verifier.commands.sweep_run import sweep
    from verifier.commands.sweep_stamp import stamp

    progress = Progress()
    try:
        with results(file, stamp()) as kept:
            return sweep(found, settings, workers, kept, (lambda *_: None) if is_quiet else progress)
    finally:
        progress.end()


@contextmanager
def _stoppable(file: str | None) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a terminal that is closed end the run with what is done kept; the exit status is 128 and the
    number of the signal.
    """
    stopped: list[int] = []

    def stop(number: int, _: object) -> None:
        stopped.append(number)
        raise KeyboardInterrupt

    heard = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup sets it
        heard.append(signal.SIGHUP)
    before = [(each, signal.signal(each, stop)) for each in heard]
    try:
        yield
    except KeyboardInterrupt:
        say(f"interrupted: {_what_is_kept(file)}")
        raise SystemExit(_SIGNALLED + (stopped[0] if stopped else signal.SIGINT)) from None
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _what_is_kept(file: str | None) -> str:
    if file is None:
        return "nothing was kept (--resume FILE keeps results)"
    if not Path(file).exists():
        return f"nothing was kept, as {one_line(file)} was removed while the sweep ran"
    return f"what was found is in {one_line(file)}, and the same command goes on from there"


def write(report: SweepReport, output: Output) -> None:
    """In every format asked for."""

    def render(kind: str) -> str:
        if kind == "json":
            from verifier.reports import sweep_json

            return sweep_json.render(report, verbose=output.verbose)
        if kind == "csv":
            from verifier.reports import sweep_csv

            return sweep_csv.render(report)
        if kind == "html":
            from verifier.reports import sweep_html

            return sweep_html.render(report)
        from verifier.reports import sweep_text

        return sweep_text.render(report, verbose=output.verbose, quiet=output.quiet)

    output.write(render)
