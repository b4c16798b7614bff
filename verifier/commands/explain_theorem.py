"""What `verifier explain` says of a theorem."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from verifier.layout.finding import Cite
from verifier.layout.theorem_report import Judged, TheoremReport
from verifier.layout.units import plural
from verifier.reports import theorem_text
from verifier.theorems.report import report
from verifier.theorems.selection import one
from verifier.theorems.statement import Theorem
from verifier.theorems.verdict import Prover
from verifier.theorems.vocabulary.induction import induction
from verifier.theorems.words import example
from verifier.xen.release import xen

_WIDTH = 96


def explained(name: str, prover: Prover | None = None) -> Iterator[str]:
    """The lines of the explanation, decided on the spot in every release. Raises InputError for no theorem."""
    theorem = one(name)
    found = report((theorem,), prover or Prover())
    yield from _wrapped(f"{theorem.name}: {theorem.statement}")
    yield ""
    yield from _wrapped(f"Why: {theorem.why}")
    yield ""
    yield f"By release of Xen: {theorem_text.verdicts(found.theorems[0], found)}"
    yield ""
    yield from _assumed(theorem)
    yield from _shown(theorem, found)
    yield "Sources:"
    yield from (f"  {_cite(cite)}" for cite in theorem.cites)
    yield ""
    yield from _example(theorem, found)


def _assumed(theorem: Theorem) -> Iterator[str]:
    yield "Assumed:" if theorem.assumptions else "Assumed: nothing"
    for each in theorem.assumptions:
        yield from _wrapped(f"{each.id}: {each.statement} ({each.source})", "  ")
    yield ""


def _shown(theorem: Theorem, found: TheoremReport) -> Iterator[str]:
    """How it is proved in the newest release where it is, and what fails in a newer one."""
    known = [each for each in found.theorems[0].judged if each.verdict != "not-applicable"]
    proved = next((each for each in known if each.verdict == "proved"), None)
    if proved is not None:
        if theorem.unbounded:
            yield from _wrapped(f"For any number of: {theorem.unbounded}. {induction(theorem)}".rstrip())
            yield ""
        count = len(proved.questions)
        yield f"Proved for xen {proved.releases[-1]} by {count} {plural(count, 'obligation')}:"
        for each in proved.questions:
            yield from _wrapped(f"{each.name}: {each.says}", "  ")
        if proved.uses:
            yield "It rests on:"
        for name in proved.uses:
            yield from _wrapped(f"{name}: {one(name).statement}", "  ")
        yield ""
    if known and known[0].verdict != "proved":
        yield from _failing(known[0])
        yield ""


def _failing(newest: Judged) -> Iterator[str]:
    release = newest.releases[-1]
    failing = [each for each in newest.questions if each.outcome != "proved"]
    if not newest.questions:
        yield f"Nothing in the code of xen {release} could make it true."
    elif newest.verdict == "unknown":
        yield from _wrapped(f"Unknown for xen {release}: {newest.message}")
    else:
        yield f"Not proved for xen {release}; of its obligations fails:"
        for each in failing:
            yield from _wrapped(f"{each.name}: {each.says} ({each.outcome}: {each.reason})", "  ")


def _cite(cite: Cite) -> str:
    return f"{cite.document}: {cite.clause}"


def _example(theorem: Theorem, found: TheoremReport) -> Iterator[str]:
    """A refutation in the newest release that has one, else what comes out of the example in the newest."""
    for judged in found.theorems[0].judged:
        if judged.refutation is not None:
            yield f"Refuted in xen {judged.releases[-1]}:"
            yield from _wrapped(judged.refutation.message, "  ")
            yield from theorem_text.refutation(judged.refutation)
            return
    if not theorem.examples:
        yield "Example: none; it speaks of parts of Xen's code, not of a whole input"
        return
    known = [each for each in found.theorems[0].judged if each.verdict != "not-applicable"]
    release = (known or found.theorems[0].judged)[0].releases[-1]
    yield f"Example, in xen {release}:"
    yield from theorem_text.example(example(theorem, xen(release), theorem.examples[0]))


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if indent else "",
        break_on_hyphens=False,
    )
