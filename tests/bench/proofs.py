"""Layouts: against the least that any z3 program costs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.frame import PYTHON, Comparison, ours, processes

DATA = Path(__file__).parents[1] / "reading" / "data"
HEADER = DATA / "layout.h"
MAIL = DATA / "2021-08-04-safe-range.txt"
"""It is checked on the nine other sets of values that it applies to as well."""
Z3 = (PYTHON, "-c", "import z3; s = z3.Solver(); x = z3.Int('x'); s.add(x > 3); s.check()")
LEAST = processes("import z3 and one check()", Z3)
_RUNS: tuple[tuple[str, tuple[str, ...], float], ...] = (
    ("verifier --help", ("--help",), 1.0),
    ("verifier check xen-4.22", ("check", "xen-4.22"), 3.0),
    ("verifier check a header", ("check", str(HEADER)), 3.5),
    ("verifier check rfc-2021-safe-range", ("check", "rfc-2021-safe-range"), 3.5),
    ("verifier check the mail of 2021", ("check", "--base", "xen-4.15", str(MAIL)), 7.0),
    ("verifier map xen-4.22", ("map", "xen-4.22"), 3.0),
    ("verifier map xen-4.22 --format html", ("map", "xen-4.22", "--format", "html"), 4.5),
)


def comparisons(_: Path) -> Iterator[Comparison]:
    """All on layouts."""
    runs = [ours(name, arguments, bound=bound) for name, arguments, bound in _RUNS]
    yield Comparison("Layouts, and the least that a program with z3 does", [LEAST, *runs])
