"""The C that was written for a layout, as lists of lines for the JSON format, and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from verifier.layout import units
from verifier.layout.c_text import Written


def document(written: Written) -> dict[str, Any]:
    """`defines`, `diff`, `asserts`, `comment` and `notes`: lists of lines, and a diff as one text, or null.

    A header that is not UTF-8 is given as Latin-1: written so, each byte is that of the diff.
    """
    return {
        "defines": list(written.defines),
        "diff": None if written.diff is None else text_of(written.diff),
        "asserts": list(written.asserts),
        "comment": list(written.comment),
        "notes": list(written.notes),
    }


def lines_of(written: Written) -> Iterator[str]:
    """The change for people: the diff as it is to be applied, line ends of its header included, or else the definitions."""
    if written.diff is None:
        yield from written.defines
        return
    text = text_of(written.diff)
    yield from text.removesuffix("\n").split("\n")
    if text.encode() != written.diff or units.printable_with_diff(text) != text:
        yield from ("", "note: the header has bytes that are not printed: take the diff from --format json")


def text_of(diff: bytes) -> str:
    """A diff as text."""
    try:
        return diff.decode()
    except UnicodeDecodeError:
        return diff.decode("latin-1")
