"""The machinery by itself, on a module whose faults are few: who notices is said by hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
from tests.mutation import session
from tests.mutation.__main__ import judge_area
from tests.mutation.results import Results
from tests.mutation.trusted import Area

session.LEAST_SECONDS = 1
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


def test_tests_that_fail_without_a_fault_judge_nothing(tmp_path: Path) -> None:
    tests = written(tmp_path, "below")
    tests.write_text(tests.read_text() + "def test_wrong():\n    assert sample.below(9)\n")
    command = [sys.executable, "-c", SCRIPT, str(tests), str(tmp_path / "results")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "test_sample.py::test_wrong" in done.stderr
