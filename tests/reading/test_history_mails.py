"""Every change of the layout in Xen's history, as a mail in six states, gives the values it gave then.

With XEN_GIT=path the mails are made from Xen's own commits; without it from the values of the releases.
"""

from __future__ import annotations

import os
import subprocess
from functools import cache

import pytest

from tests.reading.mails import HEADER, STATES, diff, mail, patched, values
from verifier.layout.errors import InputError
from verifier.reading import models
from verifier.reading.lines import release_lines

XEN_GIT = os.environ.get("XEN_GIT", "")
NEWEST = "c447b7308b"
COMMITS = 19
"""Commits with one parent up to NEWEST after which some GUEST_ macro has another value, counted from Xen's log."""


def git(*arguments: str) -> str:
    command = ["git", "-C", XEN_GIT, *arguments]
    return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf-8", "replace")


def header_at(commit: str) -> str:
    return git("show", f"{commit}:{HEADER}")


@cache
def changing_commits() -> tuple[str, ...]:
    """The commits that change a value, oldest first."""
    log = git("log", "--no-merges", "--reverse", "--format=%H", NEWEST, "--", HEADER).split()
    return tuple(commit for commit in log if commit != log[0] and changes(commit))


def changes(commit: str) -> bool:
    try:
        return values(header_at(f"{commit}~1")) != values(header_at(commit))
    except InputError:
        return False


@pytest.mark.skipif(not XEN_GIT, reason="XEN_GIT is not set")
@pytest.mark.parametrize("state", STATES)
def test_every_commit_that_changed_a_value(state: str) -> None:
    commits = changing_commits()
    assert len(commits) == COMMITS
    for commit in commits:
        text = STATES[state](git("format-patch", "-1", "--stdout", commit))
        assert values(patched(header_at(f"{commit}~1"), text)) == values(header_at(commit)), commit


def release_header(model: models.Model) -> str:
    """A header of our own with the values of a release: guards, groups, comments of one and more lines."""
    lines = [
        "/* Layout of guests, for tests. */",
        "#ifndef LAYOUT_H",
        "#define LAYOUT_H",
        "",
        "#if defined(__XEN__) || defined(__XEN_TOOLS__)",
        "",
        "/*",
        " * Interrupt controllers: a guest has one of the two, so that",
        " * they may share addresses.",
        " */",
    ]
    for line in release_lines(model):
        name = line.text.split()[1] if line.text else ""
        if name.endswith("_BASE"):
            stem = name.removesuffix("_BASE")
            lines.append(f"/* Where {stem} is, in words */")
        text = line.text.replace(" 0x", "   0x").replace("ULL", "ULL ", 1).rstrip()
        lines.append(text + (f" /* of {name.lower()} */" if name.endswith("_SIZE") else ""))
    return "\n".join([*lines, "", "#endif", "", "#endif /* LAYOUT_H */", ""])


PAIRS = list(zip(models.releases(), models.releases()[1:], strict=False))


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("pair", PAIRS, ids=[f"{old.name}-{new.name}" for old, new in PAIRS])
def test_every_step_between_releases(pair: tuple[models.Model, models.Model], state: str) -> None:
    old, new = (release_header(model) for model in pair)
    text = STATES[state](mail(diff(old, new)))
    assert values(patched(old, text)) == values(new) != values(old)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("pair", PAIRS, ids=[f"{old.name}-{new.name}" for old, new in PAIRS])
def test_every_step_on_a_release_without_text(pair: tuple[models.Model, models.Model], state: str) -> None:
    old, new = (release_header(model) for model in pair)
    text = STATES[state](mail(diff(old, new)))
    assert values(patched(release_lines(pair[0]), text, macro_only=True)) == values(new)


def test_there_are_as_many_steps_as_distinct_layouts() -> None:
    assert len(PAIRS) == len(models.releases()) - 1 == 11
