"""Parts of pages that are generated: what stands between two marks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.bench import page
from tests.documents import MANUAL, assumptions, releases, rooms, theorems

BLOCKS: dict[str, tuple[Path, Callable[[], str]]] = {
    "assumptions": (MANUAL / "proved.md", assumptions.tables),
    "growth": (MANUAL / "benchmarks.md", page.growth),
    "ratios": (MANUAL / "benchmarks.md", page.ratios),
    "releases": (MANUAL / "releases.md", releases.table),
    "rooms": (MANUAL / "architecture.md", rooms.table),
    "theorems": (MANUAL / "theorems.md", theorems.tables),
}
"""The name in the marks, the page, and what makes the part."""


def filled(name: str) -> str:
    """The page of a part with the part as it is now."""
    path, make = BLOCKS[name]
    marks = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
    text, count = marks.subn(lambda found: f"{found[1]}{make()}{found[2]}", path.read_text(encoding="utf-8"))
    assert count == 1, f"{path.name} has {count} parts between marks {name}"
    return text
