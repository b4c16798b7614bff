"""Times that mean the same on a loaded machine: of growth, not of seconds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

HANG = 2.0
"""Seconds of process time that no load on the machine makes of the milliseconds an input takes."""


def least_time(action: Callable[[], object], rounds: int = 7) -> float:
    """The shortest process time of some runs in seconds, without the collector: the rest is the machine."""
    times = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            began = time.process_time()
            action()
            times.append(time.process_time() - began)
    finally:
        gc.enable()
    return min(times)


def growth(small: Callable[[], object], large: Callable[[], object]) -> float:
    """How many times as long `large` takes as `small`."""
    return least_time(large) / least_time(small)
