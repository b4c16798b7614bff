"""The subject of a mail: what it says of the patch that the mail is, or of the series that it is of."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

MAX_SUBJECT = 2_000  # characters of a subject; decoding takes time quadratic in them
_REPLY = re.compile(r"\s*(?:re|aw|sv|vs|antw|odp|res)(?:\[\d+\])?\s*:\s*", re.IGNORECASE)
_TAGS = re.compile(r"\s*\[([^\]]*)\]\s*")
_VERSION = re.compile(r"(?:^|[\s-]|PATCH)v(\d{1,3})(?:$|[\s.,])", re.IGNORECASE)
_PART = re.compile(r"(?:^|\s)0*(\d{1,4})/0*(\d{1,4})(?:$|\s)")


@dataclass(frozen=True, slots=True)
class Subject:
    """What the subject of a mail says of it."""

    text: str
    """The whole subject on one line."""
    title: str
    """Without `Re:` and `[PATCH v2 1/3]`, single spaces, lower case: what versions have in common."""
    reply: bool
    version: int
    """K of `[PATCH vK n/m]`; 1 where none is given."""
    number: int | None
    """n of `[PATCH vK n/m]`."""
    total: int | None


def header_text(text: str) -> str:
    """A header's value on one line, encoded words undone."""
    text = text[:MAX_SUBJECT]
    if "=?" in text:
        from email.errors import MessageError
        from email.header import decode_header, make_header

        with suppress(MessageError, LookupError, ValueError):
            text = str(make_header(decode_header(text)))
    return " ".join(text.split())


def subject_of(text: str) -> Subject:
    """Read the subject of a mail."""
    rest, reply = text, False
    version: int | None = None
    number: tuple[int, int] | None = None
    while True:
        if found := _REPLY.match(rest):
            reply, rest = True, rest[found.end() :]
        elif found := _TAGS.match(rest):
            said, counted = _VERSION.search(found[1]), _PART.search(found[1])
            version = int(said[1]) if said else version
            number = (int(counted[1]), int(counted[2])) if counted else number
            rest = rest[found.end() :]
        else:
            break
    first, total = number or (None, None)
    return Subject(
        text, " ".join(rest.lower().split()), reply, 1 if version is None else version, first, total
    )
