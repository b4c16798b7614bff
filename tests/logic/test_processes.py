"""An item may hang, die or raise: it is lost alone, and nothing that it prints is seen."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.logic.workers import misbehave
from verifier.logic.processes import Lost, spread

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("jobs", [1, 3])
def test_answers_come_in_the_order_of_the_items(jobs: int) -> None:
    items = [f"item {number}" for number in range(20)]
    assert spread(misbehave, items, seconds=60, jobs=jobs) == [item.upper() for item in items]


def test_nothing_to_do_starts_nothing() -> None:
    assert spread(misbehave, [], seconds=60) == []


def test_one_that_dies_or_raises_is_lost_alone() -> None:
    items = ["a", "killed", "b", "raises", "exits", "c", "killed", "killed", "killed", "d"]
    killed, left = Lost("process ended by signal 9"), Lost("process ended with status 3")
    expected = ["A", killed, "B", Lost("ValueError: not that"), left, "C", killed, killed, killed, "D"]
    assert spread(misbehave, items, seconds=60, jobs=2) == expected


def test_one_that_hangs_is_killed_from_outside() -> None:
    items = ["a", "hangs", "b"]
    expected = ["A", Lost("no answer within 5 s, process killed"), "B"]
    assert spread(misbehave, items, seconds=5, jobs=1) == expected


def test_what_is_printed_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    assert spread(misbehave, ["prints", "b"], seconds=60, jobs=1) == ["PRINTS", "B"]
    assert capfd.readouterr() == ("", "")


def test_a_main_module_that_cannot_be_imported_again_is_no_hang(tmp_path: Path) -> None:
    """Each process runs the script anew and fails; after some starts what is left is lost."""
    script = tmp_path / "unguarded.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.logic.workers import misbehave\n"
        "from verifier.logic.processes import spread\n"
        "print(spread(misbehave, ['a', 'b'], seconds=60, jobs=1))\n"
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    assert done.stdout.count("no process could be started: process ended with status 1") == 2
