"""Work spread over processes that may hang or die: every item comes back, answered or lost with the reason.

Processes are spawned, never forked: a solver's library does not survive a fork with its threads and locks. Spawning
imports the main module again, so a script that calls this needs its `if __name__ == "__main__"`.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

_START = 60.0
"""Seconds in which a new process has to say that it is ready."""
_FALSE_STARTS = 3
"""After so many starts in a row that came to nothing, what is left is lost: more would fare no better."""
_READY = "ready"


@dataclass(frozen=True, slots=True)
class Lost:
    """An item without an answer: the work raised, its process died, or its time was over."""

    reason: str


def spread(
    work: Callable[[Item], Answer], items: Sequence[Item], *, seconds: float, jobs: int | None = None
) -> list[Answer | Lost]:
    """The answer to every item, in the order of the items.

    `work` is a function at the top of a module; its standard output and error go nowhere. An item has `seconds` of
    wall time from when a process got it, then that process is killed and another takes the rest. `jobs` is the most
    processes at a time, as many as there are processors if None.
    """
    return _Spread(work, items, seconds).run(jobs or os.cpu_count() or 1)


class _Spread(Generic[Item, Answer]):
    """One run of `spread`."""

    def __init__(self, work: Callable[[Item], Answer], items: Sequence[Item], seconds: float) -> None:
        self._work, self._items, self._seconds = work, items, seconds
        self._waiting = deque(range(len(items)))
        self._answers: dict[int, Answer | Lost] = {}
        self._workers: list[_Worker] = []
        self._false_starts = 0

    def run(self, jobs: int) -> list[Answer | Lost]:
        try:
            while len(self._answers) < len(self._items):
                while len(self._workers) < min(jobs, len(self._items) - len(self._answers)):
                    self._workers.append(_Worker(self._work))
                self._step()
        finally:
            for worker in self._workers:
                worker.end(0.0)
        return [self._answers[position] for position in range(len(self._items))]

    def _step(self) -> None:
        """Wait for the first process that says something, ends, or is late; then see to it."""
        first = min(worker.deadline for worker in self._workers)
        multiprocessing.connection.wait(
            [worker.connection for worker in self._workers], max(0.0, first - monotonic())
        )
        for worker in tuple(self._workers):
            if worker.connection.poll():
                self._hear(worker)
            elif worker.deadline <= monotonic():
                took = self._seconds if worker.ready else _START
                self._drop(worker, f"no answer within {took:g} s, process killed")

    def _hear(self, worker: _Worker) -> None:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            self._drop(worker, "")
            return
        if worker.position is not None:
            self._answers[worker.position] = message
        worker.ready, worker.position = True, None
        self._false_starts = 0
        self._give(worker)

    def _give(self, worker: _Worker) -> None:
        """The next item, if one is left; else the process waits until all is done, for it may be needed yet."""
        if not self._waiting:
            worker.deadline = float("inf")
            return
        worker.position, worker.deadline = self._waiting.popleft(), monotonic() + self._seconds
        try:
            worker.connection.send(self._items[worker.position])
        except OSError:
            self._drop(worker, "")

    def _drop(self, worker: _Worker, reason: str) -> None:
        self._workers.remove(worker)
        ended = worker.end(0.0 if reason else 1.0)
        if worker.position is not None:
            self._answers[worker.position] = Lost(reason or ended)
        self._false_starts += not worker.ready
        if self._false_starts >= _FALSE_STARTS:
            for position in self._waiting:
                self._answers[position] = Lost(f"no process could be started: {reason or ended}")
            self._waiting.clear()


class _Worker:
    """A process, the connection to it, the item it has, and when it is late (`monotonic`)."""

    def __init__(self, work: Callable[..., object]) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        self._process.start()
        theirs.close()  # ours would keep the connection open when the process is gone
        self.position: int | None = None
        self.deadline = monotonic() + _START
        self.ready = False

    def end(self, grace: float) -> str:
        """Kill the process unless it ends by itself within `grace` seconds; how it ended."""
        self.connection.close()
        self._process.join(grace)
        self._process.kill()
        self._process.join()
        code = self._process.exitcode
        self._process.close()
        if code is not None and code < 0:
            return f"process ended by signal {-code}"
        return f"process ended with status {code}"


def _serve(connection: multiprocessing.connection.Connection, work: Callable[[Item], Answer]) -> None:
    """The life of a process: answer until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started this process ends it
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    connection.send(_READY)
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        answer: Answer | Lost
        try:
            answer = work(item)
        except Exception as fault:  # noqa: BLE001  # foreign code: what it raises is its answer
            answer = Lost(f"{type(fault).__name__}: {' '.join(str(fault).split())}")
        connection.send(answer)
