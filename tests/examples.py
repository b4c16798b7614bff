"""How many examples Hypothesis makes: few in `make test`, many with HYPOTHESIS_PROFILE=nightly (`make nightly`)."""

from __future__ import annotations

import os

from hypothesis import settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE") or "default"
_TIMES = {"default": 1, "nightly": 100}
_DEFAULT = 100
"""Of a test that asks for no number: Hypothesis's own."""


def examples(count: int) -> int:
    """So many under the profile."""
    return count * _TIMES[PROFILE]


def load() -> None:
    """The profile, for tests that ask for no number. Raises KeyError for one that there is not."""
    settings.register_profile("nightly", max_examples=examples(_DEFAULT), deadline=None, print_blob=True)
    settings.load_profile(PROFILE)
