"""Scripts that a user would write by hand with z3 instead of using this tool, for times side by side."""

from __future__ import annotations

from pathlib import Path

SCRIPTS = Path(__file__).parent
