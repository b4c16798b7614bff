"""What Xen gives the domains that it builds on a board, whether it is sound, and whether a log agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from verifier.commands.files import called, read
from verifier.commands.host_consumers import consumed, region_tables
from verifier.commands.host_findings import MOST_MENDED, findings, unlisted, unmended, with_repairs
from verifier.commands.host_inputs import Asked, drivers, settings, tree_of, wanted
from verifier.commands.host_machine import machine_of
from verifier.commands.host_predicted import Predicted
from verifier.commands.host_widths import LEFT_OUT
from verifier.layout.board_finding import BoardFinding
from verifier.layout.board_report import BoardReport
from verifier.layout.domain_map import DomainMap, Observed
from verifier.layout.errors import InputError
from verifier.layout.finding import Assumption
from verifier.layout.host import Host
from verifier.layout.obstacle import BoardMap
from verifier.reading import models
from verifier.reading.consumers import named
from verifier.reading.host_tree import host_of
from verifier.rules.boards.assumptions import assumptions
from verifier.xen.as_built import as_built, asked_for, read_by
from verifier.xen.dom0less_facts import with_facts
from verifier.xen.host_regions import predict
from verifier.xen.offers import offers
from verifier.xen.release import Build, Xen, xen
from verifier.xen.subjects import Given

if TYPE_CHECKING:
    from verifier.layout.boot import BootLog
    from verifier.reading.dt_rules import Rules


def host(asked: Asked) -> BoardReport:
    """Predict every domain for each width and IOMMU setting; compare with the log. Raises InputError."""
    names = named(asked.consumers)
    files = [asked.tree, asked.log, *(each.rpartition("=")[2] for each in asked.partials)]
    if files.count("-") > 1:
        raise InputError("standard input can be only one of the files")
    content = read(asked.tree) if asked.content is None else asked.content
    log = None if asked.log is None else logged(asked.log)
    tag = release_of(asked, log)
    build: Build = asked.build or ("debug" if log is not None and log.debug else "release")
    line = None if log is None else log.command_line
    build_has = drivers(log)
    machine = asked.machine or machine_of(tree_of(content, asked.tree), tag, line, build_has)
    tree, described, board, model = machine.tree, machine.described, machine.board, xen(tag, build)
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
    report = replace(report, notes=(*report.notes, *_unfilled(described)))
    predicted = [
        _predicted(board, model, given, described, log, names, whole=asked.whole) for given in inputs
    ]
    report = replace(
        report,
        maps=tuple(each for one in predicted for each in one.maps),
        offers=tuple(each for one in predicted for each in one.offers),
    )
    uncompared: dict[str, Observed] = {}
    if log is not None:

        @cache  # every domain and setting of which the log differs asks for the same
        def reread(rules: Rules) -> Host:
            return as_built(host_of(tree, rules.tag, line, read_by(rules, build_has)), build_has)

        report = _compared(report, board, model, inputs, log, reread)
        uncompared = _uncompared(report, log)
    any_width = not asked.ipa_bits and (log is None or log.ipa_bits is None)
    found = findings(board, model, described, predicted, report.agreements, uncompared, any_width=any_width)
    if asked.repairs and board.places <= MOST_MENDED:
        found = with_repairs(found, board, model, described, predicted, whole=asked.whole)
    found = tuple(each for each in found if one in (None, each.domain))
    predicted = [_only(each, one) for each in predicted]
    report = replace(
        report,
        maps=tuple(_built(report.maps, found)),
        findings=found,
        notes=(*report.notes, *unlisted(found), *(unmended(found, board) if asked.repairs else ())),
        tables=region_tables(board, predicted),
        assumptions=_assumed(board, predicted, found),
    )
    if asked.need is not None:
        from verifier.commands.host_adjacency import neighbourhoods, unanswered

        answers = neighbourhoods(board, predicted, asked.need)
        notes = (*report.notes, *unanswered(predicted, answers))
        report = replace(report, neighbourhoods=answers, notes=notes)
    if any(given.dom0_banks or given.grant_region for given in inputs):
        report = _with_given(report, asked, board, model, inputs)
    return replace(
        report,
        maps=tuple(each for each in report.maps if one in (None, each.name)),
        offers=tuple(each for each in report.offers if one in (None, each.name)),
        agreements=tuple(each for each in report.agreements if one in (None, each.name)),
    )


def release_of(asked: Asked, log: BootLog | None) -> str:
    """The tag that is asked for, else that of the log, else head. Raises InputError."""
    return models.tag_of(asked.release if asked.release is not None else _logged_release(log) or "head")


def logged(name: str) -> BootLog:
    """The log in a file. Raises InputError."""
    from verifier.reading.boot_log import read_boot_log  # its patterns cost as much as a small tree

    return read_boot_log(read(name), called(name))


def _predicted(
    board: Host,
    model: Xen,
    given: Given,
    described: BoardMap,
    log: BootLog | None,
    names: tuple[str, ...],
    *,
    whole: bool,
) -> Predicted:
    maps = predict(board, model, given)
    if log is not None:
        from verifier.xen.against_log import settled

        maps = settled(maps, log)
    found = offers(board, model, given, described, maps)
    if whole:
        found = tuple(with_facts(each, board, model, given) for each in found)
    return Predicted(given, maps, tuple(consumed(each, given, names) for each in found))


def _unfilled(described: BoardMap) -> Iterator[str]:
    """Trees as the kernel ships them leave RAM to the boot loader."""
    for each in described.of_kind("memory"):
        if not each.extent.size:
            yield (
                f"{each.name} has no size: it is for the boot loader to fill in, and the tree that Xen gets has more "
                "than this one"
            )


def _only(predicted: Predicted, domain: str | None) -> Predicted:
    """Of one domain, if one is asked for."""
    if domain is None:
        return predicted
    return replace(
        predicted,
        maps=tuple(each for each in predicted.maps if each.name == domain),
        offers=tuple(each for each in predicted.offers if each.name == domain),
    )


def _built(maps: Iterable[DomainMap], found: Iterable[BoardFinding]) -> Iterator[DomainMap]:
    """What is proved to be built whatever is open is predicted to be, and what is behind an open one is not."""
    answers: dict[tuple[str, int, bool], bool | None] = {}
    for each in found:
        if each.property == "built" and each.verdict in ("proved", "unknown"):
            for setting in each.settings:  # of a guest the same with and without IOMMU of the host
                key = (each.domain, *setting)
                answers[key] = True if each.verdict == "proved" and answers.get(key, True) else None
    for each_map in maps:
        answer = answers.get((each_map.name, each_map.ipa_bits, each_map.iommu), each_map.boots)
        is_same = each_map.boots is False or each_map.boots is answer
        yield each_map if is_same else replace(each_map, boots=answer)


def _assumed(
    board: Host, predicted: list[Predicted], found: tuple[BoardFinding, ...]
) -> tuple[Assumption, ...]:
    built = [each for one in predicted for each in one.offers if each.domain.boots is not False]
    return assumptions(
        built,
        ram_is_told=any(one.given.ram is not None for one in predicted),
        open_banks=any(not each.is_told for each in built),
        widths_left_out=any(each.message.startswith(LEFT_OUT) for each in found),
        options=tuple(asked_for(board, predicted[0].given.drivers)),
    )


def _compared(
    report: BoardReport,
    board: Host,
    model: Xen,
    inputs: tuple[Given, ...],
    log: BootLog,
    reread: Callable[[Rules], Host],
) -> BoardReport:
    """With what the log says of it."""
    from verifier.xen.against_log import compared, contradictions

    return replace(
        report,
        log=log.file,
        agreements=tuple(each for given in inputs for each in compared(board, model, given, log, reread)),
        contradictions=contradictions(report.maps, log),
    )


def _uncompared(report: BoardReport, log: BootLog) -> dict[str, Observed]:
    from verifier.xen.against_log import uncompared

    return uncompared(report.maps, log)


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
