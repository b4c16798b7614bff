"""The layout of a commit of Xen, with the behaviour of the release that its tree says it is."""

from __future__ import annotations

import re
from dataclasses import replace

from verifier.layout.change import Note
from verifier.reading import models
from verifier.reading.git import Files, Repository, Version
from verifier.reading.git_changes import Change
from verifier.reading.request import Loaded, Reader, Request
from verifier.reading.stages import foreign

_POINT = re.compile(r"\.([0-9]{1,9})(?![0-9])")


def release_of(version: Version | None) -> str:
    """The tag whose behaviour is nearest to a tree with that version: the newest that is not after it.

    A tree that is to become 4.18.0 (4.18-unstable, 4.18-rc) counts as 4.18.0, one after the newest
    release, or without a version, as head.
    """
    if version is None:
        return "head"
    tags = sorted((tag for model in models.releases() for tag in model.tags), key=models.version)
    point = _POINT.match(version.extra)
    wanted = (int(version.major), int(version.minor), int(point[1]) if point else 0)
    known = [tag for tag in tags if tag != "head"]
    if wanted[:2] > models.version(known[-1])[:2]:
        return "head"
    before = [tag for tag in known if models.version(tag) <= wanted]
    return before[-1] if before else known[0]


def layout_at(
    files: Files, repository: Repository, request: Request, release: str, change: Change | None = None
) -> Loaded:
    """The layout of a commit; an empty one where the header is missing. Raises InputError.

    `change` is what led to it: what it changes of Xen's code, and what nobody can tell of it.
    """
    given = {} if files.companion is None else {"xen.h": files.companion}
    own = replace(
        request,
        source=repository.header,
        base=None,
        xen=release,
        content=files.header or b"",
        given=given,
    )
    loaded = Reader(own).layouts()[0]
    if change is None:
        return loaded
    code, doubts = change.patch.code, _doubts(change, repository.companion)
    source = replace(loaded.source, code=code, doubts=doubts)
    return replace(loaded, source=source, layout=replace(loaded.layout, code=code, doubts=doubts))


def _doubts(change: Change, companion: str) -> tuple[Note, ...]:
    """What keeps the layout from being known: of macros in other files not those of the companion, which is read."""
    doubtful = (note for note in change.patch.notes if note.doubt)
    read = () if change.after.companion is None else (companion,)
    unread = tuple(note for note in change.patch.elsewhere if note.origin.file not in read)
    return (*doubtful, *foreign(replace(change.patch, elsewhere=unread)), *change.doubts)
