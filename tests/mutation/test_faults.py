"""Which faults there are, how a child that hangs ends, and what is wrong with an explanation."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from signal import SIGKILL, SIGXCPU

from tests.mutation.children import in_child, in_children
from tests.mutation.faults import faults
from tests.mutation.outcome import Judged
from tests.mutation.survivors import wrong
from tests.theorems.mutants.judge import _unanswered

SOURCE = """
STEP = 2 << 20

def least(size: Word, end: Word) -> Truth:
    if holds(size < STEP):
        return None
    return uint64.round_up(end, STEP)
"""


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
    known = {"explained": "survives", "no test runs it": "unreached"}
    lives, dies, unreached = Judged("survives"), Judged("killed", "test"), Judged("unreached")
    right = [
        ("f.py:1", "explained", lives),
        ("f.py:2", "other", dies),
        ("f.py:3", "no test runs it", unreached),
    ]
    assert wrong(right, known) == []
    assert wrong([("f.py:1", "explained", dies), ("f.py:2", "other", lives)], known) == [
        "f.py:1: explained: the explanations say that it survives, but: killed test",
        "f.py:2: other: the explanations say that it dies, but: survives",
    ]
    assert len(wrong([("f.py:1", "explained", unreached), ("f.py:3", "no test runs it", lives)], known)) == 2


def _hang() -> str:
    time.sleep(600)
    return "never"


def _seven() -> str:
    return "7"


def test_a_child_that_hangs_is_ended() -> None:
    ended = {each.index: each.value for each in in_children([_hang, _seven], at_once=2, seconds=1.0)}
    assert ended == {0: None, 1: "7"}


def _dies_of(number: int) -> str:
    os.kill(os.getpid(), number)
    return "never"


def test_a_child_that_dies_says_how_unless_its_time_of_the_processor_is_up() -> None:
    tasks: list[Callable[[], str]] = [partial(_dies_of, SIGKILL), partial(_dies_of, SIGXCPU), _hang, _seven]
    ended = {each.index: each.died for each in in_children(tasks, at_once=4, seconds=1.0)}
    assert ended == {0: "signal 9", 1: "", 2: "", 3: ""}


def _counts(file: Path) -> str:
    with file.open("a") as times:
        times.write("x")
    return _dies_of(SIGKILL) if file.read_text() == "x" else "lives"


def test_a_child_that_dies_is_asked_once_more(tmp_path: Path) -> None:
    ended = in_child(partial(_counts, tmp_path / "times"), seconds=10.0)
    assert (ended.value, ended.died) == ("lives", "")
    assert in_child(partial(_dies_of, SIGKILL), seconds=10.0).died == "signal 9"


def test_a_theorem_that_dies_is_asked_once_more(tmp_path: Path) -> None:
    def task() -> Judged:
        return Judged("survives", _counts(tmp_path / "times"))

    assert _unanswered(task, "signal 9") == Judged("crashes", "signal 9")  # this was the second time
    assert _unanswered(task, "signal 9") == Judged("survives", "lives")
    assert _unanswered(task, "").outcome == "hangs"


def test_what_kills_is_an_outcome_that_no_explanation_excuses() -> None:
    assert all(Judged(each).killed for each in ("killed", "error", "hangs", "crashes"))
    assert not any(Judged(each).killed for each in ("survives", "unreached", "invalid"))
