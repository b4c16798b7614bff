"""A patch, mail or mailbox -> the patches in it that concern the layout, in the order to apply them.

What is left out is said. Two versions of one change are an error that names both: nothing here chooses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

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
from verifier.reading.mail import Message, Subject, read_messages
from verifier.reading.repeated import macros_in, once, within

HEADER = "arch-arm.h"
"""The base name of the layout header, wherever it lives."""
MAX_HUNKS = 200
"""Hunks of one patch for the header; the header has 500 lines."""
MAX_OF_ALL = 100_000
"""Hunks of a patch or mailbox, whatever they change."""
MAX_MAILS = 10_000
"""Of a mailbox that may change the layout; all of xen-devel has fewer in a year."""

_CONDITION = re.compile(r"\s*#\s*(?:if|ifdef|ifndef|elif|else|endif)\b")


@dataclass(frozen=True, slots=True)
class Patch:
    """What one mail, or one file, changes of the layout and of the code that models describe."""

    name: str
    """Its subject; the file's name if it has none."""
    origin: Origin
    hunks: tuple[Hunk, ...]
    """Those for the layout header, in order."""
    code: tuple[CodeChange, ...]
    notes: tuple[Note, ...]
    """Repairs and doubts of reading it."""
    elsewhere: tuple[Note, ...]
    """`GUEST_` macros that it changes in other files that Arm uses: the layout does not have them."""


@dataclass(frozen=True, slots=True)
class Series:
    """All patches of an input, to be applied one after the other."""

    patches: tuple[Patch, ...]
    notes: tuple[Note, ...]
    """What was left out: repeated mails, quoted patches, missing parts."""


@dataclass(frozen=True, slots=True)
class _Draft:
    patch: Patch
    subject: Subject
    quoted: bool
    """It answers another mail, so its hunks may be those of that mail."""


def read_patches(content: bytes, file: str, *, header: str) -> Series:
    """Read the contents of a file called `file`; `header` is the name of the header to be patched.

    A hunk is for the layout if its file is `arch-arm.h` or has the base name of `header`, or if it has
    no file and `GUEST_` macros. Raises InputError if nothing is for the layout and no modelled function
    is changed, for two versions of a change, and for what cannot be read.
    """
    drafts: list[_Draft] = []
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
    chosen = _in_order(_chosen(drafts, notes), notes)
    patches = tuple(draft.patch for draft in chosen)
    if not any(patch.hunks or any(each.modelled for each in patch.code) for patch in patches):
        refuse_no_text(content, file, header)
        raise _nothing(file, tuple(paths), [*notes, *(note for each in patches for note in each.elsewhere)])
    return Series(patches, (*notes, *_missing(chosen, subjects)))


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


def _draft(message: Message, found: Sequence[Hunk], file: str, header: str) -> _Draft:
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
    return _Draft(patch, message.subject, message.subject.reply)


def _merged(code: Iterable[CodeChange]) -> tuple[CodeChange, ...]:
    """One change for each function of a file, at its first line; a modelled one before one that is not."""
    found: dict[tuple[str, str], CodeChange] = {}
    for change in code:
        first = found.setdefault((change.file, change.function), change)
        if change.modelled and not first.modelled:
            found[change.file, change.function] = replace(change, origin=first.origin)
    return tuple(found.values())


def _chosen(drafts: Sequence[_Draft], notes: list[Note]) -> list[_Draft]:
    """The mails to apply: no repetition, no answer that only quotes; InputError for two versions."""
    sent: list[_Draft] = []
    for draft in drafts:
        if not draft.quoted:
            _add(draft, sent, notes)
    layout = [draft for draft in sent if draft.patch.hunks]
    _one_version(layout)
    for draft in drafts:
        if draft.quoted:
            _add_reply(draft, sent, layout, notes)
    return sent


def _add(draft: _Draft, sent: list[_Draft], notes: list[Note]) -> None:
    for other in sent:
        if other.subject.title != draft.subject.title or other.subject.version != draft.subject.version:
            continue
        if not other.patch.hunks or not draft.patch.hunks:
            continue
        if _equal(draft.patch.hunks, other.patch.hunks):
            notes.append(Note(f"the same patch as at {other.patch.origin}: taken once", draft.patch.origin))
            return
        raise _two_patches(draft, other, "two patches of the same name")
    sent.append(draft)


def _equal(one: tuple[Hunk, ...], other: tuple[Hunk, ...]) -> bool:
    return within(one, other) and within(other, one)


def _two_patches(draft: _Draft, other: _Draft, said: str) -> InputError:
    here, there = draft.patch, other.patch
    return InputError(
        f'{said}: "{here.name}" here, "{there.name}" at {there.origin}; give one of them',
        here.origin.file,
        here.origin.line,
    )


def _one_version(layout: Sequence[_Draft]) -> None:
    for draft in layout[1:]:
        if draft.subject.version != layout[0].subject.version:
            said = f"v{draft.subject.version} and v{layout[0].subject.version} of a patch"
            raise _two_patches(draft, layout[0], said)


def _add_reply(draft: _Draft, sent: list[_Draft], layout: list[_Draft], notes: list[Note]) -> None:
    """Keep of an answer what no other mail has."""
    patch = draft.patch
    if patch.hunks and within(patch.hunks, [hunk for other in layout for hunk in other.patch.hunks]):
        notes.append(Note(f'answer "{patch.name}" only quotes the patch: skipped', patch.origin))
        draft = replace(draft, patch=replace(patch, hunks=(), notes=()))
    elif patch.hunks and layout:
        quoting = [other for other in layout if other.quoted and within(other.patch.hunks, patch.hunks)]
        if len(quoting) != len(layout):
            raise _two_patches(draft, layout[0], "an answer changes the layout otherwise")
        for other in quoting:
            notes.append(
                Note(f'answer "{other.patch.name}" is part of a later one: skipped', other.patch.origin)
            )
            layout.remove(other)
            sent.remove(other)
    known = {(each.file, each.function) for other in sent for each in other.patch.code}
    code = tuple(each for each in draft.patch.code if (each.file, each.function) not in known)
    draft = replace(draft, patch=replace(draft.patch, code=code))
    if draft.patch.hunks:
        layout.append(draft)
    if draft.patch.hunks or code or draft.patch.elsewhere:
        sent.append(draft)


def _in_order(drafts: list[_Draft], notes: list[Note]) -> list[_Draft]:
    """A series by its numbers, if every mail has one of the same total."""
    totals = {draft.subject.total for draft in drafts}
    if len(totals) != 1 or None in totals or any(draft.quoted for draft in drafts):
        return drafts
    ordered = sorted(drafts, key=lambda draft: draft.subject.number or 0)
    if ordered != drafts:
        notes.append(Note("mails are not in the order of their numbers: sorted", drafts[0].patch.origin))
    return ordered


def _missing(drafts: Sequence[_Draft], subjects: Sequence[Subject]) -> Iterator[Note]:
    """Say which parts of the series of a patch are not there."""
    for draft in drafts[:1]:
        total, version = draft.subject.total, draft.subject.version
        if not total or not draft.patch.hunks:
            continue
        there = {each.number for each in subjects if each.total == total and each.version == version}
        absent = [str(number) for number in range(1, min(total, 999) + 1) if number not in there]
        if absent:
            listed = listing(absent[:10]) + (" and more" if len(absent) > 10 else "")
            yield Note(
                f"of the {total} patches of its series {listed} are not here", draft.patch.origin, doubt=True
            )
