"""Theorems: against z3 by itself on the obligations over bit-vectors that proofs/ stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.frame import PYTHON, Comparison, ours, processes
from verifier.layout.data import data_folder

STORED = """
import sys, z3
for name in sys.argv[1:]:
    solver = z3.Solver()
    solver.from_file(name)
    assert str(solver.check()) == "unsat", name
"""


def comparisons(_: Path) -> Iterator[Comparison]:
    """One on libxl's theorems."""
    stored = sorted(str(path) for path in (data_folder("proofs") / "obligations").glob("libxl.*"))
    yield Comparison(
        "Theorems of libxl",
        [
            processes("z3, the stored obligations of libxl", (PYTHON, "-c", STORED, *stored)),
            ours("verifier prove libxl --xen head", ("prove", "libxl", "--xen", "head"), bound=0.5),
            ours("verifier prove --recheck", ("prove", "--recheck"), bound=0.5),
        ],
    )
