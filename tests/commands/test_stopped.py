"""Ctrl-C, SIGTERM and SIGKILL at any moment: a file of results can be gone on from, and no report is half written."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from verifier.commands.streams import write_atomically
from verifier.commands.sweep_results import results

pytestmark = pytest.mark.stopped
ROOT = Path(__file__).parents[2]
OWN = f'File "{ROOT / "verifier"}{os.sep}'
"""How a frame of the tool's own is told."""
MOMENTS = int(os.environ.get("MOMENTS") or 2)
"""Of each signal; `make nightly` asks for more."""
SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGKILL]
SWEEP = ("sweep", "tests/boards", "--xen", "4.17", "--xen", "4.22", "--ipa-bits", "40")
COMMANDS = (
    ("check", "xen-4.18", "--format", "json"),
    ("host", "tests/boards/four-domains.dtb", "--xen", "4.22", "--ipa-bits", "40", "--format", "json"),
    ("find", "--in", "xen-4.18", "--region", "A", "--size", "1M", "--format", "json"),
    (*SWEEP, "--format", "json"),
)


def tool(*arguments: str) -> subprocess.Popen[str]:
    """In a session of its own, where Ctrl-C is not ignored."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # of `make nightly &`, and handed on
        signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, "-m", "verifier", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def stopped(began: subprocess.Popen[str], number: signal.Signals, moment: float) -> tuple[int, str]:
    """The status, and what was said on standard error; Ctrl-C goes to all processes of a terminal."""
    time.sleep(moment)
    if number == signal.SIGINT:
        os.killpg(began.pid, number)
    else:
        began.send_signal(number)
    _, said = began.communicate(timeout=60)
    return began.returncode, said


def is_clean(told: str) -> bool:
    """Nothing of the tool's own insides; what Python says of Ctrl-C while it starts is its own, also while it imports.

    Of each traceback: workers tell theirs beside that of the first process.
    """
    _, *tracebacks = told.split("Traceback (most recent call last):\n")
    return not any(OWN in each and not _is_start(each) for each in tracebacks)


def _is_start(traceback: str) -> bool:
    """Of the first process, before `main`, from which on Ctrl-C is told in a sentence."""
    return "in _run_module_as_main\n" in traceback and ", in main\n" not in traceback


def moments(longest: float) -> list[float]:
    """Told by pytest where a test fails."""
    return [round(random.uniform(0.0, longest), 3) for _ in range(MOMENTS)]


@cache
def whole(*command: str) -> tuple[str, float]:
    """What a run says that nobody stops, and how long it takes."""
    start = time.monotonic()
    said = tool(*command).communicate()[0]
    return said, time.monotonic() - start


def halves(seconds: float) -> Iterator[float]:
    """Moments of which one is before the end of a run, also of one that takes less than it took before."""
    for power in range(1, 10):
        yield seconds / (1 << power)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_sweep_goes_on_from_any_moment(number: signal.Signals, tmp_path: Path) -> None:
    """Stopped again and again, with what each time was there, until it is done; the answers are those of one run."""
    file = tmp_path / "r.sqlite"
    said, seconds = whole(*SWEEP, "--jobs", "1", "--format", "json")
    for moment in moments(seconds):
        status, told = stopped(tool(*SWEEP, "--jobs", "1", "--resume", str(file)), number, moment)
        assert is_clean(told), (moment, told)
        assert status in (-number, 128 + number, 1), (moment, told)
        with results(str(file), "tool"):
            pass  # it can be opened, and SQLite finds it sound
    resumed = tool(*SWEEP, "--resume", str(file), "--format", "json")
    assert resumed.communicate()[0] == said


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
@pytest.mark.parametrize("number", SIGNALS)
def test_an_output_is_the_old_one_or_the_new_one(
    number: signal.Signals, command: tuple[str, ...], tmp_path: Path
) -> None:
    """At random moments of a run; and some run is stopped, or nothing is shown."""
    file = tmp_path / "report.json"
    _, seconds = whole(*command)

    def is_stopped(moment: float) -> bool:
        file.write_text('"old"', encoding="utf-8")
        status, told = stopped(tool(*command, "-o", str(file)), number, moment)
        assert is_clean(told), (moment, told)
        assert json.loads(file.read_text(encoding="utf-8")), moment
        return status in (-number, 128 + number)

    ended = [is_stopped(moment) for moment in moments(seconds)]
    assert any(ended) or any(map(is_stopped, halves(seconds)))


def test_ctrl_c_stops_what_is_started_where_it_is_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        assert stopped(tool(*SWEEP, "--expect", "refuted"), signal.SIGINT, 0.1)[0] != 0
    finally:
        signal.signal(signal.SIGINT, before)


TRACEBACK = "Traceback (most recent call last):\n"
START = f'{TRACEBACK}  File "<frozen runpy>", line 198, in _run_module_as_main\n'
IMPORTING = f'{START}  {OWN}commands/__init__.py", line 8, in <module>\n    import click\nKeyboardInterrupt\n'
SITE = f'{TRACEBACK}  File "<frozen site>", line 630, in <module>\nKeyboardInterrupt\n'
MAIN = f'{START}  {OWN}commands/__init__.py", line 75, in main\nKeyboardInterrupt\n'
WORKER = f'{TRACEBACK}  {OWN}logic/processes.py", line 9, in _serve\nKeyboardInterrupt\n'


@pytest.mark.parametrize(
    ("told", "clean"),
    [
        ("interrupted: nothing was decided\n", True),
        (SITE, True),
        (f"Fatal Python error: init_import_site: Failed to import the site module\n{SITE}", True),
        (IMPORTING, True),
        (MAIN, False),
        (WORKER, False),
        (IMPORTING + WORKER, False),
    ],
)
def test_python_s_own_start_is_told_from_the_tool(told: str, clean: bool) -> None:
    assert is_clean(told) == clean


def test_what_is_stopped_while_it_writes_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    file = tmp_path / "report.json"
    file.write_text("old", encoding="utf-8")
    for step in ("chmod", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, step, stop)
            with pytest.raises(KeyboardInterrupt):
                write_atomically(str(file), "new")
        assert [each.name for each in tmp_path.iterdir()] == ["report.json"]
        assert file.read_text(encoding="utf-8") == "old"


def test_ctrl_c_is_for_the_first_process_alone_from_its_start_on() -> None:
    """A worker that had just begun to load ended with a traceback: what multiprocessing starts first undid the mask."""
    program = (
        "from tests.commands.sweep_workers import blocked\n"
        "from verifier.logic.processes import spread\n"
        "print(spread(blocked, [0], seconds=60.0, jobs=1))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[['SIGINT']]\n"
