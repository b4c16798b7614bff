"""The file of `sweep --resume`: a database of SQLite that anybody may have made, and its rows."""

from __future__ import annotations

import contextlib
import json
import sqlite3  # noqa: TID253  # no start to keep fast here
from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from verifier.commands.sweep_results import results
from verifier.layout.sweep import Outcome, Record, Setting, SweepReport, SweptBoard
from verifier.reports import sweep_csv, sweep_html, sweep_json, sweep_text

SETTING = Setting("4.22.0", "release", True, (40,))
RECORD = Record(
    "refuted", "d0 is unsound", "fsl", 7, (Outcome("aligned", "d0", "refuted", "unsound", 3, 4096, "it is"),)
)


def read(data: bytes, folder: Path) -> None:
    """Opened, asked for a row that may be there, and written to, as a sweep does."""
    file = _alone(folder)
    file.write_bytes(data)
    with results(str(file), "tool") as kept:
        found = kept.get("aa", SETTING)
        kept.put("bb", SETTING, RECORD)
    if found is not None:
        _told(found)


def read_row(data: bytes, folder: Path) -> None:
    """A sound file, in a row of which stands the text."""
    file = _alone(folder)
    file.write_bytes(_made())
    with contextlib.closing(sqlite3.connect(file)) as raw, raw:
        raw.execute("UPDATE results SET record = ?", (data.decode("utf-8", "replace"),))
    with results(str(file), "tool") as kept:
        found = kept.get("aa", SETTING)
    if found is not None:
        _told(found)


def _told(record: Record) -> None:
    """As every report tells it."""
    report = SweepReport((SETTING,), (SweptBoard(("a.dtb",), "aa", (record,)),), (), 1, 0.0)
    sweep_json.render(report, verbose=True)
    sweep_text.render(report, verbose=True, quiet=False)
    sweep_csv.render(report)
    sweep_html.render(report)


def _alone(folder: Path) -> Path:
    for each in folder.glob("results.sqlite*"):
        each.unlink()
    return folder / "results.sqlite"


@cache
def _made() -> bytes:
    with TemporaryDirectory() as name:
        file = Path(name) / "r.sqlite"
        with results(str(file), "tool") as kept:
            kept.put("aa", SETTING, RECORD)
        return file.read_bytes()


def files() -> Iterable[bytes]:
    """What a sweep writes, an empty file, and databases of others."""
    yield _made()
    yield b""


def rows() -> Iterable[bytes]:
    """Records."""
    for each in (RECORD, Record("proved", "sound"), Record("error", "no answer: lost", fault="input")):
        yield json.dumps(asdict(each)).encode()
