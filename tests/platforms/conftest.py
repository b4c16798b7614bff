"""Fixtures of this folder."""

from tests.platforms.trees import project

__all__ = ["project"]
