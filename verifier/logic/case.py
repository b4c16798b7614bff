"""One layout under the facts of one release: what a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass

from verifier.layout.configuration import Space, space_of
from verifier.layout.facts import Facts
from verifier.layout.layout import Layout
from verifier.logic.space import Symbolic, symbolic


@dataclass(frozen=True, slots=True)
class Case:
    """A layout, its configuration space, and what it is compared with."""

    layout: Layout
    facts: Facts
    baseline: Layout
    symbolic: Symbolic

    @property
    def space(self) -> Space:
        """The configuration space, in plain integers."""
        return self.symbolic.space


def case_of(layout: Layout, facts: Facts, baseline: Layout, prefix: str = "") -> Case:
    """Prepare a layout; `prefix` keeps the names of two cases apart in one question."""
    return Case(layout, facts, baseline, symbolic(space_of(layout, facts), prefix))
