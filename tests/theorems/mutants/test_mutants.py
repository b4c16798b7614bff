"""A fixed part of the faults in the producers' code changes a verdict, or survives as is explained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.mutation.faults import part
from tests.mutation.survivors import explained
from tests.theorems.mutants.__main__ import SURVIVORS, all_faults

ROOT = Path(__file__).parents[3]


def test_a_part_of_the_faults_is_as_recorded() -> None:
    """In a process of its own: nothing that a fault concerns may be imported yet."""
    command = [sys.executable, "-m", "tests.theorems.mutants", "--part", "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_explained_survivor_is_a_fault() -> None:
    assert explained(SURVIVORS).keys() <= {fault.name for fault in all_faults()}


def test_names_tell_faults_apart() -> None:
    names = [fault.name for fault in all_faults()]
    assert len(names) == len(set(names))


def test_the_part_is_the_same_every_time_and_another_for_another_sample() -> None:
    found = all_faults()
    assert [each.name for each in part(found, 9)] == [each.name for each in part(found, 9)]
    assert [each.name for each in part(found, 9)] != [each.name for each in part(found, 9, 1)]
