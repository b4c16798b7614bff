"""Whether it was the fault that a test noticed: in the same kind of child, with nothing changed, the test has to pass."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from tests.mutation.faults import Fault
from tests.mutation.in_place import source
from tests.mutation.outcome import Judged

AT_IMPORT = "at import"
"""In the place of a test: modules that cannot be imported."""


def function_of(name: str) -> str:
    """Of a test by its name: without the parameters."""
    return name.partition("[")[0]


def nothing_changed(fault: Fault) -> Fault:
    """The same place, and what stands there already."""
    return replace(fault, new=fault.place.of(ast.parse(source(fault.module))))


@dataclass(slots=True)
class Control:
    """The tests that are known to pass in a child without a fault, by name."""

    passed: set[str] = field(default_factory=set)

    def lacking(self, names: Sequence[str], judged: Judged) -> tuple[str, ...] | None:
        """Those of the tests that have to pass before this is believed; None if it is already.

        They are those that were shown the fault up to the one that noticed it; all, if the child did not come back.
        """
        if not judged.killed or judged.by in self.passed:
            return None
        needed = () if judged.by == AT_IMPORT else _until(names, judged.by)
        left = tuple(name for name in needed if name not in self.passed)
        return left if left or judged.by == AT_IMPORT else None

    def add(self, names: Collection[str], judged: Judged) -> None:
        """They passed."""
        self.passed.update(names, (AT_IMPORT,) if judged.by == AT_IMPORT else ())


def _until(names: Sequence[str], by: str) -> Sequence[str]:
    function = function_of(by)
    last = max(
        (place for place, name in enumerate(names) if function_of(name) == function), default=len(names)
    )
    return names[: last + 1]
