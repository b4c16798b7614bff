"""The section of manual/sweep.md about a kernel's boards agrees with the table of boards, which is made without a sweep."""

from __future__ import annotations

import re

import pytest

from tests.board_answers import RELEASES
from tests.board_classes import CLASSES
from tests.boards_table import TABLE
from tests.corpus import CHAPTER, SECTION

TEXT = SECTION.search(CHAPTER.read_text(encoding="utf-8"))
BOARDS = TABLE.read_text(encoding="utf-8")
CLASS_OF = {each.property: each.id for each in CLASSES if each.id in ("covers", "cut", "empty")}
"""Properties of which the table has one class, on boards that are built."""


def section() -> str:
    assert TEXT is not None
    return TEXT[0]


def counts(head: str) -> list[int]:
    """The numbers of a line, in the order of the settings: with and without IOMMU for each release."""
    (line,) = re.findall(rf"^{head} .*$", section(), re.MULTILINE)
    return [int(each) for each in re.findall(r"\b\d+\b", line)]


def test_both_are_of_one_package() -> None:
    (package,) = re.findall(r"linux-image-\S+arm64", section())
    assert f"`{package}`" in BOARDS


@pytest.mark.parametrize("name", CLASS_OF)
def test_defects_touch_as_many_boards_as_in_the_table(name: str) -> None:
    row = next(line for line in BOARDS.splitlines() if line.startswith(f"| `{CLASS_OF[name]}` |"))
    cells = row.strip("|").split("|")
    assert counts(f"{name} +unsound")[::2] == [int(cells[3 + 2 * each]) for each in range(len(RELEASES))]


def test_every_board_has_a_verdict_under_every_setting() -> None:
    table = re.search(r"^boards .*\n((?:.+\n)+)", section(), re.MULTILINE)
    answers = re.search(r"^(\d+) answers", section(), re.MULTILINE)
    assert table is not None
    assert answers is not None
    rows = [[int(each) for each in line.split()[-4:]] for line in table[1].splitlines()]
    assert {4 * sum(each) for each in zip(*rows, strict=True)} == {int(answers[1])}
