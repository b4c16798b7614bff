"""What a run looks at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subject:
    """What was checked."""

    kind: str
    name: str
    sha256: str
