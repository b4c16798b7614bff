"""What was measured, kept in manual/benchmarks/ratios.csv (`make bench WRITE=1`): the manual's tables are made of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench import NAMES
from tests.bench.frame import Figure

FOLDER = Path(__file__).parents[2] / "manual" / "benchmarks"
RATIOS = FOLDER / "ratios.csv"
COLUMNS = (
    "module",
    "comparison",
    "run",
    "inputs",
    "milliseconds",
    "processor",
    "bytes",
    "bound",
    "least",
    "most",
)


def keep(found: Mapping[str, Sequence[Figure]]) -> None:
    """By module; those of the modules that were not run stay."""
    rows = {name: _rows(name, told) for name, told in found.items()}
    known = read() if RATIOS.is_file() else []
    with RATIOS.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        table.writeheader()
        for name in NAMES:
            table.writerows(rows.get(name) or [each for each in known if each["module"] == name])


def _rows(module: str, found: Sequence[Figure]) -> list[dict[str, str]]:
    """Three digits: the rest is noise."""
    return [
        {
            "module": module,
            "comparison": each.comparison,
            "run": each.name,
            "inputs": str(each.inputs),
            "milliseconds": f"{each.seconds * 1000:.3g}",
            "processor": f"{each.processor * 1000:.3g}",
            "bytes": str(each.memory),
            "bound": "" if each.bound is None else str(each.bound),
            "least": "" if each.least is None else str(each.least),
            "most": "" if each.most is None else f"{each.most * 1000:.3g}",
        }
        for each in found
    ]


def read() -> list[dict[str, str]]:
    """All rows, in their order."""
    with RATIOS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
