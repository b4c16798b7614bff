"""How outcomes and doubts become a verdict: a decider that answers what the test says, and rules made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from verifier.layout.box import Box
from verifier.layout.configuration import Space
from verifier.layout.errors import InternalError
from verifier.layout.finding import Cite, Counterexample, Finding, Verdict, Witness
from verifier.layout.layout import Stem, Unplaced
from verifier.layout.origin import Origin
from verifier.layout.policy import Regime, Waiver
from verifier.logic.case import Case, case_of
from verifier.logic.decide import Fails, Holds, Obligation, Outcome, Undecided
from verifier.logic.space import complete
from verifier.logic.term import Truth
from verifier.reading.request import Request, load
from verifier.rules.catalogue import Doubt, Explanation, Listing, Rule, catalogue
from verifier.rules.judge import _Judge, judge

HOLDS, FAILS, OPEN = "holds", "fails", "open"
REGIMES = (Box({"ipa_bits": (40,)}),)
PROVED, REFUTED, UNKNOWN = Verdict.PROVED, Verdict.REFUTED, Verdict.UNKNOWN
WAIVED, SILENT = Verdict.WAIVED, Verdict.NOT_APPLICABLE
HERE = Origin("here.h", 7)


@pytest.fixture(scope="module")
def case() -> Case:
    loaded = load(Request("xen-4.22", ipa_bits=(40,)))
    return case_of(loaded.layout, loaded.facts, loaded.baseline)


@dataclass
class Decided:
    """A decider whose outcomes are those given, one after the other, or else stand in the names of subjects."""

    case: Case
    empty: str = ""
    regimes_exact: bool = True
    needs: bool = True
    given: list[str] = field(default_factory=list)
    asked: list[Obligation] = field(default_factory=list)

    def vacuity(self) -> str:
        return self.empty

    def decide(self, obligations: Sequence[Obligation]) -> list[Outcome]:
        self.asked += obligations
        return [self._outcome(each) for each in obligations]

    def possible(self, _condition: Truth) -> bool:
        return self.needs

    def regimes(self, _condition: Truth) -> tuple[tuple[Box, ...], bool]:
        return REGIMES, self.regimes_exact

    def _outcome(self, obligation: Obligation) -> Outcome:
        match self.given.pop(0) if self.given else obligation.subjects[0]:
            case "holds":
                return Holds(obligation)
            case "fails":
                return Fails(obligation, REGIMES, True, complete(self.case.space, {}), REGIMES[0])
        return Undecided(obligation, "tired")


def obligation(subject: str, *, advice: bool = False) -> Obligation:
    return Obligation((subject,), True, advice=advice)


def rule(
    *obligations: Obligation,
    doubts: Sequence[Doubt] = (),
    advice: bool = False,
    about_regions: bool = True,
    found: int = 1,
    listing: Listing | None = None,
) -> Rule:
    def explain(_case: Case, failure: Fails) -> Explanation:
        witness = Witness("differs", found=found, needed=0)
        regions = failure.obligation.notes.get("regions", ())
        return Explanation(
            "it differs", ("as written",), Counterexample(failure.worst, witness, regions), place=HERE
        )

    return Rule(
        "made-up", 1, "made up", "", "", "", (Cite("a", "b"),), lambda _: list(obligations), explain,
        doubts=lambda _: list(doubts), advice=advice, about_regions=about_regions, listing=lambda _: listing,
    )  # fmt: skip


def waiver(subject: str) -> Waiver:
    return Waiver(("*",), "made-up", (subject,), (Regime({}, {}, HERE),), "known", HERE)


def findings(case: Case, rule_: Rule, decider: Decided, *waivers: Waiver) -> tuple[Finding, ...]:
    (found,) = judge(case, decider, waivers, [rule_])  # type: ignore[arg-type]  # all that it asks of a decider
    assert found.is_open is any(each.verdict is UNKNOWN for each in found.findings)
    return found.findings


def said(found: Sequence[Finding]) -> list[tuple[Verdict, str]]:
    return [(each.verdict, each.severity) for each in found]


H, F, U = obligation("holds"), obligation("fails"), obligation("open")
H_, F_, U_ = (obligation(each, advice=True) for each in ("holds", "fails", "open"))
DOUBT = Doubt(("x",), "not told", HERE)
ERROR, ADVICE = "error", "advice"


@pytest.mark.parametrize(
    ("obligations", "doubts", "expected"),
    [
        ((), (), [(SILENT, ERROR)]),
        ((H,), (), [(PROVED, ERROR)]),
        ((U,), (), [(UNKNOWN, ERROR)]),
        ((H, U), (), [(UNKNOWN, ERROR)]),
        ((F,), (), [(REFUTED, ERROR)]),
        ((H, F), (), [(REFUTED, ERROR)]),
        ((U, F), (), [(REFUTED, ERROR), (UNKNOWN, ERROR)]),
        ((), (DOUBT,), [(UNKNOWN, ERROR)]),
        ((H,), (DOUBT,), [(UNKNOWN, ERROR)]),
        ((F,), (DOUBT,), [(REFUTED, ERROR), (UNKNOWN, ERROR)]),
        ((H_,), (), [(SILENT, ERROR)]),
        ((F_,), (), [(REFUTED, ADVICE), (SILENT, ERROR)]),
        ((H, F_), (), [(REFUTED, ADVICE), (PROVED, ERROR)]),
        ((H, U_), (), [(UNKNOWN, ADVICE), (PROVED, ERROR)]),
        ((F, F_), (), [(REFUTED, ERROR), (REFUTED, ADVICE)]),
    ],
)
def test_proved_is_what_was_asked_and_left_nothing_open(
    case: Case,
    obligations: tuple[Obligation, ...],
    doubts: tuple[Doubt, ...],
    expected: list[tuple[Verdict, str]],
) -> None:
    """What is advice neither proves nor refutes."""
    assert said(findings(case, rule(*obligations, doubts=doubts), Decided(case))) == expected


def test_of_a_rule_that_advises_everything_is_advice(case: Case) -> None:
    for each, verdict in ((F, REFUTED), (U, UNKNOWN)):
        assert said(findings(case, rule(each, advice=True), Decided(case))) == [(verdict, ADVICE)]
    assert said(findings(case, rule(H, advice=True), Decided(case))) == [(PROVED, ADVICE)]


@pytest.mark.parametrize(
    ("obligations", "about_regions", "expected"),
    [
        ((H,), True, [UNKNOWN]),
        ((H,), False, [PROVED]),
        ((F,), True, [REFUTED]),
        ((U,), True, [UNKNOWN]),
        ((), True, [SILENT]),
    ],
)
def test_nothing_is_proved_of_a_width_without_a_guest(
    case: Case, obligations: tuple[Obligation, ...], about_regions: bool, expected: list[Verdict]
) -> None:
    found = findings(case, rule(*obligations, about_regions=about_regions), Decided(case, empty="none at 32"))
    assert [each.verdict for each in found] == expected
    assert any(each.message == "vacuous: none at 32" for each in found) is (
        H in obligations and about_regions
    )


def test_where_there_is_no_guest_at_all_nothing_about_one_is_told(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule about the text of the header is judged all the same; and so is every rule if one width has guests."""
    monkeypatch.setattr(Space, "empty_widths", lambda _: (40,))
    for each, about_regions, expected in ((F, True, UNKNOWN), (F, False, REFUTED), (H, False, PROVED)):
        decider = Decided(case, empty="none")
        found = findings(case, rule(each, about_regions=about_regions), decider)
        assert [each.verdict for each in found] == [expected]
        assert bool(decider.asked) is not about_regions
    two = load(Request("xen-4.22", ipa_bits=(40, 48)))
    wide = case_of(two.layout, two.facts, two.baseline)
    assert [each.verdict for each in findings(wide, rule(F), Decided(wide, empty="none"))] == [REFUTED]


@pytest.mark.parametrize(
    ("rest", "needs", "expected"),
    [(HOLDS, True, WAIVED), (FAILS, True, REFUTED), (OPEN, True, UNKNOWN), (FAILS, False, REFUTED)],
)
def test_waived_is_only_what_fails_nowhere_else(
    case: Case, rest: str, needs: bool, expected: Verdict
) -> None:
    """First it fails, then what lies outside of the waiver is asked for."""
    decider = Decided(case, needs=needs, given=[FAILS, rest])
    (found,) = findings(case, rule(F), decider, waiver("fails"))
    assert found.verdict is expected
    assert found.partly_waived is (needs and rest == FAILS)
    if found.partly_waived:
        part = "only a part is waived, by here.h:7; this is the rest"
        assert found.details == ("as written", part)
    assert found.waiver == (waiver("fails") if expected is WAIVED else None)
    assert (found.message == "whether all of it is waived: tired") is (rest == OPEN)


def test_waivers_that_are_needed_together_are_named(case: Case) -> None:
    one, other = waiver("fails"), replace(waiver("fails"), origin=Origin("other.toml", 3))
    for waivers, more in (([one], ()), ([one, other], ("waived by here.h:7 and other.toml:3 together",))):
        (found,) = findings(case, rule(F), Decided(case, given=[FAILS, HOLDS]), *waivers)
        assert (found.verdict, found.waiver) == (WAIVED, one)
        assert found.details == ("as written", *more)


@pytest.mark.parametrize("outcome", [Undecided(H, "tired"), Undecided(H_, "tired"), Holds(H_)])
def test_what_is_not_held_concludes_nothing(case: Case, outcome: Outcome) -> None:
    """Nor what is advice: even if nobody had made a finding of it."""
    assert _Judge(rule(H), case, Decided(case), ())._conclusion([outcome], "").verdict is SILENT  # type: ignore[arg-type]


def test_a_waiver_is_of_its_property_and_its_subjects(case: Case) -> None:
    others = waiver("other"), replace(waiver("fails"), property="another")
    assert said(findings(case, rule(F), Decided(case), *others)) == [(REFUTED, ERROR)]


def test_what_is_waived_at_some_widths_proves_nothing_of_a_width_without_a_guest(case: Case) -> None:
    """What fails for sure is refuted all the same."""
    decider = Decided(case, empty="none at 32", given=[FAILS, HOLDS])
    found = findings(case, rule(F), decider, waiver("fails"))
    assert said(found) == [(WAIVED, ERROR), (UNKNOWN, ERROR)]
    assert found[1].message == "vacuous: none at 32"
    several = Decided(case, empty="none at 32", given=[FAILS, FAILS, HOLDS])
    found = findings(case, rule(obligation("also"), F), several, waiver("fails"))
    assert said(found) == [(REFUTED, ERROR), (WAIVED, ERROR)]


def test_a_refutation_that_does_not_check_again_is_an_internal_error(case: Case) -> None:
    """Found is what was needed: nothing differs."""
    with pytest.raises(InternalError, match="does not re-check"):
        findings(case, rule(F, found=0), Decided(case))


def test_a_refutation_has_what_the_decider_found(case: Case) -> None:
    (found,) = findings(case, rule(F), Decided(case))
    assert (found.regimes, found.regimes_exact, found.fails_when) == (REGIMES, True, REGIMES[0])
    assert (found.subjects, found.place, found.message) == (("fails",), HERE, "it differs")
    (doubted,) = findings(case, rule(doubts=[DOUBT]), Decided(case))
    assert (doubted.subjects, doubted.place, doubted.message) == (("x",), HERE, "not told")


def test_refutations_are_told_by_address_and_then_by_name(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither by where they end nor by how large they are; what has no region comes first."""
    monkeypatch.setattr("verifier.rules.judge.recheck", lambda *_: None)
    places = {"a": [(5, 6)], "b": [(3, 20)], "c": [(4, 5)], "e": [], "d": [(5, 6)]}
    region = case.layout.regions[0]
    asked = [
        Obligation(
            (name,),
            True,
            notes={"regions": tuple(replace(region, start=low, end=high) for low, high in each)},
        )
        for name, each in places.items()
    ]
    found = findings(case, rule(*asked), Decided(case, given=[FAILS] * len(asked)))
    assert [each.subjects[0] for each in found] == ["e", "b", "c", "a", "d"]


def test_without_rules_all_of_the_catalogue_are_judged(case: Case) -> None:
    found = judge(case, Decided(case))  # type: ignore[arg-type]
    assert [each.rule.id for each in found] == [each.id for each in catalogue()]
    assert all(each.findings for each in found)


def test_what_holds_is_counted(case: Case) -> None:
    """Two obligations of which one names two subjects; the advice is not counted."""
    two = Obligation(("holds", "other"), True)
    (found,) = findings(case, rule(H, two, H_), Decided(case))
    assert found.message == "made up: 2 obligations on 2 subjects, for every configuration"
    assert found.subjects == ("holds", "other")


@pytest.mark.parametrize("exact", [True, False])
def test_what_is_listed_says_whether_it_is_exact(case: Case, exact: bool) -> None:
    found = findings(case, rule(H, listing=Listing("widths", True)), Decided(case, regimes_exact=exact))
    assert [(each.listed, each.listing, each.listing_exact) for each in found] == [("widths", REGIMES, exact)]
    (silent,) = findings(case, rule(H), Decided(case))
    assert (silent.listed, silent.listing) == ("", ())


@pytest.mark.parametrize(
    ("kind", "about_regions", "asked", "expected"),
    [
        ("ram", True, 0, [UNKNOWN]),
        ("device", True, 1, [UNKNOWN]),
        ("ram", False, 1, [PROVED]),
        ("device", False, 1, [PROVED]),
    ],
)
def test_a_region_that_is_on_no_map_leaves_it_open(
    case: Case, kind: str, about_regions: bool, asked: int, expected: list[Verdict]
) -> None:
    """And without all RAM windows nothing is even asked: how memory is spread is not known."""
    missing = Unplaced(Stem("GUEST_FOO", kind, (), ()), "it has no size")
    less = replace(case, layout=replace(case.layout, unplaced=(missing,)))
    decider = Decided(less)
    found = findings(less, rule(H, about_regions=about_regions), decider)
    assert [each.verdict for each in found] == expected
    assert len(decider.asked) == asked


@pytest.mark.parametrize(("offered", "expected"), [(1, UNKNOWN), (0, PROVED)])
def test_a_window_without_an_end_leaves_it_open_where_its_rest_is_offered(
    case: Case, offered: int, expected: Verdict
) -> None:
    bank = replace(case.layout.banks[-1], size=None)
    endless = replace(case.layout, banks=(*case.layout.banks[:-1], bank))
    known = dict(case.facts.numbers)
    known["extended-regions"] = replace(known["extended-regions"], value=offered)
    less = replace(case, layout=endless, facts=replace(case.facts, numbers=known))
    assert [each.verdict for each in findings(less, rule(H), Decided(less))] == [expected]
