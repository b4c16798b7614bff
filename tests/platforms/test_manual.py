"""The snippets of the manual are what each platform takes, and name what there is."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.platforms.github_runner import ACTION
from tests.platforms.gitlab_runner import SPEC, configured
from tests.platforms.test_schemas import check
from tests.platforms.trees import ROOT
from verifier.commands.ci import command

CHAPTER = (ROOT / "manual" / "ci.md").read_text(encoding="utf-8")
SNIPPETS = {
    text.split()[1].rstrip(";"): text
    for text in re.findall(r"^```yaml\n(.*?)^```$", CHAPTER, re.MULTILINE | re.DOTALL)
}


def snippet(name: str, folder: Path) -> tuple[Any, Path]:
    """What a snippet says, and a file with it."""
    file = folder / name.rpartition("/")[2]
    file.write_text(SNIPPETS[name], encoding="utf-8")
    return yaml.safe_load(SNIPPETS[name]), file


def test_there_are_three() -> None:
    assert set(SNIPPETS) == {".pre-commit-config.yaml", ".github/workflows/layout.yml", ".gitlab-ci.yml"}


def test_pre_commit(tmp_path: Path) -> None:
    told, file = snippet(".pre-commit-config.yaml", tmp_path)
    done = subprocess.run([sys.executable, "-m", "pre_commit", "validate-config", str(file)], check=False)
    assert done.returncode == 0
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    used = told["repos"][0]["hooks"]
    assert {each["id"] for each in used} == {each["id"] for each in hooks}
    assert set(told["default_install_hook_types"]) <= {stage for each in hooks for stage in each["stages"]}
    options = {name for option in command.params for name in option.opts}
    assert {word.split("=")[0] for each in used for word in each.get("args", [])} <= options


def test_github(tmp_path: Path) -> None:
    told, file = snippet(".github/workflows/layout.yml", tmp_path)
    assert not check("github-workflows", file)
    own = next(step for step in told["jobs"]["layout"]["steps"] if "layout-verifier" in step["uses"])
    assert set(own["with"]) <= set(ACTION["inputs"])
    assert told["jobs"]["layout"]["steps"][0]["with"] == {"fetch-depth": 0}


def test_gitlab(tmp_path: Path) -> None:
    told, file = snippet(".gitlab-ci.yml", tmp_path)
    assert not check("gitlab-ci", file)
    included = told["include"][0]
    assert re.search(r"/verifier@\w+$", included["component"])  # templates/verifier.yml
    assert configured(included["inputs"])


@pytest.mark.parametrize("inputs", [ACTION["inputs"], SPEC["spec"]["inputs"]], ids=["github", "gitlab"])
def test_every_input_is_named(inputs: dict[str, Any]) -> None:
    assert not [name for name in inputs if f"`{name}`" not in CHAPTER]
