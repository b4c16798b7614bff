"""A sweep from its inputs to its report, whoever does the work."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from itertools import product

from verifier.commands.sweep_inputs import Batches, Board, Inputs
from verifier.commands.sweep_results import Results
from verifier.commands.sweep_stamp import stamp
from verifier.commands.sweep_task import Batch, records
from verifier.layout.sweep import Record, Setting, SweepReport, SweptBoard
from verifier.logic.processes import Items, Lost, stream
from verifier.logic.solver import load_solver

Answers = Generator[tuple[int, tuple[Record, ...] | Lost], None, None]
Workers = Callable[[Items[Batch], bool], Answers]
"""Answers every batch, in any order, by its position; one that took its process with it is lost. If the flag is set, each
has to be alone with its process: then it is lost for what it is, and not for what another did.
"""
Tell = Callable[[Record, int, int], None]
"""Called with each new record, how many there are now, and how many there will be."""
Todo = tuple[tuple[Board, tuple[Setting, ...]], ...]


def processes(jobs: int | None, seconds: float, memory: int) -> Workers:
    """Processes of this machine, as many as there are processors if `jobs` is None; `memory` are bytes for each."""

    def run(batches: Items[Batch], alone: bool) -> Answers:  # noqa: ARG001  # each process has one at a time
        yield from stream(records, batches, seconds=seconds, jobs=jobs, memory=memory, prepare=load_solver)

    return run


def sweep(
    inputs: Inputs, settings: Sequence[Setting], workers: Workers, kept: Results, tell: Tell
) -> SweepReport:
    """Every board under every setting. Raises InputError for results that cannot be used."""
    started = time.monotonic()
    found: dict[tuple[str, Setting], Record] = {}
    for board, setting in product(inputs.boards, settings):
        known = kept.get(board.sha256, setting)
        if known is not None:
            found[board.sha256, setting] = known
    before, total = len(found), len(inputs.boards) * len(settings)

    def done(board: Board, setting: Setting, record: Record) -> None:
        kept.put(board.sha256, setting, record)
        found[board.sha256, setting] = record
        tell(record, len(found), total)

    missing = ((each, _missing(each, settings, found)) for each in inputs.boards)
    lost = _work(tuple(each for each in missing if each[1]), workers, done)
    _work(lost, workers, done, alone=True)
    boards = (
        SweptBoard(each.names, each.sha256, tuple(found[each.sha256, setting] for setting in settings))
        for each in inputs.boards
    )
    ordered = tuple(sorted(boards, key=lambda each: (each.worst.rank, each.names)))
    return SweepReport(tuple(settings), ordered, inputs.skipped, before, time.monotonic() - started)


def _missing(
    board: Board, settings: Sequence[Setting], found: dict[tuple[str, Setting], Record]
) -> tuple[Setting, ...]:
    return tuple(each for each in settings if (board.sha256, each) not in found)


def _work(
    todo: Todo, workers: Workers, done: Callable[[Board, Setting, Record], None], *, alone: bool = False
) -> Todo:
    """Have it done; what of it was lost, one setting at a time, to be asked again alone. What is lost alone is done."""
    again: list[tuple[Board, tuple[Setting, ...]]] = []
    if not todo:
        return ()
    with closing(workers(Batches(todo, stamp()), alone)) as answers:
        for position, answer in answers:
            board, settings = todo[position]
            if not isinstance(answer, Lost):
                for setting, record in zip(settings, answer, strict=True):
                    done(board, setting, record)
            elif alone:
                done(board, settings[0], Record("error", f"no answer: {answer.reason}", fault="lost"))
            else:
                again += [(board, (setting,)) for setting in settings]
    return tuple(again)
