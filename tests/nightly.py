"""`make nightly`: what takes too long for every change, one target after the other, whatever fails; then what did.

    make nightly                        # all
    make nightly ONLY="trees corpus"    # some of them
    make nightly SEED=7                 # with the inputs of another night; else each has its own

The first are those that are soonest done. The status is 1 if one failed. `brute` and `fuzz` make their inputs of SEED. What
`hypothesis` draws is another each time, and a failure tells how to have it again; the others take all that there is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
STEPS = ("supply", "hypothesis", "trees", "corpus", "brute", "fuzz", "mutants")
"""Targets of the Makefile."""
_OF_THIS_MAKE = ("ONLY", "MAKEFLAGS", "MFLAGS", "MAKEOVERRIDES", "MAKELEVEL")
"""Of the environment: `ONLY` names steps here, and readers or areas to a step, which also gets it by make's own flags."""


@dataclass(frozen=True)
class Ended:
    """How one went."""

    name: str
    status: int
    seconds: float

    def __str__(self) -> str:
        word = "passed" if self.status == 0 else f"FAILED with status {self.status}"
        return f"{self.name:<12} {self.seconds / 60:6.1f} min  {word}"


def run(steps: Sequence[str], folder: Path, seed: str) -> tuple[Ended, ...]:
    """All of them, in their order; what they say goes where this process's words go."""
    ended = []
    own = {name: value for name, value in os.environ.items() if name not in _OF_THIS_MAKE}
    for name in steps:
        print(f"== make {name} SEED={seed}", flush=True)
        began = time.monotonic()
        done = subprocess.run(
            ["make", name, f"SEED={seed}"], cwd=folder, env=own, check=False, stdin=subprocess.DEVNULL
        )
        ended.append(Ended(name, done.returncode, time.monotonic() - began))
    return tuple(ended)


def main() -> int:
    """The status; 2 for a name that is no step, before anything is run."""
    own = os.environ
    steps = own.get("ONLY", "").split() or list(STEPS)
    strange = [each for each in steps if each not in STEPS]
    if strange:
        print(f"no step {strange[0]}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    ended = run(steps, ROOT, own.get("SEED") or f"{datetime.now(UTC):%Y%m%d}")
    print("==", *ended, sep="\n", flush=True)
    return 1 if any(each.status for each in ended) else 0


if __name__ == "__main__":
    sys.exit(main())
