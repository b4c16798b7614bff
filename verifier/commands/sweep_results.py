"""The file of results: what a sweep has found, by what it was found of; a table of SQLite, whole whatever ends the run.

The key of a row is a digest of the board's content, the setting and the tool (`stamp`). No row is ever wrong: that of a
board, setting or tool of the past is only never asked for again.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from verifier.layout.errors import InputError
from verifier.layout.sweep import Record, Setting, record_of

if TYPE_CHECKING:
    import sqlite3

_APPLICATION = 0x584C5653
"""`XLVS`, in the head of the file: what kind of file this is."""
_VERSION = 1
_TABLE = """
CREATE TABLE results (
    key TEXT PRIMARY KEY, board TEXT NOT NULL, release TEXT NOT NULL, build TEXT NOT NULL, iommu INTEGER NOT NULL,
    ipa_bits TEXT NOT NULL, verdict TEXT NOT NULL, headline TEXT NOT NULL, seconds REAL NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID
"""
"""`board` is the SHA-256 of its file; `record` has all that was found, as JSON."""
_SCHEMA = [("table", "results", _TABLE.strip())]
_TOLD = "SELECT type, name, sql FROM sqlite_master LIMIT 2"
_PUT = "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_MOST_BYTES, _MOST_OF_ROW = 1 << 32, 1 << 24
"""Of the file, all of which SQLite checks, and of a row; a row has some KiB."""
_IN_USE = 10.0
"""Seconds to wait for another run that writes."""


class Results:
    """Records by board and setting, for one tool."""

    def __init__(self, connection: sqlite3.Connection, file: str, stamp: str) -> None:
        self._connection, self._file, self._stamp = connection, file, stamp

    def get(self, board: str, setting: Setting) -> Record | None:
        """What is known; None as well for what is no answer. It may be one now: with dtc there, with more time or memory.

        Raises InputError for a row that is none of ours.
        """
        row = self._connection.execute(
            "SELECT record FROM results WHERE key = ?", (self._key(board, setting),)
        ).fetchone()
        if row is None:
            return None
        try:
            record = record_of(json.loads(row[0]))
        except (ValueError, KeyError, TypeError, RecursionError):
            raise InputError("a row is not what a sweep writes: the file is damaged", self._file) from None
        return None if record.fault else record

    def put(self, board: str, setting: Setting, record: Record) -> None:
        """Keep a record, instead of one that is there. It is committed at once, so that a crash takes nothing with it and
        another run can write as well.
        """
        bits = ",".join(map(str, setting.ipa_bits))
        told = (record.verdict, record.headline, record.seconds, json.dumps(asdict(record)))
        asked = (setting.release, setting.build, int(setting.iommu), bits)
        self._connection.execute(_PUT, (self._key(board, setting), board, *asked, *told))

    def _key(self, board: str, setting: Setting) -> str:
        asked = json.dumps([self._stamp, board, asdict(setting)], sort_keys=True)
        return sha256(asked.encode()).hexdigest()


@contextmanager
def results(file: str | None, stamp: str) -> Iterator[Results]:
    """The results in a file, made if there is none; without a file those of this run alone.

    Raises InputError for a file that is no such file.
    """
    import sqlite3

    name = "the results" if file is None else file
    try:
        connection = _opened(file)
        try:
            yield Results(connection, name, stamp)
        finally:
            connection.close()
    except sqlite3.Error as fault:
        raise InputError(f"cannot be used for results: {fault}", name) from None
    except UnicodeDecodeError:  # of SQLite's own messages, which repeat words of the file
        raise InputError("cannot be used for results: it is damaged", name) from None


def _opened(file: str | None) -> sqlite3.Connection:
    """Raises sqlite3.Error, and InputError for a foreign file."""
    import sqlite3

    if file is None:
        connection = sqlite3.connect(":memory:")
        connection.execute(_TABLE)
        return connection
    if not file:
        raise InputError('"" is no file; --resume takes one')
    path = Path(file).absolute()  # SQLite has another meaning for some names, as for `:memory:`
    try:
        told = path.stat() if path.exists() else None
    except OSError as fault:  # a name that is too long
        raise InputError(
            f"cannot be used for results: {(fault.strerror or str(fault)).lower()}", file
        ) from None
    if told is not None and stat.S_ISDIR(told.st_mode):
        raise InputError("is a folder; --resume takes a file", file)
    if told is not None and told.st_size > _MOST_BYTES:
        raise InputError(f"larger than {_MOST_BYTES >> 30} GiB, which no sweep's results are", file)
    connection = sqlite3.connect(path, timeout=_IN_USE, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MOST_OF_ROW)
    try:
        _prepare(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, file: str) -> None:
    """Check what is there, or make the table in an empty file, in one transaction.

    A view in the table's place could be without end, and a trigger would run with every row: neither is asked.
    """
    connection.execute("PRAGMA trusted_schema = OFF")
    kind, version = (
        connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if (kind, tables) == (0, 0):
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                connection.execute(_TABLE)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
    elif kind != _APPLICATION:
        raise InputError("holds something else than the results of a sweep", file)
    elif version != _VERSION:
        raise InputError(f"has results of format {version}; this version knows format {_VERSION}", file)
    elif [(kind, name, str(text).strip()) for kind, name, text in connection.execute(_TOLD)] != _SCHEMA:
        raise InputError("has not the one table of a sweep: the file is damaged", file)
    connection.execute("PRAGMA synchronous = NORMAL")
    if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise InputError("is damaged: SQLite's quick_check fails", file)
