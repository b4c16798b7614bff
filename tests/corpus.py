"""A whole kernel package swept (`make corpus`): by processes of this machine, on a Dask cluster of it, and killed half way.

Every board of Debian 12's kernel package for arm64, with Debian's Xen and the newest, with and without IOMMU, 40 and 48
ipa bits. The reports have to be equal; times and memory are printed. TREES=folder takes the trees of a package that is
unpacked already.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3  # noqa: TID253
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.board_answers import RELEASES
from tests.board_classes import CLASSES
from tests.boards_table import TABLE, trees

BITS = ("40", "48")
OPTIONS = (
    *(word for each in RELEASES for word in ("--xen", each)), "--iommu", "--no-iommu",
    *(word for each in BITS for word in ("--ipa-bits", each)), "--as-shipped", "--format", "json",
)  # fmt: skip
_REFUTED = 1
"""The exit status: this package has boards that Xen does not run on."""


class Corpus:
    """The boards of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def command(self, *options: str) -> list[str]:
        return [sys.executable, "-m", "verifier", "sweep", str(self._folder), *OPTIONS, *options]

    def report(self, title: str, *options: str) -> str:
        """The JSON of one run, its time printed. Raises RuntimeError for another exit status."""
        before, started = _processor(), time.perf_counter()
        done = subprocess.run(self.command(*options), stdout=subprocess.PIPE, text=True, check=False)
        taken, used = time.perf_counter() - started, _processor() - before
        if done.returncode != _REFUTED:
            raise RuntimeError(f"{title}: exit status {done.returncode}")
        print(f"{title:<48} {taken:6.1f} s, {used:6.1f} s of processors of its own")
        return done.stdout

    def killed(self, file: Path, rows: int) -> int:
        """SIGKILL to a run that keeps its results, when so many are kept; how many there are then."""
        with subprocess.Popen(self.command("--resume", str(file)), stdout=subprocess.DEVNULL) as run:
            while run.poll() is None and _rows(file) < rows:
                time.sleep(0.1)
            run.send_signal(signal.SIGKILL)
        return _rows(file)


def _processor() -> float:
    """Seconds of all children that have ended."""
    told = resource.getrusage(resource.RUSAGE_CHILDREN)
    return told.ru_utime + told.ru_stime


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


def measure(corpus: Corpus, folder: Path) -> None:
    """All runs. Raises RuntimeError where two of them differ."""
    file = folder / "results.sqlite"
    whole = corpus.report("processes")
    answers = [each for board in json.loads(whole)["boards"] for each in board["answers"]]
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss >> 10
    print(f"{len(answers)} answers; the largest process had {most} MiB")
    kept = corpus.killed(file, len(answers) // 2)
    print(f"killed with {kept} of {len(answers)} answers kept")
    resumed = corpus.report("resumed", "--resume", str(file))
    known = corpus.report("all of them known", "--resume", str(file))
    with cluster() as address:
        there = corpus.report("Dask cluster of this machine", "--scheduler", address)
    for title, other in (("resumed", resumed), ("known", known), ("cluster", there)):
        if other != whole:
            raise RuntimeError(f"{title}: another report than that of a run by itself")
    if any(each["verdict"] == "error" for each in answers) or not kept < len(answers):
        raise RuntimeError("an answer is missing, or the run was not killed half way")
    print("all reports are equal")
    compare_with_the_table(whole)


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


def main() -> None:
    """Fetch, and measure."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        unpacked = os.environ.get("TREES", "")
        if not unpacked:
            paths, package = trees(folder)
            unpacked = os.path.commonpath(paths)
            print(f"{len(paths)} trees of {package}")
        measure(Corpus(Path(unpacked)), folder)


if __name__ == "__main__":
    main()
