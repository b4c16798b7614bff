"""What is assumed of kernels and of entries without an address: where they count, and how many there are."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.boards.offers import GUEST, SOUND, used
from verifier.layout.finding import Assumption
from verifier.layout.obstacle import BoardMap, Unplaced
from verifier.layout.offer import Offer
from verifier.rules.boards.assumptions import assumptions, of_kernels
from verifier.rules.boards.guest_assumptions import guest_assumptions


def limited(offer: Offer, **changes: object) -> Offer:
    """The model of Linux rests on two things here; the kernel counts."""
    (use,) = (each for each in used(offer, "linux").uses if each.named)
    kernel = replace(use.consumer, limits=("one", "two"), sources=("a.c", "b.c"))
    changed = replace(use, consumer=kernel)
    return replace(offer, uses=(replace(changed, **changes),))  # type: ignore[arg-type]


BOTH = (Assumption("linux", "one", "a.c"), Assumption("linux", "two", "a.c"))


def test_what_a_kernel_rests_on_is_assumed_once() -> None:
    """Of one that is named and reads regions: of others nothing is said."""
    assert tuple(of_kernels((limited(SOUND), limited(SOUND)))) == BOTH
    assert tuple(of_kernels((SOUND, limited(SOUND, read=()), limited(SOUND, named=False)))) == ()
    assert guest_assumptions((limited(GUEST),), "xl", has_pci=False)[-2:] == BOTH
    assert len(guest_assumptions((GUEST,), "xl", has_pci=False)) == 3


@pytest.mark.parametrize(
    ("count", "end"), [(1, "/0 reg[0]: x"), (2, "/0 reg[0]: x, and 1 more"), (4, "/0 reg[0]: x, and 3 more")]
)
def test_entries_without_an_address_are_counted(count: int, end: str) -> None:
    board = BoardMap((), tuple(Unplaced(f"/{at}", "reg[0]", "x") for at in range(count)))
    found = assumptions((replace(SOUND, board=board), SOUND), ram_is_told=True, open_banks=False)
    (told,) = (each for each in found if each.id == "unplaced")
    assert told.statement == f"what has no address by the device tree is at none: {end}"
