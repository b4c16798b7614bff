"""One boot of real Xen: it ends when every domain has told its device tree, at a panic, or when nothing more comes."""

from __future__ import annotations

import os
import selectors
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.live.packages import Tools
from tests.live.witness import WITNESS, trees, without_trees
from verifier.machine.emulator import Blob, Machine, blobs, command

QUIET = 15.0
"""Seconds without a line after which a boot is over: nearly all that is printed comes in a fraction of one."""
LONGEST = 60.0
_LAST_WORDS = b"Manual reset required"
"""What Xen says after a panic, with `noreboot`."""
_MOST_BYTES = 1 << 24


class Start(Protocol):
    """What one boot starts from: `source.Scene`, or what is left of one."""

    @property
    def machine(self) -> Machine: ...

    @property
    def kernels(self) -> int:
        """How many are loaded, one for each domain."""
        ...

    def text(self) -> str:
        """Source of its tree."""
        ...

    def blob(self) -> bytes:
        """Its tree compiled."""
        ...


@dataclass(frozen=True, slots=True)
class Booted:
    """What was seen of one boot."""

    log: bytes
    """What Xen printed."""
    trees: Mapping[str, bytes]
    """The device tree that each domain found, by the domain's name in the log."""
    ended: str
    """`built`, `panic`, `quiet` or `endless`."""
    seconds: float
    command: tuple[str, ...]


def boot(tools: Tools, scene: Start, quiet: float = QUIET) -> Booted:
    """Boot Xen before the tree of `scene`, in a folder of its own: many can run at once. Raises ValueError as dtc does."""
    files = blobs(scene.machine, Path(tools.xen), scene.blob(), [WITNESS] * scene.kernels)
    words = command(scene.machine, files, tools.qemu)
    with tempfile.TemporaryDirectory(prefix="xen-") as name:
        write(files, Path(name))
        started = time.monotonic()
        with subprocess.Popen(
            words, cwd=name, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            try:
                output, ended = _listen(process, scene.kernels, quiet)
            finally:
                process.kill()
    log = without_trees(output)
    return Booted(log, trees(output), ended, time.monotonic() - started, tuple(words))


def write(files: tuple[Blob, ...], folder: Path) -> None:
    """The files that a command line names, into the folder that it is run in."""
    for each in files:
        place = folder / each.file
        if isinstance(each.content, Path):
            with suppress(OSError):
                os.link(each.content, place)
                continue
            shutil.copyfile(each.content, place)
        else:
            place.write_bytes(each.content)


def _listen(process: subprocess.Popen[bytes], domains: int, quiet: float) -> tuple[bytes, str]:
    assert process.stdout is not None
    output = bytearray()
    end = time.monotonic() + LONGEST
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while time.monotonic() < end and len(output) < _MOST_BYTES:
            if not selector.select(quiet):
                return bytes(output), "quiet"
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                raise RuntimeError(f"QEMU ended: {bytes(output[-2000:]).decode('utf-8', 'replace')}")
            output += piece
            if _LAST_WORDS in output:
                return bytes(output), "panic"
            if piece.endswith(b"\n") and len(trees(bytes(output))) == domains:
                return bytes(output), "built"
    return bytes(output), "endless"
