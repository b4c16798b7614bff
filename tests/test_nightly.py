"""`make nightly` goes on after a failure, tells it, and ends with it; what it calls is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import nightly

ROOT = Path(__file__).parents[1]
MAKEFILE = "good:\n\t@echo good $(SEED)\nbad:\n\t@echo bad; exit 3\n.PHONY: good bad\n"


def test_a_failure_stops_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    ended = nightly.run(["good", "bad", "none", "good"], tmp_path, "7")
    assert [(each.name, each.status == 0) for each in ended] == [
        ("good", True), ("bad", False), ("none", False), ("good", True),
    ]  # fmt: skip
    assert capfd.readouterr().out.count("good 7\n") == 2
    assert str(ended[1]).endswith("FAILED with status 2")
    assert str(ended[0]).endswith("passed")


@pytest.mark.parametrize(("failing", "status"), [("fuzz", 1), ("", 0)])
def test_the_status_is_that_of_all(failing: str, status: int, tmp_path: Path) -> None:
    """With a `make` of our own on PATH, which fails for one target."""
    done = nightly_with(tmp_path, f"echo made $1\n[ \"$1\" != '{failing}' ]", ONLY="")
    assert done.returncode == status
    assert [line for line in done.stdout.splitlines() if line.startswith("made ")] == [
        f"made {name}" for name in nightly.STEPS
    ]
    assert done.stdout.count("FAILED") == (1 if failing else 0)
    assert len(done.stdout.splitlines()[-len(nightly.STEPS) :]) == len(nightly.STEPS)


def nightly_with(folder: Path, make: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A night whose `make` is a script."""
    (folder / "make").write_text(f"#!/bin/sh\n{make}\n")
    (folder / "make").chmod(0o755)
    return subprocess.run(
        [sys.executable, "-m", "tests.nightly"],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_step_knows_nothing_of_which_steps_were_asked_for(tmp_path: Path) -> None:
    """`make nightly ONLY=...` exports it, and hands it on in make's own flags: to `make fuzz` it would name readers."""
    said = 'echo "$1: ${ONLY-unset} ${MAKEFLAGS-unset} ${MAKEOVERRIDES-unset} $FUZZ_SECONDS"'
    asked = {"ONLY": "fuzz trees", "MAKEFLAGS": r" -- ONLY=fuzz\ trees", "MAKEOVERRIDES": "ONLY=fuzz"}
    done = nightly_with(tmp_path, said, FUZZ_SECONDS="9", **asked)
    assert [line for line in done.stdout.splitlines() if "unset" in line] == [
        f"{name}: unset unset unset 9" for name in ("fuzz", "trees")
    ]
    assert done.returncode == 0


def test_a_name_that_is_no_step_is_told_before_anything_is_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONLY", "trees treees")
    assert nightly.main() == 2
    assert "no step treees" in capsys.readouterr().err


def test_every_step_is_a_target() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert {name for name in nightly.STEPS if not any(line.startswith(f"{name}:") for line in lines)} == set()
