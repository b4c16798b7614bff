"""Real Xen for the tests of this folder, or a loud word that it was not booted."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest

from tests.live.libxlutil import Library, library
from tests.live.packages import NOT_BOOTED, MissingError, Tools, prepare


@pytest.fixture(scope="session")
def tools() -> Tools:
    """QEMU and Xen. Where they cannot be had the tests are skipped and named at the end; with CI=true that is an error."""
    try:
        return prepare()
    except MissingError as error:
        _missing(f"{NOT_BOOTED}: {error}")


@pytest.fixture(scope="session")
def libxlutil() -> Library:
    """What real xl reads its configurations with; where it cannot be had, as for `tools`."""
    try:
        return library()
    except MissingError as error:
        _missing(f"{NOT_BOOTED}, nor its libraries be loaded: {error}")


def _missing(message: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)
