"""An item may hang, die or raise: it is lost alone, and nothing that it prints is seen."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.logic.workers import misbehave, prepare
from verifier.logic.processes import Lost, spread, stream

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


def test_an_answer_comes_before_the_others_are_there() -> None:
    """The one behind it hangs, and is killed when nobody wants its answer any more."""
    began = time.monotonic()
    with closing(stream(misbehave, ["a", "hangs"], seconds=3600, jobs=1)) as answers:
        assert next(answers) == (0, "A")
    assert time.monotonic() - began < 60


def test_items_are_made_when_it_is_their_turn() -> None:
    taken = []

    class Lazy:
        def __len__(self) -> int:
            return 5

        def __getitem__(self, position: int, /) -> str:
            taken.append(position)
            return f"item {position}"

    with closing(stream(misbehave, Lazy(), seconds=60, jobs=1)) as answers:
        assert next(answers) == (0, "ITEM 0")
        assert taken == [0, 1]
        assert dict(answers) == {position: f"ITEM {position}" for position in range(1, 5)}


def test_one_that_takes_too_much_memory_is_lost_alone() -> None:
    found = dict(stream(misbehave, ["a", "takes", "b"], seconds=60, jobs=1, memory=1 << 30))
    assert found == {0: "A", 1: Lost("more than the 1 GiB of memory that a process may have"), 2: "B"}
    assert spread(misbehave, ["takes"], seconds=60) == ["TAKES"]


def test_what_is_prepared_is_so_before_memory_is_limited() -> None:
    own = resource.getrlimit(resource.RLIMIT_AS)[0]
    asked = stream(misbehave, ["prepared", "limit"], seconds=60, jobs=1, memory=1 << 30, prepare=prepare)
    assert dict(asked) == {0: f"[{own}]", 1: str(1 << 30)}


@pytest.mark.parametrize("memory", [sys.maxsize, 2**64 - 1, 2**80])
def test_more_memory_than_there_are_addresses_is_all_that_there_is(memory: int) -> None:
    assert dict(stream(misbehave, ["a"], seconds=60, jobs=1, memory=memory)) == {0: "A"}


def test_without_room_for_all_processes_some_do_the_work(tmp_path: Path) -> None:
    """The system lets a process have 24 files: not enough for 30 others, and none for any with 4."""
    script = tmp_path / "few.py"
    script.write_text(
        f"import resource, sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.logic.workers import misbehave\n"
        "from verifier.logic.processes import spread\n"
        "if __name__ == '__main__':\n"
        "    for most in (24, 4):\n"
        "        resource.setrlimit(resource.RLIMIT_NOFILE, (most, 1024))\n"
        "        print(spread(misbehave, ['a'] * 30, seconds=60, jobs=30))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True, timeout=120
    )
    some, none = done.stdout.splitlines()
    assert some == str(["A"] * 30)
    assert none == str([Lost("no process could be started: Too many open files")] * 30)


def test_a_process_that_hangs_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    """Nobody is left to kill it: it has to see to it itself."""
    script = tmp_path / "parent.py"
    script.write_text(
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from tests.logic.workers import misbehave\n"
        "from verifier.logic.processes import spread\n"
        f"if __name__ == '__main__': spread(misbehave, ['tells {tmp_path}/pid'], seconds=3600, jobs=1)\n"
    )
    with subprocess.Popen([sys.executable, str(script)]) as parent:
        until = time.monotonic() + 60
        while not (tmp_path / "pid").exists() and time.monotonic() < until:
            time.sleep(0.05)
        parent.kill()
    child = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 30
    while _runs(child) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(child)


def _runs(process: int) -> bool:
    """Whether a process is there and is no zombie, which waits for whoever adopted it."""
    try:
        os.kill(process, signal.SIG_DFL)
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
