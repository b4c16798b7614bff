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


def messages(text: str) -> Iterator[tuple[int, str]]:
    """Xen's messages and the lines they stand on.

    Where any line has `(XEN)` only such lines count, from the prefix on, since other output can stand before it.
    Lines of guests (`(d1) ...`) do not.
    """
    marked = "(XEN)" in text
    for number, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        line = _ESCAPES.sub("", raw[:MOST_OF_LINE])
        if _GUEST.match(line):
            continue
        pieces = _PREFIX.split(line)
        for piece in pieces[1:] if marked else pieces:
            stamp = _STAMP.match(piece)
            yield number, piece[stamp.end() :] if stamp else piece
