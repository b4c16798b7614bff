"""Every way through a piece of code: what it decides on unknown words, and what comes out.

`holds` on a `Formula` asks here. A run follows the outcomes that were tried before and takes the first
not yet tried where it meets something new; runs are repeated until nothing new is left. So the code of
`verifier/xen` is read as it stands, and the paths together stand for all numbers, each number on one path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from verifier.logic.bits import FOLLOWED, Formula, both, negate
from verifier.logic.word import Truth

T = TypeVar("T")
MOST = 4096
"""Paths of one piece of code; more would mean that it loops over what is unknown."""


@dataclass(frozen=True, slots=True)
class Path(Generic[T]):
    """One way through."""

    condition: Truth
    """Which numbers take it."""
    value: T


@dataclass(slots=True)
class _Walk:
    planned: list[bool]
    taken: list[bool] = field(default_factory=list)
    known: dict[str, bool] = field(default_factory=dict)
    """Outcomes so far, by the text of the formula: the same question has the same answer."""
    met: list[Truth] = field(default_factory=list)
    possible: Callable[[Truth], bool] | None = None

    def outcome(self, formula: Formula) -> bool:
        if formula.text in self.known:
            return self.known[formula.text]
        if len(self.taken) < len(self.planned):
            chosen = self.planned[len(self.taken)]
        else:
            chosen = self.possible is None or self.possible(both(*self.met, formula))
        self.taken.append(chosen)
        self.known[formula.text] = chosen
        self.known[f"(not {formula.text})"] = not chosen
        self.met.append(formula if chosen else negate(formula))
        return chosen


def paths(
    run: Callable[[], T], *, possible: Callable[[Truth], bool] | None = None, most: int = MOST
) -> Iterator[Path[T]]:
    """Every way through `run`, which has no effects. `possible` can cut off what no number takes.

    Raises RuntimeError after `most` paths.
    """
    planned: list[bool] = []
    for _ in range(most):
        walk = _Walk(planned, possible=possible)
        before = FOLLOWED.set(walk.outcome)
        try:
            value = run()
        finally:
            FOLLOWED.reset(before)
        condition = both(*walk.met)
        if possible is None or possible(condition):
            yield Path(condition, value)
        planned = walk.taken
        while planned and not planned[-1]:
            planned.pop()
        if not planned:
            return
        planned[-1] = False
    raise RuntimeError(f"more than {most} paths")
