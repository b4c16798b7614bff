"""What every JSON report of `verifier find` begins with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from verifier.layout.finding import Assumption
from verifier.layout.subject import Subject
from verifier.reports.json_format import SCHEMA
from verifier.version import __version__


def top(subject: Subject, release: str, verdict: str) -> dict[str, Any]:
    """Schema, tool, command, release, subject and verdict."""
    return {
        "schema": SCHEMA,
        "tool": {"version": __version__},
        "command": "find",
        "release": release,
        "subject": {"kind": subject.kind, "name": subject.name},
        "verdict": verdict,
    }


def assumed(assumptions: Iterable[Assumption]) -> list[dict[str, str]]:
    """What the verdict rests on."""
    return [{"id": each.id, "statement": each.statement, "source": each.source} for each in assumptions]
