"""Repositories in all their states: what is read is what git has, and what cannot be read is one sentence."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.reading.git_repositories import CODE, HEADER_TEXT, LIBXL, Made, listing, xen
from verifier.layout.errors import InputError
from verifier.reading import git_program
from verifier.reading.git import HEADER, Repository
from verifier.reading.git_changes import changes


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return xen(tmp_path / "xen")


def said(call: object) -> str:
    assert isinstance(call, pytest.ExceptionInfo)
    return str(call.value.message)


# --- opening


def test_a_checkout_its_folders_a_worktree_and_a_bare_clone_are_the_same_repository(made: Made) -> None:
    made.git("worktree", "add", "-q", "../other")
    made.git("clone", "-q", "--bare", ".", "../bare.git")
    top = made.folder.parent
    places = (
        made.folder,
        made.folder / "xen" / "include",
        made.folder / ".git",
        top / "other",
        top / "bare.git",
    )
    for place in places:
        repository = Repository.open(str(place))
        assert repository.files("HEAD").header == HEADER_TEXT.encode(), place


def test_a_worktree_has_its_own_head(made: Made) -> None:
    first = made.git("rev-parse", "HEAD")
    made.git("worktree", "add", "-q", "--detach", "../other")
    second = made.commit({"README": "more\n"})
    assert Repository.open(str(made.folder)).resolve("HEAD") == second
    assert Repository.open(str(made.folder.parent / "other")).resolve("HEAD") == first


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("absent", "cannot be read: no such file or directory"),
        ("file", "not a git repository, nor a folder in one"),
        ("folder", "not a git repository, nor a folder in one"),
        ("a\0b", "cannot be read: embedded null byte"),
        ("broken", "git: fatal: not a git repository: "),
        ("lost", "its .git names no git folder that is there"),
    ],
)
def test_what_is_no_repository(tmp_path: Path, name: str, expected: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken" / ".git").mkdir(parents=True)
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / ".git").write_text("gitdir: /nowhere/at/all\n")
    with pytest.raises(InputError) as fault:
        Repository.open(f"{tmp_path}/{name}")
    assert said(fault).startswith(expected)
    assert fault.value.file == f"{tmp_path}/{name}"


def test_no_git_and_an_old_git(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(InputError, match="needs git on PATH"):
        Repository.open(str(made.folder))
    old = folder / "git"
    old.write_text("#!/bin/sh\necho git version 2.20.1\n")
    old.chmod(0o755)
    with pytest.raises(
        InputError, match=r"error: git version 2\.20\.1 is too old; 2\.30 or newer is needed$"
    ):
        Repository.open(str(made.folder))


def test_a_git_that_hangs_is_stopped(made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(git_program, "SECONDS", 0.2)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(InputError, match=r"error: git took more than 0\.2 s$"):
        Repository.open(str(made.folder))


def test_settings_of_the_user_and_of_the_repository_change_nothing(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A viewer, a text filter, colours, prefixes, hooks, a work tree elsewhere: none is run or seen."""
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    made.commit({".gitattributes": "*.c diff=trap -text\n*.h binary\n"}, "attributes")
    made.commit({LIBXL: CODE.replace("return x", "return 2"), HEADER: HEADER_TEXT + "/* more */\n"}, "both")
    plain = Repository.open(str(made.folder))
    expected = changes(plain, plain.commits("HEAD"))
    assert [change.function for change in expected[0].patch.code] == ["make_hypervisor_node"]
    settings = {
        "diff.external": str(trap),
        "diff.trap.textconv": str(trap),
        "diff.trap.command": str(trap),
        "core.fsmonitor": str(trap),
        "core.pager": str(trap),
        "core.worktree": str(tmp_path),
        "color.ui": "always",
        "diff.noprefix": "true",
        "diff.context": "0",
        "diff.renames": "copies",
        "diff.algorithm": "patience",
        "diff.suppressBlankEmpty": "true",
        "core.abbrev": "40",
        "log.showSignature": "true",
        "i18n.logOutputEncoding": "UTF-16",
    }
    user = tmp_path / "config"
    for name, value in settings.items():
        made.git("config", name, value)
        made.git("config", "--file", str(user), name, value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(user))
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", str(trap))
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_PAGER", str(trap))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
    again = Repository.open(str(made.folder))
    assert changes(again, again.commits("HEAD")) == expected
    assert not (tmp_path / "sprung").exists()


def test_reading_writes_nothing(made: Made) -> None:
    made.commit({HEADER: "/* new */\n"})
    before = listing(made.folder)
    repository = Repository.open(str(made.folder))
    assert len(changes(repository, repository.commits("HEAD"))) == 1
    assert listing(made.folder) == before


def test_the_repository_of_somebody_else_is_read(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container of CI; git's own tests have this switch."""
    switch = {"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"}
    asked = ["git", "-C", str(made.folder), "rev-parse", "HEAD"]
    refused = subprocess.run(asked, env={**os.environ, **switch}, capture_output=True, check=False)
    assert b"dubious ownership" in refused.stderr
    monkeypatch.setattr(git_program, "_NEUTRAL", {**git_program._NEUTRAL, **switch})
    assert Repository.open(str(made.folder)).files("HEAD").header == HEADER_TEXT.encode()


# --- ranges


def test_a_range_is_oldest_first_with_merges(made: Made) -> None:
    first = made.git("rev-parse", "HEAD")
    made.branch("side", "main")
    side = [made.commit({f"s{n}": "x"}, f"side {n}") for n in range(2)]
    made.git("checkout", "-q", "main")
    main = [made.commit({f"m{n}": "x"}, f"main {n}") for n in range(2)]
    merge = made.merge("side")
    repository = Repository.open(str(made.folder))
    found = repository.commits(f"{first}..")
    ids = [commit.id for commit in found]
    assert set(ids) == {*side, *main, merge}
    assert all(
        ids.index(parent) < at for at, each in enumerate(found) for parent in each.parents if parent in ids
    )
    assert found[-1].parents == (main[1], side[1])
    assert found[-1].subject == "merge side"
    assert found[-1].author == "A N Other"
    assert merge.startswith(found[-1].short)
    assert len(found[-1].short) == 10
    assert repository.commits("main..side") == ()
    assert repository.commits("main..main") == ()
    assert [commit.id for commit in repository.commits("side")] == [side[1]]
    assert [commit.id for commit in repository.commits("side~1..side")] == [side[1]]
    assert [commit.id for commit in repository.commits("main")] == [*side, merge]  # main^..main
    assert [commit.id for commit in repository.commits(first)] == [first]  # a root


@pytest.mark.parametrize("bad", ["--output=x", "-n", "", " ", "HEAD\nHEAD", "a\0b", "\x1b[0m", "--all..HEAD"])
def test_what_is_no_revision(made: Made, bad: str) -> None:
    repository = Repository.open(str(made.folder))
    with pytest.raises(InputError, match=r'error: "[^\n\x1b\0]*" is no revision$'):
        repository.commits(bad)


@pytest.mark.parametrize(
    "unknown", ["nowhere", "HEAD~5", "^HEAD", "HEAD HEAD", "HEAD:README", "0" * 40, "ab*", "é"]
)
def test_what_names_no_commit(made: Made, unknown: str) -> None:
    repository = Repository.open(str(made.folder))
    for wanted in (unknown, f"{unknown}..HEAD", f"HEAD..{unknown}"):
        with pytest.raises(InputError) as fault:
            repository.commits(wanted)
        assert said(fault) == f'"{unknown}" names no commit here'


def test_three_dots_and_an_empty_repository(tmp_path: Path, made: Made) -> None:
    with pytest.raises(InputError, match="three dots"):
        Repository.open(str(made.folder)).commits("a...b")
    empty = Made(tmp_path / "empty")
    with pytest.raises(InputError, match=r'error: "HEAD" names no commit here$'):
        Repository.open(str(empty.folder)).commits("HEAD")


def test_names_that_look_like_options(made: Made) -> None:
    """A branch cannot be made with such a name, but can exist with it."""
    head = made.git("rev-parse", "HEAD")
    (made.folder / ".git/refs/heads/--output=x").write_text(f"{head}\n")
    (made.folder / ".git/refs/heads/tag;rm -rf $HOME").write_text(f"{head}\n")
    made.commit({"README": "2"})
    repository = Repository.open(str(made.folder))
    assert len(repository.commits("refs/heads/--output=x..HEAD")) == 1


def test_a_shallow_clone_says_what_to_fetch(made: Made, tmp_path: Path) -> None:
    first = made.git("rev-parse", "HEAD")
    for n in range(4):
        made.commit({HEADER: f"/* {n} */\n"})
    made.git("clone", "-q", "--depth=2", f"file://{made.folder}", str(tmp_path / "cut"))
    repository = Repository.open(str(tmp_path / "cut"))
    assert len(repository.commits("HEAD~1..HEAD")) == 1
    for wanted in (f"{first}..HEAD", "HEAD~1"):  # the second would look like a root
        with pytest.raises(InputError, match=r"shallow.*fetch more history.*fetch-depth: 0") as fault:
            repository.commits(wanted)
        assert "\n" not in said(fault)


def test_a_range_over_the_end_of_a_shallow_clone(made: Made, tmp_path: Path) -> None:
    """Both ends are there, but what lies between them is not."""
    first = made.git("rev-parse", "HEAD")
    for n in range(4):
        made.commit({"README": str(n)})
    made.git("clone", "-q", "--depth=2", f"file://{made.folder}", str(tmp_path / "cut"))
    cut = Made(tmp_path / "cut")
    made.git("config", "uploadpack.allowAnySHA1InWant", "true")
    cut.git("fetch", "-q", "--depth=1", "origin", first)
    with pytest.raises(InputError, match="shallow, and its history ends at"):
        Repository.open(str(cut.folder)).commits(f"{first}..HEAD")


def test_a_partial_clone_fetches_nothing(made: Made, tmp_path: Path) -> None:
    made.commit({HEADER: "/* 1 */\n"})
    made.commit({HEADER: "/* 2 */\n"})
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("clone", "-q", "--bare", "--filter=blob:none", f"file://{made.folder}", str(tmp_path / "part"))
    made.git("-C", str(tmp_path / "part"), "config", "protocol.file.allow", "always")
    repository = Repository.open(str(tmp_path / "part"))
    before = listing(tmp_path / "part")
    with pytest.raises(InputError, match="an object is missing: a partial clone"):
        repository.files("HEAD")
    with pytest.raises(InputError, match="an object is missing: a partial clone"):
        changes(repository, repository.commits("HEAD"))
    assert listing(tmp_path / "part") == before


def test_a_treeless_clone_has_no_absent_header(made: Made, tmp_path: Path) -> None:
    """What was not fetched is not what is not there."""
    made.git("config", "uploadpack.allowFilter", "true")
    made.git("clone", "-q", "--bare", "--filter=tree:0", f"file://{made.folder}", str(tmp_path / "part"))
    with pytest.raises(InputError, match="an object is missing: a partial clone"):
        Repository.open(str(tmp_path / "part")).files("HEAD")


def test_replaced_and_grafted_commits_are_not_seen(made: Made) -> None:
    first = made.git("rev-parse", "HEAD")
    second = made.commit({HEADER: "/* second */\n"})
    third = made.commit({HEADER: "/* third */\n"})
    made.git("replace", second, first)
    (made.folder / ".git/info/grafts").write_text(f"{third} {first}\n")
    repository = Repository.open(str(made.folder))
    assert [commit.id for commit in repository.commits(f"{first}..HEAD")] == [second, third]
    assert repository.files(second).header == b"/* second */\n"


def test_subjects_and_authors_are_printable(made: Made) -> None:
    tree, parent = made.git("rev-parse", "HEAD^{tree}", "HEAD").split()
    raw = (
        f"tree {tree}\nparent {parent}\nauthor A\x1b]0;x\x07 N <a> 1 +0000\ncommitter C <c> 1 +0000\n\n".encode()
        + b"caf\xe9 \x1b[31m red\r\nsecond line\n\nbody\0commit 1\n"
    )
    made_by_hand = made.git("hash-object", "-t", "commit", "-w", "--literally", "--stdin", given=raw)
    (commit,) = Repository.open(str(made.folder)).commits(made_by_hand)
    assert commit.subject.isprintable()
    assert commit.author.isprintable()
    assert commit.subject.startswith("caf\ufffd \\x1b[31m red")
    assert commit.author == "A\\x1b]0;x\\x07 N"


def test_sha256(tmp_path: Path) -> None:
    made = Made(tmp_path / "long", "sha256")
    made.commit({HEADER: "/* 1 */\n"})
    made.commit({HEADER: "/* 2 */\n", LIBXL: CODE})
    repository = Repository.open(str(made.folder))
    (change,) = changes(repository, repository.commits("HEAD"))
    assert (change.before.header, change.after.header) == (b"/* 1 */\n", b"/* 2 */\n")
    assert len(change.commit.id) == 64
    assert change.patch.code
