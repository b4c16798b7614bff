"""A short run of every harness from fixed seeds, and every input that showed a defect once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.frame import INPUTS, ROOT, defect
from tests.fuzz.readers import HARNESSES

KNOWN = sorted(path for path in INPUTS.glob("*/*"))


@pytest.mark.parametrize("path", KNOWN, ids=[f"{path.parent.name}/{path.name}" for path in KNOWN])
def test_what_was_a_defect_is_none(path: Path) -> None:
    assert defect(HARNESSES[path.parent.name], path.read_bytes()) is None


def test_no_input_shows_a_defect() -> None:
    """In a process of its own, whose memory is bounded."""
    command = [sys.executable, "-m", "tests.fuzz.seeded"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(done.stdout.splitlines()) == len(HARNESSES)
