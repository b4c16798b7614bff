"""Which addresses the root of the P2M takes, by the table of widths and by XSA-301; numbers by hand."""

from __future__ import annotations

import pytest

from verifier.logic.bits import evaluate, word
from verifier.xen.p2m_root import ROOTS, Root, entry_of, takes
from verifier.xen.release import xen

PA_RANGE_INFO = [(32, 0, 1), (36, 0, 1), (40, 1, 1), (42, 3, 1), (44, 0, 2), (48, 0, 2)]
"""Of setup_virt_paging (xen/arch/arm/p2m.c, 4.17): address bits, root order, SL0."""
CHECKED, ALIASES = ["4.4.4", "4.11.4", "4.13.5", "head"], ["4.5.5", "4.11.2", "4.12.1"]
"""XSA-301 was 4.5.0 to 4.12.1; the fix went to 4.11.3, 4.12.2 and 4.13.0."""
ONE_TABLE_OF_LEVEL_1, ONE_TABLE_OF_LEVEL_0 = 1 << 39, 1 << 48
"""Bytes: 512 entries, each 512 of the level below; a page of level 3 has 4 KiB."""


def test_the_roots_are_those_of_the_table_of_widths() -> None:
    assert {bits: Root(2 - sl0, 1 << order) for bits, order, sl0 in PA_RANGE_INFO} == ROOTS


@pytest.mark.parametrize("bits", [bits for bits, _, _ in PA_RANGE_INFO])
def test_an_address_is_taken_where_there_is_a_table_for_it(bits: int) -> None:
    reach = {40: 2, 42: 8}.get(bits, 1) * (ONE_TABLE_OF_LEVEL_1 if bits < 44 else ONE_TABLE_OF_LEVEL_0)
    for tag in CHECKED:
        taken = [takes(xen(tag), ROOTS[bits], each) for each in (0, reach - 1, reach, (1 << 64) - 1)]
        assert taken == [True, True, False, False]


@pytest.mark.parametrize("tag", ALIASES)
def test_before_xsa_301_bits_above_the_tables_are_not_looked_at(tag: str) -> None:
    """Of tables side by side nine bits are the index; of one table nothing is asked."""
    beyond = {32: 1 << 63, 36: 1 << 40, 44: 1 << 52, 48: 1 << 63}
    assert all(takes(xen(tag), ROOTS[bits], each) is True for bits, each in beyond.items())
    for bits, tables in ((40, 2), (42, 8)):
        for index in (0, tables - 1, tables, 511, 512, 512 + tables - 1, 512 + tables):
            low, high = index * ONE_TABLE_OF_LEVEL_1, (index + 1) * ONE_TABLE_OF_LEVEL_1 - 1
            taken = index % 512 < tables
            assert [takes(xen(tag), ROOTS[bits], each) for each in (low, high)] == [taken, taken]


@pytest.mark.parametrize("tag", ["4.5.5", "head"])
@pytest.mark.parametrize("bits", ROOTS)
def test_terms_say_the_same_as_numbers(tag: str, bits: int) -> None:
    root, address = ROOTS[bits], word("address")
    asked, found = takes(xen(tag), root, address), entry_of(root, address)
    reach = root.tables * (ONE_TABLE_OF_LEVEL_1 if bits < 44 else ONE_TABLE_OF_LEVEL_0)
    for number in (0, 4095, reach - 1, reach, 2 * reach - 1, 512 * reach, 512 * reach + 5, (1 << 64) - 1):
        values = {"address": number}
        assert bool(evaluate(asked, values)) == takes(xen(tag), root, number)
        assert evaluate(found, values) == entry_of(root, number) == number % reach
