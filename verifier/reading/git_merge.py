"""What merging one commit into another would give, without a checkout and without a trace in the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from verifier.layout.errors import InputError
from verifier.reading.functions import may_hold_modelled
from verifier.reading.git import Commit, Files, Repository
from verifier.reading.git_changes import Change, changes

MERGES = (2, 38)
"""The first git that merges without a checkout (`merge-tree --write-tree`)."""


@dataclass(frozen=True, slots=True)
class Merge:
    """What a merge would give."""

    base: str
    """Ids of what is merged into, and of what is merged."""
    head: str
    files: Files
    """After the merge; None for a file with conflicts, and the version of such a Makefile."""
    change: Change | None
    """All that the merge changes of `base`, as if it were one commit; None if no verdict rests on it, or in
    a conflict that matters."""
    conflicts: tuple[str, ...]
    """Paths with conflicts that a verdict may rest on: nothing is known of the merge then."""
    others: tuple[str, ...]
    """Other paths with conflicts."""


def merge_result(repository: Repository, base: str, head: str) -> Merge:
    """What merging revision `head` into revision `base` would give; git finds what they have in common.

    Raises InputError for an unknown revision, no common history, history that was cut, a git older than
    MERGES, and as `changes` does.
    """
    if repository.git.version < MERGES:
        needed = ".".join(map(str, MERGES))
        raise InputError(f"merging without a checkout needs git {needed} or newer", repository.git.name)
    ours, theirs = repository.resolve(base), repository.resolve(head)
    repository.refuse_cut_between(ours, theirs)
    with _aside(repository) as copy:
        text = copy.git.run(
            *("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs), fine=(0, 1)
        )
        tree, *rest = text.decode("utf-8", "surrogateescape").split("\0")
        paths = dict.fromkeys(path for path in rest if path)
        conflicts = tuple(path for path in paths if path in repository.read or may_hold_modelled(path))
        others = tuple(path for path in paths if path not in conflicts)
        made = copy.git.run("commit-tree", tree, "-p", ours, "-m", f"merge of {theirs}").decode().strip()
        merged = Commit(made, made[:10], f"merge of {theirs[:10]} into {ours[:10]}", "", (ours,))
        files = _known(repository, copy.files_of([made])[made], conflicts)
        found = () if conflicts else changes(copy, [merged])
    return Merge(ours, theirs, files, found[0] if found else None, conflicts, others)


def staged(repository: Repository) -> Change | None:
    """What is staged for the next commit, as if it were one; None if no verdict rests on it.

    The first commit of a branch has no parent. Raises InputError as `changes` does, where nothing can be
    staged, and while there are conflicts.
    """
    parents, index = (repository.resolve("HEAD"),) if repository.begun() else (), _index(repository)
    if not index.is_file():
        raise InputError("it has no index, so nothing is staged", repository.git.name)
    with _aside(repository) as copy:
        own = {**copy.git.objects, "GIT_INDEX_FILE": str(index)}
        tree = replace(copy.git, objects=own).run("write-tree").decode().strip()
        upon = (part for parent in parents for part in ("-p", parent))
        made = copy.git.run("commit-tree", tree, *upon, "-m", "staged").decode().strip()
        found = changes(copy, [Commit(made, "", "what is staged", "", parents)])
    return found[0] if found else None


def _index(repository: Repository) -> Path:
    """The index of the repository; the one that git hands to its hooks, where a part is committed."""
    folder = Path(repository.git.folder)
    handed = Path(os.environ.get("GIT_INDEX_FILE", "")).absolute()
    return handed if handed.parent == folder else folder / "index"


def _known(repository: Repository, files: Files, conflicts: tuple[str, ...]) -> Files:
    """The files without those that hold both sides of a conflict."""
    header, companion, makefile = (path not in conflicts for path in repository.read)
    return Files(
        files.header if header else None,
        files.companion if companion else None,
        files.version if makefile else None,
    )


@contextmanager
def _aside(repository: Repository) -> Iterator[Repository]:
    """An empty repository that sees the objects of this one, and goes away with those it gets.

    It has none of its settings and attributes, which may name programs that merge.
    """
    git = repository.git
    place = git.run("rev-parse", "--git-path", "objects").decode("utf-8", "surrogateescape").rstrip("\n")
    kind = git.run("rev-parse", "--show-object-format").decode().strip()
    quoted = str(Path(git.folder, place)).replace("\\", "\\\\").replace('"', '\\"')
    with TemporaryDirectory(prefix="verifier-") as name:
        folder = Path(name)
        (folder / "objects").mkdir()
        (folder / "refs").mkdir()
        (folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
        extension = f"[extensions]\nobjectFormat = {kind}\n" if kind != "sha1" else ""
        (folder / "config").write_text(
            f"[core]\nrepositoryFormatVersion = {1 if extension else 0}\nbare = true\n{extension}",
            encoding="ascii",
        )
        (folder / "shallow").write_text(
            "".join(f"{each}\n" for each in repository.shallow()), encoding="ascii"
        )
        where = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{quoted}"'}
        yield replace(repository, git=replace(git, folder=name, objects=where))
