"""A sweep that is stopped, or whose file is taken away: what was found is kept, and it is told where."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.commands.sweep_workers import rows, works
from tests.dense import dense

ROOT = Path(__file__).parents[2]
OPTIONS = ("--xen", "4.17", "--xen", "4.22", "--ipa-bits", "40")


def tool(*arguments: str) -> subprocess.Popen[str]:
    """With a terminal that may be closed: `nohup make test` would hand on that it is not."""
    words = [sys.executable, "-m", "verifier", "sweep", *arguments]
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        return subprocess.Popen(
            words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.fixture(scope="module")
def uninterrupted() -> str:
    return tool("tests/boards", *OPTIONS, "--format", "json").communicate()[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_an_interrupted_run_goes_on(number: signal.Signals, uninterrupted: str, tmp_path: Path) -> None:
    """At some moment after the first rows; then equal, to the byte, to a run that was not interrupted."""
    file = tmp_path / "r.sqlite"
    begun = tool("tests/boards", *OPTIONS, "--jobs", "1", "--resume", str(file))
    until = time.monotonic() + 60
    while begun.poll() is None and not rows(file) and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(random.random() / 10)
    # Ctrl-C goes to all processes of a terminal, its workers too
    os.killpg(begun.pid, number) if number == signal.SIGINT else begun.send_signal(number)
    _, said = begun.communicate(timeout=30)
    if number != signal.SIGKILL:
        assert begun.returncode == 128 + number
        assert "Traceback" not in said
        assert said.splitlines()[-1] == (
            f"interrupted: what was found is in {file}, and the same command goes on from there"
        )
    known = rows(file)
    assert 0 < known < 32
    resumed = tool("tests/boards", *OPTIONS, "--resume", str(file), "--format", "json")
    assert resumed.communicate(timeout=60)[0] == uninterrupted
    assert rows(file) == 32


def test_without_a_file_it_is_said_that_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "slow.dtb").write_bytes(dense("apart", 50_000))
    begun = tool(str(tmp_path), "--jobs", "1", "--format", "text")
    assert works(begun.pid)
    begun.send_signal(signal.SIGTERM)
    out, said = begun.communicate(timeout=30)
    assert (out, begun.returncode) == ("", 143)
    assert "nothing was kept (--resume FILE keeps results)" in said


def test_a_file_that_is_removed_is_missed(tmp_path: Path) -> None:
    """Whether the run comes to its end or is stopped; what is found is told all the same."""
    (tmp_path / "slow.dtb").write_bytes(dense("apart", 5_000))
    file, boards = tmp_path / "r.sqlite", str(tmp_path / "slow.dtb")
    for end in (None, signal.SIGTERM):
        file.unlink(missing_ok=True)
        begun = tool(boards, *OPTIONS, "--jobs", "1", "--resume", str(file), "--format", "json")
        while not file.exists():
            time.sleep(0.01)
        assert works(begun.pid)
        file.unlink()
        if end:
            begun.send_signal(end)
        out, said = begun.communicate(timeout=60)
        assert bool(out) == (end is None)
        assert f"{file} was removed while the sweep ran" in said
