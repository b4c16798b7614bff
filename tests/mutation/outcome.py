"""What becomes of a fault."""

from __future__ import annotations

from dataclasses import dataclass

SURVIVING = ("survives", "unreached")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of one."""

    outcome: str
    """`killed`, `error` (an exception, of theorems), `hangs`, `survives`, `unreached`, `invalid` (no program at all)."""
    by: str = ""
    """The test that noticed, or the theorem and family that differ and how."""

    @property
    def killed(self) -> bool:
        """Also by taking too long."""
        return self.outcome in ("killed", "error", "hangs")
