"""Real Xen for the tests of this folder, or a loud word that it was not booted."""

from __future__ import annotations

import os

import pytest

from tests.live.packages import NOT_BOOTED, MissingError, Tools, prepare


@pytest.fixture(scope="session")
def tools() -> Tools:
    """QEMU and Xen. Where they cannot be had the tests are skipped and named at the end; with CI=true that is an error."""
    try:
        return prepare()
    except MissingError as error:
        message = f"{NOT_BOOTED}: {error}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
