"""`python -m tests.bench [NAME ...] [--write]`: the status says whether every run keeps its bounds."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from tests.bench import NAMES, figures
from tests.bench.frame import Comparison, Figure, shown


class Measured(Protocol):
    """A module with comparisons."""

    def comparisons(self, folder: Path, /) -> Iterator[Comparison]:
        """Each as it is needed; files that they take are made in the folder."""


def measured(name: str) -> list[Figure]:
    """All of one module, printed."""
    module: Measured = import_module(f"tests.bench.{name}")
    with TemporaryDirectory() as folder:
        return [*shown(module.comparisons(Path(folder)))]


def main(arguments: Sequence[str]) -> int:
    """Print all tables."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--write", action="store_true", help="keep the figures for the manual")
    asked = parser.parse_args(arguments)
    unknown = sorted({*asked.names} - {*NAMES})
    if unknown:
        parser.error(f"no comparison {unknown[0]}; there are {', '.join(NAMES)}")
    found = {name: measured(name) for name in asked.names or NAMES}
    if asked.write:
        figures.keep(found)
    late = [each for told in found.values() for each in told if each.late]
    for each in late:
        print(f"late: {each.comparison}: {each}", file=sys.stderr)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
