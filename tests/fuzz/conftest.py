"""What tests of whole commands share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.hostile import Run, runner


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a command in a folder of its own, and holds it to its time and memory."""
    return runner(tmp_path)
