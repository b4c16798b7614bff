"""One build for all tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.supply.builds import built, copied


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Wheel and source archive of a clean copy of this checkout."""
    return built(copied(tmp_path_factory.mktemp("build") / "here"))
