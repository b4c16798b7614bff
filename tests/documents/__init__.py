"""README and manual: what is shown in them is real, and what can be generated is."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
MANUAL = ROOT / "manual"
README = ROOT / "README.md"


def documents() -> list[Path]:
    """README and every page of the manual."""
    return [README, *sorted(MANUAL.glob("*.md"))]
