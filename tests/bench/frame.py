"""What all comparisons share: whole processes run in turn, medians, ratios to the first of them, bounds.

In turn, so that a machine that slows down slows all. A run may be several processes, one after the other: then times are
sums, and memory is that of the largest.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.spent import Spent, memory_of, spent
from tests.timing import slowness

PYTHON = sys.executable
ROUNDS = int(os.environ.get("ROUNDS", "15"))
ANSWERS = (0, 1, 3)
"""Exit statuses of this tool that are an answer."""


@dataclass(frozen=True, slots=True)
class Run:
    """Something that is measured."""

    name: str
    measure: Callable[[], Spent]
    """Does it once."""
    bound: float | None = None
    """How many times as long as the yardstick it may take."""
    least: float | None = None
    """How many times as long as the yardstick it has to take, where this tool is the yardstick."""
    most: float | None = None
    """Seconds of processors for each input that it may take, on the machine on which limits were set (tests.timing)."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs on the same input."""

    title: str
    runs: Sequence[Run]
    """The yardstick first."""
    missing: Sequence[str] = ()
    """Runs that would be in it, if what they run were installed."""
    inputs: int = 1
    """How many each run is over: times are told for one."""
    rounds: int = ROUNDS
    warm: bool = True
    """One more round comes first, and fills caches."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one run of a comparison took."""

    comparison: str
    name: str
    inputs: int
    seconds: float
    """For each input, wall time, median of all rounds."""
    processor: float
    """For each input, seconds of processors."""
    memory: int
    """Bytes of the largest process."""
    ratio: float
    """Of the time to the yardstick's."""
    bound: float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def late(self) -> bool:
        """Whether it is outside a bound."""
        over = self.bound is not None and self.ratio > self.bound
        under = self.least is not None and self.ratio < self.least
        return over or under or (self.most is not None and self.processor > self.most)

    def __str__(self) -> str:
        bounds = [f"at most {self.bound:.1f} x"] if self.bound is not None else []
        bounds += [f"at least {self.least:.1f} x"] if self.least is not None else []
        bounds += [f"at most {self.most * 1000:.0f} ms of processors"] if self.most is not None else []
        told = f" ({', '.join(bounds)})" if bounds else ""
        times = f"{self.seconds * 1000:8.1f} ms, {self.processor * 1000:8.1f} ms of processors"
        return f"{self.name:<56} {times} {memory_of(self.memory):>9} {self.ratio:7.2f} x{told}"


def verifier(*arguments: str) -> tuple[str, ...]:
    """The command line of this tool."""
    return (PYTHON, "-m", "verifier", *arguments)


def program(name: str) -> str | None:
    """The path of a program, this environment's before others; None if it is not installed."""
    own = Path(sysconfig.get_path("scripts")) / name
    return str(own) if own.is_file() else shutil.which(name)


def processes(
    name: str,
    *commands: Sequence[str],
    statuses: Sequence[int] = (0,),
    bound: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Run:
    """One after the other. With a status that is none of these the bench ends: what fails at once would look fast."""

    def measure() -> Spent:
        first, *others = (spent(command, statuses) for command in commands)
        return sum(others, first)

    return Run(name, measure, bound, least, most)


def ours(name: str, *commands: Sequence[str], bound: float | None = None, most: float | None = None) -> Run:
    """The same of command lines of this tool; any answer is one."""
    return processes(name, *(verifier(*each) for each in commands), statuses=ANSWERS, bound=bound, most=most)


def compared(comparison: Comparison) -> Iterator[Figure]:
    """The figures of every run, in turn."""
    taken: list[list[Spent]] = [[] for _ in comparison.runs]
    for _ in range(comparison.rounds + comparison.warm):
        for found, run in zip(taken, comparison.runs, strict=True):
            found.append(run.measure())
    pace = slowness()
    whole = [median(found[comparison.warm :]) for found in taken]
    for run, told in zip(comparison.runs, whole, strict=True):
        yield Figure(
            comparison.title, run.name, comparison.inputs, told.seconds / comparison.inputs,
            told.processor / comparison.inputs, told.memory, told.seconds / whole[0].seconds,
            run.bound, run.least, None if run.most is None else run.most * pace,
        )  # fmt: skip


def median(found: Sequence[Spent]) -> Spent:
    """Of each number by itself."""
    return Spent(
        statistics.median(each.seconds for each in found),
        statistics.median(each.processor for each in found),
        max(each.memory for each in found),
    )


def shown(comparisons: Iterable[Comparison]) -> Iterator[Figure]:
    """What was measured, and printed; what is missing is said, and measured nowhere."""
    for comparison in comparisons:
        print(f"\n{comparison.title}")
        for figure in compared(comparison):
            print(figure, flush=True)
            yield figure
        for name in comparison.missing:
            print(f"{name:<48} not installed: not measured", flush=True)
