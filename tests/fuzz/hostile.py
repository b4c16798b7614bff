"""Whole commands on hostile files: how a run ended, and what it may have taken."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.frame import MOST_BYTES, ROOT
from tests.reading.mails import HEADER
from tests.timing import slowness

SECONDS = 20.0
"""Of processor time; most take half of one, 63 MB in one line take six."""
FILES = f"--- a/{HEADER}\n+++ b/{HEADER}\n"


@dataclass(frozen=True)
class Done:
    """How a run ended."""

    status: int
    out: str
    err: str


Run = Callable[..., Done]


def runner(tmp_path: Path) -> Run:
    """Runs a command in a folder of its own, and holds it to its time and memory."""

    def ran(*arguments: str, **environment: str) -> Done:
        command = [sys.executable, "-m", "verifier", *arguments]
        own = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        with (tmp_path / ".out").open("wb") as out, (tmp_path / ".err").open("wb") as err:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=tmp_path, env=own
            )
            late = threading.Timer(20 * SECONDS, process.kill)
            late.start()
            try:
                _, status, usage = os.wait4(process.pid, 0)
            finally:
                late.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
        done = Done(process.returncode, (tmp_path / ".out").read_text(), (tmp_path / ".err").read_text())
        assert done.status in (0, 1, 2, 3), done
        assert "Traceback" not in done.err
        assert usage.ru_utime + usage.ru_stime < SECONDS * slowness()
        assert usage.ru_maxrss << 10 < MOST_BYTES
        return done

    return ran


def refused(done: Done, words: str) -> None:
    assert done.status == 2, done
    assert words in done.err
    assert len(done.err.splitlines()) == 1
    assert len(done.err) < 1500
