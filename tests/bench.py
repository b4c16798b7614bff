"""Whole-process times beside the least that any z3 program costs (`make bench`).

Commands run in turn, so that a machine that slows down slows all; medians of one run; output to a
pipe. Exit status 1 if a ratio is above its bound.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15
YARDSTICK = [sys.executable, "-c", "import z3; s = z3.Solver(); x = z3.Int('x'); s.add(x > 3); s.check()"]
HEADER = Path(__file__).parent / "reading" / "data" / "layout.h"
MAIL = Path(__file__).parent / "reading" / "data" / "2021-08-04-safe-range.txt"
"""It is checked on the nine other sets of values that it applies to as well."""
MEASURED: list[tuple[str, list[str], float]] = [
    ("verifier --help", ["--help"], 1.0),
    ("verifier check xen-4.22", ["check", "xen-4.22"], 3.0),
    ("verifier check a header", ["check", str(HEADER)], 3.5),
    ("verifier check rfc-2021-safe-range", ["check", "rfc-2021-safe-range"], 3.5),
    ("verifier check the mail of 2021", ["check", "--base", "xen-4.15", str(MAIL)], 7.0),
    ("verifier map xen-4.22", ["map", "xen-4.22"], 3.0),
]


def seconds(command: list[str]) -> float:
    """Wall time of one run, standard output read through a pipe."""
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.PIPE, check=False)
    return time.perf_counter() - started


def main() -> int:
    """Print a table; the status says whether every ratio keeps its bound."""
    commands = [YARDSTICK, *([sys.executable, "-m", "verifier", *arguments] for _, arguments, _ in MEASURED)]
    times: list[list[float]] = [[] for _ in commands]
    for _ in range(ROUNDS + 1):
        for measured, command in zip(times, commands, strict=True):
            measured.append(seconds(command))
    medians = [statistics.median(measured[1:]) for measured in times]  # the first run fills caches
    print(f"{'import z3 and one check()':<40} {medians[0] * 1000:6.0f} ms")
    late = 0
    for (name, _, bound), median in zip(MEASURED, medians[1:], strict=True):
        ratio = median / medians[0]
        late += ratio > bound
        print(f"{name:<40} {median * 1000:6.0f} ms  {ratio:4.2f} x (at most {bound:.1f} x)")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
