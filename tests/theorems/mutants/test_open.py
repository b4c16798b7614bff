"""What the solver leaves open is no difference between verdicts, and cannot take so long that a fault seems to hang."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.theorems.mutants import judge
from verifier.theorems import verdict
from verifier.theorems.catalogue import theorems
from verifier.theorems.prove import Decided
from verifier.theorems.statement import Obligation, Theorem
from verifier.theorems.verdict import Prover, named
from verifier.xen.release import xen

HEAD = xen("head")
ANSWERS = {
    "proved": ("proved", False),
    "timeout": ("unknown", False),
    "vacuous": ("unknown", True),
    "fails": ("fails", False),
}
FIND = named("rangeset/find")
"""It rests on nothing, and has three obligations."""


def answering(answers: Iterator[str]) -> Prover:
    class Answering(Prover):
        def decide(self, obligation: Obligation) -> Decided:
            outcome, vacuous = ANSWERS[next(answers)]
            return Decided(obligation, outcome, "as the test says", vacuous=vacuous)

    return Answering()


@pytest.mark.parametrize(
    ("answers", "is_open"),
    [
        (("proved", "proved", "proved"), False),
        (("proved", "timeout", "proved"), True),
        (("timeout", "timeout", "timeout"), True),
        (("proved", "vacuous", "proved"), False),
        (("proved", "fails", "proved"), False),
        (("timeout", "fails", "proved"), False),  # that one is unknown does not hide the other
        (("timeout", "vacuous", "proved"), False),
        (("fails", "timeout", "proved"), False),
    ],
)
def test_unknown_for_want_of_an_answer_alone(answers: tuple[str, ...], *, is_open: bool) -> None:
    prover = answering(iter(answers))
    found = prover.verdict(FIND, HEAD)
    assert found.word == ("proved" if set(answers) == {"proved"} else "unknown")
    assert judge.left_open(prover, found, HEAD) is is_open


def _resting() -> Theorem:
    """A theorem that rests on two, which rest on none."""
    return next(
        each
        for each in theorems()
        if len(each.uses(HEAD)) == 2 and not any(named(name).uses(HEAD) for name in each.uses(HEAD))
    )


@pytest.mark.parametrize(
    ("answers", "is_open"),
    [
        (("timeout", "proved"), True),
        (("timeout", "timeout"), True),
        (("timeout", "fails"), False),
        (("vacuous", "proved"), False),
    ],
)
def test_so_is_what_rests_on_it(answers: tuple[str, str], *, is_open: bool) -> None:
    resting = _resting()
    of = dict(zip(resting.uses(HEAD), answers, strict=True))
    asked = {
        each.key(): answer for name, answer in of.items() for each in named(name).obligations(HEAD) or ()
    }

    class Answering(Prover):
        def decide(self, obligation: Obligation) -> Decided:
            outcome, vacuous = ANSWERS[asked.get(obligation.key(), "proved")]
            return Decided(obligation, outcome, "as the test says", vacuous=vacuous)

    prover = Answering()
    found = prover.verdict(resting, HEAD)
    assert found.word == "unknown"
    assert judge.left_open(prover, found, HEAD) is is_open


def test_what_is_left_open_takes_no_more_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three questions as long as may be are the 60 s after which a fault is said to hang."""
    limits = []

    def discharge(obligation: Obligation, *, timeout: float, seed: int) -> Decided:
        del seed
        limits.append(timeout)
        return Decided(obligation, "unknown", "timeout", seconds=timeout)

    monkeypatch.setattr(verdict, "discharge", discharge)
    prover = judge._prover({})
    for each in (*(FIND.obligations(HEAD) or ()), *(named("rangeset/add").obligations(HEAD) or ())[:2]):
        prover.decide(each)
        prover.decide(each)  # known by now
    assert limits == [20, 20, 0.1, 0.1, 0.1]
    assert sum(limits) < judge.SECONDS - 10
