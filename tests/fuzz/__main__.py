"""`make fuzz`: every harness for FUZZ_SECONDS, ONLY="xl patch" some of them; what was run, reached and found.

Where atheris is not installed (it has wheels for Linux on x86-64 alone), inputs are made without coverage to guide them, and
the table says so. The status is 1 if there is a defect; its input is in build/fuzz/NAME/defects.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.frame import ROOT, Harness
from tests.fuzz.readers import HARNESSES
from tests.fuzz.seeded import defects

BUILD = ROOT / "build" / "fuzz"
_EDGES = re.compile(r"^#\d+\s+(INITED|DONE)\s+cov: (\d+)", re.MULTILINE)
_STATISTIC = re.compile(r"^stat::(\w+):\s+(\d+)", re.MULTILINE)
_GRACE = 600
"""Seconds beyond those asked for: the seeds, and the start."""


@dataclass(frozen=True)
class Told:
    """One row."""

    executions: int
    edges: tuple[int, int] | None
    """Of the seeds, and in the end; None where nothing counted them."""
    inputs: int
    """That were kept as they reached something new."""
    mebibytes: int
    lines: tuple[int, int]
    defects: tuple[Path, ...]
    ended: bool = True
    """As it should; else libFuzzer ended it, for an input that hung or took too much memory, or it broke."""

    def row(self, name: str, seconds: int) -> str:
        """A line of the table."""
        edges = "not counted" if self.edges is None else f"{self.edges[0]} -> {self.edges[1]}"
        run, known = self.lines
        share = f"{100 * run // max(1, known)} % of {known}"
        end = "" if self.ended else ", did not end"
        return (
            f"| {name} | {seconds} | {self.executions:,} | {edges} | {share} | {self.inputs} | {self.mebibytes} | "
            f"{len(self.defects)}{end} |"
        )


def guided(harness: Harness, seconds: int, seed: int) -> Told:
    """Under atheris, in a process of its own."""
    folder = BUILD / harness.name
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.guided", harness.name, str(seconds), str(seed), str(folder)]
    with (folder / "log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=ROOT,
            check=False,
            timeout=seconds + _GRACE,
        )
    said = (folder / "log").read_text(encoding="utf-8", errors="replace")
    edges = {name: int(count) for name, count in _EDGES.findall(said)}
    numbers = {name: int(count) for name, count in _STATISTIC.findall(said)}
    left = [path for path in (folder / "defects").glob("*") if path.suffix != ".txt"]
    left += [path for kind in ("timeout", "oom", "crash") for path in folder.glob(f"{kind}-*")]
    return Told(
        numbers.get("number_of_executed_units", 0),
        (edges.get("INITED", 0), edges.get("DONE", 0)),
        numbers.get("new_units_added", 0),
        numbers.get("peak_rss_mb", 0),
        _lines(harness, folder / "corpus"),
        tuple(sorted(left)),
        done.returncode == 0,
    )


def unguided(harness: Harness, seconds: int) -> Told:
    """Without coverage."""
    folder, count = BUILD / harness.name / "defects", 0
    paths = set()
    for count, found in enumerate(defects(harness, sys.maxsize, seconds), 1):  # noqa: B007 - the last counts
        if found is not None:
            paths.add(found.saved(folder))
    return Told(count, None, 0, 0, _lines(harness, folder), tuple(sorted(paths)))


def _lines(harness: Harness, folder: Path) -> tuple[int, int]:
    command = [sys.executable, "-m", "tests.fuzz.lines", harness.name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=_GRACE)
    run, known = (*done.stdout.split(), "0", "0")[:2]
    return int(run), int(known)


def main() -> int:
    seconds, seed = int(os.environ.get("FUZZ_SECONDS") or 600), int(os.environ.get("SEED") or 1)
    wanted = os.environ.get("ONLY", "").split() or list(HARNESSES)
    has_atheris = importlib.util.find_spec("atheris") is not None
    if not has_atheris:
        print("atheris is not installed: inputs are made without coverage to guide them")
    print(
        "| reader | s | executions | edges of our code | lines of the reader | inputs kept | MiB | defects |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    found: list[Path] = []
    broken = False
    for name in wanted:
        harness = HARNESSES[name]
        told = guided(harness, seconds, seed) if has_atheris else unguided(harness, seconds)
        print(told.row(name, seconds), flush=True)
        found += told.defects
        broken = broken or not told.ended
    for path in found:
        said = path.with_suffix(".txt")
        print(
            f"{path.relative_to(ROOT)}: {said.read_text(encoding='utf-8').strip() if said.exists() else ''}"
        )
    return 1 if found or broken else 0


if __name__ == "__main__":
    sys.exit(main())
