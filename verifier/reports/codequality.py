"""GitLab's code quality report: a list of issues, each with the fields that GitLab reads."""

from __future__ import annotations

import json
from hashlib import sha256
from posixpath import normpath
from typing import Any

from verifier.layout.errors import InputError
from verifier.layout.sheet import Place, Sheet

_SEVERITIES = {"refuted": "critical", "unknown": "major"}
"""Of what is an issue; the others of GitLab's five are `info`, `minor` and `blocker`."""


def render(sheet: Sheet) -> str:
    """What is refuted or unknown; what is waived has been accepted, and is none."""
    return _text(
        [
            _issue(
                "\n".join([part.said(row), *row.lines]),
                row.topic,
                fingerprint,
                "info" if row.advises else _SEVERITIES[row.verdict],
                row.place or Place(sheet.subject),
            )
            for part, row, fingerprint in sheet.entries()
            if row.verdict in _SEVERITIES
        ]
    )


def render_error(command: str, fault: InputError) -> str:
    """One issue: the input could not be read."""
    place = Place(fault.file or command, fault.line)
    fingerprint = sha256(f"{command}\0{place.file}\0{fault.message}".encode()).hexdigest()
    return _text([_issue(fault.message, "input", fingerprint, "blocker", place)])


def _text(issues: list[dict[str, Any]]) -> str:
    return json.dumps(issues, indent=2, ensure_ascii=False) + "\n"


def _issue(description: str, name: str, fingerprint: str, severity: str, place: Place) -> dict[str, Any]:
    return {
        "description": description,
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": {"path": normpath(place.file), "lines": {"begin": place.line or 1}},
    }
