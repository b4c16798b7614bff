"""A unified diff of two texts of one header, as git writes it: for `git apply` and `patch -p1`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff

_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_PLAIN = re.compile(r"[\w.+@,=~%-][\w./+@,=~% -]*", re.ASCII)
CONTEXT = 3
HEADER = "xen/include/public/arch-arm.h"
"""The header in Xen's tree."""


def diff_of(old: bytes, new: bytes, name: str) -> bytes:
    """What makes `old` into `new`, in their encoding and with their line ends; empty if they are the same."""
    if old == new:
        return b""
    path = path_of(name)
    return "".join(_lines(old.decode("latin-1"), new.decode("latin-1"), path)).encode("latin-1")


def path_of(name: str) -> str:
    """The path in the diff of a header that was given as `name`: from Xen's root if it lies there.

    A path outside the current folder is cut to its last part; what would need quoting is called as in Xen's tree.
    """
    if name.endswith(f"/{HEADER}"):
        return HEADER
    path = name.removeprefix("./")
    if path.startswith("/") or ".." in path.split("/"):
        path = path.rpartition("/")[2]
    return path if _PLAIN.fullmatch(path) else HEADER


def _lines(old: str, new: str, path: str) -> Iterator[str]:
    yield f"diff --git a/{path} b/{path}\n"
    tab = "\t" if " " in path else ""  # so that nothing behind the name is read as a date
    names = (f"a/{path}{tab}", f"b/{path}{tab}")
    for line in unified_diff(_LINE.findall(old), _LINE.findall(new), *names, n=CONTEXT):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
