""".pre-commit-hooks.yaml in the hands of pre-commit: it clones this project, installs it, and git calls the hooks."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.platforms.trees import (
    BROKEN,
    DOMAIN_BUILD,
    HEADER,
    HOLES,
    MOVED,
    ROOT,
    SOUND,
    environment,
    xen_tree,
)
from tests.reading.git_repositories import Made

CONFIG = ".pre-commit-config.yaml"
PRE_COMMIT = [sys.executable, "-m", "pre_commit"]


class Hooked:
    """A tree of Xen with our hooks, and a remote that has its first commit."""

    def __init__(self, folder: Path, project: Path) -> None:
        self.made = xen_tree(folder / "xen")
        self.own = environment(folder, PRE_COMMIT_HOME=str(project.parent / "pre-commit"))
        wanted = {"repo": str(project), "rev": Made(project).git("rev-parse", "HEAD")}
        hooks = [{"id": name} for name in ("verifier-staged", "verifier-push")]
        config = yaml.safe_dump({"repos": [{**wanted, "hooks": hooks}]})
        self.base = self.made.commit({CONFIG: config}, "hooks")
        self.made.git("init", "-q", "--bare", str(folder / "remote"))
        self.made.git("remote", "add", "origin", str(folder / "remote"))
        self.git("push", "-q", "origin", "main", status=0)
        self.made.git("remote", "set-head", "origin", "main")
        types = ("--hook-type=pre-commit", "--hook-type=pre-push")
        assert self.run(*PRE_COMMIT, "install", "--install-hooks", *types)[0] == 0

    def run(self, *command: str) -> tuple[int, str]:
        done = subprocess.run(
            command,
            cwd=self.made.folder,
            env=self.own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def git(self, *arguments: str, status: int) -> str:
        """What git and its hooks say; it has to end with a status."""
        got, said = self.run("git", *arguments)
        assert got == status, said
        return said

    def commit(self, files: dict[str, str | bytes | None], *, status: int) -> str:
        self.made.write(files)
        self.git("add", "-A", status=0)
        return self.git("commit", "-m", "a change", status=status)

    def unseen(self, header: str) -> str:
        """A commit that no hook saw, as by `git commit --no-verify`."""
        self.made.write({HEADER: header})
        self.git("commit", "-q", "-a", "--no-verify", "-m", "unseen", status=0)
        return self.made.git("rev-parse", "HEAD")


@pytest.fixture
def hooked(project: Path, tmp_path: Path) -> Hooked:
    return Hooked(tmp_path, project)


def test_what_is_staged_is_judged(hooked: Hooked) -> None:
    """One that breaks is stopped, one that mends passes, and what has nothing to do with it costs no seconds."""
    said = hooked.commit({HEADER: BROKEN}, status=1)
    assert "GUEST_MAGIC" in said
    assert "what is staged: refuted" in said
    assert hooked.made.git("rev-parse", "HEAD") == hooked.base
    hooked.git("reset", "-q", "--hard", status=0)
    hooked.unseen(BROKEN)
    hooked.commit({HEADER: SOUND}, status=0)
    before = time.perf_counter()
    assert "Passed" in hooked.commit({"README": "hello\n"}, status=0)
    assert time.perf_counter() - before < 5, "pre-commit, git and Python among it, beside other tests"


def test_a_modelled_function_is_stopped(hooked: Hooked) -> None:
    said = hooked.commit({DOMAIN_BUILD: HOLES.replace("return 0", "return 1")}, status=1)
    assert "find_memory_holes" in said
    assert "exit code: 3" in said


def test_a_part_is_committed(hooked: Hooked) -> None:
    """`git commit FILE` and `git commit -a` have an index of their own, and it is the one that is judged."""
    hooked.made.write({"README": "hello\n"})
    hooked.git("add", "README", status=0)
    hooked.made.write({HEADER: BROKEN, "README": "other\n"})
    hooked.git("commit", "-m", "the other one", "README", status=0)
    hooked.git("commit", "-m", "this one", HEADER, status=1)
    hooked.git("commit", "-a", "-m", "all", status=1)


def test_what_is_pushed_is_judged_commit_by_commit(hooked: Hooked) -> None:
    """New branches, branches that grow and are rewritten; a bad commit counts below a tip that mends it."""
    hooked.git("checkout", "-q", "-b", "topic", status=0)
    bad = hooked.unseen(BROKEN)
    hooked.unseen(MOVED)
    said = hooked.git("push", "origin", "topic", status=1)
    assert f"refuted  {bad[:10]} unseen" in said
    hooked.git("reset", "-q", "--hard", hooked.base, status=0)
    hooked.unseen(MOVED)
    hooked.git("push", "origin", "topic", status=0)
    hooked.git("commit", "-q", "--amend", "--no-verify", "-m", "rewritten", status=0)
    hooked.git("push", "--force", "origin", "topic", status=0)
    hooked.unseen(BROKEN)
    hooked.git("push", "origin", "topic", status=1)


def test_hooks_leave_no_file_out() -> None:
    """No list of files knows what counts: a macro counts wherever it is written."""
    hooks: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["verifier-staged", "verifier-push"]
    for hook in hooks:
        assert hook["always_run"]
        assert not hook["pass_filenames"]
        assert not {"files", "types", "types_or", "exclude"} & hook.keys()
