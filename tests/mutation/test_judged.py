"""The machinery by itself, on a module whose faults are few: who notices is said by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = {
    "below": "def test_below():\n    assert sample.below(2)\n    assert not sample.below(3)\n",
    "steps": "def test_steps():\n    assert sample.steps(3) == 3\n",
    "kept": "assert not sample.kept(2)\ndef test_kept():\n    assert sample.kept(3)\n    assert not sample.kept(2)\n",
    "held": "def test_held():\n    assert sample.held(2) == 3\n",
    "limit": "def test_limit():\n    assert sample.LIMIT[1] == 5\n",
    "folder": "def test_folder(tmp_path):\n    assert tmp_path.parents[1].name.startswith('mutation-')\n",
}
SCRIPT = """
import json, sys
from pathlib import Path
from tests.mutation import running
from tests.mutation.__main__ import judge_area
from tests.mutation.results import Results
from tests.mutation.area import Area

running.LEAST_SECONDS = 1
area = Area("sample", ("tests.mutation.sample",), (sys.argv[1],))
found = list(area.faults())
judged = judge_area(area, found, Results.read(Path(sys.argv[2])))
print(json.dumps({fault.name.removeprefix("tests.mutation.sample"): each.outcome
                  for fault, each in zip(found, judged, strict=True)}))
"""
MODULE = (": (3, 5) -> (4, 5)", ": (3, 5) -> (2, 5)", ": (3, 5) -> (3, 6)", ": (3, 5) -> (3, 4)")
BELOW = (".below: number < LIMIT[0] -> number <= LIMIT[0]", ".below: number < LIMIT[0] -> number >= LIMIT[0]")
STEPS = (
    ".steps: count = 0 -> count = 1",
    ".steps: number > 0 -> number >= 0",
    ".steps: number > 0 -> number <= 0",
    ".steps: number > 0 -> number > 1",
    ".steps: number -= 1 -> number -= 2",
    ".steps: count += 1 -> count += 2",
    ".steps: count += 1 -> count += 0",
)
ENDLESS = ".steps: number -= 1 -> number -= 0"
KEPT = (
    ".kept: number > 2 -> number >= 2",
    ".kept: number > 2 -> number <= 2",
    ".kept: number > 2 -> number > 3",
    ".kept: number > 2 -> number > 1",
)
HELD = (".held: number + 1 -> number + 2", ".held: number + 1 -> number + 0")
"""What the answer without the fault, which is kept, would hide."""
FORGOTTEN = (
    ".forgotten: number < 9 -> number <= 9",
    ".forgotten: number < 9 -> number >= 9",
    ".forgotten: number < 9 -> number < 10",
    ".forgotten: number < 9 -> number < 8",
)


def judged(tests: Path, results: Path) -> dict[str, str]:
    command = [sys.executable, "-c", SCRIPT, str(tests), str(results)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


def written(folder: Path, *names: str) -> Path:
    file = folder / "test_sample.py"
    file.write_text("from tests.mutation import sample\n\n" + "\n".join(TESTS[name] for name in names))
    return file


def test_every_fault_is_noticed_where_a_test_asks_and_what_no_test_runs_is_unreached(tmp_path: Path) -> None:
    """`kept` runs while the tests are imported, and keeps what it found; the numbers of the module are no function's."""
    found = judged(written(tmp_path, *TESTS), tmp_path / "results")
    killed = dict.fromkeys((*MODULE, *BELOW, *STEPS, *KEPT, *HELD), "killed")
    assert found == {**killed, ENDLESS: "hangs", **dict.fromkeys(FORGOTTEN, "unreached")}


def test_without_its_tests_a_fault_is_reported_and_with_them_again_it_is_not(tmp_path: Path) -> None:
    """The results of the first run are kept, and of no use for what they did not see."""
    results = tmp_path / "results"
    weak = "def test_below():\n    assert sample.below(2)\n"
    left = written(tmp_path, "steps")
    left.write_text(left.read_text() + weak)
    found = judged(left, results)
    assert [found[name] for name in BELOW] == ["survives", "killed"]
    assert all(found[name] == "unreached" for name in KEPT)
    assert [found[name] for name in MODULE] == ["survives", "killed", "survives", "survives"]
    again = judged(written(tmp_path, *TESTS), results)
    assert [again[name] for name in (*BELOW, *KEPT, *MODULE)] == ["killed"] * 10


def test_what_a_test_imports_by_itself_is_exchanged_as_well(tmp_path: Path) -> None:
    """The module is not loaded when the tests are collected."""
    tests = tmp_path / "test_sample.py"
    tests.write_text(
        "def test_lazily():\n    from tests.mutation import sample\n    assert not sample.below(3)\n"
    )
    found = judged(tests, tmp_path / "results")
    assert [found[name] for name in BELOW] == ["killed", "killed"]


def test_what_is_known_is_not_judged_again(tmp_path: Path) -> None:
    tests, results = written(tmp_path, "below", "limit"), tmp_path / "results"
    first = judged(tests, results)
    lines = results.read_text().splitlines()
    assert judged(tests, results) == first
    assert results.read_text().splitlines() == lines
    results.write_text("\n".join(lines[:3]) + '\n{"fault": "cut o')
    assert judged(tests, results) == first


def refused(tests: Path, results: Path) -> str:
    """What is said instead of outcomes."""
    command = [sys.executable, "-c", SCRIPT, str(tests), str(results)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "sample: tests fail without a fault, or do not run: " in done.stderr
    return done.stderr


def with_text(folder: Path, text: str) -> Path:
    file = folder / "test_sample.py"
    file.write_text(
        "import os\nfrom pathlib import Path\nimport pytest\nfrom tests.mutation import sample\n" + text
    )
    return file


def test_tests_that_fail_without_a_fault_judge_nothing(tmp_path: Path) -> None:
    tests = written(tmp_path, "below")
    tests.write_text(tests.read_text() + "def test_wrong():\n    assert sample.below(9)\n")
    assert "test_sample.py::test_wrong" in refused(tests, tmp_path / "results")


def test_tests_that_cannot_be_imported_without_a_fault_judge_nothing(tmp_path: Path) -> None:
    """Else every fault at module level is noticed by whoever cannot import it anyway."""
    tests = tmp_path / "tests"
    tests.mkdir()
    written(tests, "limit")
    (tests / "test_other.py").write_text("import verifier.nowhere\n")
    assert "verifier.nowhere" in refused(tests, tmp_path / "results")


def test_a_case_whose_name_changes_has_noticed_nothing(tmp_path: Path) -> None:
    """The cases are the two numbers: 4 in place of either is noticed, as it is judged; 2 and 6 are as good as 3 and 5."""
    text = "@pytest.mark.parametrize('number', sample.LIMIT)\ndef test_of(number):\n    assert number != 4\n"
    found = judged(with_text(tmp_path, text), tmp_path / "results")
    assert [found[name] for name in MODULE] == ["killed", "survives", "survives", "killed"]


def test_a_test_without_any_case_left_is_noticed(tmp_path: Path) -> None:
    """There is one for 5, and then none."""
    numbers = "[each for each in sample.LIMIT if each == 5]"
    text = f"@pytest.mark.parametrize('number', {numbers})\ndef test_five(number):\n    assert number\n"
    found = judged(with_text(tmp_path, text), tmp_path / "results")
    assert [found[name] for name in MODULE] == ["survives", "survives", "killed", "killed"]


def test_what_fails_in_any_child_has_noticed_nothing(tmp_path: Path) -> None:
    text = "HERE = os.getpid()\ndef test_here():\n    assert sample.below(2) and os.getpid() == HERE\n"
    results = tmp_path / "results"
    assert "in a child without a fault: " in refused(with_text(tmp_path, text), results)
    assert not results.exists()


FIRST = "MARK = Path(__file__).with_name('mark')\nFIRST = not MARK.exists()\nMARK.touch()\n"


@pytest.mark.parametrize(
    "late", ["assert FIRST or sample.LIMIT is None", "def test_first():\n    assert FIRST"]
)
def test_what_fails_whenever_it_is_imported_again_has_noticed_nothing(tmp_path: Path, late: str) -> None:
    text = f"{FIRST}{late}\ndef test_limit():\n    assert sample.LIMIT\n"
    results = tmp_path / "results"
    assert "in a child without a fault: " in refused(with_text(tmp_path, text), results)
    assert not any(f'sample{name}"' in results.read_text() for name in MODULE)


DIES = "def test_below():\n    if sample.below(3){}:\n        {}os.kill(os.getpid(), 9)\n"


def test_a_child_that_dies_is_asked_once_more(tmp_path: Path) -> None:
    """Both faults of `below` make it hold of 3; who dies a second time as well does so by the fault."""
    found = judged(with_text(tmp_path, DIES.format("", "")), tmp_path / "results")
    assert [found[name] for name in BELOW] == ["crashes", "crashes"]
    once = FIRST + DIES.format(" and not DEAD.exists()", "DEAD.touch()\n        ")
    text = once.replace("FIRST = not", "DEAD = MARK.with_name('dead')\nFIRST = not")
    found = judged(with_text(tmp_path, text), tmp_path / "others")
    assert [found[name] for name in BELOW] == ["survives", "survives"]
