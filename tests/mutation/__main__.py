"""`python -m tests.mutation`: small faults in what verdicts rest on, put to the tests: who notices; `--help` tells how."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from tests.mutation.afresh import afresh_all
from tests.mutation.area import Area
from tests.mutation.children import in_children
from tests.mutation.faults import SEED, Fault, part
from tests.mutation.in_place import ROOT, path_of
from tests.mutation.outcome import SURVIVING, Judged
from tests.mutation.results import FILE, Results
from tests.mutation.running import BrokenError
from tests.mutation.session import judge
from tests.mutation.survivors import explained, wrong
from tests.mutation.trusted import AREAS

HOURS = 3600.0 * 24


@dataclass(frozen=True, slots=True)
class Row:
    """The score of one area."""

    area: str
    faults: int
    killed: int
    explained: int
    unreached: int
    open: int

    @property
    def percent(self) -> float:
        return 100 * self.killed / self.faults if self.faults else 0.0


def judge_area(area: Area, found: Sequence[Fault], results: Results) -> list[Judged]:
    """Of each fault; what is known already is not judged again."""
    todo = [each for each in found if results.of(each, area.tests_of(each.module)) is None]
    if todo:
        _by_tests(area, todo, results)
    if area.by_theorems:
        _by_theorems(area, found, results)
    return [_known(results.of(each, area.tests_of(each.module)), each) for each in found]


def _known(judged: Judged | None, fault: Fault) -> Judged:
    if judged is None:
        raise SystemExit(f"{_place(fault)}: nobody judged {fault.name}")
    return judged


def _by_tests(area: Area, todo: Sequence[Fault], results: Results) -> None:
    def told(index: int, judged: Judged) -> None:
        results.add(todo[index], judged, area.tests_of(todo[index].module))

    _warm()
    asked = dict.fromkeys(test for each in todo for test in area.tests_of(each.module))
    tests = (*asked, *(f"--deselect={each}" for each in area.without))
    (ended,) = in_children([partial(judge, todo, tests, area.tests_of, told)], at_once=1, seconds=HOURS)
    if ended.value is None or isinstance(ended.value, str):
        raise _broken(area, ended.value or ended.died)
    results.known.update(Results.read(results.file).known)
    try:
        afresh_all(todo, tests, ended.value, told)
    except BrokenError as error:
        raise _broken(area, str(error)) from error


def _broken(area: Area, why: str) -> SystemExit:
    return SystemExit(f"{area.name}: tests fail without a fault, or do not run: {why}")


def _warm() -> None:
    """Loads what no fault changes, so that no child has to."""
    import hypothesis  # noqa: F401
    import z3  # noqa: F401


def _by_theorems(area: Area, found: Sequence[Fault], results: Results) -> None:
    """What tests let pass."""
    from tests.theorems.mutants.judge import judge_all

    left = [
        each
        for each in found
        if _known(results.of(each, area.tests_of(each.module)), each).outcome in SURVIVING
    ]
    asked = [replace(each, module=each.module.removeprefix("xen.")) for each in left]
    for fault, judged in zip(left, judge_all(asked) if asked else (), strict=True):
        if judged.killed:
            results.add(fault, Judged("killed", judged.by), area.tests_of(fault.module))


def _place(fault: Fault) -> str:
    return f"{path_of(fault.module).relative_to(ROOT)}:{fault.line}"


def score(area: Area, found: Sequence[Fault], outcomes: Sequence[Judged]) -> Row:
    """What is no program at all does not count."""
    counts = Counter(each.outcome for each in outcomes)
    known = explained(area.survivors)
    survived = [
        (each, judged) for each, judged in zip(found, outcomes, strict=True) if judged.outcome in SURVIVING
    ]
    excused = sum(known.get(each.name) == judged.outcome for each, judged in survived)
    total = len(found) - counts["invalid"]
    return Row(
        area.name,
        total,
        sum(each.killed for each in outcomes),
        excused,
        counts["unreached"],
        len(survived) - excused,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """0: the survivors are those that are explained; 2: there is no such fault, of which nothing can be said."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("--area", choices=[each.name for each in AREAS], help="one area")
    parser.add_argument("--only", metavar="TEXT", help="faults with this in their name")
    parser.add_argument(
        "--part", type=_number, metavar="N", help="N faults of each area, chosen once and for all"
    )
    parser.add_argument(
        "--sample", type=int, default=SEED, metavar="N", help="with --part: others than those"
    )
    parser.add_argument(
        "--results", type=Path, default=FILE, metavar="FILE", help="where outcomes are kept between runs"
    )
    options = parser.parse_args(arguments)
    results = Results.read(options.results)
    chosen = [(area, _chosen(area, options)) for area in AREAS if options.area in (None, area.name)]
    rows, complaints = [], []
    for area, found in chosen:
        if found:
            outcomes = judge_area(area, found, results)
            pairs = list(zip(found, outcomes, strict=True))
            known = explained(area.survivors)
            complaints += wrong([(_place(fault), fault.name, judged) for fault, judged in pairs], known)
            rows.append(score(area, found, outcomes))
    if not rows:
        print("no area that was asked for has such a fault: nothing was judged", file=sys.stderr)
        return 2
    _print(rows)
    count = sum(len(found) for _, found in chosen)
    print("\n".join(complaints) if complaints else f"{count} judged: every survivor is explained")
    return 1 if complaints else 0


def _number(text: str) -> int:
    """A sample of none would be judged well."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _chosen(area: Area, options: argparse.Namespace) -> list[Fault]:
    found = [each for each in area.faults() if (options.only or "") in each.name]
    return part(found, options.part, options.sample) if options.part else found


def _print(rows: Sequence[Row]) -> None:
    print("| area | faults | killed | explained | unreached | open | |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(
            f"| {row.area} | {row.faults} | {row.killed} | {row.explained} | {row.unreached} | {row.open} "
            f"| {row.percent:.1f} % |"
        )


if __name__ == "__main__":
    sys.exit(main())
