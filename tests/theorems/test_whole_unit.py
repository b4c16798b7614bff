"""The heuristic "a whole unit, or RAM": proved by a solver, tried on every small stretch, and refuted of faulty code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from verifier.layout.consumer import Takes
from verifier.layout.domain_map import Extent
from verifier.logic.word import Word, holds, uint64
from verifier.reading.consumers import consumers
from verifier.theorems import whole_unit
from verifier.xen.consumers import whole_units

TAKES = {each.name: each.takes for each in consumers() if each.takes is not None}
EVERYWHERE = Extent(0, 1 << 64)
Code = Callable[[Takes, Word, Word, Extent], tuple[Word, Word] | None]


@pytest.mark.parametrize("name", TAKES)
def test_it_is_proved(name: str) -> None:
    takes = TAKES[name]
    decided = whole_unit.proof(takes)
    expected = ["inside", "none-missed", *(["joined"] if takes.joins else [])]
    assert [each.obligation.name for each in decided] == expected
    assert {each.outcome for each in decided} == {"proved"}
    assert not any(each.vacuous for each in decided)


def units_of(start: int, end: int, unit: int) -> set[int]:
    """Every address of a whole unit in a stretch, by looking at each."""
    return {at for at in range(start, end) if at % unit == 0 and at + unit <= end}


@pytest.mark.parametrize("unit", [1, 2, 4, 8])
def test_every_small_stretch(unit: int) -> None:
    """The integer reading of the same code, in a space of 40 bytes."""
    takes = replace(TAKES["zephyr"], unit=unit)
    for start in range(40):
        for end in range(start, 41):
            found = whole_units(takes, start, end, EVERYWHERE)
            expected = units_of(start, end, unit)
            if found is None:
                assert not expected
                continue
            first, last = found
            assert isinstance(first, int)
            assert isinstance(last, int)
            assert set(range(first, last, unit)) == expected


def _down(takes: Takes, start: Word, end: Word, _window: Extent) -> tuple[Word, Word] | None:
    """Rounds its start down: what it uses begins below the stretch."""
    first, last = uint64.round_down(start, takes.unit), uint64.round_down(end, takes.unit)
    return (first, last) if holds(first < last) else None


def _any(takes: Takes, start: Word, end: Word, _window: Extent) -> tuple[Word, Word] | None:
    """Linux as it is: uses whatever there is."""
    first, last = uint64.round_up(start, takes.unit), uint64.round_down(end, takes.unit)
    return (first, last) if holds(start < end) else None


def _shy(takes: Takes, start: Word, end: Word, _window: Extent) -> tuple[Word, Word] | None:
    """Wants two units: gives up RAM although there is one."""
    first, last = uint64.round_up(start, takes.unit), uint64.round_down(end, takes.unit)
    if holds(first < start) or not holds(first < last) or holds(uint64.subtract(last, first) <= takes.unit):
        return None
    return first, last


@pytest.mark.parametrize(("code", "broken"), [(_down, "inside"), (_any, "inside"), (_shy, "none-missed")])
def test_faulty_code_is_not_proved(code: Code, broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_unit, "whole_units", code)
    outcomes = {each.obligation.name: each.outcome for each in whole_unit.proof(TAKES["linux-arm64-4k"])}
    assert outcomes[broken] == "fails"


def test_code_that_never_uses_a_region_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """That what is used lies inside is vacuous then."""
    monkeypatch.setattr(whole_unit, "whole_units", lambda *_: None)
    inside, missed, _ = whole_unit.proof(TAKES["linux-arm64-4k"])
    assert (inside.outcome, inside.vacuous) == ("unknown", True)
    assert missed.outcome == "fails"
