"""One run of pytest in which many faults are judged: tests are imported once, and a child is forked for each fault.

First every test runs without a fault, and which lines of the files it reaches is noted. A fault is then shown to those
tests that reach its statement, the quick ones first, and before them whichever noticed one last. What runs while modules
are imported cannot be exchanged afterwards: such a fault is left to `afresh`, which imports everything with it in place.
"""

from __future__ import annotations

import ast
import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.mutation.children import in_children
from tests.mutation.faults import Fault
from tests.mutation.in_place import ROOT, Loaded, dependents, instead_of_files, loaded, path_of, source
from tests.mutation.outcome import Judged
from tests.mutation.reached import Line, Watch, line_of, with_probes

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


@dataclass(frozen=True, slots=True)
class Ran:
    """One test without a fault."""

    item: Any
    lines: frozenset[Line]
    seconds: float


@dataclass(frozen=True, slots=True)
class Left:
    """A fault that is judged afresh: its index, and the tests by name, each with its time."""

    index: int
    tests: tuple[tuple[str, float], ...]


@dataclass(slots=True, eq=False)
class _Run:
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
        following = [*(item for item, _ in chosen[1:]), None]
        for (item, seconds), after in zip(chosen, following, strict=True):
            _limit(LEAST_SECONDS + 4 * seconds)
            self.run(item, after)
            if self.failed:
                return Judged("invalid" if self.invalid else "killed", item.nodeid)
        return Judged("survives")


@dataclass(slots=True, eq=False)
class Session(_Run):
    """The plugin that judges faults; `left` is for `afresh`."""

    faults: Sequence[Fault] = ()
    tests_of: Callable[[str], tuple[str, ...]] = lambda _module: ()
    told: Callable[[int, Judged], None] = lambda _index, _judged: None
    left: list[Left] = field(default_factory=list)
    at_import: set[Line] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    _of_fixture: dict[int, set[Line]] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """What a fixture of many tests reaches, all of them reach."""
        if fixturedef.scope == "function":
            return (yield)
        with self.watch.noting(self._of_fixture.setdefault(id(fixturedef), set())):
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        paths = {path_of(each.module) for each in self.faults}
        modules = dependents(paths)
        ran = self._without_fault(session.items, loaded(paths, modules))
        functions = loaded(paths, modules)  # rules, for one, are imported by the first test that needs them
        if not self.broken and all(
            functions.swap(path, ast.parse(path.read_text("utf-8"))) for path in paths
        ):
            self._judge_all(ran, functions)
        return True

    def _without_fault(self, items: Sequence[Any], functions: Loaded) -> list[Ran]:
        found = []
        for item, following in zip(items, [*items[1:], None], strict=True):
            functions.forget()
            lines: set[Line] = set()
            begun = time.process_time()
            with self.watch.noting(lines):
                self.run(item, following)
            if self.failed:
                self.broken.extend(self.failed)
            elif not self.skipped:
                shared = [self._of_fixture.get(id(each), set()) for each in _fixtures(item)]
                found.append(Ran(item, frozenset(lines.union(*shared)), time.process_time() - begun))
        return sorted(found, key=lambda each: each.seconds)

    def _judge_all(self, ran: list[Ran], functions: Loaded) -> None:
        import gc

        trees = {each.module: ast.parse(source(each.module)) for each in self.faults}
        gc.freeze()  # else every child copies what it looks at
        for index, fault in enumerate(self.faults):
            line = line_of(fault, path_of(fault.module), trees[fault.module])
            if not fault.first_line or line in self.at_import:
                self._leave(index, ran)
                continue
            chosen = [each for each in self._near(fault, ran) if line in each.lines]
            judged = self._judged(fault, chosen, functions) if chosen else Judged("unreached")
            if judged is None:
                self._leave(index, ran)
                continue
            self.told(index, judged)
            _to_front(ran, judged.by)

    def _near(self, fault: Fault, ran: list[Ran]) -> list[Ran]:
        """Those that judge the module."""
        tests = tuple(str(ROOT / each) for each in self.tests_of(fault.module))
        return [each for each in ran if str(each.item.path).startswith(tests)]

    def _leave(self, index: int, ran: list[Ran]) -> None:
        """Everything may change: those that reach the module first, whatever they reach of it."""
        file = str(path_of(self.faults[index].module))
        near = self._near(self.faults[index], ran)
        chosen = sorted(near, key=lambda each: all(met != file for met, _ in each.lines))
        self.left.append(Left(index, tuple((each.item.nodeid, each.seconds) for each in chosen)))

    def _judged(self, fault: Fault, chosen: list[Ran], functions: Loaded) -> Judged | None:
        """None if the function cannot be exchanged."""

        def task() -> Judged | str:
            if not functions.swap(path_of(fault.module), fault.tree(source(fault.module))):
                return "afresh"
            functions.forget()
            return self.noticed(fault, [(each.item, each.seconds) for each in chosen])

        (ended,) = in_children([task], at_once=1, seconds=_patience(each.seconds for each in chosen))
        if ended.value is None:
            return Judged("hangs")
        return ended.value if isinstance(ended.value, Judged) else None


@dataclass(slots=True, eq=False)
class _Afresh(_Run):
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
        by_name = {each.nodeid: each for each in session.items}
        missing = [name for name, _ in self.tests if name not in by_name]
        if missing:  # a case that the fault takes away is noticed
            self.judged = Judged("killed", missing[0])
        else:
            self.judged = self.noticed(self.fault, [(by_name[name], seconds) for name, seconds in self.tests])
        return True


def judge(
    faults: Sequence[Fault],
    tests: Sequence[str],
    tests_of: Callable[[str], tuple[str, ...]],
    told: Callable[[int, Judged], None],
) -> list[Left] | str:
    """Run in a child: judges all that can be; what is left for `afresh`, or why nothing was judged."""
    plugin = Session(faults=faults, tests_of=tests_of, told=told)
    probed = {path: with_probes(path) for path in {path_of(each.module) for each in faults}}
    with silent(), instead_of_files(probed), plugin.watch.noting(plugin.at_import), _own_folder() as folder:
        status = pytest.main([*OPTIONS, folder, *tests], plugins=[plugin])
    if plugin.broken or status in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR):
        return "; ".join(plugin.broken) or f"pytest: {status}"
    return plugin.left


def afresh(fault: Fault, tests: Sequence[str], left: Left) -> Judged:
    """Run in a child that has imported neither `verifier` nor tests of it: with the fault in place of the file."""
    _limit(10 * LEAST_SECONDS)  # to import everything
    plugin = _Afresh(fault=fault, tests=left.tests)
    changed = {path_of(fault.module): fault.tree(source(fault.module))}
    with silent(), instead_of_files(changed), _own_folder() as folder:
        status = pytest.main([*OPTIONS, folder, *tests], plugins=[plugin])
    if plugin.judged is None and (plugin.begun or status == pytest.ExitCode.USAGE_ERROR):
        raise BrokenError(f"{fault.name}: pytest: {status}")
    return plugin.judged or Judged("killed", "at import")  # tests that cannot even be collected


def afresh_all(
    faults: Sequence[Fault], tests: Sequence[str], left: Sequence[Left], told: Callable[[int, Judged], None]
) -> None:
    """One after the other."""
    for each in left:
        task = partial(_told_or_broken, partial(afresh, faults[each.index], tests, each))
        (ended,) = in_children([task], at_once=1, seconds=_patience(seconds for _, seconds in each.tests))
        if isinstance(ended.value, str):
            raise BrokenError(ended.value)
        told(each.index, ended.value or Judged("hangs"))


def _told_or_broken(task: Callable[[], Judged]) -> Judged | str:
    try:
        return task()
    except BrokenError as error:
        return str(error)


def _limit(seconds: float) -> None:
    """From now on, of processor time rather than of a clock: the machine may be busy with other things."""
    until = time.process_time() + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (int(until) + 1, resource.RLIM_INFINITY))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))


def _patience(seconds: Iterable[float]) -> float:
    """By the clock, for what waits and takes no processor time; long, for whoever has to share the machine."""
    return 300 + 40 * sum(seconds)


@contextmanager
def _own_folder() -> Iterator[str]:
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


def _fixtures(item: Any) -> Iterator[Any]:
    for each in item._fixtureinfo.name2fixturedefs.values():
        yield from each


def _to_front(ran: list[Ran], name: str) -> None:
    for place, each in enumerate(ran):
        if each.item.nodeid == name:
            ran.insert(0, ran.pop(place))
            return
