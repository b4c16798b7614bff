"""One run of pytest in which many faults are judged: tests are imported once, and a child is forked for each fault.

First every test runs without a fault, and which lines of the files it reaches is noted. A fault is then shown to those
tests that reach its statement, the quick ones first, and before them whichever noticed one last. Before a test is believed
that it has noticed something, it passes in a child in which nothing is changed. What runs while modules are imported
cannot be exchanged afterwards: such a fault is left to `afresh`, which imports everything with it in place.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.mutation.afresh import Left
from tests.mutation.children import in_child
from tests.mutation.control import Control, nothing_changed
from tests.mutation.faults import Fault
from tests.mutation.in_place import ROOT, Loaded, dependents, instead_of_files, loaded, path_of, source
from tests.mutation.outcome import Judged
from tests.mutation.reached import Line, Watch, line_of, with_probes
from tests.mutation.running import OPTIONS, Run, own_folder, patience, silent, unanswered


@dataclass(frozen=True, slots=True)
class Ran:
    """One test without a fault."""

    item: Any
    lines: frozenset[Line]
    seconds: float


@dataclass(slots=True, eq=False)
class Session(Run):
    """The plugin that judges faults; `left` is for `afresh`."""

    faults: Sequence[Fault] = ()
    tests_of: Callable[[str], tuple[str, ...]] = lambda _module: ()
    told: Callable[[int, Judged], None] = lambda _index, _judged: None
    left: list[Left] = field(default_factory=list)
    at_import: set[Line] = field(default_factory=set)
    broken: list[str] = field(default_factory=list)
    watch: Watch = field(default_factory=Watch)
    control: Control = field(default_factory=Control)
    _of_fixture: dict[int, set[Line]] = field(default_factory=dict)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        """What a fixture of many tests reaches, all of them reach."""
        if fixturedef.scope == "function":
            return (yield)
        with self.watch.noting(self._of_fixture.setdefault(id(fixturedef), set())):
            return (yield)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """What cannot be imported without a fault is no test: whoever cannot import it has noticed none."""
        if report.failed:
            self.broken.append(f"{report.nodeid}: {report.longreprtext[-300:]}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed or self.broken:
            return True
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
            if self.broken:
                return
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
        judged = self._in_child(fault, chosen, functions)
        if judged is not None:
            self._check(fault, judged, chosen, functions)
        return judged

    def _check(self, fault: Fault, judged: Judged, chosen: list[Ran], functions: Loaded) -> None:
        """That it was the fault that was noticed, and not the child."""
        lacking = self.control.lacking([each.item.nodeid for each in chosen], judged)
        if lacking is None:
            return
        chosen = [each for each in chosen if each.item.nodeid in lacking]
        found = self._in_child(nothing_changed(fault), chosen, functions)
        if found is None or found.outcome != "survives":
            self.broken.append(f"in a child without a fault: {found or 'nothing can be exchanged'}")
        self.control.add(lacking, judged)

    def _in_child(self, fault: Fault, chosen: list[Ran], functions: Loaded) -> Judged | None:
        def task() -> Judged | str:
            if not functions.swap(path_of(fault.module), fault.tree(source(fault.module))):
                return "afresh"
            functions.forget()
            return self.noticed(fault, [(each.item, each.seconds) for each in chosen])

        ended = in_child(task, seconds=patience(each.seconds for each in chosen))
        if ended.value is None:
            return unanswered(ended.died)
        return ended.value if isinstance(ended.value, Judged) else None


def judge(
    faults: Sequence[Fault],
    tests: Sequence[str],
    tests_of: Callable[[str], tuple[str, ...]],
    told: Callable[[int, Judged], None],
) -> list[Left] | str:
    """Run in a child: judges all that can be; what is left for `afresh`, or why nothing was judged."""
    plugin = Session(faults=faults, tests_of=tests_of, told=told)
    probed = {path: with_probes(path) for path in {path_of(each.module) for each in faults}}
    with silent(), instead_of_files(probed), plugin.watch.noting(plugin.at_import), own_folder() as folder:
        status = pytest.main([*OPTIONS, folder, *tests], plugins=[plugin])
    if plugin.broken or status in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.USAGE_ERROR):
        return "; ".join(plugin.broken) or f"pytest: {status}"
    return plugin.left


def _fixtures(item: Any) -> Iterator[Any]:
    for each in item._fixtureinfo.name2fixturedefs.values():
        yield from each


def _to_front(ran: list[Ran], name: str) -> None:
    for place, each in enumerate(ran):
        if each.item.nodeid == name:
            ran.insert(0, ran.pop(place))
            return
