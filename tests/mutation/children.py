"""Runs functions in forked children, several at once, each with its own deadline."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ended(Generic[T]):
    """One child: what came back, or nothing if its time was up or it died."""

    index: int
    value: T | None


@dataclass(slots=True)
class _Child:
    index: int
    process: BaseProcess
    results: Connection
    until: float


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
    except EOFError:
        value = None
    if value is None:
        child.process.kill()
    child.process.join()
    child.results.close()
    return Ended(child.index, value)
