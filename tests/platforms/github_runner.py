"""As GitHub's runner runs a composite action: its metadata, contexts, shells and files.

Sources: docs.github.com, "Metadata syntax reference" (inputs, outputs, composite runs), "Workflow syntax" (`shell: bash` is
`bash --noprofile --norc -eo pipefail {0}`), "Workflow commands" (files of outputs and summaries), "Variables reference".
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.platforms.trees import ROOT, environment
from tests.reading.git_repositories import Made

EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Ran:
    status: int
    stdout: str
    outputs: Mapping[str, str]
    summary: str
    workspace: Path


def evaluate(text: str, contexts: Mapping[str, Any]) -> str:
    """A string with expressions that name a value of a context; what is not there is empty."""

    def value(found: re.Match[str]) -> str:
        assert re.fullmatch(r"[\w.-]+", found[1]), f"{found[1]} is more than a name"
        at: Any = contexts
        assert found[1].split(".")[0] in contexts, found[1]
        for part in found[1].split("."):
            at = at.get(part, "") if isinstance(at, Mapping) else ""
        assert isinstance(at, str)
        return at

    return EXPRESSION.sub(value, text)


def run(
    workspace: Path,
    event: tuple[str, Any],
    given: Mapping[str, str],
    temporary: Path,
    *,
    action: Path = ROOT,
    skip: int = 0,
) -> Ran:
    """Run the steps of the action, without the first `skip`, until one fails."""
    assert set(given) <= set(ACTION["inputs"]), "the runner warns of inputs that the action has not"
    inputs = {name: str(of.get("default", "")) for name, of in ACTION["inputs"].items()} | dict(given)
    contexts: dict[str, Any] = {"inputs": inputs, "steps": {}}
    payload = temporary / "event.json"
    payload.write_text(json.dumps(event[1]), encoding="utf-8")
    head = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=workspace, capture_output=True, text=True, check=True
    )
    own = environment(
        temporary,
        CI="true",
        GITHUB_ACTIONS="true",
        GITHUB_ACTION_PATH=str(action),
        GITHUB_EVENT_NAME=event[0],
        GITHUB_EVENT_PATH=str(payload),
        GITHUB_SHA=head.stdout.strip(),
        GITHUB_WORKSPACE=str(workspace),
        RUNNER_TEMP=str(temporary),
    )
    said, summaries, status = "", "", 0
    for number, step in enumerate(ACTION["runs"]["steps"]):
        if number < skip or status:
            continue
        files = {name: temporary / f"{name}-{number}" for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for file in files.values():
            file.touch()
        variables = {name: evaluate(value, contexts) for name, value in step.get("env", {}).items()}
        script = temporary / f"step-{number}.sh"
        script.write_text(evaluate(step["run"], contexts), encoding="utf-8")
        assert step["shell"] == "bash"
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=workspace,
            env=own | variables | {name: str(file) for name, file in files.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        status, said = done.returncode, said + done.stdout
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        contexts["steps"][step.get("id", "")] = {"outputs": dict(line.split("=", 1) for line in lines)}
        summaries += files["GITHUB_STEP_SUMMARY"].read_text()
    outputs = {name: evaluate(of["value"], contexts) for name, of in ACTION["outputs"].items()}
    return Ran(status, said, outputs, summaries, workspace)


def checkout(origin: Made, workspace: Path, ref: str, depth: int = 0) -> Path:
    """As actions/checkout does: all branches below refs/remotes/origin with depth 0, else only what is checked out."""
    made = Made(workspace)
    url = f"file://{origin.folder}"
    if depth:
        made.git("fetch", "-q", "--no-tags", f"--depth={depth}", url, f"+{ref}:refs/remotes/it")
    else:
        made.git("fetch", "-q", url, "+refs/heads/*:refs/remotes/origin/*", f"+{ref}:refs/remotes/it")
    made.git("checkout", "-q", "--detach", "refs/remotes/it")
    return workspace
