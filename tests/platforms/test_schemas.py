"""What platforms publish of their formats: the schemas that check-jsonschema ships, and pre-commit's own check."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.platforms.gitlab_runner import SPEC, configured
from tests.platforms.trees import ROOT


def check(kind: str, *files: Path) -> str:
    """What the validator says; empty if all is well."""
    command = [sys.executable, "-m", "check_jsonschema", "--no-cache", "--builtin-schema", f"vendor.{kind}"]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout if done.returncode else ""


def written(folder: Path, name: str, content: Any) -> Path:
    file = folder / name
    file.write_text(json.dumps(content), encoding="utf-8")  # JSON is YAML
    return file


def test_the_action(tmp_path: Path) -> None:
    assert not check("github-actions", ROOT / "action.yml")
    assert check(
        "github-actions", written(tmp_path, "bad.yml", {"name": "x", "runs": {"using": "composite"}})
    )


def test_the_template(tmp_path: Path) -> None:
    job = configured({"package": "verifier"})
    files = written(tmp_path, "job.yml", job), written(tmp_path, "spec.yml", SPEC)
    assert not check("gitlab-ci", *files)
    assert check("gitlab-ci", written(tmp_path, "bad.yml", {"job": {"script": 1}}))


@pytest.mark.parametrize(("change", "status"), [("", 0), ("language:", 1)])
def test_the_hooks(change: str, status: int, tmp_path: Path) -> None:
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    file = tmp_path / "hooks.yaml"
    file.write_text(text.replace(change, "tongue:") if change else text, encoding="utf-8")
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(file)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode == status
