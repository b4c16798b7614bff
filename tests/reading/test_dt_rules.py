"""The differences between releases are data that no code can ask for in vain; XEN_GIT=path finds their commits."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest

from tests.models.debian import run
from verifier.layout.errors import InputError, InternalError
from verifier.reading import models
from verifier.reading.dt_rules import FIRST, differences, parse, rules_of
from verifier.reading.toml_file import TomlFile

READING = Path(__file__).parent.parent.parent / "verifier" / "reading"
ENTRY = '[[difference]]\nwhat = "a"\nsays = "b"\ncommit = "c"\nsource = "d"\n'
HEAD = 'format = "device-tree-behaviour/1"\n'


def asked_for() -> set[str]:
    """Every name that code asks a release for."""
    found = set()
    for path in READING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "has"
            ):
                (name,) = node.args
                assert isinstance(name, ast.Constant), path
                assert isinstance(name.value, str), path
                found.add(name.value)
    return found


def test_what_is_listed_is_what_is_asked_for() -> None:
    assert asked_for() == {each.what for each in differences()}


def test_every_difference_is_one() -> None:
    """It holds for some modelled tag and not for another; its tags exist."""
    tags = [
        tag
        for model in models.releases()
        for tag in model.tags
        if models.version(tag) >= models.version(FIRST)
    ]
    assert "head" in tags
    for each in differences():
        assert {tag for tag in (each.since, each.until) if tag} <= set(tags)
        assert 0 < sum(each.holds(tag) for tag in tags) < len(tags), each.what
        assert re.fullmatch("[0-9a-f]{10}", each.commit)


def test_a_name_that_is_not_listed_is_our_error() -> None:
    with pytest.raises(InternalError, match='no difference "colour"'):
        rules_of("head").has("colour")


@pytest.mark.parametrize(("release", "tag"), [("xen-4.17", "4.17.7"), ("head", "head"), ("4.19.1", "4.19.1")])
def test_rules_are_of_a_tag(release: str, tag: str) -> None:
    assert rules_of(release).tag == tag


@pytest.mark.parametrize(("text", "message"), [
    ('format = "x/1"\ndifference = []', 't.toml:1: error: format is "x/1"'),
    (HEAD, 't.toml:1: error: key "difference" is missing'),
    (HEAD + "difference = [1]", "t.toml:1: error: a difference is no table"),
    (HEAD + ENTRY + 'when = "e"', 't.toml:2: error: unknown key "when"'),
    (HEAD + ENTRY + ENTRY.replace('what = "a"\n', ""), 't.toml:7: error: key "what" is missing'),
    (HEAD + ENTRY.replace('"a"', "1"), 't.toml:2: error: "what" is an integer, not a string'),
])  # fmt: skip
def test_what_is_no_file_of_differences(text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(TomlFile(text, "t.toml"))
    assert str(caught.value).startswith(message)


@pytest.mark.skipif("XEN_GIT" not in os.environ, reason="XEN_GIT=path: a Xen git to look commits up in")
def test_commits_lie_where_releases_change() -> None:
    """The named commit is first in one of the two tags, or was picked into it: found by its title."""
    git = ["git", "-C", os.environ["XEN_GIT"]]
    for each in differences():
        containing = run(*git, "tag", "--contains", each.commit).decode().split()
        tags = [tag.removeprefix("RELEASE-") for tag in containing if re.fullmatch(r"RELEASE-[\d.]+", tag)]
        title = run(*git, "log", "-1", "--format=%s", each.commit).decode().strip()
        bounds = [tag for tag in (each.since, each.until) if tag]
        picked = any(
            title
            in run(*git, "log", "--format=%s", f"RELEASE-{start_of(tag)}..RELEASE-{tag}").decode().split("\n")
            for tag in bounds
            if not tag.endswith(".0")
        )
        assert picked or (tags and min(tags, key=models.version) in bounds), each.what


def start_of(tag: str) -> str:
    """The tag before a point release."""
    *series, point = tag.split(".")
    return ".".join([*series, str(int(point) - 1)])
