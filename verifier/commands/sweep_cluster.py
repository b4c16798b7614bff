"""The same work on a Dask cluster (https://distributed.dask.org). Dask is loaded here alone, and when it is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from threading import Timer
from typing import Any

from verifier.commands.sweep_run import Answers, Workers
from verifier.commands.sweep_task import Batch, records
from verifier.layout.errors import InputError
from verifier.layout.sweep import Record
from verifier.logic.processes import Items, Lost

_ANSWERS = 20.0
"""Seconds for a scheduler to answer, and to have a worker."""
_AHEAD = 3
"""Batches for each thread of the cluster that are under way: the next one is there when one is done."""
_LATE = 78
"""The exit status of a worker that was too long with one batch."""


def cluster(address: str, seconds: float) -> Workers:
    """The workers of a scheduler. Raises InputError where Dask is not installed.

    A batch that has no answer after `seconds` ends its worker's process, which its nanny starts anew; Dask gives up a
    batch that has ended some processes. How much memory a worker may have is for who starts it to say.
    """
    try:
        import distributed
    except ImportError:
        raise InputError(
            "--scheduler needs Dask: python -m pip install 'xen-layout-verifier[cluster]'"
        ) from None

    def run(batches: Items[Batch], alone: bool) -> Answers:
        try:
            client = distributed.Client(address, timeout=_ANSWERS, set_as_default=False)
        except (OSError, ValueError, TypeError) as fault:
            raise InputError(f"no Dask scheduler answers: {_told(fault)}", address) from None
        with client:
            try:
                client.wait_for_workers(1, timeout=_ANSWERS)
            except TimeoutError:
                raise InputError(f"the scheduler has no worker after {_ANSWERS:g} s", address) from None
            ahead = 1 if alone else max(1, _AHEAD * sum(client.nthreads().values()))
            yield from _answers(client, batches, seconds, ahead)

    return run


def _answers(
    client: Any, batches: Items[Batch], seconds: float, ahead: int
) -> Iterator[tuple[int, tuple[Record, ...] | Lost]]:
    """`ahead` batches are under way at a time: contents are read when it is their turn."""
    from distributed import as_completed

    waiting = iter(range(len(batches)))
    positions: dict[str, int] = {}
    completed = as_completed(loop=client.loop)

    def submit(position: int) -> None:
        future = client.submit(judged, batches[position], seconds, pure=False)
        positions[future.key] = position
        completed.add(future)

    for position in islice(waiting, ahead):
        submit(position)
    for future in completed:
        following = next(waiting, None)
        if following is not None:
            submit(following)
        yield positions.pop(future.key), _answer(client, future)


def _answer(client: Any, future: Any) -> tuple[Record, ...] | Lost:
    """Raises InputError where the scheduler is gone."""
    if future.status == "cancelled":
        raise InputError("the scheduler has gone away", str(client.scheduler.address))
    fault = future.exception()
    if fault is None:
        found: tuple[Record, ...] = future.result()
        return found
    return Lost(_told(fault))


def _told(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {' '.join(str(fault).split())[:300]}"


def judged(batch: Batch, seconds: float) -> tuple[Record, ...]:
    """What a worker does. Raises RuntimeError if it has not the tool that asks."""
    from distributed import get_worker

    watch = Timer(seconds, os._exit, (_LATE,))
    watch.daemon = True
    if get_worker().nanny:  # without one nobody would start the process anew
        watch.start()
    try:
        return records(batch)
    finally:
        watch.cancel()
