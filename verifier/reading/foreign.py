"""Forms of a change that look like a unified diff and are none: refused by name, and never read in part."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verifier.layout.errors import InputError
from verifier.reading.lines import Line

_QUOTES = r"^(?: {0,2}>)* ?"
_UNIFIED = "; a unified diff is needed (diff -u, git diff)"
_FORMS = tuple(
    (re.compile(pattern, re.MULTILINE), said)
    for pattern, said in (
        (
            _QUOTES + r"(?:\x1b\[[\d;]*[mK])+(?:[-+@ #]|diff |index )",
            "terminal colour codes in a diff; use --color=never",
        ),
        (_QUOTES + r"\*\*\* \d+(?:,\d+)? \*\*\*\*\s*$", f"a context diff (diff -c){_UNIFIED}"),
        (
            r"^\d+(?:,\d+)?[acd]\d+(?:,\d+)?\r?\n[<>] ",
            f"a diff without context or signs (plain diff){_UNIFIED}",
        ),
        (
            _QUOTES + r"- -[ \t]*#[ \t]*(?:define|undef)\b",
            'dashes escaped by PGP ("- -"); give the whole signed mail, or the patch without its signature',
        ),
        (r"^\d+(?:,\d+)?[ac]\r?\n\s*(?:#|/\*)", f"an ed script (diff -e){_UNIFIED}"),
    )
)
_HUNK = re.compile(_QUOTES + r"@@ -\d", re.MULTILINE)
_WORDS = re.compile(
    r"^(?:(?: {0,2}>)+ ?)?(?:[ \t]*#.{0,300}?)?(?:\[-.{1,300}?-\]|\{\+.{1,300}?\+\})|"
    + _QUOTES
    + r"[-+ ].*\n(?:(?: {0,2}>)+ ?)?~$",
    re.MULTILINE,
)


def refuse_foreign(lines: Sequence[Line]) -> None:
    """Raise InputError for colour codes, word, context, plain and ed diffs that mention the layout."""
    text = "\n".join(line.text for line in lines)
    if "GUEST_" not in text and "arch-arm.h" not in text:
        return
    for pattern, said in _FORMS:
        if found := pattern.search(text):
            raise _at(lines, text, found, said)
    if (begun := _HUNK.search(text)) and (found := _WORDS.search(text, begun.end())):
        raise _at(lines, text, found, f"a word diff{_UNIFIED}")


def _at(lines: Sequence[Line], text: str, found: re.Match[str], said: str) -> InputError:
    place = lines[text.count("\n", 0, found.start())].origin
    return InputError(said, place.file, place.line)


def refuse_no_text(content: bytes, file: str, header: str) -> None:
    """Raise InputError for a diff of the layout header that changes its name or mode and no line."""
    bases = b"|".join(re.escape(name.rpartition("/")[2].encode()) for name in ("arch-arm.h", header))
    found = re.search(
        rb"^diff --git [^\n]*?(?:%s)\b[^\n]*\n(old mode|similarity index|rename from|copy from)" % bases,
        content,
        re.MULTILINE,
    )
    if found:
        said = "mode" if found[1] == b"old mode" else "name"
        raise InputError(
            f"a patch that changes only the {said} of the layout header",
            file,
            content.count(b"\n", 0, found.start()) + 1,
        )
