"""Where real Xen cannot be booted that is said loudly, and is an error where CI asks for everything."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.packages import NOT_BOOTED, MissingError, Tools, prepare

ONE = "tests/live/test_cases.py::test_real_xen_agrees[one-bank]"


def without_apt(folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """One live test with nothing on PATH and an empty cache."""
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "PYTEST_XDIST_WORKER"}}
    environment = {**kept, "PATH": str(folder), "XEN_CACHE": str(folder / "cache"), **more}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", ONE]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_it_is_said_loudly(tmp_path: Path) -> None:
    done = without_apt(tmp_path)
    assert done.returncode == 0
    assert "REAL XEN WAS NOT BOOTED" in done.stdout
    assert f"not run: 1, {NOT_BOOTED}: this is not Debian 12" in done.stdout


def test_in_ci_it_is_an_error(tmp_path: Path) -> None:
    done = without_apt(tmp_path, CI="true")
    assert done.returncode == 1
    assert f"Failed: {NOT_BOOTED}: this is not Debian 12" in done.stdout


def test_what_is_there_is_not_fetched_again(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(tools.qemu).parent) if "/" in tools.qemu else os.environ["PATH"])
    assert prepare() == tools
    assert Path(tools.xen).stat().st_size > 1 << 19


def test_a_cache_that_is_empty_and_no_apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingError, match="this is not Debian 12"):
        prepare(tmp_path / "cache")
