"""What becomes of a fault."""

from __future__ import annotations

from dataclasses import dataclass

SURVIVING = ("survives", "unreached")
KILLED = ("killed", "error", "hangs", "crashes")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one."""

    outcome: str
    """`killed`, `error` (an exception, of theorems), `hangs`, `crashes` (the interpreter, twice), `survives`, `unreached`,
    `invalid` (no program at all)."""
    by: str = ""
    """The test that noticed, or the theorem and family that differ and how, or how the interpreter ended."""

    @property
    def killed(self) -> bool:
        """Also by taking too long, or by ending the interpreter."""
        return self.outcome in KILLED
