"""Placing regions: against CP-SAT of OR-tools, in one process, as loading it takes longer than solving.

CP-SAT gets what its manual has for this: an interval for each region, no two of which overlap, starts in whole units. The
same answer is asked for: the first region as low as can be, then the second, each a goal that is then kept.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from tests.bench.frame import Comparison, Run
from tests.bench.spent import Spent
from tests.placing_cases import Request, all_free, among
from verifier.search.place import place

ROUNDS = 5
Starts = list[int] | None
Solve = Callable[[Request], Starts]
CASES: list[tuple[str, list[Request], float, float]] = [
    (
        "200 fixed, 3 to 6 new regions",
        [among(200, new, seed) for new in (3, 4, 5, 6) for seed in range(3)],
        1.0,
        0.1,
    ),
    ("15 regions, all free", [all_free(15, seed) for seed in range(12)], 1.0, 0.1),
    ("10,000 fixed, 3 new regions", [among(10_000, 3, 0)], 1.0, 2.0),
]
"""A name, requests, and the bounds: how many times as long as CP-SAT, how many seconds one may take."""


def placed(request: Request) -> Starts:
    """By this tool; None where not all have a place."""
    answer = place(*request)
    return None if answer is None else [each.start for each in answer.regions]


def cp_sat(request: Request) -> Starts:
    """The same by CP-SAT. Raises RuntimeError where it gives up."""
    from ortools.sat.python import cp_model

    model, (blocks, wishes) = cp_model.CpModel(), request
    intervals = [
        model.new_fixed_size_interval_var(each.start, each.size, each.name) for each in blocks if each.size
    ]
    starts = []
    for each in wishes:
        assert each.size is not None
        low, high = each.low // each.unit, (each.high - each.size) // each.unit
        number = model.new_int_var(low, high, each.name)
        starts.append(number * each.unit)
        intervals.append(model.new_fixed_size_interval_var(starts[-1], each.size, each.name))
    model.add_no_overlap(intervals)
    found = []
    for start in starts:
        model.minimize(start)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = 60
        status = solver.solve(model)
        if status == cp_model.INFEASIBLE:
            return None
        if status != cp_model.OPTIMAL:
            raise RuntimeError(f"CP-SAT: {solver.status_name(status)}")
        found.append(int(solver.value(start)))
        model.add(start == found[-1])
    return found


def here(solve: Solve, requests: Sequence[Request]) -> Spent:
    """What all requests take, one after the other, in this process, whose memory tells nothing."""
    began, processor = time.perf_counter(), time.process_time()
    for request in requests:
        solve(request)
    return Spent(time.perf_counter() - began, time.process_time() - processor, 0)


def comparisons(_: Path) -> Iterator[Comparison]:
    """One for each kind of request. Raises RuntimeError where the two do not agree."""
    other = importlib.util.find_spec("ortools") is not None
    for name, requests, bound, most in CASES:
        mine = Run("verifier", partial(here, placed, requests), bound if other else None, None, most)
        runs, missing = [mine], ["CP-SAT"]
        if other:
            _agree(name, requests)
            runs, missing = [Run("CP-SAT", partial(here, cp_sat, requests)), mine], []
        yield Comparison(f"Placing: {name}", runs, missing, len(requests), ROUNDS)


def _agree(name: str, requests: Sequence[Request]) -> None:
    for request in requests:
        theirs, own = cp_sat(request), placed(request)
        if theirs != own:
            raise RuntimeError(f"{name}: CP-SAT has {theirs}, verifier {own}")
