"""One fault after the other, each in place before anything is imported: of what runs while modules are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from tests.mutation.children import in_child
from tests.mutation.control import AT_IMPORT, Control, function_of, nothing_changed
from tests.mutation.faults import Fault
from tests.mutation.in_place import instead_of_files, path_of, source
from tests.mutation.outcome import Judged
from tests.mutation.running import (
    LEAST_SECONDS,
    OPTIONS,
    BrokenError,
    Run,
    limit,
    own_folder,
    patience,
    silent,
    unanswered,
)


@dataclass(frozen=True, slots=True)
class Left:
    """A fault that is judged afresh: its index, and the tests by name, each with its time."""

    index: int
    tests: tuple[tuple[str, float], ...]


@dataclass(slots=True, eq=False)
class _Afresh(Run):
    """The plugin for one fault, in place before anything is imported."""

    fault: Fault | None = None
    tests: tuple[tuple[str, float], ...] = ()
    judged: Judged | None = None
    begun: bool = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        assert self.fault is not None
        if session.testsfailed:  # to be collected
            return True
        self.begun = True
        cases = [each for each in session.items if not _is_empty(each)]
        left = {function_of(each.nodeid) for each in cases}
        gone = next((name for name, _ in self.tests if function_of(name) not in left), None)
        self.judged = Judged("killed", gone) if gone else self.noticed(self.fault, list(self._chosen(cases)))
        return True

    def _chosen(self, cases: Sequence[Any]) -> Iterator[tuple[Any, float]]:
        """The tests by their names, then what other cases their functions have: a fault may change the name of one."""
        by_name = {each.nodeid: each for each in cases}
        longest: dict[str, float] = {}
        for name, seconds in self.tests:
            function = function_of(name)
            longest[function] = max(seconds, longest.get(function, 0.0))
            if name in by_name:
                yield by_name.pop(name), seconds
        for name, each in by_name.items():
            if function_of(name) in longest:
                yield each, longest[function_of(name)]


def _is_empty(item: Any) -> bool:
    """Whether it stands for a test without a single case."""
    reasons = (str(each.kwargs.get("reason", "")) for each in item.iter_markers("skip"))
    return any(each.startswith("got empty parameter set") for each in reasons)


def afresh(fault: Fault, tests: Sequence[str], left: Left) -> Judged:
    """Run in a child that has imported neither `verifier` nor tests of it: with the fault in place of the file."""
    limit(10 * LEAST_SECONDS)  # to import everything
    plugin = _Afresh(fault=fault, tests=left.tests)
    changed = {path_of(fault.module): fault.tree(source(fault.module))}
    with silent(), instead_of_files(changed), own_folder() as folder:
        status = pytest.main([*OPTIONS, folder, *tests], plugins=[plugin])
    if plugin.judged is None and (plugin.begun or status == pytest.ExitCode.USAGE_ERROR):
        raise BrokenError(f"{fault.name}: pytest: {status}")
    return plugin.judged or Judged("killed", AT_IMPORT)  # tests that cannot even be collected


def afresh_all(
    faults: Sequence[Fault], tests: Sequence[str], left: Sequence[Left], told: Callable[[int, Judged], None]
) -> None:
    """One after the other. Raises BrokenError."""
    control = Control()
    for each in left:
        fault = faults[each.index]
        judged = _in_child(fault, tests, each)
        lacking = control.lacking([name for name, _ in each.tests], judged)
        if lacking is not None:
            shown = tuple((name, seconds) for name, seconds in each.tests if name in lacking)
            found = _in_child(nothing_changed(fault), tests, Left(each.index, shown))
            if found.outcome != "survives":
                raise BrokenError(f"in a child without a fault: {found}")
            control.add(lacking, judged)
        told(each.index, judged)


def _in_child(fault: Fault, tests: Sequence[str], left: Left) -> Judged:
    task = partial(_told_or_broken, partial(afresh, fault, tests, left))
    ended = in_child(task, seconds=patience(seconds for _, seconds in left.tests))
    if isinstance(ended.value, str):
        raise BrokenError(ended.value)
    return ended.value or unanswered(ended.died)


def _told_or_broken(task: Callable[[], Judged]) -> Judged | str:
    try:
        return task()
    except BrokenError as error:
        return str(error)
