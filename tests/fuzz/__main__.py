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


def fuzzed(harness: Harness, how: str, seconds: int, seed: int) -> Told:
    """`guided` by atheris or `unguided`, in a process of its own, whose memory is bounded."""
    folder = BUILD / harness.name
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", f"tests.fuzz.{how}", harness.name, str(seconds), str(seed), str(folder)]
    ended = _logged(command, folder / "log", seconds + _GRACE)
    said = (folder / "log").read_text(encoding="utf-8", errors="replace")
    edges = {name: int(count) for name, count in _EDGES.findall(said)}
    numbers = {name: int(count) for name, count in _STATISTIC.findall(said)}
    left = [path for path in (folder / "defects").glob("*") if path.suffix != ".txt"]
    left += [path for kind in ("timeout", "oom", "crash") for path in folder.glob(f"{kind}-*")]
    return Told(
        numbers.get("number_of_executed_units", 0),
        (edges.get("INITED", 0), edges.get("DONE", 0)) if how == "guided" else None,
        numbers.get("new_units_added", 0),
        numbers.get("peak_rss_mb", 0),
        _lines(harness, folder / ("corpus" if how == "guided" else "defects")),
        tuple(sorted(left)),
        ended,
    )


def _logged(command: list[str], log: Path, seconds: float) -> bool:
    """Whether it ended by itself, and well."""
    with log.open("w", encoding="utf-8") as told:
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                cwd=ROOT,
                check=False,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


def _lines(harness: Harness, folder: Path) -> tuple[int, int]:
    command = [sys.executable, "-m", "tests.fuzz.lines", harness.name, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False, timeout=_GRACE)
    run, known = (*done.stdout.split(), "0", "0")[:2]
    return int(run), int(known)


def main() -> int:
    seconds, seed = int(os.environ.get("FUZZ_SECONDS") or 600), int(os.environ.get("SEED") or 1)
    wanted = os.environ.get("ONLY", "").split() or list(HARNESSES)
    strange = [each for each in wanted if each not in HARNESSES]
    if strange:
        print(f"no reader {strange[0]}; there are {', '.join(HARNESSES)}", file=sys.stderr)
        return 2
    how = "guided" if importlib.util.find_spec("atheris") is not None else "unguided"
    if how == "unguided":
        print("atheris is not installed: inputs are made without coverage to guide them")
    print(
        "| reader | s | executions | edges of our code | lines of the reader | inputs kept | MiB | defects |"
    )
    print("|---|---|---|---|---|---|---|---|", flush=True)
    found: list[Path] = []
    broken = False
    for name in wanted:
        told = fuzzed(HARNESSES[name], how, seconds, seed)
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
