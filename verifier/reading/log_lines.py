"""Xen's messages in a log that may hold other output, prefixes, time stamps and colours."""

from __future__ import annotations

import re
from collections.abc import Iterator

MOST_OF_LINE = 4096
"""What is beyond is not Xen's: its own buffer has 1 KiB."""
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]")
_PREFIX = re.compile(r"\(XEN\) ?")
_GUEST = re.compile(r"\s*(?:\[[^\]]{0,40}\]\s*)?\(d\d+\)")
_STAMP = re.compile(r"\[[ 0-9a-fA-F.:T-]{1,40}\] ")
TROUBLES = (
    ("panic", re.compile(r"^Panic on CPU \d+:")),
    ("assertion", re.compile(r"^Assertion '.*' failed")),
    ("abort", re.compile(r"(?:Data|Prefetch|Instruction) Abort")),
    ("bug", re.compile(r"^Xen BUG at ")),
    (
        "no-regions",
        re.compile(
            r"^(?:(d\d{1,5}): (?:extended regions (?:support is disabled|not supported)|failed to allocate extended regions)"
            r"|The extended regions (?:support is disabled|are only supported|cannot be allocated)"
            r"|Failed to allocate extended regions)"
        ),
    ),
    (
        "failure",
        re.compile(
            r"^(?:Unable to retrieve address|Failed to (?:add|remove|allocate|map|assign)|fdt: |Region: \[.*overlapping"
            r"|Device tree generation failed|.*exceeds the maximum allowed PA width|Ignoring .* boot module)"
        ),
    ),
)
"""Kinds of message that something failed; the reason for a panic is the next message that is not blank."""


def messages(text: str) -> Iterator[tuple[int, str]]:
    """Xen's messages and the lines they stand on.

    Where any line has `(XEN)` only such lines count, from the prefix on, since other output can stand before it.
    Lines of guests (`(d1) ...`) do not.
    """
    marked = "(XEN)" in text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    for number, raw in enumerate(lines, start=1):
        line = _ESCAPES.sub("", raw[:MOST_OF_LINE])
        if _GUEST.match(line):
            continue
        pieces = _PREFIX.split(line)
        for piece in pieces[1:] if marked else pieces:
            stamp = _STAMP.match(piece)
            yield number, piece[stamp.end() :] if stamp else piece
