"""Start-up: against Python by itself, and Python that has loaded z3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.frame import PYTHON, Comparison, ours, processes


def comparisons(_: Path) -> Iterator[Comparison]:
    """What needs no solver loads none."""
    yield Comparison(
        "Start-up",
        [
            processes("python, import z3", (PYTHON, "-c", "import z3")),
            processes("python, nothing", (PYTHON, "-c", "pass")),
            ours("verifier --help", ("--help",), bound=1.0),
            ours("verifier list", ("list",), bound=5.0),
            ours("verifier check xen-4.22", ("check", "xen-4.22"), bound=4.5),
        ],
    )
