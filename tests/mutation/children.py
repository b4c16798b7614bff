"""Runs functions in forked children, several at once, each with its own deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from signal import SIGXCPU
from typing import Generic, TypeVar

T = TypeVar("T")
_TO_GO = 10
"""Seconds that a child may take to end after it has closed its end of the pipe."""


@dataclass(frozen=True, slots=True)
class Ended(Generic[T]):
    """One child: what came back, or nothing if its time was up or it died."""

    index: int
    value: T | None
    died: str = ""
    """How it ended of which nothing came back, if not for its time, by the clock or of the processor: `signal 9`."""


@dataclass(slots=True)
class _Child:
    index: int
    process: BaseProcess
    results: Connection
    until: float


def in_child(task: Callable[[], T], *, seconds: float) -> Ended[T]:
    """By itself; if it dies once more, since whatever else runs on the machine may have been what killed it."""
    (ended,) = in_children([task], at_once=1, seconds=seconds)
    if ended.died:
        (ended,) = in_children([task], at_once=1, seconds=seconds)
    return ended


def in_children(tasks: Iterable[Callable[[], T]], *, at_once: int, seconds: float) -> Iterator[Ended[T]]:
    """As they end, in any order. A child has this process's modules, and changes none of them here."""
    running: list[_Child] = []
    waiting = enumerate(tasks)
    more = True
    while more or running:
        while more and len(running) < at_once:
            following = next(waiting, None)
            if following is None:
                more = False
            else:
                running.append(_started(*following, seconds))
        if not running:
            return
        left = min(child.until for child in running) - time.monotonic()
        ready = wait([child.results for child in running], timeout=max(0.0, left))
        for child in list(running):
            if child.results in ready or child.until <= time.monotonic():
                running.remove(child)
                yield _ended(child)


def _started(index: int, task: Callable[[], T], seconds: float) -> _Child:
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=lambda: theirs.send(task()))
    process.start()
    theirs.close()
    return _Child(index, process, ours, time.monotonic() + seconds)


def _ended(child: _Child) -> Ended[T]:
    try:
        value = child.results.recv() if child.results.poll() else None
    except EOFError:  # it is gone, or about to be
        value = None
        child.process.join(_TO_GO)
    died = "" if value is not None or child.process.is_alive() else _death(child.process.exitcode)
    if value is None:
        child.process.kill()
    child.process.join()
    child.results.close()
    return Ended(child.index, value, died)


def _death(status: int | None) -> str:
    """In words; nothing if its time of the processor was up."""
    if status is None or status == -SIGXCPU:
        return ""
    return f"signal {-status}" if status < 0 else f"exit status {status}"
