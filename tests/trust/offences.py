"""What a command must not do, done: `watch` has to notice each."""

from __future__ import annotations

import os
import pickle
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.trust.watch import MARK


def _connect() -> None:
    with socket.socket() as one, suppress(OSError):
        one.connect(("127.0.0.1", 1))


def _remove() -> None:
    with suppress(OSError):
        Path("not there").unlink()


OFFENCES: dict[str, tuple[Callable[[], object], str]] = {
    "reads": (lambda: Path("/etc/passwd").read_bytes(), "reads /etc/passwd"),
    "writes": (lambda: Path("stray").write_text(MARK, encoding="utf-8"), "writes .*/stray"),
    "appends": (lambda: os.open("stray", os.O_APPEND | os.O_CREAT), "writes .*/stray"),
    "evaluates": (lambda: eval("1 + 1"), "executes"),
    "executes": (lambda: exec(f"{MARK} = 1"), "compiles text of an input"),
    "starts": (lambda: subprocess.run(["true"], check=True), "starts .*true"),
    "shell": (lambda: os.system("true"), "os.system"),
    "connects": (_connect, "socket"),
    "unpickles": (lambda: pickle.loads(b"cos\nsystem\n."), "pickle.find_class"),
    "removes": (_remove, "os.remove"),
}
"""Each: what is done, and what the fault says."""


def run(arguments: list[str]) -> int:
    """Do one of them."""
    OFFENCES[arguments[0]][0]()
    return 0
