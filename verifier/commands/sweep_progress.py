"""How far a sweep has come, on standard error: `812 of 2308 (35%), 61.3 a second, 24 s left`."""

from __future__ import annotations

import sys
from time import monotonic

from verifier.commands.streams import say
from verifier.layout.sweep import Record
from verifier.layout.units import plural

_ON_A_TERMINAL, _ELSEWHERE = 0.2, 10.0
"""Seconds from one line to the next."""


class Progress:
    """Rewrites a line on a terminal; elsewhere it writes one now and then."""

    def __init__(self) -> None:
        self._started = self._told = monotonic()
        self._new = self._errors = self._width = 0
        self._is_terminal = sys.stderr.isatty()

    def __call__(self, record: Record, done: int, total: int) -> None:
        """One more."""
        self._new += 1
        self._errors += record.verdict == "error"
        now = monotonic()
        if now - self._told >= (_ON_A_TERMINAL if self._is_terminal else _ELSEWHERE):
            self._told = now
            self._write(line(done, total, self._new / (now - self._started), self._errors))

    def end(self) -> None:
        """Leave the terminal as it was."""
        if self._width:
            say(f"\r{'':{self._width}}\r", end="")

    def _write(self, text: str) -> None:
        if self._is_terminal:
            say(f"\r{text:{self._width}}", end="")
            self._width = max(self._width, len(text))
        else:
            say(text)


def line(done: int, total: int, rate: float, errors: int) -> str:
    """`rate` is answers a second, of this run."""
    left = "" if rate <= 0 else f", {rate:.1f} a second, {_time((total - done) / rate)} left"
    wrong = f", {errors} {plural(errors, 'error')}" if errors else ""
    return f"{done} of {total} ({done * 100 // total}%){left}{wrong}"


def _time(seconds: float) -> str:
    for unit, name, most in ((1, "s", 120), (60, "min", 120)):
        if seconds < unit * most:
            return f"{round(seconds / unit)} {name}"
    return f"{round(seconds / 3600)} h"
