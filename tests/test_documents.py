"""README and manual show real commands with real output: each is run and compared. `make documents` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.documents import MANUAL, README, ROOT, documents
from tests.documents.blocks import BLOCKS, filled
from tests.documents.clone import HEADER_OF_4_15
from tests.documents.consoles import TUTORIAL, agrees, output, sessions
from tests.documents.pages import PAGES
from tests.documents.rooms import rooms
from tests.test_architecture import ALLOWED
from verifier.commands import COMMANDS
from verifier.commands.diff import diff
from verifier.layout.finding import Verdict
from verifier.reading.request import Request
from verifier.rules.boards.catalogue import board_rules
from verifier.rules.boards.rule import BoardRule
from verifier.rules.catalogue import Rule, catalogue

SHOWN = [
    (path, position, command, text)
    for path in documents()
    for position, (command, text) in enumerate(sessions(path.read_text(encoding="utf-8")))
]


def plain(text: str) -> str:
    """Without what differs between versions of z3 and of click: a number, and where help texts wrap."""
    return " ".join(re.sub(r"\bz3 \d+\.\d+\.\d+", "z3", text).split())


def text_of(name: str) -> str:
    return (MANUAL / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("path", "position", "command", "shown"),
    SHOWN,
    ids=[f"{path.relative_to(ROOT)}: {command}" for path, _, command, _ in SHOWN],
)
def test_shown_output_is_real(path: Path, position: int, command: str, shown: str) -> None:
    assert agrees(shown, output(path, position)), f"{path.name} shows another output for: {command}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_generated_page_is_what_is_made_now(path: Path) -> None:
    assert plain(path.read_text(encoding="utf-8")) == plain(PAGES[path]()), "make documents"


@pytest.mark.parametrize("name", BLOCKS)
def test_a_generated_part_is_what_is_made_now(name: str) -> None:
    assert plain(filled(name)) == plain(BLOCKS[name][0].read_text(encoding="utf-8")), "make documents"


def test_the_readme_opens_with_a_refutation_and_two_commands() -> None:
    first_screen = README.read_text(encoding="utf-8").split("## What is checked")[0]
    assert len(first_screen.splitlines()) < 80
    for words in ("overlap by 8 GiB", "make verify", "make test"):
        assert words in first_screen


@pytest.mark.parametrize("name", COMMANDS)
def test_the_manual_has_the_real_help(name: str) -> None:
    assert f"$ verifier {name} --help" in text_of("commands.md")


def test_every_property_is_in_readme_and_manual() -> None:
    assert all(f"`{rule.id}`" in README.read_text(encoding="utf-8") for rule in catalogue())
    assert all(f"\n## {rule.id}\n" in text_of("properties.md") for rule in catalogue())
    assert all(f"\n## {rule.id}\n" in text_of("board-properties.md") for rule in board_rules())


WORDS = {"stable": "advice", "model-current": "unknown"}
"""What a finding is called where it is no error."""


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.id)
def test_the_bad_example_of_a_property_fails_by_it(rule: Rule) -> None:
    assert f"{WORDS.get(rule.id, 'error')}: " in finding("properties.md", rule.id)


@pytest.mark.parametrize("rule", board_rules(), ids=lambda rule: rule.id)
def test_the_bad_example_of_a_property_of_boards_has_its_effect(rule: BoardRule) -> None:
    assert f": {rule.effect}: " in finding("board-properties.md", rule.id)


def finding(page: str, property_id: str) -> str:
    """The line about a property in the output of its example."""
    (section,) = (each for each in text_of(page).split("\n## ") if each.startswith(f"{property_id}\n"))
    (line,) = (each for each in section.splitlines() if each.endswith(f"  [{property_id}]"))
    return line


def test_the_header_of_the_tutorial_is_that_of_the_release() -> None:
    found = diff("xen-4.15", str(HEADER_OF_4_15), Request("", xen="4.15"), stable=True)
    assert found.verdict is Verdict.PROVED
    assert found.first is None


def test_the_tutorial_goes_from_refuted_to_proved() -> None:
    text = TUTORIAL.read_text(encoding="utf-8")
    checks = [shown.split()[1] for command, shown in sessions(text) if " check " in command]
    assert checks == ["proved", "refuted", "refuted", "proved"]


def test_the_picture_of_the_rooms_has_all_and_what_is_imported_is_allowed() -> None:
    assert {each.name for each in rooms()} == set(ALLOWED)
    for each in rooms():
        assert set(each.imports) <= ALLOWED[each.name]
        assert f">{each.name}</text>" in text_of("rooms.svg")
