"""Words, units and tokens of amounts: what each stands for, and how numbers are spelled at the bounds of a unit."""

from __future__ import annotations

import pytest

from verifier.rules.quantities import amounts
from verifier.rules.quantity_words import spelled, tokens

K, M, G, T = 1 << 10, 1 << 20, 1 << 30, 1 << 40

NOUNS = {
    "byte": (1, "bytes"),
    "page": (4096, "bytes"),
    "vcpu": (1, "vcpus"),
    "cpu": (1, "vcpus"),
    "bank": (1, "banks"),
    "device": (1, "devices"),
    "bus": (1, "buses"),
    "interrupt": (1, "interrupts"),
    "irq": (1, "interrupts"),
    "spi": (1, "interrupts"),
}


@pytest.mark.parametrize("noun", NOUNS)
def test_each_noun_counts_what_it_names(noun: str) -> None:
    """A page of Xen's has 4096 bytes."""
    each, name = NOUNS[noun]
    many = f"{noun}es" if noun == "bus" else f"{noun}s"
    for text, count in ((f"1 {noun}", 1), (f"3 {many}", 3)):
        assert [(int(each.value), each.noun) for each in amounts(text)] == [(count * each, name)]


@pytest.mark.parametrize(
    ("head", "role"),
    [
        *((each, "size") for each in ("length", "len", "size", "sized", "total", "totals")),
        *((each, "base") for each in ("@", "base", "begins", "located", "start", "starting", "starts")),
        *((each, "end") for each in ("end", "ending", "ends")),
    ],
)
def test_each_head_says_what_an_amount_is(head: str, role: str) -> None:
    assert [(str(each.role), each.plain) for each in amounts(f"{head} 4GB")] == [(role, True)]


def test_a_text_is_split_into_tokens_with_their_places() -> None:
    text = "RAM0 0x10UL 4-KiB x 2 v1.5 7 https://a.b/C 12ab \u00d7 ."
    assert [(each.kind, each.text, each.unit) for each in tokens(text)] == [
        ("word", "ram0", ""),
        ("hex", "0x10UL", ""),
        ("number", "4-KiB", "-KiB"),
        ("joiner", "x", ""),
        ("number", "2", ""),
        ("word", "v1.5", ""),
        ("number", "7", ""),
        ("url", "https://a.b/C", ""),
        ("junk", "12ab", ""),
        ("joiner", "\u00d7", ""),
        ("sign", ".", ""),
    ]
    assert all(text[each.start : each.end].lower() == each.text.lower() for each in tokens(text))
    assert [each.each for each in tokens("4K 4M 4G 4T 4 0x4")] == [K, M, G, T, 1, 1]
    assert [each.value for each in tokens("4K 1,024 1.5K 7 0xfF 0x10ULL")] == [4 * K, 1024, 1536, 7, 255, 16]


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (9999 * G, "GB", "9999GB"),
        (10000 * G, "GB", hex(10000 * G)),
        (10001 * G, "GB", hex(10001 * G)),
        (10240 * G, "GB", "10TB"),
        (1024 * M, "MB", "1024MB"),
        (3 * K, "GB", "3KB"),
        (K + 1, "KB", "0x401"),
        (8 * K, "kb", "8Kb"),
        (8 * K, " kilobytes", "8 KB"),
        (8 * K, "-KiB", "8-KiB"),
        (0, "GB", "0x0"),
        (0, " pages", "0 pages"),
        (4096, " pages", "1 pages"),
        (4097, " pages", "0x1001"),
        (8192, "KB", "8KB"),
        (64, " bytes", "0x40"),
        (64, "", "0x40"),
    ],
)
def test_a_number_is_spelled_in_the_unit_or_one_that_divides_it(number: int, unit: str, text: str) -> None:
    """Below 10,000 of it."""
    assert spelled(number, unit) == text
