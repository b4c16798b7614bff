"""What every JSON report of `verifier find` begins with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from verifier.layout.finding import Assumption
from verifier.layout.region import When
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


def when(condition: When) -> dict[str, Any]:
    """In which guests a region is."""
    found: dict[str, Any] = {"dimension": condition.dimension, "value": condition.value}
    return {**found, "at_least": True} if condition.at_least else found


def assumed(assumptions: Iterable[Assumption]) -> list[dict[str, str]]:
    """What the verdict rests on."""
    return [{"id": each.id, "statement": each.statement, "source": each.source} for each in assumptions]
