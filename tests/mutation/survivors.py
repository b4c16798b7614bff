"""Faults that nothing notices, with the reason: equivalent to the code as it is, or outside of what is judged."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from tests.mutation.outcome import Judged

Explained = Mapping[str, str]
"""Of each fault by name: `survives` or `unreached`."""


def explained(*files: Path) -> dict[str, str]:
    """Of all files. Raises ValueError for a reason that is none, and for a fault that has two."""
    found: dict[str, str] = {}
    for file in files:
        for reason in tomllib.loads(file.read_text(encoding="utf-8"))["reason"]:
            if reason["kind"] not in ("equivalent", "outside") or not reason["because"]:
                raise ValueError(f"{file.name}: no reason: {reason}")
            for name in reason["faults"]:
                if name in found:
                    raise ValueError(f"{file.name}: explained twice: {name}")
                found[name] = "unreached" if reason.get("unreached") else "survives"
    return found


def wrong(judged: Iterable[tuple[str, str, Judged]], known: Explained) -> list[str]:
    """Survivors that are not explained, and explained ones that do not survive; of place, name and outcome of faults."""
    found = []
    for place, name, each in judged:
        expected = known.get(name, "dies")
        if ("dies" if each.killed or each.outcome == "invalid" else each.outcome) != expected:
            said = f"{each.outcome} {each.by}".rstrip()
            found.append(f"{place}: {name}: the explanations say that it {expected}, but: {said}")
    return found
