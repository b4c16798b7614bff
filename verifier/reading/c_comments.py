"""Comments of a header and the macros they may speak of."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from verifier.layout.define import Comment
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.reading.c_tokens import RawComment

MAX_PAIRS = 1_000_000  # of a comment and a macro: bounds memory at 8 MB; arch-arm.h has 100

_STARS = re.compile(r"^[ \t\f\v]*\*+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Span:
    """The physical lines, first and last, of a macro's `#define`."""

    first: int
    last: int
    name: str


def group_comments(
    comments: Sequence[RawComment], text: str, file: str, spans: Sequence[Span]
) -> list[Comment]:
    """The comments with at least one of the macros on their lines or below, up to a blank line.

    `spans` is in the order of the file and does not overlap; `text` is the whole file. InputError
    when there are too many pairs.
    """
    if not comments or not spans:
        return []
    blanks = [number for number, line in enumerate(text.split("\n"), 1) if not line or line.isspace()]
    firsts, lasts = [span.first for span in spans], [span.last for span in spans]
    names = [span.name for span in spans]
    result, pairs = list[Comment](), 0
    for comment in comments:
        after = bisect_right(blanks, comment.last_line)
        end = blanks[after] if after < len(blanks) else lasts[-1] + 1
        chosen = names[bisect_left(lasts, comment.line) : bisect_left(firsts, end)]
        pairs += len(chosen)
        if pairs > MAX_PAIRS:
            raise InputError(f"more than {MAX_PAIRS} pairs of comment and macro", file, comment.line)
        if chosen:
            result.append(Comment(plain_text(comment.text), Origin(file, comment.line), tuple(chosen)))
    return result


def plain_text(text: str) -> str:
    """The words of a comment."""
    body = text[2:] if text.startswith("//") else _STARS.sub("", text[2:-2]).rstrip("*")
    return " ".join(body.split())
