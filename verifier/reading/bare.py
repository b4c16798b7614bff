"""The lines of a run of +/- lines that no `@@` introduces."""

from __future__ import annotations

import re

from verifier.reading.hunk import OpenHunk
from verifier.reading.lines import Line
from verifier.reading.quotes import DIRECTIVE, clean

SPACES = "odd spaces read as plain ones"
_CLEAN_C = re.compile(r"\s*(?:$|#\s*[a-z]|/\*|//)")


def take_bare(open_: OpenHunk, text: str, line: Line) -> bool:
    """Add a line of a bare run if it is one of C; whether it is a directive."""
    before, rest = open_.lines[-1].text if open_.lines else "", text[1:]
    inside = before.rfind("/*") > before.rfind("*/") or before.endswith("\\")
    inside = inside or (before.lstrip().startswith("*") and "*/" not in before)
    if inside or _CLEAN_C.match(rest):
        open_.add(text[0], rest, line.origin)
        note_spaces(open_, line)
    else:
        open_.note(
            "neither directive nor comment, in a run without hunk header: left out",
            line.origin,
            doubt=True,
        )
    return DIRECTIVE.match(rest) is not None


def note_spaces(open_: OpenHunk, line: Line) -> None:
    """Say that a line was not as it was sent."""
    if line.text != clean(line.text):
        open_.note(SPACES, line.origin)
