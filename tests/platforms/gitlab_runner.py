"""As GitLab makes a job of a component, and its runner runs it.

Sources: docs.gitlab.com, "CI/CD inputs" (defaults, options, interpolation), "Where variables can be used" (variables of a
job are expanded before it), "Shells supported by GitLab Runner": `before_script` and `script` are one script for bash,
`set -eo pipefail`, handed through `eval`; "Feature flags": FF_USE_NEW_BASH_EVAL_STRATEGY keeps the exit status, without
it a failed job may have another.
"""

from __future__ import annotations

import re
import shlex
import string
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.platforms.trees import ROOT, environment

TEMPLATE = ROOT / "templates" / "verifier.yml"
INPUT = re.compile(r"\$\[\[\s*inputs\.([\w-]+)\s*\]\]")
SPEC: dict[str, Any]
CONTENT: dict[str, Any]
SPEC, CONTENT = yaml.safe_load_all(TEMPLATE.read_text(encoding="utf-8"))


def configured(given: Mapping[str, str]) -> dict[str, Any]:
    """The content with its inputs; fails as GitLab does for one that is missing, unknown or no option."""
    inputs = SPEC["spec"]["inputs"]
    assert set(given) <= set(inputs)
    values = {name: given.get(name, of.get("default")) for name, of in inputs.items()}
    for name, of in inputs.items():
        assert values[name] is not None, f"{name} is required"
        assert values[name] in of.get("options", [values[name]])

    def filled(node: Any) -> Any:
        if isinstance(node, dict):
            return {filled(key): filled(value) for key, value in node.items()}
        if isinstance(node, list):
            return [filled(each) for each in node]
        return INPUT.sub(lambda found: values[found[1]], node) if isinstance(node, str) else node

    found: dict[str, Any] = filled(CONTENT)
    return found


def run(
    project: Path, job: Mapping[str, Any], variables: Mapping[str, str], *, old: bool = False
) -> tuple[int, str]:
    """Status and output of a job in a checkout, with the variables that GitLab predefines; `old` is without the flag."""
    known = {"CI": "true", "GITLAB_CI": "true", "CI_PROJECT_DIR": str(project), **variables}
    own = {name: string.Template(value).safe_substitute(known) for name, value in job["variables"].items()}
    lines = [line for name in ("before_script", "script") for line in job.get(name, [])]
    shown = "\n".join(f"echo {shlex.quote(f'$ {line}')}\n{line}" for line in lines)
    handed = f"eval {shlex.quote(shown)}" if old else f"(eval {shlex.quote(shown)})"
    done = subprocess.run(
        ["bash"],
        input=f"set -eo pipefail\nset +o noclobber\n: | {handed}\nexit 0\n",
        cwd=project,
        env=environment(project.parent, **known, **own),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout
