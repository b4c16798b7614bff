"""Which commits change what a verdict rests on: the header, its companion, Xen's version, modelled code.

A commit is compared with its parent, a root with nothing, and a merge with all of its parents, since what its
branches did is told of their own commits: it changes header, companion and version if the three
are those of no parent, and code where its text is that of no parent. A file that moves is one that goes
and one that comes: models/functions.toml has to learn of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from verifier.layout.change import Note
from verifier.layout.origin import Origin
from verifier.layout.units import one_line
from verifier.reading.functions import may_hold_modelled, modelled_constants, other_architecture
from verifier.reading.git import EMPTY, Commit, Files, Repository
from verifier.reading.lines import Line
from verifier.reading.mail_text import decoded, refuse_many
from verifier.reading.patch import HEADER, read_change
from verifier.reading.quotes import file_path
from verifier.reading.series import Patch

AT_ONCE = 1000
"""Commits of one question to git."""
TEXTS_AT_ONCE = 50
"""Commits whose diffs are read at once."""

_PLAIN = ("-r", "--no-renames", "--ignore-submodules=none", "--no-ext-diff", "--no-textconv", "--no-color")
_TREES = ("--stdin", "--root", *_PLAIN)
_DIFF = ("--literal-pathspecs", "diff-tree")
_RAW = ("diff-tree", *_TREES, "-c", "--raw", "-z", "--no-abbrev")
_TEXT = (
    *("-p", "--text"),
    *("--unified=3", "--inter-hunk-context=0", "--diff-algorithm=myers", "--no-indent-heuristic"),
    *("--src-prefix=a/", "--dst-prefix=b/", "--submodule=short", "--full-index"),
)
_OTHERS = tuple(f":(exclude,glob)**/{name}/**" for name in ("x86", "asm-x86", "riscv", "ppc", "ia64"))
"""Not looked through for macros; what else `other_architecture` knows is left out afterwards."""
_ID = re.compile(rb"^([0-9a-f]{40}(?:[0-9a-f]{24})?)\n", re.MULTILINE)
_FILE = re.compile(r"(?:---|\+\+\+) \"?([^\t\"]*)\"?\t?")
_HUNK = re.compile(r"@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@")


@dataclass(frozen=True, slots=True)
class Change:
    """What one commit changes of what a verdict rests on."""

    commit: Commit
    before: Files
    """At its first parent; EMPTY for a root."""
    after: Files
    text: bytes
    """The unified diff, from the first parent, of files that may hold modelled code; empty if there are none."""
    patch: Patch
    """The same, read: `code`, and macros of the layout `elsewhere`. Places are lines of the tree's own files."""
    doubts: tuple[Note, ...]
    """Other files named like the header, which nobody reads here: the verdict of the commit is unknown."""


def changes(repository: Repository, commits: Sequence[Commit]) -> tuple[Change, ...]:
    """The changes of those of the commits that have any, in their order.

    Raises InputError as `Repository.files_of` does, and for a diff that cannot be read.
    """
    found: list[Change] = []
    for start in range(0, len(commits), AT_ONCE):
        found += _changes(repository, commits[start : start + AT_ONCE])
    return tuple(found)


def _changes(repository: Repository, commits: Sequence[Commit]) -> Iterator[Change]:
    named = _touched(repository, commits)
    written = _touched(repository, commits, "--text", f"-G{_macros()}", "--", ".", *_OTHERS)
    code = {each.id: _code(repository, each, named, written) for each in commits}
    texts = _texts(repository, [each for each in commits if code[each.id]], code)
    patches = {each.id: _patch(each, texts.get(each.id, b"")) for each in commits}
    doubts = {each.id: tuple(_others(repository, named.get(each.id, ()))) for each in commits}
    moved = _moved(repository, commits, named)
    telling = [each for each in commits if each in moved or _speaks(patches[each.id]) or doubts[each.id]]
    files = repository.files_of(id_ for each in telling for id_ in (each.id, *each.parents[:1]))
    for each in telling:
        before = files[each.parents[0]] if each.parents else EMPTY
        text, patch = texts.get(each.id, b""), patches[each.id]
        yield Change(each, before, files[each.id], text, patch, doubts[each.id])


def _patch(commit: Commit, text: bytes) -> Patch:
    refuse_many(text.count(b"\n"), Origin(f"the diff of {commit.short or commit.subject}", 1))
    return read_change(_placed(text), commit.subject)


def _speaks(patch: Patch) -> bool:
    """Whether something that was read of a diff concerns a verdict."""
    doubtful = any(note.doubt for note in patch.notes)
    return any(each.modelled for each in patch.code) or bool(patch.elsewhere) or doubtful


def _macros() -> str:
    """What a changed line has to match, so that its file is read whatever its name."""
    layout = r"#[[:space:]]*(define|undef)[[:space:]]+(GUEST_|_*xen_mk_ullong)"
    return "|".join((layout, *modelled_constants()))


def _touched(repository: Repository, commits: Sequence[Commit], *options: str) -> dict[str, tuple[str, ...]]:
    """The paths that commits change, of a merge those that differ from each of its parents.

    With `-G`, only paths with a changed line that matches: git makes its diffs, and prints none.
    """
    given = "".join(f"{each.id}\n" for each in commits).encode()
    fields = iter(repository.git.run(*_RAW, *options, given=given).split(b"\0"))
    found: dict[str, list[str]] = {}
    paths: list[str] = []
    for part in fields:
        if part.startswith(b":"):
            paths.append(next(fields).decode("utf-8", "surrogateescape"))
        elif part:
            paths = found.setdefault(part.decode(), [])
    return {each: tuple(paths) for each, paths in found.items()}


def _code(
    repository: Repository,
    commit: Commit,
    named: Mapping[str, Sequence[str]],
    written: Mapping[str, Sequence[str]],
) -> tuple[str, ...]:
    """The paths of a commit whose diffs are to be read."""
    found = [path for path in named.get(commit.id, ()) if may_hold_modelled(path)]
    found += [path for path in written.get(commit.id, ()) if not other_architecture(path)]
    paths = dict.fromkeys(path for path in found if not _is_header(path))
    if len(commit.parents) < 2:
        return tuple(paths)
    return tuple(path for path in paths if _own(repository, commit, path))


def _own(repository: Repository, merge: Commit, path: str) -> bool:
    """Whether a merge wrote lines of a file that are those of no parent there."""
    return bool(
        repository.git.run(*_DIFF, "--no-commit-id", "--cc", *_PLAIN, *_TEXT, merge.id, "--", path).strip()
    )


def _is_header(path: str) -> bool:
    return path.rpartition("/")[2] == HEADER


def _others(repository: Repository, paths: Iterable[str]) -> Iterator[Note]:
    for path in paths:
        if _is_header(path) and path != repository.header and not other_architecture(path):
            said = f"{one_line(path)} changes, and {repository.header} is the header that is read"
            yield Note(said, Origin(path, 1), doubt=True)


def _moved(
    repository: Repository, commits: Sequence[Commit], named: Mapping[str, Sequence[str]]
) -> frozenset[Commit]:
    """Commits after which header, companion and version are not what they are at any parent."""
    wanted = set(repository.read)
    asked = [each for each in commits if len(each.parents) > 1 or wanted.intersection(named.get(each.id, ()))]
    at = repository.entries((id_ for each in asked for id_ in (each.id, *each.parents)), repository.read)
    asked = [each for each in asked if all(at[each.id] != at[parent] for parent in each.parents)]
    files = repository.files_of(id_ for each in asked for id_ in (each.id, *each.parents))
    before = {each: [files[parent] for parent in each.parents] or [EMPTY] for each in asked}
    return frozenset(each for each in asked if files[each.id] not in before[each])


def _texts(
    repository: Repository, commits: Sequence[Commit], paths: Mapping[str, Sequence[str]]
) -> dict[str, bytes]:
    """The diffs of some paths in each commit, from its first parent."""
    found: dict[str, bytes] = {}
    for start in range(0, len(commits), TEXTS_AT_ONCE):
        some = commits[start : start + TEXTS_AT_ONCE]
        # A commit with another behind it is compared with that one, as if it were its only parent.
        given = "".join(f"{' '.join((each.id, *each.parents[:1]))}\n" for each in some).encode()
        files = sorted({path for each in some for path in paths[each.id]})
        text = repository.git.run(*_DIFF, *_TREES, *_TEXT, "--", *files, given=given)
        pieces = _ID.split(text)
        found |= dict(zip((id_.decode() for id_ in pieces[1::2]), pieces[2::2], strict=True))
    return found


def _placed(text: bytes) -> list[Line]:
    """The lines of git's own diff, each at its place in the file that it is of, the new one if it is in both."""
    found: list[Line] = []
    path, old, new, left = "", 0, 0, [0, 0]
    for raw in decoded(text, "").split("\n") if text else ():
        line = raw.removesuffix("\r")
        place = Origin(path, 1)
        if max(left) > 0:
            if line[:1] != "\\":
                place = Origin(path, old if line[:1] == "-" else new)
            old, left[0] = old + (line[:1] in " -"), left[0] - (line[:1] in " -")
            new, left[1] = new + (line[:1] in " +"), left[1] - (line[:1] in " +")
        elif begun := _HUNK.match(line):
            old, new, left = int(begun[1]), int(begun[3]), [int(begun[2] or 1), int(begun[4] or 1)]
            place = Origin(path, new)
        elif line.startswith("diff --git "):
            path = line.removeprefix("diff --git ")  # for a name that the next lines give in quotes
        elif (named := _FILE.fullmatch(line)) and file_path(named[1]) != "/dev/null":
            path = file_path(named[1])
            place = Origin(path, 1)
        found.append(Line(line, place))
    return found
