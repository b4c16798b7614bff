"""`make fuzz` where there is no atheris, and names that are none."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.frame import ROOT
from tests.fuzz.readers import HARNESSES


def test_a_name_that_is_no_reader_is_told_before_anything_is_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONLY", "kernel kernl")
    assert fuzz.main() == 2
    told = capsys.readouterr()
    assert told.err.startswith("no reader kernl; there are header, ")
    assert told.out == ""


@pytest.mark.parametrize("target", ["fuzz", "noticed"])
def test_what_the_readers_need_is_installed_before(target: str) -> None:
    """Without dtc a run reads no source of a tree, and passes."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", "-n", target], capture_output=True, text=True, cwd=ROOT, check=True, env=own
    )
    *before, last = done.stdout.splitlines()
    assert "tests/prepare" in before
    assert "-m tests." in last


def test_a_run_without_coverage_is_told_as_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fuzz, "BUILD", tmp_path)
    told = fuzz.fuzzed(HARNESSES["kernel"], "unguided", 1, 3)
    assert told.ended
    assert told.executions > len(HARNESSES["kernel"].seeds())
    assert told.mebibytes > 0
    assert "| not counted | " in told.row("kernel", 1)


@pytest.mark.parametrize("how", ["import sys; sys.exit(1)", "import time; time.sleep(60)"])
def test_a_run_that_breaks_or_does_not_end_is_told(how: str, tmp_path: Path) -> None:
    assert not fuzz._logged([sys.executable, "-c", how], tmp_path / "log", 2)


def unguided(read: str, mutate: str, seed: int, folder: Path) -> str:
    """What a run says of a harness that a program makes."""
    program = (
        "from tests.fuzz import unguided\n"
        "from tests.fuzz.frame import MOST_BYTES, Harness\n"
        "kept = []\n"
        f"harness = Harness('t', lambda data: {read}, lambda: [b'a'], lambda data, chance: {mutate}, ())\n"
        "unguided.HARNESSES = {'t': harness}\n"
        f"unguided.main('t', '0.2', '{seed}', {str(folder)!r})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return done.stdout


def test_its_memory_is_bounded_of_all_inputs_together(tmp_path: Path) -> None:
    unguided("kept.append(bytes(MOST_BYTES // 3))", "data", 1, tmp_path)
    assert {path.name.split("-")[0] for path in (tmp_path / "defects").iterdir()} == {"MemoryError"}


def test_its_inputs_are_those_of_the_seed(tmp_path: Path) -> None:
    read, mutate = "len(kept) < 9 and (kept.append(data), print(data))", "b'%d' % chance.randrange(10 ** 9)"
    one, same, other = (
        [line for line in unguided(read, mutate, seed, tmp_path).splitlines() if line.startswith("b'")]
        for seed in (1, 1, 2)
    )
    assert len(one) == len(other) == 9
    assert one == same
    assert set(one) & set(other) == {"b'a'"}
