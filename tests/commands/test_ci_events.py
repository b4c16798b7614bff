"""`verifier ci --event`: which commits a platform's event is about; small repositories, ranges worked out by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.test_ci import BROKEN, MOVED
from tests.reading.git_repositories import Made
from tests.rules.headers import SOUND
from verifier.commands import run
from verifier.layout.errors import InputError
from verifier.reading.git import HEADER, Repository
from verifier.reading.git_range import range_of
from verifier.reading.platforms import PLATFORMS, Event, github, gitlab, pre_push

ZEROS = "0" * 40
A, B, C, D = ("a" * 40, "b" * 40, "c" * 40, "d" * 40)
MAIN = "refs/remotes/origin/main"


class Branches:
    """`main` with two commits, of which origin has both; `side` with two of its own from the first."""

    def __init__(self, folder: Path) -> None:
        self.made = Made(folder)
        self.root = self.made.commit({HEADER: SOUND}, "root")
        self.main = self.made.commit({"README": "2\n"}, "main")
        self.made.branch("side", self.root)
        self.first = self.made.commit({"side": "1\n"}, "first of side")
        self.side = self.made.commit({"side": "2\n"}, "second of side")
        self.made.git("update-ref", MAIN, self.main)

    def range(self, event: Event) -> str:
        return range_of(Repository.open(str(self.made.folder)), event)


@pytest.fixture
def branches(tmp_path: Path) -> Branches:
    return Branches(tmp_path / "xen")


def dots(one: str, other: str) -> str:
    return f"{one[:10]}..{other[:10]}"


def test_a_branch_that_grew(branches: Branches) -> None:
    assert branches.range(Event(branches.first, branches.side, MAIN)) == dots(branches.first, branches.side)
    assert branches.range(Event(branches.root, branches.main)) == dots(branches.root, branches.main)


def test_a_merge_is_between_its_sides(branches: Branches) -> None:
    merge = Event(branches.main, branches.side, merge=True)
    assert branches.range(merge) == dots(branches.main, branches.side)


@pytest.mark.parametrize("before", ["", A])
def test_a_new_branch_and_one_whose_past_is_gone(before: str, branches: Branches) -> None:
    assert branches.range(Event(before, branches.side, MAIN)) == dots(branches.main, branches.side)
    assert branches.range(Event(before, branches.root, MAIN)) == branches.root[:10]  # nothing new: the tip


def test_a_rewritten_branch(branches: Branches) -> None:
    """Against the default branch; that itself, or without one, from where old and new part."""
    branches.made.git("checkout", "-q", branches.main)
    new = branches.made.commit({"side": "2\n"}, "rebased")
    assert branches.range(Event(branches.side, new, MAIN)) == dots(branches.main, new)
    assert branches.range(Event(branches.side, new)) == dots(branches.root, new)
    assert branches.range(Event(branches.side, new, "refs/remotes/origin/none")) == dots(branches.root, new)
    branches.made.git("update-ref", MAIN, branches.side)
    assert branches.range(Event(branches.side, new, MAIN)) == dots(branches.root, new)


def test_the_first_push_of_all(branches: Branches) -> None:
    assert branches.range(Event("", branches.main)) == branches.main[:10]


@pytest.mark.parametrize("event", [Event(A, "HEAD"), Event(A, "HEAD", "none"), Event("", "HEAD", "none")])
def test_nothing_to_compare_with_is_no_pass(event: Event, branches: Branches) -> None:
    """Judged alone, the last commit would hide those before it."""
    with pytest.raises(
        InputError, match=r"nothing tells which commits of [0-9a-f]{10} are new, .* no commit here"
    ):
        branches.range(event)


def test_a_deleted_branch_and_histories_that_never_met(branches: Branches) -> None:
    with pytest.raises(InputError, match="names no commit here"):
        branches.range(Event(branches.main, ZEROS, MAIN))
    branches.made.git("checkout", "-q", "--orphan", "other")
    other = branches.made.commit({HEADER: BROKEN}, "another root")
    with pytest.raises(InputError, match="have no history in common"):
        branches.range(Event(branches.main, other))


def test_a_cut_history_is_told(branches: Branches, tmp_path: Path) -> None:
    """As checkouts of platforms are by default: depth 1."""
    url = f"file://{branches.made.folder}"
    Made(tmp_path).git("clone", "-q", "--depth=1", "--no-single-branch", url, "shallow")
    shallow = Repository.open(str(tmp_path / "shallow"))
    for event in (Event(branches.main, branches.side), Event("", branches.side, "refs/remotes/origin/main")):
        with pytest.raises(InputError, match="this clone is shallow"):
            shallow.commits(range_of(shallow, event))


def payload(tmp_path: Path, name: str, told: Any) -> dict[str, str]:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(told))
    return {"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file), "GITHUB_SHA": D}


def push(ref: str, before: str) -> dict[str, Any]:
    return {"ref": ref, "before": before, "after": B, "repository": {"default_branch": "main"}}


def test_github(tmp_path: Path) -> None:
    request = {"pull_request": {"base": {"sha": A}, "head": {"sha": B}}}
    assert github(payload(tmp_path, "pull_request", request)) == Event(A, B, merge=True)
    queue = {"merge_group": {"base_sha": A, "head_sha": B}}
    assert github(payload(tmp_path, "merge_group", queue)) == Event(A, B, merge=True)
    grown = push("refs/heads/topic", A)
    assert github(payload(tmp_path, "push", grown)) == Event(A, B, "refs/remotes/origin/main")
    new = push("refs/heads/topic", ZEROS)
    assert github(payload(tmp_path, "push", new)) == Event("", B, "refs/remotes/origin/main")
    own = push("refs/heads/main", A)
    assert github(payload(tmp_path, "push", own)) == Event(A, B)
    tag = push("refs/tags/main", ZEROS)
    assert github(payload(tmp_path, "push", tag)) == Event("", B, "refs/remotes/origin/main")
    assert github(payload(tmp_path, "workflow_dispatch", {})) == Event("", D)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({}, "has no repository.default_branch"),
        ([], "has no repository.default_branch"),
        ({"repository": {"default_branch": 1}}, "has no repository.default_branch"),
        ({"repository": {"default_branch": "main"}}, "has no ref"),
    ],
)
def test_an_event_of_another_shape(told: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        github(payload(tmp_path, "push", told))


def test_gitlab() -> None:
    request = {"CI_COMMIT_SHA": C, "CI_MERGE_REQUEST_DIFF_BASE_SHA": A, "CI_COMMIT_BEFORE_SHA": ZEROS}
    assert gitlab(request) == Event(A, C, merge=True)
    merged = {"CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": B, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": D}
    assert gitlab(request | merged) == Event(D, B, merge=True)
    assert gitlab(request | dict.fromkeys(merged, "")) == Event(A, C, merge=True)
    branch = {"CI_COMMIT_SHA": C, "CI_DEFAULT_BRANCH": "main", "CI_MERGE_REQUEST_DIFF_BASE_SHA": ""}
    topic = branch | {"CI_COMMIT_BRANCH": "topic"}
    assert gitlab(topic | {"CI_COMMIT_BEFORE_SHA": A}) == Event(A, C, MAIN)
    assert gitlab(topic | {"CI_COMMIT_BEFORE_SHA": ZEROS}) == Event("", C, MAIN)
    assert gitlab(branch | {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_BEFORE_SHA": A}) == Event(A, C)
    assert gitlab(branch | {"CI_COMMIT_TAG": "main", "CI_COMMIT_BEFORE_SHA": ZEROS}) == Event("", C, MAIN)


def test_pre_push() -> None:
    known = {"PRE_COMMIT_FROM_REF": A, "PRE_COMMIT_TO_REF": B, "PRE_COMMIT_REMOTE_NAME": "up"}
    assert pre_push(known) == Event(A, B, "refs/remotes/up/HEAD")
    assert pre_push({"PRE_COMMIT_FROM_REF": A, "PRE_COMMIT_TO_REF": B}) == Event(A, B)
    first = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main", "PRE_COMMIT_REMOTE_NAME": "up"}
    assert pre_push(first) == Event("", "refs/heads/main")
    assert pre_push(first | {"PRE_COMMIT_FROM_REF": ZEROS, "PRE_COMMIT_TO_REF": B}) == Event("", B)


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_outside_of_the_platform(
    platform: str, branches: Branches, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("GITHUB_EVENT_PATH", "CI_COMMIT_SHA", "PRE_COMMIT_TO_REF", "PRE_COMMIT_LOCAL_BRANCH"):
        monkeypatch.delenv(name, raising=False)
    assert run(["ci", "--repo", str(branches.made.folder), "--event", platform]) == 2
    assert "set" in capsys.readouterr().err


def test_an_event_is_judged(
    branches: Branches, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new branch with a bad commit below its tip, which mends it again: seen, and told by its range."""
    bad = branches.made.commit({HEADER: BROKEN}, "bad")
    after = branches.made.commit({HEADER: MOVED}, "mended")
    monkeypatch.setenv("CI_COMMIT_SHA", after)
    monkeypatch.setenv("CI_COMMIT_BEFORE_SHA", ZEROS)
    monkeypatch.setenv("CI_COMMIT_BRANCH", "side")
    monkeypatch.setenv("CI_DEFAULT_BRANCH", "main")
    monkeypatch.delenv("CI_MERGE_REQUEST_DIFF_BASE_SHA", raising=False)
    assert run(["ci", "--repo", str(branches.made.folder), "--event", "gitlab"]) == 1
    said = capsys.readouterr().out
    assert said.startswith(f"{dots(branches.main, after)}: refuted: 2 of 4 commits touch the layout")
    assert f"refuted  {bad[:10]} bad\n" in said


@pytest.mark.parametrize("two", [("--range", "HEAD", "--staged"), ("--event", "github", "--staged")])
def test_one_says_what_is_judged(two: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ci", *two]) == 2
    assert "exclude each other" in capsys.readouterr().err


def test_the_first_commit_is_staged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What needs something to compare with (capacity, stable) is unknown then; the rest is judged."""
    made = Made(tmp_path / "xen")
    repository = ["ci", "--repo", str(made.folder), "--staged"]
    made.write({"README": "hello\n"})
    made.git("add", "-A")
    assert run(repository) == 2
    assert "is neither in HEAD nor staged" in capsys.readouterr().err
    for header, status in ((BROKEN, 1), (SOUND, 3)):
        made.write({HEADER: header})
        made.git("add", "-A")
        assert run(repository) == status, capsys.readouterr().out


def test_another_tree_is_not_passed_as_staged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A hook that never sees the header would pass for ever."""
    made = Made(tmp_path / "other")
    made.commit({"README": "hello\n"})
    assert run(["ci", "--repo", str(made.folder), "--staged"]) == 2
    assert "--header says where the header is" in capsys.readouterr().err
