"""Fixtures that several folders share."""

from __future__ import annotations

import pytest

from tests.models.debian import Debian, fetch


@pytest.fixture(scope="session")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Debian:
    """The real header of Debian's package."""
    return fetch(tmp_path_factory.mktemp("libxen-dev"))
