"""action.yml, run as GitHub's runner runs it, on the events that it may get."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from tests.platforms.github_runner import ACTION, EXPRESSION, Ran, checkout, run
from tests.platforms.trees import BROKEN, DOMAIN_BUILD, HEADER, HOLES, MOVED, SOUND, installed, xen_tree
from tests.reading.git_repositories import MAKEFILE_TEXT, Made
from verifier.reading.git import MAKEFILE

ZEROS = "0" * 40
GONE = "d" * 40
DISPATCH: tuple[str, Any] = ("workflow_dispatch", {})


def request(base: str, head: str) -> tuple[str, Any]:
    return "pull_request", {"pull_request": {"base": {"sha": base}, "head": {"sha": head}}}


def push(branch: str, before: str, after: str) -> tuple[str, Any]:
    told = {"ref": f"refs/heads/{branch}", "before": before, "after": after}
    return "push", {**told, "repository": {"default_branch": "main"}}


class Hub:
    """A repository on a server, and what a run of the action in a checkout of it gives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = xen_tree(folder / "origin")
        self.base = self.origin.git("rev-parse", "HEAD")

    def ran(
        self, event: tuple[str, Any], ref: str, given: Mapping[str, str] | None = None, depth: int = 0
    ) -> Ran:
        workspace = checkout(self.origin, self.folder / "work", ref, depth)
        temporary = self.folder / "temporary"
        installed(temporary / "xen-layout-verifier")
        return run(workspace, event, given or {}, temporary, skip=1)

    def mended(self) -> str:
        """A branch with a bad commit, and a tip that mends it."""
        self.origin.branch("topic", self.base)
        self.origin.commit({HEADER: BROKEN}, "bad")
        return self.origin.commit({HEADER: MOVED}, "mended")


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


def test_a_pull_request_that_breaks_the_layout(hub: Hub) -> None:
    hub.origin.branch("topic", hub.base)
    head = hub.origin.commit({HEADER: BROKEN}, "it breaks")
    hub.origin.git("checkout", "-q", "main")
    hub.origin.merge("topic")
    hub.origin.git("update-ref", "refs/pull/1/merge", "main")
    hub.origin.git("reset", "-q", "--hard", hub.base)
    ran = hub.ran(request(hub.base, head), "refs/pull/1/merge", {"sarif": "out.sarif", "junit": "out.xml"})
    assert ran.status == 1
    assert ran.outputs == {"verdict": "refuted"}
    line = next(number for number, text in enumerate(BROKEN.splitlines(), 1) if "GUEST_MAGIC_BASE" in text)
    error = next(text for text in ran.stdout.splitlines() if text.startswith("::error"))
    assert f"file={HEADER},line={line}," in error
    assert "GUEST_MAGIC" in error
    assert ran.summary.startswith("### ")
    assert "| refuted |" in ran.summary
    sarif = json.loads((ran.workspace / "out.sarif").read_text())
    assert [each["ruleId"] for each in sarif["runs"][0]["results"] if each["kind"] == "fail"]
    suites = JUnitXml.fromfile(str(ran.workspace / "out.xml"))
    assert suites.failures > 0


def test_a_pull_request_that_breaks_nothing(hub: Hub) -> None:
    hub.origin.branch("topic", hub.base)
    head = hub.origin.commit({HEADER: MOVED}, "it moves")
    ran = hub.ran(request(hub.base, head), "topic")
    assert (ran.status, ran.outputs) == (0, {"verdict": "proved"})
    assert "::error" not in ran.stdout


@pytest.mark.parametrize("queued", [False, True])
def test_two_sound_branches_whose_merge_is_not(queued: bool, hub: Hub) -> None:
    """Git merges far lines: RAM grows on one side, a region moves behind it on the other."""
    size = re.search(r"#define GUEST_MAGIC_SIZE .*", SOUND)
    grants = re.search(r"#define GUEST_GNTTAB_BASE .*", SOUND)
    assert size
    assert grants
    hub.origin.branch("topic", hub.base)
    head = hub.origin.commit({HEADER: MOVED}, "side")
    hub.origin.git("checkout", "-q", "main")
    other = SOUND.replace(grants[0], "#define GUEST_GNTTAB_BASE          xen_mk_ullong(0x3a000000)")
    base = hub.origin.commit({HEADER: other}, "main")
    event = ("merge_group", {"merge_group": {"base_sha": base, "head_sha": head}})
    ran = hub.ran(event if queued else request(base, head), "topic")
    assert (ran.status, ran.outputs["verdict"]) == (1, "refuted")
    assert "merged into" in ran.stdout


@pytest.mark.parametrize("before", [ZEROS, GONE])
def test_a_new_or_rewritten_branch_is_judged_commit_by_commit(before: str, hub: Hub) -> None:
    """Its tip alone is sound, so whoever judges only that passes it."""
    after = hub.mended()
    ran = hub.ran(push("topic", before, after), "topic")
    assert (ran.status, ran.outputs["verdict"]) == (1, "refuted")
    assert f"{hub.base[:10]}..{after[:10]}" in ran.summary


def test_a_branch_that_grew_is_judged_by_what_is_new(hub: Hub) -> None:
    after = hub.mended()
    assert hub.ran(push("topic", f"{hub.origin.git('rev-parse', 'topic~1')}", after), "topic").status == 0


def test_a_rewritten_default_branch_whose_past_is_gone(hub: Hub) -> None:
    after = hub.origin.commit({HEADER: MOVED}, "moved")
    ran = hub.ran(push("main", GONE, after), "main")
    assert (ran.status, ran.outputs["verdict"]) == (2, "error")
    assert re.search(r"::error.*nothing tells which commits of \w+ are new", ran.stdout)


@pytest.mark.parametrize(("header", "status"), [(BROKEN, 1), (MOVED, 0)])
def test_by_hand_what_is_checked_out_is_judged(header: str, status: int, hub: Hub) -> None:
    hub.origin.commit({HEADER: header}, "tip")
    assert hub.ran(DISPATCH, "main").status == status


def test_a_modelled_function_is_unknown_and_does_not_pass(hub: Hub) -> None:
    hub.origin.commit({DOMAIN_BUILD: HOLES.replace("return 0", "return 1")}, "holes")
    ran = hub.ran(DISPATCH, "main")
    assert (ran.status, ran.outputs["verdict"]) == (3, "unknown")
    assert "::warning" in ran.stdout


def test_a_checkout_without_history_says_what_to_do(hub: Hub) -> None:
    after = hub.mended()
    ran = hub.ran(push("topic", ZEROS, after), "topic", depth=1)
    assert (ran.status, ran.outputs["verdict"]) == (2, "error")
    assert "fetch-depth: 0" in ran.stdout
    assert "::error" in ran.stdout


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 0),
        ({"range": "HEAD~1"}, 1),
        ({"range": "HEAD~2..HEAD"}, 1),
        ({"baseline": "stable"}, 1),
        ({"baseline": "unstable"}, 2),
        ({"xen": "4.99"}, 2),
        ({"policy": "missing.toml"}, 2),
        ({"header": "elsewhere.h"}, 2),
        ({"repo": "nowhere"}, 2),
    ],
)
def test_each_input_arrives(given: dict[str, str], status: int, hub: Hub) -> None:
    """The tip moves a region from where its parent broke it: only a stable branch minds."""
    hub.origin.commit({HEADER: BROKEN, MAKEFILE: MAKEFILE_TEXT}, "bad")
    hub.origin.commit({HEADER: MOVED}, "mended")
    assert hub.ran(DISPATCH, "main", given).status == status


def test_words_of_others_are_never_run(hub: Hub) -> None:
    """Inputs, and names of branches in an event, that a shell would run if it were shown them."""
    word = "x\"; touch pwned; echo '$(touch pwned)`touch pwned`\n::set-output name=verdict::proved"
    for number, name in enumerate(sorted(set(ACTION["inputs"]) - {"python"})):
        other = Hub(hub.folder / str(number))
        other.origin.commit({"README": "hello\n"}, "nothing that matters")
        ran = other.ran(DISPATCH, "main", {name: word})
        assert ran.outputs["verdict"] == ("error" if name not in ("sarif", "junit") else "proved"), name
        assert not list(other.folder.rglob("pwned*")), name
    ran = hub.ran(push(word, hub.base, hub.base), "main")
    assert not list(hub.folder.rglob("pwned*"))
    assert ran.outputs["verdict"] != "proved"


def test_scripts_have_no_expressions_and_every_input_is_used() -> None:
    steps = ACTION["runs"]["steps"]
    assert not [step for step in steps if EXPRESSION.search(step["run"])]
    used = {name for step in steps for value in step["env"].values() for name in EXPRESSION.findall(value)}
    assert used == {f"inputs.{name}" for name in ACTION["inputs"]}


def test_the_action_installs_itself(project: Path, tmp_path: Path) -> None:
    """Both steps, as on a new machine: an environment, what pip gets, a verdict."""
    origin: Made = xen_tree(tmp_path / "origin")
    origin.commit({HEADER: BROKEN}, "bad")
    (tmp_path / "temporary").mkdir()
    workspace = checkout(origin, tmp_path / "work", "main")
    ran = run(workspace, DISPATCH, {"python": sys.executable}, tmp_path / "temporary", action=project)
    assert (ran.status, ran.outputs["verdict"]) == (1, "refuted"), ran.stdout
    assert not (workspace / "build").exists()
