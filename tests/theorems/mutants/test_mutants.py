"""A fixed part of the faults is killed as recorded; the machinery sees faults, and the hang of one."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.theorems.mutants.__main__ import all_faults, wrong
from tests.theorems.mutants.children import in_children
from tests.theorems.mutants.faults import faults, part
from tests.theorems.mutants.judge import Judged
from tests.theorems.mutants.survivors import explained

ROOT = Path(__file__).parents[3]
SOURCE = """
STEP = 2 << 20

def least(size: Word, end: Word) -> Truth:
    if holds(size < STEP):
        return None
    return uint64.round_up(end, STEP)
"""


def test_a_part_of_the_faults_is_as_recorded() -> None:
    """In a process of its own: nothing that a fault concerns may be imported yet."""
    command = [sys.executable, "-m", "tests.theorems.mutants", "--part", "40"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_explained_survivor_is_a_fault() -> None:
    assert explained().keys() <= {fault.name for fault in all_faults()}


def test_names_tell_faults_apart() -> None:
    names = [fault.name for fault in all_faults()]
    assert len(names) == len(set(names))


def test_the_part_is_the_same_every_time() -> None:
    found = all_faults()
    assert [each.name for each in part(found, 9)] == [each.name for each in part(found, 9)]


def test_faults_of_a_small_source() -> None:
    assert [fault.name for fault in faults("m", SOURCE)] == [
        "m: 2 << 20 -> 3 << 20",
        "m: 2 << 20 -> 1 << 20",
        "m: 2 << 20 -> 2 << 21",
        "m: 2 << 20 -> 2 << 19",
        "m.least: if holds(size < STEP) -> if False",
        "m.least: if holds(size < STEP) -> if True",
        "m.least: size < STEP -> size <= STEP",
        "m.least: size < STEP -> size >= STEP",
        "m.least: size < STEP -> end < STEP",
        "m.least: uint64.round_up(end, STEP) -> uint64.round_down(end, STEP)",
        "m.least: uint64.round_up(end, STEP) -> end",
        "m.least: uint64.round_up(end, STEP) -> uint64.round_up(size, STEP)",
    ]


def test_an_unexplained_survivor_and_a_stale_explanation_are_wrong() -> None:
    known = explained()
    recorded = next(each for each in all_faults() if known.get(each.name) == "survives")
    other = next(each for each in all_faults() if each.name not in known)
    assert wrong([(recorded, Judged("survives")), (other, Judged("killed"))]) == []
    assert len(wrong([(recorded, Judged("killed")), (other, Judged("survives"))])) == 2


def _hang() -> str:
    time.sleep(600)
    return "never"


def _seven() -> str:
    return "7"


def test_a_child_that_hangs_is_ended() -> None:
    ended = {each.index: each.value for each in in_children([_hang, _seven], at_once=2, seconds=1.0)}
    assert ended == {0: None, 1: "7"}
