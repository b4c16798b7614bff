"""What explains a log, where what is predicted is told by the test: each change that is enough, and its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.xen.explained import (
    BOARD,
    GIVEN,
    LOGGED,
    NARROW,
    NOTHING,
    OFF,
    PLAIN,
    XEN,
    Told,
    asked_with,
    domain_map,
)
from verifier.layout.boot import DomainLog
from verifier.layout.domain_map import DomainMap, Extent
from verifier.layout.host import Host
from verifier.reading.behaviours import Behaviour, Variant
from verifier.xen import explanations as module
from verifier.xen.explanations import Case
from verifier.xen.release import Xen
from verifier.xen.subjects import Given


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    return asked_with(monkeypatch)


@pytest.mark.parametrize(("found", "agrees"), [
    ((), False),
    ((domain_map(()),), True),
    ((domain_map(None),), False),  # open is not the same as none
    ((domain_map((), "d1"),), False),
    ((domain_map((Extent(1, 2),), "d1"), domain_map(())), True),
    ((domain_map((Extent(1, 2),)), domain_map((), "d1")), False),
])  # fmt: skip
def test_a_log_agrees_with_its_own_domain(
    monkeypatch: pytest.MonkeyPatch, found: tuple[DomainMap, ...], *, agrees: bool
) -> None:
    monkeypatch.setattr(module, "predict", lambda *_: found)
    assert Case(BOARD, XEN, GIVEN, "d0", NOTHING, lambda _: BOARD).agrees() is agrees


def test_what_is_asked_about_is_in_the_place_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Host, Xen, Given]] = []

    def predict(host: Host, xen: Xen, given: Given) -> tuple[DomainMap, ...]:
        asked.append((host, xen, given))
        raise KeyError("a variant of another time")

    monkeypatch.setattr(module, "predict", predict)
    case = Case(BOARD, XEN, GIVEN, "d0", NOTHING, lambda _: BOARD)
    others = (replace(BOARD, file="o"), replace(XEN, tag="o"), replace(GIVEN, ipa_bits=48))
    host, xen, given = others
    assert [case.agrees(), case.agrees(host=host), case.agrees(xen=xen), case.agrees(given=given)] == [
        False
    ] * 4
    assert asked == [(BOARD, XEN, GIVEN), (host, XEN, GIVEN), (BOARD, xen, GIVEN), (BOARD, XEN, given)]


def test_nothing_explains_what_nothing_prints(told: Told) -> None:
    assert told(lambda *_: False) == ()


@pytest.mark.parametrize(("ours", "sentence"), [
    (False, "I/O virtualisation enabled"), (True, "I/O virtualisation disabled"),
])  # fmt: skip
def test_the_iommu(told: Told, sentence: str, *, ours: bool) -> None:
    given = replace(GIVEN, iommu=ours)
    assert told(lambda _host, _xen, other: other.iommu is not ours, given=given) == (sentence,)


@pytest.mark.parametrize(("ours", "printed", "sentences"), [
    (64, NOTHING, ("a kernel of 32 bits",)),
    (64, NARROW, ("a kernel of 32 bits, as line 7 says: extended regions are only for 64-bit domains",)),
    (64, OFF, ("a kernel of 32 bits, as line 8 says: they are off",)),
    (64, LOGGED, ()),  # it has 64: there are regions
    (32, LOGGED, ("a kernel of 64 bits",)),
    (32, NOTHING, ("a kernel of 64 bits",)),
    (32, NARROW, ()),
])  # fmt: skip
def test_the_width_of_the_kernel(
    told: Told, ours: int, printed: DomainLog, sentences: tuple[str, ...]
) -> None:
    """That of the domain alone: others keep theirs."""
    given = replace(GIVEN, kernel_bits={"d0": ours, "d1": 32})
    found = told(
        lambda _host, _xen, other: (
            (other.bits("d0"), other.bits("d1"), other.iommu) == (96 - ours, 32, False)
        ),
        printed,
        given=given,
    )
    assert found == sentences


@pytest.mark.parametrize(("ours", "printed", "sentences"), [
    (True, NOTHING, ("ext_regions off",)),
    (False, NOTHING, ("ext_regions on",)),
    (True, OFF, ("ext_regions off, as line 8 says: they are off",)),
    (True, NARROW, ()),  # another reason is told
    (False, LOGGED, ()),
])  # fmt: skip
def test_the_option(told: Told, printed: DomainLog, sentences: tuple[str, ...], *, ours: bool) -> None:
    host = replace(BOARD, options=replace(BOARD.options, ext_regions=ours))
    assert told(lambda other, *_: other.options.ext_regions is not ours, printed, host=host) == sentences


@pytest.mark.parametrize(("ours", "sentence"), [
    (False, "a debug build of Xen"), (True, "a release build of Xen"),
])  # fmt: skip
def test_the_build(told: Told, sentence: str, *, ours: bool) -> None:
    own = replace(XEN, debug=ours)
    assert told(lambda _host, other, _given: other.debug is not ours, xen=own) == (sentence,)


FIRST = Variant("plain", "4.4.0", (), "it is plain", (), 1)
SECOND = Variant("odd", "4.12.0", (), "it is odd", ("aaaaaaaaaa",), 1)
THIRD = Variant("odd", "4.15.0", ("4.13.4", "4.14.2"), "it is odder", ("bbbbbbbbbb", "cccccccccc"), 2)
LAST = Variant("plain", "4.17.0", (), "it is plain again", ("dddddddddd",), 1)
TABLE = {"b": Behaviour("b", "f.c g", (FIRST, SECOND, THIRD, LAST))}
SENTENCES = (
    "f.c g: it is plain (from 4.4.0 until 4.12.0, by aaaaaaaaaa)",
    "f.c g: it is odd (from 4.12.0 until 4.13.4, 4.14.2 and 4.15.0, by bbbbbbbbbb and cccccccccc)",
    "f.c g: it is odder (from 4.15.0 until 4.17.0, by dddddddddd)",
    "f.c g: it is plain again (from 4.17.0)",
)


@pytest.mark.parametrize(("own", "expected"), [
    (FIRST, (1, 2)), (SECOND, (0, 2, 3)), (THIRD, (0, 1, 3)), (LAST, (1, 2)),
])  # fmt: skip
def test_another_behaviour(told: Told, own: Variant, expected: Sequence[int]) -> None:
    """What has our name and number is ours, whenever it was; all else is asked, one at a time."""
    release = replace(XEN, behaviours={"a": PLAIN, "b": own})

    def matches(_host: Host, other: Xen, _given: Given) -> bool:
        return other.behaviours["b"] != own and other.behaviours["a"] == PLAIN

    assert told(matches, xen=release, behaviours=TABLE) == tuple(SENTENCES[at] for at in expected)
    for at in expected:
        only = TABLE["b"].variants[at]
        assert told(
            lambda _host, other, _given, only=only: other.behaviours["b"] is only,
            xen=release,
            behaviours=TABLE,
        ) == (SENTENCES[at],)


def test_a_release_that_is_too_old_for_a_behaviour_does_not_behave(told: Told) -> None:
    assert (
        told(
            lambda _host, other, _given: "b" in other.behaviours,
            xen=replace(XEN, behaviours={}),
            behaviours=TABLE,
        )
        == ()
    )


def test_what_ended_without_a_commit(told: Told) -> None:
    table = {"b": Behaviour("b", "f.c g", (FIRST, replace(SECOND, commits=())))}
    release = replace(XEN, behaviours={"b": SECOND})
    found = told(lambda _host, other, _given: other.behaviours["b"] is FIRST, xen=release, behaviours=table)
    assert found == ("f.c g: it is plain (from 4.4.0 until 4.12.0)",)
