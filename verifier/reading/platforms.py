"""What a platform says is about to be pushed or merged, or has been: GitHub, GitLab, and git's pre-push by pre-commit.

Names of branches and commits are anybody's: they are read here as data, and no shell sees them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verifier.layout.errors import InputError

MOST_BYTES = 1 << 24
"""Of the description of an event; read, it takes up to forty times as much memory."""


@dataclass(frozen=True, slots=True)
class Event:
    """Commits that come to a branch."""

    before: str
    """What the branch had, or what is merged into; empty for what is new."""
    after: str
    onto: str = ""
    """The branch that a new or rewritten one is compared with; empty for the default branch itself."""
    merge: bool = False
    """`after` is to be merged into `before`, wherever the two parted."""


def github(environment: Mapping[str, str]) -> Event:
    """The event of a run of GitHub Actions, from the file that GITHUB_EVENT_PATH names. Raises InputError.

    Source: docs.github.com, "Webhook events and payloads" and "Events that trigger workflows".
    """
    path = _wanted(environment, "GITHUB_EVENT_PATH")
    told = _document(path)
    match environment.get("GITHUB_EVENT_NAME"):
        case "pull_request" | "pull_request_target":
            base, head = (_text(path, told, "pull_request", side, "sha") for side in ("base", "head"))
            return Event(base, head, merge=True)
        case "merge_group":
            base, head = (_text(path, told, "merge_group", f"{side}_sha") for side in ("base", "head"))
            return Event(base, head, merge=True)
        case "push":
            default = _text(path, told, "repository", "default_branch")
            own = _text(path, told, "ref") == f"refs/heads/{default}"
            before, after = _text(path, told, "before"), _text(path, told, "after")
            return Event(_some(before), after, "" if own else f"refs/remotes/origin/{default}")
    return Event("", _wanted(environment, "GITHUB_SHA"))


def gitlab(environment: Mapping[str, str]) -> Event:
    """The event of a job of GitLab CI/CD. Raises InputError.

    Of a merge request the commits of its branch, not the merge that a pipeline of merged results has checked
    out. Source: docs.gitlab.com, "Predefined CI/CD variables reference".
    """
    after = _wanted(environment, "CI_COMMIT_SHA")
    base = environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA")
    if base:
        target = environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_SHA") or base
        return Event(target, environment.get("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") or after, merge=True)
    default = _wanted(environment, "CI_DEFAULT_BRANCH")
    own = environment.get("CI_COMMIT_BRANCH") == default
    before = _some(environment.get("CI_COMMIT_BEFORE_SHA", ""))
    return Event(before, after, "" if own else f"refs/remotes/origin/{default}")


def pre_push(environment: Mapping[str, str]) -> Event:
    """What `pre-commit` says of a push. Raises InputError.

    It gives no refs for a push that has a root commit: the first one of a repository. Of a new branch it gives the
    parent of the first commit that the remote has not. Source: pre-commit.com, "pre-push".
    """
    after = environment.get("PRE_COMMIT_TO_REF") or environment.get("PRE_COMMIT_LOCAL_BRANCH", "")
    if not after:
        raise InputError(
            "neither PRE_COMMIT_TO_REF nor PRE_COMMIT_LOCAL_BRANCH is set: is this pre-commit's pre-push?"
        )
    remote = environment.get("PRE_COMMIT_REMOTE_NAME", "")
    onto = f"refs/remotes/{remote}/HEAD" if remote else ""
    before = _some(environment.get("PRE_COMMIT_FROM_REF", ""))
    return Event(before, after, onto if before else "")


PLATFORMS: Mapping[str, Callable[[Mapping[str, str]], Event]] = {
    "github": github,
    "gitlab": gitlab,
    "pre-push": pre_push,
}


def _some(commit: str) -> str:
    """A commit, or nothing for the zeros that git and platforms write where there is none."""
    return commit if commit.strip("0") else ""


def _wanted(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name)
    if not value:
        raise InputError(f"{name} is not set: this platform sets it")
    return value


def _document(path: str) -> Any:
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(f"larger than {MOST_BYTES >> 20} MiB", path)
        return json.loads(content)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise InputError(f"cannot be read: {reason[:1].lower()}{reason[1:]}", path) from None
    except (ValueError, RecursionError):
        raise InputError("is no JSON", path) from None


def _text(path: str, found: Any, *keys: str) -> str:
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    if not isinstance(found, str) or not found:
        raise InputError(f"has no {'.'.join(keys)}", path)
    return found
