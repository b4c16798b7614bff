"""Obligations decided by a solver that answers what the test says: what it leaves open is never held."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from verifier.layout.box import Box
from verifier.layout.configuration import Space
from verifier.layout.errors import InternalError
from verifier.logic import decide as decide_module
from verifier.logic import term
from verifier.logic.case import Case, case_of, seen_from
from verifier.logic.decide import Decider, Fails, Holds, Obligation, Undecided
from verifier.logic.solver import Answer
from verifier.logic.space import complete
from verifier.logic.term import Term, Truth
from verifier.reading.request import Request, load

SAT, UNSAT, UNKNOWN = "sat", "unsat", "unknown"
LARGE, SMALL = (term.variable("memory") > bound for bound in (1000, 5))


def case(*widths: int, source: str = "xen-4.22") -> Case:
    loaded = load(Request(source, ipa_bits=widths or (40,)))
    return case_of(loaded.layout, loaded.facts, loaded.baseline)


class Scripted:
    """Gives one answer after the other; a model is the plainest guest with some memory."""

    def __init__(self, case: Case, answers: Sequence[str], memory: int = 7) -> None:
        self.answers = list(answers)
        self.model = {**complete(case.space, {}), "memory": memory}
        self.asked: list[Truth] = []

    def ask(self, condition: Truth) -> Answer:
        self.asked.append(condition)
        result = self.answers.pop(0)
        return Answer(result, self.model if result == SAT else {}, "tired" if result == UNKNOWN else "")


def decider(case: Case, *answers: str, explores: bool = False, memory: int = 7) -> Decider:
    made = Decider(case.symbolic, explores=explores)
    made._solver = Scripted(case, answers, memory)  # type: ignore[assignment]
    return made


def outcomes(*answers: str) -> list[type]:
    """Of two obligations, of which the guest that the solver names breaks the second."""
    asked = [Obligation(("large",), LARGE), Obligation(("small",), SMALL)]
    return [type(each) for each in decider(case(), *answers).decide(asked)]


def test_a_failure_is_an_error_unless_it_is_said_to_be_advice() -> None:
    assert not Obligation(("a",), True).advice


def test_all_hold_where_none_can_fail() -> None:
    assert outcomes(UNSAT) == [Holds, Holds]


def test_what_the_model_breaks_is_set_aside_and_the_rest_asked_again() -> None:
    assert outcomes(SAT, UNSAT) == [Holds, Fails]


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((UNKNOWN, UNSAT, UNSAT), [Holds, Holds]),
        ((UNKNOWN, UNKNOWN, UNSAT), [Undecided, Holds]),
        ((UNKNOWN, UNSAT, UNKNOWN), [Holds, Undecided]),
        ((UNKNOWN, UNKNOWN, UNKNOWN), [Undecided, Undecided]),
        ((UNKNOWN, UNSAT, SAT), [Holds, Fails]),
        ((SAT, UNKNOWN, UNKNOWN), [Undecided, Fails]),
        ((SAT, UNKNOWN, UNSAT), [Holds, Fails]),
    ],
)
def test_where_the_solver_gives_up_each_is_asked_alone(
    answers: tuple[str, ...], expected: list[type]
) -> None:
    assert outcomes(*answers) == expected


def test_what_is_left_open_says_why() -> None:
    (found,) = decider(case(), UNKNOWN, UNKNOWN).decide([Obligation(("large",), LARGE)])
    assert isinstance(found, Undecided)
    assert found.reason == "the solver gave up: tired"


def test_without_a_variable_arithmetic_decides() -> None:
    asked = decider(case())
    always, never = asked.decide([Obligation(("a",), True), Obligation(("b",), False)])
    assert isinstance(always, Fails)
    assert (always.regimes, always.exact, always.worst) == ((Box(),), True, complete(case().space, {}))
    assert isinstance(never, Holds)
    assert (asked.arithmetic, asked.z3) == (2, 0)


def test_who_wants_the_verdict_alone_gets_the_first_counterexample_and_no_regimes() -> None:
    (found,) = decider(case(), SAT).decide([Obligation(("small",), SMALL)])
    assert isinstance(found, Fails)
    assert (found.regimes, found.exact, found.worst["memory"], found.hull) == ((), False, 7, Box())
    assert decider(case()).regimes(SMALL) == ((), False)


@pytest.mark.parametrize(("answer", "possible"), [(SAT, True), (UNSAT, False), (UNKNOWN, True)])
def test_what_cannot_be_told_is_possible(answer: str, *, possible: bool) -> None:
    assert decider(case(), answer).possible(SMALL) is possible


def test_what_does_not_depend_on_the_guest_is_possible_as_it_is() -> None:
    assert decider(case()).possible(True) is True
    assert decider(case()).possible(False) is False
    assert decider(case(), explores=True).regimes(True) == ((Box(),), True)
    assert decider(case(), explores=True).regimes(False) == ((), True)


@pytest.mark.parametrize(("answer", "exact"), [(UNSAT, True), (UNKNOWN, False)])
def test_regimes_that_nobody_proved_are_not_exact(answer: str, *, exact: bool) -> None:
    boxes, said = decider(case(), answer, explores=True).regimes(SMALL)
    assert boxes
    assert said is exact


@pytest.mark.parametrize(("answers", "exact"), [((UNSAT, UNSAT), True), ((UNKNOWN, UNKNOWN), False)])
def test_a_failing_set_that_nobody_proved_is_not_exact_and_has_no_hull(
    answers: tuple[str, ...], *, exact: bool
) -> None:
    (found,) = decider(case(), SAT, *answers, explores=True).decide([Obligation(("small",), SMALL)])
    assert isinstance(found, Fails)
    assert found.exact is exact
    assert (found.hull == Box({}, {"memory": (6, case().space.dimensions["memory"].high)})) is exact
    assert (found.hull == Box()) is not exact


def test_more_boxes_than_are_shown_are_not_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decide_module, "MOST_BOXES", 1)
    gap = term.either(term.equal(term.variable("memory"), 3), term.equal(term.variable("memory"), 6))
    for most, exact in ((1, False), (2, True)):
        monkeypatch.setattr(decide_module, "MOST_BOXES", most)
        boxes, said = Decider(case().symbolic).regimes(gap)
        assert (len(boxes), said) == (most, exact)
        (found,) = Decider(case().symbolic).decide([Obligation(("gap",), gap)])
        assert isinstance(found, Fails)
        assert (len(found.regimes), found.exact) == (most, exact)


@pytest.mark.parametrize(
    "worst",
    [
        {"memory": 5},  # it breaks nothing
        {"memory": 1 << 60},  # no such guest
    ],
)
def test_a_counterexample_that_is_none_is_an_internal_error(
    worst: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = complete(case().space, {})
    monkeypatch.setattr(decide_module, "best", lambda *_: {**plain, **worst})
    with pytest.raises(InternalError, match="is no counterexample for small"):
        Decider(case().symbolic).decide([Obligation(("small",), SMALL)])


def vacuity(empty: tuple[int, ...], *answers: str) -> Callable[[pytest.MonkeyPatch], str]:
    def told(monkeypatch: pytest.MonkeyPatch) -> str:
        asked = decider(case(40, 48), *answers)
        monkeypatch.setattr(Space, "empty_widths", lambda _: empty)
        return asked.vacuity()

    return told


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (vacuity((), SAT, SAT), ""),
        (vacuity((40,), UNSAT, SAT), "no guest can be built with ipa bits 40: "),
        (vacuity((40, 48), UNSAT, UNSAT), "no guest can be built with ipa bits 40, 48: "),
        (vacuity((), SAT, UNKNOWN), "the solver could not tell whether 48 ipa bits allow any guest: tired"),
        (vacuity((40,), UNKNOWN), "the solver could not tell whether 40 ipa bits allow any guest: tired"),
    ],
)
def test_a_width_without_a_guest_is_told(
    told: Callable[[pytest.MonkeyPatch], str], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = told(monkeypatch)
    assert said.startswith(reason)
    assert bool(said) is bool(reason)


@pytest.mark.parametrize("told", [vacuity((), SAT, UNSAT), vacuity((48,), SAT, SAT), vacuity((40,), SAT)])
def test_integers_and_solver_agree_on_each_width(
    told: Callable[[pytest.MonkeyPatch], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InternalError, match=r"disagree on whether 4[08] ipa bits allow a guest"):
        told(monkeypatch)


def test_a_guest_of_another_space_has_the_least_of_what_that_one_lacks() -> None:
    """4.4.0 knows no vPCI and no virtio devices; a guest of it has none of either."""
    new, old = case(source="xen-4.22"), case(source="xen-4.4.0")
    seen = seen_from(new, old.space, "new_")
    lacking = set(new.space.dimensions) - set(old.space.dimensions)
    assert lacking >= {"vpci", "virtio"}
    for name in lacking:
        dimension = new.space.dimensions[name]
        least = dimension.low if dimension.is_count else min(dimension.choices)
        assert seen.symbolic.variables[name] == least
    for name in set(new.space.dimensions) & set(old.space.dimensions):
        assert term.variables(seen.symbolic.variables[name]) == {name}


def test_at_most_is_as_much_as_can_be_had() -> None:
    """A guest with more memory than this one can have counts as the largest there is."""
    one = case()
    high = one.space.pages(40)
    for at_most, expected in ((True, high), (False, high + 5)):
        memory = seen_from(one, one.space, "old_", at_most=at_most).symbolic.variables["memory"]
        assert isinstance(memory, Term)
        assert term.evaluate(memory, {"memory": high + 5, "ipa_bits": 40}) == expected
        assert term.evaluate(memory, {"memory": 5, "ipa_bits": 40}) == 5
