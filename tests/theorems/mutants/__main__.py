"""`python -m tests.theorems.mutants [--part N] [--only TEXT]`: the score of the faults, and every survivor."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache, partial

from tests.theorems.mutants.children import in_children
from tests.theorems.mutants.faults import Fault, faults, part
from tests.theorems.mutants.judge import Judged, judged, source, unchanged
from tests.theorems.mutants.survivors import explained

MODULES = (
    "rangeset",
    "ext_regions",
    "loops",
    "memory_holes",
    "unallocated",
    "domu_holes",
    "libxl_regions",
    "grant_region",
    "bank_fill",
    "device_pages",
    "p2m_root",
    "top_of_space",
)
"""Those of `verifier.xen` that theorems speak of."""
SECONDS = 60.0
"""For one fault; what takes longer hangs."""


@cache
def all_faults() -> list[Fault]:
    """Of every module, in the order of their text."""
    return [fault for module in MODULES for fault in faults(module, source(module))]


def judge_all(found: Sequence[Fault]) -> list[Judged]:
    """Of each fault. Two children at once, or as many as there are processors."""
    _warm()
    at_once = os.cpu_count() or 2
    asked = [partial(unchanged, MODULES, newest=newest) for newest in (True, False)]
    found_before = {ended.index: ended.value for ended in in_children(asked, at_once=at_once, seconds=600)}
    newest, older = found_before[0], found_before[1]
    if newest is None or older is None:
        raise RuntimeError("the unchanged modules have no verdicts")
    before = newest + older
    tasks = [partial(judged, fault, before) for fault in found]
    results = {ended.index: ended.value for ended in in_children(tasks, at_once=at_once, seconds=SECONDS)}
    return [results[n] or Judged("hangs", f"no verdict in {SECONDS:.0f} s") for n in range(len(found))]


def _warm() -> None:
    """Loads what no fault changes, so that no child has to."""
    import z3  # noqa: F401

    import verifier.logic.integers
    import verifier.logic.script
    import verifier.logic.solver
    import verifier.rules.extended_regions  # noqa: F401
    from verifier.reading.behaviours import behaviours
    from verifier.reading.models import releases

    behaviours()
    releases()


def wrong(results: Sequence[tuple[Fault, Judged]]) -> list[str]:
    """Survivors that are not explained, and explained ones that do not survive."""
    known = explained()
    found = []
    for fault, each in results:
        expected = known.get(fault.name, "dies")
        survived = each.outcome if each.outcome in ("survives", "unreached") else "dies"
        if survived != expected:
            found.append(
                f"verifier/xen/{fault.module}.py:{fault.line}: {fault.name}: "
                f"survivors.toml says {expected}, but {each.outcome} {each.by}".rstrip()
            )
    return found


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
    complaints = wrong(results)
    print("\n".join(complaints) if complaints else "every survivor is explained")
    return 1 if complaints else 0


def _print(results: Sequence[tuple[Fault, Judged]]) -> None:
    """The score by module; what is no program at all does not count."""
    for module in (*MODULES, ""):
        counts = Counter(each.outcome for fault, each in results if fault.module == module or not module)
        dead = sum(counts[outcome] for outcome in ("killed", "error", "hangs"))
        total = counts.total() - counts["invalid"]
        print(
            f"{module or 'all':16}{dead:4} of {total:4} killed ({counts['error']} by an error, {counts['hangs']} hang), "
            f"{counts['survives']} survive, {counts['unreached']} unreached"
        )
    for fault, each in results:
        if each.outcome in ("survives", "unreached"):
            print(f"{each.outcome}: verifier/xen/{fault.module}.py:{fault.line}: {fault.name}")


if __name__ == "__main__":
    sys.exit(main())
