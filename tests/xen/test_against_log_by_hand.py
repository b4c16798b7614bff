"""Which domains of a prediction a log is compared with, on both sides of each condition, and what it settles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from tests.xen.test_against_log import D0, D1, PANIC, log, predicted
from verifier.layout.boot import BootLog, DomainLog, Stretch, Trouble
from verifier.layout.domain_map import Agreement, Difference, DomainMap, Extent, Observed
from verifier.layout.host import Host
from verifier.reading.dt_rules import Rules
from verifier.xen import against_log
from verifier.xen.explanations import Case
from verifier.xen.release import xen
from verifier.xen.subjects import Given

HERE, THERE = Extent(0x1000, 0x2000), Extent(0x3000, 0x4000)
LOGGED = Stretch(0x1000, 0x2000, 7)
TREE = Stretch(0x5000, 0x6000, 8)
NONE_SAID = Trouble("no-regions", "no extended regions", 9)
HOST = cast("Host", None)
"""Nobody looks at it where the prediction is given."""
GIVEN = Given(40, iommu=True)


def domain(regions: tuple[Extent, ...] | None, *, boots: bool | None) -> DomainMap:
    return DomainMap("d1", "/chosen/one", 40, True, "f", (), None, regions, None, boots, ())


def reread(_rules: Rules) -> Host:
    return HOST


PRINTED = DomainLog("d1", extended=(LOGGED,))
SILENT = DomainLog("d1")
"""The log ends before it says anything of regions."""
WITHOUT = DomainLog("d1", without=NONE_SAID)
PLACED = DomainLog("d1", tree=TREE)
ALL = (PRINTED, SILENT, WITHOUT, PLACED)


@pytest.mark.parametrize(
    ("found", "with_regions", "without_regions"),
    [
        (domain((HERE,), boots=True), True, True),
        (domain((HERE,), boots=None), True, True),
        (domain((), boots=True), True, True),
        (domain(None, boots=True), False, False),
        (domain(None, boots=None), False, False),
        # Nobody is told of a domain that is not built, unless the log has regions of it.
        (domain(None, boots=False), True, False),
        (domain((HERE,), boots=False), True, False),
    ],
)
def test_who_is_compared(
    found: DomainMap, monkeypatch: pytest.MonkeyPatch, *, with_regions: bool, without_regions: bool
) -> None:
    """Who has regions in the log, or a tree or a reason there without any; others are told apart if ours are open."""
    monkeypatch.setattr(against_log, "predict", lambda *_inputs: (found,))
    monkeypatch.setattr(against_log, "explanations", lambda _case: ())
    is_open = found.extended_regions is None and found.boots is not False
    said = {PRINTED: with_regions, SILENT: False, WITHOUT: without_regions, PLACED: without_regions}
    for printed in ALL:
        logged = BootLog("log", domains=(DomainLog("d0"), printed))
        compared = against_log.compared(HOST, xen("head"), GIVEN, logged, reread)
        assert [each.name for each in compared] == (["d1"] if said[printed] else []), printed
        other = Observed(None, (HERE,) if printed is PRINTED else ())
        expected = {"d1": other} if is_open and printed is not SILENT else {}
        assert against_log.uncompared((found,), logged) == expected
    nobody = BootLog("log", domains=(DomainLog("d0", extended=(LOGGED,)),))
    assert against_log.compared(HOST, xen("head"), GIVEN, nobody, reread) == ()
    assert against_log.uncompared((found,), nobody) == {}


def test_what_differs_is_explained_and_what_agrees_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Case] = []

    def because(case: Case) -> tuple[str, ...]:
        asked.append(case)
        return ("another Xen",)

    maps = (domain((HERE,), boots=True), replace(domain((THERE,), boots=True), name="d2"))
    monkeypatch.setattr(against_log, "predict", lambda *_inputs: maps)
    monkeypatch.setattr(against_log, "explanations", because)
    second = replace(PRINTED, name="d2")
    logged = BootLog("log", domains=(PRINTED, second))
    assert against_log.compared(HOST, xen("head"), GIVEN, logged, reread) == (
        Agreement("d1", Observed(None, (HERE,)), ()),
        Agreement("d2", Observed(None, (HERE,)), (Difference("d2", 0, THERE, HERE),), ("another Xen",)),
    )
    assert asked == [Case(HOST, xen("head"), GIVEN, "d2", second, reread)]


def test_who_is_behind_a_domain_that_was_not_built() -> None:
    """Was not built either; who could not be anyway keeps the reason for it."""
    found = against_log.settled(predicted(None, True, False), log(D0, PANIC.format("out of luck")))
    assert [(each.boots, each.reasons) for each in found] == [
        (False, ("why", "by the log it was not built")),
        (False, ("Xen stops at d0: by the log it was not built",)),
        (False, ("why",)),
    ]


@pytest.mark.parametrize("change", [{"extended_regions": None}, {"boots": True}, {"boots": False}])
def test_who_is_not_settled(change: dict[str, Any]) -> None:
    """Whose regions are not known, and who is decided."""
    maps = tuple(replace(each, **change) for each in predicted(None, None, None))
    assert against_log.settled(maps, log(D0, D1)) == maps


def test_a_log_that_ends_with_a_region_settles_nothing_of_that_domain() -> None:
    """What is printed behind the last one is not there: Xen may have stopped at it."""
    cut = "".join(D1.splitlines(keepends=True)[:2])
    found = against_log.settled(predicted(None, None, None), log(D0, cut))
    assert [each.boots for each in found] == [True, None, None]


@pytest.mark.parametrize("kind", ["panic", "assertion", "abort", "bug"])
def test_what_stops_xen_is_a_contradiction(kind: str) -> None:
    stops, lives = Trouble(kind, "at the end", 3), Trouble("failure", "at first", 2)
    decided = predicted(True, True, True)
    logged = BootLog("log", troubles=(lives, stops))
    assert against_log.contradictions(decided, logged) == ("the log has in line 3: at the end",)
    assert against_log.contradictions(decided, BootLog("log", troubles=(lives,))) == ()
