"""A release: against the z3 scripts that one would write by hand, for one guest and for all (scripts/)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.bench.frame import PYTHON, Comparison, ours, processes
from tests.bench.scripts import SCRIPTS


def comparisons(_: Path) -> Iterator[Comparison]:
    """Two of thirteen properties by hand, and all."""
    one, pairs = (SCRIPTS / f"{name}.py" for name in ("one_case", "all_pairs"))
    yield Comparison(
        "The header of Xen 4.22",
        [
            processes("z3 by hand, one guest, no-overlap and within-ipa", (PYTHON, str(one))),
            processes("z3 by hand, all pairs, symbolic guest", (PYTHON, str(pairs))),
            ours("verifier check xen-4.22, 13 properties", ("check", "xen-4.22"), bound=3.0),
        ],
    )
