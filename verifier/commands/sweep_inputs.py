"""The boards of a sweep: device trees among files and in folders, each content once."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from verifier.commands.files import read
from verifier.commands.sweep_task import Batch
from verifier.layout.errors import InputError
from verifier.layout.sweep import Setting, Skipped
from verifier.reading.device_tree import is_source
from verifier.reading.dtb import is_dtb
from verifier.reading.overlay import is_overlay

_HEAD = 1 << 16
"""Bytes that tell what a file is."""
NO_BOARD = "no device tree"
OVERLAY = "an overlay of a device tree, no board"
NO_FILE = "no regular file"
_BOARDS = (".dtb", ".dts")
"""What is called so and is no device tree is a board that was damaged."""
_IN_OVERLAYS = b"__overlay__"
SEEN = "a folder that was looked at before"


@dataclass(frozen=True, slots=True)
class Board:
    """One content, and the files that have it."""

    names: tuple[str, ...]
    sha256: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was found."""

    boards: tuple[Board, ...]
    """In the order of their first names."""
    skipped: tuple[Skipped, ...]


def inputs(paths: Iterable[str]) -> Inputs:
    """All boards of files and folders, recursively. Raises InputError for a path that is not there."""
    names: dict[str, list[str]] = {}
    skipped: list[Skipped] = []
    for each in dict.fromkeys(_files(paths)):
        found = each if isinstance(each, Skipped) else _digest(each)
        if isinstance(found, Skipped):
            skipped.append(found)
        else:
            names.setdefault(found, []).append(str(each))
    return Inputs(tuple(Board(tuple(each), digest) for digest, each in names.items()), tuple(skipped))


def _files(paths: Iterable[str]) -> Iterator[str | Skipped]:
    """The files themselves, and those of folders by name; a folder is looked at once, so that no link leads in circles."""
    typed = ["./-" if path == "-" else path for path in paths]  # elsewhere that is standard input
    for path in typed:
        if not os.path.lexists(path):
            raise InputError("cannot be read: no such file or directory", path)
    todo = typed[::-1]
    seen: set[tuple[int, int]] = set()
    while todo:
        path = todo.pop()
        try:
            told = Path(path).stat()
            if stat.S_ISDIR(told.st_mode):
                own = (told.st_dev, told.st_ino)
                if own in seen:
                    yield Skipped(path, SEEN)
                else:
                    seen.add(own)
                    names = sorted((each.name for each in Path(path).iterdir()), reverse=True)
                    todo += [os.path.join(path, name) for name in names]  # noqa: PTH118 - names stay as they were typed
            else:
                yield path if stat.S_ISREG(told.st_mode) else Skipped(path, NO_FILE, is_doubt=path in typed)
        except OSError as fault:
            yield _unreadable(path, fault.strerror or str(fault))


def _at_once(path: str, flags: int) -> int:
    """Open what would wait until there is something to be read, as some files of /proc do, so that it fails instead."""
    return os.open(path, flags | os.O_NONBLOCK)


def _unreadable(path: str, reason: str) -> Skipped:
    return Skipped(path, f"cannot be read: {reason[:1].lower()}{reason[1:]}", is_doubt=True)


def _digest(path: str) -> str | Skipped:
    """Of a device tree."""
    try:
        with open(path, "rb", opener=_at_once) as file:
            head = file.read(_HEAD)
        if not (is_dtb(head) or is_source(head)):
            return Skipped(path, NO_BOARD, is_doubt=path.endswith(_BOARDS))
        content = read(path)
        if _IN_OVERLAYS in content and is_overlay(content):
            return Skipped(path, OVERLAY)
        return sha256(content).hexdigest()
    except InputError as fault:
        return Skipped(path, fault.message, is_doubt=True)
    except OSError as fault:
        return _unreadable(path, fault.strerror or str(fault))


@dataclass(frozen=True, slots=True)
class Batches:
    """What is to be done: contents are read when it is their turn, so that they need not all be in memory."""

    todo: tuple[tuple[Board, tuple[Setting, ...]], ...]
    stamp: str

    def __len__(self) -> int:
        return len(self.todo)

    def __getitem__(self, position: int, /) -> Batch:
        board, settings = self.todo[position]
        try:
            content = read(board.names[0])
        except InputError as fault:
            return Batch(b"", settings, self.stamp, fault.message)
        if sha256(content).hexdigest() != board.sha256:
            return Batch(b"", settings, self.stamp, "the file was changed while the sweep ran")
        return Batch(content, settings, self.stamp)
