"""A git repository of Xen: the commits of a range, and the files that a layout is read from at each of them.

Nothing is checked out, fetched or written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from verifier.layout.errors import InputError
from verifier.layout.units import one_line
from verifier.reading.git_program import MISSING, Git, Thing, open_git
from verifier.reading.source import MOST_BYTES

HEADER = "xen/include/public/arch-arm.h"
"""Where the layout header has been since there is Xen on Arm."""
MAKEFILE = "xen/Makefile"
"""Where Xen's version has been since 4.0."""
MOST_COMMITS = 100_000
"""Of a range; all of Xen's history has half of that."""
_FETCH = "fetch more history (git fetch --unshallow; in CI fetch-depth: 0)"

_TREE, _LINK, _MODULE = "40000", "120000", "160000"
_NUMBER = re.compile(rb"[0-9]{1,9}")
_ENTRY = re.compile(rb"(\d+) ([^\0]+)\0")
_DEFINED = re.compile(
    rb"^[ \t]*(?:export[ \t]+)?XEN_((?:SUB|EXTRA)?VERSION)[ \t]*[:?]?=[ \t]*([^\n#]*)", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit, with texts that are safe to print."""

    id: str
    short: str
    """Its first ten digits, more where ten are not enough."""
    subject: str
    author: str
    parents: tuple[str, ...]
    """Ids; none for a root, more than one for a merge."""


@dataclass(frozen=True, slots=True)
class Version:
    """What xen/Makefile says of the version: ("4", "18", ".6-pre") or ("4", "23", "-unstable")."""

    major: str
    minor: str
    extra: str
    """`XEN_EXTRAVERSION` without what a vendor may add."""


@dataclass(frozen=True, slots=True)
class Files:
    """What a layout is read from, at one commit; None for what is not there."""

    header: bytes | None
    companion: bytes | None
    """`xen.h` beside the header."""
    version: Version | None


EMPTY = Files(None, None, None)
"""Before a root commit."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a tree: the mode that git writes (`100644`) and an id."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository, and where in it the header is."""

    git: Git
    header: str = HEADER

    @classmethod
    def open(cls, path: str, *, header: str = HEADER) -> Repository:
        """The repository at a path: bare, a checkout, a worktree, or a folder in one.

        `header` is where the layout header is in its trees. Raises InputError for no such folder, no
        repository, and no git or one that is too old.
        """
        return cls(open_git(path), header)

    @property
    def companion(self) -> str:
        """The path of `xen.h`."""
        return f"{self.header.rpartition('/')[0]}/xen.h".lstrip("/")

    @property
    def read(self) -> tuple[str, str, str]:
        """The paths that `Files` are read from."""
        return self.header, self.companion, MAKEFILE

    def resolve(self, revision: str) -> str:
        """The id of the commit that a revision (branch, tag, id, `HEAD~2`) names. Raises InputError if none."""
        if revision.startswith("-") or not revision.isprintable() or not revision.strip():
            raise InputError(f'"{one_line(revision)}" is no revision', self.git.name)
        thing = self.git.things([f"{revision}^{{commit}}"], 0, bare=True)[0]
        if thing is None:
            raise InputError(f'"{revision}" names no commit here{self.advice()}', self.git.name)
        return thing.id

    def advice(self) -> str:
        """What to add to a message of a commit that is missing; empty if the clone has all history."""
        return f"; this clone is shallow: {_FETCH}" if self.shallow() else ""

    def begun(self) -> bool:
        """Whether HEAD has a commit; a new repository's has none yet."""
        return bool(self.git.run("rev-parse", "--verify", "--quiet", "HEAD", fine=(0, 1)))

    def commits(self, wanted: str) -> tuple[Commit, ...]:
        """The commits of `A..B`, of `A` alone those of `A^..A`: parents before children, merges included.

        A side that is left out is HEAD. Raises InputError for `A...B`, which depends on both sides,
        for what names no commit, for more than MOST_COMMITS, and where history has been cut.
        """
        if "..." in wanted:
            raise InputError(f'"{one_line(wanted)}" has three dots; a range is A..B', self.git.name)
        first, dots, last = wanted.partition("..")
        if dots:
            ends = [self.resolve(last or "HEAD"), f"^{self.resolve(first or 'HEAD')}"]
        else:
            ends = [self.resolve(wanted)]
            ends += [f"^{parent}" for parent in self._listed("--no-walk", *ends)[0].parents[:1]]
        found = self._listed("--topo-order", "--reverse", f"--max-count={MOST_COMMITS + 1}", *ends)
        if len(found) > MOST_COMMITS:
            raise InputError(f"more than {MOST_COMMITS} commits in {wanted}", self.git.name)
        self._refuse_cut(commit.id for commit in found)
        return found

    def _listed(self, *arguments: str) -> tuple[Commit, ...]:
        text = self.git.run("rev-list", "--format=%h%x00%P%x00%an%x00%s%x00", *arguments, "--")
        return tuple(_commit(record) for record in text.split(b"\0\n") if record)

    def shallow(self) -> frozenset[str]:
        """Commits whose parents were not fetched."""
        place = self.git.run("rev-parse", "--git-path", "shallow")
        file = Path(self.git.folder, place.decode("utf-8", "surrogateescape").rstrip("\n"))
        try:
            return frozenset(file.read_text(encoding="ascii").split())
        except FileNotFoundError:
            return frozenset()
        except (OSError, ValueError):
            raise InputError("its list of shallow commits cannot be read", self.git.name) from None

    def _refuse_cut(self, ids: Iterable[str]) -> None:
        if cut := self.shallow().intersection(ids):
            raise InputError(
                f"this clone is shallow, and its history ends at {min(cut)[:10]}: {_FETCH}", self.git.name
            )

    def refuse_cut_between(self, one: str, other: str) -> None:
        """Raise InputError for two commits whose history is not all there up to what they have in common."""
        bases = self.git.run("merge-base", "--all", one, other, fine=(0, 1)).decode().split()
        if not bases and not self.shallow():
            raise InputError(f"{one[:10]} and {other[:10]} have no history in common", self.git.name)
        listed = self.git.run("rev-list", one, other, "--not", *bases, "--")
        self._refuse_cut(listed.decode().split())

    def files(self, revision: str) -> Files:
        """What a layout is read from at a revision. Raises InputError as `files_of`, and for an unknown one."""
        found = self.resolve(revision)
        return self.files_of([found])[found]

    def files_of(self, commits: Iterable[str]) -> dict[str, Files]:
        """The same for many commits by their ids, with few questions to git.

        Raises InputError where a path is no regular file, for one above MOST_BYTES, and for
        what a partial clone lacks.
        """
        at = self.entries(commits, self.read)
        for commit, entries in at.items():
            for path, entry in zip(self.read, entries, strict=True):
                if entry is not None and not entry.mode.startswith("100"):
                    kinds = {_LINK: "a symbolic link", _MODULE: "a submodule", _TREE: "a folder"}
                    kind = kinds.get(entry.mode, f"of mode {entry.mode}")
                    raise InputError(f"{path} is {kind} at {commit[:10]}, not a file", self.git.name)
        blobs = self._all({entry.id for entries in at.values() for entry in entries if entry})
        texts = {
            commit: [blobs[entry.id] if entry else None for entry in entries]
            for commit, entries in at.items()
        }
        return {
            commit: Files(header, companion, version_in(makefile))
            for commit, (header, companion, makefile) in texts.items()
        }

    def entries(self, commits: Iterable[str], paths: Sequence[str]) -> dict[str, tuple[Entry | None, ...]]:
        """What is at each of the paths at each commit, told by the trees themselves, one level at a time."""
        ids = list(dict.fromkeys(commits))
        roots = self.git.things([f"{each}^{{tree}}" for each in ids], 0, bare=True)
        at: dict[tuple[str, str], Entry | None] = {}
        for commit, root in zip(ids, roots, strict=True):
            tree = Entry(_TREE, self._there(root, commit).id)
            at |= {(commit, path): tree for path in paths}
        trees: dict[str, Mapping[str, Entry]] = {}
        for level in range(max(path.count("/") for path in paths) + 1):
            unread = {entry.id for entry in at.values() if entry and entry.mode == _TREE} - trees.keys()
            trees |= {id_: _tree(content, len(id_) // 2) for id_, content in self._all(unread).items()}
            for (commit, path), entry in at.items():
                parts = path.split("/")
                if level < len(parts):
                    inner = trees.get(entry.id) if entry and entry.mode == _TREE else None
                    at[commit, path] = inner.get(parts[level]) if inner else None
        return {commit: tuple(at[commit, path] for path in paths) for commit in ids}

    def _all(self, ids: Iterable[str]) -> dict[str, bytes]:
        """The bytes of objects that have to be there."""
        wanted = sorted(ids)
        things = self.git.things(wanted, MOST_BYTES)
        return {each: self._there(thing, each).content for each, thing in zip(wanted, things, strict=True)}

    def _there(self, thing: Thing | None, name: str) -> Thing:
        if thing is None:
            raise InputError(f"{name[:10]}: {MISSING}", self.git.name)
        return thing


def version_in(makefile: bytes | None) -> Version | None:
    """The version that the text of xen/Makefile gives; None where it does not give one by numbers."""
    found: dict[bytes, bytes] = dict(_DEFINED.findall(makefile or b""))
    major, minor = found.get(b"VERSION", b"").strip(), found.get(b"SUBVERSION", b"").strip()
    if not _NUMBER.fullmatch(major) or not _NUMBER.fullmatch(minor):
        return None
    extra = found.get(b"EXTRAVERSION", b"").replace(b"$(XEN_VENDORVERSION)", b"").strip().strip(b'"')
    return Version(major.decode(), minor.decode(), one_line(extra.decode("utf-8", "replace")))


def _commit(record: bytes) -> Commit:
    """One of `rev-list`: a line `commit ID`, then what the format asks for."""
    line, _, rest = record.partition(b"\n")
    short, parents, author, subject = (part.decode("utf-8", "replace") for part in rest.split(b"\0"))
    return Commit(
        line.split()[1].decode(), short, one_line(subject), one_line(author), tuple(parents.split())
    )


def _tree(content: bytes, width: int) -> dict[str, Entry]:
    """The names of a tree object: mode, name, NUL, and an id of `width` bytes."""
    found, at = {}, 0
    while at < len(content):
        head = _ENTRY.match(content, at)
        if head is None:
            raise InputError("a tree object is damaged")
        end = head.end() + width
        name = head[2].decode("utf-8", "surrogateescape")
        found[name] = Entry(head[1].decode(), content[head.end() : end].hex())
        at = end
    return found
