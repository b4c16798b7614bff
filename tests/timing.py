"""Times that mean the same on a loaded machine: of growth, not of seconds."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

_MILLION = 0.045
"""Seconds that a million additions take on the machine on which limits in seconds were set."""


def slowness() -> float:
    """How many times slower this machine is now than that one, 1 or more: limits in seconds are for that one."""
    times = []
    for _ in range(3):
        began, total = time.process_time(), 0
        for number in range(1_000_000):
            total += number
        times.append(time.process_time() - began)
    return max(1.0, min(times) / _MILLION)


HANG = 2.0 * slowness()
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
