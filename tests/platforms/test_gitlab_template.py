"""templates/verifier.yml, made into a job as GitLab does, and run as its runner does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from junitparser import JUnitXml

from tests.platforms.github_runner import checkout
from tests.platforms.gitlab_runner import CONTENT, INPUT, SPEC, configured, run
from tests.platforms.trees import BROKEN, HEADER, MOVED, installed, xen_tree

ZEROS = "0" * 40
PACKAGE = {"package": "git+https://example.org/verifier"}
MERGE_REQUEST = {"CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_BEFORE_SHA": ZEROS}


class Lab:
    """A project with a branch of a bad commit and a tip that mends it, checked out as the runner does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.origin = xen_tree(folder / "origin")
        self.base = self.origin.git("rev-parse", "HEAD")
        self.origin.branch("topic", self.base)
        self.bad = self.origin.commit({HEADER: BROKEN}, "bad")
        self.tip = self.origin.commit({HEADER: MOVED}, "mended")
        self.project = folder / "project"

    def ran(
        self,
        variables: Mapping[str, str],
        given: Mapping[str, str] | None = None,
        *,
        depth: int = 0,
        old: bool = False,
    ) -> tuple[int, str]:
        """The job without its installation; `verifier` is the one under test."""
        checkout(self.origin, self.project, "topic", depth)
        installed(self.folder / "project.verifier")
        job = next(iter(configured({**PACKAGE, **(given or {})}).values())) | {"before_script": []}
        known = {"CI_COMMIT_SHA": self.tip, "CI_DEFAULT_BRANCH": "main"}
        return run(self.project, job, known | dict(variables), old=old)


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def test_a_merge_request(lab: Lab) -> None:
    status, said = lab.ran(MERGE_REQUEST | {"CI_MERGE_REQUEST_DIFF_BASE_SHA": lab.base})
    assert status == 1
    assert f"{lab.base[:10]}..{lab.tip[:10]}: refuted" in said
    reports = next(iter(configured(PACKAGE).values()))["artifacts"]["reports"]
    issues = json.loads((lab.project / reports["codequality"]).read_text())
    assert {each["location"]["path"] for each in issues} == {HEADER}
    assert {each["severity"] for each in issues} >= {"critical"}
    assert JUnitXml.fromfile(str(lab.project / reports["junit"])).failures > 0


def test_a_runner_without_the_flag(lab: Lab) -> None:
    assert lab.ran({}, {"range": lab.bad}, old=True)[0] != 0


@pytest.mark.parametrize("before", [ZEROS, "d" * 40])
def test_a_new_or_rewritten_branch(before: str, lab: Lab) -> None:
    status, said = lab.ran({"CI_COMMIT_BRANCH": "topic", "CI_COMMIT_BEFORE_SHA": before})
    assert status == 1
    assert f"refuted  {lab.bad[:10]} bad" in said


def test_a_branch_that_grew(lab: Lab) -> None:
    status, said = lab.ran({"CI_COMMIT_BRANCH": "topic", "CI_COMMIT_BEFORE_SHA": lab.bad})
    assert (status, f"{lab.bad[:10]}..{lab.tip[:10]}: proved" in said) == (0, True)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"range": "HEAD~1"}, 1),
        ({"range": "$CI_COMMIT_SHA"}, 0),
        ({"range": "HEAD", "baseline": "stable"}, 1),
        ({"range": "HEAD", "xen": "4.99"}, 2),
        ({"range": "HEAD", "policy": "missing.toml"}, 2),
        ({"range": "HEAD", "header": "elsewhere.h"}, 2),
        ({"range": "HEAD", "repo": "nowhere"}, 2),
        ({"range": "\"; touch pwned; echo '`touch pwned`"}, 2),
    ],
)
def test_each_input_arrives_and_is_never_run(given: dict[str, str], status: int, lab: Lab) -> None:
    assert lab.ran({}, given)[0] == status
    assert not list(lab.folder.rglob("pwned"))


def test_a_clone_without_history_says_what_to_do(lab: Lab) -> None:
    variables = {"CI_COMMIT_BRANCH": "topic", "CI_COMMIT_BEFORE_SHA": lab.bad}
    status, said = lab.ran(variables, depth=1)
    assert status == 2
    assert "fetch more history" in said
    assert (
        next(iter(CONTENT.values()))["variables"]["GIT_DEPTH"] == "0"
    )  # which is why it does not come to this


def test_every_input_is_used() -> None:
    used = set(INPUT.findall(json.dumps(CONTENT)))
    assert used == set(SPEC["spec"]["inputs"])
    job: dict[str, Any] = next(iter(CONTENT.values()))
    assert not INPUT.search(json.dumps([job["before_script"], job["script"]])), "an input in a script is code"
