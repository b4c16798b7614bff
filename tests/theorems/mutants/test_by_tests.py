"""Faults judged by tests: every module has some, a fault is noticed, and what no test can notice is printed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.theorems.mutants.by_tests import TESTS, all_faults

ROOT = Path(__file__).parents[3]


def test_every_module_has_faults_and_every_test_is_there() -> None:
    assert {fault.module for fault in all_faults()} == TESTS.keys()
    assert all((ROOT / test).is_file() for tests in TESTS.values() for test in tests)


def test_a_fault_is_noticed_in_a_process_of_its_own() -> None:
    """The end of an entry of the reserve map, of which test_board_map has one."""
    fault = "reading.board_map._memreserve: address + size -> address + index"
    command = [sys.executable, "-m", "tests.theorems.mutants.by_tests", "--only", fault]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "   1 of    1 killed (0 hang)" in done.stdout
