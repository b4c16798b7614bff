"""Two layouts compared under made up rules: what is broken where, before and after, is written by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.made_up import (
    NARROW,
    WIDE,
    A,
    Asked,
    B,
    Macros,
    When,
    accepting,
    always,
    at,
    compared,
    rule,
    told,
)
from verifier.layout.facts import Width
from verifier.logic import term
from verifier.logic.case import Case
from verifier.logic.decide import Fails, Obligation, Outcome, Undecided
from verifier.rules.catalogue import Doubt


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([], [], [("SILENT", (), ())]),
        ([(A, at())], [(A, at())], [("KEPT", A, ())]),
        ([(A, at())], [(A, at(32))], [("BROKEN", A, (32,))]),
        ([], [(A, at(32))], [("BROKEN", A, (32,))]),
        ([(A, at(32))], [(A, at(32))], [("STILL_BROKEN", A, (32,))]),
        ([(A, at(32))], [(A, at(32, 40))], [("BROKEN", A, (40,)), ("STILL_BROKEN", A, (32,))]),
        ([(A, at(32))], [(A, at())], [("KEPT", A, ()), ("CURED", A, (32,))]),
        ([(A, at(32))], [], [("SILENT", (), ()), ("CURED", A, (32,))]),
        ([(A, at(32, 40))], [(A, at(32))], [("STILL_BROKEN", A, (32,)), ("EASED", A, (40,))]),
        ([(A, at(32))], [(A, at(40))], [("BROKEN", A, (40,)), ("EASED", A, (32,))]),
        ([(A, at(32))], [(B, at(32))], [("BROKEN", B, (32,)), ("CURED", A, (32,))]),
        ([(("a", "b"), at(32))], [(("b", "a"), at(32))], [("STILL_BROKEN", ("b", "a"), (32,))]),
        (
            [(A, at(32)), (A, at(40))],
            [(A, always)],
            [("STILL_BROKEN", A, ())],
        ),
        (
            [(("a", "b"), at(32, 40))],
            [(("b", "a"), at(32))],
            [("STILL_BROKEN", ("b", "a"), (32,)), ("EASED", ("a", "b"), (40,))],
        ),
    ],
)
def test_what_a_change_does_is_a_difference_of_where_it_fails(
    old: Asked, new: Asked, expected: list[tuple[str, tuple[str, ...], tuple[int, ...]]]
) -> None:
    assert told(compared(rule(old, new))) == expected


def test_what_was_wrong_already_and_what_got_better_are_no_errors() -> None:
    deltas = compared(rule([(A, at(32))], [(A, at(40))])).deltas()
    assert [(each.effect.name, each.finding.severity) for each in deltas] == [
        ("BROKEN", "error"),
        ("EASED", "advice"),
    ]
    (still,) = compared(rule([(A, at(32))], [(A, at(32))])).deltas()
    assert still.finding.severity == "advice"


@pytest.mark.parametrize(
    ("old", "new", "accepted", "expected"),
    [
        ([], [(A, at(32))], (32,), [("ACCEPTED", A, (32,))]),
        ([], [(A, at(32, 40))], (32,), [("BROKEN", A, (40,))]),
        ([(A, at(32))], [(A, at(32))], (32,), [("ACCEPTED", A, (32,))]),
        ([(A, at(32, 40))], [(A, at(32))], (32,), [("ACCEPTED", A, (32,)), ("CURED", A, (40,))]),
        ([(A, at(32))], [(A, at())], (32,), [("KEPT", A, ()), ("CURED", A, (32,))]),
        ([(A, at(32))], [(A, at(32, 40))], (40,), [("ACCEPTED", A, (40,)), ("STILL_BROKEN", A, (32,))]),
        ([], [(B, at(32))], (32,), [("BROKEN", B, (32,))]),
    ],
)
def test_what_is_accepted_is_accepted_of_the_new_layout_alone(
    old: Asked,
    new: Asked,
    accepted: tuple[int, ...],
    expected: list[tuple[str, tuple[str, ...], tuple[int, ...]]],
) -> None:
    assert told(compared(rule(old, new), accepting(*accepted))) == expected


ONE, OTHER = Doubt(A, "why"), Doubt(A, "why else")


@pytest.mark.parametrize(
    ("old", "new", "before", "after", "expected"),
    [
        ((), (ONE,), at(), at(), [("DOUBTED", A, ())]),
        ((ONE,), (ONE,), at(), at(), [("STILL_DOUBTED", A, ())]),
        ((OTHER,), (ONE,), at(), at(), [("DOUBTED", A, ())]),
        ((Doubt(B, "why"),), (ONE,), at(), at(), [("DOUBTED", A, ())]),
        ((ONE,), (), at(), at(), [("KEPT", A, ())]),
        ((), (ONE,), at(32), at(), [("DOUBTED", A, ())]),  # whether it is cured, nobody can tell
        ((ONE,), (), at(32), at(), [("KEPT", A, ()), ("CURED", A, (32,))]),
        ((), (ONE,), at(), at(32), [("BROKEN", A, (32,)), ("DOUBTED", A, ())]),
        ((), (ONE,), at(32), at(32), [("DOUBTED", A, ()), ("STILL_BROKEN", A, (32,))]),
    ],
)
def test_what_cannot_be_told_is_new_unless_it_was_so_before(
    old: tuple[Doubt, ...],
    new: tuple[Doubt, ...],
    before: When,
    after: When,
    expected: list[tuple[str, tuple[str, ...], tuple[int, ...]]],
) -> None:
    assert told(compared(rule([(A, before)], [(A, after)], (old, new)))) == expected


def test_what_the_solver_cannot_tell_of_old_failures_is_a_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the question alone that has no answer: whether it fails still."""
    comparison = compared(rule([(A, at(32))], [(A, at(32))]))
    decide = comparison.forward.decide

    def gives_up(obligations: list[Obligation]) -> list[Outcome]:
        return [
            Undecided(each.obligation, "gave up") if isinstance(each, Fails) else each
            for each in decide(obligations)
        ]

    monkeypatch.setattr(comparison.forward, "decide", gives_up)
    assert told(comparison) == [("KEPT", A, ()), ("DOUBTED", A, ())]


@pytest.mark.parametrize(
    ("advised", "expected"),
    [("old.h", [("BROKEN", A, (32,))]), ("new.h", [("SILENT", (), ()), ("CURED", A, (32,))])],
)
def test_an_obligation_that_is_advice_is_no_part_of_a_comparison(
    advised: str, expected: list[tuple[str, tuple[str, ...], tuple[int, ...]]]
) -> None:
    """It excuses nothing, and nothing is held against it."""

    def obligations(case: Case) -> list[Obligation]:
        return [Obligation(A, at(32)(case), advice=case.layout.name == advised)]

    assert told(compared(replace(rule([], []), obligations=obligations))) == expected


VIRTIO = {"VIRTIO_MMIO_BASE": "0x20000ULL", "VIRTIO_MMIO_SIZE": "0x1000ULL", "VIRTIO_MMIO_SPI_FIRST": "33"}
FEW, MANY = VIRTIO | {"VIRTIO_MMIO_SPI_LAST": "33"}, VIRTIO | {"VIRTIO_MMIO_SPI_LAST": "37"}
UART = {"PL011_BASE": "0x10000ULL", "PL011_SIZE": "0x1000ULL"}
NOBODY = {"RAM0_BASE": "0x1000ULL", "RAM0_SIZE": "0x1000ULL", "RAM_MAX": "0xfffULL"}


def some(name: str) -> When:
    """At least one of them."""
    return lambda case: case.symbolic.variables[name] >= 1 if name in case.symbolic.variables else True


def beyond(bits: int) -> When:
    """Anything but that width, even one that a release does not have."""
    return lambda case: term.negate(term.equal(case.symbolic.variables["ipa_bits"], bits))


@pytest.mark.parametrize(
    ("macros", "widths", "old", "new", "expected"),
    [
        # a guest with more devices than there could be counts as the one with the most
        ((FEW, MANY), ((WIDE,), (WIDE,)), some("virtio"), some("virtio"), ["STILL_BROKEN"]),
        ((MANY, FEW), ((WIDE,), (WIDE,)), some("virtio"), some("virtio"), ["STILL_BROKEN"]),
        # in guests without a device that is new nothing of it is broken, nor of one that was not there
        (({}, UART), ((WIDE,), (WIDE,)), always, some("vuart"), ["STILL_BROKEN", "EASED"]),
        ((UART, {}), ((WIDE,), (WIDE,)), some("vuart"), always, ["BROKEN"]),
        # what depends on no width was broken at all widths, also at those that were not there
        (({}, {}), ((WIDE,), (NARROW, WIDE)), always, always, ["STILL_BROKEN"]),
        (({}, {}), ((WIDE,), (NARROW, WIDE)), beyond(48), always, ["BROKEN 32", "STILL_BROKEN 40"]),
        # at a width that is gone nothing is cured
        (({}, {}), ((NARROW, WIDE), (WIDE,)), always, at(), ["KEPT", "CURED 40"]),
        (({}, {}), ((NARROW,), (WIDE,)), always, at(), ["KEPT"]),
        # where nobody could be, nothing was broken
        ((NOBODY, {}), ((WIDE,), (WIDE,)), always, always, ["BROKEN"]),
    ],
)
def test_a_guest_of_the_one_layout_is_one_of_the_other(
    macros: tuple[Macros, Macros],
    widths: tuple[tuple[Width, ...], tuple[Width, ...]],
    old: When,
    new: When,
    expected: list[str],
) -> None:
    found = told(compared(rule([(A, old)], [(A, new)]), macros=macros, widths=widths))
    assert [" ".join((effect, *map(str, bits))) for effect, _, bits in found] == expected
