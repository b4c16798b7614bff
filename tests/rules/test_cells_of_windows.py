"""pci-window-type, asked directly: the one right cell of each window, which macros are of which window, and words."""

from __future__ import annotations

import pytest

from tests.rules.asked import case, conflict, doubted, fails, region, told
from verifier.layout.finding import Witness
from verifier.rules.pci_window_type import RULE, windows

GIB, PAGE = 1 << 30, 4096
MEM, TYPE = "GUEST_VPCI_MEM", "GUEST_VPCI_ADDR_TYPE_MEM"
FETCH, FETCH_TYPE = "GUEST_VPCI_PREFETCH_MEM", "GUEST_VPCI_ADDR_TYPE_PREFETCH_MEM"
LOW = region("VPCI_MEM", GIB, 2 * GIB)

ENDS = {
    (GIB, 2 * GIB): 0x02000000,
    (3 * GIB, 4 * GIB): 0x02000000,
    (3 * GIB, 4 * GIB + PAGE): 0x03000000,
    (4 * GIB, 5 * GIB): 0x03000000,
    (4 * GIB + PAGE, 5 * GIB): 0x03000000,
    (0, 6 * GIB): 0x03000000,
}
"""IEEE 1275 PCI: npt000ss, ss is 10 below 4 GiB and 11 above; p says prefetchable."""


@pytest.mark.parametrize("place", ENDS)
@pytest.mark.parametrize(
    ("stem", "macro", "more"), [("VPCI_MEM", TYPE, 0), ("VPCI_PREFETCH_MEM", FETCH_TYPE, 1 << 30)]
)
def test_each_window_has_one_right_cell(place: tuple[int, int], stem: str, macro: str, more: int) -> None:
    right = ENDS[place] | more
    window = f"GUEST_{stem}"
    cells = {
        right,
        right ^ (1 << 24),
        right ^ (1 << 30),
        right + 1,
        right ^ (1 << 31),
        0,
        0x01000000,
        right >> 1,
    }
    for cell in cells:
        at = case(f"{region(stem, *place)}; {macro} {cell:#x}U")
        assert fails(RULE, at, vpci=0) == []
        assert fails(RULE, at, vpci=1) == ([] if cell == right else [(macro, window)])
        assert doubted(RULE, at) == {}
        (asked,) = RULE.obligations(at)
        assert (asked.bad is False) == (cell == right)
        if cell != right:
            said = told(RULE, at, macro, window, vpci=1)
            assert said.counterexample.witness == Witness("differs", found=cell, needed=right)
            assert said.message.endswith(f": it has to be {right:#x}")
            assert said.details[0] == f"{macro} {cell:#x}U, layout.h:3"
            assert conflict(RULE, at, macro, window, vpci=1) == 1


UP_TO = "it ends at or below"
STRANGE = "that a window has not"


@pytest.mark.parametrize(
    ("place", "cell", "words", "end"),
    [
        ((GIB, 2 * GIB), 0x03000000, "64-bit memory", UP_TO),
        ((GIB, 2 * GIB), 0x42000000, "prefetchable 32-bit memory", UP_TO),
        ((3 * GIB, 4 * GIB), 0x01000000, "I/O space", UP_TO),
        ((3 * GIB, 4 * GIB), 0, "configuration space", UP_TO),
        ((3 * GIB, 5 * GIB), 0x02000007, f"32-bit memory with bits 0x7 {STRANGE}", "it ends 1 GiB above"),
        ((4 * GIB - PAGE, 4 * GIB + PAGE), 0x02000000, "32-bit memory", "it ends 4 KiB above"),
        ((4 * GIB + PAGE, 5 * GIB), 0x02000000, "32-bit memory", "it ends 1 GiB above"),
        (
            (4 * GIB, 5 * GIB),
            0x80000000,
            f"configuration space with bits 0x80000000 {STRANGE}",
            "it ends 1 GiB above",
        ),
    ],
)
def test_a_wrong_cell_is_told_in_words(place: tuple[int, int], cell: int, words: str, end: str) -> None:
    at = case(f"{region('VPCI_MEM', *place)}; {TYPE} {cell:#x}U")
    said = told(RULE, at, TYPE, MEM, vpci=1)
    right = "64-bit memory" if place[1] > 4 * GIB else "32-bit memory"
    window = f"{MEM} [{place[0]:#x}, {place[1]:#x})"
    assert said.message.startswith(f"{TYPE} is {cell:#x}, {words}, but {window} is {right}: ")
    assert said.details[1].endswith(f"; {end} 4 GiB (0x100000000)")


def test_a_window_without_a_cell_is_told_with_the_macro_that_it_lacks() -> None:
    """Of PCI windows alone: a device has none."""
    for stem, macro in (("VPCI_MEM", TYPE), ("VPCI_PREFETCH_MEM", FETCH_TYPE)):
        at = case(f"{region(stem, GIB, 2 * GIB)}; {region('PL011', 3 * GIB, 3 * GIB + PAGE)}")
        assert [(each.macro, each.cell) for each in windows(at)] == [(macro, None)]
        assert fails(RULE, at, vpci=0) == []
        assert fails(RULE, at, vpci=1) == [(macro, f"GUEST_{stem}")]
        said = told(RULE, at, macro, f"GUEST_{stem}", vpci=1)
        assert said.message.endswith(f"32-bit memory, but nothing says so: {macro} is not defined")
        assert said.details == (f"GUEST_{stem} [0x40000000, 0x80000000) is 1 GiB, layout.h:1",)
        assert said.counterexample.witness == Witness("missing", macro=macro)


def test_a_cell_of_another_kind_of_region_is_asked_too() -> None:
    """Whoever types a region calls it a window."""
    at = case(
        f"{region('FOO_BAR', GIB, 2 * GIB)}; GUEST_FOO_ADDR_TYPE_BAR 0x03000000; {LOW}; {TYPE} 0x02000000"
    )
    assert fails(RULE, at, vpci=0) == [("GUEST_FOO_ADDR_TYPE_BAR", "GUEST_FOO_BAR")]


def test_two_cells_of_one_window_are_two_questions() -> None:
    """The name of the window is what is left without the first of its marks."""
    at = case(
        f"{region('VPCI_PREFETCH_MEM', GIB, 2 * GIB)}; {FETCH_TYPE} 0x42000000; GUEST_VPCI_PREFETCH_ADDR_TYPE_MEM 7"
    )
    assert fails(RULE, at, vpci=1) == [("GUEST_VPCI_PREFETCH_ADDR_TYPE_MEM", FETCH)]
    twice = "GUEST_A_ADDR_TYPE_B_ADDR_TYPE_C"
    at = case(f"{region('A_B_ADDR_TYPE_C', GIB, 2 * GIB)}; {twice} 0x02000000")
    assert (twice, "GUEST_A_B_ADDR_TYPE_C") in [each.subjects for each in RULE.obligations(at)]


def test_a_cell_without_a_window_fails_and_one_of_half_a_window_is_a_doubt() -> None:
    at = case(f"{LOW}; {TYPE} 0x02000000; GUEST_VPCI_ADDR_TYPE_IO 0x01000000")
    assert fails(RULE, at, vpci=0) == fails(RULE, at, vpci=1) == [("GUEST_VPCI_ADDR_TYPE_IO",)]
    assert doubted(RULE, at) == {}
    said = told(RULE, at, "GUEST_VPCI_ADDR_TYPE_IO")
    assert said.message == (
        "GUEST_VPCI_ADDR_TYPE_IO (layout.h:4) is the type of GUEST_VPCI_IO, which is not defined"
    )
    assert said.counterexample.witness == Witness("missing", macro="GUEST_VPCI_IO_ADDR")
    at = case(f"{LOW}; {TYPE} 0x02000000; GUEST_VPCI_ADDR_TYPE_IO 0x01000000; GUEST_VPCI_IO_ADDR 0x1000")
    assert fails(RULE, at, vpci=1) == []
    assert doubted(RULE, at) == {
        (
            "GUEST_VPCI_ADDR_TYPE_IO",
        ): "GUEST_VPCI_ADDR_TYPE_IO (layout.h:4) is the type of GUEST_VPCI_IO, which is on no map"
    }


def test_a_list_is_a_doubt_and_not_asked() -> None:
    at = case(f"{LOW}; {TYPE} {{ 0x02000000, 0x02000000 }}")
    assert RULE.obligations(at) == []
    assert doubted(RULE, at) == {(TYPE, MEM): f"{TYPE} is a list, not a cell"}
