"""Kernels without a compiler: arm64 images of a few instructions.

Xen prints what it gives a domain before the domain runs, so that a kernel which does nothing is enough for its log.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

HEADER_SIZE = 64
WAIT = 0xD503207F
"""`wfi`"""
BACK = 0x17FFFFFF
"""`b` to the instruction before."""
_FIRST = 0x14000000 | HEADER_SIZE // 4
"""`b` to the first instruction after the header."""
_FLAGS = 0b1010
"""Little endian, pages of 4 KiB, anywhere in memory."""
_LEAST_SIZE = 0x10000


def image(code: Sequence[int], data: bytes = b"") -> bytes:
    """An arm64 image (Linux Documentation/arm64/booting.rst, 4): header, instructions, then data."""
    body = struct.pack(f"<{len(code)}I", *code) + data
    size = max(HEADER_SIZE + len(body), _LEAST_SIZE)
    header = struct.pack("<2I6Q4sI", _FIRST, 0, 0, size, _FLAGS, 0, 0, 0, b"ARM\x64", 0)
    return (header + body).ljust(size, b"\0")


IDLE = image((WAIT, BACK))
"""Waits for ever."""
