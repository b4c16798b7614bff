"""`verifier host`: what Xen gives the domains that it builds on a board, and whether a log agrees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from verifier.commands.board_options import asked_for, board_options
from verifier.commands.host_findings import findings
from verifier.commands.host_inputs import Asked, called, read, settings, tree_of, wanted
from verifier.commands.output import Output, output_options
from verifier.layout.board_report import BoardReport
from verifier.layout.domain_map import Agreement, DomainMap
from verifier.layout.errors import InputError
from verifier.layout.host import Host
from verifier.reading import models
from verifier.reading.board_map import board_map
from verifier.reading.host_tree import host_of
from verifier.xen.host_regions import predict
from verifier.xen.offers import offers
from verifier.xen.release import Build, Xen, xen
from verifier.xen.subjects import Given

if TYPE_CHECKING:
    from verifier.layout.boot import BootLog
    from verifier.reading.dt_rules import Rules


def host(asked: Asked) -> BoardReport:
    """Predict every domain for each width and IOMMU setting; compare with the log. Raises InputError."""
    files = [asked.tree, asked.log, *(each.rpartition("=")[2] for each in asked.partials)]
    if files.count("-") > 1:
        raise InputError("standard input can be only one of the files")
    content = read(asked.tree) if asked.content is None else asked.content
    log = None if asked.log is None else _logged(asked.log)
    tag = models.tag_of(asked.release or _logged_release(log) or "head")
    build: Build = asked.build or ("debug" if log is not None and log.debug else "release")
    line = None if log is None else log.command_line
    tree = tree_of(content, asked.tree)
    board, model = host_of(tree, tag, line), xen(tag, build)
    one = None if asked.domain is None else wanted(board, asked.domain)
    report = BoardReport(
        called(asked.tree),
        content,
        tag,
        build,
        (),
        notes=tuple(f"{fault}" for fault in board.faults if fault.effect in ("ends-scan", "ignored")),
    )
    inputs = settings(asked, board, log)
    predicted = [(given, predict(board, model, given)) for given in inputs]
    if log is not None:
        from verifier.xen.against_log import settled

        predicted = [(given, settled(maps, log)) for given, maps in predicted]
        reread = lambda rules: host_of(tree, rules.tag, line, rules)  # noqa: E731
        report = _compared(report, board, model, predicted, log, reread)
    described = board_map(tree)
    offered = tuple(
        each for given, maps in predicted for each in offers(board, model, given, described, maps)
    )
    any_width = not asked.ipa_bits and (log is None or log.ipa_bits is None)
    report = replace(
        report,
        maps=tuple(each for _, maps in predicted for each in maps),
        offers=offered,
        findings=findings(offered, report.agreements, any_width=any_width),
    )
    if any(given.dom0_banks or given.grant_region for given in inputs):
        report = _with_given(report, asked, board, model, inputs)
    return replace(
        report,
        maps=tuple(each for each in report.maps if one in (None, each.name)),
        offers=tuple(each for each in report.offers if one in (None, each.name)),
        agreements=tuple(each for each in report.agreements if one in (None, each.name)),
        findings=tuple(each for each in report.findings if one in (None, each.domain)),
    )


def _logged(name: str) -> BootLog:
    from verifier.reading.boot_log import read_boot_log  # its patterns cost as much as a small tree

    return read_boot_log(read(name), called(name))


def _compared(
    report: BoardReport,
    board: Host,
    model: Xen,
    predicted: list[tuple[Given, tuple[DomainMap, ...]]],
    log: BootLog,
    reread: Callable[[Rules], Host],
) -> BoardReport:
    """With what the log says of it."""
    from verifier.xen.against_log import compared, contradictions

    agreements: list[Agreement] = []
    for given, _ in predicted:
        agreements += compared(board, model, given, log, reread)
    return replace(
        report,
        log=log.file,
        agreements=tuple(agreements),
        contradictions=contradictions([each for _, maps in predicted for each in maps], log),
    )


def _logged_release(log: BootLog | None) -> str | None:
    """The release that a log names; head for one that was not released."""
    if log is None or log.version is None:
        return None
    return log.version if models.is_release(log.version) else "head"


def _with_given(
    report: BoardReport, asked: Asked, board: Host, model: Xen, inputs: tuple[Given, ...]
) -> BoardReport:
    """What speaks against dom0's banks and grant region: typed, they are vacuous, as to explore is no error.

    Banks of a log that cannot be are the log's fault.
    """
    from verifier.xen.given_banks import bank_faults, grant_faults

    banks = tuple(dict.fromkeys(each for given in inputs for each in bank_faults(board, model, given)))
    if not asked.dom0_banks:
        report = replace(report, impossible=banks)
        banks = ()
    grants = grant_faults(board, inputs[0]) if asked.grant_table else ()
    vacuous = (
        *(f"dom0 cannot have the banks given: {each}" for each in banks),
        *(f"dom0 cannot have the grant region given: {each}" for each in grants),
    )
    return replace(report, vacuous=vacuous, notes=(*report.notes, *vacuous))


@click.command()
@click.argument("tree", metavar="HOST")
@board_options()
@output_options("Every place of an open grant region.")
def command(tree: str, output: Output, **options: Any) -> None:
    """Predict what Xen gives to dom0 and to the domains of a host device tree.

    HOST is its blob, its source (compiled with dtc), or - for standard input.

    Extended regions, grant region, what the domain reads of them, and whether Xen gets so far; with
    --log, whether Xen did so. Exit status: 0 predicted, and as logged; 1 the log disagrees; 3 an input
    is open.
    """
    report = host(asked_for(tree, **options))
    output.write(lambda kind: _rendered(report, kind, output))
    raise SystemExit(output.status(report.verdict))


def _rendered(report: BoardReport, kind: str, output: Output) -> str:
    if kind == "json":
        from verifier.reports import board_json

        return board_json.render(report)
    from verifier.reports import board_text

    return board_text.render(report, verbose=output.verbose, quiet=output.quiet)
