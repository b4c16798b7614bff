"""Boards that do harm to who looks at them, by what their content says; at the top of a module, where a process finds it."""

from __future__ import annotations

import os
import signal
import sqlite3  # noqa: TID253  # no start to keep fast here
import time
from pathlib import Path

from verifier.commands.sweep_run import Answers, Workers
from verifier.commands.sweep_task import Batch, records
from verifier.layout.sweep import Record
from verifier.logic.processes import Items, stream

MARKER = b"/dts-v1/; // poison: "
"""How the content of a poisoned board begins: it is taken for source."""
GIB = 1 << 30


def poisoned(batch: Batch) -> tuple[Record, ...]:
    """`records`, but for boards that crash, hang or take memory under one release: `MARKER` and then `hang 4.17`."""
    if not batch.content.startswith(MARKER):
        return records(batch)
    kind, release = batch.content.removeprefix(MARKER).decode().split()[:2]
    if any(each.release.startswith(release) for each in batch.settings):
        match kind:
            case "crash":
                os._exit(9)
            case "hang":
                time.sleep(3600)
            case "memory":
                return tuple(Record("proved", str(len(bytearray(8 * GIB)))) for _ in batch.settings)
    return tuple(Record("proved", "no harm in this setting", proved=1) for _ in batch.settings)


def poisonous(seconds: float) -> Workers:
    """Processes of this machine that do `poisoned`."""

    def run(batches: Items[Batch], _: bool) -> Answers:
        yield from stream(poisoned, batches, seconds=seconds, jobs=2, memory=2 * GIB)

    return run


def serial(batches: Items[Batch], _: bool) -> Answers:
    """No process at all, and the last first: what is found must not depend on order."""
    for position in reversed(range(len(batches))):
        yield position, records(batches[position])


def forbidden(batches: Items[Batch], _: bool) -> Answers:
    """For runs in which nothing is left to do."""
    raise AssertionError(f"{len(batches)} boards are asked again")


def works(process: int) -> bool:
    """Whether it has started others, which is when it does as it says of signals."""
    until = time.monotonic() + 60
    children = Path(f"/proc/{process}/task/{process}/children")
    while time.monotonic() < until:
        if len(children.read_text().split()) > 1:  # one is Python's own, which sees to semaphores
            return True
        time.sleep(0.01)
    return False


def blocked(_: int) -> list[str]:
    """The signals that do not reach the process."""
    return sorted(
        each.name for each in signal.pthread_sigmask(signal.SIG_BLOCK, ()) if isinstance(each, signal.Signals)
    )


def rows(file: Path) -> int:
    """Committed rows of a file of results; 0 where there is no table yet."""
    try:
        raw = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return int(raw.execute("SELECT count(*) FROM results").fetchone()[0])
        finally:
            raw.close()
    except sqlite3.Error:
        return 0
