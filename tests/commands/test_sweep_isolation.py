"""A board that crashes, hangs or takes memory is an error of its own, and so is only the setting in which it does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.host_documents import BOARD
from tests.commands.sweep_workers import MARKER, poisonous, serial
from tests.reading.trees import blob
from verifier.commands.sweep_inputs import inputs
from verifier.commands.sweep_results import results
from verifier.commands.sweep_run import sweep
from verifier.commands.sweep_stamp import stamp
from verifier.layout.sweep import Setting

SETTINGS = tuple(Setting(tag, "release", True, (40,)) for tag in ("4.17.7", "4.22.0"))
REASONS = {
    "crash": "no answer: process ended with status 9",
    "hang": "no answer: no answer within 4 s, process killed",
    "memory": "no answer: more than the 2 GiB of memory that a process may have",
}


def test_the_others_have_their_answers(tmp_path: Path) -> None:
    """Each poison alone in one release: the other release of the same board is answered."""
    (tmp_path / "board.dtb").write_bytes(blob(BOARD))
    for kind in REASONS:
        (tmp_path / f"{kind}.dts").write_bytes(MARKER + f"{kind} 4.17".encode())
    with results(None, stamp()) as kept:
        report = sweep(inputs([str(tmp_path)]), SETTINGS, poisonous(4.0), kept, lambda *_: None)
        clean = sweep(inputs([str(tmp_path / "board.dtb")]), SETTINGS, serial, kept, lambda *_: None)
    found = {Path(each.names[0]).stem: each.records for each in report.boards}
    assert found["board"] == clean.boards[0].records
    assert clean.kept == 2
    for kind, reason in REASONS.items():
        old, new = found[kind]
        assert (old.verdict, old.fault, old.headline) == ("error", "lost", reason)
        assert new.verdict == "proved"
    assert report.verdict == "refuted"  # the board's own; without it the sweep is undecided, and never proved
    assert {each.verdict for each in found["board"]} == {"refuted"}


@pytest.mark.parametrize("kind", ["crash", "memory"])
def test_many_in_a_row_end_and_none_is_proved(kind: str, tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"{number}.dts").write_bytes(MARKER + f"{kind} 4.17 {number}".encode())
    with results(None, stamp()) as kept:
        report = sweep(inputs([str(tmp_path)]), SETTINGS[:1], poisonous(30.0), kept, lambda *_: None)
    assert [each.verdict for board in report.boards for each in board.records] == ["error"] * len(
        report.boards
    )
    assert report.verdict == "unknown"
