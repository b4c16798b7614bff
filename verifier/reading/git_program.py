"""The `git` program, asked about one repository: no checkout, no network, no settings of a user, no shell.

Nothing is written into the repository. Names and paths of a repository are anybody's: revisions go
to git through a pipe, never as arguments, and paths only behind `--`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, cast

from verifier.layout.errors import InputError
from verifier.layout.units import one_line

OLDEST = (2, 30)
"""The git of Debian 11."""
SECONDS = 300
"""For one question to git; the history of a day takes a fraction of one."""
MOST_BYTES = 1 << 26
"""Of one answer: as much as a mailbox may have."""
_MOST_OF_POINTER = 10_000
"""Bytes of a `.git` that is a file: it holds one path."""
MISSING = "an object is missing: a partial clone or a damaged one; clone it without --filter"

_SETTINGS = (
    "core.quotePath=false",
    "core.abbrev=10",
    "core.attributesFile=/dev/null",
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "diff.suppressBlankEmpty=false",
    "diff.orderFile=",
    "i18n.logOutputEncoding=UTF-8",
    "protocol.allow=never",
)
_NEUTRAL = {
    "LC_ALL": "C",
    "HOME": "/dev/null",
    "XDG_CONFIG_HOME": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": "/dev/null",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_GRAFT_FILE": "/dev/null",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_AUTHOR_NAME": "verifier",
    "GIT_AUTHOR_EMAIL": "verifier",
    "GIT_AUTHOR_DATE": "@0 +0000",
    "GIT_COMMITTER_NAME": "verifier",
    "GIT_COMMITTER_EMAIL": "verifier",
    "GIT_COMMITTER_DATE": "@0 +0000",
}
_FOUND = re.compile(rb"([0-9a-f]{40}|[0-9a-f]{64}) (\w+) (\d+)\n")
_VERSION = re.compile(r"git version (\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of git: its id, its kind (`blob`, `tree`, `commit`), and its bytes if they were asked for."""

    id: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Git:
    """A repository and the program that reads it."""

    folder: str
    """Its git folder, absolute. As it is named to git, git looks for none and does not ask who owns it."""
    name: str
    """What the user called it, for messages."""
    program: str
    version: tuple[int, int]
    objects: Mapping[str, str] = field(default_factory=dict)
    """Environment that says where objects are, if not in the repository alone."""

    @contextmanager
    def stream(
        self, arguments: Sequence[str], given: bytes = b"", fine: Sequence[int] = (0,)
    ) -> Iterator[IO[bytes]]:
        """The output of a command whose standard input is `given`.

        Raises InputError when it ends with a status that is not `fine`, and after SECONDS.
        """
        settings = (part for setting in _SETTINGS for part in ("-c", setting))
        # A work tree and an index without attributes: what is checked out decides nothing.
        places = {
            "GIT_DIR": self.folder,
            "GIT_WORK_TREE": self.folder,
            "GIT_INDEX_FILE": f"{self.folder}/no index",
        }
        own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        with TemporaryFile() as asked, TemporaryFile() as said:
            asked.write(given)
            asked.seek(0)
            late = threading.Event()
            try:
                process = subprocess.Popen(  # noqa: S603 - no shell; nobody else's words are options
                    [self.program, "--no-pager", *settings, *arguments],
                    stdin=asked,
                    stdout=subprocess.PIPE,
                    stderr=said,
                    cwd=self.folder,
                    env={**own, **_NEUTRAL, **places, **self.objects},
                )
            except OSError as fault:
                raise InputError(f"git cannot be started: {fault.strerror}", self.name) from None

            def stop() -> None:
                late.set()
                process.kill()

            timer = threading.Timer(SECONDS, stop)
            timer.start()
            try:
                with process:
                    yield cast(IO[bytes], process.stdout)
                status = process.returncode
            finally:
                timer.cancel()
                with suppress(OSError):
                    process.kill()
                process.wait()
            if late.is_set():
                raise InputError(f"git took more than {SECONDS} s", self.name)
            if status not in fine:
                said.seek(0)
                raise InputError(_fault(said.read(10_000), status), self.name)

    def run(self, *arguments: str, given: bytes = b"", fine: Sequence[int] = (0,)) -> bytes:
        """The whole output of a command. Raises InputError as `stream` does, and above MOST_BYTES."""
        with self.stream(arguments, given, fine) as output:
            content = output.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise InputError(f"git answers more than {MOST_BYTES >> 20} MiB", self.name)
        return content

    def things(self, names: Sequence[str], most: int, *, bare: bool = False) -> list[Thing | None]:
        """The objects of these names (`id`, `rev^{commit}`), None for what git does not know.

        `bare` leaves their bytes out. Raises InputError for one larger than `most` bytes.
        """
        assert not any("\n" in name or "\0" in name for name in names)
        if not names:
            return []
        found: list[Thing | None] = []
        given = "".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape")
        with self.stream(("cat-file", "--batch-check" if bare else "--batch"), given) as output:
            for name in names:
                known = _FOUND.fullmatch(output.readline())
                if known is None:
                    found.append(None)
                    continue
                size = 0 if bare else int(known[3])
                if size > most:
                    raise InputError(f"{name} has {size} bytes; at most {most} are read", self.name)
                found.append(Thing(known[1].decode(), known[2].decode(), output.read(size)))
                if not bare:
                    output.read(1)  # a line end behind the bytes
        return found


def _fault(said: bytes, status: int) -> str:
    """What git said in its first line that is not a warning."""
    lines = [one_line(line) for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith(("warning:", "hint:"))] or [f"status {status}"]
    if re.search(r"promisor|unable to read|bad object|lazy fetch|missing|protocol|could not fetch", lines[0]):
        return f"git: {lines[0][:200]}; {MISSING}"
    return f"git: {lines[0][:200]}"


def open_git(path: str) -> Git:
    """The repository at a path: bare, a checkout, a worktree, or a folder in one of these.

    Raises InputError for no such folder, no repository, and no git, or one that is too old.
    """
    try:
        start = Path(path).resolve(strict=True)
        folder = (
            next(filter(None, map(_git_folder, (start, *start.parents))), None) if start.is_dir() else None
        )
    except (OSError, ValueError, RuntimeError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise InputError(f"cannot be read: {reason[:1].lower()}{reason[1:]}", path) from None
    if folder is None:
        raise InputError("not a git repository, nor a folder in one", path)
    program = shutil.which("git")
    if program is None:
        raise InputError("reading a repository needs git on PATH (Debian: git)", path)
    git = Git(str(folder if folder.is_dir() else folder.parent), path, program, (0, 0))
    said = git.run("version").decode("utf-8", "replace")
    found = _VERSION.match(said)
    version = (int(found[1]), int(found[2])) if found else (0, 0)
    if version < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise InputError(f"{one_line(said.strip())} is too old; {needed} or newer is needed", path)
    if folder.is_file():  # of a worktree or a submodule: the file says where its git folder is
        folder = Path(_pointed(folder, path))
    git = Git(str(folder), path, program, version)
    git.run("rev-parse", "--git-dir")  # that it can be read at all
    return git


def _git_folder(folder: Path) -> Path | None:
    if (folder / ".git").exists():
        return folder / ".git"
    bare = (folder / "objects").is_dir() and (folder / "refs").is_dir() and (folder / "HEAD").is_file()
    return folder if bare else None


def _pointed(file: Path, path: str) -> str:
    """Where a `.git` file says that the git folder is."""
    try:
        with file.open("rb") as opened:
            text = opened.read(_MOST_OF_POINTER).decode("utf-8", "surrogateescape")
        found = re.fullmatch(r"gitdir: (.+?)\n*", text)
        folder = (file.parent / found[1]) if found else None
        if folder is not None and folder.is_dir():
            return str(folder.resolve())
    except OSError as fault:  # a name that is too long, for one
        reason = fault.strerror or str(fault)
        raise InputError(f"its .git cannot be followed: {reason[:1].lower()}{reason[1:]}", path) from None
    raise InputError("its .git names no git folder that is there", path)
