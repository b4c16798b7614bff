"""Times of placing regions side by side with CP-SAT of OR-tools, in one process: part of `make bench`.

CP-SAT gets what its manual has for this: an interval for each region, no two of which overlap, starts in whole units. The
same answer is asked for: the first region as low as can be, then the second, each a goal that is then kept.
"""

from __future__ import annotations

import importlib.util
import statistics
import time
from collections.abc import Callable, Iterable

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
"""A name, requests, and the bounds: how many times as long as CP-SAT, how many seconds the slowest may take."""


def ours(request: Request) -> Starts:
    """None where not all have a place."""
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


def seconds(solve: Solve, requests: Iterable[Request]) -> tuple[list[float], list[Starts]]:
    """The times of all requests, one after the other, and the answers."""
    times, answers = [], []
    for request in requests:
        began = time.perf_counter()
        answers.append(solve(request))
        times.append(time.perf_counter() - began)
    return times, answers


def main() -> int:
    """Print a table; how many are later than their bound. Raises RuntimeError where the two do not agree."""
    other = importlib.util.find_spec("ortools") is not None
    if not other:
        print("OR-tools is not installed: nothing to hold the times of placing against")
    late = 0
    for name, requests, most, limit in CASES:
        rounds = [seconds(ours, requests) for _ in range(ROUNDS)]
        mine, worst = statistics.median(sum(times) for times, _ in rounds), max(rounds[-1][0])
        late += worst > limit
        found = sum(answer is not None for answer in rounds[0][1])
        print(f"{name}: {found} of {len(requests)} found")
        print(
            f"{'  verifier':<40} {mine * 1000:6.0f} ms, the slowest {worst * 1000:.0f} ms (at most {limit} s)"
        )
        if other:
            times, answers = seconds(cp_sat, requests)
            if answers != rounds[0][1]:
                raise RuntimeError(f"{name}: CP-SAT has {answers}, verifier {rounds[0][1]}")
            ratio = mine / sum(times)
            late += ratio > most
            print(
                f"{'  CP-SAT':<40} {sum(times) * 1000:6.0f} ms, verifier {ratio:.3f} x (at most {most:.1f} x)"
            )
    return late


if __name__ == "__main__":
    raise SystemExit(1 if main() else 0)
