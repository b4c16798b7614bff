"""The patches of a series: which of its mails are to be applied, and in which order.

What is left out is said. Two versions of one change are an error that names both: nothing here chooses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from verifier.layout.change import CodeChange, Note
from verifier.layout.errors import InputError
from verifier.layout.origin import Origin
from verifier.layout.units import listing
from verifier.reading.hunk import Hunk
from verifier.reading.mail_subject import Subject
from verifier.reading.repeated import within


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
class Draft:
    """A patch of which it is not known yet whether it is to be applied."""

    patch: Patch
    subject: Subject
    quoted: bool
    """It answers another mail, so its hunks may be those of that mail."""


def to_apply(drafts: Sequence[Draft], notes: list[Note]) -> list[Draft]:
    """The mails to apply, one after the other; what is left out of them goes to the notes. InputError for two versions."""
    return _in_order(_chosen(drafts, notes), notes)


def _chosen(drafts: Sequence[Draft], notes: list[Note]) -> list[Draft]:
    """The mails to apply: no repetition, no answer that only quotes; InputError for two versions."""
    sent: list[Draft] = []
    for draft in drafts:
        if not draft.quoted:
            _add(draft, sent, notes)
    layout = [draft for draft in sent if draft.patch.hunks]
    _one_version(layout)
    for draft in drafts:
        if draft.quoted:
            _add_reply(draft, sent, layout, notes)
    return sent


def _add(draft: Draft, sent: list[Draft], notes: list[Note]) -> None:
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


def _two_patches(draft: Draft, other: Draft, said: str) -> InputError:
    here, there = draft.patch, other.patch
    return InputError(
        f'{said}: "{here.name}" here, "{there.name}" at {there.origin}; give one of them',
        here.origin.file,
        here.origin.line,
    )


def _one_version(layout: Sequence[Draft]) -> None:
    for draft in layout[1:]:
        if draft.subject.version != layout[0].subject.version:
            said = f"v{draft.subject.version} and v{layout[0].subject.version} of a patch"
            raise _two_patches(draft, layout[0], said)


def _add_reply(draft: Draft, sent: list[Draft], layout: list[Draft], notes: list[Note]) -> None:
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


def _in_order(drafts: list[Draft], notes: list[Note]) -> list[Draft]:
    """A series by its numbers, if every mail has one of the same total."""
    totals = {draft.subject.total for draft in drafts}
    if len(totals) != 1 or None in totals or any(draft.quoted for draft in drafts):
        return drafts
    ordered = sorted(drafts, key=lambda draft: draft.subject.number or 0)
    if ordered != drafts:
        notes.append(Note("mails are not in the order of their numbers: sorted", drafts[0].patch.origin))
    return ordered


def missing(drafts: Sequence[Draft], subjects: Sequence[Subject]) -> Iterator[Note]:
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
