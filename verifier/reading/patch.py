"""A patch, mail or mailbox -> the patches in it that concern the layout, in the order to apply them.

What is left out is said. Two versions of one change are an error that names both: nothing here chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from verifier.layout.change import CodeChange, Note
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.units import listing
from verifier.reading.bare import SPACES
from verifier.reading.foreign import refuse_foreign, refuse_no_text
from verifier.reading.functions import code_changes, modelled_words, other_architecture
from verifier.reading.hunk import MAX_LINES, Hunk, HunkLine
from verifier.reading.hunks import read_hunks
from verifier.reading.lines import Line
from verifier.reading.mail import Message, read_messages
from verifier.reading.mail_subject import Subject
from verifier.reading.repeated import macros_in, once
from verifier.reading.series import Draft, Patch, Series, missing, to_apply

HEADER = "arch-arm.h"
"""The base name of the layout header, wherever it lives."""
MAX_HUNKS = 200
"""Hunks of one patch for the header; the header has 500 lines."""
MAX_OF_ALL = 100_000
"""Hunks of a patch or mailbox, whatever they change."""
MAX_MAILS = 10_000
"""Of a mailbox that may change the layout; all of xen-devel has fewer in a year."""

_CONDITION = re.compile(r"\s*#\s*(?:if|ifdef|ifndef|elif|else|endif)\b")


def read_patches(content: bytes, file: str, *, header: str) -> Series:
    """Read the contents of a file called `file`; `header` is the name of the header to be patched.

    A hunk is for the layout if its file is `arch-arm.h` or has the base name of `header`, or if it has
    no file and `GUEST_` macros. Raises InputError if nothing is for the layout and no modelled function
    is changed, for two versions of a change, and for what cannot be read.
    """
    drafts: list[Draft] = []
    subjects: list[Subject] = []
    paths: dict[str, None] = {}
    notes: list[Note] = []
    hunks = 0
    for message in read_messages(content, file, _wanted):
        subjects.append(message.subject)
        if not isinstance(message, Message):
            continue
        for part in message.parts:
            refuse_foreign(part)
        found = [hunk for part in message.parts for hunk in read_hunks(part)]
        paths.update(dict.fromkeys(path for hunk in found for path in hunk.paths))
        draft = _draft(message, found, file, header)
        hunks += len(found)
        _refuse_many(hunks, MAX_OF_ALL, "hunks", message)
        if draft.patch.hunks or draft.patch.code or draft.patch.elsewhere:
            drafts.append(draft)
            _refuse_many(len(drafts), MAX_MAILS, "mails that may change the layout", message)
        else:
            notes += message.notes
    chosen = to_apply(drafts, notes)
    patches = tuple(draft.patch for draft in chosen)
    if not any(patch.hunks or any(each.modelled for each in patch.code) for patch in patches):
        refuse_no_text(content, file, header)
        raise _nothing(file, tuple(paths), [*notes, *(note for each in patches for note in each.elsewhere)])
    return Series(patches, (*notes, *missing(chosen, subjects)))


def _refuse_many(count: int, most: int, what: str, message: Message) -> None:
    if count > most:
        raise InputError(
            f"more than {most} {what}: split the mailbox", message.origin.file, message.origin.line
        )


def read_change(lines: Sequence[Line], name: str) -> Patch:
    """What a diff that git itself made changes of code: a patch called `name`, which may well be empty.

    Raises InputError for what cannot be read.
    """
    subject = Subject(name, name, reply=False, version=1, number=None, total=None)
    message = Message(subject, lines[0].origin if lines else Origin(name, 1), (tuple(lines),), ())
    return _draft(message, read_hunks(lines), name, HEADER).patch


def _wanted(raw: bytes) -> bool:
    """Whether a mail may hold a change of the layout or of modelled code."""
    if b"GUEST_" in raw or HEADER.encode() in raw:
        return True
    return (b"@@" in raw or b"define" in raw) and modelled_words().search(raw) is not None


def _nothing(file: str, paths: tuple[str, ...], notes: Sequence[Note]) -> InputError:
    said = f"no hunk for the layout header {HEADER}"
    if paths:
        more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
        said += f"; it changes {', '.join(paths[:5])}{more}" if more else f"; it changes {listing(paths)}"
    elif not notes:
        said += "; nothing in it looks like a diff"
    place = notes[0].origin if notes else Origin(file, 1)
    return InputError(f"{said}; {notes[0].text}" if notes else said, place.file, place.line)


def _is_header(path: str, header: str) -> bool:
    return path.rpartition("/")[2] in {HEADER, header.rpartition("/")[2]}


def _guest(hunk: Hunk) -> bool:
    return next(macros_in(hunk, "+- "), None) is not None


def _conditional(line: HunkLine) -> bool:
    return line.sign != " " and _CONDITION.match(line.text) is not None


def _bounded(hunk: Hunk, before: int) -> Hunk:
    """The hunk; InputError if there are far more, or more lines in it, than the header has, or none changes."""
    if before >= MAX_HUNKS:
        raise InputError(f"more than {MAX_HUNKS} hunks for one header", hunk.origin.file, hunk.origin.line)
    if len(hunk.lines) >= MAX_LINES:
        raise InputError(f"hunk has {MAX_LINES} lines or more", hunk.origin.file, hunk.origin.line)
    if not hunk.changed:
        also = f": {hunk.miscounted}" if hunk.miscounted else ""
        raise InputError(f"hunk for {HEADER} changes nothing{also}", hunk.origin.file, hunk.origin.line)
    return hunk


def _draft(message: Message, found: Sequence[Hunk], file: str, header: str) -> Draft:
    notes: list[Note] = list(message.notes)
    hunks: list[Hunk] = []
    code: list[CodeChange] = []
    elsewhere: list[Note] = []
    nameless = any(not hunk.paths and _guest(hunk) for hunk in found)
    for hunk in found:
        own = any(_is_header(path, header) for path in hunk.paths)
        if own and not hunk.changed and message.subject.reply:
            notes.append(
                Note(f"hunk for {HEADER} without its changed lines: left out", hunk.origin, doubt=True)
            )
            continue
        if own or (not hunk.paths and _guest(hunk)):
            hunks.append(_bounded(hunk, len(hunks)))
            continue
        changed = code_changes(hunk)
        if nameless and not hunk.paths and not changed and any(map(_conditional, hunk.lines)):
            hunks.append(hunk)  # it may switch macros of the layout on or off
            continue
        code += changed
        if not hunk.paths and not changed and hunk.changed:
            notes.append(Note("names no file and no GUEST_ macro: not applied", hunk.origin, doubt=True))
        foreign = all(other_architecture(path) for path in hunk.paths)
        for _, name, _, origin in macros_in(hunk, "+-"):
            (notes if foreign else elsewhere).append(Note(f"{name} changes in {hunk.paths[-1]}", origin))
    kept = once(hunks, notes)
    told = [note for hunk in kept for note in hunk.notes]
    spaces = [note for note in told if note.text == SPACES]
    notes += [*spaces[:1], *(note for note in told if note.text != SPACES)]  # once for a mail, not for a hunk
    place = kept[0].origin if kept and not message.subject.text else message.origin
    patch = Patch(message.subject.text or file, place, kept, _merged(code), tuple(notes), tuple(elsewhere))
    return Draft(patch, message.subject, message.subject.reply)


def _merged(code: Iterable[CodeChange]) -> tuple[CodeChange, ...]:
    """One change for each function of a file, at its first line; a modelled one before one that is not."""
    found: dict[tuple[str, str], CodeChange] = {}
    for change in code:
        first = found.setdefault((change.file, change.function), change)
        if change.modelled and not first.modelled:
            found[change.file, change.function] = replace(change, origin=first.origin)
    return tuple(found.values())
