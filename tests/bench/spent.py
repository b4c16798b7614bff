"""What one process takes: wall time, time of processors, and memory, of it and of all that it starts.

Linux counts the memory of the process that starts another as the other's until it runs its own program. So a small
interpreter stands between: what is told of memory is at least `FLOOR`, its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

FLOOR = 12 << 20
"""Bytes: less memory than that cannot be told from none."""
_SHOWN = 2_000
"""Characters of a failed command's output that are shown."""
_LAUNCHER = """
import os, sys, time
told = int(sys.argv[1])
os.set_inheritable(told, False)
began = time.perf_counter()
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, used = os.wait4(child, 0)
taken = time.perf_counter() - began
numbers = taken, used.ru_utime + used.ru_stime, used.ru_maxrss << 10, os.waitstatus_to_exitcode(status)
os.write(told, " ".join(map(str, numbers)).encode())
"""


@dataclass(frozen=True, slots=True)
class Spent:
    """By one process, or by several one after the other."""

    seconds: float
    """Wall time."""
    processor: float
    """Seconds of processors, user and system."""
    memory: int
    """Bytes of the largest process; 0 where it was not measured."""

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.seconds + other.seconds, self.processor + other.processor, max(self.memory, other.memory)
        )


def memory_of(size: int) -> str:
    """As people read it; what is below `FLOOR` cannot be told."""
    if not size:
        return "-"
    return f"{size >> 20} MiB" if size > FLOOR else f"< {FLOOR >> 20} MiB"


class TooLongError(Exception):
    """It was stopped at its limit."""


def spent(command: Sequence[str], statuses: Sequence[int] = (0,), limit: float | None = None) -> Spent:
    """By one run, its output read through a pipe.

    Raises TooLongError past `limit` seconds, RuntimeError for an exit status that is not one of `statuses`.
    """
    reader, writer = os.pipe()
    with (
        os.fdopen(reader, "rb") as told,
        subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _LAUNCHER, str(writer), *command],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, pass_fds=(writer,), start_new_session=True,
        ) as launcher,
    ):  # fmt: skip
        os.close(writer)
        try:
            output, _ = launcher.communicate(timeout=limit)
        except BaseException as fault:
            os.killpg(launcher.pid, signal.SIGKILL)
            if isinstance(fault, subprocess.TimeoutExpired):
                raise TooLongError(f"more than {limit:g} s") from fault
            raise
        numbers = told.read().split()
    if len(numbers) != 4 or int(numbers[3]) not in statuses:
        status = int(numbers[3]) if len(numbers) == 4 else "none"
        words = output.decode(errors="replace")[-_SHOWN:]
        raise RuntimeError(f"{' '.join(command)} ended with {status}:\n{words}")
    return Spent(float(numbers[0]), float(numbers[1]), int(numbers[2]))
