"""`python -m tests.theorems.mutants [--part N] [--only TEXT]`: the score of the faults, and every survivor."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.mutation.faults import Fault, faults, part
from tests.mutation.outcome import KILLED, SURVIVING, Judged
from tests.mutation.survivors import explained, wrong
from tests.mutation.trusted import BY_THEOREMS
from tests.theorems.mutants.judge import judge_all, source

SURVIVORS = Path(__file__).with_name("survivors.toml")


@cache
def all_faults() -> list[Fault]:
    """Of every module, in the order of their text."""
    return [fault for module in BY_THEOREMS for fault in faults(module, source(module))]


def main() -> int:
    """0: the survivors are those of `survivors.toml`."""
    parser = argparse.ArgumentParser(prog="python -m tests.theorems.mutants")
    parser.add_argument("--part", type=int, metavar="N", help="N of the faults, chosen once and for all")
    parser.add_argument("--only", metavar="TEXT", help="faults with this in their name")
    options = parser.parse_args()
    found = [each for each in all_faults() if (options.only or "") in each.name]
    if options.part:
        found = part(found, options.part)
    results = list(zip(found, judge_all(found), strict=True))
    _print(results)
    placed = [(f"verifier/xen/{fault.module}.py:{fault.line}", fault.name, each) for fault, each in results]
    complaints = wrong(placed, explained(SURVIVORS))
    print("\n".join(complaints) if complaints else "every survivor is explained")
    return 1 if complaints else 0


def _print(results: Sequence[tuple[Fault, Judged]]) -> None:
    """The score by module; what is no program at all does not count."""
    for module in (*BY_THEOREMS, ""):
        counts = Counter(each.outcome for fault, each in results if fault.module == module or not module)
        dead = sum(counts[outcome] for outcome in KILLED)
        total = counts.total() - counts["invalid"]
        print(
            f"{module or 'all':16}{dead:4} of {total:4} killed ({counts['error']} by an error, {counts['hangs']} hang), "
            f"{counts['survives']} survive, {counts['unreached']} unreached"
        )
    for fault, each in results:
        if each.outcome in SURVIVING:
            print(f"{each.outcome}: verifier/xen/{fault.module}.py:{fault.line}: {fault.name}")


if __name__ == "__main__":
    sys.exit(main())
