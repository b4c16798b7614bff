"""What is proved: theorems about Xen's algorithms, and the obligations that they consist of.

A theorem is assumptions, a piece of `verifier/xen`, and a property of what comes out. Its obligations are
conditions over arbitrary 64-bit words that must be impossible; how they make up the theorem where the
input is a list of any length, `verifier.theorems.vocabulary.induction` says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from verifier.layout.finding import Cite
from verifier.logic.bits import both, either, negate, text
from verifier.logic.paths import paths
from verifier.logic.script import script
from verifier.logic.word import Truth
from verifier.theorems.setting import Setting
from verifier.theorems.violation import Violation
from verifier.xen.loops import GivesUpError
from verifier.xen.outcome import FaultError
from verifier.xen.release import Xen

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that a theorem takes for granted."""

    id: str
    statement: str
    source: str
    """Who sees to it."""
    admits: Callable[[Setting], bool] = lambda _setting: True
    """Whether a concrete input satisfies it."""


@dataclass(frozen=True, slots=True)
class Assumed:
    """An assumption, or a lemma, about the words of one obligation."""

    what: Assumption | str
    truth: Truth

    @property
    def comment(self) -> str:
        """For the text of the obligation."""
        if isinstance(self.what, str):
            return self.what
        return f"Assumption {self.what.id}: {self.what.statement} ({self.what.source})"


@dataclass(frozen=True, slots=True)
class Claim:
    """`then` holds wherever `when` does; a claim whose `when` never holds is vacuous and proves nothing."""

    then: Truth
    when: Truth = True


@dataclass(frozen=True, slots=True)
class Obligation:
    """A condition that must be impossible under what is assumed, and one that must be possible."""

    name: str
    says: str
    """One sentence: what is shown."""
    assumed: tuple[Assumed, ...]
    bad: Truth
    cover: Truth
    """The case that the claim speaks of."""

    def script(self, head: Sequence[str] = ()) -> str:
        """The question whether it fails, as SMT-LIB; `head` are comments."""
        return script([*head, self.says], self._assumed(), self.bad)

    def key(self) -> tuple[str, ...]:
        """Equal for two obligations that are the same question."""
        return text(self.bad), text(self.cover), *(text(each.truth) for each in self.assumed)

    def _assumed(self) -> list[tuple[str, Truth]]:
        return [(each.comment, each.truth) for each in self.assumed]


@dataclass(frozen=True, slots=True)
class Stopped:
    """What comes out of a path on which Xen stops."""

    fault: FaultError


def obligation(
    name: str,
    says: str,
    assumed: Sequence[Assumed],
    run: Callable[[], T],
    claim: Callable[[T], Claim],
) -> Obligation:
    """That the claim about what `run` returns holds on every path of its code.

    On a path where Xen stops it fails; where a producer gives up there are no regions, and nothing is claimed.
    """
    bad: list[Truth] = []
    cover: list[Truth] = []
    for path in paths(lambda: _caught(run)):
        if path.value is None:
            continue
        if isinstance(path.value, Stopped):
            bad.append(path.condition)
            continue
        claimed = claim(path.value[0])
        bad.append(both(path.condition, claimed.when, negate(claimed.then)))
        cover.append(both(path.condition, claimed.when))
    return Obligation(name, says, tuple(assumed), either(*bad), either(*cover))


def _caught(run: Callable[[], T]) -> tuple[T] | Stopped | None:
    try:
        return (run(),)
    except FaultError as fault:
        return Stopped(fault)
    except GivesUpError:
        return None


@dataclass(frozen=True, slots=True)
class Theorem:
    """A statement about what Xen does, for all inputs that the assumptions admit."""

    name: str
    """`producer/property`."""
    statement: str
    why: str
    """What goes wrong for a guest where it fails."""
    cites: tuple[Cite, ...]
    obligations: Callable[[Xen], Sequence[Obligation] | None]
    """Those of one release; None where its code has nothing that could make the statement true."""
    applies: Callable[[Xen], bool]
    """Whether the release has what the theorem speaks of."""
    assumptions: tuple[Assumption, ...] = ()
    uses: Callable[[Xen], tuple[str, ...]] = lambda _xen: ()
    """Other theorems that it rests on in a release, by name."""
    unbounded: str = ""
    """The lists that may have any length; empty if the input has a fixed size."""
    violation: Callable[[Xen, Setting], Violation | None] | None = None
    """What a concrete input breaks, in plain integers; None if nothing."""
    examples: tuple[Setting, ...] = field(default=())
    """Inputs that satisfy all assumptions: what the theorem speaks of occurs."""

    @property
    def producer(self) -> str:
        """The part of the name before the slash."""
        return self.name.split("/")[0]

    @property
    def property(self) -> str:
        """The part after it."""
        return self.name.split("/")[1]
