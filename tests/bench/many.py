"""Many boards: `verifier sweep` against dt-validate in one run over all, and against what is started for each.

TREES=folder has boards, FILES=N says how many.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from tests.bench.frame import Comparison, ours
from tests.bench.inputs import boards
from tests.bench.others import at_once, one_by_one
from tests.bench.trees import SETTING

FILES = int(os.environ.get("FILES", "32"))
ALL = 577
"""As many as one kernel package has."""
LEAST = 10.0
"""So many times as long what is started for each file has to take, for each."""
MOST = 0.020
"""Seconds of processors that a board may take in a sweep: two of them do one in 10 ms."""


def comparisons(folder: Path) -> Iterator[Comparison]:
    """Some boards by all, and as many as a kernel package has by this tool, where the start counts for nothing."""
    some = boards(folder / "some", FILES)
    runs, missing = one_by_one(folder, some, LEAST, plain=False)
    yield Comparison(
        "Many host trees",
        [
            ours("verifier sweep", ("sweep", str(folder / "some"), *SETTING, "--as-shipped")),
            ours("verifier sweep, one process", ("sweep", str(folder / "some"), *SETTING, "--as-shipped", "--jobs", "1")),
            *at_once(folder, some),
            *runs,
        ],
        missing,
        len(some),
        1,
        warm=False,
    )  # fmt: skip
    every = boards(folder / "every", ALL)
    command = ("sweep", str(folder / "every"), *SETTING, "--as-shipped")
    yield Comparison(
        "As many host trees as a kernel package has",
        [ours("verifier sweep", command, most=MOST)],
        (),
        len(every),
        1,
        warm=False,
    )
