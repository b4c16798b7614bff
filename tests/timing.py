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


def growth(small: Callable[[], object], large: Callable[[], object]) -> float:
    """How many times as long `large` takes as `small`.

    A limit wants to be between what linear and quadratic code would give: the caches alone make a factor of two.
    """
    least = least_times(small, large)
    return least[1] / least[0]


def least_times(*actions: Callable[[], object], rounds: int = 7) -> list[float]:
    """The shortest process time of some runs of each in seconds, by turns, so that a slow second meets all of them.

    Without the collector, which walks what others left.
    """
    least = [float("inf")] * len(actions)
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            least = [min(known, _once(action)) for known, action in zip(least, actions, strict=True)]
    finally:
        gc.enable()
    return least


def _once(action: Callable[[], object]) -> float:
    began = time.process_time()
    action()
    return time.process_time() - began
