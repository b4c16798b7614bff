"""What processes are given to do in tests: at the top of a module, where a new process finds it."""

from __future__ import annotations

import os
import resource
import signal
import time
from pathlib import Path

PREPARED: list[int] = []
"""The limits of memory under which `prepare` was called in this process."""


def prepare() -> None:
    PREPARED.append(resource.getrlimit(resource.RLIMIT_AS)[0])


def misbehave(item: str) -> str:
    """Does what the item says, answers what does no harm."""
    match item:
        case "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        case "exits":
            os._exit(3)
        case "hangs":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
            time.sleep(3600)
        case "takes":
            bytearray(2 << 30)
        case "raises":
            raise ValueError("not that")
        case "prints":
            print("printed")
            os.write(1, b"written")
            os.write(2, b"complained")
    if item == "limit":
        return str(resource.getrlimit(resource.RLIMIT_AS)[0])
    if item == "prepared":
        return str(PREPARED)
    if item.startswith("tells "):
        path = Path(item.removeprefix("tells "))
        path.with_suffix(".new").write_text(str(os.getpid()))
        path.with_suffix(".new").rename(path)
        time.sleep(3600)
    return item.upper()


def dies(_: object) -> tuple[str, float, str]:
    """A solver that takes its process with it."""
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError
