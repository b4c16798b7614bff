"""Repositories as `git fast-import` makes them of a text: any history of any trees, of which `verifier ci` is asked."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from tests.fuzz.frame import any_of, refusable
from tests.reading.git_repositories import CODE, COMPANION, HEADER_TEXT, LIBXL, MAKEFILE_TEXT
from verifier.layout.errors import InputError
from verifier.reading.at_commit import layout_at, release_of
from verifier.reading.git import HEADER, MAKEFILE, Repository
from verifier.reading.git_changes import changes
from verifier.reading.git_merge import merge_result, staged
from verifier.reading.git_range import range_of
from verifier.reading.platforms import Event
from verifier.reading.request import Request

RANGES = ("main", "HEAD~1..main", "main..side")
EVENTS = (
    Event("main", "side", merge=True),
    Event("HEAD~1", "main"),
    Event("", "side", "refs/heads/main"),
    Event("side", "main", "refs/heads/side"),
)


def read(data: bytes, folder: Path) -> None:
    """All that `ci` reads of a repository before it proves anything. Raises InputError for what git does not take."""
    _imported(data, folder)
    repository = Repository.open(str(folder))
    for event in EVENTS:
        with refusable():
            range_of(repository, event)
    for ends in (("main", "side"), ("side", "main")):
        with refusable():
            merge_result(repository, *ends)
    with refusable():
        staged(repository)
    any_of(partial(_changes, repository, wanted) for wanted in RANGES)


def _changes(repository: Repository, wanted: str) -> None:
    for each in changes(repository, repository.commits(wanted)):
        for files, change in ((each.before, None), (each.after, each)):
            with refusable():
                layout_at(files, repository, Request(""), release_of(files.version), change).layout  # noqa: B018


def _imported(data: bytes, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    run = ("git", f"--git-dir={folder}")
    subprocess.run([*run, "init", "-q", "--bare", "-b", "main"], check=True, capture_output=True)
    command = [*run, "fast-import", "--quiet", "--max-pack-size=64m"]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=60, cwd=folder)
    except subprocess.TimeoutExpired:
        raise InputError("git is too long with it") from None
    for crash in folder.glob("fast_import_crash_*"):
        crash.unlink()
    if done.returncode:
        raise InputError("git does not take it")
    with contextlib.suppress(subprocess.CalledProcessError):
        subprocess.run([*run, "read-tree", "side"], check=True, capture_output=True)


def seeds() -> Iterable[bytes]:
    """Histories: a change of a number, a merge with a conflict, odd names and kinds, others' authors, no header."""
    first = [(HEADER, HEADER_TEXT), (COMPANION, "#define X 1\n"), (MAKEFILE, MAKEFILE_TEXT), (LIBXL, CODE)]
    header = HEADER_TEXT.replace("0x40000000", "0x48000000")
    code = CODE.replace("return x;", "return x + 1;")
    yield _stream(_commit("main", first), _commit("side", [(HEADER, header)], "main"))
    yield _stream(
        _commit("main", first),
        _commit("side", [(HEADER, header), (LIBXL, code)], "main"),
        _commit("main", [(HEADER, HEADER_TEXT.replace("0x40000000", "0x50000000"))]),
        _commit("main", [(HEADER, header)], merged="side"),
    )
    yield _stream(
        _commit("main", [*first, ("a b", "x\n"), ("\u00fc", "y\n")]),
        _commit(
            "side", [(MAKEFILE, MAKEFILE_TEXT.replace("18", "x")), ("xen/include/new.h", header)], "main"
        ),
        f"commit refs/heads/side\ncommitter <> 0 +0000\ndata <<E\nE\nR {HEADER} {HEADER}.old\nD {LIBXL}\n",
    )
    yield _stream(_commit("main", [("a", "b\n")]), _commit("side", [("c", "d\n")]))
    module = f"M 160000 {'a' * 40} xen/include/public\n"
    yield _stream(_commit("main", first) + module, _commit("side", [(HEADER, "elsewhere")], mode="120000"))


def _commit(
    branch: str, files: Iterable[tuple[str, str]], start: str = "", merged: str = "", mode: str = "100644"
) -> str:
    """A commit in fast-import's language, whose texts end at a line, so that a change of them is still one."""
    begun = f"from refs/heads/{start}\n" if start else ""
    begun += f"merge refs/heads/{merged}\n" if merged else ""
    texts = "".join(f'M {mode} inline "{path}"\ndata <<END\n{text}\nEND\n' for path, text in files)
    return (
        f"commit refs/heads/{branch}\ncommitter A N Other <a@example.org> 1600000000 +0000\n"
        f"data <<END\nxen/arm: Move things\n\nAs it is better.\nEND\n{begun}{texts}"
    )


def _stream(*commits: str) -> bytes:
    return "\n".join(commits).encode()
