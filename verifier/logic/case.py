"""One layout under the facts of one release: what a rule looks at."""

from __future__ import annotations

from dataclasses import dataclass, replace

from verifier.layout.configuration import Space, space_of
from verifier.layout.facts import Facts
from verifier.layout.layout import Layout
from verifier.logic import term
from verifier.logic.space import Symbolic, most, symbolic
from verifier.logic.term import Number


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


def seen_from(case: Case, space: Space, prefix: str, *, at_most: bool = False) -> Case:
    """The case for a guest of another space: of a dimension that this one lacks, it has the least.

    No device, or of memory the first page. `at_most`: a guest that has more of something than can be had here (memory,
    vCPUs, virtio devices) counts as the one with the most. Raises ValueError if guest kinds are not counted alike.
    """
    if case.facts.guests != space.facts.guests:
        raise ValueError(f"guests of {case.facts.arch} and {space.facts.arch} cannot be compared")
    fixed: dict[str, Number] = {}
    for name, each in case.space.dimensions.items():
        if name not in space.dimensions:
            fixed[name] = each.low if each.is_count else min(each.choices)
        elif at_most and each.is_count:
            fixed[name] = term.smaller(term.variable(name), most(case.space, name))
    return replace(case, symbolic=symbolic(case.space, prefix, fixed))
