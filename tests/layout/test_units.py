"""Numbers as people read them."""

from __future__ import annotations

import pytest

from verifier.layout import units


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (0x100, "256 bytes"),
        (0x1000, "4 KiB"),
        (0x30000000, "768 MiB"),
        (0xFE00000000, "1016 GiB"),
        (1 << 40, "1 TiB"),
        (0x30001000, "~768 MiB"),
        (0xEC0001000, "~59.0 GiB"),
        (0xFFFFF, "~1024 KiB"),
        ((1 << 40) - 1, "~1024 GiB"),
        (9999, "9999 bytes"),
        (10_001, "~9.77 KiB"),
        (9999 << 40, "9999 TiB"),
        (10_001 << 40, "~9.77 PiB"),
        (1 << 63, "8 EiB"),
        ((1 << 64) - 1, "~16.0 EiB"),
    ],
)
def test_sizes(number: int, text: str) -> None:
    assert units.size(number) == text


@pytest.mark.parametrize(("text", "told"), [("a" * 10, "a" * 10), ("abcdefghijk", "abcd...ijk"), ("", "")])
def test_what_is_long_keeps_both_ends(text: str, told: str) -> None:
    assert units.shortened(text, 10, 3) == told


def test_exact_sizes_read_back() -> None:
    names = {"KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40, "PiB": 50, "EiB": 60}
    for shift in range(10, 64):
        for factor in (1, 3, 1023):
            text = units.size(factor << shift)
            if text[0] == "~":
                continue
            count, unit = text.split()
            assert int(count) << names[unit] == factor << shift


def test_spans_show_that_ends_are_exclusive() -> None:
    assert units.span(0x38000000, 0x39000000) == "[0x38000000, 0x39000000)"


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")]
)
def test_listing(items: list[str], text: str) -> None:
    assert units.listing(items) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GUEST_RAM0 ünï 漢字 🙂", "GUEST_RAM0 ünï 漢字 🙂"),
        ("\x1b[31m\x00\x7f\x9b", "\\x1b[31m\\x00\\x7f\\x9b"),
        ("\u202eevil\u2066\u2028", "\\u202eevil\\u2066\\u2028"),  # turned, isolated, another end of a line
        ("a\udcff.h", "a\\xff.h"),  # the byte of a file's name
        ("\ud800\ufffe\uffff", "\\ud800\\ufffe\\uffff"),
    ],
)
def test_what_no_reader_would_see_is_spelt_out(text: str, shown: str) -> None:
    assert units.printable(text) == units.one_line(text) == shown
    units.printable(text).encode("utf-8")


def test_only_the_ends_of_lines_and_tabs_are_spared() -> None:
    assert units.printable("a\tb\nc\r\n") == "a\tb\nc\\x0d\n"
    assert units.printable_with_diff("\ra\tb\r\n\x1bc\r\n") == "\\x0da\tb\r\n\\x1bc\r\n"
    assert units.one_line("a\tb\nc") == "a\\x09b\\x0ac"
