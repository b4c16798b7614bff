"""Inputs from fixed seeds: the same on every machine, with no coverage to guide them.

python -m tests.fuzz.seeded [NAME...]
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator
from itertools import count

from tests.fuzz.frame import Defect, Harness, defect, limit_memory
from tests.fuzz.readers import HARNESSES


def inputs(harness: Harness, seed: int = 0) -> Iterator[bytes]:
    """The seeds and what showed a defect once, then one made of another without end."""
    known = [*harness.seeds(), *harness.known()]
    yield from known
    for number in count():
        chance = random.Random(f"{harness.name} {seed} {number}")
        yield harness.mutate(chance.choice(known), chance)[: harness.most_bytes]


def defects(
    harness: Harness, runs: int, seconds: float = float("inf"), seed: int = 0
) -> Iterator[Defect | None]:
    """One for each input: the seeds, and `runs` others, as far as the time goes."""
    until = time.monotonic() + seconds
    first = len(harness.seeds()) + len(harness.known())
    for number, data in enumerate(inputs(harness, seed)):
        if number >= first + runs or time.monotonic() > until:
            return
        yield defect(harness, data)


def main(names: list[str]) -> int:
    """The short run of some harnesses or all, in little memory; prints each defect. The status is 1 if there is one."""
    status = 0
    harnesses = [HARNESSES[name] for name in names] if names else list(HARNESSES.values())
    limit_memory()
    for harness in harnesses:
        began, found = time.process_time(), list(defects(harness, harness.runs))
        print(f"{harness.name}: {len(found)} inputs, {time.process_time() - began:.1f} s")
        for each in found:
            if each is not None:
                status = 1
                print(f"  {each.kind} at {each.place}: {each.text!a}: {each.data[:200]!r}")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
