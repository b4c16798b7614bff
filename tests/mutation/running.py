"""How tests are run in a child that is shown a fault: with which options, within which limits, and what they say."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.mutation.faults import Fault
from tests.mutation.in_place import source
from tests.mutation.outcome import Judged

OPTIONS = (
    "-q",
    "-pno:cacheprovider",
    "-pno:xdist",
    "-otmp_path_retention_policy=none",
    "-Wignore::pytest.PytestAssertRewriteWarning",  # Hypothesis is loaded before pytest begins
)
LEAST_SECONDS = 5
"""Of processor time for a test, and four times what it takes without a fault. What takes longer hangs."""
MOST_BYTES = 6 << 30


class BrokenError(Exception):
    """Nothing can be judged: tests fail without a fault, or do not run."""


def unanswered(died: str) -> Judged:
    """Of a fault with which no child comes back: each took too long, or died in this way."""
    return Judged("crashes", died) if died else Judged("hangs")


@dataclass(slots=True, eq=False)
class Run:
    """Base of the plugins: how tests are run, and what the last one reported."""

    failed: list[str] = field(default_factory=list)
    skipped: bool = False
    invalid: bool = False
    attribute: str | None = None

    def pytest_configure(self) -> None:
        """Nothing that Hypothesis finds for one fault is tried on the next; what is found is not made smaller."""
        from hypothesis import Phase, settings

        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("faults", database=None, derandomize=True, deadline=None, phases=phases)
        settings.load_profile("faults")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(f"{report.nodeid}: {report.longreprtext[-300:]}")
        self.skipped = self.skipped or report.skipped

    def pytest_exception_interact(self, call: pytest.CallInfo[Any]) -> None:
        """An attribute that the object has not is no fault, but no program."""
        error = call.excinfo.value if call.excinfo else None
        self.invalid = (
            isinstance(error, AttributeError) and error.name is not None and error.name == self.attribute
        )

    def run(self, item: Any, following: Any) -> None:
        self.failed, self.skipped, self.invalid = [], False, False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)

    def noticed(self, fault: Fault, chosen: Sequence[tuple[Any, float]]) -> Judged:
        """By the first of the tests that fails; each with what it takes without the fault."""
        self.attribute = fault.neighbour(source(fault.module))
        following = [*(item for item, _ in chosen), None][1:]
        for (item, seconds), after in zip(chosen, following, strict=True):
            limit(LEAST_SECONDS + 4 * seconds)
            self.run(item, after)
            if self.failed:
                return Judged("invalid" if self.invalid else "killed", item.nodeid)
        return Judged("survives")


def limit(seconds: float) -> None:
    """From now on, of processor time rather than of a clock: the machine may be busy with other things."""
    until = time.process_time() + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (int(until) + 1, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def patience(seconds: Iterable[float]) -> float:
    """By the clock, for what waits and takes no processor time; long, for whoever has to share the machine."""
    return 300 + 40 * sum(seconds)


@contextmanager
def own_folder() -> Iterator[str]:
    """The option that says where tests write: of pytest's own folders any later run removes all but three.

    Without its folder a test fails whatever the fault.
    """
    with TemporaryDirectory(prefix="mutation-") as folder:
        yield f"--basetemp={folder}/tests"


@contextmanager
def silent() -> Iterator[None]:
    """Nothing that tests print is seen."""
    kept = [os.dup(number) for number in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for number in (1, 2):
            os.dup2(nowhere, number)
        yield
    finally:
        for number, each in zip((1, 2), kept, strict=True):
            os.dup2(each, number)
            os.close(each)
        os.close(nowhere)
