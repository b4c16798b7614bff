"""Only with XEN_GIT=path: all of Xen's history on Arm, beside what git says of each commit and each release."""

from __future__ import annotations

import os
import re
import subprocess
from functools import cache
from time import process_time

import pytest

from verifier.reading.git import HEADER, MAKEFILE, Repository
from verifier.reading.git_changes import Change, changes
from verifier.reading.git_merge import merge_result

XEN_GIT = os.environ.get("XEN_GIT", "")
RANGE = "RELEASE-4.4.0..c447b7308b"
pytestmark = pytest.mark.skipif(not XEN_GIT, reason="XEN_GIT is not set")


def git(*arguments: str) -> bytes:
    return subprocess.run(["git", "-C", XEN_GIT, *arguments], capture_output=True, check=True).stdout


@cache
def told() -> dict[str, Change]:
    repository = Repository.open(XEN_GIT)
    return {change.commit.id: change for change in changes(repository, repository.commits(RANGE))}


def test_every_commit_that_touches_the_header_has_the_blobs_of_git_show() -> None:
    log = git("rev-list", "--no-merges", RANGE, "--", HEADER).decode().split()
    assert len(log) > 50
    for commit in log:
        change = told()[commit]
        assert change.after.header == git("show", f"{commit}:{HEADER}")
        assert change.before.header == git("show", f"{commit}~1:{HEADER}")


def test_every_other_change_of_a_header_is_a_merge() -> None:
    log = set(git("rev-list", "--no-merges", RANGE, "--", HEADER).decode().split())
    others = [change for id_, change in told().items() if id_ not in log]
    assert all(
        change.before.header == change.after.header or len(change.commit.parents) > 1 for change in others
    )


def test_every_commit_of_the_functions_of_libxl_is_told() -> None:
    """By git's own search for a function's lines, which knows nothing of what is modelled."""
    path = "tools/libs/light/libxl_arm.c"
    log = (
        git("log", "--no-merges", "--format=%H", "--no-patch", f"-L:make_hypervisor_node:{path}", RANGE)
        .decode()
        .split()
    )
    assert len(log) > 2
    for commit in log:
        names = {each.function for each in told()[commit].patch.code if each.modelled}
        assert names & {"make_hypervisor_node", "", "finalize_hypervisor_node"}, commit


def test_the_version_of_every_release() -> None:
    repository = Repository.open(XEN_GIT)
    tags = [
        tag
        for tag in git("tag", "--list", "RELEASE-4.*").decode().split()
        if re.fullmatch(r"RELEASE-[\d.]+", tag)
    ]
    assert len(tags) > 100
    for tag in tags:
        version = repository.files(tag).version
        if tag.startswith(("RELEASE-4.0", "RELEASE-4.1.", "RELEASE-4.2.", "RELEASE-4.3.")):
            continue
        assert version is not None, tag
        assert f"RELEASE-{version.major}.{version.minor}{version.extra}" == tag, MAKEFILE


def test_a_day_that_touches_nothing_takes_no_time() -> None:
    """100 commits of which only x86 was changed: under half a second, git's own time included."""
    repository = Repository.open(XEN_GIT)
    log = git("rev-list", "-n", "100", "c447b7308b", "--", "xen/arch/x86").decode().split()
    commits = [repository.commits(f"{id_}~1..{id_}")[0] for id_ in log]
    changes(repository, commits[:1])
    before = process_time() + sum(os.times()[2:4])
    changes(repository, commits)
    assert process_time() + sum(os.times()[2:4]) - before < 0.5


def test_a_merge_of_a_release_branch_is_that_of_git() -> None:
    """Of each merge of history that git can do alone, what it gave."""
    repository = Repository.open(XEN_GIT)
    merges = git("rev-list", "--min-parents=2", "--max-parents=2", "-n", "20", "c447b7308b").decode().split()
    clean = 0
    for commit in merges:
        one, other = git("rev-list", "--parents", "-n", "1", commit).decode().split()[1:]
        merge = merge_result(repository, one, other)
        if not merge.conflicts:
            clean += 1
            assert merge.files.header == git("show", f"{commit}:{HEADER}")
    assert clean > 10
