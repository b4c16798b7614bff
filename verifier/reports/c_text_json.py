"""The C that was written for a layout, for the JSON format."""

from __future__ import annotations

from typing import Any

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


def text_of(diff: bytes) -> str:
    """A diff as text."""
    try:
        return diff.decode()
    except UnicodeDecodeError:
        return diff.decode("latin-1")
