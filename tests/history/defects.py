"""The table of defects.toml, as values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "defects.toml"
FORMAT = "xen-history/1"


@dataclass(frozen=True, slots=True)
class Defect:
    """One command with one input: refuted with `before`, proved with `after`."""

    id: str
    commit: str
    """The fix, ten digits."""
    what: str
    command: str
    """Without `verifier`; `{}` stands for what differs, once."""
    before: str
    after: str
    property: str
    says: tuple[str, ...]
    """Parts of one message of a refutation."""

    def arguments(self, value: str) -> list[str]:
        """The command line with `before` or `after`."""
        return self.command.replace("{}", value).split()

    def number(self) -> str:
        """Of the list of defects; a letter after it tells apart two that share one."""
        return self.id[:3] if self.id[0] == "C" else self.id

    def place(self, value: str) -> str:
        """What differs, as a reader would say it: `4.20.4`, `--ipa-bits 40`, a file without its folder."""
        words = self.command.split()
        at = next(index for index, word in enumerate(words) if "{}" in word)
        option = words[at - 1] if words[at - 1].startswith("--") and words[at - 1] != "--xen" else ""
        return f"{option} {value.rpartition('/')[2]}".strip()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A defect that a verifier can see, and no entry shows."""

    id: str
    what: str
    why: str


@cache
def defects() -> tuple[Defect, ...]:
    """All entries, in the order of the table."""
    return tuple(Defect(**{**each, "says": tuple(each["says"])}) for each in _table()["defect"])


@cache
def left_out() -> tuple[LeftOut, ...]:
    """What has no entry, and why."""
    return tuple(LeftOut(**each) for each in _table()["left-out"])


def _table() -> dict[str, Any]:
    found = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    assert found["format"] == FORMAT
    return found
