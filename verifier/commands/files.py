"""The bytes of an input that is a file, and what it is called: whoever draws a layout needs nothing else of boards."""

from __future__ import annotations

from verifier.layout.errors import InputError

_MOST_BYTES = 1 << 27


def read(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`. Raises InputError."""
    try:
        if name == "-":
            import sys

            if sys.stdin is None:
                raise ValueError("it is closed")
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with open(name, "rb") as file:  # noqa: PTH123 - pathlib costs more than the rest of this function
                content = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or str(fault)
        raise InputError(f"cannot be read: {reason[:1].lower()}{reason[1:]}", called(name)) from None
    if len(content) > _MOST_BYTES:
        raise InputError(f"larger than {_MOST_BYTES >> 20} MiB", called(name))
    return content


def called(name: str) -> str:
    """What a file is called in reports."""
    return "<stdin>" if name == "-" else name
