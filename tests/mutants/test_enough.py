"""The mutants are what they were made to be, many, and mostly at a boundary."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from tests.mutants.every import mutants
from tests.mutants.header import HEAD
from tests.mutants.mutants import PROVED, REFUTED
from tests.mutants.reference import PROPERTIES, judge

LEAST = 30


@pytest.mark.parametrize("verdict", [PROVED, REFUTED])
@pytest.mark.parametrize("name", PROPERTIES)
def test_every_verdict_of_every_property_has_mutants(name: str, verdict: str) -> None:
    aimed = [made for made in mutants() if made.aims.get(name) == verdict]
    assert len(aimed) >= LEAST
    assert 2 * sum(made.near for made in aimed) >= len(aimed)


def test_every_mutant_has_the_verdicts_it_was_made_for() -> None:
    """Claimed from how the change was made, worked out by the reference: two ways to the same verdict."""
    wrong = []
    for made in mutants():
        answers = judge(made.header, HEAD, made.widths)
        found = {name: answers[name].verdict for name in made.aims}
        if found != made.aims:
            wrong.append((made.name, found, made.aims))
    assert not wrong


def test_every_define_of_head_is_changed() -> None:
    head = HEAD.all_values()
    changed = Counter(
        name for made in mutants() for name in head if made.header.all_values().get(name) != head[name]
    )
    assert {name for name in head if changed[name] < 2} == set()


def test_names_tell_mutants_apart() -> None:
    names = Counter(made.name for made in mutants())
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("path", sorted(Path(__file__).parent.glob("*.py")), ids=lambda path: path.name)
def test_nothing_here_imports_what_it_judges(path: Path) -> None:
    if path.name == "test_mutants.py":
        return  # where the two meet
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            named.append(node.module or "")
        assert not [name for name in named if name.split(".")[0] == "verifier"]
