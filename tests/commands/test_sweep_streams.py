"""A sweep of which nobody hears: with standard error closed, or on a full disk, it has the same answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.commands.host_documents import BOARD
from tests.commands.sweep_workers import works
from tests.dense import dense
from tests.reading.trees import blob

ROOT = Path(__file__).parents[2]
ASKED = "--xen 4.17 --iommu --ipa-bits 40 --jobs 1"


def swept(folder: Path, streams: str, *, before: str = "") -> subprocess.Popen[str]:
    """In a shell, with its streams led elsewhere."""
    words = f"{before}exec {sys.executable} -m verifier sweep {folder} {ASKED} {streams}"
    return subprocess.Popen(["sh", "-c", words], cwd=ROOT, stdout=subprocess.PIPE, text=True)


def test_closed_streams_are_taken_by_nothing_else(tmp_path: Path) -> None:
    """What a worker says on its standard error must not go into the pipe that its answers come through."""
    (tmp_path / "a.dtb").write_bytes(blob(BOARD))
    plain = swept(tmp_path, "-q")
    expected, _ = plain.communicate(timeout=60)
    for streams in ("2>&-", "<&- 2>&-"):
        closed = swept(tmp_path, f"-q {streams}")
        assert closed.communicate(timeout=60)[0] == expected
        assert closed.returncode == plain.returncode == 1


def test_progress_that_cannot_be_told_stops_nothing(tmp_path: Path) -> None:
    """The first line comes after ten seconds; so here after none."""
    (tmp_path / "a.dtb").write_bytes(blob(BOARD))
    words = (
        "from verifier.commands import main, sweep_progress as told; told._ELSEWHERE = 0.0; "
        f"import sys; sys.argv[1:] = 'sweep {tmp_path} {ASKED}'.split(); main()"
    )
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", words],
            stdout=subprocess.PIPE,
            stderr=full,
            text=True,
            cwd=ROOT,
            check=False,
        )
    assert done.returncode == 1
    assert done.stdout.startswith("refuted: 1 board in 1 setting")


def test_a_signal_has_its_status_where_nobody_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "slow.dtb").write_bytes(dense("apart", 50_000))
    with swept(tmp_path, "2>/dev/full") as begun:
        assert works(begun.pid)
        begun.terminate()
    assert begun.returncode == 143
