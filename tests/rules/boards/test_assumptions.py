"""What a verdict about a board rests on is named whenever it does rest on it, and nothing else is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import GUEST, RAM, SOUND, used
from verifier.layout.obstacle import BoardMap, Unplaced
from verifier.layout.offer import Offer
from verifier.rules.boards.assumptions import assumptions
from verifier.rules.boards.guest_assumptions import guest_assumptions

ALWAYS = ("heap-whole", "boot-goes-on")
PLACES = replace(SOUND, grant_places=(RAM,))
UNPLACED = replace(
    SOUND,
    board=BoardMap(SOUND.board.obstacles, (Unplaced("/a", "reg[0]", "x"), Unplaced("/b", "reg[0]", "y"))),
)


def named(*offers: Offer, told: bool = True, banks: bool = False, left_out: bool = False) -> tuple[str, ...]:
    found = assumptions(offers, ram_is_told=told, open_banks=banks, widths_left_out=left_out)
    return tuple(each.id for each in found)


@pytest.mark.parametrize(
    ("offers", "expected"),
    [
        ((), ()),
        ((GUEST,), ALWAYS),
        ((SOUND,), ("tree-complete", *ALWAYS)),
        ((GUEST, SOUND), ("tree-complete", *ALWAYS)),
        ((SOUND, PLACES), ("tree-complete", "grant-region-in-text", *ALWAYS)),
        ((UNPLACED,), ("tree-complete", "unplaced", *ALWAYS)),
    ],
)
def test_what_the_tree_and_the_allocator_leave_open(
    offers: tuple[Offer, ...], expected: tuple[str, ...]
) -> None:
    assert named(*offers) == expected
    assert named(*offers, left_out=True) == (*expected, "width-of-board")


def test_that_ram_is_what_the_tree_says_is_assumed_where_nobody_tells() -> None:
    assert named(SOUND, told=False) == ("tree-complete", "ram-described", *ALWAYS)
    assert named(GUEST, told=False) == ALWAYS


def test_open_banks_rest_on_the_allocator_even_before_any_offer() -> None:
    of_banks = ("tree-complete", "grant-region-in-text", "allocator", *ALWAYS)
    assert named(SOUND, banks=True) == of_banks
    assert named(banks=True) == of_banks
    assert named(banks=True, told=False) == ("tree-complete", "ram-described", *of_banks[1:])


def test_how_many_entries_have_no_address() -> None:
    (found,) = (
        each for each in assumptions((UNPLACED,), ram_is_told=True, open_banks=False) if each.id == "unplaced"
    )
    assert found.statement == "what has no address by the device tree is at none: /a reg[0]: x, and 1 more"


def test_options_and_kernels_are_assumed_of_what_is_judged() -> None:
    offer = used(SOUND, "linux")
    (use,) = (each for each in offer.uses if each.named)
    kernel = replace(use.consumer, limits=("it is not patched",), sources=("a.c", "b.c"))
    with_limits = replace(offer, uses=(replace(use, consumer=kernel),))
    found = assumptions((with_limits, with_limits), ram_is_told=True, open_banks=False, options=("CONFIG_X",))
    assert [(each.id, each.source) for each in found[-2:]] == [
        ("built-with", "Kconfig; the log of a package that is known tells"),
        ("linux", "a.c"),
    ]
    unnamed = replace(with_limits, uses=(replace(with_limits.uses[0], named=False),))
    assert "linux" not in named(unnamed)
    assert assumptions((), ram_is_told=True, open_banks=False, options=("CONFIG_X",)) == ()


@pytest.mark.parametrize(
    ("toolstack", "makers"),
    [("xl", ("same-release", "host-agrees")), ("dom0less", ("enhanced", "host-agrees"))],
)
def test_of_a_guest_its_toolstack_is_told(toolstack: str, makers: tuple[str, ...]) -> None:
    for has_pci, more in ((False, ()), (True, ("pci-passthrough",))):
        found = guest_assumptions((GUEST,), toolstack, has_pci=has_pci)
        assert tuple(each.id for each in found) == (*makers, "kernel-fits", *more)
