"""Fixtures of the tests of commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD, IN_DOUBT
from tests.reading.trees import blob


@pytest.fixture
def board(tmp_path: Path) -> str:
    path = tmp_path / "host.dtb"
    path.write_bytes(blob(BOARD))
    return str(path)


@pytest.fixture
def in_doubt(tmp_path: Path) -> str:
    path = tmp_path / "doubt.dtb"
    path.write_bytes(blob(IN_DOUBT))
    return str(path)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, so that messages name files as a user would."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
