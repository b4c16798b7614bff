"""The verdicts of all theorems with one module of `verifier.xen` changed, in a process of its own.

Everything here runs in a child that has not yet imported `verifier.xen` or `verifier.theorems`: the
changed module is put in place of its file, and then everything is imported as it always is. The child of
the unchanged modules says, of each theorem in each family, the verdict and which functions ran for it;
a child with a fault asks again only where the function with the fault ran, and stops at the first
difference. An obligation that reads as it does without the fault is not put to the solver again. What the
solver leaves open is no difference: a fault that only makes a question harder was noticed by nobody.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any

from tests.mutation.children import in_children
from tests.mutation.faults import Fault
from tests.mutation.in_place import VERIFIER, instead_of_files
from tests.mutation.outcome import Judged
from tests.mutation.running import limit
from tests.mutation.trusted import BY_THEOREMS

if TYPE_CHECKING:
    from verifier.theorems.statement import Obligation, Theorem
    from verifier.theorems.verdict import Prover, Verdict
    from verifier.xen.release import Xen

XEN = VERIFIER / "xen"
Known = Mapping[tuple[str, ...], tuple[str, str, bool]]
"""Outcome and reason of obligations, and whether they are vacuous, by what they ask."""
Code = tuple[str, int]
"""Module and first line of a function; a module by itself has line 0."""
NEWEST_ONLY = ("fast-paths",)
"""Lemmas about this program rather than about a release; they take seconds."""
SECONDS = 60.0
"""Of processor time for one fault; what takes longer hangs."""
PATIENCE = 20 * SECONDS
"""By the clock, which others may share: for one fault. For the unchanged modules, three times as long."""
SECONDS_OF_ONE, SECONDS_OPEN, LEAST_SECONDS = 20.0, 40.0, 0.1
"""For the solver: for a question, and for all that it leaves open, so that these are no reason to hang; then for each."""
OPEN = "open"
"""In the place of a verdict that nothing but the solver's limits keeps from being proved."""
INVALID = (TypeError, AttributeError, NameError, ImportError, SyntaxError)
"""What is no fault but no program: an attribute that the object has not."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A theorem in a family, with the unchanged modules."""

    theorem: str
    family: str
    word: str
    ran: frozenset[Code] = frozenset()


@dataclass(frozen=True, slots=True)
class Unchanged:
    """What is known of the unchanged modules."""

    pairs: tuple[Pair, ...]
    known: Known
    at_import: frozenset[Code]

    def __add__(self, older: Unchanged) -> Unchanged:
        known = {**older.known, **self.known}
        return Unchanged((*self.pairs, *older.pairs), known, self.at_import | older.at_import)

    def concerned(self, fault: Fault) -> tuple[Pair, ...]:
        """Those for which the function with the fault runs; all, if it runs or stands outside of functions."""
        code = fault.module, fault.first_line
        if not fault.first_line or code in self.at_import:
            return self.pairs
        return tuple(pair for pair in self.pairs if code in pair.ran)


def judge_all(found: Sequence[Fault]) -> list[Judged]:
    """Of each fault in a module of `verifier.xen`, named without its room; as many at once as there are processors."""
    _warm()
    at_once = len(os.sched_getaffinity(0))
    asked = [partial(unchanged, BY_THEOREMS, newest=newest) for newest in (True, False)]
    found_before = {
        ended.index: ended.value for ended in in_children(asked, at_once=at_once, seconds=3 * PATIENCE)
    }
    newest, older = found_before[0], found_before[1]
    if newest is None or older is None:
        raise RuntimeError("the unchanged modules have no verdicts")
    before = newest + older
    tasks = [partial(judged, fault, before) for fault in found]
    ended = {each.index: each for each in in_children(tasks, at_once=at_once, seconds=PATIENCE)}
    return [ended[n].value or _unanswered(tasks[n], ended[n].died) for n in range(len(found))]


def _unanswered(task: Callable[[], Judged], died: str) -> Judged:
    """It took too long; or it died and is asked once more, as something else may have been what killed it."""
    value = None
    if died:
        (ended,) = in_children([task], at_once=1, seconds=PATIENCE)
        value, died = ended.value, ended.died
    if value is not None:
        return value
    return Judged("crashes", died) if died else Judged("hangs", f"no verdict in {SECONDS:.0f} s")


def _warm() -> None:
    """Loads what no fault changes, so that no child has to."""
    import z3  # noqa: F401

    import verifier.logic.integers
    import verifier.logic.script
    import verifier.logic.solver
    import verifier.rules.extended_regions  # noqa: F401
    from verifier.reading.behaviours import behaviours
    from verifier.reading.models import releases

    behaviours()
    releases()


def unchanged(modules: Sequence[str], *, newest: bool) -> Unchanged:
    """Run in a child: every theorem in the newest family, or in the others, newer ones first; cheap ones first."""
    ran: set[Code] = set()
    with _watched(modules, ran):
        from verifier.theorems.catalogue import theorems
        from verifier.theorems.families import families

        theorems()  # imports all of them
    at_import = frozenset(ran)
    prover = _prover({})
    pairs: list[Pair] = []
    for family in families()[-1:] if newest else families()[-2::-1]:
        asked = [each for each in theorems() if newest or each.producer not in NEWEST_ONLY]
        of_family = []
        for theorem in asked:
            ran.clear()
            with _watched(modules, ran):
                verdict = prover.verdict(theorem, family.xen)
            cost = theorem.producer in NEWEST_ONLY, len(verdict.decided), theorem.name
            of_family.append((cost, Pair(theorem.name, family.name, verdict.word, frozenset(ran))))
        pairs.extend(pair for _, pair in sorted(of_family, key=lambda each: each[0]))
    return Unchanged(tuple(pairs), prover.outcomes, at_import)


def source(module: str) -> str:
    """The text of a module of `verifier.xen`."""
    return (XEN / f"{module}.py").read_text(encoding="utf-8")


def judged(fault: Fault, before: Unchanged) -> Judged:
    """Run in a child: whether any verdict differs."""
    limit(SECONDS)
    concerned = before.concerned(fault)
    if not concerned:
        return Judged("unreached")
    try:
        assert not any(name.startswith(("verifier.xen", "verifier.theorems")) for name in sys.modules)
        with instead_of_files({XEN / f"{fault.module}.py": fault.tree(source(fault.module))}):
            from verifier.theorems.catalogue import theorems
            from verifier.theorems.families import families

            by_name = {each.name: each for each in theorems()}  # imports all of them
        xens = {each.name: each.xen for each in families()}
        prover = _prover(before.known)
        for pair in concerned:
            found = _word(prover, by_name[pair.theorem], xens[pair.family])
            if found not in (pair.word, OPEN):
                return Judged("killed", f"{pair.theorem} in {pair.family}: {pair.word}, then {found}")
    except INVALID as error:
        return Judged("invalid", f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001  # whatever a fault leads to
        return Judged("error", f"{type(error).__name__}: {error}")
    return Judged("survives")


def _word(prover: Prover, theorem: Theorem, xen: Xen) -> str:
    """The verdict, that the proof and a concrete input contradict each other, or `OPEN`."""
    from verifier.layout.errors import InternalError

    try:
        verdict = prover.verdict(theorem, xen)
    except InternalError:
        return "contradicted"
    return OPEN if left_open(prover, verdict, xen) else verdict.word


def left_open(prover: Prover, verdict: Verdict, xen: Xen) -> bool:
    """Whether it is unknown, itself or in what it rests on, for no other reason than that the solver had no answer."""
    from verifier.theorems.verdict import named

    if verdict.word != "unknown":
        return False
    lacking = [each for each in verdict.decided if each.outcome != "proved"]
    if lacking:
        return all(each.outcome == "unknown" and not each.vacuous for each in lacking)
    used = [prover.verdict(named(name), xen) for name in verdict.theorem.uses(xen)] if verdict.decided else []
    weak = [each for each in used if each.word != "proved"]
    return bool(weak) and all(left_open(prover, each, xen) for each in weak)


def _prover(known: Known) -> Any:
    from verifier.theorems.prove import Decided
    from verifier.theorems.verdict import Prover

    class Remembering(Prover):
        """Does not ask again what the unchanged modules have asked."""

        def __init__(self) -> None:
            super().__init__(timeout=SECONDS_OF_ONE)
            self.outcomes: dict[tuple[str, ...], tuple[str, str, bool]] = {}
            self._left = SECONDS_OPEN

        def decide(self, obligation: Obligation) -> Decided:
            key = obligation.key()
            if key in known:
                outcome, reason, vacuous = known[key]
                return Decided(obligation, outcome, reason, vacuous=vacuous)
            asked_before = key in self.outcomes
            decided = super().decide(obligation)
            self.outcomes[key] = decided.outcome, decided.reason, decided.vacuous
            if decided.outcome == "unknown" and not decided.vacuous and not asked_before:
                self._left -= decided.seconds
                self._timeout = max(LEAST_SECONDS, min(SECONDS_OF_ONE, self._left))
            return decided

    return Remembering()


@contextmanager
def _watched(modules: Sequence[str], ran: set[Code]) -> Iterator[None]:
    """Notes which functions of the modules run."""
    files = {str(XEN / f"{module}.py"): module for module in modules}

    def called(frame: FrameType, event: str, _argument: object) -> None:
        code: CodeType = frame.f_code
        if event == "call" and code.co_filename in files:
            ran.add((files[code.co_filename], code.co_firstlineno))

    sys.setprofile(called)
    try:
        yield
    finally:
        sys.setprofile(None)
