"""A whole kernel package swept (`make corpus`): by processes of this machine, on a Dask cluster of it, and killed half way.

Every board of Debian 12's kernel package for arm64, with Debian's Xen and the newest, with and without IOMMU, 40 and 48
ipa bits. The reports have to be equal, the first run soon done and no process large, else the status is 1 and nothing is
written; tables, times and memory go into manual/sweep.md. TREES=folder takes the trees of a package that is there already.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3  # noqa: TID253  # no start to keep fast here
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.spent import spent
from tests.board_answers import RELEASES
from tests.board_classes import CLASSES
from tests.boards_table import MANUAL, TABLE, trees

BITS = ("40", "48")
OPTIONS = (
    *(word for each in RELEASES for word in ("--xen", each)), "--iommu", "--no-iommu",
    *(word for each in BITS for word in ("--ipa-bits", each)), "--as-shipped",
)  # fmt: skip
CHAPTER = MANUAL / "sweep.md"
SECTION = re.compile(r"(<!-- corpus -->\n).*?(<!-- end of corpus -->)", re.DOTALL)
MOST_SECONDS = 40.0
"""Of the wall, for the first run, on two processors."""
MOST_MEMORY = 1024
"""MiB, for any process of a run or of the cluster."""
_REFUTED = 1
"""The exit status: this package has boards that Xen does not run on."""


@dataclass(frozen=True)
class Run:
    """A sweep that was timed."""

    title: str
    report: str
    """Its JSON."""
    wall: float
    processor: float
    """Seconds of this run's own processes: a cluster's workers are none of them."""
    memory: int
    """MiB of the largest of these."""

    def row(self) -> str:
        return f"| {self.title} | {self.wall:.1f} s | {self.processor:.1f} s |"


class Corpus:
    """The boards of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "verifier", "sweep", str(self._folder), *OPTIONS, *options]

    def run(self, title: str, *options: str) -> Run:
        """One run. Raises RuntimeError for another exit status."""
        with TemporaryDirectory() as folder:
            file = Path(folder) / "report"
            command = self.command("--format", "json", "--output", str(file), *options)
            try:
                used = spent(command, (_REFUTED,))
            except RuntimeError as fault:
                raise RuntimeError(f"{title}: {fault}") from None
            report = file.read_text(encoding="utf-8")
        run = Run(title, report, used.seconds, used.processor, used.memory >> 20)
        print(run.row(), f"{run.memory} MiB", flush=True)
        return run

    def tables(self, file: Path) -> str:
        """The text of a sweep all of whose answers are known, without single boards."""
        command = self.command("--top", "0", "--resume", str(file))
        text = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False).stdout
        return text[: text.rindex("\n\n")]

    def killed(self, file: Path, rows: int) -> int:
        """SIGKILL to a run that keeps its results, when so many are kept; how many there are then."""
        with subprocess.Popen(self.command("--resume", str(file)), stdout=subprocess.DEVNULL) as run:
            while run.poll() is None and _rows(file) < rows:
                time.sleep(0.1)
            run.send_signal(signal.SIGKILL)
        return _rows(file)


def _rows(file: Path) -> int:
    """Committed; 0 before there is a table."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as raw:
            return int(raw.execute("SELECT count(*) FROM results").fetchone()[0])
    except sqlite3.Error:
        return 0


@contextmanager
def cluster() -> Iterator[str]:
    """A worker for each processor, each in a process of its own; the scheduler's address."""
    from distributed import LocalCluster

    with LocalCluster(threads_per_worker=1, n_workers=os.cpu_count(), dashboard_address=None) as started:
        yield started.scheduler_address


def of_workers(address: str) -> int:
    """MiB that the largest worker of a scheduler has had."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        peaks: dict[str, int] = client.run(_peak)
    return max(peaks.values())


def _peak() -> int:
    """MiB of this process at most: `ru_maxrss` would have that of the process that started it."""
    text = Path("/proc/self/status").read_text(encoding="ascii")
    return int(text.partition("VmHWM:")[2].split()[0]) >> 10


def hold(runs: Sequence[Run], workers: int) -> None:
    """Time and memory to their bounds. Raises RuntimeError."""
    if runs[0].wall > MOST_SECONDS:
        raise RuntimeError(
            f"{runs[0].title}: {runs[0].wall:.1f} s, and at most {MOST_SECONDS:.0f} s are allowed"
        )
    for title, memory in (*((each.title, each.memory) for each in runs), ("workers of the cluster", workers)):
        if memory > MOST_MEMORY:
            raise RuntimeError(
                f"{title}: a process of {memory} MiB, and at most {MOST_MEMORY} MiB are allowed"
            )


def measure(corpus: Corpus, folder: Path, package: str) -> None:
    """All runs. Raises RuntimeError where two of them differ, or one takes too much."""
    file = folder / "results.sqlite"
    whole = corpus.run("processes of this machine")
    answers = [each for board in json.loads(whole.report)["boards"] for each in board["answers"]]
    kept = corpus.killed(file, len(answers) // 2)
    resumed = corpus.run(f"killed with {kept} answers kept, and resumed", "--resume", str(file))
    known = corpus.run("resumed with all answers known", "--resume", str(file))
    with cluster() as address:
        there = corpus.run("a Dask cluster of this machine", "--scheduler", address)
        workers = of_workers(address)
    print(f"workers of the cluster: {workers} MiB at most")
    runs = (whole, resumed, known, there)
    for each in runs:
        if each.report != whole.report:
            raise RuntimeError(f"{each.title}: another report than that of a run by itself")
    if any(each["verdict"] == "error" for each in answers) or not 0 < kept < len(answers):
        raise RuntimeError("an answer is missing, or the run was not killed half way")
    print("all reports are equal")
    hold(runs, workers)
    compare_with_the_table(whole.report)
    write(corpus.tables(file), runs, len(answers), workers, package)


def write(tables: str, runs: Sequence[Run], answers: int, workers: int, package: str) -> None:
    """The section of the manual."""
    per_board, most = 1000 * runs[0].wall / answers, max(each.memory for each in runs[:3])
    lines = [
        f"The boards of `{package}` (Debian 12), {' and '.join(BITS)} ipa bits:",
        "",
        "```text",
        tables,
        "```",
        "",
        f"{answers} answers on {os.cpu_count()} processors, {per_board:.1f} ms each, in processes of at most {most} MiB "
        f"(the cluster's, with all of Dask, {workers} MiB); all four reports are equal:",
        "",
        "| run | wall time | its own processes |",
        "|---|--:|--:|",
        *(each.row() for each in runs),
        "",
    ]
    text = CHAPTER.read_text(encoding="utf-8")
    section = "\n".join(lines)
    CHAPTER.write_text(SECTION.sub(lambda found: f"{found[1]}{section}{found[2]}", text), encoding="utf-8")


def compare_with_the_table(report: str) -> None:
    """With an IOMMU, against boards.md, which is made without `verifier sweep`. Raises RuntimeError where counts differ.

    Of the properties of which boards.md has one class, on boards that are built.
    """
    document = json.loads(report)
    for release, name in product(RELEASES, ("covers", "cut", "empty")):
        told = next(each for each in CLASSES if each.id == name)
        position = next(
            at for at, each in enumerate(document["settings"])
            if each["release"].startswith(release) and each["iommu"]
        )  # fmt: skip
        found = sum(
            len(board["names"])
            for board in document["boards"]
            for each in board["answers"][position]["outcomes"]
            if (each["property"], each["verdict"]) == (told.property, "refuted")
        )
        row = next(
            line
            for line in TABLE.read_text(encoding="utf-8").splitlines()
            if line.startswith(f"| `{name}` |")
        )
        wanted = int(row.strip("|").split("|")[3 + 2 * RELEASES.index(release)])
        if found != wanted:
            raise RuntimeError(
                f"{told.property} with {release}: {found} boards, and {wanted} in {TABLE.name}"
            )
    print(f"the counts of {TABLE.name} are the same")


def main() -> int:
    """Fetch, and measure; the status."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        paths, package = trees(folder)
        print(f"{len(paths)} trees of {package}")
        try:
            measure(Corpus(Path(os.path.commonpath(paths))), folder, package)
        except RuntimeError as fault:
            print(fault, file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
