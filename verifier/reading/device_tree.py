"""A device tree from a file's content: a blob, or source text through `dtc`."""

from __future__ import annotations

import re
import shutil
import subprocess

from verifier.layout.device_tree import Tree
from verifier.layout.errors import InputError
from verifier.reading.dtb import MOST_BYTES, is_dtb, read_dtb

_SOURCE = re.compile(rb"\A(?>\s+|/\*.*?\*/|//[^\n]*)*+/dts-v1/", re.DOTALL)
_OTHER_FILES = re.compile(rb"/(include|incbin)/")
_SECONDS = 20
_PLACE = re.compile(r"<stdin>:(\d+)")


def is_source(content: bytes) -> bool:
    """Whether it is device tree source: after comments it starts with `/dts-v1/`."""
    return _SOURCE.match(content[: 1 << 16]) is not None


def read_tree(content: bytes, file: str) -> Tree:
    """The tree of a blob, or of source if `dtc` is there. Raises InputError for everything else.

    Source must not name other files: what a text says must not decide which files are read.
    """
    if is_dtb(content) or not is_source(content):
        return read_dtb(content, file)
    if len(content) > MOST_BYTES:
        raise InputError(f"device tree source of {len(content)} bytes; at most {MOST_BYTES} are read", file)
    other = _OTHER_FILES.search(content)
    if other is not None:
        line = content.count(b"\n", 0, other.start()) + 1
        raise InputError(f"/{other[1].decode()}/ of another file; compile it with dtc first", file, line)
    compiler = shutil.which("dtc")
    if compiler is None:
        raise InputError("device tree source needs dtc on PATH (Debian: device-tree-compiler)", file)
    return read_dtb(_compiled(compiler, content, file), file)


def _compiled(compiler: str, content: bytes, file: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and the input comes through a pipe
            [compiler, "-q", "-I", "dts", "-O", "dtb", "-"],
            input=content,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"dtc took more than {_SECONDS} s", file) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
        place = _PLACE.search(said[0])
        raise InputError(f"dtc: {said[0][:200]}", file, int(place[1]) if place else None)
    return done.stdout
