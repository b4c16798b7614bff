"""Bytes of a patch, a mail or a mailbox -> messages with the lines of their text.

A message is decoded only when its bytes may hold something that is wanted, so a mailbox of tens of
megabytes costs little more than the search for its separators.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from verifier.layout.change import Note
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.units import one_line
from verifier.reading.lines import Line
from verifier.reading.mail_subject import Subject, header_text, subject_of
from verifier.reading.mail_text import decoded, lines_in, refuse_many, unflowed

if TYPE_CHECKING:
    from email.message import Message as Mime

MAX_PARTS = 200  # MIME parts of one mail that are looked at
MAX_FIELD = 1 << 16  # characters of a field; its parameters take time quadratic in them

_SEPARATOR = re.compile(
    rb"From [^\n]{1,300}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? [^\n]{1,60}\r?\n(?=>?[A-Za-z][A-Za-z0-9-]*:|>?From )"
)
_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:[^\n]*(?:\n|\Z)(?:[ \t]+\S[^\n]*(?:\n|\Z))*")
_KNOWN = re.compile(
    rb"(?:From|Subject|Date|Message-ID|Received|Return-Path|Delivered-To|MIME-Version|Content-Type|To):",
    re.IGNORECASE,
)
_SUBJECT = re.compile(rb"^Subject:([^\n]*(?:\n[ \t]+[^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_ENCODED = re.compile(rb"^Content-Transfer-Encoding:[ \t]*(base64|quoted-printable)", re.I | re.M)
_SUMMARY = re.compile(
    r" \d+ files? changed(?:, (\d{1,9}) insertions?\(\+\))?(?:, (\d{1,9}) deletions?\(-\))?\s*"
)
_BY_GIT = re.compile(rb"From [0-9a-f]{40} Mon Sep 17 00:00:00 2001")
_PATCH_NAME = re.compile(r"\.(?:patch|diff|eml|mbox|txt|h)$", re.IGNORECASE)
_IGNORED = re.compile(r"image/.*|application/(?:pgp|(?:x-)?pkcs7)-signature")
_DIFF = re.compile(rb"^(?:diff --git |--- \S+.*\r?\n\+\+\+ |@@ -\d|[-+]\s*#\s*define\s)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Message:
    """One mail, or the whole of a text that is none."""

    subject: Subject
    origin: Origin
    """Its first line."""
    parts: tuple[tuple[Line, ...], ...]
    """The lines of each part that is text, white space as it was sent, transfer encoding undone."""
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A mail of a mailbox that holds nothing wanted: only its subject was read."""

    subject: Subject
    origin: Origin


def read_messages(content: bytes, file: str, wanted: Callable[[bytes], bool]) -> Iterator[Message | Skipped]:
    """The mails of a mailbox in its order; one message for a single mail or any other text.

    `wanted` is asked with the bytes of each mail of a mailbox, and again with quoted-printable undone.
    Raises InputError for what is no text.
    """
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise InputError("file is UTF-16, no patch or mail; save it as UTF-8", file, 1)
    line, many = 1, False
    for start, end in _split(content):
        raw = content[start:end]
        many = many or end < len(content)
        place = Origin(file, line)
        line += raw.count(b"\n")
        if not many or _may_hold(raw, wanted):
            yield _message(raw, place)
        else:
            yield Skipped(subject_of(_raw_subject(raw)), place)


def _split(content: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each mail: a mailbox has a `From ` line with a date before each."""
    start, position = 0, -1
    while (position := content.find(b"\nFrom ", position + 1)) >= 0:
        if _SEPARATOR.match(content, position + 1):
            if content[start : position + 1].strip():
                yield start, position + 1
            else:
                continue  # blank lines before the first mail belong to it
            start = position + 1
    yield start, len(content)


def _may_hold(raw: bytes, wanted: Callable[[bytes], bool]) -> bool:
    if wanted(raw):
        return True
    if b"ransfer-" not in raw and b"RANSFER-" not in raw:
        return False
    encodings = {found[1].lower() for found in _ENCODED.finditer(raw)}
    return b"base64" in encodings or (bool(encodings) and wanted(a2b_qp(raw)))


def _raw_subject(raw: bytes) -> str:
    end = raw.find(b"\n\n")
    found = _SUBJECT.search(raw, 0, end if end > 0 else min(len(raw), 65_536))
    return header_text(found[1].decode("utf-8", "replace")) if found else ""


def _message(raw: bytes, place: Origin) -> Message:
    head = _head_end(raw)
    if head == 0:
        return Message(subject_of(""), place, (_plain(raw, place),), ())
    from email import message_from_bytes

    refuse_many(raw.count(b"\n"), place)
    try:
        mail = message_from_bytes(raw[_head_start(raw) :])
        parts, notes = _Body(raw, place).read(mail)
    except RecursionError:
        raise InputError("mail has parts that are nested too deeply", place.file, place.line) from None
    subject = subject_of(header_text(str(mail.get("Subject", ""))))
    whole = not _BY_GIT.match(raw) or subject.reply
    if not whole and not any(_has_end(part) or _has_all(part) for part in parts):
        notes += (Note("mail of git format-patch without its end: it may be cut", place, doubt=True),)
    return Message(subject, place, parts, notes)


def _has_end(part: Sequence[Line]) -> bool:
    """Whether git's signature closes the text; `--no-signature` leaves it out."""
    return any(line.text in {"-- ", "--"} for line in part)


def _has_all(part: Sequence[Line]) -> bool:
    """Whether as many lines are added and removed as the summary of the diff says."""
    texts = [line.text for line in part]
    for at, text in enumerate(texts):
        if (stated := _SUMMARY.fullmatch(text)) is not None:
            rest = texts[at + 1 :]
            added = sum(line.startswith("+") and not line.startswith("+++ ") for line in rest)
            removed = sum(line.startswith("-") and not line.startswith("--- ") for line in rest)
            return (added, removed) == (int(stated[1] or 0), int(stated[2] or 0))
    return False


def _head_start(raw: bytes) -> int:
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    return raw.find(b"\n", start) + 1 if raw.startswith(b"From ", start) else start


def _head_end(raw: bytes) -> int:
    """The length of the mail's header, 0 if the text does not start with one."""
    position, known = _head_start(raw), False
    while (found := _FIELD.match(raw, position)) is not None:
        known = known or _KNOWN.match(raw, position) is not None
        position = found.end()
    blank = raw[position : position + 2]
    return position if known and (blank[:1] == b"\n" or blank == b"\r\n" or not blank) else 0


class _Body:
    """Collects the text parts of one mail and finds the lines on which they stand in the file."""

    def __init__(self, raw: bytes, place: Origin) -> None:
        self.raw = raw
        self.place = place
        self.counted = 0  # offset in `raw` where the next part is looked for
        self.parts: list[tuple[Line, ...]] = []
        self.notes: list[Note] = []

    def read(self, mail: Mime) -> tuple[tuple[tuple[Line, ...], ...], tuple[Note, ...]]:
        """Text parts, and what was left out."""
        also: set[int] = set()  # HTML that says what a text beside it says
        unread: list[Note] = []
        for count, part in enumerate(mail.walk()):
            if count >= MAX_PARTS:
                raise InputError(f"mail has more than {MAX_PARTS} parts", self.place.file, self.place.line)
            self._refuse_long(part)
            if part.is_multipart():
                also |= _alternatives(part)
            elif self._is_text(part):
                self._add(part)
            elif id(part) not in also and not _IGNORED.fullmatch(part.get_content_type()):
                name = header_text(str(part.get_filename() or "")) or "without name"
                said = f"attachment {name} of type {part.get_content_type()} is not read"
                unread.append(Note(said, self.place, doubt=True))
        if not self.parts and any("text/html" in note.text for note in unread):
            unread = [Note("mail has no text but HTML, which is not read", self.place, doubt=True)]
        return tuple(self.parts), (*self.notes, *unread)

    def _refuse_long(self, part: Mime) -> None:
        long = next((name for name, value in part.raw_items() if len(str(value)) > MAX_FIELD), None)
        if long is not None:
            told = f'field "{one_line(long[:60])}" of a mail is longer than {MAX_FIELD} characters'
            raise InputError(told, self.place.file, self.place.line)

    @staticmethod
    def _is_text(part: Mime) -> bool:
        """Whether a part is read: by its type, its name, or because it looks like a diff."""
        if part.get_content_type() != "text/html" and part.get_content_maintype() == "text":
            return True
        if _PATCH_NAME.search(str(part.get_filename() or "")):
            return True
        data = part.get_payload(decode=True) if part.get_content_maintype() == "application" else b""
        return isinstance(data, bytes) and _DIFF.search(data) is not None

    def _add(self, part: Mime) -> None:
        payload = part.get_payload(decode=True)
        data = payload if isinstance(payload, bytes) else b""
        origin = self._find(part, data)
        text = decoded(data, str(part.get_content_charset() or ""))
        if b"\0" in data:
            line = origin.line + data[: data.index(b"\0")].count(b"\n")
            raise InputError("NUL byte in a text; no patch or mail", origin.file, line)
        flowed = str(part.get_param("format", "")).lower() == "flowed"
        lines = lines_in(text, origin)
        if flowed:
            lines = unflowed(lines, delete=str(part.get_param("delsp", "")).lower() == "yes")
        self.parts.append(lines)

    def _find(self, part: Mime, data: bytes) -> Origin:
        """Where the part's text starts; in a file of its own when it stands there in other words."""
        encoding = str(part.get("Content-Transfer-Encoding", "")).strip().lower()
        at = -1 if encoding in {"base64", "quoted-printable"} else self.raw.find(data, self.counted)
        if at < 0 or not data:
            return Origin(f"{self.place.file} (decoded)", 1)
        self.counted = at
        return Origin(self.place.file, self.place.line + self.raw.count(b"\n", 0, at))


def _alternatives(part: Mime) -> set[int]:
    """The ids of the parts of a `multipart/alternative` that have a text beside them."""
    inside = part.get_payload()
    if part.get_content_subtype() != "alternative" or not isinstance(inside, list):
        return set()
    if not any(each.get_content_type() == "text/plain" for each in part.walk()):
        return set()
    return {id(each) for each in part.walk() if each.get_content_type() == "text/html"}


def _plain(raw: bytes, place: Origin) -> tuple[Line, ...]:
    if b"\0" in raw:
        line = place.line + raw[: raw.index(b"\0")].count(b"\n")
        raise InputError("NUL byte in a text; no patch or mail", place.file, line)
    return lines_in(decoded(raw, ""), place)
