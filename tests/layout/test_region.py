"""RAM banks as regions: whole windows, parts of them, and what no header bounds."""

from __future__ import annotations

import pytest

from verifier.layout.origin import Origin
from verifier.layout.region import TOP, Bank

HERE = Origin("a.h", 1)


def test_a_window_is_all_bytes_of_its_bank() -> None:
    """3 GiB from 1 GiB on end at 4 GiB; a guest of one page has the first page of them."""
    bank = Bank(
        "GUEST_RAM0", 1 << 30, 3 << 30, HERE, "GUEST_RAM0_BASE", "GUEST_RAM0_SIZE", ("aarch32-short",)
    )
    window = bank.window()
    assert (window.start, window.end, window.kind) == (1 << 30, 4 << 30, "ram")
    assert (window.base_macro, window.size_macro) == ("GUEST_RAM0_BASE", "GUEST_RAM0_SIZE")
    assert (window.origin, window.unreached_by) == (HERE, ("aarch32-short",))
    assert str(bank.part(4096)) == "GUEST_RAM0 [0x40000000, 0x40001000)"


def test_a_bank_that_no_header_bounds_has_no_window() -> None:
    """4.4.0 says where RAM begins and not where it ends: an end at its start would be a window without a byte."""
    bank = Bank("GUEST_RAM", 1 << 31, None, HERE, "GUEST_RAM_BASE", "GUEST_RAM_SIZE")
    with pytest.raises(ValueError, match="GUEST_RAM has no size"):
        bank.window()
    assert bank.part(8192).end == (1 << 31) + 8192


def test_addresses_end_where_64_bits_do() -> None:
    assert TOP - 1 == 0xFFFF_FFFF_FFFF_FFFF
