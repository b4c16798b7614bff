"""How findings become the verdict of a run: refuted before unknown before proved, and nothing checked is not proved.

Each kind of report is asked about every combination of what it looks at; what must come out is written as conditions here.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, combinations, product
from types import SimpleNamespace as Some
from typing import Any

import pytest

from verifier.commands.output import Output
from verifier.layout.board_report import BoardReport
from verifier.layout.difference import Behaviour, Difference, Effect
from verifier.layout.find_report import FindReport
from verifier.layout.finding import Report, Verdict
from verifier.layout.placement_report import PlacementReport
from verifier.layout.repair_report import RepairPlan, RepairReport, aims
from verifier.layout.scheme_report import Cell, Part, SchemesReport
from verifier.layout.series import Judged, Series
from verifier.layout.sweep import Outcome, Record, Skipped, SweepReport, SweptBoard
from verifier.layout.theorem_report import TheoremFound, TheoremReport

WORDS = ("proved", "refuted", "unknown", "not-applicable", "waived")


def verdict(kind: type[Any], name: str = "verdict", /, **values: Any) -> str:
    """Of a report of this kind that has nothing but these values."""
    return str(getattr(kind, name).fget(Some(**values)))


def sets(words: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return list(chain.from_iterable(combinations(words, count) for count in range(len(words) + 1)))


def every(*values: Iterable[Any], repeat: int = 1) -> list[tuple[Any, ...]]:
    return list(product(*values, repeat=repeat))


def ranked(found: tuple[str, ...]) -> str:
    if "refuted" in found:
        return "refuted"
    return "proved" if "proved" in found and "unknown" not in found else "unknown"


@pytest.mark.parametrize("errors", sets(WORDS))
def test_of_a_layout_errors_count_and_advice_does_not(errors: tuple[str, ...]) -> None:
    findings = [Some(verdict=Verdict(word), severity="error") for word in errors]
    for word in WORDS:
        advised = [*findings, Some(verdict=Verdict(word), severity="advice")]
        assert verdict(Report, "own_verdict", findings=advised) == ranked(errors)


@pytest.mark.parametrize(("last", "before"), every(WORDS[:3], sets(WORDS[:3])))
def test_of_a_series_every_patch_counts(last: str, before: tuple[str, ...]) -> None:
    """Each has a verdict of its own: the series is proved only if all of them are."""
    earlier = [Some(own_verdict=Verdict(word)) for word in before]
    found = verdict(Report, own_verdict=Verdict(last), before=earlier)
    assert found == ranked((last, *before))


def board(**values: object) -> str:
    plain = {
        "findings": (),
        "disagrees": False,
        "vacuous": (),
        "log": None,
        "agreements": (),
        "maps": (),
        "open": (),
    }
    return verdict(BoardReport, **{**plain, **values})


@pytest.mark.parametrize(
    ("found", "disagrees", "vacuous", "still"), every(sets(WORDS), *([(False, True)] * 3))
)
def test_of_a_board(found: tuple[str, ...], disagrees: bool, vacuous: bool, still: bool) -> None:
    """Of what Xen cannot have made nothing is refuted, unless the log itself says otherwise; and nothing is proved."""
    said = board(
        findings=[Some(verdict=word) for word in found],
        disagrees=disagrees,
        vacuous=("a reason",) if vacuous else (),
        open=("a domain",) if still else (),
    )
    refuted = disagrees or ("refuted" in found and not vacuous)
    proved = "proved" in found and not {"refuted", "unknown"}.intersection(found) and not (vacuous or still)
    assert said == ("refuted" if refuted else "proved" if proved else "unknown")


def test_a_log_with_which_no_domain_could_be_compared_proves_nothing() -> None:
    proved, boots, stops = [Some(verdict="proved")], Some(boots=True), Some(boots=False)
    assert board(findings=proved, log="a log", maps=[stops, boots]) == "unknown"
    assert board(findings=proved, log="a log", maps=[boots], agreements=["d0"]) == "proved"
    assert board(findings=proved, log="a log", maps=[stops]) == "proved"
    assert board(findings=proved, maps=[boots]) == "proved"


@pytest.mark.parametrize(("contradicted", "impossible", "differs"), every((False, True), repeat=3))
def test_a_log_disagrees_in_any_of_three_ways(contradicted: bool, impossible: bool, differs: bool) -> None:
    values = {
        "contradictions": ("d0",) if contradicted else (),
        "impossible": ("a bank",) if impossible else (),
        "agreements": [Some(differences=()), Some(differences=("a region",) if differs else ())],
    }
    assert verdict(BoardReport, "disagrees", **values) == str(contradicted or impossible or differs)


@pytest.mark.parametrize(
    ("boots", "property_", "domain", "setting", "still"),
    [
        (True, "complete", "d0", (40, True), False),
        (None, "complete", "d0", (40, True), False),
        (False, "consumer-usable", "d0", (40, True), False),  # it does not boot: nothing has to be told of it
        (
            True,
            "consumer-usable",
            "d0",
            (40, True),
            True,
        ),  # that a kernel can use it says nothing of what it is
        (None, "consumer-usable", "d0", (40, True), True),
        (True, "complete", "d1", (40, True), True),
        (True, "complete", "d0", (44, True), True),
        (True, "complete", "d0", (40, False), True),
    ],
)
def test_a_domain_that_is_not_judged_under_a_setting_is_open(
    boots: bool | None, property_: str, domain: str, setting: tuple[int, bool], still: bool
) -> None:
    told = Some(property=property_, domain=domain, settings=(setting,), verdict="proved")
    one = Some(name="d0", ipa_bits=40, iommu=True, boots=boots)
    of_it = BoardReport.open.fget(Some(findings=[told], maps=[one], vacuous=()))  # type: ignore[attr-defined]
    assert bool(of_it) == still


def test_an_unknown_finding_is_open_and_so_is_everything_of_what_cannot_be() -> None:
    told = Some(property="complete", domain="d0", settings=((40, True),), verdict="unknown")
    is_open = BoardReport.open.fget  # type: ignore[attr-defined]
    assert is_open(Some(findings=[told], maps=[], vacuous=())) == ("complete of d0",)
    assert len(is_open(Some(findings=[], maps=[], vacuous=("a reason",)))) == 1


def test_of_a_difference() -> None:
    """Broken or lost refutes, moved if nothing may move; a doubt leaves it open; something has to be kept."""
    advice = [Some(effect=each, finding=Some(severity="advice")) for each in Effect]
    for effects, stable in every(sets(tuple(Effect)), (False, True)):
        deltas = [*advice, *(Some(effect=each, finding=Some(severity="error")) for each in effects)]
        names = {each.value for each in effects}
        refuted = names & {"newly-refuted", "lost"} or (stable and "moved" in names)
        doubt = names & {"newly-unknown", "still-unknown"} or Effect.KEPT not in effects
        expected = "refuted" if refuted else "unknown" if doubt else "proved"
        assert verdict(Difference, deltas=deltas, behaviours=(), stable=stable) == expected, (effects, stable)


@pytest.mark.parametrize(("before", "after", "waived"), every(WORDS, WORDS, (False, True)))
def test_what_xen_does_worse_than_before_refutes_a_difference(before: str, after: str, waived: bool) -> None:
    accepted = "a waiver" if waived else None
    worse = Behaviour.is_worse.fget(Some(before=before, after=after, waiver=accepted))  # type: ignore[attr-defined]
    assert worse == (before == "proved" and after == "refuted" and not waived)
    kept = [Some(effect=Effect.KEPT, finding=Some(severity="error"))]
    found = verdict(Difference, deltas=kept, behaviours=[Some(is_worse=worse, after=after)], stable=False)
    assert found == ("refuted" if worse else "unknown" if after == "unknown" else "proved")


def test_of_a_commit_that_cannot_be_read_nothing_is_known() -> None:
    assert verdict(Judged, difference=None) == "unknown"
    assert verdict(Judged, difference=Some(verdict=Verdict.REFUTED)) == "refuted"


@pytest.mark.parametrize(("commits", "found"), every((0, 1, 2), sets(WORDS[:3])))
def test_of_a_range(commits: int, found: tuple[str, ...]) -> None:
    """A range that changes nothing is proved, one without a commit is not."""
    said = verdict(Series, commits=commits, parts=[Some(verdict=Verdict(word)) for word in found])
    assert said == ("unknown" if not commits else ranked(found or ("proved",)))


def test_the_merge_is_a_part_of_a_range() -> None:
    parts = Series.parts.fget  # type: ignore[attr-defined]
    assert parts(Some(judged=("a", "b"), merged="m")) == ("a", "b", "m")
    assert parts(Some(judged=("a", "b"), merged=None)) == ("a", "b")


@pytest.mark.parametrize(("found", "doubt"), every(sets((*WORDS[:3], "error", "timeout")), (False, True)))
def test_of_a_sweep(found: tuple[str, ...], doubt: bool) -> None:
    """Whatever has no answer is not proved, be it a board or a file that may be one."""
    boards = [Some(records=[Some(verdict=word) for word in found])] if found else []
    skipped = [Some(is_doubt=False), Some(is_doubt=doubt)]
    said = verdict(SweepReport, boards=boards, skipped=skipped)
    clean = found == ("proved",) and not doubt
    assert said == ("refuted" if "refuted" in found else "proved" if clean else "unknown")


def failed(
    effect: str, size: int = 0, count: int = 1, *, of: str = "no-overlap", verdict: str = "refuted"
) -> Outcome:
    return Outcome(of, "d0", verdict, effect, count, size, "")


def record(verdict: str, *outcomes: Outcome) -> Record:
    return Record(verdict, "", outcomes=outcomes)


RANKED = (
    record("refuted", failed("unsound", 0x2000)),
    record("refuted", failed("unsound", 0x1000), failed("unusable", 1 << 30)),  # two, the worst a page
    record(
        "refuted", failed("unsound", 0x1000), failed("", 0, 9, verdict="unknown")
    ),  # one: open is not refuted
    record("refuted", failed("not built", 1 << 30, 9)),
    record("refuted", failed("unusable")),
    record("refuted", failed("space lost")),
    record("refuted", failed("unsound", 1 << 30, 9, of="permissions-match")),  # nearly every board does
    record("error"),
    record("unknown", failed("unsound", of="permissions-match")),  # of what cannot be
    record("unknown", failed("", 0, 9, verdict="unknown")),
    record("proved"),
)
"""From the worst to the best: by verdict, by effect, by the size of what has the worst one, by how many are refuted."""


def test_boards_of_a_sweep_are_told_the_worst_first() -> None:
    for rotated in range(len(RANKED)):
        records = (*RANKED[rotated:], *RANKED[:rotated])
        assert tuple(sorted(records, key=lambda each: each.rank)) == RANKED
        assert SweptBoard(("b",), "", records).worst == RANKED[0]
    assert RANKED[-1].rank[1] > RANKED[6].rank[1]  # no effect at all is behind that of the least property


def test_a_file_that_is_skipped_is_a_doubt_only_where_it_says_so() -> None:
    """Every folder has files that are no boards."""
    boards = [Some(records=[Some(verdict="proved")])]
    assert verdict(SweepReport, boards=boards, skipped=[Skipped("README", "no device tree")]) == "proved"


@pytest.mark.parametrize("faults", sets(("", "input", "internal", "lost")))
def test_a_sweep_is_contradicted_by_one_board(faults: tuple[str, ...]) -> None:
    boards = [Some(records=[Some(fault="")]), Some(records=[Some(fault=each) for each in faults])]
    assert verdict(SweepReport, "is_contradicted", boards=boards) == str("internal" in faults)


@pytest.mark.parametrize("found", sets(WORDS[:4]))
def test_of_theorems(found: tuple[str, ...]) -> None:
    """Of one that speaks of no release, not even unknown is said; a run that proves nothing is unknown."""
    each = [Some(verdict=word) for word in found]
    counted = tuple(word for word in found if word != "not-applicable")
    assert verdict(TheoremFound, judged=each) == (ranked(counted) if counted else "not-applicable")
    assert verdict(TheoremReport, theorems=each) == ranked(found)


@pytest.mark.parametrize(("undecided", "schemes"), every((0, 1), ((), ("grant",))))
def test_of_schemes_all_cells_are_decided(undecided: int, schemes: tuple[str, ...]) -> None:
    said = verdict(SchemesReport, undecided=undecided, schemes=schemes)
    assert said == ("proved" if schemes and not undecided else "unknown")


@pytest.mark.parametrize(("decided", "found"), every(sets((True, False)), sets(("sound", "unknown"))))
def test_open_cells_and_open_heuristics_are_counted(
    decided: tuple[bool, ...], found: tuple[str, ...]
) -> None:
    values = {
        "schemes": [Some(cells=[Some(decided=each) for each in decided])],
        "heuristics": [Some(verdict=word) for word in found],
    }
    count = (False in decided) + ("unknown" in found)
    assert verdict(SchemesReport, "undecided", **values) == str(count)


CELLS = ("sound", "steals RAM", "undecided", "breaks")


def cell(*words: tuple[str, ...]) -> Cell:
    """Of so many releases, in each of which its parts have these words."""
    tags = tuple(f"4.{15 + number}.0" for number in range(len(words)))
    parts = (Part(each, "", (), (tag,)) for tag, of_tag in zip(tags, words, strict=True) for each in of_tag)
    return Cell("old", "new", tags, tuple(parts))


def worst_of(words: tuple[str, ...]) -> str:
    """What breaks is not saved by what is open; what steals may be worse where something is; of nothing nothing is known."""
    return next((each for each in reversed(CELLS) if each in words), "undecided")


@pytest.mark.parametrize(("older", "newer"), every(sets(CELLS), repeat=2))
def test_a_cell_is_decided_in_every_release_and_told_by_the_newest(
    older: tuple[str, ...], newer: tuple[str, ...]
) -> None:
    both = cell(older, newer)
    words = worst_of(older), worst_of(newer)
    assert both.decided == ("undecided" not in words)
    assert both.word == words[1]
    assert both.worst == worst_of(words)
    assert cell(older, older, newer).word == words[1]


def test_a_cell_of_no_release_is_not_decided() -> None:
    assert not cell().decided


@pytest.mark.parametrize(
    ("undecided", "broken", "places", "expected"),
    [
        ("", (), "places", "proved"),
        ("", (), None, "refuted"),
        ("a time-out", (), "places", "unknown"),
        ("a time-out", (), None, "unknown"),
        ("", ("no-overlap",), "places", "unknown"),
    ],
)
def test_of_places(undecided: str, broken: tuple[str, ...], places: str | None, expected: str) -> None:
    assert verdict(FindReport, undecided=undecided, broken=broken, places=places) == expected


def test_of_a_template() -> None:
    sound, fails = Some(failure=None), Some(failure="a region")
    assert verdict(PlacementReport, undecided="", tried=[fails, sound]) == "proved"
    assert verdict(PlacementReport, undecided="", tried=[fails]) == "refuted"
    assert verdict(PlacementReport, undecided="a time-out", tried=[sound]) == "unknown"


@pytest.mark.parametrize(
    ("targets", "plans", "aims", "incurable", "still", "expected"),
    [
        ((), (), (), (), (), "proved"),  # nothing is refuted
        ((), (), (), (), ("x",), "unknown"),
        (("a",), (), (), ("a",), (), "refuted"),
        (("a",), (), (), (), (), "refuted"),
        (("a", "b"), (("a", "b"),), ("a", "b"), (), (), "proved"),
        (("a", "b"), (("a", "b"),), ("a", "b"), (), ("x",), "unknown"),
        (("a", "b"), (("a",),), ("a", "b"), ("b",), (), "refuted"),
        (("a", "b"), (("a",),), ("a",), ("b",), (), "proved"),  # numbers cannot cure b, and nobody asked
        (("a", "b"), (("a",), ("b",)), ("a", "b"), (), (), "unknown"),  # each cures one, none both
    ],
)
def test_of_repairs(
    targets: tuple[str, ...],
    plans: tuple[tuple[str, ...], ...],
    aims: tuple[str, ...],
    incurable: tuple[str, ...],
    still: tuple[str, ...],
    expected: str,
) -> None:
    made = [Some(keys=frozenset(each)) for each in plans]
    values = {
        "targets": targets,
        "plans": made,
        "aims": frozenset(aims),
        "incurable": incurable,
        "open": still,
    }
    assert verdict(RepairReport, **values) == expected


def plan(*cured: str, gives_up: bool = False) -> Any:
    return Some(cured=tuple((each, ()) for each in cured), gives_up=gives_up)


def keys(*properties: str) -> frozenset[tuple[str, tuple[str, ...]]]:
    return frozenset((each, ()) for each in properties)


def test_a_repair_aims_at_what_can_be_cured_without_giving_anything_up() -> None:
    assert aims([plan("a"), plan("b"), plan("c", gives_up=True)]) == keys("a", "b")
    assert aims([plan("c", gives_up=True), plan("d", gives_up=True)]) == keys("c", "d")
    assert aims([]) == frozenset()


def test_what_was_asked_for_is_aimed_at_whatever_numbers_can_do() -> None:
    asked = {"targets": [("a", ()), ("b", ())], "plans": [plan("a")]}
    found = RepairReport.aims.fget  # type: ignore[attr-defined]
    assert found(Some(properties=("no-overlap",), **asked)) == keys("a", "b")
    assert found(Some(properties=(), **asked)) == keys("a")


def test_a_plan_gives_up_only_what_it_says() -> None:
    """Else what it cures would not be aimed at beside another plan."""
    made = RepairPlan({}, ram=0, other=0, cured=(("b", ()),), remaining=(), summary="")
    assert aims([plan("a"), made]) == keys("a", "b")


STATUS = {
    None: {"proved": 0, "refuted": 1, "unknown": 3, "not-applicable": 3, "waived": 3},
    "proved": {"proved": 0, "refuted": 1, "unknown": 3, "not-applicable": 1, "waived": 1},
    "refuted": {"proved": 1, "refuted": 0, "unknown": 3, "not-applicable": 1, "waived": 1},
    "unknown": {"proved": 1, "refuted": 1, "unknown": 0, "not-applicable": 1, "waived": 1},
}
"""The contract: 0 proved, 1 refuted, 3 undecided or nothing checked; with --expect 0 for that one, 3 for unknown, else 1."""


@pytest.mark.parametrize(("expect", "word"), every(STATUS, WORDS))
def test_the_exit_status(expect: str | None, word: str) -> None:
    output = Output((("text", "-"),), expect, quiet=False, verbose=False)
    assert output.status(word) == STATUS[expect][word]
