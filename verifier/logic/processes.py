"""Work spread over processes that may hang or die: every item comes back, answered or lost with the reason.

Processes are spawned, never forked: a solver's library does not survive a fork with its threads and locks. Spawning
imports the main module again, so a script that calls this needs its `if __name__ == "__main__"`.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from time import monotonic
from typing import Generic, Protocol, TypeVar

from verifier.layout.units import size

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Some_co = TypeVar("Some_co", covariant=True)

_START = 60.0
"""Seconds in which a new process has to say that it is ready."""
_FALSE_STARTS = 3
"""After so many starts in a row that came to nothing, what is left is lost: more would fare no better."""
_READY = "ready"
_NO_MEMORY = 77
"""The exit status of a process that came to its limit of memory: what it has half done is not to be trusted."""


class Items(Protocol[Some_co]):
    """A sequence, as far as it is needed: one that makes its items when they are taken will do."""

    def __len__(self) -> int: ...

    def __getitem__(self, position: int, /) -> Some_co: ...


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
    answers = dict(stream(work, items, seconds=seconds, jobs=jobs))
    return [answers[position] for position in range(len(items))]


def stream(
    work: Callable[[Item], Answer],
    items: Items[Item],
    *,
    seconds: float,
    jobs: int | None = None,
    memory: int | None = None,
    prepare: Callable[[], None] | None = None,
) -> Generator[tuple[int, Answer | Lost], None, None]:
    """As `spread`, but each answer when it comes, with the position of its item.

    An item is taken from the sequence when a process is free for it, so that not all need be there at once. `memory` is
    the most bytes of address space that a process may have, once it has called `prepare`. Who stops taking answers ends
    all processes. Where the system has no room for as many processes as `jobs`, those that there are do the work.
    """
    return _Spread(work, items, seconds, memory, prepare).run(jobs or os.cpu_count() or 1)


class _Spread(Generic[Item, Answer]):
    """One run of `stream`."""

    def __init__(
        self,
        work: Callable[[Item], Answer],
        items: Items[Item],
        seconds: float,
        memory: int | None,
        prepare: Callable[[], None] | None,
    ) -> None:
        self._work, self._items, self._seconds, self._memory = work, items, seconds, memory
        self._prepare = prepare
        self._waiting = deque(range(len(items)))
        self._answers: deque[tuple[int, Answer | Lost]] = deque()
        self._left = len(items)
        self._workers: list[_Worker] = []
        self._false_starts = 0

    def run(self, jobs: int) -> Generator[tuple[int, Answer | Lost], None, None]:
        try:
            while self._left:
                while len(self._workers) < min(jobs, self._left):
                    try:
                        self._workers.append(_Worker(self._work, self._memory, self._prepare))
                    except OSError as fault:
                        jobs = len(self._workers)
                        if not jobs:
                            self._give_up(fault.strerror or str(fault))
                        break
                if self._workers:
                    self._step()
                while self._answers:
                    self._left -= 1
                    yield self._answers.popleft()
        finally:
            for worker in self._workers:
                worker.end(0.0)

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
            self._answers.append((worker.position, message))
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
            self._answers.append((worker.position, Lost(reason or ended)))
        self._false_starts += not worker.ready
        if self._false_starts >= _FALSE_STARTS:
            self._give_up(reason or ended)

    def _give_up(self, reason: str) -> None:
        """What waits is lost."""
        for position in self._waiting:
            self._answers.append((position, Lost(f"no process could be started: {reason}")))
        self._waiting.clear()


class _Worker:
    """A process, the connection to it, the item it has, and when it is late (`monotonic`)."""

    def __init__(
        self, work: Callable[..., object], memory: int | None, prepare: Callable[[], None] | None
    ) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, work, memory, prepare), daemon=True)
        # Who presses Ctrl-C sends it to all processes; this one sees to the others, however far they have come. It is not
        # stopped itself before they have what they read first. The tracker would undo that when it is started.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()  # ours would keep the connection open when the process is gone
        self.position: int | None = None
        self.deadline = monotonic() + _START
        self.ready = False
        self._memory = memory

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
        if code == _NO_MEMORY and self._memory is not None:
            return f"more than the {size(self._memory)} of memory that a process may have"
        return f"process ended with status {code}"


def _serve(
    connection: multiprocessing.connection.Connection,
    work: Callable[[Item], Answer],
    memory: int | None,
    prepare: Callable[[], None] | None,
) -> None:
    """The life of a process: answer until the other end closes. Ctrl-C is for who started it."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    threading.Thread(target=_end_with_parent, daemon=True).start()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    if prepare is not None:
        prepare()
    if memory is not None:
        _limit(memory)
    connection.send(_READY)
    while True:
        try:
            item = connection.recv()
        except EOFError:
            return
        answer: Answer | Lost
        try:
            answer = work(item)
        except MemoryError:
            os._exit(_NO_MEMORY)
        except Exception as fault:  # noqa: BLE001  # foreign code: what it raises is its answer
            answer = Lost(f"{type(fault).__name__}: {' '.join(str(fault).split())}")
        connection.send(answer)


def _limit(memory: int) -> None:
    """Of address space, in bytes; the system may know a lower limit."""
    _, known = resource.getrlimit(resource.RLIMIT_AS)
    least = min(memory, sys.maxsize, sys.maxsize if known == resource.RLIM_INFINITY else known)
    resource.setrlimit(resource.RLIMIT_AS, (least, least))


def _end_with_parent() -> None:
    """A process that hangs would outlive a parent that was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)
