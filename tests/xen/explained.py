"""Explanations of a log where what is predicted, and what releases do, is told by a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.xen.test_bank_runs import M, board
from verifier.layout.boot import DomainLog, Stretch, Trouble
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Host
from verifier.reading.behaviours import Behaviour, Variant
from verifier.reading.dt_rules import Difference, Rules
from verifier.xen import explanations as module
from verifier.xen.explanations import Case, explanations
from verifier.xen.release import Xen
from verifier.xen.subjects import Given

Matches = Callable[[Host, Xen, Given], bool]
Told = Callable[..., tuple[str, ...]]
BOARD = board((0x40000000, 0x60000000), amount=128 * M)
GIVEN = Given(40, iommu=False)
PLAIN = Variant("plain", "4.4.0", (), "it is plain", ())
XEN = Xen("4.18.0", debug=False, behaviours={"b": PLAIN})
RULES = Rules("4.18.0", frozenset(), frozenset())
NOTHING = DomainLog("d0")
LOGGED = DomainLog("d0", extended=(Stretch(0x50000000, 0x60000000, 1),))
WIDTH = Trouble("no-regions", "extended regions are only for 64-bit domains", 7)
NARROW = DomainLog("d0", without=WIDTH)
OFF = DomainLog("d0", without=Trouble("no-regions", "they are off", 8))


def domain_map(regions: tuple[Extent, ...] | None, name: str = "d0") -> DomainMap:
    return DomainMap(name, None, 40, False, None, None, None, regions, None, None, ())


def agreeing(printed: DomainLog) -> DomainMap:
    return domain_map(tuple(Extent(each.start, each.end) for each in printed.extended))


def differing(_printed: DomainLog) -> DomainMap:
    return domain_map((Extent(1, 2),))


def asked_with(monkeypatch: pytest.MonkeyPatch) -> Told:
    """A call that gives the explanations where the log is predicted for what matches alone, and there are no tables."""

    def told(
        matches: Matches,
        printed: DomainLog = NOTHING,
        *,
        host: Host = BOARD,
        xen: Xen = XEN,
        given: Given = GIVEN,
        behaviours: Mapping[str, Behaviour] | None = None,
        readings: Sequence[Difference] = (),
        rules: Rules = RULES,
        releases: Sequence[tuple[Xen, Rules]] = (),
    ) -> tuple[str, ...]:
        known = {each.tag: (each, own) for each, own in releases} | {xen.tag: (xen, rules)}

        def predict(host: Host, xen: Xen, given: Given) -> tuple[DomainMap, ...]:
            return ((agreeing if matches(host, xen, given) else differing)(printed),)

        def other(tag: str, build: str) -> Xen:
            return replace(known[tag][0], debug=build == "debug")

        monkeypatch.setattr(module, "predict", predict)
        monkeypatch.setattr(module, "behaviours", lambda: behaviours or {})
        monkeypatch.setattr(module, "readings", lambda: readings)
        monkeypatch.setattr(module, "rules_of", lambda tag: known[tag][1])
        monkeypatch.setattr(module, "xen", other)
        tags = [each.tag for each, _ in releases]
        series = [SimpleNamespace(tags=tags[:2]), SimpleNamespace(tags=tags[2:])]
        monkeypatch.setattr("verifier.reading.models.releases", lambda: series)
        asked = replace(host, tag=xen.tag)
        case = Case(asked, xen, given, "d0", printed, lambda rules: replace(asked, file=_name(rules)))
        return explanations(case)

    return told


def _name(rules: Rules) -> str:
    """What stands for the tree read by some rules."""
    return "+".join(sorted(rules.holding)) or "none"
