"""The table of defects in the manual."""

from __future__ import annotations

import re
from pathlib import Path

from tests.history.defects import Defect, defects, left_out

PAGE = Path(__file__).parents[2] / "manual" / "releases.md"
SECTION = re.compile(r"(<!-- defects -->\n).*?(<!-- end of defects -->)", re.DOTALL)


def table() -> str:
    """What is shown, then what is left out."""
    lines = [
        "| id | commit | defect | property | refuted with | proved with |",
        "|---|---|---|---|---|---|",
        *map(_row, defects()),
        "",
        "| left out | defect | why |",
        "|---|---|---|",
        *(f"| {each.id} | {each.what} | {each.why} |" for each in left_out()),
    ]
    return "\n".join(lines) + "\n"


def _row(defect: Defect) -> str:
    places = (defect.place(each) for each in (defect.before, defect.after))
    cells = (defect.id, f"`{defect.commit}`", defect.what, f"`{defect.property}`", *places)
    return f"| {' | '.join(cells)} |"


def written() -> str:
    """The page with the table as it is now."""
    text = PAGE.read_text(encoding="utf-8")
    return SECTION.sub(lambda place: f"{place[1]}{table()}{place[2]}", text)
